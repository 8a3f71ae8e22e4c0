//! What a client developer is told: refusals as problem details (RFC 9457). Unlike a sender of webhooks he is known to
//! the server and has something to mend, so these say what.

use std::borrow::Cow;

use crate::error::ConfigError;
use crate::idempotency_key::KeyFormat;
use crate::rejection::{Reason, Refusal, Rejection};

/// Where the types of problems are described.
#[derive(Debug, Clone)]
pub(crate) struct ProblemTypes {
    pub(crate) base: Cow<'static, str>,
    /// The API's own page on idempotency keys; without one, each problem's type is linked.
    pub(crate) documentation: Option<String>,
}

/// `PROBLEMS.md` of this crate describes each of them.
const DEFAULT_BASE: &str = "https://github.com/countersign-rs/countersign/blob/main/crates/countersign/PROBLEMS.md#";

impl Default for ProblemTypes {
    fn default() -> Self {
        Self { base: Cow::Borrowed(DEFAULT_BASE), documentation: None }
    }
}

impl ProblemTypes {
    /// Both go into JSON and into a `Link` header as they are.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let fits = |text: &str| {
            text.contains(':') && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
        };
        let problem = "it must be an absolute URI (RFC 3986), with anything beyond ASCII percent-encoded";
        if !fits(&self.base) {
            return Err(ConfigError::new("problem_types", problem));
        }
        if self.documentation.as_ref().is_some_and(|page| !fits(page)) {
            return Err(ConfigError::new("documentation", problem));
        }
        Ok(())
    }

    /// The refusal of a request. Nothing in it needs an escape in JSON.
    pub(crate) fn refusal(&self, rejection: &Rejection, format: &KeyFormat, body_cap: u64) -> Refusal {
        let (slug, title, detail) = told(rejection.reason(), format, body_cap);
        let kind = format!("{}{slug}", self.base);
        let status = rejection.status();
        let body = format!(r#"{{"type":"{kind}","title":"{title}","status":{status},"detail":"{detail}"}}"#);
        let mut headers = vec![
            ("content-type", "application/problem+json".to_owned()),
            ("content-language", "en".to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        if matches!(status, 400 | 409 | 422) {
            let page = self.documentation.as_ref().unwrap_or(&kind);
            headers.push(("link", format!("<{page}>; rel=\"describedby\"")));
        }
        headers.extend(rejection.retry_after_header());
        Refusal { status, headers, body: Cow::Owned(body) }
    }
}

/// The end of a problem's type, its title, and what to do about it.
fn told(reason: Reason, format: &KeyFormat, body_cap: u64) -> (&'static str, &'static str, Cow<'static, str>) {
    let KeyFormat { min, max, bare } = format;
    let (slug, title, detail) = match reason {
        Reason::KeyMissing => (
            "key-missing",
            "Idempotency-Key is missing",
            "Send an Idempotency-Key header with a value that no other request of yours has, such as a UUID in double \
             quotes, and the same value again with every retry of this request.",
        ),
        Reason::KeyRepeated => (
            "key-repeated",
            "Idempotency-Key was sent more than once",
            "Send the header on one line. A proxy or a client library may add a second one.",
        ),
        Reason::KeyMalformed => {
            let quotes = if *bare { "" } else { " in double quotes (a String of RFC 8941)" };
            let detail = format!(
                "The value must be one key{quotes} of {min} to {max} visible ASCII characters, without parameters."
            );
            return ("key-malformed", "Idempotency-Key is malformed", detail.into());
        }
        Reason::KeyLength => {
            let detail = format!("The key must have {min} to {max} characters.");
            return ("key-length", "Idempotency-Key is too short or too long", detail.into());
        }
        Reason::KeyInUse => (
            "key-in-use",
            "A request with this Idempotency-Key is being processed",
            "Repeat it unchanged, under the same key, after the seconds in Retry-After: the answer is then the first \
             request's.",
        ),
        Reason::ContentDiffers => (
            "key-reused",
            "Idempotency-Key belongs to another request",
            "You sent a request with this key before, and its method, target, body or content type was another. Send \
             that request unchanged to get its answer, or this one under a new key.",
        ),
        Reason::ScopeMissing => (
            "scope-missing",
            "The server cannot tell whose Idempotency-Key this is",
            "Nothing was done. Only the operator of this server can mend it.",
        ),
        Reason::BodyTooLarge => {
            let detail = format!("The body of a request with an Idempotency-Key may have {body_cap} bytes.");
            return ("body-too-large", "The request's body is too large", detail.into());
        }
        Reason::BodyTimeout => {
            ("body-timeout", "The request's body did not arrive in time", "Nothing was done. Send it again.")
        }
        Reason::BodyBroken => ("body-broken", "The request's body broke off", "Nothing was done. Send it again."),
        Reason::HandlerPanicked => (
            "failed",
            "The request failed",
            "It may have had a part of its effect. Repeating it unchanged, under the same key, runs it again.",
        ),
        _ => (
            "unavailable",
            "The request cannot be completed now",
            "Whether it took effect may be unknown. Repeat it unchanged, under the same key, after the seconds in \
             Retry-After.",
        ),
    };
    (slug, title, Cow::Borrowed(detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: KeyFormat = KeyFormat { min: 1, max: 255, bare: false };

    const REASONS: [Reason; 12] = [
        Reason::KeyMissing,
        Reason::KeyRepeated,
        Reason::KeyMalformed,
        Reason::KeyLength,
        Reason::KeyInUse,
        Reason::ContentDiffers,
        Reason::ScopeMissing,
        Reason::BodyTooLarge,
        Reason::BodyTimeout,
        Reason::BodyBroken,
        Reason::HandlerPanicked,
        Reason::StoreUnavailable,
    ];

    #[test]
    fn every_problem_is_described_on_its_page() {
        let page = include_str!("../PROBLEMS.md");
        for reason in REASONS {
            let (slug, ..) = told(reason, &FORMAT, 1);
            assert!(page.contains(&format!("\n## {slug}\n")), "{slug}");
        }
        assert_eq!(page.matches("\n## ").count(), REASONS.len());
    }

    #[test]
    fn nothing_in_a_problem_needs_an_escape() {
        for reason in REASONS {
            let (slug, title, detail) = told(reason, &FORMAT, 1);
            let clean = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte));
            assert!([slug, title, &detail].into_iter().all(clean), "{reason}");
        }
        assert!(!"a\"b".bytes().all(|byte| !b"\"\\".contains(&byte)), "the look is not blind");
    }

    #[test]
    fn a_base_that_could_break_out_of_its_place_is_refused() {
        for base in ["", "problems/", "https://api.example/\"", "https://api.example/a b", "https://api.example/>;x="] {
            let types = ProblemTypes { base: base.into(), documentation: None };
            assert_eq!(types.check().unwrap_err().setting(), "problem_types", "{base}");
            let types = ProblemTypes { base: DEFAULT_BASE.into(), documentation: Some(base.into()) };
            assert_eq!(types.check().unwrap_err().setting(), "documentation", "{base}");
        }
        assert!(ProblemTypes::default().check().is_ok());
    }
}
