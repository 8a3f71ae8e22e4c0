//! Signing secrets: how they are read, and why one is refused before it can guard anything.

use core::fmt;
use std::sync::Arc;

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::clock::UnixTime;
use crate::codec;
use crate::scheme::{Encoding, SecretEncoding, SecretFormat};

/// The shortest key that is taken without an opt-in, in bytes.
///
/// 16 bytes are 128 bits when random. RFC 2104, section 3, advises at least the length of the digest; Standard
/// Webhooks asks for 24.
pub const MIN_KEY_BYTES: usize = 16;

/// A secret as its provider issued it, with what is known about it.
///
/// The text is wiped when dropped and never printed. Nothing is checked until a scheme says how to read it:
/// [`EndpointBuilder::build`](crate::EndpointBuilder::build) refuses what does not fit.
#[derive(Clone)]
pub struct SigningSecret {
    pub(crate) text: Zeroizing<String>,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) not_after: Option<UnixTime>,
    pub(crate) environment: Option<Environment>,
    pub(crate) weak_allowed: bool,
}

/// Which of a provider's worlds a secret belongs to. It reaches the handler, so that a test event cannot pass for a
/// live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Environment {
    /// Real events.
    Live,
    /// The provider's sandbox.
    Test,
}

impl Environment {
    /// The name used in events and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl SigningSecret {
    /// A secret, exactly as issued: prefix, case and padding included, without surrounding space.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: Zeroizing::new(text.into()),
            id: None,
            not_before: None,
            not_after: None,
            environment: None,
            weak_allowed: false,
        }
    }

    /// Names the secret. The name stands in events and on each delivery it verified; it is no secret itself.
    /// Unnamed secrets are called `key-1`, `key-2` … in ring order.
    #[must_use]
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Refuses deliveries received before `time`.
    #[must_use]
    pub fn not_before(mut self, time: UnixTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// Refuses deliveries received after `time`: the end of a rotation's grace period.
    #[must_use]
    pub fn not_after(mut self, time: UnixTime) -> Self {
        self.not_after = Some(time);
        self
    }

    /// Marks the secret as one of live or of test mode.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Takes a secret that is shorter than [`MIN_KEY_BYTES`] or reads like a placeholder.
    ///
    /// Anyone who guesses it can forge deliveries. Meant for a provider that issues short secrets, and for published
    /// test vectors.
    #[must_use]
    pub fn danger_accept_weak(mut self) -> Self {
        self.weak_allowed = true;
        self
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl From<&str> for SigningSecret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for SigningSecret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Why a secret was refused. Names the secret's id and the expected format, never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    pub(crate) id: Arc<str>,
    pub(crate) problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    Empty,
    Padded,
    Placeholder,
    Short {
        bytes: usize,
    },
    NotEncoded {
        expected: &'static str,
        after: String,
    },
    OtherKind {
        prefix: String,
    },
    PrefixMissing {
        expected: String,
    },
    NotAKey {
        expected: &'static str,
    },
    #[allow(dead_code, reason = "not where all features are on")]
    FeatureOff {
        feature: &'static str,
    },
    DuplicateId,
    NeverValid,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret `{}`: ", self.id)?;
        match &self.problem {
            Problem::Empty => f.write_str("it is empty; set it to the signing secret that the provider issued"),
            Problem::Padded => f.write_str(
                "it begins or ends with white space, most likely a line end from a file or a variable; remove it",
            ),
            Problem::Placeholder => {
                f.write_str("it reads like a placeholder; set it to the signing secret that the provider issued")
            }
            Problem::Short { bytes } => write!(
                f,
                "its key has {bytes} bytes, at least {MIN_KEY_BYTES} are needed; ask the provider for a longer one, or \
                 take it with `danger_accept_weak`"
            ),
            Problem::NotEncoded { expected, after } if after.is_empty() => {
                write!(f, "it is not {expected}; copy it again, whole and unchanged")
            }
            Problem::NotEncoded { expected, after } => {
                write!(f, "it is not {expected} after `{after}`; copy it again, whole and unchanged")
            }
            Problem::OtherKind { prefix } => {
                write!(f, "it begins with `{prefix}`, so it is another kind of key; use the endpoint's signing secret")
            }
            Problem::PrefixMissing { expected } => write!(f, "it must begin with {expected}"),
            Problem::NotAKey { expected } => write!(f, "it does not hold {expected}"),
            Problem::FeatureOff { feature } => {
                write!(f, "its scheme needs the feature `{feature}` of the crate `countersign`")
            }
            Problem::DuplicateId => f.write_str("another secret of this keyring has the same id; ids must differ"),
            Problem::NeverValid => f.write_str("its `not_after` lies before its `not_before`, so it is never valid"),
        }
    }
}

