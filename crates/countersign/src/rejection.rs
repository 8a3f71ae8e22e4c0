//! What a refused delivery is told, and what its operator learns. The two never mix: senders get one sentence,
//! logs and response extensions get a [`Reason`].

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

/// The sentence every refused sender reads, whatever the reason.
pub const REFUSED: &str = "delivery refused\n";

/// The sentence of a refusal that is worth a retry.
pub const TRY_LATER: &str = "delivery not taken, try again later\n";

/// Why a delivery was refused. Stable codes for logs and metrics; never sent to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The method is not one the provider uses (405).
    MethodNotAllowed,
    /// More header lines than any sender needs (431).
    TooManyHeaders,
    /// The declared or the received body is longer than the cap (413).
    BodyTooLarge,
    /// The body did not arrive before the read deadline (408).
    BodyTimeout,
    /// The connection broke while the body was read (400).
    BodyBroken,
    /// The signature header is absent (401).
    SignatureMissing,
    /// The signature header does not follow the scheme's grammar (401).
    SignatureMalformed,
    /// More entries in the signature header than are looked at (401).
    TooManySignatures,
    /// A security header was sent twice, in two differing sets, or named by `Connection` as removable (401).
    AmbiguousHeaders,
    /// A header that the signature covers is absent (401).
    SignedHeaderMissing,
    /// A signed header or parameter does not follow its grammar (401).
    SignedHeaderMalformed,
    /// The signed time is absent (401).
    TimestampMissing,
    /// The signed time is not a plain number (401).
    TimestampMalformed,
    /// The signed time has more digits than its unit: the sender most likely uses a finer unit (401).
    TimestampUnit,
    /// No key in the ring belongs to the scheme that the delivery uses (401).
    NoKeyForScheme,
    /// No active key made this signature: a wrong secret, or a body changed on the way (401).
    SignatureMismatch,
    /// The delivery is of none of the provider's schemes: a header that says which has another value (401).
    NoSuchScheme,
    /// The signature is right, but a value that it binds, such as a digest of the body, is another one (401).
    BindingBroken,
    /// The body is not that of the digest which the signature covers (401).
    DigestMismatch,
    /// The signature does not cover all that it has to (401).
    NotCovered,
    /// A signature header is longer than any that is read (431).
    HeaderTooLong,
    /// No key of the id that the delivery names is known to its provider (401).
    UnknownKey,
    /// The provider's keys could not be fetched (503).
    KeysUnavailable,
    /// The signed URL is not known: nobody who is trusted says it (401).
    UrlUnknown,
    /// The signature is right, but its key is not yet valid (401).
    KeyNotYetValid,
    /// The signature is right, but its key is no longer valid (401).
    KeyExpired,
    /// The signature is right, but the delivery is older than the tolerance (401).
    Stale,
    /// The signature is right, but the delivery is stamped further ahead than the tolerance (401).
    FromTheFuture,
    /// What is signed could be a challenge whose MAC this endpoint's handshake gives to anyone, so the signature proves
    /// nothing (401).
    NotAnEvent,
    /// A handshake does not say what this endpoint is configured with, such as its verify token (403).
    HandshakeRefused,
    /// The value that a handshake wants reflected does not follow its grammar (403).
    ChallengeMalformed,
    /// A handshake brought a signing key that the receiver did not take (403).
    KeyNotTaken,
    /// No tenant of that name exists (401).
    UnknownTenant,
    /// The delivery is authentic, but its event id is absent (400).
    EventIdMissing,
    /// The delivery is authentic, but its event id is ambiguous or of the wrong type (400).
    EventIdMalformed,
    /// An event with this id was taken with a different body (422).
    ContentDiffers,
    /// The event was handled before and the endpoint refuses replays (409).
    Replayed,
    /// The event is being handled elsewhere and its outcome did not come in time (503).
    StillRunning,
    /// The handler failed too often; the event is parked until an operator redrives it (503).
    Parked,
    /// The handler finished after its lease was taken over (503).
    LeaseLost,
    /// The handler did not finish within its time (503).
    HandlerTimeout,
    /// The handler panicked (500).
    HandlerPanicked,
    /// The store is full of live records (503).
    StoreFull,
    /// The store did not answer, or answered with an error (503).
    StoreUnavailable,
    /// The tenant's keys could not be looked up (503).
    TenantUnavailable,
    /// This clock stands before 1970 and cannot judge freshness (503).
    ClockUnavailable,
    /// The transaction that was to complete the event was not committed (503).
    RolledBack,
    /// The delivery may have been handled before this process started, whose records are gone (503).
    ColdStart,
    /// The receiver is shutting down (503).
    ShuttingDown,
    /// The request needs an `Idempotency-Key` and has none (400).
    KeyMissing,
    /// The `Idempotency-Key` was sent on more than one line (400).
    KeyRepeated,
    /// The `Idempotency-Key` is no quoted string of visible ASCII characters, or has parameters (400).
    KeyMalformed,
    /// The `Idempotency-Key` is shorter or longer than allowed (400).
    KeyLength,
    /// A request with this `Idempotency-Key` is being processed (409).
    KeyInUse,
    /// Nothing says whose `Idempotency-Key` it is: the layer does not stand behind authentication (500).
    ScopeMissing,
}

