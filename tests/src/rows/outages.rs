//! EV-05 to EV-11: a store that is down, slow, full, or answers too late.

use std::time::{Duration, Instant};

use crate::clock::NOW;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::{Adapter, Receiver, eventually};
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::spy::{Call, Fault};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::story(
            "EV-05",
            "the store is down when an event is claimed",
            "503 with Retry-After, unless the endpoint was told to go on",
            down_at_claim,
        ),
        Row::story(
            "EV-06",
            "the store is down when an outcome is recorded",
            "asked again; a success is answered only once it is on record",
            down_at_complete,
        ),
        Row::story(
            "EV-07",
            "the store does a step and its answer is lost",
            "never taken for a refusal, nor for a success",
            lost_answers,
        ),
        Row::story(
            "EV-08",
            "the store does not answer; too many duplicates wait",
            "503 within the deadline; waiters are capped",
            slow_store,
        ),
        Row::story("EV-09", "the receiver's clock jumps while a handler runs", "leases are not touched", worker_clock),
        Row::story(
            "EV-10",
            "the store's clock jumps",
            "forwards: a take-over, fenced; backwards: nothing is forgotten",
            store_clock,
        ),
        Row::left_out(
            "EV-11",
            "the store fails over and forgets a claim",
            "a memory store has no replica; held with the shared stores",
        ),
    ]
}

/// How often a claim is asked for while the store fails at once.
const ASKINGS: usize = 3;

fn down_at_claim(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let request = Draft::new().standard();
    for (fault, times, reason) in [
        (Fault::Down, ASKINGS, "store_unavailable"),
        (Fault::Corrupt, 1, "store_unavailable"),
        (Fault::Full, 1, "store_full"),
    ] {
        receiver.store.fail_next(Call::Claim, fault, times);
        ensure_refused(receiver.deliver(&request), &receiver, 503, reason)?;
    }
    ensure_runs(&receiver, 0)?;
    ensure_fresh(receiver.deliver(&request), 200)?;
    // Told to go on: it runs, each time, and only because the store is down.
    let trusting = Setup::standard().with(|builder| builder.danger_continue_without_store()).start(adapter);
    trusting.store.fail_next(Call::Claim, Fault::Down, 2 * ASKINGS);
    ensure_fresh(trusting.deliver(&request), 200)?;
    ensure_fresh(trusting.deliver(&request), 200)?;
    ensure_runs(&trusting, 2)?;
    for fault in [Fault::Full, Fault::Corrupt] {
        trusting.store.fail_next(Call::Claim, fault, 1);
        let answer = trusting.deliver(&request).map_err(|error| error.to_string())?;
        ensure(answer.status == 503, || format!("{fault:?} was answered {}", answer.status))?;
    }
    ensure_runs(&trusting, 2)?;
    full_store(adapter)
}

/// A store without room refuses what is new and keeps what it has.
fn full_store(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().store_room(1_000).start(adapter);
    let room = receiver.store.records().stats().capacity;
    let taken: Vec<_> = (0..room).map(|_| Draft::new().standard()).collect();
    for request in &taken {
        ensure_fresh(receiver.deliver(request), 200)?;
    }
    for _ in 0..5 {
        ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 503, "store_full")?;
    }
    for request in &taken {
        ensure_repeated(receiver.deliver(request), 200)?;
    }
    ensure(receiver.script.runs() as usize == room, || format!("{} runs for a room of {room}", receiver.script.runs()))
}

fn quick_lease() -> Setup {
    Setup::standard().with(|builder| builder.lease(Duration::from_secs(1)).duplicate_wait(Duration::from_millis(20)))
}

fn down_at_complete(adapter: Adapter) -> Finding {
    let receiver = quick_lease().start(adapter);
    let request = Draft::new().standard();
    receiver.store.fail_next(Call::Complete, Fault::Down, 3);
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure(receiver.store.count(Call::Complete) == 4, || "the outcome was not recorded again and again".into())?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    // Down for longer than the lease: no success is answered, and the event comes back.
    let request = Draft::new().standard();
    receiver.store.fail_always(Call::Complete, Fault::Down);
    ensure_refused(receiver.deliver(&request), &receiver, 503, "store_unavailable")?;
    ensure_runs(&receiver, 2)?;
    receiver.store.mend(Call::Complete);
    receiver.store_clock.advance(Duration::from_millis(1_001));
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 3)
}

