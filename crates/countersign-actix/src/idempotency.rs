//! `Idempotency-Key` in front of handlers: the middleware, its service, and the flow of a request. Every rule is the
//! core's; what follows an admission is in `claimed.rs`.

use core::fmt;
use core::future::{Future, Ready, ready};
use core::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};
use countersign::{Decision, IdempotencyKeys, KeyedIntake, KeyedRequest, Rejection, Scope, Watch};

use crate::claimed::{self, Answer, Taken, in_span};
use crate::head::Head;
use crate::read::read;
use crate::timer::TokioTimer;

type ScopeOf = Arc<dyn Fn(&ServiceRequest) -> Option<Scope> + Send + Sync>;

/// Runs each request once, by its `Idempotency-Key`.
///
/// A handler gets the request as it came, with its payload in memory and the [`Lease`](countersign::Lease) in its
/// extensions. Requests that the policy does not cover pass untouched, their payloads unread. Clones share the policy
/// and its records.
///
/// # What the client gets
///
/// 1. A refusal: problem details. The [`Rejection`] with its reason is in the response's extensions. A connection whose
///    body was not read to its end is closed.
/// 2. A repeat of a request that was answered: the stored answer, marked `idempotency-replayed: true`.
/// 3. Otherwise the handler's response. One that is kept goes out only after it was recorded.
/// 4. The error of an inner middleware, unchanged, after the key was given back.
///
/// # Caveats
///
/// - actix-web runs the middleware that was added last first: add authentication after this one.
/// - Build the policy outside the closure given to `HttpServer::new`, and clone it inside: the closure runs once for each
///   worker, and workers with stores of their own do not see each other's repeats.
/// - Once its key is claimed, a handler is carried to its end even if the client hangs up. At shutdown, call
///   [`Gate::drain`](countersign::Gate::drain) before the server is stopped.
#[derive(Clone)]
pub struct Idempotency {
    keys: IdempotencyKeys,
    scope: ScopeOf,
}

impl Idempotency {
    /// Middleware for a policy, and for the scope of each request: whose key it is, from what middleware further out
    /// found and put into the request's extensions.
    ///
    /// A request with a key and without a scope is refused (500). An API that has one caller only says so:
    /// `|_| Some("everyone")`.
    ///
    /// ```
    /// # use actix_web::{HttpMessage, dev::ServiceRequest};
    /// # use countersign::{ConfigError, IdempotencyKeys, MemoryStore};
    /// # use countersign_actix::Idempotency;
    /// struct Account(String); // left in the extensions by your authentication
    ///
    /// # fn middleware() -> Result<Idempotency, ConfigError> {
    /// let keys = IdempotencyKeys::builder("payments", MemoryStore::default()).build()?;
    /// let middleware = Idempotency::new(keys, |request| request.extensions().get().map(|Account(id)| id.clone()));
    /// # Ok(middleware)
    /// # }
    /// # middleware().unwrap();
    /// ```
    pub fn new<T: Into<Scope>>(
        keys: IdempotencyKeys,
        scope: impl Fn(&ServiceRequest) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        Self { keys, scope: Arc::new(move |request| scope(request).map(Into::into)) }
    }
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Idempotency
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = IdempotencyService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(IdempotencyService { service: Rc::new(service), middleware: self.clone() }))
    }
}

/// A service behind an [`Idempotency`].
#[derive(Debug)]
pub struct IdempotencyService<S> {
    service: Rc<S>,
    middleware: Idempotency,
}

impl<S, B> Service<ServiceRequest> for IdempotencyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Answer<B>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        Box::pin(take(self.middleware.clone(), Rc::clone(&self.service), request))
    }
}

/// Takes one request from its arrival to its answer.
async fn take<S, B>(middleware: Idempotency, service: Rc<S>, mut request: ServiceRequest) -> Answer<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let Idempotency { keys, scope } = middleware;
    let query = request.head().uri.query();
    let opened = keys.open(&Head(request.head()), query, || scope(&request)).transpose();
    let Some(opened) = opened else {
        return service.call(request).await.map(ServiceResponse::map_into_left_body);
    };
    let watch = Watch::start_keyed(&keys, &Head(request.head()));
    let mut payload = request.take_payload();
    let admitted = in_span(&watch, admit(&keys, &watch, opened, &mut payload)).await;
    let taken = Taken { service, request, payload };
    let refuse = {
        let keys = keys.clone();
        move |rejection: &Rejection| keys.refusal(rejection)
    };
    claimed::answer(keys.gate(), taken, watch, admitted, refuse, |request, keyed: KeyedRequest| {
        request.set_payload(Payload::from(keyed.body().clone()));
    })
    .await
}

async fn admit(
    keys: &IdempotencyKeys,
    watch: &Watch,
    opened: Result<KeyedIntake, Rejection>,
    payload: &mut Payload,
) -> Result<(KeyedRequest, Decision), Rejection> {
    let mut intake = opened?;
    read(payload, keys.read_deadline(), |chunk| intake.push(chunk)).await?;
    let request = intake.finish();
    watch.keyed(&request);
    let decision = keys.admit_within(&request, &TokioTimer).await?;
    Ok((request, decision))
}
