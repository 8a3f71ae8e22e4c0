#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

mod address;
mod by_id;
mod catalogue;
mod certificate;
mod error;
mod exchange;
mod fetcher;
mod jwks;
mod pace;
mod plaid;
mod url;

pub use by_id::PublicKeyAt;
pub use catalogue::{for_provider, for_provider_with};
pub use certificate::CertificateAt;
pub use error::{FetchError, SetupError};
pub use fetcher::{KeyFetcher, KeyFetcherBuilder};
pub use jwks::Jwks;
pub use plaid::Plaid;
