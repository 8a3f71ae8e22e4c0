#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "axum"), doc = "A tower layer that stands in front of webhook handlers.")]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

mod body;
mod claimed;
mod detach;
#[cfg(feature = "axum")]
mod extract;
mod head;
mod idempotency;
mod layer;
mod read;
mod response;
mod service;
mod timer;

pub use body::ResponseBody;
#[cfg(feature = "axum")]
pub use extract::{Event, ExtractRejection, RawBody, Verified};
pub use head::PeerAddr;
pub use idempotency::{IdempotencyLayer, IdempotencyService, RequestBody};
pub use layer::WebhookLayer;
pub use service::{ResponseFuture, WebhookService};
pub use timer::TokioTimer;
