//! What the contract does not ask of PostgreSQL: how a store starts, and whose transaction completes a claim.

use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed};
use countersign::{EventKey, Fingerprint, Store};
use countersign_sqlx::{OpenError, PostgresStore};
use countersign_test_servers::Postgres;
use sqlx::{Connection, PgConnection};

fn request() -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([1; 32]),
        compare_fingerprint: true,
        lease: Duration::from_secs(30),
        retention: Duration::from_secs(600),
        floor: Duration::from_secs(300),
        max_attempts: 10,
        nonce: None,
    }
}

async fn store(server: &Postgres) -> PostgresStore {
    let store = PostgresStore::connect(&server.url()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

fn key(number: u8) -> EventKey {
    EventKey::from_bytes([number; 32])
}

#[tokio::test]
async fn a_receiver_starts_beside_transactions_under_way() {
    let server = Postgres::start().unwrap();
    let first = store(&server).await;
    first.claim(&key(1), &request()).await.unwrap();
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::query("UPDATE countersign_records SET attempts = attempts").execute(&mut *held).await.unwrap();
    // The lock is held over the whole start.
    let second = store(&server).await;
    let reply = second.claim(&key(2), &request()).await.unwrap();
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
    before.claim(&key(1), &request()).await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    let reply = store(&server).await.claim(&key(1), &request()).await.unwrap();
    assert!(matches!(reply.claimed, Claimed::Running { .. }), "{reply:?}");
}
