//! Completing a claim in a transaction of the caller's: why it may not be.

use std::fmt;

use countersign::StoreError;

/// Why a claim cannot be completed in this transaction. Roll it back: its effects must not stand.
#[derive(Debug)]
#[non_exhaustive]
pub enum CompleteInError {
    /// The claim is no longer the caller's: another worker has the event, or it was handled.
    LeaseLost,
    /// The record cannot be read.
    Corrupt(StoreError),
    /// The database failed. A serialization failure (40001) is among these where the transaction is isolated strictly.
    Database(sqlx::Error),
}

impl fmt::Display for CompleteInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeaseLost => "the claim is no longer this worker's; roll the transaction back",
            Self::Corrupt(_) => "the claim's record cannot be read; roll the transaction back",
            Self::Database(_) => "the claim could not be completed; roll the transaction back",
        })
    }
}

impl std::error::Error for CompleteInError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::LeaseLost => None,
            Self::Corrupt(error) => Some(error),
            Self::Database(error) => Some(error),
        }
    }
}

impl From<sqlx::Error> for CompleteInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
