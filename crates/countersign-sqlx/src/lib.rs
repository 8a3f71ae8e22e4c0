#![doc = include_str!("../README.md")]
// With no database chosen there is nothing to offer.
#![cfg(any(feature = "postgres", feature = "sqlite"))]

mod complete_in;
mod error;
mod gather;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use complete_in::CompleteInError;
pub use error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::{POSTGRES_SCHEMA, PostgresStore, PostgresStoreBuilder};
#[cfg(feature = "sqlite")]
pub use sqlite::{SQLITE_SCHEMA, SqliteStore, SqliteStoreBuilder};
