//! Opening a PostgreSQL store: its pool, its time-outs, and whether commits are on disk when they are answered.

use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::PostgresStore;
use super::pool::Pool;
use crate::error::OpenError;

/// A [`PostgresStore`] in the making.
#[derive(Debug, Clone)]
#[must_use = "a store exists once it is connected"]
pub struct PostgresStoreBuilder {
    connections: u32,
    accept_lost_commits: bool,
}

/// How long opening may take, and what is no step.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long, in milliseconds, the server lets a step wait for a lock and for its end: less than what the step is given
/// here, so that the connection stays good.
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

    /// Uses a pool of the caller's. Its `statement_timeout` should be below one second: that is what a step is given, with
    /// the wait for a connection, and the connection of a step that takes longer is closed.
    ///
    /// # Errors
    ///
    /// The server does not answer, or it answers before commits are on disk.
    pub async fn over(self, pool: PgPool) -> Result<PostgresStore, OpenError> {
        let pool = Pool::new(pool);
        let asked = pool.step(|connection| Box::pin(sqlx::query_as("SHOW synchronous_commit").fetch_one(connection)));
        let (setting,): (String,) = asked.await?;
        if setting == "off" && !self.accept_lost_commits {
            return Err(OpenError::NotSynchronous { setting });
        }
        Ok(PostgresStore::over(pool))
    }
}
