//! The flow of a delivery: the core's verbs in their order. Every rule is the core's; what follows an admission is in
//! `claimed.rs`.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use bytes::Bytes;
use countersign::{Arrival, Delivery, Endpoint, Rejection, Watch};
#[cfg(feature = "tenants")]
use countersign::{Reason, within};
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::claimed::{self, Answer, in_span};
use crate::head::Head;
use crate::read::{BoxError, read};
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
/// 2. A handshake, where the endpoint [answers them](countersign::EndpointBuilder::answer_handshakes): its reply, with
///    [`Greeted`](countersign::Greeted) in the response's extensions.
/// 3. A duplicate of a handled event: the stored outcome, marked `idempotency-replayed: true`.
/// 4. Otherwise the inner service's response. A 2xx goes out only after the event was recorded as handled.
/// 5. The inner service's error, unchanged, after the event was released.
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
        ResponseFuture::new(deliver(endpoint, request, inner))
    }
}

/// The future of a [`WebhookService`] or an [`IdempotencyService`](crate::IdempotencyService).
pub struct ResponseFuture<R: Body, E> {
    flow: Pin<Box<dyn Future<Output = Answer<R, E>> + Send>>,
}

impl<R: Body, E> ResponseFuture<R, E> {
    pub(crate) fn new(flow: impl Future<Output = Answer<R, E>> + Send + 'static) -> Self {
        Self { flow: Box::pin(flow) }
    }
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
    let watch = Watch::start(&endpoint, &Head(&head));
    let admitted = match in_span(&watch, verify(&endpoint, &Head(&head), body)).await {
        Err(rejection) => Err(rejection),
        Ok(Arrival::Handshake(reply)) => {
            watch.greeted(reply.status);
            return Ok(response::greeting(reply));
        }
        Ok(Arrival::Delivery(delivery)) => {
            watch.verified(&delivery);
            let decided = in_span(&watch, endpoint.admit_within(&delivery, &TokioTimer)).await;
            decided.map(|decision| (delivery, decision))
        }
    };
    claimed::answer(endpoint.gate(), watch, admitted, Rejection::refusal, |delivery: Delivery, lease| {
        if let Some(lease) = lease {
            head.extensions.insert(lease.clone());
        }
        let body = Full::new(delivery.body().clone());
        head.extensions.insert(delivery);
        let request = Request::from_parts(head, body);
        // A block, so that a service that panics before it returns a future panics where that is caught.
        async move { inner.call(request).await }
    })
    .await
}

async fn verify<B>(endpoint: &Endpoint, head: &Head<'_>, body: B) -> Result<Arrival, Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    #[cfg(feature = "tenants")]
    let tenant = within(&TokioTimer, endpoint.limits().resolve_deadline, endpoint.resolve(head))
        .await
        .unwrap_or_else(|| Err(Reason::TenantUnavailable.into()))?;
    #[cfg(feature = "tenants")]
    let mut intake = match &tenant {
        Some(tenant) => endpoint.open_for(head, tenant)?,
        None => endpoint.open(head)?,
    };
    #[cfg(not(feature = "tenants"))]
    let mut intake = endpoint.open(head)?;
    read(body, endpoint.limits().read_deadline, |chunk| intake.push(chunk)).await?;
    #[cfg(feature = "tenants")]
    within(&TokioTimer, endpoint.limits().resolve_deadline, endpoint.fetch_keys(&mut intake))
        .await
        .unwrap_or_else(|| Err(Reason::KeysUnavailable.into()))?;
    endpoint.hand_over(intake.conclude(endpoint.now()?)?).await
}
