//! Stores with a planted bug: the model and the race must notice each of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Fence, Settled};
use countersign::{ClaimReply, EventKey, MemoryStore, Outcome, Store, StoreError, UnixTime};
use countersign_tests::clock::{HandClock, NOW};

/// A memory store with a planted bug.
pub(crate) struct Wrong {
    inner: MemoryStore,
    bug: Bug,
    last: AtomicU64,
    barrier: Option<Barrier>,
    known: Mutex<HashMap<EventKey, Fence>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Bug {
    /// Takes any worker for the one that has the claim.
    IgnoresFences,
    /// Compares no bodies.
    IgnoresBodies,
    /// Says that it kept an outcome, and did not.
    LosesOutcomes,
    /// Drops a record now and then, as a cache does.
    ForgetsEarly,
    /// Looks first and acts later.
    ChecksThenActs,
}

impl Wrong {
    pub(crate) fn new(clock: HandClock, bug: Bug, claims: usize) -> Self {
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

    fn is_durable(&self) -> bool {
        false
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
        if matches!(self.bug, Bug::ForgetsEarly) && self.last.load(Ordering::SeqCst) % 3 == 2 {
            self.inner.forget(key);
        }
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
