//! What tests ask of a store whose server they have in hand, in the same words for every store.

use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Nonce, Settled};
use countersign::{EventKey, Fence, Fingerprint, Store, StoreError, StoreErrorKind};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// What an endpoint gives a store.
pub const STORE_DEADLINE: Duration = Duration::from_secs(2);

/// How long a claim holds.
pub const LEASE: Duration = Duration::from_secs(30);

/// A claim that compares bodies and has ten attempts.
pub const REQUEST: ClaimRequest = ClaimRequest {
    fingerprint: Fingerprint::new([1; 32]),
    compare_fingerprint: true,
    lease: LEASE,
    retention: Duration::from_secs(600),
    floor: Duration::from_secs(300),
    max_attempts: 10,
    nonce: None,
};

/// The same under a nonce.
pub const fn request(nonce: u64) -> ClaimRequest {
    ClaimRequest { nonce: Nonce::new(nonce), ..REQUEST }
}

/// The key of an event.
pub const fn key(number: u8) -> EventKey {
    EventKey::from_bytes([number; 32])
}

/// Whether the store did not say what became of a step.
pub fn is_unavailable<T>(answer: Result<T, StoreError>) -> bool {
    answer.is_err_and(|error| error.kind() == StoreErrorKind::Unavailable)
}

/// Claims as an endpoint does, which asks a store that fails three times, within its deadline.
///
/// # Panics
///
/// There is no grant in time.
pub async fn claim_in_time(store: &impl Store, number: u8) -> Fence {
    let asking = async {
        for _ in 0..3 {
            match store.claim(&key(number), &request(number.into())).await {
                Ok(reply) => return reply.claimed,
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}"),
            }
        }
        panic!("asked three times in vain");
    };
    match timeout(STORE_DEADLINE, asking).await.expect("an answer in time") {
        Claimed::Granted { fence, .. } => fence,
        other => panic!("{other:?}"),
    }
}

/// Claims a new event and renews its lease, each within an endpoint's deadline.
///
/// # Panics
///
/// The store does not do both.
pub async fn claim_and_renew_in_time(store: &impl Store, number: u8) {
    let fence = claim_in_time(store, number).await;
    let renewed = timeout(STORE_DEADLINE, store.renew(&key(number), fence, LEASE)).await;
    assert!(matches!(renewed, Ok(Ok(Settled::Done))), "{renewed:?}");
}

/// Ends a runtime in which forty claims wait for a server that does not answer.
///
/// # Panics
///
/// The runtime does not end.
pub fn end_with_claims_under_way(runtime: Runtime, store: &(impl Store + Clone)) {
    for number in 0..40 {
        let store = store.clone();
        runtime.spawn(async move { store.claim(&key(number), &request(1)).await.is_ok() });
    }
    std::thread::sleep(Duration::from_millis(100));
    let (ended, has_ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime);
        ended.send(()).expect("whoever waits for the end");
    });
    has_ended.recv_timeout(Duration::from_secs(10)).expect("an end");
}
