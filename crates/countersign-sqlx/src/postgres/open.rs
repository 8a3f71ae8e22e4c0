//! Opening a PostgreSQL store: its pool, its time-outs, and whether commits are on disk when they are answered.

use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::PostgresStore;
use crate::error::OpenError;

/// A [`PostgresStore`] in the making.
#[derive(Debug, Clone)]
#[must_use = "a store exists once it is connected"]
pub struct PostgresStoreBuilder {
    connections: u32,
    accept_lost_commits: bool,
}

/// How long a step may wait for a connection, for a lock, and for its answer: together within an endpoint's store
/// deadline of two seconds, so that a step whose answer was lost can be asked for again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_500);
const LOCK_TIMEOUT: &str = "700";
const STATEMENT_TIMEOUT: &str = "900";

impl PostgresStoreBuilder {
    pub(super) fn new() -> Self {
        Self { connections: 8, accept_lost_commits: false }
    }

    /// How many connections the pool has at most. Default: 8. Claims use two of them; the others settle.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// Takes a server that answers before a commit is on disk (`synchronous_commit = off`). A crash of the server then
    /// forgets outcomes that were answered, and their events run again if they are delivered again.
    pub fn danger_accept_lost_commits(mut self) -> Self {
        self.accept_lost_commits = true;
        self
    }

    /// Connects with a pool of the store's own, and asks whether commits are on disk when they are answered.
    ///
    /// # Errors
    ///
    /// The URL cannot be, the server does not answer, or it answers before commits are on disk.
    pub async fn connect(self, url: &str) -> Result<PostgresStore, OpenError> {
        let timeouts = [("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", STATEMENT_TIMEOUT)];
        let options = PgConnectOptions::from_str(url)?.options(timeouts);
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        self.over(pool).await
    }

    /// Uses a pool of the caller's. Its `statement_timeout` should be below the endpoint's store deadline.
    ///
    /// # Errors
    ///
    /// The server does not answer, or it answers before commits are on disk.
    pub async fn over(self, pool: PgPool) -> Result<PostgresStore, OpenError> {
        let (setting,): (String,) = sqlx::query_as("SHOW synchronous_commit").fetch_one(&pool).await?;
        if setting == "off" && !self.accept_lost_commits {
            return Err(OpenError::NotSynchronous { setting });
        }
        Ok(PostgresStore::over(pool))
    }
}
