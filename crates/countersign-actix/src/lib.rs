#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

mod detach;
mod extract;
mod head;
mod layer;
mod response;
mod service;
mod timer;

pub use extract::{Event, ExtractRejection, RawBody, Verified};
pub use layer::Webhook;
pub use service::WebhookService;
pub use timer::TokioTimer;
