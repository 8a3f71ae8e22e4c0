//! The request flow: the core's verbs in their order, the read loop between them, and the handler under its claim.
//! Every rule is the core's.

use core::error::Error;
use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use bytes::{Buf, Bytes};
use countersign::{Claim, Decision, Delivery, Ending, Endpoint, Intake, Reason, Rejection, Watch};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full, LengthLimitError};
use tokio::time::timeout;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::detach::Detach;
use crate::response;
use crate::timer::TokioTimer;

/// Stands in front of a service: verifies each delivery, claims its event, runs the inner service on the verified
/// body, and records how that ended.
///
/// The inner service gets the request as it came, with two things changed: the body is in memory, and the
/// [`Delivery`] is in the request's extensions, beside the [`Lease`](countersign::Lease) where the endpoint keeps
/// records.
///
/// # What the caller gets
///
/// 1. A refusal: the rejection's status, headers and one fixed sentence. The [`Rejection`] with its reason is in the
///    response's extensions.
/// 2. A duplicate of a handled event: the stored outcome, marked `idempotency-replayed: true`.
/// 3. Otherwise the inner service's response. A 2xx goes out only after the event was recorded as handled.
/// 4. The inner service's error, unchanged, after the event was released.
///
/// # A caller that hangs up
///
/// Once the event is claimed, and if the endpoint keeps records, the inner service runs to its end even when the
/// returned future is dropped: the rest then runs as a task of the Tokio runtime. Before that, and without records,
/// dropping the future stops everything.
#[derive(Debug, Clone)]
pub struct WebhookService<S> {
    inner: S,
    endpoint: Endpoint,
}

type BoxError = Box<dyn Error + Send + Sync>;
type Answer<R, E> = Result<Response<ResponseBody<R>>, E>;

impl<S> WebhookService<S> {
    /// Puts an endpoint in front of a service.
    pub fn new(inner: S, endpoint: Endpoint) -> Self {
        Self { inner, endpoint }
    }
}

impl<S, B, R> Service<Request<B>> for WebhookService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its place.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let endpoint = self.endpoint.clone();
        ResponseFuture { flow: Box::pin(deliver(endpoint, request, inner)) }
    }
}

/// The future of a [`WebhookService`].
pub struct ResponseFuture<R: Body, E> {
    flow: Pin<Box<dyn Future<Output = Answer<R, E>> + Send>>,
}

impl<R: Body, E> Future for ResponseFuture<R, E> {
    type Output = Answer<R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.flow.as_mut().poll(cx)
    }
}

impl<R: Body, E> fmt::Debug for ResponseFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

async fn deliver<S, B, R>(endpoint: Endpoint, request: Request<B>, mut inner: S) -> Answer<R, S::Error>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send + 'static,
{
    let (mut head, body) = request.into_parts();
    let watch = Watch::start(&endpoint, &head);
    let (delivery, claim) = match in_span(&watch, admit(&endpoint, &watch, &head, body)).await {
        Ok((delivery, Decision::Handle(claim))) => (delivery, claim),
        Ok((delivery, Decision::Repeat(outcome))) => {
            watch.duplicate(&delivery, outcome.status);
            return Ok(response::repeat(&outcome));
        }
        Err(rejection) => {
            watch.refused(&endpoint, &rejection);
            return Ok(response::refusal(rejection));
        }
    };
    if let Some(lease) = claim.lease() {
        head.extensions.insert(lease.clone());
    }
    head.extensions.insert(delivery.clone());
    let request = Request::from_parts(head, Full::new(delivery.body().clone()));
    // A block, so that a service that panics before it returns a future panics where that is caught.
    let handler = async move { inner.call(request).await };
    if endpoint.keeps_records() {
        Detach::new(handle(endpoint, watch, delivery, claim, handler)).await
    } else {
        handle(endpoint, watch, delivery, claim, handler).await
    }
}

async fn admit<B>(endpoint: &Endpoint, watch: &Watch, head: &Parts, body: B) -> Result<(Delivery, Decision), Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let delivery = verify(endpoint, head, body).await?;
    watch.verified(&delivery);
    let decision = endpoint.admit_within(&delivery, &TokioTimer).await?;
    Ok((delivery, decision))
}

async fn verify<B>(endpoint: &Endpoint, head: &Parts, body: B) -> Result<Delivery, Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let limits = endpoint.limits();
    #[cfg(feature = "tenants")]
    let tenant = timeout(limits.resolve_deadline, endpoint.resolve(head))
        .await
        .unwrap_or_else(|_| Err(Reason::TenantUnavailable.into()))?;
    #[cfg(feature = "tenants")]
    let intake = match &tenant {
        Some(tenant) => endpoint.open_for(head, tenant)?,
        None => endpoint.open(head)?,
    };
    #[cfg(not(feature = "tenants"))]
    let intake = endpoint.open(head)?;
    let intake =
        timeout(limits.read_deadline, read(intake, body)).await.unwrap_or_else(|_| Err(Reason::BodyTimeout.into()))?;
    intake.finish(endpoint.now()?)
}

/// Pushes the body into the intake, uncopied where its chunks are [`Bytes`]. What is left of a refused body is not
/// read.
async fn read<B>(mut intake: Intake<'_>, body: B) -> Result<Intake<'_>, Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&*error.into()))?;
        // Trailers are signed by nobody and change nothing.
        if let Ok(mut chunk) = frame.into_data() {
            intake.push(chunk.copy_to_bytes(chunk.remaining()))?;
        }
    }
    Ok(intake)
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

/// Runs the handler under its claim, and settles.
async fn handle<R, E>(
    endpoint: Endpoint,
    watch: Watch,
    delivery: Delivery,
    claim: Claim,
    handler: impl Future<Output = Result<Response<R>, E>>,
) -> Answer<R, E>
where
    R: Body<Data = Bytes>,
{
    // A short body is read under the claim too: it may take time, panic or never end like the handler itself.
    let answer = async { Ok(response::capture(&endpoint, handler.await?).await) };
    let flow = async {
        let (answered, ending) = match endpoint.attend(&claim, answer, &TokioTimer).await {
            Ok(Ok((response, ending))) => (Ok(Ok(response)), ending),
            Ok(Err(error)) => (Ok(Err(error)), Ending::Failed),
            Err(rejection) => (Err(rejection), Ending::Failed),
        };
        let settled = endpoint.settle(claim, &ending, &TokioTimer).await;
        answered.and_then(|answer| settled.map(|()| answer))
    };
    match in_span(&watch, flow).await {
        Ok(Ok(response)) => {
            watch.handled(&delivery, response.status().as_u16());
            Ok(response)
        }
        Ok(Err(error)) => Err(error),
        Err(rejection) => {
            watch.refused(&endpoint, &rejection);
            Ok(response::refusal(rejection))
        }
    }
}

#[cfg(feature = "tracing")]
fn in_span<F: Future>(watch: &Watch, work: F) -> impl Future<Output = F::Output> + use<F> {
    tracing::Instrument::instrument(work, watch.span().clone())
}

#[cfg(not(feature = "tracing"))]
fn in_span<F: Future>(_: &Watch, work: F) -> F {
    work
}
