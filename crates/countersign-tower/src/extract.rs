//! Extractors for axum. They read what the layer put into the request's extensions, and nothing else: a route
//! without the layer answers 500, never an empty value.

use core::error::Error;
use core::fmt;
use core::ops::Deref;

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use countersign::{Delivery, DoesNotFit};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The event, read as JSON from the verified body.
///
/// A body that does not fit `T` is answered 422 and the event is released: the delivery is authentic, and the type is
/// the receiver's to mend. Where it does not fit goes to the log, what stands there does not.
///
/// It takes nothing from the request's body, so it may stand anywhere among a handler's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<T>(pub T);

/// The delivery that the layer verified, with its body, key, time and event id.
///
/// A newtype because axum's traits can only be implemented beside the type.
#[derive(Debug, Clone)]
pub struct Verified(pub Delivery);

/// The verified body, byte for byte as it was signed.
///
/// Axum's own `Bytes` extractor gives the same bytes, and gives unverified ones where the layer is missing; this one
/// answers 500 there.
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(pub Bytes);

/// Why an extractor gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtractRejection {
    /// No [`WebhookLayer`](crate::WebhookLayer) stands before the handler, so nothing was verified (500).
    MissingLayer,
    /// The delivery is authentic, but its body does not fit the handler's type (422).
    DoesNotFit,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Event<T> {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        delivery(parts)?.json().map(Self).map_err(|DoesNotFit| ExtractRejection::DoesNotFit)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Verified {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        delivery(parts).cloned().map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RawBody {
    type Rejection = ExtractRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        delivery(parts).map(|delivery| Self(delivery.body().clone()))
    }
}

fn delivery(parts: &Parts) -> Result<&Delivery, ExtractRejection> {
    parts.extensions.get().ok_or(ExtractRejection::MissingLayer)
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

impl ExtractRejection {
    /// The HTTP status to answer with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::DoesNotFit => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl fmt::Display for ExtractRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingLayer => f.write_str("countersign_tower::WebhookLayer is missing on this route"),
            Self::DoesNotFit => DoesNotFit.fmt(f),
        }
    }
}

impl Error for ExtractRejection {}

impl IntoResponse for ExtractRejection {
    fn into_response(self) -> Response {
        (self.status(), format!("{self}\n")).into_response()
    }
}
