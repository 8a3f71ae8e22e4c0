#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

mod claimed;
mod detach;
mod extract;
mod head;
mod idempotency;
mod layer;
mod read;
mod response;
mod service;
mod timer;

pub use extract::{Event, ExtractRejection, RawBody, Verified};
pub use idempotency::{Idempotency, IdempotencyService};
pub use layer::Webhook;
pub use service::WebhookService;
pub use timer::TokioTimer;
