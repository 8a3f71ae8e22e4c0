//! A key that signs. Key bytes live here and nowhere else; they are wiped when dropped and never printed.

use countersign::{Algorithm, Scheme, SecretFormat, sign_mac};
#[cfg(feature = "ed25519")]
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use crate::error::SignError;

/// A signing key under its scheme's algorithm.
#[derive(Clone)]
pub(crate) enum SigningKey {
    Mac {
        algorithm: Algorithm,
        bytes: Zeroizing<Vec<u8>>,
    },
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl SigningKey {
    pub(crate) fn new(algorithm: Algorithm, bytes: Zeroizing<Vec<u8>>) -> Result<Self, SignError> {
        match algorithm {
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => {
                // A seed, or the seed with the public key behind it, which must then belong to it.
                let key = match (<&[u8; 32]>::try_from(bytes.as_slice()), <&[u8; 64]>::try_from(bytes.as_slice())) {
                    (Ok(seed), _) => Some(ed25519_dalek::SigningKey::from_bytes(seed)),
                    (_, Ok(pair)) => ed25519_dalek::SigningKey::from_keypair_bytes(pair).ok(),
                    _ => None,
                };
                key.map(|key| Self::Ed25519(Box::new(key))).ok_or(SignError::PrivateKey)
            }
            _ if sign_mac(algorithm, &bytes, b"").is_none() => {
                Err(SignError::Algorithm { algorithm: algorithm.name() })
            }
            _ => Ok(Self::Mac { algorithm, bytes }),
        }
    }

    /// The signature over a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            // `new` has seen that the algorithm is a MAC.
            Self::Mac { algorithm, bytes } => sign_mac(*algorithm, bytes, message).unwrap_or_default(),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
        }
    }

    /// What someone makes who takes this key for an HMAC key of another algorithm. Of a private key it is the public
    /// half that an attacker would have.
    pub(crate) fn mac(&self, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Mac { bytes, .. } => sign_mac(algorithm, bytes, message),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(key) => sign_mac(algorithm, key.verifying_key().as_bytes(), message),
        }
    }

    /// A key that differs from this one in a single bit.
    pub(crate) fn neighbour(&self) -> Self {
        let flip = |bytes: &mut [u8]| {
            if let Some(byte) = bytes.first_mut() {
                *byte ^= 1;
            }
        };
        match self {
            Self::Mac { algorithm, bytes } => {
                let mut bytes = bytes.clone();
                flip(&mut bytes);
                Self::Mac { algorithm: *algorithm, bytes }
            }
            #[cfg(feature = "ed25519")]
            Self::Ed25519(key) => {
                let mut seed = Zeroizing::new(key.to_bytes());
                flip(seed.as_mut_slice());
                Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed)))
            }
        }
    }

    /// A key of no bytes, or of zeros where the algorithm needs some.
    pub(crate) fn empty(&self) -> Self {
        match self {
            Self::Mac { algorithm, .. } => Self::Mac { algorithm: *algorithm, bytes: Zeroizing::default() },
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&[0; 32]))),
        }
    }
}

/// How the scheme's signing half is written.
///
/// For a MAC that is the secret itself. For Ed25519 the provider's data describe the public key; the private one is
/// written alike, but behind `whsk_` (Standard Webhooks 1.0.0, "Signature scheme"), and the public prefix marks the
/// wrong half.
pub(crate) fn private_format(scheme: &Scheme) -> SecretFormat {
    match scheme.algorithm {
        Algorithm::Ed25519 => SecretFormat {
            encoding: scheme.secret.encoding,
            strip: vec!["whsk_".into()].into(),
            refuse: scheme.secret.strip.clone(),
            prefix_required: scheme.secret.prefix_required,
            nfkd: false,
        },
        _ => scheme.secret.clone(),
    }
}