fn lost_answers(adapter: Adapter) -> Finding {
    // Of a completion: it is asked again, and the first one stands.
    let receiver = quick_lease().start(adapter);
    let request = Draft::new().standard();
    receiver.store.fail_next(Call::Complete, Fault::AnswerLost, 1);
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    // Of a release: the same.
    let receiver = quick_lease().script(Script::failing_first(1)).start(adapter);
    receiver.store.fail_next(Call::Release, Fault::AnswerLost, 1);
    ensure_fresh(receiver.deliver(&request), 500)?;
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 2)?;
    // Of a claim: it is asked for again, and found.
    let receiver = quick_lease().start(adapter);
    receiver.store.fail_next(Call::Claim, Fault::AnswerLost, ASKINGS - 1);
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    // Every answer lost: nothing runs without a claim, and the event comes back when that claim's lease ends.
    let receiver = quick_lease().start(adapter);
    receiver.store.fail_next(Call::Claim, Fault::AnswerLost, ASKINGS);
    ensure_refused(receiver.deliver(&request), &receiver, 503, "store_unavailable")?;
    ensure_refused(receiver.deliver(&request), &receiver, 503, "still_running")?;
    ensure_runs(&receiver, 0)?;
    receiver.store_clock.advance(Duration::from_millis(1_001));
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)
}

fn slow_store(adapter: Adapter) -> Finding {
    let quick = |setup: Setup| setup.with(|builder| builder.store_deadline(Duration::from_millis(100)));
    let receiver = quick(Setup::standard()).start(adapter);
    receiver.store.fail_next(Call::Claim, Fault::Hang, 1);
    let asked = Instant::now();
    ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 503, "store_unavailable")?;
    ensure(asked.elapsed() < Duration::from_secs(2), || format!("it took {:?}", asked.elapsed()))?;
    ensure_runs(&receiver, 0)?;
    // A completion that hangs is asked again too.
    receiver.store.fail_next(Call::Complete, Fault::Hang, 1);
    ensure_fresh(receiver.deliver(&Draft::new().standard()), 200)?;
    ensure_runs(&receiver, 1)?;
    waiters_are_capped(adapter)
}

fn waiters_are_capped(adapter: Adapter) -> Finding {
    let capped = Setup::standard().with(|builder| builder.max_waiters(3).duplicate_wait(Duration::from_secs(60)));
    let receiver = capped.script(Script::held_open()).start(adapter);
    let request = Draft::new().standard();
    let first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let mut waiting: Vec<Connection> = (0..10).map(|_| receiver.begin(&request)).collect();
    let turned_away =
        |receiver: &Receiver| receiver.reasons().iter().filter(|reason| *reason == "still_running").count();
    eventually("seven are turned away", || turned_away(&receiver) == 7)?;
    receiver.script.open_gate();
    waiting.push(first);
    let mut answers = Vec::new();
    for mut connection in waiting {
        answers.push(connection.read(PATIENCE).map_err(|error| error.to_string())?.status);
    }
    let later = answers.iter().filter(|status| **status == 503).count();
    let done = answers.iter().filter(|status| **status == 200).count();
    ensure((later, done) == (7, 4), || format!("answered {answers:?}"))?;
    ensure_runs(&receiver, 1)
}

fn worker_clock(adapter: Adapter) -> Finding {
    let receiver = quick_lease().script(Script::held_open()).start(adapter);
    let draft = Draft::new();
    let mut first = receiver.begin(&draft.standard());
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    for now in [NOW + 86_400, NOW - 86_400] {
        receiver.clock.set(now);
        let retry = draft.clone().at(now).standard();
        ensure_refused(receiver.deliver(&retry), &receiver, 503, "still_running")?;
    }
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 200)?;
    ensure_runs(&receiver, 1)
}

fn store_clock(adapter: Adapter) -> Finding {
    let script = Script::new(|run| match run {
        1 => Step::AnswerWhenOpen(Reply::new(200).body("first")),
        _ => Step::Answer(Reply::new(200).body("second")),
    });
    let receiver = Setup::standard().script(script).start(adapter);
    let request = Draft::new().standard();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    receiver.store_clock.advance(Duration::from_secs(31));
    let second = ensure_fresh(receiver.deliver(&request), 200)?;
    receiver.script.open_gate();
    ensure_refused(first.read(PATIENCE), &receiver, 503, "lease_lost")?;
    // The second outcome stands, whatever the clock does next.
    for now in [NOW - 86_400, NOW + 86_400] {
        receiver.store_clock.set(now);
        let again = ensure_repeated(receiver.deliver(&request), 200)?;
        ensure(again.body == second.body, || format!("the stored answer became {:?}", again.text()))?;
    }
    ensure_runs(&receiver, 2)
}
