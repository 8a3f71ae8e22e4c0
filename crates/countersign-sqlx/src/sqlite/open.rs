//! Opening a SQLite store: the file, how safely it is written, and whether SQLite is recent enough.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::writer::Writer;
use super::{Inner, SQLITE_SCHEMA, SqliteStore, admin};
use crate::error::OpenError;
use crate::gather::Gather;

/// A [`SqliteStore`] in the making.
#[derive(Debug, Clone)]
#[must_use = "a store exists once it is opened"]
pub struct SqliteStoreBuilder {
    synchronous: SqliteSynchronous,
}

/// How long a step waits for another process, or for a transaction of the caller's, to end its own. Within an endpoint's
/// store deadline of two seconds.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The first version without the race that corrupts databases in WAL mode.
const OLDEST: [u32; 3] = [3, 51, 3];

impl SqliteStoreBuilder {
    pub(super) fn new() -> Self {
        Self { synchronous: SqliteSynchronous::Full }
    }

    /// Answers before a commit is on disk (`synchronous = NORMAL`). A crash of the process forgets nothing; a loss of
    /// power may forget the last outcomes, and their events then run again if they are delivered again.
    pub fn danger_accept_lost_commits(mut self) -> Self {
        self.synchronous = SqliteSynchronous::Normal;
        self
    }

    /// Opens the file, and makes it and its tables where there are none.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written, or SQLite is older than 3.51.3.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(self.synchronous)
            .busy_timeout(BUSY_TIMEOUT);
        let mut connection = options.connect().await?;
        let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut connection).await?;
        let numbers: Vec<u32> = version.split('.').filter_map(|number| number.parse().ok()).collect();
        if numbers.as_slice() < OLDEST.as_slice() {
            return Err(OpenError::OldSqlite { version });
        }
        sqlx::raw_sql(SQLITE_SCHEMA).execute(&mut connection).await?;
        // Apart from the writer, for operators: SQLite lets them read while it writes.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        let writer = Gather::new(Writer::new(connection, options), 1);
        let inner = Arc::new(Inner { pool, writer });
        admin::purge_while_alive(&inner);
        Ok(SqliteStore { inner })
    }
}
