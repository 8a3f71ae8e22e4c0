//! A claim in a worker's hands: the right to handle an event, what its handler may know of it, and how it ends.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crate::gate::InFlight;
use crate::key::EventKey;
use crate::record::Fence;
use crate::store::Outcome;

/// The right to handle an event now.
///
/// Every claim must be settled. One that is dropped leaves the event to its lease: it runs again when that ends.
#[derive(Debug)]
#[must_use = "an unsettled claim blocks its event until the lease ends"]
pub struct Claim {
    pub(crate) lease: Option<Lease>,
    pub(crate) _in_flight: InFlight,
}

/// What a handler may know of its claim. Taken from the request's extensions; absent where the endpoint keeps no
/// records.
#[derive(Debug, Clone)]
pub struct Lease {
    key: EventKey,
    fence: Fence,
    attempt: u32,
    retention: Duration,
    asked: Instant,
    progress: Arc<Progress>,
}

/// What happened to a claim while its handler ran.
#[derive(Debug, Default)]
struct Progress {
    lost: AtomicBool,
    in_transaction: AtomicBool,
}

impl Lease {
    /// A lease that was asked for at `asked`, and so began no earlier.
    pub(crate) fn new(key: EventKey, fence: Fence, attempt: u32, retention: Duration, asked: Instant) -> Self {
        Self { key, fence, attempt, retention, asked, progress: Arc::default() }
    }

    /// The key of the event's record.
    pub fn key(&self) -> &EventKey {
        &self.key
    }

    /// The claim's number: hand it to storages that refuse writes under a lower one than they have seen.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// Which attempt at the event this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long the outcome is to be kept, for stores that complete the claim in the caller's transaction.
    pub fn retention(&self) -> Duration {
        self.retention
    }

    /// Whether the claim was taken over, or could not be renewed in time. A handler that learns this should stop
    /// before its next effect: another one is running.
    pub fn is_lost(&self) -> bool {
        self.progress.lost.load(Ordering::Acquire)
    }

    /// How much of the lease may be gone: its grant was on the way for some of this time.
    pub(crate) fn age(&self) -> Duration {
        self.asked.elapsed()
    }

    pub(crate) fn lose(&self) {
        self.progress.lost.store(true, Ordering::Release);
    }

    /// Says that a transaction of the caller's completes the claim, if it commits. For stores: call it once the
    /// completion stands in the transaction. Settling then completes nothing; it only gives the event back where the
    /// transaction was rolled back.
    pub fn leave_to_transaction(&self) {
        self.progress.in_transaction.store(true, Ordering::Release);
    }

    pub(crate) fn is_left_to_transaction(&self) -> bool {
        self.progress.in_transaction.load(Ordering::Acquire)
    }
}

impl Claim {
    /// What the handler may know of the claim, or `None` where the endpoint keeps no records.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }
}

/// How a handler ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It answered. Which statuses complete the event is the [`Gate`](crate::Gate)'s rule; the others release it.
    Answered(Outcome),
    /// It panicked, ran out of time, was dropped or did not begin: the event is released.
    Failed,
}

/// In a response's extensions: nothing was done yet, so whatever the status, the claim is given back.
///
/// For a handler that refuses a request before it acts on it, such as one that does not validate: the client may mend
/// the request and send it under the same `Idempotency-Key`, which an answer that is kept would forbid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotExecuted;
