//! The memory store: bytes a record, claims a second beside moka's atomic claim, and double claims looked for.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml --bin memory [records]
//! ```

use std::future::Future;
use std::pin::pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use countersign::record::{ClaimRequest, Claimed};
use countersign::{EventKey, Fingerprint, MemoryStore, Outcome, Store};
use sha2::{Digest, Sha256};

const THREADS: u64 = 2;

/// How often the two stores take turns.
const ROUNDS: u64 = 9;

/// Events that each thread claims in one round.
const CLAIMS: u64 = 200_000;

/// Claims that two threads contend for, one by one.
const CONTENDED: u64 = 10_000_000;

/// After how many of them the threads wait for each other.
const ABREAST: u64 = 2_000;

const RETENTION: Duration = Duration::from_secs(7 * 86_400);

fn main() {
    let records = std::env::args().nth(1).map_or(10_000_000, |text| text.parse().expect("a number of records"));
    throughput();
    contention();
    weight(records);
}

/// New events from two threads, each claimed once: ours beside `entry().or_insert_with()`, the atomic claim of moka.
fn throughput() {
    let ours = MemoryStore::with_bytes(1 << 31);
    let moka: moka::sync::Cache<String, u64> =
        moka::sync::Cache::builder().max_capacity(u64::MAX).time_to_live(Duration::from_secs(600)).build();
    let (mut ours_times, mut moka_times) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours_times.push(timed(|thread| {
            for number in ids(round, thread) {
                assert!(is_granted(&ours, &key(number)));
            }
        }));
        moka_times.push(timed(|thread| {
            for number in ids(round, thread) {
                let entry = moka.entry(format!("evt_{number:026}")).or_insert_with(|| number);
                assert!(entry.is_fresh());
            }
        }));
    }
    let rate = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (THREADS * CLAIMS) as f64 / times[times.len() / 2] / 1e6
    };
    let (ours, moka) = (rate(&mut ours_times), rate(&mut moka_times));
    println!("claims of new events, {THREADS} threads   {ours:.2} M/s   moka {moka:.2} M/s   {:.1}x", ours / moka);
}

/// Two threads claim the same events at the same time. The control claims with a look before the act, as often, with the
/// same threads in the same step.
fn contention() {
    let store = MemoryStore::with_bytes(1 << 32);
    let double = doubles(CONTENDED, |number| is_granted(&store, &key(number)));
    drop(store);
    let looked: moka::sync::Cache<u64, ()> = moka::sync::Cache::builder().max_capacity(u64::MAX).build();
    let tried = CONTENDED / 10;
    let control = doubles(tried, |number| {
        let absent = !looked.contains_key(&number);
        if absent {
            looked.insert(number, ());
        }
        absent
    });
    println!("double claims of {CONTENDED}          {double}   (control, a look before the act: {control} of {tried})");
    assert!(control > 0, "the control found no double claim, so this count says nothing");
    assert_eq!(double, 0);
}

/// How many of `count` events both threads got. They set out together, and again after every few thousand events:
/// otherwise one that is ahead meets no rival for the rest of the way.
fn doubles(count: u64, claim: impl Fn(u64) -> bool + Sync) -> u64 {
    let (won, abreast) = (AtomicU64::new(0), Barrier::new(THREADS as usize));
    timed(|_| {
        let mut mine = 0;
        for number in 0..count {
            if number % ABREAST == 0 {
                abreast.wait();
            }
            mine += u64::from(claim(number));
        }
        won.fetch_add(mine, Ordering::Relaxed);
    });
    won.into_inner() - count
}

/// What a completed record adds to the resident memory of this process.
fn weight(records: u64) {
    let store = MemoryStore::with_bytes(1 << 40);
    let before = resident();
    for number in 0..records {
        let key = key(number);
        let Claimed::Granted { fence, .. } = now(store.claim(&key, &request())).expect("room").claimed else {
            panic!("a new event was not granted")
        };
        now(store.complete(&key, fence, &Outcome::status_only(204), RETENTION)).expect("a live claim completes");
    }
    let bytes = resident() - before;
    let again = now(store.claim(&key(records / 2), &request())).expect("an answer").claimed;
    assert_eq!(again, Claimed::Completed { status: 204 });
    println!("{records} completed records        {:.1} bytes each, resident", bytes as f64 / records as f64);
}

fn timed(work: impl Fn(u64) + Sync) -> f64 {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(thread));
        }
    });
    began.elapsed().as_secs_f64()
}

fn ids(round: u64, thread: u64) -> std::ops::Range<u64> {
    let first = (round * THREADS + thread) * CLAIMS;
    first..first + CLAIMS
}

fn is_granted(store: &MemoryStore, key: &EventKey) -> bool {
    matches!(now(store.claim(key, &request())).expect("room").claimed, Claimed::Granted { .. })
}

/// An event's key as the core makes it: a hash of its id. Moka hashes its ids too.
fn key(number: u64) -> EventKey {
    EventKey::from_bytes(Sha256::digest(number.to_be_bytes()).into())
}

fn request() -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([1; 32]),
        compare_fingerprint: true,
        lease: Duration::from_secs(30),
        retention: RETENTION,
        floor: Duration::from_secs(600),
        max_attempts: u32::MAX,
        nonce: None,
    }
}

/// The memory store never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store waited"),
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says what a process holds");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line VmRSS");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("kibibytes") * 1024
}
