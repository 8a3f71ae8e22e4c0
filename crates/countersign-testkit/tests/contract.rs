//! The suite over the memory store, and over stores whose defects it must name.

mod planted;

use std::sync::Arc;
use std::time::Duration;

use countersign::{EventKey, MemoryStore, UnixTime};
use countersign_testkit::FixedClock;
use countersign_testkit::contract::{self, StoreUnderTest};
use planted::{Defect, Planted};

struct Memory {
    clock: FixedClock,
    store: MemoryStore,
}

impl Memory {
    fn new() -> Self {
        let clock = FixedClock::at(UnixTime::from_secs(1_790_000_000));
        Self { store: MemoryStore::with_clock(1 << 24, Arc::new(clock.clone())), clock }
    }
}

impl StoreUnderTest for Memory {
    type Store = MemoryStore;

    async fn store(&self) -> MemoryStore {
        self.store.clone()
    }

    async fn small(&self, records: usize) -> Option<MemoryStore> {
        Some(MemoryStore::with_clock(records * 180, Arc::new(self.clock.clone())))
    }

    async fn corrupt(&self, _: &EventKey) -> bool {
        false
    }

    async fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_keeps_the_contract() {
    let report = contract::run(&Memory::new()).await;
    report.assert_kept();
    assert!(report.verdicts().all(|(rule, verdict)| verdict.is_ok() || rule == "a_corrupt_record_refuses"), "{report}");
}

/// The rules that the suite says a planted store breaks.
async fn broken(defect: Defect) -> Vec<&'static str> {
    let report = contract::run(&Planted::new(defect)).await;
    println!("{defect:?}\n{report}");
    report.broken()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_without_a_defect_is_not_accused() {
    assert_eq!(broken(Defect::None).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn names_every_planted_defect() {
    for (defect, named) in [
        (Defect::CheckThenAct, "one_claim_wins"),
        (Defect::CheckThenAct, "one_takeover_wins"),
        (Defect::UnfencedCompletion, "stale_fences_change_nothing"),
        (Defect::Evicts, "live_records_are_kept"),
        (Defect::Evicts, "a_full_store_refuses"),
        (Defect::FailsOpen, "a_full_store_refuses"),
        (Defect::FencesPerKey, "fences_rise"),
        (Defect::Timeless, "leases_end_by_the_stores_clock"),
        (Defect::Timeless, "outcomes_are_kept_for_their_retention"),
        (Defect::HalfAClaim, "a_dropped_step_leaves_no_half"),
        (Defect::ForgetsReleased, "released_events_wait_and_count"),
        (Defect::ForgetsReleased, "failed_events_are_parked"),
        (Defect::ForgetsBody, "bodies_are_told_apart"),
        (Defect::SortsHeaders, "outcomes_are_repeated_whole"),
        (Defect::LastOutcomeWins, "settling_twice_changes_nothing"),
        (Defect::ShortKeys, "keys_are_apart"),
        (Defect::ForgetsNonces, "a_lost_answer_can_be_asked_for_again"),
        (Defect::SkipsCorrupt, "a_corrupt_record_refuses"),
    ] {
        let broken = broken(defect).await;
        assert!(broken.contains(&named), "{defect:?} should break {named}, and broke {broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_walk_finds_what_no_single_rule_says() {
    for defect in [Defect::UnfencedCompletion, Defect::ForgetsReleased, Defect::ForgetsBody, Defect::Timeless] {
        let broken = contract::follows_the_protocol(&Planted::new(defect)).await;
        assert!(broken.is_err_and(|breach| breach.is_broken()), "{defect:?}");
    }
}

#[tokio::test]
async fn a_store_without_a_bound_is_not_tried_for_room() {
    struct Boundless(Memory);

    impl StoreUnderTest for Boundless {
        type Store = MemoryStore;

        async fn store(&self) -> MemoryStore {
            self.0.store().await
        }

        async fn small(&self, _: usize) -> Option<MemoryStore> {
            None
        }

        async fn corrupt(&self, _: &EventKey) -> bool {
            false
        }

        async fn advance(&self, span: Duration) {
            self.0.advance(span).await;
        }
    }

    let boundless = Boundless(Memory::new());
    let breach = contract::a_full_store_refuses(&boundless).await.unwrap_err();
    assert!(!breach.is_broken());
    assert!(contract::live_records_are_kept(&boundless).await.is_err_and(|breach| !breach.is_broken()));
}
