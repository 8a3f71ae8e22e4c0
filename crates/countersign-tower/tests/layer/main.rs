//! The layer from outside, under real axum: requests in, responses and effects out.

mod claims;
mod extractors;
mod frames;
mod handshakes;
mod hang_up;
mod idempotency;
mod responses;
mod support;
mod tenants;
mod verdicts;
