//! What handlers take as arguments. Each is read from the delivery that the middleware verified, never from the
//! request.

use core::fmt;
use core::future::{Ready, ready};
use core::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use bytes::Bytes;
use countersign::Delivery;
use serde::de::DeserializeOwned;

/// The event: the verified body, read as JSON.
///
/// A body that does not fit `T` is answered 422, and its event is released.
///
/// ```
/// # use countersign_actix::Event;
/// #[derive(serde::Deserialize)]
/// struct Invoice {
///     id: String,
/// }
///
/// async fn on_invoice(Event(invoice): Event<Invoice>) -> String {
///     invoice.id
/// }
/// ```
pub struct Event<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Event<T> {
    type Error = ExtractError;
    type Future = Ready<Result<Self, ExtractError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(delivery(request).and_then(|delivery| {
            serde_json::from_slice(delivery.body())
                .map(Self)
                // Not the error itself: its text quotes the body.
                .map_err(|error| ExtractError::NotTheEvent { line: error.line(), column: error.column() })
        }))
    }
}

/// The verified delivery: its body, its key, its times, its event's id.
#[derive(Debug, Clone)]
pub struct Verified(pub Delivery);

impl Deref for Verified {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.0
    }
}

impl FromRequest for Verified {
    type Error = ExtractError;
    type Future = Ready<Result<Self, ExtractError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(delivery(request).map(Self))
    }
}

/// The verified body, byte for byte as it was signed.
#[derive(Clone)]
pub struct RawBody(pub Bytes);

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBody").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

impl FromRequest for RawBody {
    type Error = ExtractError;
    type Future = Ready<Result<Self, ExtractError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(delivery(request).map(|delivery| Self(delivery.body().clone())))
    }
}

fn delivery(request: &HttpRequest) -> Result<Delivery, ExtractError> {
    request.extensions().get::<Delivery>().cloned().ok_or(ExtractError::NoWebhook)
}

/// Why a handler's argument could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtractError {
    /// No [`Webhook`](crate::Webhook) stands in front of the handler, so nothing was verified (500).
    NoWebhook,
    /// The verified body is not the JSON that the handler expects (422).
    NotTheEvent {
        /// The line of the body, from 1, where it stopped to fit.
        line: usize,
        /// The column in that line, in bytes.
        column: usize,
    },
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWebhook => {
                f.write_str("nothing was verified on this route; wrap it in `countersign_actix::Webhook`")
            }
            Self::NotTheEvent { line, column } => {
                write!(f, "the verified body does not fit the handler's event from line {line}, column {column}")
            }
        }
    }
}

impl core::error::Error for ExtractError {}

impl ResponseError for ExtractError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoWebhook => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotTheEvent { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(match self {
                Self::NoWebhook => MISSING_WEBHOOK,
                Self::NotTheEvent { .. } => NOT_THE_EVENT,
            })
    }
}

const MISSING_WEBHOOK: &str = "nothing was verified: this route is not wrapped in countersign_actix::Webhook\n";

const NOT_THE_EVENT: &str = "the event does not have the expected form\n";
