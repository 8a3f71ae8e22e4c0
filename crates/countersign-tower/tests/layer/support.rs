//! Signed deliveries, endpoints at a fixed time, and a look at responses.

#[cfg(feature = "tracing")]
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(feature = "tracing")]
use std::sync::{Mutex, Once, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use countersign::{
    Algorithm, Clock, Encoding, Endpoint, EndpointBuilder, Keys, MemoryStore, Reason, Rejection, UnixTime, encode,
    providers, sign_mac,
};
use tower::ServiceExt;

const KEY: &[u8] = b"thirty-two bytes of a test's key";

/// What every endpoint's clock says, in Unix seconds.
pub(crate) const NOW: u64 = 1_795_000_000;

/// The endpoint's signing secret.
pub(crate) fn secret() -> String {
    format!("whsec_{}", encode(KEY, Encoding::Base64))
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Option<UnixTime> {
        Some(UnixTime::from_secs(NOW))
    }
}

/// An endpoint without records.
pub(crate) fn endpoint() -> EndpointBuilder {
    endpoint_with(secret())
}

/// An endpoint without records and with keys of the test's own.
pub(crate) fn endpoint_with(keys: impl Into<Keys>) -> EndpointBuilder {
    Endpoint::builder("orders", providers::STANDARD_WEBHOOKS, keys).clock(Stopped)
}

/// An endpoint that handles each event once.
pub(crate) fn once() -> Endpoint {
    endpoint().dedupe(MemoryStore::default()).build().expect("the settings fit")
}

/// A delivery of the event `id`, sent now.
pub(crate) fn delivery(id: &str, body: &'static str) -> Request<Body> {
    delivery_at(NOW, id, body)
}

/// A delivery of the event `id`, sent at another time.
pub(crate) fn delivery_at(sent_at: u64, id: &str, body: &'static str) -> Request<Body> {
    signed(sent_at, id, body.as_bytes(), Body::from(body))
}

/// A request whose signature covers `content` and that carries `body`.
pub(crate) fn signed<B>(sent_at: u64, id: &str, content: &[u8], body: B) -> Request<B> {
    let message = [format!("{id}.{sent_at}.").as_bytes(), content].concat();
    let mac = sign_mac(Algorithm::HmacSha256, KEY, &message).expect("HMAC-SHA256 is a MAC");
    Request::post("/hooks")
        .header("webhook-id", id)
        .header("webhook-timestamp", sent_at)
        .header("webhook-signature", format!("v1,{}", encode(&mac, Encoding::Base64)))
        .body(body)
        .expect("the head is valid")
}

/// Sends a request to an app of its own clone.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Response {
    app.clone().oneshot(request).await.expect("axum's errors are infallible")
}

/// A response's body, whole.
pub(crate) async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("the body is whole");
    String::from_utf8(bytes.to_vec()).expect("the body is text")
}

/// Why a response is a refusal, as the receiver's own middleware sees it.
pub(crate) fn reason<B>(response: &axum::http::Response<B>) -> Option<Reason> {
    response.extensions().get::<Rejection>().map(Rejection::reason)
}

/// Whether a response repeats an earlier one.
pub(crate) fn is_replay<B>(response: &axum::http::Response<B>) -> bool {
    response.headers().get("idempotency-replayed").is_some_and(|value| value == "true")
}

/// Everything that was logged so far, at every level, by every test of this binary.
///
/// One subscriber for all threads: events and spans are switched on for the whole process, never for one thread.
#[cfg(feature = "tracing")]
pub(crate) fn log() -> String {
    struct Lines;

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        subscriber.with_writer(|| Lines).init();
    });
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// Counts the runs of a handler.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    /// Counts one more run; gives its number, from 1.
    pub(crate) fn begin(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A handler that counts itself and answers with the body it got.
pub(crate) fn echo(
    runs: &Runs,
) -> impl Fn(Bytes) -> std::future::Ready<(StatusCode, Bytes)> + Clone + Send + Sync + 'static {
    let runs = runs.clone();
    move |body| {
        runs.begin();
        std::future::ready((StatusCode::OK, body))
    }
}