impl core::error::Error for SecretError {}

/// Reads the key bytes out of a secret.
pub(crate) fn read_key(secret: &SigningSecret, format: &SecretFormat) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let text = secret.text.as_str();
    if text.trim().is_empty() {
        return Err(Problem::Empty);
    }
    // Files of public keys end in a line end; a secret that does was copied wrongly.
    let is_public_key = matches!(format.encoding, SecretEncoding::PublicKey | SecretEncoding::MarkedPublicKey);
    if text.trim() != text && !is_public_key {
        return Err(Problem::Padded);
    }
    if let Some(prefix) = format.refuse.iter().find(|prefix| text.starts_with(prefix.as_ref())) {
        return Err(Problem::OtherKind { prefix: prefix.to_string() });
    }
    // The text of a public key is known to everyone: as a shared secret it would let everyone sign.
    let mark = public_key_mark(text);
    match format.encoding {
        SecretEncoding::PublicKey => {}
        SecretEncoding::MarkedPublicKey if mark.is_none() => {
            return Err(Problem::NotAKey { expected: "a public key in PEM or as a JWK" });
        }
        SecretEncoding::MarkedPublicKey => {}
        _ => {
            if let Some(mark) = mark {
                return Err(Problem::OtherKind { prefix: mark.to_owned() });
            }
        }
    }
    let prefix = format.strip.iter().find(|prefix| text.starts_with(prefix.as_ref()));
    if prefix.is_none() && format.prefix_required {
        let expected = format.strip.iter().map(|prefix| format!("`{prefix}`")).collect::<Vec<_>>().join(" or ");
        return Err(Problem::PrefixMissing { expected });
    }
    let stripped = prefix.and_then(|prefix| text.strip_prefix(prefix.as_ref())).unwrap_or(text);
    if stripped.is_empty() {
        return Err(Problem::Empty);
    }
    if !secret.weak_allowed && is_placeholder(stripped) {
        return Err(Problem::Placeholder);
    }
    let not_encoded =
        |expected| Problem::NotEncoded { expected, after: prefix.map(|p| p.to_string()).unwrap_or_default() };
    let decode = |encoding| codec::decode(stripped.as_bytes(), encoding);
    let key = Zeroizing::new(match format.encoding {
        SecretEncoding::Utf8 => composed(stripped, format.nfkd)?,
        SecretEncoding::Base64 => decode(Encoding::Base64).ok_or_else(|| not_encoded("base64"))?,
        SecretEncoding::Base64url => decode(Encoding::Base64url)
            .or_else(|| decode(Encoding::Base64urlNopad))
            .ok_or_else(|| not_encoded("URL-safe base64"))?,
        SecretEncoding::Hex => decode(Encoding::Hex).ok_or_else(|| not_encoded("hexadecimal"))?,
        SecretEncoding::Sha1 => Sha1::digest(stripped.as_bytes()).to_vec(),
        SecretEncoding::PublicKey | SecretEncoding::MarkedPublicKey => stripped.as_bytes().to_vec(),
    });
    let bytes = if format.encoding == SecretEncoding::Sha1 { stripped.len() } else { key.len() };
    if bytes < MIN_KEY_BYTES && !secret.weak_allowed && !is_public_key {
        return Err(Problem::Short { bytes });
    }
    Ok(key)
}

