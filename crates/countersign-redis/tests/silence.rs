//! A network that goes silent: the connection stays open, and what the server answers never comes. Steps end in time all
//! the same, and the silent connection is no obstacle once another can be had.

use std::time::{Duration, Instant};

use countersign::admin::Records;
use countersign::record::{ClaimRequest, Claimed, Nonce, Settled};
use countersign::{EventKey, Fence, Fingerprint, Store, StoreError, StoreErrorKind};
use countersign_redis::RedisStore;
use countersign_test_servers::{Link, Redis};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What an endpoint gives a store.
const STORE_DEADLINE: Duration = Duration::from_secs(2);

fn request(nonce: u64) -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([1; 32]),
        compare_fingerprint: true,
        lease: Duration::from_secs(30),
        retention: Duration::from_secs(600),
        floor: Duration::from_secs(300),
        max_attempts: 10,
        nonce: Nonce::new(nonce),
    }
}

fn key(number: u8) -> EventKey {
    EventKey::from_bytes([number; 32])
}

fn is_unavailable<T>(answer: Result<T, StoreError>) -> bool {
    answer.is_err_and(|error| error.kind() == StoreErrorKind::Unavailable)
}

async fn linked() -> (RedisStore, Link, Redis) {
    let server = Redis::start().unwrap();
    let link = Link::to(server.port()).unwrap();
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{}/", link.port())).await.unwrap();
    (store, link, server)
}

/// Claims as an endpoint does, which asks a store that fails three times, within its deadline.
async fn claim_in_time(store: &RedisStore, number: u8) -> Fence {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_step_waits_for_a_silent_connection() {
    let (store, link, _server) = linked().await;
    claim_in_time(&store, 100).await;
    link.silence();
    // Twice: on the connection that went silent, and on others that never said anything.
    for _ in 0..2 {
        let began = Instant::now();
        let mut steps = JoinSet::new();
        for number in 0..40 {
            let store = store.clone();
            steps.spawn(async move {
                let failed = match number % 4 {
                    0 | 1 => is_unavailable(store.claim(&key(number), &request(1)).await),
                    2 => is_unavailable(store.renew(&key(number), Fence::new(1), Duration::from_secs(30)).await),
                    _ => is_unavailable(store.show(&key(number)).await),
                };
                (failed, began.elapsed())
            });
        }
        for (failed, took) in timeout(Duration::from_secs(10), steps.join_all()).await.expect("an end") {
            assert!(failed);
            // A claim may have waited for one step before its own.
            assert!(took < Duration::from_millis(3_700), "{took:?}");
        }
    }
    link.heal();
    let fence = claim_in_time(&store, 101).await;
    let renewed = timeout(STORE_DEADLINE, store.renew(&key(101), fence, Duration::from_secs(30))).await;
    assert!(matches!(renewed, Ok(Ok(Settled::Done))), "{renewed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_went_silent_is_given_up() {
    let (store, link, _server) = linked().await;
    for number in 0..3 {
        link.silence();
        link.heal();
        let fence = claim_in_time(&store, number).await;
        let renewed = timeout(STORE_DEADLINE, store.renew(&key(number), fence, Duration::from_secs(30))).await;
        assert!(matches!(renewed, Ok(Ok(Settled::Done))), "{renewed:?}");
    }
}

#[test]
fn a_runtime_that_ends_takes_its_claims_with_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (store, link, server) = runtime.block_on(linked());
    link.silence();
    for number in 0..40 {
        let store = store.clone();
        runtime.spawn(async move { store.claim(&key(number), &request(1)).await.is_ok() });
    }
    std::thread::sleep(Duration::from_millis(100));
    let (ended, has_ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime);
        ended.send(()).unwrap();
    });
    has_ended.recv_timeout(Duration::from_secs(10)).expect("an end");
    drop((store, server));
}
