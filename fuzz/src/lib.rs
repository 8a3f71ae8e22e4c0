//! The bodies of the fuzz targets, one module each, and what they share. They know nothing of libFuzzer: `fuzz_targets`
//! hands them its input, and `tests` hands them the corpus and seeded random input.
//!
//! A body panics where countersign broke a promise. It returns whether the input came through to the far side (a
//! delivery accepted, an event completed), so that a test can show that both sides are reached.

pub mod capture;
pub mod decoders;
pub mod envelope;
pub mod intake;
pub mod oracle;
pub mod ready;
pub mod receiver;
pub mod records;
pub mod roundtrip;
pub mod signed;
