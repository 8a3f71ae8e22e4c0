//! The deliveries that a correct receiver does not handle: their kinds, and which kinds a provider has. How each is
//! made stands in the rooms below, by what it attacks.

mod content;
mod signature;
mod text;

use core::fmt;

use countersign::{Provider, Token, parse_single, parse_template};

use crate::draft::Draft;
use crate::error::SignError;
use crate::signed::SignedDelivery;

/// A way in which a delivery is not what it should be.
///
/// ```
/// use countersign::{Endpoint, UnixTime, providers};
/// use countersign_sign::{Hostile, Signer};
///
/// let secret = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
/// let now = UnixTime::from_secs(1_790_000_000);
/// let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).build()?;
///
/// for hostile in Signer::new(providers::STRIPE, secret)?.sample().at(now).hostile(Hostile::Stale)? {
///     let mut intake = endpoint.open(&hostile.delivery)?;
///     intake.push(hostile.delivery.body.clone())?;
///     assert!(intake.finish(now).is_err(), "accepted although {}", hostile.what);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hostile {
    /// One bit of the body was flipped after signing.
    Tampered,
    /// Correctly signed, but sent longer ago than the scheme tolerates.
    Stale,
    /// Correctly signed, but stamped further ahead than the scheme tolerates.
    Future,
    /// Signed with a secret that differs in one bit, or with none.
    WrongSecret,
    /// The signature header is absent.
    Unsigned,
    /// The signature is the beginning of the right one.
    Truncated,
    /// The signature is the right one with more bytes behind it.
    Extended,
    /// The signature is right, but its text is not the one way to write it. Upper-case hexadecimal is no such text:
    /// it is accepted by design.
    ReEncoded,
    /// Bytes moved between a signed header and the body, so that what is signed stays the same.
    BoundaryShifted,
    /// An accepted delivery, then the very same bytes: the second is to be absorbed, not handled.
    Replayed,
    /// The signature header is there, the signature in it is empty.
    EmptySignature,
    /// The signature is of another algorithm or version than the scheme's.
    AlgorithmConfusion,
    /// A security header stands twice.
    DuplicateHeader,
}

/// What a correct receiver does with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It handles it and answers 2xx.
    Accepted,
    /// It answers with an error and does not handle it.
    Refused,
    /// It answers as it did before, or refuses, and does not handle it again.
    Absorbed,
}

/// One delivery of a hostile kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostileDelivery {
    /// What is wrong with it, in a few words: "cut to 16 of 32 bytes".
    pub what: String,
    /// What a correct receiver does with it, when those before it were sent in order.
    pub expected: Expected,
    /// What to send.
    pub delivery: SignedDelivery,
}

impl Hostile {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Tampered,
        Self::Stale,
        Self::Future,
        Self::WrongSecret,
        Self::Unsigned,
        Self::Truncated,
        Self::Extended,
        Self::ReEncoded,
        Self::BoundaryShifted,
        Self::Replayed,
        Self::EmptySignature,
        Self::AlgorithmConfusion,
        Self::DuplicateHeader,
    ];

    /// The name on command lines and in tables.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What the kind is, in one line.
    pub const fn summary(self) -> &'static str {
        self.words().1
    }

    /// Whether the provider's schemes have such a delivery at all. [`Draft::hostile`] says why where they have not.
    pub fn applies_to(self, provider: &Provider) -> bool {
        self.missing_in(provider).is_none()
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tampered => ("tampered", "one bit of the body flipped after signing"),
            Self::Stale => ("stale", "correctly signed, older than the tolerance"),
            Self::Future => ("future", "correctly signed, stamped further ahead than the tolerance"),
            Self::WrongSecret => ("wrong-secret", "signed with a secret that differs in one bit, or with none"),
            Self::Unsigned => ("unsigned", "no signature header"),
            Self::Truncated => ("truncated", "the beginning of the right signature"),
            Self::Extended => ("extended", "the right signature with more bytes behind it"),
            Self::ReEncoded => ("re-encoded", "the right signature in a text that is not canonical"),
            Self::BoundaryShifted => ("boundary-shifted", "bytes moved between a signed header and the body"),
            Self::Replayed => ("replayed", "an accepted delivery, then the same bytes again"),
            Self::EmptySignature => ("empty-signature", "a signature header without a signature"),
            Self::AlgorithmConfusion => ("algorithm-confusion", "a signature of another algorithm or version"),
            Self::DuplicateHeader => ("duplicate-header", "a security header sent twice"),
        }
    }

    /// Why the kind does not exist for a provider.
    fn missing_in(self, provider: &Provider) -> Option<&'static str> {
        let timed = provider.schemes.iter().all(|scheme| scheme.timestamp.is_some());
        let signs_more_than_the_body = || {
            let contents = provider.schemes.iter().filter_map(|scheme| parse_template(&scheme.content).ok());
            contents.flatten().any(|token| matches!(token, Token::Header(_) | Token::Param(_)))
        };
        match self {
            Self::Stale | Self::Future if !timed => Some("this provider signs no time, so nothing tells its age"),
            Self::BoundaryShifted if !signs_more_than_the_body() => {
                Some("this provider signs the body alone, so there is no boundary to shift")
            }
            Self::Replayed if provider.event_id.is_empty() && !timed => Some(
                "nothing this provider signs tells a replay from a new event, so a receiver without an event id of its \
                 own cannot absorb it",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Makes the deliveries of one kind.
pub(crate) fn make(draft: &Draft, kind: Hostile) -> Result<Vec<HostileDelivery>, SignError> {
    if let Some(why) = kind.missing_in(&draft.signer.provider) {
        return Err(SignError::Inapplicable { kind, why });
    }
    let made = match kind {
        Hostile::Tampered => content::tampered(draft),
        Hostile::Stale => content::stale(draft),
        Hostile::Future => content::future(draft),
        Hostile::BoundaryShifted => content::boundary_shifted(draft),
        Hostile::Replayed => content::replayed(draft),
        Hostile::WrongSecret => signature::wrong_secret(draft),
        Hostile::Unsigned => signature::unsigned(draft),
        Hostile::Truncated => signature::truncated(draft),
        Hostile::Extended => signature::extended(draft),
        Hostile::ReEncoded => signature::re_encoded(draft),
        Hostile::EmptySignature => signature::empty(draft),
        Hostile::AlgorithmConfusion => signature::algorithm_confusion(draft),
        Hostile::DuplicateHeader => signature::duplicate_header(draft),
    }?;
    match made.is_empty() {
        true => Err(SignError::Inapplicable { kind, why: "the keys in use sign for no scheme that has it" }),
        false => Ok(made),
    }
}

impl HostileDelivery {
    /// One to be refused.
    fn refused(what: impl Into<String>, delivery: SignedDelivery) -> Self {
        Self { what: what.into(), expected: Expected::Refused, delivery }
    }
}

/// The names of a header token; none of another.
fn header_names(token: &str) -> Vec<String> {
    match parse_single(token) {
        Ok(Token::Header(names)) => names,
        _ => Vec::new(),
    }
}
