//! What an operator may see and do: records listed, counted, forgotten, given back their attempts, purged. No sender
//! can ask for any of it.

use core::future::Future;

use crate::clock::UnixTime;
use crate::key::EventKey;
use crate::record::{Record, State};
use crate::store::{Store, StoreError};

/// A store's records, for operators.
///
/// Apart from [`Store`], because nothing that handles a delivery may read a record without claiming it.
pub trait Records: Store {
    /// The records of a page, in the order of their keys. Expired ones that were not yet removed are among them.
    fn list(&self, page: &Page) -> impl Future<Output = Result<Listing, StoreError>> + Send;

    /// One record, or `None` where there is none.
    fn show(&self, key: &EventKey) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;

    /// How many records there are in each state, of one endpoint or of all.
    fn count(&self, endpoint: Option<[u8; 4]>) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// Forgets an event, so that its next delivery is handled again (SM-14). Returns whether there was a record.
    /// Leaves an event in the log that names the key.
    fn forget(&self, key: &EventKey) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives a parked event its attempts back (SM-13). Returns whether the event was parked. Leaves an event in the
    /// log that names the key.
    fn redrive(&self, key: &EventKey) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes up to `limit` expired records; returns how many went. Stores purge by themselves; this is for those who
    /// would rather choose the hour.
    fn purge(&self, limit: u32) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Which records to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only keys that begin so: [`EventKey::endpoint_prefix`].
    pub endpoint: Option<[u8; 4]>,
    /// Only keys after this one: the last of the page before.
    pub after: Option<EventKey>,
    /// At most this many.
    pub limit: u32,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The records, in the order of their keys.
    pub entries: Vec<Entry>,
    /// The store's time at the listing, by which leases and retention are to be read.
    pub now: UnixTime,
}

/// One record under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record's key.
    pub key: EventKey,
    /// The record. Its times are the store's own.
    pub record: Record,
}

/// How many records are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// A handler has the claim, or had it and its lease ended.
    pub running: u64,
    /// A handler succeeded.
    pub completed: u64,
    /// A handler failed; the event may be claimed again.
    pub released: u64,
    /// A handler failed too often.
    pub parked: u64,
    /// Past their time, whatever their state: as good as absent.
    pub expired: u64,
}

impl Counts {
    /// Adds one record, as it stands at `now`.
    pub fn add(&mut self, record: &Record, now: UnixTime) {
        let count = match record.state {
            _ if record.is_expired(now) => &mut self.expired,
            State::Running { .. } => &mut self.running,
            State::Completed { .. } => &mut self.completed,
            State::Released { .. } => &mut self.released,
            State::Parked => &mut self.parked,
        };
        *count = count.saturating_add(1);
    }

    /// All records.
    pub fn total(&self) -> u64 {
        let states = [self.running, self.completed, self.released, self.parked, self.expired];
        states.into_iter().fold(0, u64::saturating_add)
    }
}

/// Notes that an operator changed a record by hand. For stores, from [`Records::forget`] and [`Records::redrive`]: the
/// log is the audit.
pub fn note_change_by_operator(action: &'static str, key: &EventKey) {
    crate::observe::by_operator(action, key);
}
