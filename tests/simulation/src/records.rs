//! The records that the workers share: the protocol's own functions over a map, or a real `MemoryStore` beside them, and
//! the planted bugs of a store. One step at a time; when it happens is `store.rs`'s affair.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record, Settled, State};
use countersign::{ClaimReply, EventKey, Fence, MemoryStore, Outcome, Store, StoreError, UnixTime};

use crate::defect::Defect;
use crate::history::History;
use crate::world::SimClock;

/// The shared records.
pub(crate) struct Records {
    model: BTreeMap<[u8; 32], (Record, Option<Outcome>)>,
    last_fence: u64,
    memory: Option<MemoryStore>,
    defect: Option<Defect>,
    clock: SimClock,
}

/// A step of the protocol.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Claim(ClaimRequest),
    Renew(Fence, Duration),
    Complete(Fence, Outcome, Duration),
    Release(Fence, Duration),
    /// A completion that stands in a transaction of the handler's, which has not been committed yet: changes nothing.
    CompleteIn(Fence),
    /// The commit of that transaction: the completion and the effect, or neither.
    Commit(Fence, Outcome, Duration),
}

/// What a step answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Claimed(ClaimReply),
    Settled(Settled),
}

impl Records {
    pub(crate) fn new(clock: SimClock, in_memory: bool, defect: Option<Defect>) -> Self {
        let memory = in_memory.then(|| MemoryStore::with_clock(1 << 20, Arc::new(clock.clone())));
        Self { model: BTreeMap::new(), last_fence: 0, memory, defect, clock }
    }

