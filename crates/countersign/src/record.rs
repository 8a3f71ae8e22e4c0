//! The claim protocol as a pure function: a record, what happened, the store's time in; a new record and an answer
//! out. No I/O, no clock, no lock.
//!
//! This is the specification. Stores run it inside their lock or transaction, or mirror it in a script or statement;
//! the model tests hold every store to it.
//!
//! | rule | from | happens | to |
//! | --- | --- | --- | --- |
//! | SM-01 | absent, or past its time | claim | running under a new fence |
//! | SM-02 | running, lease valid, same body | claim | unchanged: running |
//! | SM-03 | running or completed, other body | claim | unchanged: differs |
//! | SM-04 | running, lease ended | claim | running under a new fence, one attempt more |
//! | EV-07 | running, lease valid, same nonce | claim | unchanged: granted again, under the same fence |
//! | SM-05 | running under `f` | renew `f` | lease extended |
//! | SM-06 | completed, same body | claim | unchanged: its outcome |
//! | SM-07 | running under `f` | complete `f` | completed |
//! | SM-08 | any state under another fence | renew, complete, release | unchanged: fenced |
//! | SM-09 | running under `f` | release `f` | released; fence and attempts stay |
//! | SM-10 | released, attempts left | claim | running under a new fence |
//! | SM-11 | released, no attempts left | claim | parked |
//! | SM-12 | completed | its time passes | absent |
//! | SM-13 | parked | redrive | released, attempts back to zero |
//! | SM-14 | any | forget | absent |

use core::num::NonZero;
use core::time::Duration;

use crate::clock::UnixTime;
use crate::key::Fingerprint;

/// The number of one claim: higher than every earlier one of the same store, never used twice.
///
/// A handler may pass it on to guard its own effects: a storage that refuses writes under a lower fence than the last
/// one it saw is safe from a worker that was paused and came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(u64);

impl Fence {
    /// A fence from its number, as a store read it back.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A number that one caller draws for one claim, so that it can ask again when the answer was lost: the claim that it was
/// given is found by it, and given again.
pub type Nonce = NonZero<u64>;

/// What a store keeps of one event. All times are the store's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where the event stands.
    pub state: State,
    /// The fence of the last claim.
    pub fence: Fence,
    /// How often a handler was started.
    pub attempts: u32,
    /// The nonce of the last claim.
    pub nonce: Option<Nonce>,
    /// The digest of the body that was claimed. Kept through completion.
    pub fingerprint: Fingerprint,
    /// The time before which the record may not go, whatever the pressure: until then a replay would pass as fresh.
    pub floor: UnixTime,
    /// The time after which the record counts as absent, whether or not it was removed.
    pub expires: UnixTime,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A handler has the claim until the lease ends.
    Running {
        /// When the lease ends unless it is renewed.
        lease_until: UnixTime,
    },
    /// A handler succeeded with this status.
    Completed {
        /// The HTTP status that was answered.
        status: u16,
    },
    /// A handler failed; the event may be claimed again from this time on.
    Released {
        /// The end of the wait before the next attempt.
        claimable_from: UnixTime,
    },
    /// A handler failed too often; only an operator brings the event back.
    Parked,
}

/// What a worker asks for when it claims an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The digest of the delivery's body.
    pub fingerprint: Fingerprint,
    /// Whether another body under the same key is another event (refused) or the same (a retry that counts itself).
    pub compare_fingerprint: bool,
    /// How long the claim holds without renewal.
    pub lease: Duration,
    /// How long the record is kept.
    pub retention: Duration,
    /// For how long the record may not go, whatever the pressure.
    pub floor: Duration,
    /// How many attempts an event has before it is parked.
    pub max_attempts: u32,
    /// Marks every asking for one claim. Must not be used for another claim, by anyone; `None` asks once.
    pub nonce: Option<Nonce>,
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// The claim is the caller's.
    Granted {
        /// The claim's number.
        fence: Fence,
        /// Which attempt at the event this is, from 1.
        attempt: u32,
        /// Whether another worker's lease had ended without an outcome.
        takeover: bool,
    },
    /// Another worker has the claim.
    Running {
        /// When its lease ends unless it renews it.
        lease_until: UnixTime,
    },
    /// The event was handled.
    Completed {
        /// The status that was answered.
        status: u16,
    },
    /// The event failed and waits for its next attempt.
    Waiting {
        /// When it may be claimed.
        claimable_from: UnixTime,
    },
    /// The key was claimed with another body.
    Differs,
    /// The event failed too often.
    Parked,
}

/// The answer to a renewal, a completion or a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was done, or had been done under this very fence.
    Done,
    /// The claim is no longer the caller's; nothing was changed.
    Fenced,
}

impl Record {
    /// Whether the record counts as absent at `now`. A running record lives at least as long as its lease.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        let leased = matches!(self.state, State::Running { lease_until } if now <= lease_until);
        now > self.expires && !leased
    }

    /// Whether a store under pressure may drop the record: only outcomes past their floor.
    pub fn may_go(&self, now: UnixTime) -> bool {
        self.is_expired(now) || (matches!(self.state, State::Completed { .. }) && now > self.floor)
    }
}

