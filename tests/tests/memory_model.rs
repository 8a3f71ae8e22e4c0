//! The memory store against the specification: random histories must get the same answers from the store as from the
//! pure functions of `countersign::record`, whatever the order, the clock and the room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Fence, Record, Settled};
use countersign::{
    ClaimReply, Clock, EventKey, Fingerprint, MemoryStore, Outcome, Store, StoreError, StoreErrorKind, UnixTime,
};
use countersign_tests::clock::{HandClock, NOW};
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestError, TestRunner};

const LEASE: Duration = Duration::from_secs(5);
const RETENTION: Duration = Duration::from_secs(60);
const FLOOR: Duration = Duration::from_secs(20);

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Claim { key: u8, body: u8, compare: bool, max_attempts: u32 },
    Renew { key: u8, fence: Pick },
    Complete { key: u8, fence: Pick, status: u16 },
    Release { key: u8, fence: Pick, wait: Duration },
    Advance(Duration),
}

/// Under which fence a worker comes back.
#[derive(Debug, Clone, Copy)]
enum Pick {
    /// The last one granted for the key.
    Last,
    /// The one before it, or one that was never granted.
    Earlier,
    /// One that was never granted.
    Later,
}

fn step(keys: u8) -> impl Strategy<Value = Step> {
    let pick = prop_oneof![4 => Just(Pick::Last), 1 => Just(Pick::Earlier), 1 => Just(Pick::Later)];
    // The edges of every span, a millisecond on either side, and small and large steps between.
    let edges = [LEASE, RETENTION, FLOOR, Duration::from_secs(2)];
    let edge = (prop::sample::select(edges.to_vec()), 0..3u64)
        .prop_map(|(edge, millis)| edge + Duration::from_millis(millis) - Duration::from_millis(1));
    let advance =
        prop_oneof![edge, (0..2_000u64).prop_map(Duration::from_millis), (0..90u64).prop_map(Duration::from_secs)];
    let claim = (0..keys, 0..2u8, prop::bool::weighted(0.8), prop_oneof![Just(u32::MAX), 1..3u32])
        .prop_map(|(key, body, compare, max_attempts)| Step::Claim { key, body, compare, max_attempts });
    let wait = prop_oneof![Just(Duration::ZERO), Just(Duration::from_secs(2))];
    prop_oneof![
        5 => claim,
        1 => (0..keys, pick.clone()).prop_map(|(key, fence)| Step::Renew { key, fence }),
        2 => (0..keys, pick.clone(), 200..300u16).prop_map(|(key, fence, status)| Step::Complete { key, fence, status }),
        2 => (0..keys, pick, wait).prop_map(|(key, fence, wait)| Step::Release { key, fence, wait }),
        2 => advance.prop_map(Step::Advance),
    ]
}

fn history(keys: u8) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(keys), 1..80)
}

/// What the specification says the store holds.
#[derive(Default)]
struct Model {
    records: HashMap<u8, Record>,
    fences: HashMap<u8, Vec<Fence>>,
    outcomes: HashMap<Fence, Outcome>,
    last_fence: u64,
}

impl Model {
    fn fence(&self, key: u8, pick: Pick) -> Fence {
        let granted = self.fences.get(&key).map_or(&[][..], Vec::as_slice);
        match (pick, granted) {
            (Pick::Last, [.., last]) => *last,
            (Pick::Earlier, [.., before, _]) => *before,
            (Pick::Earlier, _) => Fence::new(0),
            (Pick::Last | Pick::Later, _) => Fence::new(u64::MAX),
        }
    }

    /// How many records may not be dropped at `now`.
    fn pinned(&self, now: UnixTime) -> usize {
        self.records.values().filter(|record| !record.may_go(now)).count()
    }

    /// Takes it that the store has forgotten the event, if it may: under pressure, and only an outcome past its floor.
    fn forget(&mut self, key: u8, now: UnixTime, room: usize) -> bool {
        let may = self.records.len() >= room && self.records.get(&key).is_some_and(|record| record.may_go(now));
        if may {
            self.records.remove(&key);
        }
        may
    }

    fn apply<T>(&mut self, key: u8, change: impl FnOnce(Option<&Record>) -> (Option<Record>, T)) -> T {
        let (changed, answer) = change(self.records.get(&key));
        if let Some(changed) = changed {
            self.records.insert(key, changed);
        }
        answer
    }
}

fn key(key: u8) -> EventKey {
    EventKey::from_bytes([key; 32])
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a store in memory never waits")
}

