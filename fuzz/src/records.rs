//! The memory store against the claim protocol: random steps of several workers on a few events, the same answers from
//! both. Beside that, three promises are counted by hand: at most one valid lease for an event, fences that only rise,
//! and an outcome that never changes while its record lives.
//!
//! The input: one byte for the store's size (even: ample, odd: soon full), then four for each step (kind, event,
//! and two arguments).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record, Settled};
use countersign::{
    Clock, EventKey, Fence, Fingerprint, MemoryStore, Outcome, Store, StoreError, StoreErrorKind, UnixTime,
};

use crate::ready::ready;

/// Runs one history; true where an event was completed in it.
pub fn run(input: &[u8]) -> bool {
    check(input, |store| store)
}

/// How many events there are.
const EVENTS: u8 = 6;

/// More steps only repeat what fewer do.
const MOST_STEPS: usize = 400;

/// A size in bytes that fewer records fill than there are events.
const SMALL_STORE: usize = 800;

fn check<S: Store>(input: &[u8], around: fn(MemoryStore) -> S) -> bool {
    let Some((size, steps)) = input.split_first() else { return false };
    let is_small = size % 2 == 1;
    let clock = Arc::new(TestClock(AtomicU64::new(1_750_000_000_000)));
    let bytes = if is_small { SMALL_STORE } else { 1 << 20 };
    let store = MemoryStore::with_clock(bytes, clock.clone());
    let room = store.stats().capacity;
    assert!(room > EVENTS.into() || is_small && (1..EVENTS.into()).contains(&room), "{bytes} bytes are {room} records");
    let events = HashMap::new();
    let mut world = World { store: around(store), clock, is_small, room, events, last_fence: 0, completed: false };
    for step in steps.as_chunks().0.iter().take(MOST_STEPS) {
        world.step(*step);
    }
    world.completed
}

/// A clock that stands still until a step moves it.
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Option<UnixTime> {
        Some(UnixTime::from_millis(self.0.load(Ordering::Relaxed)))
    }
}

/// A store, and what must be in it.
struct World<S> {
    store: S,
    clock: Arc<TestClock>,
    is_small: bool,
    /// How many records the store has room for.
    room: usize,
    events: HashMap<u8, Event>,
    last_fence: u64,
    completed: bool,
}

/// What is known of one event.
#[derive(Default)]
struct Event {
    /// The record, by the protocol.
    record: Option<Record>,
    /// Every fence that was granted, in order.
    fences: Vec<Fence>,
    /// The fence that may still settle, and when its lease ends.
    lease: Option<(Fence, UnixTime)>,
    /// The first outcome that was recorded.
    outcome: Option<u16>,
}

impl<S: Store> World<S> {
    fn step(&mut self, [kind, event, a, b]: [u8; 4]) {
        let event = event % EVENTS;
        match kind % 8 {
            0..=2 => self.claim(event, a, b),
            3 => self.settle(event, a, Change::Renew(seconds(1 + b % 60))),
            4 => self.settle(event, a, Change::Complete(200 + u16::from(b % 4))),
            5 => self.settle(event, a, Change::Release(seconds(b % 8))),
            6 => self.pass(seconds(b % 40)),
            _ => self.pass(seconds(b).saturating_mul(60)),
        }
    }

    fn now(&self) -> UnixTime {
        self.clock.now().unwrap_or(UnixTime::from_secs(0))
    }

