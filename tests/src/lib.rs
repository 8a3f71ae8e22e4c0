//! The rules of security, tested from outside: raw bytes over loopback TCP, through every adapter, from one list of
//! rows. The rules themselves are the crates' under test; nothing here is published.

pub mod clock;
pub mod journal;
pub mod keyed;
pub mod raw;
pub mod receivers;
pub mod request;
pub mod row;
pub mod rows;
pub mod script;
pub mod setup;
pub mod sign;
pub mod spy;
pub mod stores;
pub mod table;
pub mod verdict;
