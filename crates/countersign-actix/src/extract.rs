//! Extractors. They read what the middleware put into the request's extensions, and nothing else: a route without it
//! answers 500, never an empty value.

use core::fmt;
use core::future::{Ready, ready};
use core::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use bytes::Bytes;
use countersign::{Delivery, DoesNotFit};
use serde::de::DeserializeOwned;

/// The event, read as JSON from the verified body.
///
/// A body that does not fit `T` is answered 422 and the event is released: the delivery is authentic, and the type is
/// the receiver's to mend. Where it does not fit goes to the log, what stands there does not.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<T>(pub T);

/// The delivery that the middleware verified, with its body, key, time and event id.
///
/// A newtype because actix-web's traits can only be implemented beside the type.
#[derive(Debug, Clone)]
pub struct Verified(pub Delivery);

/// The verified body, byte for byte as it was signed.
///
/// actix-web's own `web::Bytes` reads the same bytes where they fit its limit, and unverified ones where the
/// middleware is missing; this one answers 500 there.
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(pub Bytes);

/// Why an extractor gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtractRejection {
    /// No [`Webhook`](crate::Webhook) stands before the handler, so nothing was verified (500).
    MissingMiddleware,
    /// The delivery is authentic, but its body does not fit the handler's type (422).
    DoesNotFit,
}

impl<T: DeserializeOwned> FromRequest for Event<T> {
    type Error = ExtractRejection;
    type Future = Ready<Result<Self, ExtractRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            delivery(request)
                .and_then(|delivery| delivery.json().map(Self).map_err(|DoesNotFit| ExtractRejection::DoesNotFit)),
        )
    }
}

impl FromRequest for Verified {
    type Error = ExtractRejection;
    type Future = Ready<Result<Self, ExtractRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(delivery(request).map(Self))
    }
}

impl FromRequest for RawBody {
    type Error = ExtractRejection;
    type Future = Ready<Result<Self, ExtractRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(delivery(request).map(|delivery| Self(delivery.body().clone())))
    }
}

fn delivery(request: &HttpRequest) -> Result<Delivery, ExtractRejection> {
    request.extensions().get::<Delivery>().cloned().ok_or(ExtractRejection::MissingMiddleware)
}

impl Deref for Verified {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.0
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

impl fmt::Display for ExtractRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingMiddleware => f.write_str("countersign_actix::Webhook is missing on this route"),
            Self::DoesNotFit => DoesNotFit.fmt(f),
        }
    }
}

impl core::error::Error for ExtractRejection {}

impl ResponseError for ExtractRejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::MissingMiddleware => StatusCode::INTERNAL_SERVER_ERROR,
            Self::DoesNotFit => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(format!("{self}\n"))
    }
}
