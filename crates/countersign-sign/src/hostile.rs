//! The deliveries that a correct receiver does not handle: their kinds, and which kinds a provider has. How each is
//! made stands in the rooms below, by what it attacks.

mod confusion;
mod content;
mod signature;
mod tampered;
mod text;

use core::fmt;

use countersign::{Algorithm, Provider, Scheme, parse_single};

use crate::choice::Choice;
use crate::draft::Draft;
use crate::error::SignError;
use crate::fill::is_jwt;
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
    /// One bit of the body was flipped after signing, or another part changed that the signature covers.
    Tampered,
    /// Correctly signed, but sent longer ago than the scheme tolerates.
    Stale,
    /// Correctly signed, but stamped further ahead than the scheme tolerates.
    Future,
    /// Signed with a secret that differs in one bit, or with none.
    WrongSecret,
    /// The signature is absent.
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
    /// The place of the signature is there, the signature in it is empty.
    EmptySignature,
    /// The signature is of another algorithm or version than the scheme's.
    AlgorithmConfusion,
    /// A security header, or the field that holds the signature, stands twice.
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

    /// Whether the provider's deliveries have such a form at all, as its first scheme signs them. [`Draft::hostile`]
    /// says why where they have not.
    pub fn applies_to(self, provider: &Provider) -> bool {
        provider.schemes.first().is_some_and(|scheme| self.missing_in(scheme, provider).is_none())
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tampered => ("tampered", "one bit of what is signed flipped after signing"),
            Self::Stale => ("stale", "correctly signed, older than the tolerance"),
            Self::Future => ("future", "correctly signed, stamped further ahead than the tolerance"),
            Self::WrongSecret => ("wrong-secret", "signed with a secret that differs in one bit, or with none"),
            Self::Unsigned => ("unsigned", "no signature"),
            Self::Truncated => ("truncated", "the beginning of the right signature"),
            Self::Extended => ("extended", "the right signature with more bytes behind it"),
            Self::ReEncoded => ("re-encoded", "the right signature in a text that is not canonical"),
            Self::BoundaryShifted => ("boundary-shifted", "bytes moved between a signed header and the body"),
            Self::Replayed => ("replayed", "an accepted delivery, then the same bytes again"),
            Self::EmptySignature => ("empty-signature", "the place of the signature without one"),
            Self::AlgorithmConfusion => ("algorithm-confusion", "a signature of another algorithm or version"),
            Self::DuplicateHeader => ("duplicate-header", "a security header, or the signature's field, sent twice"),
        }
    }

    /// Why the kind does not exist for a scheme.
    fn missing_in(self, scheme: &Scheme, provider: &Provider) -> Option<&'static str> {
        let is_token = scheme.algorithm == Algorithm::Token;
        // A JWT has times of its own.
        let timed = scheme.timestamp.is_some() || is_jwt(scheme);
        match self {
            Self::Tampered | Self::AlgorithmConfusion if is_token => {
                Some("this provider sends the secret itself and signs nothing")
            }
            Self::Stale | Self::Future if !timed => {
                Some("no signed time of this provider is judged, so nothing tells its age")
            }
            Self::BoundaryShifted if !content::has_boundary(scheme) => {
                Some("this provider signs no value that bytes of the body could pass into unnoticed")
            }
            Self::DuplicateHeader if scheme.signature.at == "{body}" => {
                Some("the whole body is the signature, so it cannot stand twice")
            }
            Self::DuplicateHeader if takes_lines(scheme) && !scheme.content.contains("{h:") => {
                Some("each line of the header is a signature of its own, so another one takes nothing away")
            }
            Self::Replayed if provider.event_id.is_empty() && !timed => Some(
                "nothing this provider signs tells a replay from a new event, so a receiver without an event id of its \
                 own cannot absorb it",
            ),
            _ => None,
        }
    }
}

/// Whether each line of the signature's header is a signature of its own.
fn takes_lines(scheme: &Scheme) -> bool {
    parse_single(&scheme.signature.at).is_ok_and(|token| token.takes_lines())
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Makes the deliveries of one kind.
pub(crate) fn make(draft: &Draft, kind: Hostile) -> Result<Vec<HostileDelivery>, SignError> {
    let choice = Choice::of(draft)?;
    let missing = choice.lead().and_then(|scheme| kind.missing_in(&scheme.scheme, &draft.signer.provider));
    if let Some(why) = missing {
        return Err(SignError::Inapplicable { kind, why });
    }
    let made = match kind {
        Hostile::Tampered => tampered::tampered(&choice),
        Hostile::Stale => content::stale(draft, &choice),
        Hostile::Future => content::future(draft, &choice),
        Hostile::BoundaryShifted => content::boundary_shifted(&choice),
        Hostile::Replayed => content::replayed(&choice),
        Hostile::WrongSecret => signature::wrong_secret(&choice),
        Hostile::Unsigned => signature::unsigned(&choice),
        Hostile::Truncated => signature::truncated(&choice),
        Hostile::Extended => signature::extended(&choice),
        Hostile::ReEncoded => signature::re_encoded(&choice),
        Hostile::EmptySignature => signature::empty(&choice),
        Hostile::AlgorithmConfusion => confusion::algorithm_confusion(draft, &choice),
        Hostile::DuplicateHeader => signature::duplicate_header(&choice),
    }?;
    match made.is_empty() {
        true => Err(SignError::Inapplicable { kind, why: "the scheme that signs has no such form" }),
        false => Ok(made),
    }
}

impl HostileDelivery {
    /// One to be refused.
    fn refused(what: impl Into<String>, delivery: SignedDelivery) -> Self {
        Self { what: what.into(), expected: Expected::Refused, delivery }
    }
}
