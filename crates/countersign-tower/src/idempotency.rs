//! `Idempotency-Key` in front of a service: the layer, the service, and the flow of a request. Every rule is the core's;
//! what follows an admission is in `claimed.rs`.

use core::fmt;
use core::mem;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::Bytes;
use countersign::{Decision, IdempotencyKeys, KeyedIntake, KeyedRequest, Rejection, Scope, Watch};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::claimed::{self, Answer, in_span};
use crate::read::{BoxError, read};
use crate::service::ResponseFuture;
use crate::timer::TokioTimer;

/// The body that a service behind an [`IdempotencyLayer`] gets: read whole where the request has a key, as it came where
/// it has none.
pub type RequestBody<B> = Either<Full<Bytes>, B>;

type ScopeOf = Arc<dyn Fn(&Parts) -> Option<Scope> + Send + Sync>;

/// Runs each request once, by its `Idempotency-Key`.
///
/// Clones share the policy and its records.
#[derive(Clone)]
pub struct IdempotencyLayer {
    keys: IdempotencyKeys,
    scope: ScopeOf,
}

impl IdempotencyLayer {
    /// A layer for a policy, and for the scope of each request: whose key it is, from what a layer further out found and
    /// put into the request's extensions.
    ///
    /// A request with a key and without a scope is refused (500). An API that has one caller only says so:
    /// `|_| Some("everyone")`.
    ///
    /// ```
    /// # use countersign::{ConfigError, IdempotencyKeys, MemoryStore};
    /// # use countersign_tower::IdempotencyLayer;
    /// #[derive(Clone)]
    /// struct Account(String); // left in the extensions by your authentication
    ///
    /// # fn layer() -> Result<IdempotencyLayer, ConfigError> {
    /// let keys = IdempotencyKeys::builder("payments", MemoryStore::default()).build()?;
    /// let layer = IdempotencyLayer::new(keys, |head| head.extensions.get().map(|Account(id)| id.clone()));
    /// # Ok(layer)
    /// # }
    /// # layer().unwrap();
    /// ```
    pub fn new<S: Into<Scope>>(
        keys: IdempotencyKeys,
        scope: impl Fn(&Parts) -> Option<S> + Send + Sync + 'static,
    ) -> Self {
        Self { keys, scope: Arc::new(move |head| scope(head).map(Into::into)) }
    }
}

impl<S> Layer<S> for IdempotencyLayer {
    type Service = IdempotencyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IdempotencyService { inner, layer: self.clone() }
    }
}

impl fmt::Debug for IdempotencyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyLayer").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Stands in front of a service: claims each request's key, runs the inner service on the whole body, and keeps its
/// answer.
///
/// The inner service gets the request as it came, with its body in memory and the [`Lease`](countersign::Lease) in its
/// extensions. Requests that the policy does not cover pass untouched, their bodies unread.
///
/// # What the client gets
///
/// 1. A refusal: problem details. The [`Rejection`] with its reason is in the response's extensions.
/// 2. A repeat of a request that was answered: the stored answer, marked `idempotency-replayed: true`.
/// 3. Otherwise the inner service's response. One that is kept goes out only after it was recorded.
/// 4. The inner service's error, unchanged, after the key was given back.
///
/// # A client that hangs up
///
/// Once the key is claimed, the inner service runs to its end even when the returned future is dropped: the rest then
/// runs as a task of the Tokio runtime, and a repeat gets the answer.
///
/// # Under axum
///
/// Put it outside `nest`, which shortens the path before a nested router is called: two routes would look alike to the
/// fingerprint. Where that cannot be, make the whole path a part of the scope: `Scope::new(account).and(path)`.
#[derive(Debug, Clone)]
pub struct IdempotencyService<S> {
    inner: S,
    layer: IdempotencyLayer,
}

impl<S, B, R> Service<Request<B>> for IdempotencyService<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
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
        ResponseFuture::new(take(self.layer.clone(), request, inner))
    }
}

async fn take<S, B, R>(layer: IdempotencyLayer, request: Request<B>, mut inner: S) -> Answer<R, S::Error>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send + 'static,
{
    let IdempotencyLayer { keys, scope } = layer;
    let (mut head, body) = request.into_parts();
    let Some(opened) = keys.open(&head, head.uri.query(), || scope(&head)).transpose() else {
        let answer = inner.call(Request::from_parts(head, Either::Right(body))).await;
        return answer.map(|response| response.map(ResponseBody::passing));
    };
    let watch = Watch::start_keyed(&keys, &head);
    let admitted = in_span(&watch, admit(&keys, &watch, opened, body)).await;
    let refuse = {
        let keys = keys.clone();
        move |rejection: &Rejection| keys.refusal(rejection)
    };
    claimed::answer(keys.gate(), watch, admitted, refuse, |request: KeyedRequest, lease| {
        if let Some(lease) = lease {
            head.extensions.insert(lease.clone());
        }
        let request = Request::from_parts(head, Either::Left(Full::new(request.body().clone())));
        // A block, so that a service that panics before it returns a future panics where that is caught.
        async move { inner.call(request).await }
    })
    .await
}

async fn admit<B>(
    keys: &IdempotencyKeys,
    watch: &Watch,
    opened: Result<KeyedIntake, Rejection>,
    body: B,
) -> Result<(KeyedRequest, Decision), Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let mut intake = opened?;
    read(body, keys.read_deadline(), |chunk| intake.push(chunk)).await?;
    let request = intake.finish();
    watch.keyed(&request);
    let decision = keys.admit_within(&request, &TokioTimer).await?;
    Ok((request, decision))
}
