//! The contract of stores, over real servers: Redis, Valkey, and a Redis that writes everything to disk first.

use std::time::Duration;

use countersign::EventKey;
use countersign_redis::RedisStore;
use countersign_test_servers::Redis;
use countersign_testkit::contract::{self, StoreUnderTest};

struct OnServer {
    server: Redis,
}

impl StoreUnderTest for OnServer {
    type Store = RedisStore;

    const UNIT: Duration = Duration::from_millis(60);
    const SLEEPS: bool = true;

    async fn store(&self) -> RedisStore {
        RedisStore::connect(&self.server.url()).await.unwrap()
    }

    async fn small(&self, _: usize) -> Option<RedisStore> {
        // What a server without memory does is a test of its own.
        None
    }

    async fn corrupt(&self, key: &EventKey) -> bool {
        let client = redis::Client::open(self.server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let name = format!("{{countersign}}:{key}");
        let shortened: u64 =
            redis::cmd("SETRANGE").arg(name).arg(0).arg("xx").query_async(&mut connection).await.unwrap();
        shortened > 0
    }

    async fn advance(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

async fn keeps_the_contract(server: Redis) {
    let report = contract::run(&OnServer { server }).await;
    report.assert_kept();
    let untried = ["a_full_store_refuses", "live_records_are_kept"];
    assert!(report.verdicts().all(|(rule, verdict)| verdict.is_ok() || untried.contains(&rule)), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_keeps_the_contract() {
    keeps_the_contract(Redis::start().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_on_disk_keeps_the_contract() {
    keeps_the_contract(Redis::with(&[("appendonly", "yes"), ("appendfsync", "always")]).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn valkey_keeps_the_contract() {
    keeps_the_contract(Redis::valkey(&[]).unwrap()).await;
}
