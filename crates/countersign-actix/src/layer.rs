//! The middleware as it is put around an `App`, a `Scope` or a `Resource`. What it does is in `service.rs`.

use core::future::{Ready, ready};
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use countersign::Endpoint;

use crate::service::WebhookService;

/// Lets through only deliveries that an [`Endpoint`] finds authentic, fresh and not yet handled.
///
/// # What a request goes through
///
/// 1. Its head is judged before its body is read: method, declared length, grammar of the signature headers.
/// 2. Its body is read within the endpoint's cap and read deadline, and hashed as it comes.
/// 3. Signature, key and time are judged.
/// 4. Its event is claimed in the store. A duplicate of a handled event gets the stored answer, marked with
///    `Idempotency-Replayed: true`; one of a running event waits within the endpoint's bound.
/// 5. The handler gets the request with the bytes that were verified as its payload, and the
///    [`Delivery`](countersign::Delivery) and the [`Lease`](countersign::Lease) in its extensions.
/// 6. Its answer is recorded: 200 to 299 completes the event; any other status, an error, a panic or a handler that
///    runs out of time releases it.
///
/// Where the endpoint answers handshakes ([`answer_handshakes`](countersign::EndpointBuilder::answer_handshakes)), a
/// request that is one gets its reply, with [`Greeted`](countersign::Greeted) in the response's extensions, after step 1
/// or 3, and no more. On a `Resource` the middleware stands before its 405, so that GET, HEAD and OPTIONS come to it
/// even where only `web::post()` is routed.
///
/// # What a refused request receives
///
/// The status, headers and fixed sentence of the [`Rejection`](countersign::Rejection), which stands in the response's
/// extensions for logs and metrics. A connection whose body was not read to its end is closed.
///
/// Refusals are responses, so that middleware further out sees them, with one exception: a handler that panicked or
/// ran out of time has taken the request with it, and a `ServiceResponse` cannot be made without one. That refusal is
/// an `Err`, whose `error_response()` is the same response with the same extension.
///
/// # Caveats
///
/// - Build the endpoint outside the closure given to `HttpServer::new`, and clone it inside: the closure runs once for
///   each worker, and workers with stores of their own do not see each other's duplicates.
/// - From the claim on, a handler under an endpoint that keeps records is carried to its end even if the client hangs
///   up. Without records it is dropped when actix-web drops it.
/// - Extractors of actix-web that read the payload have limits of their own (`web::Bytes`: 256 KiB). [`Event`] and
///   [`RawBody`] read the verified bytes and have none but the endpoint's cap.
/// - At shutdown, call [`Endpoint::drain`] before the server is stopped: workers do not wait for handlers whose client
///   is gone.
///
/// [`Event`]: crate::Event
/// [`RawBody`]: crate::RawBody
#[derive(Debug, Clone)]
pub struct Webhook {
    endpoint: Endpoint,
}

impl Webhook {
    /// Middleware that takes deliveries for `endpoint`.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Webhook
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = WebhookService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(WebhookService::new(Rc::new(service), self.endpoint.clone())))
    }
}
