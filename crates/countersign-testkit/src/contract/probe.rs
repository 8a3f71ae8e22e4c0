//! A store with every step bounded in time and every refusal turned into a breach, so that the checks read as rules.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Settled};
use countersign::{ClaimReply, EventKey, Fence, Fingerprint, Outcome, Store, StoreError};

use crate::contract::{Breach, StoreUnderTest};

/// How long one step may take before the store counts as stuck.
const STUCK: Duration = Duration::from_secs(10);

/// A handle on the store under test.
pub(crate) struct Probe<S> {
    store: Arc<S>,
}

impl<S> Clone for Probe<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store) }
    }
}

/// A granted claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) fence: Fence,
    pub(crate) attempt: u32,
    pub(crate) takeover: bool,
}

impl<S: Store> Probe<S> {
    pub(crate) async fn on<U: StoreUnderTest<Store = S>>(under: &U) -> Self {
        Self::over(under.store().await)
    }

    pub(crate) fn over(store: S) -> Self {
        Self { store: Arc::new(store) }
    }

    /// The store itself, for steps that are not to be bounded or may fail.
    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    pub(crate) async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, Breach> {
        bounded("claim", self.store.claim(key, request)).await
    }

    pub(crate) async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, Breach> {
        bounded("renew", self.store.renew(key, fence, lease)).await
    }

    pub(crate) async fn complete(&self, key: &EventKey, fence: Fence, outcome: &Outcome) -> Result<Settled, Breach> {
        self.complete_for(key, fence, outcome, RETENTION).await
    }

    pub(crate) async fn complete_for(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, Breach> {
        bounded("complete", self.store.complete(key, fence, outcome, retention)).await
    }

    pub(crate) async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, Breach> {
        bounded("release", self.store.release(key, fence, wait)).await
    }

    /// Claims an event that must be free; `when` says why it must be.
    pub(crate) async fn granted(&self, key: &EventKey, request: &ClaimRequest, when: &str) -> Result<Grant, Breach> {
        match self.claim(key, request).await?.claimed {
            Claimed::Granted { fence, attempt, takeover } => Ok(Grant { fence, attempt, takeover }),
            other => Err(Breach::of(format!("{when}: a claim was answered {other:?} instead of granted"))),
        }
    }

    /// Claims an event that is running; `when` says why it must be.
    pub(crate) async fn running(&self, key: &EventKey, request: &ClaimRequest, when: &str) -> Result<(), Breach> {
        match self.claim(key, request).await?.claimed {
            Claimed::Running { .. } => Ok(()),
            other => Err(Breach::of(format!("{when}: a claim was answered {other:?} instead of running"))),
        }
    }

    /// Claims an event that was completed; `when` says why it must be. Returns its outcome.
    pub(crate) async fn completed(
        &self,
        key: &EventKey,
        request: &ClaimRequest,
        when: &str,
    ) -> Result<Outcome, Breach> {
        let reply = self.claim(key, request).await?;
        match (reply.claimed, reply.outcome) {
            (Claimed::Completed { status }, Some(outcome)) if outcome.status == status => Ok(outcome),
            (Claimed::Completed { .. }, _) => {
                Err(Breach::of(format!("{when}: a completed event was answered without its status in the outcome")))
            }
            (other, _) => Err(Breach::of(format!("{when}: a claim was answered {other:?} instead of completed"))),
        }
    }
}

async fn bounded<T>(step: &str, future: impl Future<Output = Result<T, StoreError>>) -> Result<T, Breach> {
    match tokio::time::timeout(STUCK, future).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Breach::of(format!("{step} failed: {error}"))),
        Err(_) => Err(Breach::of(format!("{step} did not come back within {} seconds", STUCK.as_secs()))),
    }
}

/// Longer than any check runs.
pub(crate) const LEASE: Duration = Duration::from_secs(3_600);
pub(crate) const RETENTION: Duration = Duration::from_secs(7 * 86_400);

/// A claim that nothing ends while a check runs.
pub(crate) const fn request(body: u8) -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([body; 32]),
        compare_fingerprint: true,
        lease: LEASE,
        retention: RETENTION,
        floor: Duration::from_secs(3_600),
        max_attempts: u32::MAX,
        nonce: None,
    }
}

/// A key that no other check and no other run has.
pub(crate) fn fresh_key() -> EventKey {
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_exact_mut(8) {
        // Each `RandomState` has keys of its own, drawn from the system's source of randomness.
        chunk.copy_from_slice(&RandomState::new().build_hasher().finish().to_be_bytes());
    }
    EventKey::from_bytes(bytes)
}
