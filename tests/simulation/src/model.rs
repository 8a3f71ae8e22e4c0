//! Every history of a few deliveries of one event, with one fault, under several designs of the claim: the table of the
//! designs that fail and of those that hold. The designs that hold are the protocol's own functions,
//! [`record`]; those that fail show that the search finds what is wrong.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record, Settled, State};
use countersign::{Fence, Fingerprint, UnixTime};

/// How an event is kept from running twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Design {
    /// Looks whether the event is there, then writes that it is.
    CheckThenAct,
    /// Writes that the event is done, then runs it.
    MarkBeforeRun,
    /// The protocol, with leases that never end.
    NoLease,
    /// The protocol, where the fence is not looked at.
    NoFence,
    /// The protocol.
    LeaseAndFence,
    /// The protocol, whose handler makes sure of its lease before the effect.
    Recheck,
    /// The protocol, with the effect and the completion in one transaction.
    Transaction,
}

/// The one thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A handler fails before its effect.
    HandlerError,
    /// A worker is killed.
    Kill,
    /// A worker is paused for longer than a lease.
    Pause,
    /// The store forgets its last write.
    Failover,
    /// A claim fails, and the event runs all the same.
    OutageFailOpen,
    /// A claim fails, and the sender is told to come back.
    OutageFailClosed,
}

/// The bounds of a search.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Deliveries of the event.
    pub deliveries: usize,
    /// Faults in one history.
    pub faults: u8,
    /// Ticks of the clock.
    pub ticks: u64,
    /// How many ticks a lease lasts.
    pub lease: u64,
}

/// What some history came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// States visited.
    pub states: usize,
    /// The most effects of the event.
    pub effects: u8,
    /// A recorded response was replaced by another.
    pub overwritten: bool,
    /// The event counts as done, and has had no effect.
    pub loss: bool,
    /// The event has not been done, and can never be claimed again.
    pub stuck: bool,
    /// Two workers had a valid lease at once.
    pub two_leases: bool,
}

/// One moment of a history.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Moment {
    now: u64,
    faults: u8,
    store: Held,
    /// The store before its last write, which a failover brings back.
    before: Option<Held>,
    workers: Vec<Worker>,
    effects: u8,
    acknowledged: bool,
    overwritten: bool,
    two_leases: bool,
}

/// What the store holds.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    record: Option<Record>,
    last_fence: u64,
    /// Effects that are in the store's own database.
    effects: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Worker {
    stage: Stage,
    paused_until: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    /// Its delivery has not come yet.
    Coming,
    /// It has seen that nobody has the event.
    Looked,
    /// It has the claim.
    Holding(Fence),
    /// It has made sure of its claim.
    Sure(Fence),
    /// It has had its effect.
    Effected(Fence),
    /// It has answered, or was killed.
    Gone,
}

impl Bounds {
    /// Three deliveries, one fault, a lease of two ticks, six ticks.
    pub const SMALL: Self = Self { deliveries: 3, faults: 1, ticks: 6, lease: 2 };

    /// Visits every moment that can be reached.
    pub fn search(self, design: Design, faults: &[Fault]) -> Found {
        let search = Search { bounds: self, design, faults };
        let mut found = Found::default();
        let mut seen = HashSet::new();
        let mut open = vec![self.start(faults)];
        while let Some(moment) = open.pop() {
            if !seen.insert(moment.clone()) {
                continue;
            }
            found.states += 1;
            search.judge(&moment, &mut found);
            search.next(&moment, &mut open);
        }
        found
    }

    fn start(self, faults: &[Fault]) -> Moment {
        Moment {
            now: 0,
            faults: if faults.is_empty() { 0 } else { self.faults },
            store: Held { record: None, last_fence: 0, effects: 0 },
            before: None,
            workers: vec![Worker { stage: Stage::Coming, paused_until: 0 }; self.deliveries],
            effects: 0,
            acknowledged: false,
            overwritten: false,
            two_leases: false,
        }
    }
}

struct Search<'a> {
    bounds: Bounds,
    design: Design,
    faults: &'a [Fault],
}

/// Runs without a claim: no worker holds this fence.
const NO_FENCE: Fence = Fence::new(u64::MAX);

/// Longer than any history.
const LONG: Duration = Duration::from_secs(1_000_000);

