//! The flow of one request: verify, admit, run the handler, settle. Which rules apply is the core's affair.

use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::error::PayloadError;
use actix_web::rt::time::timeout;
use actix_web::{Error, HttpMessage};
use countersign::{Claim, Decision, Delivery, Ending, Endpoint, Intake, Reason, Rejection, Watch};
use futures_util::StreamExt;

use crate::detach::Detach;
use crate::head::Head;
use crate::response::{Refused, capture, refusal, refusal_unread, repeat};
use crate::timer::TokioTimer;

/// A service behind a [`Webhook`](crate::Webhook).
#[derive(Debug)]
pub struct WebhookService<S> {
    service: Rc<S>,
    endpoint: Endpoint,
}

impl<S> WebhookService<S> {
    pub(crate) fn new(service: Rc<S>, endpoint: Endpoint) -> Self {
        Self { service, endpoint }
    }
}

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

impl<S, B> Service<ServiceRequest> for WebhookService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Answer<B>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        Box::pin(deliver(self.endpoint.clone(), Rc::clone(&self.service), request))
    }
}

/// Takes one request from its arrival to its answer.
async fn deliver<S, B>(endpoint: Endpoint, service: Rc<S>, mut request: ServiceRequest) -> Answer<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let watch = Watch::start(&endpoint, &Head(request.head()));
    let mut payload = request.take_payload();
    let head = Head(request.head());
    let admitted = in_span(&watch, admit(&endpoint, &watch, &head, &mut payload)).await;
    match admitted {
        Err(rejection) => {
            watch.refused(&endpoint, &rejection);
            Ok(request.into_response(refusal_unread(&rejection, payload)).map_into_right_body())
        }
        Ok((delivery, Decision::Repeat(outcome))) => {
            watch.duplicate(&delivery, outcome.status);
            Ok(request.into_response(repeat(outcome)).map_into_right_body())
        }
        Ok((delivery, Decision::Handle(claim))) => {
            let detached = endpoint.keeps_records();
            let work = handle(endpoint, service, request, delivery, claim, watch);
            if detached { Detach::new(work).await } else { work.await }
        }
    }
}

async fn admit(
    endpoint: &Endpoint,
    watch: &Watch,
    head: &Head<'_>,
    payload: &mut Payload,
) -> Result<(Delivery, Decision), Rejection> {
    let delivery = verify(endpoint, head, payload).await?;
    watch.verified(&delivery);
    let decision = endpoint.admit_within(&delivery, &TokioTimer).await?;
    Ok((delivery, decision))
}

async fn verify(endpoint: &Endpoint, head: &Head<'_>, payload: &mut Payload) -> Result<Delivery, Rejection> {
    let mut intake = open(endpoint, head).await?;
    let deadline = endpoint.limits().read_deadline;
    timeout(deadline, read(payload, &mut intake)).await.unwrap_or_else(|_| Err(Reason::BodyTimeout.into()))?;
    intake.finish(endpoint.now()?)
}

#[cfg(feature = "tenants")]
async fn open<'h>(endpoint: &'h Endpoint, head: &'h Head<'_>) -> Result<Intake<'h>, Rejection> {
    let deadline = endpoint.limits().resolve_deadline;
    let found = timeout(deadline, endpoint.resolve(head)).await;
    match found.unwrap_or_else(|_| Err(Reason::TenantUnavailable.into()))? {
        Some(tenant) => endpoint.open_for(head, &tenant),
        None => endpoint.open(head),
    }
}

#[cfg(not(feature = "tenants"))]
async fn open<'h>(endpoint: &'h Endpoint, head: &'h Head<'_>) -> Result<Intake<'h>, Rejection> {
    endpoint.open(head)
}

async fn read(payload: &mut Payload, intake: &mut Intake<'_>) -> Result<(), Rejection> {
    while let Some(chunk) = payload.next().await {
        intake.push(chunk.map_err(broken)?)?;
    }
    Ok(())
}

/// A limit that other middleware put on the body is no broken connection.
fn broken(error: PayloadError) -> Reason {
    match error {
        PayloadError::Overflow => Reason::BodyTooLarge,
        _ => Reason::BodyBroken,
    }
}

/// Runs the handler under its claim and settles it, inside the delivery's span.
async fn handle<S, B>(
    endpoint: Endpoint,
    service: Rc<S>,
    mut request: ServiceRequest,
    delivery: Delivery,
    claim: Claim,
    watch: Watch,
) -> Answer<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    request.set_payload(Payload::from(delivery.body().clone()));
    request.extensions_mut().insert(delivery.clone());
    if let Some(lease) = claim.lease() {
        request.extensions_mut().insert(lease.clone());
    }
    let work = async {
        // The call is part of the attended work: a service may panic before it has made its future.
        let answered = async { capture(&endpoint, service.call(request).await?).await };
        match endpoint.attend(&claim, answered, &TokioTimer).await {
            Ok(Ok((outcome, response))) => {
                let status = outcome.status;
                match endpoint.settle(claim, &Ending::Answered(outcome), &TokioTimer).await {
                    Err(rejection) => {
                        watch.refused(&endpoint, &rejection);
                        Ok(response.into_response(refusal(&rejection)).map_into_right_body())
                    }
                    Ok(()) => {
                        watch.handled(&delivery, status);
                        Ok(response)
                    }
                }
            }
            Ok(Err(error)) => {
                let _ = endpoint.settle(claim, &Ending::Failed, &TokioTimer).await;
                watch.handled(&delivery, error.as_response_error().status_code().as_u16());
                Err(error)
            }
            Err(rejection) => {
                let _ = endpoint.settle(claim, &Ending::Failed, &TokioTimer).await;
                watch.refused(&endpoint, &rejection);
                Err(Refused(rejection).into())
            }
        }
    };
    in_span(&watch, work).await
}

/// Runs `work` inside the delivery's span.
#[cfg(feature = "tracing")]
fn in_span<W: Future>(watch: &Watch, work: W) -> impl Future<Output = W::Output> + use<W> {
    tracing::Instrument::instrument(work, watch.span().clone())
}

#[cfg(not(feature = "tracing"))]
fn in_span<W: Future>(_: &Watch, work: W) -> W {
    work
}
