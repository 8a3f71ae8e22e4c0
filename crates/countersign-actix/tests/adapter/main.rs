//! The middleware from outside: in-process services with a paused clock, and loopback servers where a connection's
//! own behaviour is the question.

mod common;
mod connections;
mod extractors;
mod handshakes;
mod idempotency;
mod outcomes;
#[cfg(feature = "tenants")]
mod tenants;
#[cfg(feature = "tracing")]
mod tracing;
mod verdicts;
