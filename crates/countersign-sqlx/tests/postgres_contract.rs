//! The contract of stores, over a real PostgreSQL.

use std::time::Duration;

use countersign::EventKey;
use countersign_sqlx::PostgresStore;
use countersign_test_servers::Postgres;
use countersign_testkit::contract::{self, StoreUnderTest};

struct OnServer {
    url: String,
    server: Postgres,
}

impl StoreUnderTest for OnServer {
    type Store = PostgresStore;

    const UNIT: Duration = Duration::from_millis(100);
    const SLEEPS: bool = true;

    async fn store(&self) -> PostgresStore {
        let store = PostgresStore::builder().connections(4).connect(&self.url).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    async fn small(&self, _: usize) -> Option<PostgresStore> {
        None
    }

    async fn corrupt(&self, key: &EventKey) -> bool {
        let damage = format!("UPDATE countersign_records SET fingerprint = 'x' WHERE key = '\\x{key}'");
        self.server.psql(&self.url, &damage).unwrap();
        true
    }

    async fn advance(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_keeps_the_contract() {
    let server = Postgres::start().unwrap();
    let report = contract::run(&OnServer { url: server.url(), server }).await;
    report.assert_kept();
    let untried = ["a_full_store_refuses", "live_records_are_kept"];
    assert!(report.verdicts().all(|(rule, verdict)| verdict.is_ok() || untried.contains(&rule)), "{report}");
}