    /// Whether `fence` holds a valid lease on the event.
    pub(crate) fn is_held(&self, key: &EventKey, fence: u64) -> bool {
        let now = self.clock.time();
        self.record(key).is_some_and(|record| {
            record.fence.get() == fence && matches!(record.state, State::Running { lease_until } if now <= lease_until)
        })
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// What the store holds of an event.
    pub(crate) fn record(&self, key: &EventKey) -> Option<&Record> {
        self.model.get(key.as_bytes()).map(|(record, _)| record)
    }

    /// Does one step, and notes it.
    pub(crate) fn apply(&mut self, key: &EventKey, step: &Step, history: &mut History) -> Result<Answer, StoreError> {
        let now = self.clock.time();
        let before = self.record(key).cloned();
        match step {
            Step::Claim(request) => {
                let reply = self.claim(key, request, now, history)?;
                let after = self.record(key).cloned();
                let answered = (reply.claimed, reply.outcome.as_ref());
                history.claimed(key, request, (before.as_ref(), after.as_ref()), answered, now);
                Ok(Answer::Claimed(reply))
            }
            Step::CompleteIn(fence) => {
                let (_, settled) = record::complete(before.as_ref(), *fence, 200, Duration::ZERO, now);
                Ok(Answer::Settled(settled))
            }
            Step::Renew(fence, _) | Step::Complete(fence, ..) | Step::Release(fence, _) | Step::Commit(fence, ..) => {
                let settled = self.settle(key, step, now, history);
                let after = self.record(key).cloned();
                let outcome = match step {
                    Step::Complete(_, outcome, _) | Step::Commit(_, outcome, _) => Some(outcome),
                    _ => None,
                };
                let noted = (step.name(), fence.get());
                history.settled(key, noted, (before.as_ref(), after.as_ref()), (settled, outcome), now);
                if matches!(step, Step::Commit(..)) && settled == Settled::Done && before != after {
                    history.effect(key, fence.get(), false);
                }
                Ok(Answer::Settled(settled))
            }
        }
    }

    /// The look of a claim that writes later ([`Defect::CheckThenAct`]).
    pub(crate) fn look(&mut self, key: &EventKey, request: &ClaimRequest) -> Option<(Record, Claimed)> {
        self.last_fence += 1;
        let (changed, claimed) =
            record::claim(self.record(key), request, self.clock.time(), Fence::new(self.last_fence));
        changed.map(|changed| (changed, claimed))
    }

    /// The write of a claim that has looked before.
    pub(crate) fn act(
        &mut self,
        key: &EventKey,
        request: &ClaimRequest,
        (looked, claimed): (Record, Claimed),
        history: &mut History,
    ) -> Answer {
        let before = self.record(key).cloned();
        self.model.insert(*key.as_bytes(), (looked.clone(), None));
        history.claimed(key, request, (before.as_ref(), Some(&looked)), (claimed, None), self.clock.time());
        Answer::Claimed(ClaimReply { claimed, outcome: None })
    }

    fn claim(
        &mut self,
        key: &EventKey,
        request: &ClaimRequest,
        now: UnixTime,
        history: &mut History,
    ) -> Result<ClaimReply, StoreError> {
        if let Some(memory) = &self.memory {
            let reply = at_once(memory.claim(key, request))?;
            // The model is told the fence that the store chose; that it rises is the history's affair.
            let fence = match reply.claimed {
                Claimed::Granted { fence, .. } => fence,
                _ => Fence::new(u64::MAX),
            };
            let expected = self.claim_in_model(key, request, now, fence);
            if (reply.claimed, &reply.outcome) != (expected.claimed, &expected.outcome) {
                history.violation(format!("memory store: {reply:?} where the protocol says {expected:?}"));
            }
            return Ok(reply);
        }
        self.last_fence += u64::from(!self.has(Defect::FencesRepeat) || self.last_fence == 0);
        Ok(self.claim_in_model(key, request, now, Fence::new(self.last_fence)))
    }

    fn claim_in_model(&mut self, key: &EventKey, request: &ClaimRequest, now: UnixTime, fence: Fence) -> ClaimReply {
        let mut known = self.record(key).cloned();
        if let Some(record) = &mut known {
            self.spoil(record, request);
            if self.has(Defect::ForgetsEarly)
                && matches!(record.state, State::Completed { .. })
                && now > record.floor.saturating_sub(request.floor).saturating_add(Duration::from_secs(1))
            {
                known = None;
            }
        }
        let mut request = *request;
        if self.has(Defect::NoLease) {
            request.lease = Duration::from_secs(365 * 86_400);
        }
        if self.has(Defect::ShortRetention) {
            (request.retention, request.floor) = (request.retention / 2, request.floor / 2);
        }
        let (changed, mut claimed) = record::claim(known.as_ref(), &request, now, fence);
        let outcome = match claimed {
            Claimed::Completed { status } => {
                let kept = self.model.get(key.as_bytes()).and_then(|(_, outcome)| outcome.clone());
                Some(kept.unwrap_or(Outcome::status_only(status)))
            }
            _ => None,
        };
        if self.has(Defect::OtherOutcome)
            && let Claimed::Completed { status } = &mut claimed
        {
            *status += 1;
        }
        if let Some(mut record) = changed {
            if self.has(Defect::AttemptsNotCounted) {
                record.attempts = 1;
                if let Claimed::Granted { attempt, .. } = &mut claimed {
                    *attempt = 1;
                }
            }
            self.model.insert(*key.as_bytes(), (record, None));
        }
        ClaimReply { claimed, outcome }
    }

    /// What a store with a planted bug takes a record for.
    fn spoil(&self, record: &mut Record, request: &ClaimRequest) {
        match (self.defect, &mut record.state) {
            (Some(Defect::LeaseNotChecked), State::Running { lease_until }) => *lease_until = UnixTime::from_secs(0),
            (Some(Defect::BlindToBodies), _) => record.fingerprint = request.fingerprint,
            (Some(Defect::NeverForgets), _) => record.expires = UnixTime::from_millis(u64::MAX),
            _ => {}
        }
    }

    fn settle(&mut self, key: &EventKey, step: &Step, now: UnixTime, history: &mut History) -> Settled {
        let known = self.record(key);
        let unfenced =
            self.has(Defect::Unfenced) || (self.has(Defect::TransactionUnfenced) && matches!(step, Step::Commit(..)));
        let under = |fence: Fence| match known {
            Some(known) if unfenced => known.fence,
            _ => fence,
        };
        let reopened = known.filter(|_| self.has(Defect::OutcomeReplaced)).map(|known| Record {
            state: State::Running { lease_until: UnixTime::from_millis(u64::MAX) },
            ..known.clone()
        });
        let (changed, settled) = match step {
            Step::Renew(fence, lease) => record::renew(known, under(*fence), *lease, now),
            Step::Complete(fence, outcome, retention) | Step::Commit(fence, outcome, retention) => {
                let retention = if self.has(Defect::ShortRetention) { *retention / 2 } else { *retention };
                record::complete(reopened.as_ref().or(known), under(*fence), outcome.status, retention, now)
            }
            Step::Release(fence, wait) => record::release(known, under(*fence), *wait, now),
            Step::Claim(_) | Step::CompleteIn(_) => (None, Settled::Fenced),
        };
        if let Some(memory) = &self.memory {
            let really = at_once(async {
                match step {
                    Step::Renew(fence, lease) => memory.renew(key, *fence, *lease).await,
                    Step::Complete(fence, outcome, retention) | Step::Commit(fence, outcome, retention) => {
                        memory.complete(key, *fence, outcome, *retention).await
                    }
                    Step::Release(fence, wait) => memory.release(key, *fence, *wait).await,
                    Step::Claim(_) | Step::CompleteIn(_) => Ok(Settled::Fenced),
                }
            });
            if really.as_ref().ok() != Some(&settled) {
                history.violation(format!("memory store: {really:?} where the protocol says {settled:?}"));
            }
        }
        if let Some(record) = changed {
            let outcome = match step {
                Step::Complete(_, outcome, _) | Step::Commit(_, outcome, _) => Some(outcome.clone()),
                _ => None,
            };
            self.model.insert(*key.as_bytes(), (record, outcome));
        }
        settled
    }
}

impl Step {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Claim(_) => "claim",
            Self::Renew(..) => "renewal",
            Self::Complete(..) => "completion",
            Self::Release(..) => "release",
            Self::CompleteIn(_) => "completion in a transaction",
            Self::Commit(..) => "commit",
        }
    }

    pub(crate) fn fence(&self) -> Option<Fence> {
        match self {
            Self::Claim(_) => None,
            Self::Renew(fence, _)
            | Self::Complete(fence, ..)
            | Self::Release(fence, _)
            | Self::CompleteIn(fence)
            | Self::Commit(fence, ..) => Some(*fence),
        }
    }
}

/// The output of a step that never waits: a store in memory.
fn at_once<T>(step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match pin!(step).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(StoreError::unavailable("a store in memory waits")),
    }
}