/// Plays a history to a store and to the model. `room` is how many records the store has room for.
fn agrees(store: &impl Store, clock: &HandClock, room: usize, history: &[Step]) -> TestCaseResult {
    let mut model = Model::default();
    for step in history {
        let at = clock.now().expect("the clock works");
        match *step {
            Step::Advance(span) => clock.advance(span),
            Step::Claim { key: event, body, compare, max_attempts } => {
                let request = ClaimRequest {
                    fingerprint: Fingerprint::new([body; 32]),
                    compare_fingerprint: compare,
                    lease: LEASE,
                    retention: RETENTION,
                    floor: FLOOR,
                    max_attempts,
                };
                match now(store.claim(&key(event), &request)) {
                    Err(error) => {
                        prop_assert_eq!(error.kind(), StoreErrorKind::Full);
                        prop_assert!(
                            model.records.get(&event).is_none_or(|record| record.may_go(at)),
                            "a known event is refused"
                        );
                        prop_assert!(model.pinned(at) >= room, "refused with {} of {} pinned", model.pinned(at), room);
                    }
                    Ok(reply) => claimed(&mut model, event, &request, at, room, &reply)?,
                }
            }
            Step::Renew { key: event, fence } => {
                let fence = model.fence(event, fence);
                let answer = now(store.renew(&key(event), fence, LEASE));
                settled(&mut model, event, at, room, answer, |known| record::renew(known, fence, LEASE, at))?;
            }
            Step::Complete { key: event, fence, status } => {
                let fence = model.fence(event, fence);
                let outcome = Outcome {
                    status,
                    headers: vec![("etag".into(), fence.get().to_be_bytes().to_vec())],
                    body: Some(vec![b'x'; usize::from(status)].into()),
                };
                let answer = now(store.complete(&key(event), fence, &outcome, RETENTION));
                let complete = |known: Option<&Record>| record::complete(known, fence, status, RETENTION, at);
                if settled(&mut model, event, at, room, answer, complete)? == Settled::Done {
                    model.outcomes.entry(fence).or_insert(outcome);
                }
            }
            Step::Release { key: event, fence, wait } => {
                let fence = model.fence(event, fence);
                let answer = now(store.release(&key(event), fence, wait));
                settled(&mut model, event, at, room, answer, |known| record::release(known, fence, wait, at))?;
            }
        }
    }
    Ok(())
}

/// Holds a settlement to the specification.
fn settled(
    model: &mut Model,
    event: u8,
    at: UnixTime,
    room: usize,
    answer: Result<Settled, StoreError>,
    rule: impl FnOnce(Option<&Record>) -> (Option<Record>, Settled),
) -> Result<Settled, TestCaseError> {
    let expected = model.apply(event, rule);
    let answer = answer.map_err(|error| TestCaseError::fail(error.to_string()))?;
    let forgotten = (expected, answer) == (Settled::Done, Settled::Fenced) && model.forget(event, at, room);
    prop_assert!(forgotten || expected == answer, "{answer:?} instead of {expected:?}");
    Ok(answer)
}

fn claimed(
    model: &mut Model,
    event: u8,
    request: &ClaimRequest,
    at: UnixTime,
    room: usize,
    reply: &ClaimReply,
) -> TestCaseResult {
    let given = match reply.claimed {
        Claimed::Granted { fence, .. } => fence,
        _ => Fence::new(u64::MAX),
    };
    if let Claimed::Granted { fence, .. } = reply.claimed {
        prop_assert!(fence.get() > model.last_fence, "{fence:?} after {}", model.last_fence);
        model.last_fence = fence.get();
        model.fences.entry(event).or_default().push(fence);
    }
    let expected = model.apply(event, |known| record::claim(known, request, at, given));
    let forgotten =
        matches!((&expected, &reply.claimed), (Claimed::Completed { .. } | Claimed::Differs, Claimed::Granted { .. }));
    if forgotten && model.forget(event, at, room) {
        let fresh = model.apply(event, |known| record::claim(known, request, at, given));
        prop_assert_eq!(fresh, reply.claimed);
    } else {
        prop_assert_eq!(expected, reply.claimed);
    }
    if let Claimed::Completed { status } = reply.claimed {
        let fence = model.records.get(&event).map_or(Fence::new(0), |record| record.fence);
        let kept = model.outcomes.get(&fence).cloned().unwrap_or(Outcome::status_only(status));
        prop_assert_eq!(reply.outcome.as_ref(), Some(&kept));
    }
    Ok(())
}

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })
}

/// Plays 400 histories over `keys` events to stores that `make` builds, each on its clock.
fn play<S: Store>(keys: u8, room: usize, make: impl Fn(HandClock) -> S) -> Result<(), TestError<Vec<Step>>> {
    runner().run(&history(keys), |history| {
        let clock = HandClock::default();
        agrees(&make(clock.clone()), &clock, room, &history)
    })
}

