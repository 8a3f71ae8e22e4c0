//! The core's timer on Tokio's clock. How long to sleep is decided in the core.

use core::future::Future;
use core::time::Duration;

use countersign::Timer;

/// Sleeps by Tokio's clock. Needs a Tokio runtime with time enabled.
///
/// The layer brings its own; hand one to [`Endpoint::drain`](countersign::Endpoint::drain) at shutdown.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(span)
    }
}