/// What marks a text as a public key, or any key that is no shared secret.
fn public_key_mark(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    let is_jwk = text.starts_with('{') && (text.contains("\"kty\"") || text.contains("\"keys\""));
    if text.starts_with("-----BEGIN") { Some("-----BEGIN") } else { is_jwk.then_some("{") }
}

/// The bytes of a text, by Unicode's compatibility decomposition where the provider's SDKs apply it.
fn composed(text: &str, nfkd: bool) -> Result<Vec<u8>, Problem> {
    if !nfkd || text.is_ascii() {
        return Ok(text.as_bytes().to_vec());
    }
    #[cfg(feature = "nfkd")]
    return Ok(unicode_normalization::UnicodeNormalization::nfkd(text).collect::<String>().into_bytes());
    #[cfg(not(feature = "nfkd"))]
    Err(Problem::FeatureOff { feature: "nfkd" })
}

/// Whether a secret is one of the words that stand in examples, or one character over and over.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "changeme",
        "changethis",
        "replaceme",
        "placeholder",
        "password",
        "secret",
        "mysecret",
        "webhooksecret",
        "signingsecret",
        "example",
        "dummy",
        "todo",
        "test",
        "none",
    ];
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let one_character = word.chars().all(|c| word.starts_with(c));
    let yours = word.starts_with("your") && ["secret", "key", "token", "here"].iter().any(|end| word.contains(end));
    let insert = (word.starts_with("insert") || word.starts_with("enter")) && word.ends_with("here");
    one_character || yours || insert || WORDS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE64: SecretFormat = SecretFormat {
        encoding: SecretEncoding::Base64,
        strip: std::borrow::Cow::Borrowed(&[std::borrow::Cow::Borrowed("whsec_")]),
        refuse: std::borrow::Cow::Borrowed(&[std::borrow::Cow::Borrowed("whpk_")]),
        prefix_required: false,
        nfkd: false,
    };

    fn read(text: &str, format: &SecretFormat) -> Result<Vec<u8>, Problem> {
        read_key(&SigningSecret::new(text), format).map(|key| key.to_vec())
    }

    #[test]
    fn reads_a_secret_with_and_without_its_prefix() {
        let text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(read(text, &BASE64), read(&format!("whsec_{text}"), &BASE64));
        assert_eq!(read(text, &BASE64).unwrap().len(), 24);
        assert_eq!(read(text, &SecretFormat::UTF8).unwrap(), text.as_bytes());
    }

    #[test]
    fn refuses_what_cannot_guard_anything() {
        for text in ["", " ", "\n", "whsec_"] {
            assert_eq!(read(text, &BASE64), Err(Problem::Empty), "{text:?}");
        }
        assert_eq!(read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", &BASE64), Err(Problem::Padded));
        assert_eq!(read("whsec_c2hvcnQga2V5", &BASE64), Err(Problem::Short { bytes: 9 }));
        assert_eq!(
            read("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &BASE64),
            Err(Problem::OtherKind { prefix: "whpk_".into() })
        );
        for text in ["changeme", "your-webhook-secret-goes-here", "xxxxxxxxxxxxxxxxxxxxxxxx", "Insert secret here"] {
            assert_eq!(read(text, &SecretFormat::UTF8), Err(Problem::Placeholder), "{text}");
        }
        let undecodable = read("whsec_not base64 at all, sadly", &BASE64).unwrap_err();
        assert_eq!(undecodable, Problem::NotEncoded { expected: "base64", after: "whsec_".into() });
    }

    #[test]
    fn an_error_never_contains_the_secret() {
        for text in ["whsec_c2hvcnQga2V5", "whsec_!!sensitive!!", "short-sensitive"] {
            let problem = read(text, &BASE64).unwrap_err();
            let error = SecretError { id: "current".into(), problem };
            for shown in [error.to_string(), format!("{error:?}"), format!("{:?}", SigningSecret::new(text))] {
                assert!(!shown.contains("sensitive") && !shown.contains("c2hv"), "{shown}");
            }
        }
    }
}
