//! Histories, and what the specification says of them.

use std::collections::HashMap;
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Fence, Record, Settled};
use countersign::{ClaimReply, Clock, EventKey, Fingerprint, Outcome, Store, StoreError, StoreErrorKind, UnixTime};
use countersign_tests::clock::HandClock;
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

pub(crate) const LEASE: Duration = Duration::from_secs(5);
pub(crate) const RETENTION: Duration = Duration::from_secs(60);
pub(crate) const FLOOR: Duration = Duration::from_secs(20);

/// A claim with these spans and no bound on attempts.
pub(crate) fn request(body: u8) -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([body; 32]),
        compare_fingerprint: true,
        lease: LEASE,
        retention: RETENTION,
        floor: FLOOR,
        max_attempts: u32::MAX,
        nonce: None,
    }
}

/// One step of a history.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Claim { key: u8, body: u8, compare: bool, max_attempts: u32 },
    Renew { key: u8, fence: Pick },
    Complete { key: u8, fence: Pick, status: u16 },
    Release { key: u8, fence: Pick, wait: Duration },
    Advance(Duration),
}

/// Under which fence a worker comes back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pick {
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

/// Histories over `keys` events.
pub(crate) fn history(keys: u8) -> impl Strategy<Value = Vec<Step>> {
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

pub(crate) fn key(key: u8) -> EventKey {
    EventKey::from_bytes([key; 32])
}

/// The outcome of a future that is ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a store in memory never waits")
}

/// Plays a history to a store and to the model. `room` is how many records the store has room for.
pub(crate) fn agrees(store: &impl Store, clock: &HandClock, room: usize, history: &[Step]) -> TestCaseResult {
    let mut model = Model::default();
    for step in history {
        let at = clock.now().expect("the clock works");
        match *step {
            Step::Advance(span) => clock.advance(span),
            Step::Claim { key: event, body, compare, max_attempts } => {
                let request = ClaimRequest { compare_fingerprint: compare, max_attempts, ..request(body) };
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
