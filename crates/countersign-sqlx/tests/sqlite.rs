//! What SQLite's store does beside the contract.

use countersign_sqlx::SqliteStore;
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
