//! What an operator sees: events under the target `countersign`, and a span that continues the sender's trace. The
//! one place that writes them, so that no adapter can log a secret, a signature or a body.

mod watch;

use core::fmt;
use core::time::Duration;

pub use watch::Watch;

use crate::key::EventKey;

/// The longest text of a sender's that an event shows, in bytes.
const MAX_SHOWN: usize = 128;

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

/// The keys of a tenant, or a key that a delivery names, could not be had.
#[cfg(feature = "tenants")]
pub(crate) fn look_up_failed(reason: crate::rejection::Reason, name: &str, error: &dyn core::error::Error) {
    #[cfg(feature = "tracing")]
    if reason == crate::rejection::Reason::KeysUnavailable {
        tracing::error!(target: "countersign", key = %Shown(name), error = %Chain(error), "key look-up failed");
    } else {
        tracing::error!(target: "countersign", tenant = %Shown(name), error = %Chain(error), "tenant look-up failed");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (reason, name, error);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senders_text_cannot_break_a_log_line() {
        assert_eq!(Shown("evt\r\n\u{1b}[31m\u{202e}").to_string(), "evt\\r\\n\\u{1b}[31m\\u{202e}");
        assert_eq!(Shown(&"a".repeat(1_000_000)).to_string().len(), MAX_SHOWN + "…".len());
    }
}
