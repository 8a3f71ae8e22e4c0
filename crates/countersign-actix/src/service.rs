//! The flow of a delivery: the core's verbs in their order. Every rule is the core's; what follows an admission is in
//! `claimed.rs`.

use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::{Error, HttpMessage};
use countersign::{Arrival, Delivery, Endpoint, Intake, Rejection, Watch};
#[cfg(feature = "tenants")]
use countersign::{Reason, within};

use crate::claimed::{self, Answer, Taken, in_span};
use crate::head::Head;
use crate::read::read;
use crate::response;
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
    let admitted = match in_span(&watch, verify(&endpoint, &head, &mut payload)).await {
        Err(rejection) => Err(rejection),
        Ok(Arrival::Handshake(reply)) => {
            watch.greeted(reply.status);
            return Ok(request.into_response(response::greeting(reply)).map_into_right_body());
        }
        Ok(Arrival::Delivery(delivery)) => {
            watch.verified(&delivery);
            let decided = in_span(&watch, endpoint.admit_within(&delivery, &TokioTimer)).await;
            decided.map(|decision| (delivery, decision))
        }
    };
    let taken = Taken { service, request, payload };
    claimed::answer(endpoint.gate(), taken, watch, admitted, Rejection::refusal, |request, delivery: Delivery| {
        request.set_payload(Payload::from(delivery.body().clone()));
        request.extensions_mut().insert(delivery);
    })
    .await
}

async fn verify(endpoint: &Endpoint, head: &Head<'_>, payload: &mut Payload) -> Result<Arrival, Rejection> {
    let mut intake = open(endpoint, head).await?;
    read(payload, endpoint.limits().read_deadline, |chunk| intake.push(chunk)).await?;
    #[cfg(feature = "tenants")]
    within(&TokioTimer, endpoint.limits().resolve_deadline, endpoint.fetch_keys(&mut intake))
        .await
        .unwrap_or_else(|| Err(Reason::KeysUnavailable.into()))?;
    endpoint.hand_over(intake.conclude(endpoint.now()?)?).await
}

#[cfg(feature = "tenants")]
async fn open<'h>(endpoint: &'h Endpoint, head: &'h Head<'_>) -> Result<Intake<'h>, Rejection> {
    let deadline = endpoint.limits().resolve_deadline;
    let found = within(&TokioTimer, deadline, endpoint.resolve(head)).await;
    match found.unwrap_or_else(|| Err(Reason::TenantUnavailable.into()))? {
        Some(tenant) => endpoint.open_for(head, &tenant),
        None => endpoint.open(head),
    }
}

#[cfg(not(feature = "tenants"))]
async fn open<'h>(endpoint: &'h Endpoint, head: &'h Head<'_>) -> Result<Intake<'h>, Rejection> {
    endpoint.open(head)
}
