//! Ten thousand identical deliveries at once: one run of the handler, whatever the clients do meanwhile.

use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use countersign_tests::raw::{Answer, Connection, NoAnswer};
use countersign_tests::receivers::{Adapter, Bug, Receiver, eventually};
use countersign_tests::script::{Reply, Script, Step};
use countersign_tests::setup::Setup;
use countersign_tests::sign::Draft;
use countersign_tests::verdict::ensure_repeated;

/// One storm after the other: together they would run out of file descriptors.
static ALONE: Mutex<()> = Mutex::new(());

/// How long any answer of a storm may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many deliveries one connection carries, sent one behind the other without waiting.
const PIPELINED: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clients {
    /// All of them wait for their answers.
    Wait,
    /// Every other one hangs up at once.
    HalfHangUp,
}

/// What became of a storm.
#[derive(Debug, Default, PartialEq, Eq)]
struct Storm {
    fresh: usize,
    failed: usize,
    repeated: usize,
    later: usize,
    /// Answers that are none of these.
    wrong: Vec<String>,
}

impl Storm {
    fn count(&mut self, answer: &Answer) {
        let replayed = answer.header("idempotency-replayed").is_some();
        match answer.status {
            200 if replayed => self.repeated += 1,
            200 => self.fresh += 1,
            500 if !replayed => self.failed += 1,
            503 if answer.header("retry-after").is_some() => self.later += 1,
            _ => self.wrong.push(format!("{answer:?}")),
        }
    }

    fn answers(&self) -> usize {
        self.fresh + self.failed + self.repeated + self.later
    }
}

/// Sends one delivery `deliveries` times at once, lets the handler go on once all are on their way, and counts.
fn storm(receiver: &Receiver, deliveries: usize, clients: Clients) -> (Storm, usize) {
    let connections = (deliveries / PIPELINED).min(room_for_connections());
    let each = deliveries.div_ceil(connections);
    let request = Draft::new().standard();
    let bytes = Arc::new(request.bytes().repeat(each));
    let (ready, sent) = (Arc::new(Barrier::new(connections)), Arc::new(Barrier::new(connections + 1)));
    let senders: Vec<_> = (0..connections)
        .map(|index| {
            let (bytes, ready, sent) = (Arc::clone(&bytes), Arc::clone(&ready), Arc::clone(&sent));
            let mut connection = receiver.connect();
            let hangs_up = clients == Clients::HalfHangUp && index % 2 == 0;
            let sender = move || {
                ready.wait();
                connection.send(&bytes);
                if hangs_up {
                    connection.hang_up();
                    sent.wait();
                    return Vec::new();
                }
                sent.wait();
                (0..each).map(|_| connection.read(DEADLINE)).collect::<Vec<Result<Answer, NoAnswer>>>()
            };
            thread::Builder::new().stack_size(256 * 1024).spawn(sender).expect("a thread")
        })
        .collect();
    sent.wait();
    receiver.script.open_gate();
    let mut storm = Storm::default();
    for answer in senders.into_iter().flat_map(|sender| sender.join().expect("a sender ends")) {
        match answer {
            Ok(answer) => storm.count(&answer),
            Err(none) => storm.wrong.push(none.to_string()),
        }
    }
    // Whatever the clients did, the event is on record, and its replay is answered from there.
    eventually("nothing is in flight", || receiver.endpoint.in_flight() == 0).expect("the storm ends");
    ensure_repeated(receiver.deliver(&request), 200).expect("the event is on record");
    let waiting = match clients {
        Clients::Wait => connections,
        Clients::HalfHangUp => connections / 2,
    };
    (storm, waiting * each)
}

/// How many connections this process may hold at both ends, well below its limit of file descriptors.
fn room_for_connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = files.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok()).unwrap_or(1_024);
    (soft.saturating_sub(200) / 2).clamp(50, 1_000)
}

fn alone<T>(test: impl FnOnce() -> T) -> T {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

fn one_run(adapter: Adapter, deliveries: usize, clients: Clients) {
    alone(|| {
        let receiver = Setup::standard().script(Script::held_open()).start(adapter);
        let (storm, expected) = storm(&receiver, deliveries, clients);
        assert_eq!(receiver.script.runs(), 1, "{storm:?}");
        assert_eq!(storm.wrong, Vec::<String>::new());
        assert_eq!((storm.answers(), storm.failed), (expected, 0), "{storm:?}");
        // The one run may be answered to a client that has hung up.
        let fresh = if clients == Clients::Wait { 1..=1 } else { 0..=1 };
        assert!(fresh.contains(&storm.fresh) && storm.repeated > 0, "{storm:?}");
    });
}

fn one_failure_and_one_run(adapter: Adapter, deliveries: usize) {
    alone(|| {
        let script = Script::new(|run| match run {
            1 => Step::AnswerWhenOpen(Reply::new(500)),
            _ => Step::Answer(Reply::new(200)),
        });
        let receiver = Setup::standard().script(script).start(adapter);
        let (storm, expected) = storm(&receiver, deliveries, Clients::Wait);
        assert_eq!(receiver.script.attempts(), [1, 2], "{storm:?}");
        assert_eq!(storm.wrong, Vec::<String>::new());
        assert_eq!((storm.answers(), storm.failed, storm.fresh), (expected, 1, 1), "{storm:?}");
    });
}

#[test]
fn axum_runs_once_for_ten_thousand_deliveries() {
    one_run(Adapter::Axum, 10_000, Clients::Wait);
}

#[test]
fn axum_runs_once_though_half_of_the_clients_hang_up() {
    one_run(Adapter::Axum, 10_000, Clients::HalfHangUp);
}

#[test]
fn axum_runs_again_only_after_a_failure() {
    one_failure_and_one_run(Adapter::Axum, 10_000);
}

#[test]
fn actix_runs_once_for_a_thousand_deliveries() {
    one_run(Adapter::Actix, 1_000, Clients::Wait);
}

#[test]
fn actix_runs_once_though_half_of_the_clients_hang_up() {
    one_run(Adapter::Actix, 1_000, Clients::HalfHangUp);
}

#[test]
fn actix_runs_again_only_after_a_failure() {
    one_failure_and_one_run(Adapter::Actix, 1_000);
}

/// The same count notices a receiver that keeps no records.
#[test]
fn a_receiver_without_records_runs_for_every_delivery() {
    alone(|| {
        let receiver = Setup::standard().script(Script::accepting()).start(Adapter::Wrong(Bug::ForgetsEvents));
        let request = Draft::new().standard();
        let mut connections: Vec<Connection> = (0..100).map(|_| receiver.begin(&request)).collect();
        let mut storm = Storm::default();
        for connection in &mut connections {
            storm.count(&connection.read(DEADLINE).expect("an answer"));
        }
        assert_eq!((storm.fresh, receiver.script.runs()), (100, 100));
    });
}
