//! The memory store against the specification: random histories must get the same answers from the store as from the
//! pure functions of `countersign::record`, whatever the order, the clock and the room; and races have one winner.

mod model;
mod wrong;

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use countersign::record::Claimed;
use countersign::{MemoryStore, Store};
use countersign_tests::clock::HandClock;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{TestError, TestRunner};

use crate::model::{Step, agrees, history, key, now, request};
use crate::wrong::{Bug, Wrong};

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })
}

/// Plays 400 histories over `keys` events to stores that `make` builds, each on its clock.
fn play<S: Store>(keys: u8, room: usize, make: impl Fn(HandClock) -> S) -> Result<(), TestError<Vec<Step>>> {
    runner().run(&history(keys), |history| {
        let clock = HandClock::default();
        agrees(&make(clock.clone()), &clock, room, &history)
    })
}

#[test]
fn the_memory_store_answers_as_the_specification_does() {
    let store = |clock: HandClock| MemoryStore::with_clock(1024 * 1024, Arc::new(clock));
    play(3, usize::MAX, store).unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn a_store_under_pressure_forgets_only_outcomes_past_their_floor() {
    let store = |clock: HandClock| MemoryStore::with_clock(1_000, Arc::new(clock));
    let room = store(HandClock::default()).stats().capacity;
    assert!((2..10).contains(&room), "{room} records");
    play(20, room, store).unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn a_store_never_holds_more_than_its_room() {
    let clock = HandClock::default();
    let store = MemoryStore::with_clock(1_000, Arc::new(clock.clone()));
    let request = request(0);
    let mut refused = 0;
    for event in 0..=255 {
        if now(store.claim(&key(event), &request)).is_err() {
            refused += 1;
        }
        assert!(store.stats().records <= store.stats().capacity, "{:?}", store.stats());
        clock.advance(Duration::from_millis(100));
    }
    // Leases of five seconds end, records do not: all that came later was refused.
    assert_eq!(refused, 256 - store.stats().capacity);
}

/// The race that a store must win: a thousand claims at once, one of them granted.
fn grants(store: &Arc<impl Store>, claims: usize) -> usize {
    let barrier = Arc::new(Barrier::new(claims));
    let request = request(0);
    let claimants: Vec<_> = (0..claims)
        .map(|_| {
            let (store, barrier) = (Arc::clone(store), Arc::clone(&barrier));
            let claim = move || {
                barrier.wait();
                let reply = now(store.claim(&key(1), &request)).expect("there is room");
                usize::from(matches!(reply.claimed, Claimed::Granted { .. }))
            };
            thread::Builder::new().stack_size(128 * 1024).spawn(claim).expect("a thread")
        })
        .collect();
    claimants.into_iter().map(|claimant| claimant.join().expect("a claim ends")).sum()
}

#[test]
fn one_of_a_thousand_claims_is_granted() {
    assert_eq!(grants(&Arc::new(MemoryStore::default()), 1_000), 1);
    for _ in 0..200 {
        assert_eq!(grants(&Arc::new(MemoryStore::default()), 8), 1);
    }
}

#[test]
fn the_model_notices_planted_bugs() {
    for bug in [Bug::IgnoresFences, Bug::IgnoresBodies, Bug::LosesOutcomes, Bug::ForgetsEarly] {
        let played = play(3, usize::MAX, |clock| Wrong::new(clock, bug, 1));
        assert!(matches!(played, Err(TestError::Fail(..))), "a wrong store agrees with the model");
    }
}

#[test]
fn the_race_notices_a_store_that_checks_then_acts() {
    let wrong = Wrong::new(HandClock::default(), Bug::ChecksThenActs, 100);
    assert_eq!(grants(&Arc::new(wrong), 100), 100);
}
