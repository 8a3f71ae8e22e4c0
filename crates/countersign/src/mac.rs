//! Keys ready to use, and one signature being recomputed. Every comparison of secret-dependent bytes is here.

use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::scheme::Algorithm;
use crate::secret::Problem;

/// A key in the state where a message can be hashed at once: for HMAC, the padded key is already absorbed.
#[derive(Clone)]
pub(crate) enum PreparedKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

/// A MAC over the part of the signed content seen so far.
pub(crate) enum RunningMac {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// A finished MAC. Compared in constant time, never printed.
pub(crate) enum Tag {
    Sha1(hmac::digest::Output<Sha1>),
    Sha256(hmac::digest::Output<Sha256>),
    Sha384(hmac::digest::Output<Sha384>),
    Sha512(hmac::digest::Output<Sha512>),
}

impl PreparedKey {
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, Problem> {
        // HMAC takes keys of any length (RFC 2104), so the error arm cannot be reached; it stays total.
        let any_length = |_| Problem::NotAKey { expected: "an HMAC key" };
        match algorithm {
            Algorithm::HmacSha1 => Hmac::new_from_slice(key).map(Self::Sha1).map_err(any_length),
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).map(Self::Sha256).map_err(any_length),
            Algorithm::HmacSha384 => Hmac::new_from_slice(key).map(Self::Sha384).map_err(any_length),
            Algorithm::HmacSha512 => Hmac::new_from_slice(key).map(Self::Sha512).map_err(any_length),
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => {
                let not_a_key = Problem::NotAKey { expected: "an Ed25519 public key of 32 bytes" };
                let bytes: &[u8; 32] = key.try_into().map_err(|_| not_a_key.clone())?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| not_a_key.clone())?;
                if key.is_weak() { Err(not_a_key) } else { Ok(Self::Ed25519(Box::new(key))) }
            }
            #[cfg(not(feature = "ed25519"))]
            Algorithm::Ed25519 => Err(Problem::FeatureOff { feature: "ed25519" }),
        }
    }

    /// Begins a MAC, or `None` where the algorithm needs the whole message at once.
    #[inline]
    pub(crate) fn begin(&self) -> Option<RunningMac> {
        match self {
            Self::Sha1(mac) => Some(RunningMac::Sha1(mac.clone())),
            Self::Sha256(mac) => Some(RunningMac::Sha256(mac.clone())),
            Self::Sha384(mac) => Some(RunningMac::Sha384(mac.clone())),
            Self::Sha512(mac) => Some(RunningMac::Sha512(mac.clone())),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => None,
        }
    }

    /// Verifies a public-key signature over a whole message. Always false for a MAC key.
    #[cfg(feature = "ed25519")]
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match (self, ed25519_dalek::Signature::from_slice(signature)) {
            // Strict: no small-order points, no malleable `S` (RFC 8032, section 5.1.7, and more).
            (Self::Ed25519(key), Ok(signature)) => key.verify_strict(message, &signature).is_ok(),
            _ => false,
        }
    }
}

impl RunningMac {
    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(mac) => mac.update(bytes),
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sha384(mac) => mac.update(bytes),
            Self::Sha512(mac) => mac.update(bytes),
        }
    }

    #[inline]
    pub(crate) fn finish(self) -> Tag {
        match self {
            Self::Sha1(mac) => Tag::Sha1(mac.finalize().into_bytes()),
            Self::Sha256(mac) => Tag::Sha256(mac.finalize().into_bytes()),
            Self::Sha384(mac) => Tag::Sha384(mac.finalize().into_bytes()),
            Self::Sha512(mac) => Tag::Sha512(mac.finalize().into_bytes()),
        }
    }
}

impl Tag {
    /// Whether `signature` is this tag, whole. A shorter or longer signature never is.
    #[inline]
    pub(crate) fn equals(&self, signature: &[u8]) -> bool {
        self.as_slice().ct_eq(signature).to_bool()
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Sha1(tag) => tag,
            Self::Sha256(tag) => tag,
            Self::Sha384(tag) => tag,
            Self::Sha512(tag) => tag,
        }
    }
}

/// Makes the MAC of a message: the signing half of the verifier, for tests and for the companion crate.
///
/// Returns `None` for algorithms that are not MACs.
pub fn sign_mac(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = PreparedKey::new(algorithm, key).ok()?.begin()?;
    mac.update(message);
    Some(mac.finish().as_slice().to_vec())
}
