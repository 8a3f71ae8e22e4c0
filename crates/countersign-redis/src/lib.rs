#![doc = include_str!("../README.md")]

mod admin;
mod claims;
mod connect;
mod line;
mod script;
mod store;
mod wire;

pub use connect::{ConnectError, RedisStoreBuilder};
pub use store::RedisStore;