    fn pass(&self, span: Duration) {
        self.clock.0.fetch_add(u64::try_from(span.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    fn claim(&mut self, key: u8, a: u8, b: u8) {
        let request = ClaimRequest {
            fingerprint: Fingerprint::new([a % 2; 32]),
            compare_fingerprint: b.is_multiple_of(2),
            lease: seconds(1 + a % 60),
            retention: seconds(60).saturating_mul(u32::from(b)),
            floor: seconds(a),
            max_attempts: 1 + u32::from(b % 4),
            nonce: None,
        };
        let now = self.now();
        let reply = match ready(self.store.claim(&EventKey::from_bytes([key; 32]), &request)) {
            Ok(reply) => reply,
            Err(error) => return self.refused_for_want_of_room(&error),
        };
        let event = self.events.entry(key).or_default();
        let fence = match reply.claimed {
            Claimed::Granted { fence, .. } => {
                assert!(fence.get() > self.last_fence, "the fence {fence:?} came again");
                self.last_fence = fence.get();
                fence
            }
            _ => Fence::new(u64::MAX),
        };
        let (mut changed, mut expected) = record::claim(event.record.as_ref(), &request, now, fence);
        if reply.claimed != expected && self.is_small && event.record.as_ref().is_some_and(|record| record.may_go(now))
        {
            // A store under pressure may have dropped it.
            (changed, expected) = record::claim(None, &request, now, fence);
            event.outcome = None;
        }
        assert_eq!(reply.claimed, expected, "the store and the protocol differ");
        match reply.claimed {
            Claimed::Granted { fence, .. } => {
                let taken = event.lease.is_some_and(|(_, until)| now <= until);
                assert!(!taken, "two valid leases on one event");
                let expired = event.record.as_ref().is_none_or(|record| record.is_expired(now));
                assert!(event.outcome.is_none() || expired, "an event with an outcome runs again");
                event.outcome = None;
                event.lease = Some((fence, now.saturating_add(request.lease)));
                event.fences.push(fence);
            }
            Claimed::Completed { status } => {
                assert_eq!(event.outcome, Some(status), "the outcome changed");
                assert_eq!(reply.outcome.map(|outcome| outcome.status), Some(status), "the response is another's");
            }
            _ => {}
        }
        if changed.is_some() {
            event.record = changed;
        }
    }

    /// A refused claim is right only if the store is small and nothing in it may go.
    fn refused_for_want_of_room(&mut self, error: &StoreError) {
        let now = self.now();
        assert_eq!(error.kind(), StoreErrorKind::Full);
        let stays = |event: &&Event| event.record.as_ref().is_some_and(|record| !record.may_go(now));
        assert!(self.events.values().filter(stays).count() >= self.room, "refused with room left");
    }

    fn settle(&mut self, key: u8, which: u8, change: Change) {
        let now = self.now();
        let event = self.events.entry(key).or_default();
        // Mostly the last claim's; else an earlier one's, or one that was never given.
        let fence = match which % 4 {
            0 => event.fences.get(usize::from(which / 4) % event.fences.len().max(1)).copied(),
            _ => event.fences.last().copied(),
        };
        let fence = fence.unwrap_or(Fence::new(u64::MAX));
        let known = event.record.as_ref();
        let (changed, expected) = change.by_the_protocol(known, fence, now);
        let settled =
            ready(change.by_the_store(&self.store, &EventKey::from_bytes([key; 32]), fence)).expect("memory answers");
        let may_be_gone = self.is_small && known.is_some_and(|record| record.may_go(now));
        if may_be_gone && (settled, expected) == (Settled::Fenced, Settled::Done) {
            *event = Event { fences: std::mem::take(&mut event.fences), ..Event::default() };
            return;
        }
        assert_eq!(settled, expected, "the store and the protocol differ");
        if settled == Settled::Done {
            match (change, changed.is_some()) {
                (Change::Renew(lease), _) => event.lease = Some((fence, now.saturating_add(lease))),
                (Change::Complete(status), true) => {
                    assert_eq!(event.outcome.replace(status), None, "the outcome changed");
                    event.lease = None;
                    self.completed = true;
                }
                _ => event.lease = None,
            }
        }
        if changed.is_some() {
            event.record = changed;
        }
    }
}

/// What a worker does with its claim.
#[derive(Clone, Copy)]
enum Change {
    Renew(Duration),
    Complete(u16),
    Release(Duration),
}

/// How long outcomes are kept here.
const RETENTION: Duration = Duration::from_secs(3_600);

impl Change {
    fn by_the_protocol(self, record: Option<&Record>, fence: Fence, now: UnixTime) -> (Option<Record>, Settled) {
        match self {
            Self::Renew(lease) => record::renew(record, fence, lease, now),
            Self::Complete(status) => record::complete(record, fence, status, RETENTION, now),
            Self::Release(wait) => record::release(record, fence, wait, now),
        }
    }

    async fn by_the_store(self, store: &impl Store, key: &EventKey, fence: Fence) -> Result<Settled, StoreError> {
        match self {
            Self::Renew(lease) => store.renew(key, fence, lease).await,
            Self::Complete(status) => store.complete(key, fence, &Outcome::status_only(status), RETENTION).await,
            Self::Release(wait) => store.release(key, fence, wait).await,
        }
    }
}

fn seconds(number: u8) -> Duration {
    Duration::from_secs(number.into())
}

#[cfg(test)]
#[path = "records/tests.rs"]
mod tests;
