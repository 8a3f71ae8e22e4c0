//! Opening a SQLite store: the file, how safely it is written, and whether SQLite is recent enough.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::{Clock, SystemClock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use tokio::time::sleep;

use super::writer::Writer;
use super::{Inner, SQLITE_SCHEMA, SqliteStore, admin};
use crate::error::OpenError;
use crate::gather::{Gather, LARGEST};

/// A [`SqliteStore`] in the making.
#[derive(Clone)]
#[must_use = "a store exists once it is opened"]
pub struct SqliteStoreBuilder {
    synchronous: SqliteSynchronous,
    clock: Arc<dyn Clock>,
}

/// How long a step waits for another process, or for a transaction of the caller's, to end its own. Within an endpoint's
/// store deadline of two seconds.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// What a connection keeps in memory, in kibibytes and negative as SQLite wants it. Keys are spread evenly, so each claim
/// needs a page that no other needed lately: SQLite's own 2 MB are soon too few.
const CACHE: &str = "-16384";

/// How many pages of 4 KiB the log may hold before they are copied into the tables: 32 MiB instead of 4. A page that is
/// written again and again is copied once.
const CHECKPOINT: &str = "8192";

/// Room for the statements of a step of every size, so that none is prepared twice.
const STATEMENTS: usize = 2 * LARGEST + 16;

/// How long to try where other processes open the same file. SQLite does not wait by itself for the right to turn WAL
/// mode on.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
const OPEN_PAUSE: Duration = Duration::from_millis(20);

/// The first version without the race that corrupts databases in WAL mode.
const OLDEST: [u32; 3] = [3, 51, 3];

impl SqliteStoreBuilder {
    pub(super) fn new() -> Self {
        Self { synchronous: SqliteSynchronous::Full, clock: Arc::new(SystemClock) }
    }

    /// Answers before a commit is on disk (`synchronous = NORMAL`). A crash of the process forgets nothing; a loss of
    /// power may forget the last outcomes, and their events then run again if they are delivered again.
    pub fn danger_accept_lost_commits(mut self) -> Self {
        self.synchronous = SqliteSynchronous::Normal;
        self
    }

    /// Runs leases and retention on a clock of the caller's. Default: the machine's. The store's time never goes back:
    /// after a step back it stands still until the clock has caught up, and meanwhile no lease ends.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the file, and makes it and its tables where there are none.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written, or SQLite is older than 3.51.3.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        // A statement of several rows keeps what it would have to undo. In a temporary file, which is where SQLite puts
        // it by default, that took a quarter of the writer's time.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(self.synchronous)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(STATEMENTS);
        let began = Instant::now();
        let connection = loop {
            match prepare(&options).await {
                Err(error) if is_busy(&error) && began.elapsed() < OPEN_TIMEOUT => sleep(OPEN_PAUSE).await,
                prepared => break prepared?,
            }
        };
        // Apart from the writer, for operators: SQLite lets them read while it writes.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        let writer = Gather::new(Writer::new(connection, options, Arc::clone(&self.clock)), 1);
        let inner = Arc::new(Inner { pool, writer, clock: self.clock });
        admin::purge_while_alive(&inner);
        Ok(SqliteStore { inner })
    }
}

impl fmt::Debug for SqliteStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStoreBuilder").field("synchronous", &self.synchronous).finish_non_exhaustive()
    }
}

/// Opens the file in WAL mode, with its tables.
async fn prepare(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut connection).await?;
    let numbers: Vec<u32> = version.split('.').filter_map(|number| number.parse().ok()).collect();
    if numbers.as_slice() < OLDEST.as_slice() {
        return Err(OpenError::OldSqlite { version });
    }
    sqlx::raw_sql(SQLITE_SCHEMA).execute(&mut connection).await?;
    Ok(connection)
}

/// Whether another process holds the file for now: `SQLITE_BUSY`, in any of its extended forms.
fn is_busy(error: &OpenError) -> bool {
    let OpenError::Database(error) = error else { return false };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}