/// SM-01 to SM-04, SM-06, SM-10 to SM-12, EV-07: a worker asks for the event.
///
/// `next_fence` must be higher than any fence this store has given out. Returns what the record becomes (`None`: it
/// stays as it is) and the answer.
pub fn claim(
    record: Option<&Record>,
    request: &ClaimRequest,
    now: UnixTime,
    next_fence: Fence,
) -> (Option<Record>, Claimed) {
    let grant = |attempt: u32, takeover: bool| {
        let granted = Record {
            state: State::Running { lease_until: now.saturating_add(request.lease) },
            fence: next_fence,
            attempts: attempt,
            nonce: request.nonce,
            fingerprint: request.fingerprint,
            floor: now.saturating_add(request.floor),
            expires: now.saturating_add(request.retention.max(request.floor)),
        };
        (Some(granted), Claimed::Granted { fence: next_fence, attempt, takeover })
    };
    let Some(record) = record.filter(|record| !record.is_expired(now)) else {
        return grant(1, false);
    };
    let asked_before = request.nonce.is_some() && record.nonce == request.nonce;
    let differs = request.compare_fingerprint && record.fingerprint != request.fingerprint;
    let next_attempt = record.attempts.saturating_add(1);
    match record.state {
        State::Running { lease_until } if asked_before && now <= lease_until => {
            (None, Claimed::Granted { fence: record.fence, attempt: record.attempts, takeover: false })
        }
        State::Running { .. } | State::Completed { .. } if differs => (None, Claimed::Differs),
        State::Running { lease_until } if now <= lease_until => (None, Claimed::Running { lease_until }),
        State::Running { .. } => grant(next_attempt, true),
        State::Completed { status } => (None, Claimed::Completed { status }),
        State::Released { claimable_from } if now < claimable_from => (None, Claimed::Waiting { claimable_from }),
        State::Released { .. } if record.attempts >= request.max_attempts => {
            (Some(Record { state: State::Parked, ..record.clone() }), Claimed::Parked)
        }
        State::Released { .. } => grant(next_attempt, false),
        State::Parked => (None, Claimed::Parked),
    }
}

/// SM-05, SM-08: the worker with `fence` is still at it.
pub fn renew(record: Option<&Record>, fence: Fence, lease: Duration, now: UnixTime) -> (Option<Record>, Settled) {
    settle(record, fence, now, |record| {
        matches!(record.state, State::Running { .. }).then(|| State::Running { lease_until: now.saturating_add(lease) })
    })
}

/// SM-07, SM-08: the worker with `fence` succeeded. Completing twice under one fence changes nothing: the first
/// outcome stands.
pub fn complete(
    record: Option<&Record>,
    fence: Fence,
    status: u16,
    retention: Duration,
    now: UnixTime,
) -> (Option<Record>, Settled) {
    let record = live(record, fence, now);
    if record.is_some_and(|record| matches!(record.state, State::Completed { .. })) {
        return (None, Settled::Done);
    }
    let (completed, settled) = settle(record, fence, now, |record| {
        matches!(record.state, State::Running { .. }).then_some(State::Completed { status })
    });
    let kept = completed.map(|record| Record { expires: record.expires.max(now.saturating_add(retention)), ..record });
    (kept, settled)
}

/// SM-08, SM-09: the worker with `fence` gives the event back. Releasing twice under one fence changes nothing.
pub fn release(record: Option<&Record>, fence: Fence, wait: Duration, now: UnixTime) -> (Option<Record>, Settled) {
    let record = live(record, fence, now);
    if record.is_some_and(|record| matches!(record.state, State::Released { .. })) {
        return (None, Settled::Done);
    }
    settle(record, fence, now, |record| {
        matches!(record.state, State::Running { .. })
            .then(|| State::Released { claimable_from: now.saturating_add(wait) })
    })
}

/// SM-13: an operator gives a parked event its attempts back. `None` where the event is not parked.
pub fn redrive(record: &Record, now: UnixTime) -> Option<Record> {
    matches!(record.state, State::Parked).then(|| Record {
        state: State::Released { claimable_from: now },
        attempts: 0,
        ..record.clone()
    })
}

/// The record, if it is under `fence` and its time has not passed: an expired record is as good as absent, whether or
/// not it was removed.
fn live(record: Option<&Record>, fence: Fence, now: UnixTime) -> Option<&Record> {
    record.filter(|record| record.fence == fence && !record.is_expired(now))
}

/// Moves a live record on if `next` knows a state to move to.
fn settle(
    record: Option<&Record>,
    fence: Fence,
    now: UnixTime,
    next: impl FnOnce(&Record) -> Option<State>,
) -> (Option<Record>, Settled) {
    let moved =
        live(record, fence, now).and_then(|record| next(record).map(|state| Record { state, ..record.clone() }));
    match moved {
        Some(record) => (Some(record), Settled::Done),
        None => (None, Settled::Fenced),
    }
}

#[cfg(test)]
#[path = "record/tests.rs"]
mod tests;
