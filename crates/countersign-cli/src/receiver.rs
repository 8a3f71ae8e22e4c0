//! The receiver behind `listen` and `demo`: the library's own layer before a handler, and one report for each answer.

use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use countersign::{Delivery, Endpoint, EventKey, Greeted, Rejection};
use countersign_tower::{Verified, WebhookLayer};
use http::StatusCode;

use crate::store;

/// Told of each answer, before it goes out.
pub(crate) type Report = Arc<dyn Fn(&Answered<'_>) + Send + Sync>;

/// One answer.
pub(crate) struct Answered<'r> {
    /// The endpoint that gave it; none where no endpoint has the path.
    pub(crate) endpoint: Option<&'r Endpoint>,
    /// The record that it rests on, where the request came as far as a store.
    pub(crate) record: Option<EventKey>,
    pub(crate) status: u16,
    pub(crate) fate: Fate,
}

/// What became of a request.
pub(crate) enum Fate {
    /// The handler ran on the delivery.
    Handled(Box<Delivery>),
    /// The event had been handled: its answer was repeated.
    Repeated,
    /// It was a handshake, and was answered.
    Greeted,
    /// It was refused, for the reason of this code.
    Refused(&'static str),
}

/// The code of the one refusal that is this program's own.
const NO_ENDPOINT: &str = "no_endpoint";

/// A route whose handler sees verified deliveries alone. The layer gets every method: which ones to refuse is its rule.
pub(crate) fn route<H, T>(endpoint: &Endpoint, handler: H, report: Report) -> MethodRouter
where
    H: Handler<T, ()>,
    T: 'static,
{
    let reporting = endpoint.clone();
    let tell = move |request: Request, next: Next| {
        let (endpoint, report) = (reporting.clone(), Arc::clone(&report));
        async move {
            let (response, record) = store::noting_key(next.run(request)).await;
            let status = response.status().as_u16();
            report(&Answered { endpoint: Some(&endpoint), record, status, fate: Fate::of(&response) });
            response
        }
    };
    let handling: MethodRouter = any(handler).layer(from_fn(leave_delivery));
    let verifying: MethodRouter = handling.layer(WebhookLayer::new(endpoint.clone()));
    verifying.layer(from_fn(tell))
}

/// What answers a path that no endpoint has.
pub(crate) fn no_endpoint(report: Report) -> MethodRouter {
    any(move || async move {
        let status = StatusCode::NOT_FOUND;
        report(&Answered { endpoint: None, record: None, status: status.as_u16(), fate: Fate::Refused(NO_ENDPOINT) });
        status.into_response()
    })
}

/// Leaves the delivery on the handler's response, where [`Fate::of`] finds it.
async fn leave_delivery(Verified(delivery): Verified, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(delivery);
    response
}

impl Fate {
    fn of(response: &Response) -> Self {
        match (response.extensions().get::<Rejection>(), response.extensions().get::<Delivery>()) {
            (Some(rejection), _) => Self::Refused(rejection.reason().code()),
            (None, Some(delivery)) => Self::Handled(Box::new(delivery.clone())),
            (None, None) if response.extensions().get::<Greeted>().is_some() => Self::Greeted,
            (None, None) => Self::Repeated,
        }
    }
}
