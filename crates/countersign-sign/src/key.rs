//! A key that signs. Key bytes live here and in `private_key.rs`; they are wiped when dropped and never printed.

use countersign::{Algorithm, Scheme, SecretEncoding, SecretFormat, sign_mac};
use zeroize::Zeroizing;

use crate::error::SignError;
#[cfg(feature = "_private-key")]
use crate::private_key::PrivateKey;

/// A signing key under its scheme's algorithm.
#[derive(Clone)]
pub(crate) struct SigningKey {
    /// What the provider calls it, where its secret has an id or its JWK a `kid`.
    pub(crate) id: Option<String>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// A MAC key, the secret of a plain hash, or a token.
    Shared { algorithm: Algorithm, bytes: Zeroizing<Vec<u8>> },
    #[cfg(feature = "_private-key")]
    Private(Box<PrivateKey>),
}

/// The bytes that are signed.
#[derive(Clone, Default)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// Where the secret goes, for plain hashes.
    pub(crate) secret_at: Option<usize>,
}

impl SigningKey {
    /// Reads a key as [`private_format`] has left it.
    pub(crate) fn new(algorithm: Algorithm, id: Option<&str>, bytes: Zeroizing<Vec<u8>>) -> Result<Self, SignError> {
        let id = id.map(str::to_owned);
        if algorithm.is_public_key() {
            return Self::private(algorithm, id, &bytes);
        }
        if sign_mac(algorithm, &bytes, b"").is_none() {
            return Err(SignError::Algorithm { algorithm: algorithm.name() });
        }
        Ok(Self { id, kind: Kind::Shared { algorithm, bytes } })
    }

    #[cfg(feature = "_private-key")]
    fn private(algorithm: Algorithm, id: Option<String>, bytes: &[u8]) -> Result<Self, SignError> {
        let text = core::str::from_utf8(bytes).unwrap_or_default();
        let key = PrivateKey::read(text, algorithm).map_err(|expected| SignError::PrivateKey { expected })?;
        Ok(Self { id: id.or_else(|| kid(text)), kind: Kind::Private(Box::new(key)) })
    }

    #[cfg(not(feature = "_private-key"))]
    fn private(algorithm: Algorithm, _: Option<String>, _: &[u8]) -> Result<Self, SignError> {
        Err(SignError::Algorithm { algorithm: algorithm.name() })
    }

    /// The signature over a message. A token is its own.
    pub(crate) fn sign(&self, message: &Message) -> Vec<u8> {
        match &self.kind {
            // `new` has seen that the algorithm is one of these.
            Kind::Shared { algorithm, bytes } => {
                sign_mac(*algorithm, bytes, &message.with(*algorithm, bytes)).unwrap_or_default()
            }
            #[cfg(feature = "_private-key")]
            Kind::Private(key) => key.sign(&message.bytes),
        }
    }

    /// What someone makes who takes this key for one of another algorithm without public keys. Of a private key it is
    /// the public half that an attacker would have.
    pub(crate) fn confused(&self, algorithm: Algorithm, message: &Message) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Shared { bytes, .. } => sign_mac(algorithm, bytes, &message.with(algorithm, bytes)),
            #[cfg(feature = "_private-key")]
            Kind::Private(key) => {
                let bytes = key.public_key();
                sign_mac(algorithm, &bytes, &message.with(algorithm, &bytes))
            }
        }
    }

    /// Another key: one that differs in a single bit, where keys of the algorithm can, else a fresh one. A token stays
    /// fit to be sent.
    pub(crate) fn neighbour(&self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::Shared { algorithm, bytes } => {
                let mut bytes = bytes.clone();
                if let Some(last) = bytes.last_mut() {
                    let flipped = *last ^ 1;
                    let is_sendable = *algorithm != Algorithm::Token || flipped.is_ascii_graphic();
                    *last = if is_sendable { flipped } else { b'-' };
                }
                Kind::Shared { algorithm: *algorithm, bytes }
            }
            #[cfg(feature = "_private-key")]
            Kind::Private(key) => Kind::Private(Box::new(key.another()?)),
        };
        Some(Self { id: self.id.clone(), kind })
    }

    /// A key of no bytes; none where the algorithm needs some.
    pub(crate) fn empty(&self) -> Option<Self> {
        match &self.kind {
            Kind::Shared { algorithm, .. } => {
                let kind = Kind::Shared { algorithm: *algorithm, bytes: Zeroizing::default() };
                Some(Self { id: self.id.clone(), kind })
            }
            #[cfg(feature = "_private-key")]
            Kind::Private(_) => None,
        }
    }
}

impl Message {
    /// The message as a plain hash has it, with the secret in its place; any other as it is.
    fn with(&self, algorithm: Algorithm, secret: &[u8]) -> Zeroizing<Vec<u8>> {
        let at = self.secret_at.unwrap_or(0).min(self.bytes.len());
        let (before, after) = self.bytes.split_at(at);
        Zeroizing::new(if algorithm.is_plain_hash() { [before, secret, after].concat() } else { self.bytes.clone() })
    }
}

/// How the scheme's signing half is written.
///
/// For MACs, plain hashes and tokens that is the secret itself. Of a public key the provider's data describe the public
/// half; the private one is read from its own common forms, and where the public one has a prefix, that marks the wrong
/// half, and `whsk_` the right one (Standard Webhooks 1.0.0, "Signature scheme").
pub(crate) fn private_format(scheme: &Scheme) -> SecretFormat {
    if !scheme.algorithm.is_public_key() {
        return scheme.secret.clone();
    }
    SecretFormat {
        // The text as it stands; where there are shared secrets too, one that is marked as a key.
        encoding: match scheme.secret.encoding {
            SecretEncoding::MarkedPublicKey => SecretEncoding::MarkedPublicKey,
            _ => SecretEncoding::PublicKey,
        },
        strip: if scheme.secret.strip.is_empty() { Vec::new() } else { vec!["whsk_".into()] }.into(),
        refuse: scheme.secret.strip.clone(),
        prefix_required: scheme.secret.prefix_required,
        nfkd: false,
    }
}

/// The `kid` of a JWK.
#[cfg(feature = "_private-key")]
fn kid(text: &str) -> Option<String> {
    let jwk: serde_json::Value = serde_json::from_str(text).ok()?;
    jwk.get("kid")?.as_str().map(str::to_owned)
}
