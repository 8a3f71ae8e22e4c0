//! Private, real Redis, Valkey and PostgreSQL servers for tests: each on its own loopback port, in its own temporary
//! folder, and gone with the process that started it, however that process ends. What the tests do with a server is
//! theirs; what those of every store ask is in [`asking`].
//!
//! A server that one test owns ends when its value is dropped. A server that all tests of a process share may stand in
//! a `static`, which is never dropped; it ends with the process.
//!
//! ```no_run
//! use std::sync::LazyLock;
//! use countersign_test_servers::Postgres;
//!
//! static SHARED: LazyLock<Postgres> = LazyLock::new(|| Postgres::start().unwrap());
//!
//! let url = SHARED.create_database().unwrap();
//! ```
//!
//! Programs come from the machine, or from packages of Debian and Ubuntu that the first use installs; see [`programs`].

pub mod asking;
pub mod programs;

mod error;
mod link;
mod port;
mod postgres;
mod redis;
mod server;

pub use error::Error;
pub use link::Link;
pub use postgres::Postgres;
pub use redis::Redis;