impl Reason {
    /// The stable code used in events and by the command line.
    pub const fn code(self) -> &'static str {
        self.facts().0
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    const fn facts(self) -> (&'static str, u16) {
        match self {
            Self::MethodNotAllowed => ("method_not_allowed", 405),
            Self::TooManyHeaders => ("too_many_headers", 431),
            Self::BodyTooLarge => ("body_too_large", 413),
            Self::BodyTimeout => ("body_timeout", 408),
            Self::BodyBroken => ("body_broken", 400),
            Self::SignatureMissing => ("signature_missing", 401),
            Self::SignatureMalformed => ("signature_malformed", 401),
            Self::TooManySignatures => ("too_many_signatures", 401),
            Self::AmbiguousHeaders => ("ambiguous_headers", 401),
            Self::SignedHeaderMissing => ("signed_header_missing", 401),
            Self::SignedHeaderMalformed => ("signed_header_malformed", 401),
            Self::TimestampMissing => ("timestamp_missing", 401),
            Self::TimestampMalformed => ("timestamp_malformed", 401),
            Self::TimestampUnit => ("timestamp_unit", 401),
            Self::NoKeyForScheme => ("no_key_for_scheme", 401),
            Self::SignatureMismatch => ("signature_mismatch", 401),
            Self::NoSuchScheme => ("no_such_scheme", 401),
            Self::BindingBroken => ("binding_broken", 401),
            Self::DigestMismatch => ("digest_mismatch", 401),
            Self::NotCovered => ("not_covered", 401),
            Self::HeaderTooLong => ("header_too_long", 431),
            Self::UnknownKey => ("unknown_key", 401),
            Self::KeysUnavailable => ("keys_unavailable", 503),
            Self::UrlUnknown => ("url_unknown", 401),
            Self::KeyNotYetValid => ("key_not_yet_valid", 401),
            Self::KeyExpired => ("key_expired", 401),
            Self::Stale => ("stale", 401),
            Self::FromTheFuture => ("from_the_future", 401),
            Self::NotAnEvent => ("not_an_event", 401),
            Self::HandshakeRefused => ("handshake_refused", 403),
            Self::ChallengeMalformed => ("challenge_malformed", 403),
            Self::KeyNotTaken => ("key_not_taken", 403),
            Self::UnknownTenant => ("unknown_tenant", 401),
            Self::EventIdMissing => ("event_id_missing", 400),
            Self::EventIdMalformed => ("event_id_malformed", 400),
            Self::ContentDiffers => ("content_differs", 422),
            Self::Replayed => ("replayed", 409),
            Self::StillRunning => ("still_running", 503),
            Self::Parked => ("parked", 503),
            Self::LeaseLost => ("lease_lost", 503),
            Self::HandlerTimeout => ("handler_timeout", 503),
            Self::HandlerPanicked => ("handler_panicked", 500),
            Self::StoreFull => ("store_full", 503),
            Self::StoreUnavailable => ("store_unavailable", 503),
            Self::TenantUnavailable => ("tenant_unavailable", 503),
            Self::ClockUnavailable => ("clock_unavailable", 503),
            Self::RolledBack => ("rolled_back", 503),
            Self::ColdStart => ("cold_start", 503),
            Self::ShuttingDown => ("shutting_down", 503),
            Self::KeyMissing => ("key_missing", 400),
            Self::KeyRepeated => ("key_repeated", 400),
            Self::KeyMalformed => ("key_malformed", 400),
            Self::KeyLength => ("key_length", 400),
            Self::KeyInUse => ("key_in_use", 409),
            Self::ScopeMissing => ("scope_missing", 500),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A refusal, ready to be answered.
///
/// `Display` gives the sender's sentence and nothing else, so that a rejection that ends up in a response by accident
/// still says nothing. The [`Reason`] is for the receiver's own eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a refused delivery must be answered"]
pub struct Rejection {
    reason: Reason,
    retry_after: Option<Duration>,
}

/// A refusal as it goes onto the wire: every adapter sends exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Cow<'static, str>,
}

/// How long a sender is asked to wait where nothing better is known.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(5);

impl Rejection {
    /// A refusal for `reason`. Refusals with status 503 ask the sender to come back in five seconds.
    pub const fn new(reason: Reason) -> Self {
        let retry_after = if reason.status() == 503 { Some(DEFAULT_RETRY_AFTER) } else { None };
        Self { reason, retry_after }
    }

    /// The same refusal with another wait.
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Why, for logs, metrics and response extensions.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        self.reason.status()
    }

    /// How long to ask the sender to wait; set on every 503.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The response body: the same bytes for every refusal that a retry cannot mend.
    pub const fn public_body(&self) -> &'static str {
        if self.retry_after.is_some() { TRY_LATER } else { REFUSED }
    }

