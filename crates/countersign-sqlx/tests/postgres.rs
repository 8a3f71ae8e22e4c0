//! What the contract does not ask of PostgreSQL: how a store starts, and whose transaction completes a claim.

use std::time::Duration;

use countersign::Store;
use countersign::record::Claimed;
use countersign_sqlx::{OpenError, PostgresStore};
use countersign_test_servers::Postgres;
use countersign_test_servers::asking::{REQUEST, key, request};
use sqlx::{Connection, PgConnection};

async fn store(server: &Postgres) -> PostgresStore {
    let store = PostgresStore::connect(&server.url()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn a_receiver_starts_beside_transactions_under_way() {
    let server = Postgres::start().unwrap();
    let first = store(&server).await;
    first.claim(&key(1), &REQUEST).await.unwrap();
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::query("UPDATE countersign_records SET attempts = attempts").execute(&mut *held).await.unwrap();
    // The lock is held over the whole start.
    let second = store(&server).await;
    let reply = second.claim(&key(2), &REQUEST).await.unwrap();
    assert!(matches!(reply.claimed, Claimed::Granted { .. }), "{reply:?}");
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn many_processes_may_migrate_at_once() {
    let server = Postgres::start().unwrap();
    let url = server.url();
    let starts = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { PostgresStore::connect(&url).await.unwrap().migrate().await.unwrap() })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_answers_before_the_disk_is_refused() {
    let server = Postgres::start().unwrap();
    let url = format!("{}?options=-csynchronous_commit%3Doff", server.url());
    let refused = PostgresStore::connect(&url).await.unwrap_err();
    assert!(matches!(&refused, OpenError::NotSynchronous { setting } if setting == "off"), "{refused}");
    PostgresStore::builder().danger_accept_lost_commits().connect(&url).await.unwrap();
}

#[tokio::test]
async fn what_was_claimed_survives_the_server() {
    let server = Postgres::start().unwrap();
    let before = store(&server).await;
    before.claim(&key(1), &REQUEST).await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    let reply = store(&server).await.claim(&key(1), &REQUEST).await.unwrap();
    assert!(matches!(reply.claimed, Claimed::Running { .. }), "{reply:?}");
}

#[tokio::test]
async fn a_database_of_version_1_is_brought_up_to_date() {
    let server = Postgres::start().unwrap();
    let url = server.url();
    server.psql(&url, include_str!("postgres_version_1.sql")).unwrap();
    let claim = format!(
        "SELECT answer FROM countersign_claim(ARRAY['\\x{}'::bytea], ARRAY[7::bigint], ARRAY['\\x{}'::bytea], \
         ARRAY[true], ARRAY[30000::bigint], ARRAY[600000::bigint], ARRAY[300000::bigint], ARRAY[10::bigint])",
        key(1),
        "01".repeat(32),
    );
    assert_eq!(server.psql(&url, &claim).unwrap(), "G");
    let store = store(&server).await;
    let mine = request(7);
    let replies = [store.claim(&key(1), &REQUEST).await, store.claim(&key(1), &mine).await];
    assert!(matches!(replies[0].as_ref().unwrap().claimed, Claimed::Running { .. }), "{replies:?}");
    assert!(matches!(replies[1].as_ref().unwrap().claimed, Claimed::Granted { attempt: 1, .. }), "{replies:?}");
    assert!(matches!(store.claim(&key(2), &REQUEST).await.unwrap().claimed, Claimed::Granted { .. }));
    // One function of each name: what version 1 had and this one has not is gone.
    let functions = "SELECT count(*), count(DISTINCT proname) FROM pg_proc WHERE proname LIKE 'countersign%'";
    assert_eq!(server.psql(&url, functions).unwrap(), "3|3");
}

#[tokio::test]
async fn a_record_that_is_purged_while_it_is_claimed_is_claimed_anew() {
    let server = Postgres::start().unwrap();
    let store = store(&server).await;
    store.claim(&key(1), &REQUEST).await.unwrap();
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    let mut purge = other.begin().await.unwrap();
    sqlx::query("DELETE FROM countersign_records").execute(&mut *purge).await.unwrap();
    // It waits for the end of the purge.
    let claim = tokio::spawn(async move { store.claim(&key(1), &REQUEST).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    purge.commit().await.unwrap();
    let reply = claim.await.unwrap().unwrap();
    assert!(matches!(reply.claimed, Claimed::Granted { attempt: 1, takeover: false, .. }), "{reply:?}");
    // Gone between the insert that found it and the function.
    let claim = format!(
        "SELECT answer, answer_attempts FROM countersign_claim(ARRAY['\\x{}'::bytea], ARRAY[7::bigint], \
         ARRAY['\\x{}'::bytea], true, 30000, 600000, 300000, 10)",
        key(2),
        "01".repeat(32),
    );
    assert_eq!(server.psql(&server.url(), &claim).unwrap(), "G|1");
}
