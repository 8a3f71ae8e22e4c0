//! Faults as the ledger has them, and the one question that is asked of them: whether a fault accounts for an event's
//! second effect.

use std::time::Duration;

use crate::check::{Attempt, micros};
use crate::ledger::{Entry, What};
use crate::receiver::{LEASE, STORE_DEADLINE};

/// A fault and the time for which it lasted.
#[derive(Debug)]
pub(crate) struct Strike<'a> {
    pub(crate) name: &'a str,
    /// The process it struck, or 0 where it struck the store.
    pid: u32,
    from: u64,
    to: u64,
}

/// How long after a fault of the store its consequences may come: connections are made anew.
const AFTERMATH: Duration = Duration::from_secs(2);

/// How long an effect may stand without an answer to its completion. It is asked for again for a lease after the first
/// failure, and the first and the last asking take the store's deadline at most.
const UNSETTLED: Duration = LEASE.saturating_add(STORE_DEADLINE).saturating_add(STORE_DEADLINE);

pub(crate) fn strikes(entries: &[Entry]) -> Vec<Strike<'_>> {
    let mut strikes: Vec<Strike<'_>> = Vec::new();
    for Entry { at, what } in entries {
        match what {
            What::Fault { name, pid } => strikes.push(Strike { name, pid: *pid, from: *at, to: u64::MAX }),
            What::Heal { name, pid } => {
                let open = strikes.iter_mut().rev().find(|strike| strike.name == name && strike.pid == *pid);
                if let Some(strike) = open {
                    strike.to = *at;
                }
            }
            _ => {}
        }
    }
    strikes
}

impl Strike<'_> {
    /// Whether `first` took effect and could not complete because of this fault, so that `second` rightly got the event.
    ///
    /// 1. The store had not answered the completion of `first` by then: one that was done, or was refused as another's,
    ///    is not cut any more. One that is done at any time never lets a second attempt run. Nor is a handler cut that
    ///    ran without a claim.
    /// 2. The fault had begun when `second` started.
    /// 3. It struck the process of `first`, or the store, in the time in which that matters. A process that is killed or
    ///    told to end has taken effect before. One that is frozen, be it between its asking for the claim and the
    ///    answer, may do so when it goes on. A store that fails fails the completion.
    ///
    /// A clock that steps accounts for nothing.
    pub(crate) fn accounts_for(&self, first: &Attempt, second: &Attempt) -> bool {
        let Some(effect) = first.effect else { return false };
        let end = first.fenced.unwrap_or_else(|| effect.saturating_add(micros(UNSETTLED)));
        let was_its_own = first.claim.is_some() && first.done.is_none();
        if !was_its_own || self.from > end || self.from > second.started {
            return false;
        }
        match (self.name, self.pid) {
            ("kill" | "terminate", pid) => pid == first.pid && self.to >= effect,
            ("freeze", pid) => pid == first.pid && self.to >= first.begun(),
            (_, 0) => self.to.saturating_add(micros(AFTERMATH)) >= effect,
            _ => false,
        }
    }

    /// Whether the process was frozen shortly before, and so may do late what it was about to do.
    pub(crate) fn froze(&self, pid: u32, at: u64) -> bool {
        let aftermath = self.to.saturating_add(micros(AFTERMATH));
        self.name == "freeze" && self.pid == pid && (self.from..=aftermath).contains(&at)
    }
}
