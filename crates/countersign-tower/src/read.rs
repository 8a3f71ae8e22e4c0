//! The read loop: a request's body, frame by frame, within its deadline. What is too long or too slow is the core's
//! decision.

use core::error::Error;
use core::pin::pin;
use core::time::Duration;

use bytes::{Buf, Bytes};
use countersign::{Reason, Rejection, within};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError};

use crate::timer::TokioTimer;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Hands the body's chunks to `push`, uncopied where they are [`Bytes`]. What is left of a refused body is not read.
pub(crate) async fn read<B>(
    body: B,
    deadline: Duration,
    push: impl FnMut(Bytes) -> Result<(), Rejection>,
) -> Result<(), Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let read = within(&TokioTimer, deadline, chunks(body, push)).await;
    read.unwrap_or_else(|| Err(Reason::BodyTimeout.into()))
}

async fn chunks<B>(body: B, mut push: impl FnMut(Bytes) -> Result<(), Rejection>) -> Result<(), Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&*error.into()))?;
        // Trailers are vouched for by nobody and change nothing.
        if let Ok(mut chunk) = frame.into_data() {
            push(chunk.copy_to_bytes(chunk.remaining()))?;
        }
    }
    Ok(())
}

/// A limit that another layer put on the body is no broken connection.
fn broken(error: &(dyn Error + 'static)) -> Reason {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Reason::BodyTooLarge;
        }
        cause = error.source();
    }
    Reason::BodyBroken
}
