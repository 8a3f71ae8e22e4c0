//! Why a delivery could not be signed. Names the setting and the mend, never a secret.

use core::fmt;
use std::error::Error;

use countersign::{ConfigError, SecretError};

use crate::hostile::Hostile;

/// Why a delivery could not be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The provider's description contradicts itself.
    Provider(ConfigError),
    /// A secret does not fit the provider's format.
    Secret(SecretError),
    /// A secret of a public-key scheme holds no private key.
    PrivateKey {
        /// What it must hold.
        expected: &'static str,
    },
    /// The scheme's algorithm cannot sign here.
    Algorithm {
        /// Its name.
        algorithm: &'static str,
    },
    /// The provider has no scheme of that name.
    NoSuchScheme {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// No secret of the keyring signs by the scheme that was asked for.
    NoKeyForScheme {
        /// The scheme.
        name: String,
    },
    /// The event id stands in a body that is not this crate's to change.
    IdInBody {
        /// Where it stands, as tokens.
        pointer: String,
    },
    /// The provider sends no id beside the body, and none of its own signs one.
    NoPlaceForId,
    /// The id cannot stand in the signed header.
    BadId {
        /// The header.
        header: String,
    },
    /// The signed time stands in the body, and the body says another.
    TimeInBody {
        /// Where it stands, as a token.
        pointer: String,
    },
    /// The signer's clock stands before 1970.
    ClockUnavailable,
    /// A header that the signature covers has no value.
    HeaderMissing {
        /// The header.
        header: String,
    },
    /// A parameter that the signature covers has no value.
    ParamMissing {
        /// The parameter.
        param: String,
    },
    /// The signature covers the URL, and it is not known.
    UrlMissing,
    /// The signature covers a value of the endpoint that was not given.
    ConfigMissing {
        /// Its name.
        name: String,
    },
    /// The body, or the query, lacks what the signature covers.
    ValueMissing {
        /// The part, as a token.
        token: String,
    },
    /// The signature has no place to stand in.
    NoPlaceForSignature {
        /// Where it must stand, as a token.
        place: String,
    },
    /// The delivery contradicts what the scheme demands of it.
    ConditionUnmet {
        /// The condition.
        condition: String,
    },
    /// A component of an HTTP message signature is not in the request, or cannot be written.
    Component,
    /// The header carries the signature, so it is not the caller's to set.
    SignatureHeader {
        /// The header.
        header: String,
    },
    /// The provider has fewer header sets.
    HeaderSet {
        /// The set that was asked for, from 0.
        wanted: usize,
        /// How many there are.
        sets: usize,
    },
    /// The provider's description holds no sample.
    NoSample,
    /// A header, the method or the URL cannot be sent as it is.
    NotSendable {
        /// Which part of the request.
        part: String,
    },
    /// This hostile kind does not exist for the provider.
    Inapplicable {
        /// The kind.
        kind: Hostile,
        /// Why.
        why: &'static str,
    },
}

impl SignError {
    /// Whether another scheme of the provider may sign what this one cannot.
    pub(crate) fn is_of_scheme(&self) -> bool {
        matches!(
            self,
            Self::HeaderMissing { .. }
                | Self::ParamMissing { .. }
                | Self::ValueMissing { .. }
                | Self::NoPlaceForSignature { .. }
                | Self::ConditionUnmet { .. }
                | Self::Component
        )
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::Secret(error) => error.fmt(f),
            Self::PrivateKey { expected } => write!(f, "keyring: a secret does not hold {expected}"),
            Self::Algorithm { algorithm } => write!(
                f,
                "keyring: signing with {algorithm} needs the feature of its kind (ed25519, ecdsa, rsa) of `countersign-sign`"
            ),
            Self::NoSuchScheme { name, known } => {
                write!(f, "scheme: this provider has none named `{name}`; it has {known}")
            }
            Self::NoKeyForScheme { name } => {
                write!(f, "scheme: no secret of the keyring signs by `{name}`; give one of its kind")
            }
            Self::IdInBody { pointer } => {
                write!(f, "id: this provider's event id stands in the body at {pointer}; write it there")
            }
            Self::NoPlaceForId => f.write_str(
                "id: this provider sends no id beside its body; what makes the event its own is the body itself",
            ),
            Self::BadId { header } => write!(
                f,
                "id: header `{header}` takes 1 to 255 visible ASCII characters without the signed content's delimiter"
            ),
            Self::TimeInBody { pointer } => {
                write!(
                    f,
                    "at: this provider signs the time in the body at {pointer}, and the body says another; write it there"
                )
            }
            Self::ClockUnavailable => f.write_str("at: the clock stands before 1970; set the time with `at`"),
            Self::HeaderMissing { header } => {
                write!(f, "header: the signature covers `{header}`, which has no value; set it with `header`")
            }
            Self::ParamMissing { param } => {
                write!(f, "param: the signature covers `{param}`, which has no value; set it with `param`")
            }
            Self::UrlMissing => f.write_str(
                "url: this provider signs the URL; set it whole, as it is registered there: `https://…`, not a path",
            ),
            Self::ConfigMissing { name } => {
                write!(f, "config: the signature covers the endpoint's `{name}`; set it with `config`")
            }
            Self::ValueMissing { token } => {
                write!(f, "body: the signature covers {token}, which is not there once; write it there")
            }
            Self::NoPlaceForSignature { place } => {
                write!(f, "body: the signature stands at {place}; give the body that member, with any text in it")
            }
            Self::ConditionUnmet { condition } => {
                write!(f, "body: the provider's deliveries say {condition}; write the delivery so")
            }
            Self::Component => f.write_str(
                "header: the HTTP signature covers a component that is not in the request or cannot be written; set it",
            ),
            Self::SignatureHeader { header } => {
                write!(f, "header: `{header}` carries the signature; sign first, then change the signed delivery")
            }
            Self::HeaderSet { wanted, sets } => {
                write!(f, "header_set: there is no set {wanted}; this provider has {sets}, counted from 0")
            }
            Self::NoSample => f.write_str("sample: the provider's description holds none; give a body with `body`"),
            Self::NotSendable { part } => {
                write!(f, "{part}: it is empty or holds characters that cannot stand in a request")
            }
            Self::Inapplicable { kind, why } => write!(f, "hostile `{kind}`: {why}"),
        }
    }
}

impl Error for SignError {}

impl From<ConfigError> for SignError {
    fn from(error: ConfigError) -> Self {
        Self::Provider(error)
    }
}

impl From<SecretError> for SignError {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}
