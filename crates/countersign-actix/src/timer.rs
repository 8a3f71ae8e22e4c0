//! How this adapter sleeps. How long is the core's affair.

use core::future::Future;
use core::time::Duration;

use actix_web::rt::time::sleep;
use countersign::Timer;

/// Sleeps on the timer of the tokio runtime that actix-web runs on.
///
/// The middleware brings its own; this one is for [`Endpoint::drain`](countersign::Endpoint::drain).
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        sleep(span)
    }
}
