//! The stores that rows are told over. What a store must do is held by the contract of `countersign-testkit`; here it
//! stands behind a server.

use crate::clock::HandClock;
use crate::spy::SpyStore;

/// A store to tell a row over.
#[derive(Clone, Copy)]
pub struct Backing {
    /// Its name in test names.
    pub name: &'static str,
    /// Opens one, without records.
    pub open: fn(&HandClock) -> SpyStore,
    /// Whether it runs on the clock it was opened with. One that runs on its own cannot be told that a day has passed.
    pub on_hand_clock: bool,
}

/// Every store there is.
pub fn stores() -> Vec<Backing> {
    vec![Backing { name: "memory", open: SpyStore::on, on_hand_clock: true }]
}
