//! A network that goes silent: the connection stays open, and what the server answers never comes. Steps end in time all
//! the same, and the silent connection is no obstacle once another can be had.

use std::time::{Duration, Instant};

use countersign::admin::Records;
use countersign::{Fence, Store};
use countersign_redis::RedisStore;
use countersign_test_servers::asking::{
    LEASE, claim_and_renew_in_time, claim_in_time, end_with_claims_under_way, is_unavailable, key, request,
};
use countersign_test_servers::{Link, Redis};
use tokio::task::JoinSet;
use tokio::time::timeout;

async fn linked() -> (RedisStore, Link, Redis) {
    let server = Redis::start().unwrap();
    let link = Link::to(server.port()).unwrap();
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{}/", link.port())).await.unwrap();
    (store, link, server)
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
                    2 => is_unavailable(store.renew(&key(number), Fence::new(1), LEASE).await),
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
    claim_and_renew_in_time(&store, 101).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_went_silent_is_given_up() {
    let (store, link, _server) = linked().await;
    for number in 0..3 {
        link.silence();
        link.heal();
        claim_and_renew_in_time(&store, number).await;
    }
}

#[test]
fn a_runtime_that_ends_takes_its_claims_with_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (store, link, server) = runtime.block_on(linked());
    link.silence();
    end_with_claims_under_way(runtime, &store);
    drop((store, server));
}
