//! The crate from outside, against a real HTTPS server on loopback.

mod endpoint;
mod fetcher;
mod server;
mod sources;
