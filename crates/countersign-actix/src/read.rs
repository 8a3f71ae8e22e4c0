//! The read loop: a request's payload, chunk by chunk, within its deadline. What is too long or too slow is the core's
//! decision.

use core::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use countersign::{Reason, Rejection, within};
use futures_util::StreamExt;

use crate::timer::TokioTimer;

/// Hands the payload's chunks to `push`. What is left of a refused payload is not read.
pub(crate) async fn read(
    payload: &mut Payload,
    deadline: Duration,
    mut push: impl FnMut(Bytes) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let chunks = async {
        while let Some(chunk) = payload.next().await {
            push(chunk.map_err(broken)?)?;
        }
        Ok(())
    };
    within(&TokioTimer, deadline, chunks).await.unwrap_or_else(|| Err(Reason::BodyTimeout.into()))
}

/// A limit that other middleware put on the body is no broken connection.
fn broken(error: PayloadError) -> Reason {
    match error {
        PayloadError::Overflow => Reason::BodyTooLarge,
        _ => Reason::BodyBroken,
    }
}