impl Search<'_> {
    fn judge(&self, moment: &Moment, found: &mut Found) {
        found.effects = found.effects.max(moment.effects + moment.store.effects);
        found.overwritten |= moment.overwritten;
        found.two_leases |= moment.two_leases;
        if moment.workers.iter().any(|worker| worker.stage != Stage::Gone) {
            return;
        }
        let done = matches!(&moment.store.record, Some(Record { state: State::Completed { .. }, .. }));
        let none = moment.effects + moment.store.effects == 0;
        found.loss |= none && (moment.acknowledged || done);
        let mut later = moment.clone();
        later.now += 100;
        found.stuck |= !done && !matches!(self.claim(&mut later), Claimed::Granted { .. });
    }

    fn next(&self, moment: &Moment, open: &mut Vec<Moment>) {
        if moment.now < self.bounds.ticks {
            open.push(self.tick(moment));
        }
        // Deliveries are alike: the next one to come is always the same.
        let coming = moment.workers.iter().position(|worker| worker.stage == Stage::Coming);
        let begun = coming.map_or(moment.workers.len(), |next| next + 1);
        for worker in 0..begun {
            if moment.workers[worker].paused_until <= moment.now {
                open.extend(self.step(moment, worker));
            }
        }
        if moment.faults > 0 {
            for fault in self.faults {
                for worker in 0..begun {
                    open.extend(self.fail(moment, worker, *fault));
                }
            }
        }
    }

    /// Time passes; whoever is alive renews its lease.
    fn tick(&self, moment: &Moment) -> Moment {
        let mut next = moment.clone();
        next.now += 1;
        let now = next.now;
        for worker in moment.workers.iter().filter(|worker| worker.paused_until <= now) {
            if let Stage::Holding(fence) | Stage::Sure(fence) | Stage::Effected(fence) = worker.stage {
                self.renew(&mut next, fence);
            }
        }
        next
    }

    /// A worker goes on by one step.
    fn step(&self, moment: &Moment, index: usize) -> Option<Moment> {
        let mut next = moment.clone();
        let stage = match moment.workers[index].stage {
            Stage::Gone => return None,
            Stage::Coming if self.design == Design::CheckThenAct => match &moment.store.record {
                None => Stage::Looked,
                Some(_) => Stage::Gone,
            },
            Stage::Coming => match self.claim(&mut next) {
                Claimed::Granted { fence, .. } => Stage::Holding(fence),
                Claimed::Completed { .. } => {
                    next.acknowledged = true;
                    Stage::Gone
                }
                _ => Stage::Gone,
            },
            Stage::Looked => {
                let fence = Fence::new(u64::try_from(index).unwrap_or(0) + 1);
                let (written, _) = record::claim(None, &self.request(), next.time(), fence);
                next.write(written);
                Stage::Holding(fence)
            }
            Stage::Holding(fence) if fence != NO_FENCE && self.design == Design::Recheck => {
                if self.renew(&mut next, fence) { Stage::Sure(fence) } else { Stage::Gone }
            }
            Stage::Holding(fence) if fence != NO_FENCE && self.design == Design::Transaction => {
                let record = next.store.record.clone();
                let (completed, settled) = record::complete(record.as_ref(), fence, 200, LONG, next.time());
                if settled == Settled::Done {
                    next.write(completed);
                    next.store.effects += 1;
                    next.acknowledged = true;
                }
                Stage::Gone
            }
            Stage::Holding(fence) | Stage::Sure(fence) => {
                next.effects += 1;
                Stage::Effected(fence)
            }
            Stage::Effected(fence) => {
                next.acknowledged |= fence == NO_FENCE || self.complete(&mut next, index, fence);
                Stage::Gone
            }
        };
        next.workers[index].stage = stage;
        Some(next)
    }

    fn fail(&self, moment: &Moment, index: usize, fault: Fault) -> Option<Moment> {
        let mut next = moment.clone();
        next.faults -= 1;
        if next.faults == 0 && fault != Fault::Failover {
            next.before = None;
        }
        let stage = moment.workers[index].stage;
        let holds = matches!(stage, Stage::Holding(_) | Stage::Sure(_) | Stage::Effected(_));
        let awake = moment.workers[index].paused_until <= moment.now;
        match (fault, stage) {
            (Fault::HandlerError, Stage::Holding(fence) | Stage::Sure(fence)) if awake => {
                self.release(&mut next, fence);
                next.workers[index].stage = Stage::Gone;
            }
            (Fault::Kill, _) if holds => next.workers[index].stage = Stage::Gone,
            (Fault::Pause, _) if holds && awake => {
                next.workers[index].paused_until = moment.now + self.bounds.lease + 2;
            }
            (Fault::Failover, _) if index == 0 => next.store = next.before.take()?,
            (Fault::OutageFailOpen, Stage::Coming) => next.workers[index].stage = Stage::Holding(NO_FENCE),
            (Fault::OutageFailClosed, Stage::Coming) => next.workers[index].stage = Stage::Gone,
            _ => return None,
        }
        Some(next)
    }

    fn request(&self) -> ClaimRequest {
        let lease = if self.design == Design::NoLease { LONG } else { Duration::from_secs(self.bounds.lease) };
        ClaimRequest {
            fingerprint: Fingerprint::new([1; 32]),
            compare_fingerprint: true,
            lease,
            retention: LONG,
            floor: LONG,
            max_attempts: u32::MAX,
            nonce: None,
        }
    }

    fn claim(&self, moment: &mut Moment) -> Claimed {
        let held = &mut moment.store;
        held.last_fence += 1;
        let (record, now, fence) = (held.record.clone(), moment.time(), Fence::new(moment.store.last_fence));
        let (changed, claimed) = record::claim(record.as_ref(), &self.request(), now, fence);
        if matches!(claimed, Claimed::Granted { .. }) {
            let valid = record
                .is_some_and(|record| matches!(record.state, State::Running { lease_until } if now <= lease_until));
            moment.two_leases |= valid;
            let marked = State::Completed { status: 200 };
            moment.write(match self.design {
                Design::MarkBeforeRun => changed.map(|record| Record { state: marked, ..record }),
                _ => changed,
            });
        } else {
            moment.store.last_fence -= 1;
        }
        claimed
    }

    /// Whether the lease is the worker's.
    fn renew(&self, moment: &mut Moment, fence: Fence) -> bool {
        if self.design == Design::CheckThenAct {
            return true;
        }
        let record = moment.store.record.clone();
        let lease = self.request().lease;
        let (changed, settled) = record::renew(record.as_ref(), fence, lease, moment.time());
        // Not a write that a failover loses: that would only hide the ones that matter.
        if changed.is_some() {
            moment.store.record = changed;
        }
        settled == Settled::Done
    }

    /// Whether the completion was taken.
    fn complete(&self, moment: &mut Moment, index: usize, fence: Fence) -> bool {
        let record = moment.store.record.clone();
        let status = 200 + u16::try_from(index).unwrap_or(0);
        if matches!(self.design, Design::CheckThenAct | Design::NoFence) {
            let first = record.as_ref().and_then(|record| match record.state {
                State::Completed { status } => Some(status),
                _ => None,
            });
            moment.overwritten |= first.is_some_and(|first| first != status);
            moment.write(record.map(|record| Record { state: State::Completed { status }, ..record }));
            return true;
        }
        if self.design == Design::MarkBeforeRun {
            return true;
        }
        let (changed, settled) = record::complete(record.as_ref(), fence, status, LONG, moment.time());
        if let (Some(Record { state: State::Completed { status: first }, .. }), Some(changed)) = (&record, &changed) {
            moment.overwritten |= changed.state != State::Completed { status: *first };
        }
        moment.write(changed);
        settled == Settled::Done
    }

    fn release(&self, moment: &mut Moment, fence: Fence) {
        let record = moment.store.record.clone();
        let fence = match (&record, self.design) {
            (Some(record), Design::CheckThenAct | Design::NoFence) => record.fence,
            _ => fence,
        };
        moment.write(record::release(record.as_ref(), fence, Duration::ZERO, moment.time()).0);
    }
}

impl Moment {
    fn time(&self) -> UnixTime {
        UnixTime::from_secs(self.now)
    }

    fn write(&mut self, changed: Option<Record>) {
        if changed.is_some() {
            // Once nothing more can go wrong, what was before counts for nothing.
            self.before = (self.faults > 0).then(|| self.store.clone());
            self.store.record = changed;
        }
    }
}

impl Hash for Held {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.last_fence, self.effects).hash(state);
        if let Some(record) = &self.record {
            (record.fence, record.attempts).hash(state);
            match record.state {
                State::Running { lease_until } => (0, lease_until.as_millis()).hash(state),
                State::Completed { status } => (1, u64::from(status)).hash(state),
                State::Released { claimable_from } => (2, claimable_from.as_millis()).hash(state),
                State::Parked => 3.hash(state),
            }
        }
    }
}
