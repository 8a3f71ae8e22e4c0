#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

mod draft;
mod entry;
mod error;
mod hostile;
mod key;
mod signed;
mod signer;
mod unsigned;

pub use draft::Draft;
pub use error::SignError;
pub use hostile::{Expected, Hostile, HostileDelivery};
pub use signed::SignedDelivery;
pub use signer::Signer;
