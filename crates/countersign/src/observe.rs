//! What an operator sees: events under the target `countersign`, and a span that continues the sender's trace. The
//! one place that writes them, so that no adapter can log a secret, a signature or a body.

use core::fmt;
use core::time::Duration;
#[cfg(feature = "tracing")]
use std::sync::OnceLock;
use std::time::Instant;

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::head::RequestHead;
use crate::idempotency::IdempotencyKeys;
use crate::key::EventKey;
use crate::keyed::KeyedRequest;
use crate::rejection::Rejection;

/// The longest text of a sender's that an event shows, in bytes.
const MAX_SHOWN: usize = 128;

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

/// Another worker's lease had ended without an outcome, and the event runs again.
pub(crate) fn lease_takeover(endpoint: &str, attempt: u32) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "countersign", endpoint, attempt, "lease taken over");
    #[cfg(not(feature = "tracing"))]
    let _ = (endpoint, attempt);
}

/// The worker's lease was taken over while its handler ran.
pub(crate) fn lease_lost(endpoint: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "countersign", endpoint, "lease lost while the handler ran");
    #[cfg(not(feature = "tracing"))]
    let _ = endpoint;
}

/// The store failed.
pub(crate) fn store_failed(endpoint: &str, step: &'static str, error: &dyn core::error::Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "countersign", endpoint, step, error = %Chain(error), "store failed");
    #[cfg(not(feature = "tracing"))]
    let _ = (endpoint, step, error, Chain(error));
}

/// The store failed and the endpoint was told to go on without it.
pub(crate) fn continued_without_store(endpoint: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "countersign", endpoint, "event handled without a record: the store is down");
    #[cfg(not(feature = "tracing"))]
    let _ = endpoint;
}

/// An operator changed a record by hand.
pub(crate) fn by_operator(action: &'static str, key: &EventKey) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "countersign", action, key = %key, "record changed by an operator");
    #[cfg(not(feature = "tracing"))]
    let _ = (action, key);
}

/// An authentic event does not fit its handler's type. The error's own text is left out: it quotes the body.
#[cfg(feature = "json")]
pub(crate) fn does_not_fit(endpoint: &str, wanted: &'static str, error: &serde_json::Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "countersign",
        endpoint,
        wanted,
        problem = ?error.classify(),
        line = error.line(),
        column = error.column(),
        "event does not fit the handler's type"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (endpoint, wanted, error);
}

/// A tenant's keys could not be had.
#[cfg(feature = "tenants")]
pub(crate) fn tenant_unavailable(tenant: &str, error: &dyn core::error::Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "countersign", tenant = %Shown(tenant), error = %Chain(error), "tenant look-up failed");
    #[cfg(not(feature = "tracing"))]
    let _ = (tenant, error);
}

/// What an endpoint can carry, said once when it is built.
pub(crate) fn capacity(endpoint: &str, records: u64, retention: Duration) {
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "countersign",
        endpoint,
        records,
        retention_s = retention.as_secs(),
        per_hour = records.saturating_mul(3_600).checked_div(retention.as_secs().max(1)),
        "the store has room for this many events an hour"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (endpoint, records, retention);
}

/// The endpoint's records end with this process: right for one process only (RP-12, RP-13).
pub(crate) fn not_durable(endpoint: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "countersign",
        endpoint,
        "records are kept in this process's memory: a restart forgets them, and another replica has its own"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = endpoint;
}

/// An error and its sources, on one line.
struct Chain<'a>(&'a dyn core::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// A sender's text, safe in a log: control and non-ASCII characters escaped, cut at 128 bytes.
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = 0usize;
        for c in self.0.chars().flat_map(char::escape_default) {
            if shown >= MAX_SHOWN {
                return f.write_str("…");
            }
            write!(f, "{c}")?;
            shown = shown.saturating_add(1);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senders_text_cannot_break_a_log_line() {
        assert_eq!(Shown("evt\r\n\u{1b}[31m\u{202e}").to_string(), "evt\\r\\n\\u{1b}[31m\\u{202e}");
        assert_eq!(Shown(&"a".repeat(1_000_000)).to_string().len(), MAX_SHOWN + "…".len());
    }
}
