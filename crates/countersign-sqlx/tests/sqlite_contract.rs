//! The contract of stores, over a SQLite file with real writes to disk; four handles on it, as of four processes. Once
//! on the machine's clock, and once on one that is set, where long stretches of time pass too.

use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign::{EventKey, UnixTime};
use countersign_sqlx::SqliteStore;
use countersign_testkit::FixedClock;
use countersign_testkit::contract::{self, StoreUnderTest};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

struct OnFile {
    path: PathBuf,
}

impl StoreUnderTest for OnFile {
    type Store = SqliteStore;

    const UNIT: Duration = Duration::from_millis(150);
    const SLEEPS: bool = true;

    async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.path).await.unwrap()
    }

    async fn small(&self, _: usize) -> Option<SqliteStore> {
        None
    }

    async fn corrupt(&self, key: &EventKey) -> bool {
        corrupt(&self.path, key).await
    }

    async fn advance(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

struct OnClock {
    path: PathBuf,
    clock: FixedClock,
}

impl StoreUnderTest for OnClock {
    type Store = SqliteStore;

    async fn store(&self) -> SqliteStore {
        SqliteStore::builder().clock(self.clock.clone()).open(&self.path).await.unwrap()
    }

    async fn small(&self, _: usize) -> Option<SqliteStore> {
        None
    }

    async fn corrupt(&self, key: &EventKey) -> bool {
        corrupt(&self.path, key).await
    }

    async fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }
}

async fn corrupt(path: &Path, key: &EventKey) -> bool {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let damaged = sqlx::query("UPDATE countersign_records SET fingerprint = x'00' WHERE key = ?")
        .bind(key.as_bytes().to_vec())
        .execute(&mut connection)
        .await
        .unwrap();
    damaged.rows_affected() == 1
}

async fn keeps_the_contract(under: &impl StoreUnderTest) {
    let report = contract::run(under).await;
    report.assert_kept();
    let untried = ["a_full_store_refuses", "live_records_are_kept"];
    assert!(report.verdicts().all(|(rule, verdict)| verdict.is_ok() || untried.contains(&rule)), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    keeps_the_contract(&OnFile { path: folder.path().join("records.db") }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract_on_a_clock_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FixedClock::at(UnixTime::from_secs(1_790_000_000));
    keeps_the_contract(&OnClock { path: folder.path().join("records.db"), clock }).await;
}