#[test]
fn the_memory_store_answers_as_the_specification_does() {
    let store = |clock: HandClock| MemoryStore::with_clock(1024 * 1024, Arc::new(clock));
    play(3, usize::MAX, store).unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn a_store_under_pressure_forgets_only_outcomes_past_their_floor() {
    let store = |clock: HandClock| MemoryStore::with_clock(1_000, Arc::new(clock));
    let room = store(HandClock::default()).stats().capacity;
    assert!((2..10).contains(&room), "{room} records");
    play(20, room, store).unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn a_store_never_holds_more_than_its_room() {
    let clock = HandClock::default();
    let store = MemoryStore::with_clock(1_000, Arc::new(clock.clone()));
    let request = ClaimRequest {
        fingerprint: Fingerprint::new([0; 32]),
        compare_fingerprint: true,
        lease: LEASE,
        retention: RETENTION,
        floor: FLOOR,
        max_attempts: u32::MAX,
    };
    let mut refused = 0;
    for event in 0..=255 {
        if now(store.claim(&key(event), &request)).is_err() {
            refused += 1;
        }
        assert!(store.stats().records <= store.stats().capacity, "{:?}", store.stats());
        clock.advance(Duration::from_millis(100));
    }
    // Leases of five seconds end, records do not: all that came later was refused.
    assert_eq!(refused, 256 - store.stats().capacity);
}

/// The race that a store must win: a thousand claims at once, one of them granted.
fn grants(store: &Arc<impl Store>, claims: usize) -> usize {
    let barrier = Arc::new(Barrier::new(claims));
    let request = ClaimRequest {
        fingerprint: Fingerprint::new([7; 32]),
        compare_fingerprint: true,
        lease: LEASE,
        retention: RETENTION,
        floor: FLOOR,
        max_attempts: u32::MAX,
    };
    let claimants: Vec<_> = (0..claims)
        .map(|_| {
            let (store, barrier) = (Arc::clone(store), Arc::clone(&barrier));
            let claim = move || {
                barrier.wait();
                let reply = now(store.claim(&key(1), &request)).expect("there is room");
                usize::from(matches!(reply.claimed, Claimed::Granted { .. }))
            };
            thread::Builder::new().stack_size(128 * 1024).spawn(claim).expect("a thread")
        })
        .collect();
    claimants.into_iter().map(|claimant| claimant.join().expect("a claim ends")).sum()
}

#[test]
fn one_of_a_thousand_claims_is_granted() {
    assert_eq!(grants(&Arc::new(MemoryStore::default()), 1_000), 1);
    for _ in 0..200 {
        assert_eq!(grants(&Arc::new(MemoryStore::default()), 8), 1);
    }
}

/// A store with a planted bug: the model must notice each of them.
struct Wrong {
    inner: MemoryStore,
    bug: Bug,
    last: AtomicU64,
    barrier: Option<Barrier>,
    known: Mutex<HashMap<EventKey, Fence>>,
}

#[derive(Clone, Copy)]
enum Bug {
    /// Takes any worker for the one that has the claim.
    IgnoresFences,
    /// Compares no bodies.
    IgnoresBodies,
    /// Says that it kept an outcome, and did not.
    LosesOutcomes,
    /// Looks first and acts later.
    ChecksThenActs,
}

impl Wrong {
    fn new(clock: HandClock, bug: Bug, claims: usize) -> Self {
        Self {
            inner: MemoryStore::with_clock(1024 * 1024, Arc::new(clock)),
            bug,
            last: AtomicU64::new(0),
            barrier: matches!(bug, Bug::ChecksThenActs).then(|| Barrier::new(claims)),
            known: Mutex::default(),
        }
    }

    fn fence(&self, given: Fence) -> Fence {
        match self.bug {
            Bug::IgnoresFences => Fence::new(self.last.load(Ordering::SeqCst)),
            _ => given,
        }
    }
}

impl Store for Wrong {
    fn capacity(&self) -> Option<u64> {
        self.inner.capacity()
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        if let Some(barrier) = &self.barrier {
            let absent = !self.known.lock().expect("unpoisoned").contains_key(key);
            barrier.wait();
            let fence = Fence::new(self.last.fetch_add(1, Ordering::SeqCst) + 1);
            self.known.lock().expect("unpoisoned").insert(*key, fence);
            let granted = Claimed::Granted { fence, attempt: 1, takeover: false };
            let running = Claimed::Running { lease_until: UnixTime::from_secs(NOW) };
            return Ok(ClaimReply { claimed: if absent { granted } else { running }, outcome: None });
        }
        let request = ClaimRequest {
            compare_fingerprint: request.compare_fingerprint && !matches!(self.bug, Bug::IgnoresBodies),
            ..*request
        };
        let reply = self.inner.claim(key, &request).await?;
        if let Claimed::Granted { fence, .. } = reply.claimed {
            self.last.store(fence.get(), Ordering::SeqCst);
        }
        Ok(reply)
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.inner.renew(key, self.fence(fence), lease).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        match self.bug {
            Bug::LosesOutcomes => Ok(Settled::Done),
            _ => self.inner.complete(key, self.fence(fence), outcome, retention).await,
        }
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.inner.release(key, self.fence(fence), wait).await
    }
}

#[test]
fn the_model_notices_planted_bugs() {
    for bug in [Bug::IgnoresFences, Bug::IgnoresBodies, Bug::LosesOutcomes] {
        let played = play(3, usize::MAX, |clock| Wrong::new(clock, bug, 1));
        assert!(matches!(played, Err(TestError::Fail(..))), "a wrong store agrees with the model");
    }
}

#[test]
fn the_race_notices_a_store_that_checks_then_acts() {
    let wrong = Wrong::new(HandClock::default(), Bug::ChecksThenActs, 100);
    assert_eq!(grants(&Arc::new(wrong), 100), 100);
}
