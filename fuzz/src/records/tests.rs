//! Stores with one fault each: the check must find every one of them.

use countersign::ClaimReply;

use super::*;

/// What is wrong with a store.
#[derive(Clone, Copy)]
enum Fault {
    GrantsTwice,
    RepeatsFences,
    ForgetsOutcomes,
    IgnoresFences,
    ChangesOutcomes,
    RefusesWithRoom,
}

/// A memory store with a fault.
struct Faulty {
    inner: MemoryStore,
    fault: Fault,
    last: AtomicU64,
}

impl Store for Faulty {
    fn capacity(&self) -> Option<u64> {
        self.inner.capacity()
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        if matches!(self.fault, Fault::RefusesWithRoom) {
            return Err(StoreError::full());
        }
        let mut reply = self.inner.claim(key, request).await?;
        match (self.fault, &mut reply.claimed) {
            (Fault::GrantsTwice, claimed @ Claimed::Running { .. }) => {
                let fence = Fence::new(self.last.load(Ordering::Relaxed) + 1);
                *claimed = Claimed::Granted { fence, attempt: 2, takeover: true };
            }
            (Fault::RepeatsFences, Claimed::Granted { fence, .. }) => *fence = Fence::new(1),
            (Fault::ChangesOutcomes, Claimed::Completed { status }) => *status += 1,
            (_, Claimed::Granted { fence, .. }) => self.last.store(fence.get(), Ordering::Relaxed),
            _ => {}
        }
        Ok(reply)
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.inner.renew(key, fence, lease).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        match self.fault {
            Fault::ForgetsOutcomes => self.inner.release(key, fence, Duration::ZERO).await,
            Fault::IgnoresFences => {
                let current = Fence::new(self.last.load(Ordering::Relaxed));
                self.inner.complete(key, current, outcome, retention).await
            }
            _ => self.inner.complete(key, fence, outcome, retention).await,
        }
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.inner.release(key, fence, wait).await
    }
}

const fn claim(event: u8) -> [u8; 4] {
    [0, event, 20, 60]
}

const COMPLETE: [u8; 4] = [4, 0, 1, 0];
const COMPLETE_UNDER_THE_FIRST_FENCE: [u8; 4] = [4, 0, 0, 0];
const PAST_THE_LEASE: [u8; 4] = [6, 0, 0, 39];

fn history(steps: &[[u8; 4]]) -> Vec<u8> {
    [&[0], steps.as_flattened()].concat()
}

#[test]
fn the_memory_store_passes_the_histories_below() {
    assert!(run(&history(&[claim(0), claim(0), COMPLETE, claim(0)])));
    assert!(!run(&history(&[claim(0), PAST_THE_LEASE, claim(0), COMPLETE_UNDER_THE_FIRST_FENCE])));
}

#[test]
fn a_small_store_refuses_what_it_has_no_room_for_and_keeps_the_rest() {
    let claims: Vec<[u8; 4]> = (0..EVENTS).map(claim).collect();
    let full = [&[1], claims.as_flattened(), COMPLETE.as_slice()].concat();
    assert!(run(&full));
}

#[test]
#[should_panic(expected = "the store and the protocol differ")]
fn a_store_that_grants_twice_is_found() {
    check(&history(&[claim(0), claim(0)]), |inner| faulty(inner, Fault::GrantsTwice));
}

#[test]
#[should_panic(expected = "came again")]
fn a_store_that_repeats_fences_is_found() {
    check(&history(&[claim(0), claim(1)]), |inner| faulty(inner, Fault::RepeatsFences));
}

#[test]
#[should_panic(expected = "the store and the protocol differ")]
fn a_store_that_forgets_outcomes_is_found() {
    check(&history(&[claim(0), COMPLETE, claim(0)]), |inner| faulty(inner, Fault::ForgetsOutcomes));
}

#[test]
#[should_panic(expected = "the store and the protocol differ")]
fn a_store_that_ignores_fences_is_found() {
    let steps = [claim(0), PAST_THE_LEASE, claim(0), COMPLETE_UNDER_THE_FIRST_FENCE];
    check(&history(&steps), |inner| faulty(inner, Fault::IgnoresFences));
}

#[test]
#[should_panic(expected = "the store and the protocol differ")]
fn a_store_that_changes_outcomes_is_found() {
    check(&history(&[claim(0), COMPLETE, claim(0)]), |inner| faulty(inner, Fault::ChangesOutcomes));
}

#[test]
#[should_panic(expected = "refused with room left")]
fn a_store_that_refuses_with_room_is_found() {
    check(&history(&[claim(0)]), |inner| faulty(inner, Fault::RefusesWithRoom));
}

fn faulty(inner: MemoryStore, fault: Fault) -> Faulty {
    Faulty { inner, fault, last: AtomicU64::new(0) }
}
