//! What a developer or an operator is told when a store cannot be opened, and how errors of sqlx become a store's.

use std::fmt;

use countersign::StoreError;

/// Why a store could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The database could not be reached, or refused.
    Database(sqlx::Error),
    /// PostgreSQL answers before a commit is on disk, so a crash forgets outcomes that were answered.
    NotSynchronous {
        /// Its `synchronous_commit`.
        setting: String,
    },
    /// SQLite is older than 3.51.3, which mended a race that corrupts databases in WAL mode.
    OldSqlite {
        /// Its version.
        version: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => f.write_str("the database cannot be opened; check its address, path and rights"),
            Self::NotSynchronous { setting } => write!(
                f,
                "synchronous_commit is `{setting}`: a crash of the server would forget outcomes that were answered; set \
                 it to `on`, or call `danger_accept_lost_commits`"
            ),
            Self::OldSqlite { version } => write!(
                f,
                "sqlite {version} can corrupt a database in wal mode; link 3.51.3 or later, as this crate's default does"
            ),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// A step that the database did not answer as it should: whether it was done is unknown.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        // What stands in the column is not of its type.
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}