    /// The response's headers. Every adapter sends exactly these.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-type", "text/plain; charset=utf-8".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        match self.status() {
            // RFC 9110, section 15.5.2, asks for a challenge; it names no scheme of this receiver's.
            401 => headers.push(("www-authenticate", "Signature".to_owned())),
            // RFC 9110, section 15.5.6.
            405 => headers.push(("allow", "POST".to_owned())),
            _ => {}
        }
        headers.extend(self.retry_after_header());
        headers
    }

    /// The refusal of a delivery.
    pub fn refusal(&self) -> Refusal {
        Refusal { status: self.status(), headers: self.headers(), body: Cow::Borrowed(self.public_body()) }
    }

    pub(crate) fn retry_after_header(&self) -> Option<(&'static str, String)> {
        let wait = self.retry_after?;
        // Whole seconds, rounded up: zero would ask for an immediate retry.
        let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
        Some(("retry-after", seconds.max(1).to_string()))
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.public_body().trim_end())
    }
}

impl core::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_for_now_asks_for_a_retry_and_no_other_does() {
        for reason in [Reason::StillRunning, Reason::StoreFull, Reason::StoreUnavailable, Reason::ClockUnavailable] {
            let headers = Rejection::new(reason).headers();
            assert!(headers.iter().any(|(name, value)| *name == "retry-after" && value == "5"), "{reason}");
        }
        assert!(Rejection::new(Reason::Stale).retry_after().is_none());
        let soon = Rejection::new(Reason::StillRunning).with_retry_after(Duration::from_millis(1));
        assert!(soon.headers().contains(&("retry-after", "1".to_owned())));
    }

    #[test]
    fn all_authentication_failures_look_alike() {
        let alike = [Reason::SignatureMissing, Reason::SignatureMismatch, Reason::Stale, Reason::UnknownTenant];
        for reason in alike {
            let rejection = Rejection::new(reason);
            assert_eq!(rejection.status(), 401);
            assert_eq!(rejection.public_body(), REFUSED);
            assert_eq!(rejection.headers(), Rejection::new(Reason::TimestampUnit).headers());
        }
    }
}
