#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

mod choice;
mod draft;
mod entry;
mod error;
mod fill;
mod hostile;
#[cfg(feature = "http-signatures")]
mod http_signature;
mod jws;
mod key;
mod place;
#[cfg(feature = "_private-key")]
mod private_key;
mod signed;
mod signer;
mod unsigned;
mod written;

pub use draft::Draft;
pub use error::SignError;
pub use hostile::{Expected, Hostile, HostileDelivery};
pub use signed::SignedDelivery;
pub use signer::Signer;
