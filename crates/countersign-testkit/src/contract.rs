//! The rules of [`Store`], as a suite that any store can run. Each check is one rule and can be run alone.
//!
//! A store of your own passes it in three lines, once it is told how its time moves:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use countersign::{EventKey, MemoryStore, UnixTime};
//! use countersign_testkit::{FixedClock, contract};
//!
//! struct Memory {
//!     clock: FixedClock,
//!     store: MemoryStore,
//! }
//!
//! impl contract::StoreUnderTest for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn store(&self) -> MemoryStore {
//!         self.store.clone()
//!     }
//!
//!     async fn small(&self, records: usize) -> Option<MemoryStore> {
//!         Some(MemoryStore::with_clock(records * 180, Arc::new(self.clock.clone())))
//!     }
//!
//!     async fn corrupt(&self, _: &EventKey) -> bool {
//!         false
//!     }
//!
//!     async fn advance(&self, span: Duration) {
//!         self.clock.advance(span);
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() {
//! let clock = FixedClock::at(UnixTime::from_secs(1_790_000_000));
//! let store = MemoryStore::with_clock(1 << 24, Arc::new(clock.clone()));
//! contract::run(&Memory { clock, store }).await.assert_kept();
//! # }
//! ```
//!
//! # Deployment
//!
//! The checks need a tokio runtime with its timer. Run them on a multi-threaded one: on a single thread two claims race
//! only where the store awaits something. Keys are random, so a store that is not empty, or is used by another run at
//! the same time, does no harm.

mod cancellation;
mod capacity;
mod claims;
mod fences;
mod outcomes;
mod probe;
mod report;
mod times;
mod walk;

use std::future::Future;
use std::time::Duration;

use countersign::{EventKey, Store};

pub use cancellation::a_dropped_step_leaves_no_half;
pub use capacity::{a_full_store_refuses, live_records_are_kept};
pub use claims::{
    a_corrupt_record_refuses, a_lost_answer_can_be_asked_for_again, bodies_are_told_apart, keys_are_apart,
    one_claim_wins, one_takeover_wins,
};
pub use fences::{fences_rise, stale_fences_change_nothing};
pub use outcomes::{outcomes_are_repeated_whole, settling_twice_changes_nothing};
pub use report::{Breach, Report};
pub use times::{
    failed_events_are_parked, leases_end_by_the_stores_clock, outcomes_are_kept_for_their_retention,
    released_events_wait_and_count,
};
pub use walk::follows_the_protocol;

/// A store, and how a test moves its time.
pub trait StoreUnderTest: Send + Sync + 'static {
    /// The store.
    type Store: Store;

    /// The span that the store's clock can tell apart at least twice. Checks of leases and retention take tens of
    /// them, so a store whose time cannot be set wants a short one; too short, and a slow step outlives its lease.
    const UNIT: Duration = Duration::from_secs(1);

    /// Whether [`advance`](Self::advance) takes as long as it says. Checks that walk through long stretches of time
    /// then stand still.
    const SLEEPS: bool = false;

    /// Another handle on the same records: for a server, another connection.
    fn store(&self) -> impl Future<Output = Self::Store> + Send;

    /// Another store, empty, with room for about `records` records, on the same clock; `None` where only a disk bounds
    /// it. What it holds for a response does not count.
    fn small(&self, records: usize) -> impl Future<Output = Option<Self::Store>> + Send;

    /// Damages the stored record of `key` behind the store's back, so that it can no longer be read; `false` where there
    /// is no way to.
    fn corrupt(&self, key: &EventKey) -> impl Future<Output = bool> + Send;

    /// Lets `span` pass on the store's clock: sets it, or sleeps.
    fn advance(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// Runs every check, one after the other.
pub async fn run<U: StoreUnderTest>(under: &U) -> Report {
    let mut report = Report::default();
    report.note("one_claim_wins", one_claim_wins(under).await);
    report.note("one_takeover_wins", one_takeover_wins(under).await);
    report.note("keys_are_apart", keys_are_apart(under).await);
    report.note("bodies_are_told_apart", bodies_are_told_apart(under).await);
    report.note("a_lost_answer_can_be_asked_for_again", a_lost_answer_can_be_asked_for_again(under).await);
    report.note("a_corrupt_record_refuses", a_corrupt_record_refuses(under).await);
    report.note("fences_rise", fences_rise(under).await);
    report.note("stale_fences_change_nothing", stale_fences_change_nothing(under).await);
    report.note("leases_end_by_the_stores_clock", leases_end_by_the_stores_clock(under).await);
    report.note("outcomes_are_kept_for_their_retention", outcomes_are_kept_for_their_retention(under).await);
    report.note("released_events_wait_and_count", released_events_wait_and_count(under).await);
    report.note("failed_events_are_parked", failed_events_are_parked(under).await);
    report.note("outcomes_are_repeated_whole", outcomes_are_repeated_whole(under).await);
    report.note("settling_twice_changes_nothing", settling_twice_changes_nothing(under).await);
    report.note("a_dropped_step_leaves_no_half", a_dropped_step_leaves_no_half(under).await);
    report.note("a_full_store_refuses", a_full_store_refuses(under).await);
    report.note("live_records_are_kept", live_records_are_kept(under).await);
    report.note("follows_the_protocol", follows_the_protocol(under).await);
    report
}
