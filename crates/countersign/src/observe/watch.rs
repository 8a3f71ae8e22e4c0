//! One request being watched: its span, and the events that say what became of it.

use core::time::Duration;
#[cfg(feature = "tracing")]
use std::sync::OnceLock;
use std::time::Instant;

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::head::RequestHead;
use crate::idempotency::IdempotencyKeys;
#[cfg(feature = "tracing")]
use crate::key::EventKey;
use crate::keyed::KeyedRequest;
#[cfg(feature = "tracing")]
use crate::observe::Shown;
use crate::rejection::Rejection;

/// One request being watched: from its arrival to its answer.
///
/// Adapters open one for each request, run everything inside [`span`](Self::span), and tell how it ended. Without the
/// feature `tracing` it does nothing.
pub struct Watch {
    started: Instant,
    #[cfg(feature = "tracing")]
    subject: Subject,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

/// What is watched, with what is known of it by now.
#[cfg(feature = "tracing")]
#[allow(
    clippy::large_enum_variant,
    reason = "one for each request, on the way of a delivery: a box would be an allocation"
)]
enum Subject {
    Delivery { endpoint: Endpoint, verified: OnceLock<Delivery> },
    Request { keys: IdempotencyKeys, read: OnceLock<EventKey> },
}

impl Watch {
    /// Starts watching a delivery. The span takes over the trace of a valid `traceparent` header (W3C Trace Context).
    pub fn start(endpoint: &Endpoint, head: &impl RequestHead) -> Self {
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            target: "countersign",
            "delivery",
            endpoint = endpoint.name(),
            provider = &*endpoint.provider().name,
            trace_id = tracing::field::Empty,
            parent_span_id = tracing::field::Empty,
        );
        #[cfg(feature = "tracing")]
        continue_trace(&span, head);
        #[cfg(not(feature = "tracing"))]
        let _ = (endpoint, head);
        Self {
            started: Instant::now(),
            #[cfg(feature = "tracing")]
            subject: Subject::Delivery { endpoint: endpoint.clone(), verified: OnceLock::new() },
            #[cfg(feature = "tracing")]
            span,
        }
    }

    /// Starts watching a request that may carry an `Idempotency-Key`, as [`start`](Self::start) does a delivery.
    pub fn start_keyed(keys: &IdempotencyKeys, head: &impl RequestHead) -> Self {
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            target: "countersign",
            "request",
            endpoint = keys.name(),
            trace_id = tracing::field::Empty,
            parent_span_id = tracing::field::Empty,
        );
        #[cfg(feature = "tracing")]
        continue_trace(&span, head);
        #[cfg(not(feature = "tracing"))]
        let _ = (keys, head);
        Self {
            started: Instant::now(),
            #[cfg(feature = "tracing")]
            subject: Subject::Request { keys: keys.clone(), read: OnceLock::new() },
            #[cfg(feature = "tracing")]
            span,
        }
    }

    /// The span to run the handler in.
    #[cfg(feature = "tracing")]
    pub fn span(&self) -> &tracing::Span {
        &self.span
    }

    /// How long the request has been watched.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The delivery was authentic and fresh.
    pub fn verified(&self, delivery: &Delivery) {
        #[cfg(feature = "tracing")]
        if let Subject::Delivery { verified, .. } = &self.subject {
            let _ = verified.set(delivery.clone());
        }
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| {
            tracing::debug!(
                target: "countersign",
                endpoint = delivery.endpoint(),
                provider = delivery.provider(),
                tenant = delivery.tenant().map(|tenant| tracing::field::display(Shown(tenant))),
                key_id = delivery.key_id(),
                environment = delivery.environment().map(crate::Environment::name),
                bytes = delivery.body().len(),
                duration_us = self.micros(),
                "delivery verified"
            );
        });
        #[cfg(not(feature = "tracing"))]
        let _ = delivery;
    }

    /// The request was read, and has a key.
    pub fn keyed(&self, request: &KeyedRequest) {
        #[cfg(feature = "tracing")]
        if let Subject::Request { read, .. } = &self.subject {
            let _ = read.set(*request.key());
        }
        #[cfg(not(feature = "tracing"))]
        let _ = request;
    }

    /// The request was refused.
    pub fn refused(&self, rejection: &Rejection) {
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| {
            tracing::warn!(
                target: "countersign",
                endpoint = self.subject.endpoint(),
                provider = self.subject.provider(),
                key = self.subject.key(),
                reason = rejection.reason().code(),
                status = rejection.status(),
                duration_us = self.micros(),
                "{} refused",
                self.subject.noun()
            );
        });
        #[cfg(not(feature = "tracing"))]
        let _ = rejection;
    }

    /// The request repeats one that was handled; its stored outcome was answered.
    pub fn duplicate(&self, status: u16) {
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| {
            tracing::info!(
                target: "countersign",
                endpoint = self.subject.endpoint(),
                provider = self.subject.provider(),
                key_id = self.subject.key_id(),
                key = self.subject.key(),
                status,
                duration_us = self.micros(),
                "duplicate answered"
            );
        });
        #[cfg(not(feature = "tracing"))]
        let _ = status;
    }

    /// The request was a handshake, and was answered.
    pub fn greeted(&self, status: u16) {
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| {
            tracing::info!(
                target: "countersign",
                endpoint = self.subject.endpoint(),
                provider = self.subject.provider(),
                status,
                duration_us = self.micros(),
                "handshake answered"
            );
        });
        #[cfg(not(feature = "tracing"))]
        let _ = status;
    }

    /// The handler answered.
    pub fn handled(&self, status: u16) {
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| {
            tracing::info!(
                target: "countersign",
                endpoint = self.subject.endpoint(),
                provider = self.subject.provider(),
                key_id = self.subject.key_id(),
                key = self.subject.key(),
                status,
                duration_us = self.micros(),
                "{} handled",
                self.subject.noun()
            );
        });
        #[cfg(not(feature = "tracing"))]
        let _ = status;
    }

    #[cfg(feature = "tracing")]
    fn micros(&self) -> u64 {
        u64::try_from(self.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(feature = "tracing")]
impl Subject {
    fn noun(&self) -> &'static str {
        match self {
            Self::Delivery { .. } => "delivery",
            Self::Request { .. } => "request",
        }
    }

    fn endpoint(&self) -> &str {
        match self {
            Self::Delivery { endpoint, .. } => endpoint.name(),
            Self::Request { keys, .. } => keys.name(),
        }
    }

    fn provider(&self) -> Option<&str> {
        match self {
            Self::Delivery { endpoint, .. } => Some(&endpoint.provider().name),
            Self::Request { .. } => None,
        }
    }

    /// The id of the signing key.
    fn key_id(&self) -> Option<&str> {
        match self {
            Self::Delivery { verified, .. } => verified.get().map(Delivery::key_id),
            Self::Request { .. } => None,
        }
    }

    /// The name of the record: a digest, where the client's own text may be anything.
    fn key(&self) -> Option<tracing::field::DisplayValue<&EventKey>> {
        match self {
            Self::Delivery { .. } => None,
            Self::Request { read, .. } => read.get().map(tracing::field::display),
        }
    }
}

/// Joins a span to the sender's trace.
#[cfg(feature = "tracing")]
fn continue_trace(span: &tracing::Span, head: &impl RequestHead) {
    if !span.is_disabled()
        && let Some((trace_id, parent)) = trace_parent(head)
    {
        span.record("trace_id", trace_id);
        span.record("parent_span_id", parent);
    }
}

/// The trace id and the parent's span id of a `traceparent` header of version 00, by its exact grammar.
#[cfg(feature = "tracing")]
fn trace_parent(head: &impl RequestHead) -> Option<(&str, &str)> {
    let mut header = None;
    head.each_header(|name, value| {
        if name == "traceparent" {
            header = core::str::from_utf8(value).ok();
        }
    });
    let mut fields = header?.split('-');
    let (version, trace_id, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let hex = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let some = |text: &str| text.bytes().any(|byte| byte != b'0');
    let valid = version == "00" && hex(trace_id, 32) && hex(parent, 16) && hex(flags, 2) && fields.next().is_none();
    (valid && some(trace_id) && some(parent)).then_some((trace_id, parent))
}
