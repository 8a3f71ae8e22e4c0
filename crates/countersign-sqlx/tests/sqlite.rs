//! What SQLite's store does beside the contract.

use countersign::Store;
use countersign::record::Claimed;
use countersign_sqlx::SqliteStore;
use countersign_test_servers::asking::{REQUEST, key};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_open_one_new_file_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.db");
        let mut openings = JoinSet::new();
        for _ in 0..24 {
            openings.spawn(SqliteStore::open(path.clone()));
        }
        for opened in openings.join_all().await {
            opened.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_transaction_that_fails_half_way_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    // Keeps what the statement has written so far, and leaves the transaction open.
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON countersign_records \
                WHEN substr(NEW.key, 1, 1) IN (x'20', x'30') BEGIN SELECT RAISE(FAIL, 'trapped'); END";
    sqlx::query(trap).execute(&mut other).await.unwrap();
    let mut claims = JoinSet::new();
    for number in 0..64 {
        let store = store.clone();
        claims.spawn(async move { (number, store.claim(&key(number), &REQUEST).await) });
    }
    let answers = claims.join_all().await;
    sqlx::query("DROP TRIGGER trap").execute(&mut other).await.unwrap();
    let failed = answers.iter().filter(|(_, answer)| answer.is_err()).count();
    assert!(failed > 2, "they were to fail together: {failed}");
    for (number, answer) in answers {
        let again = store.claim(&key(number), &REQUEST).await.unwrap().claimed;
        match answer {
            Ok(_) => assert!(matches!(again, Claimed::Running { .. }), "{number}: {again:?}"),
            Err(_) => assert!(matches!(again, Claimed::Granted { attempt: 1, .. }), "{number}: {again:?}"),
        }
    }
}
