//! Public keys, and the signatures they verify. How a key is written is in [`read`] and `jwk`, not here.

use std::sync::Arc;

use crate::scheme::Algorithm;
use crate::secret::Problem;

#[cfg(feature = "_aws-lc")]
mod aws_lc;
#[cfg(all(feature = "json", feature = "_public-key"))]
mod jwk;
#[cfg(feature = "_public-key")]
mod read;
#[cfg(all(test, feature = "json", feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod tests;

/// A public key ready to verify one algorithm's signatures. It is parsed and checked once, when it is read.
#[derive(Clone)]
pub(crate) struct PublicKey {
    verifier: Verifier,
}

#[derive(Clone)]
enum Verifier {
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    /// Knows its curve or padding, its hash, and how a signature is written.
    #[cfg(feature = "_aws-lc")]
    AwsLc(Box<aws_lc_rs::signature::ParsedPublicKey>),
    /// RSA-PSS with a salt of any length, which AWS-LC's interface does not have.
    #[cfg(feature = "rsa")]
    AnySalt(Box<rsa::pss::VerifyingKey<sha2::Sha512>>),
}

/// Keys, each with its `kid` where it has one.
pub(crate) type NamedKeys = Vec<(Option<Arc<str>>, PublicKey)>;

impl PublicKey {
    /// Every key in a text, with its `kid` where it has one.
    ///
    /// The text is PEM (public keys and certificates), the base64 of a DER SubjectPublicKeyInfo, a JWK, a JWK set, or
    /// for Ed25519 also the 32 bytes in hex, base64 or base64url. Of a certificate only the key is taken: nothing else
    /// in it is judged, neither who issued it nor until when it is valid.
    ///
    /// # Errors
    ///
    /// There is no key in the text, or beside a good one a broken one, one of another type, curve or size, or a
    /// private one. Only the keys of a JWK set are passed over where they do not fit, as long as one is left. Every
    /// text is an error where the algorithm's feature is off.
    pub(crate) fn read(text: &str, algorithm: Algorithm) -> Result<NamedKeys, Problem> {
        let kind = KeyKind::of(algorithm)?;
        #[cfg(feature = "_public-key")]
        return read::keys(text.trim(), algorithm, kind);
        #[cfg(not(feature = "_public-key"))]
        Err(kind.mismatch(text))
    }

    /// A key from its bytes: for Ed25519 the 32 of RFC 8032, else a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(crate) fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, Problem> {
        match KeyKind::of(algorithm)? {
            KeyKind::Ed25519 => Self::ed25519(bytes),
            #[cfg(feature = "_public-key")]
            kind => read::from_spki(bytes, algorithm, kind),
            #[cfg(not(feature = "_public-key"))]
            kind => Err(kind.mismatch(bytes)),
        }
    }

    /// Whether `signature` is this key's over `message`.
    ///
    /// Strict: one signature has one writing. DER is minimal and ends where the text ends, the two numbers of a fixed
    /// ECDSA signature have their full length, an RSA signature has the modulus' length, and its padding is compared
    /// whole. What cannot be strict is ECDSA itself: of (r, s) anyone can make the equally valid (r, n − s), so a
    /// signature must never tell one delivery from another.
    #[cfg_attr(
        not(any(feature = "ed25519", feature = "_aws-lc")),
        expect(unused_variables, reason = "there is no key to call it with")
    )]
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.verifier {
            #[cfg(feature = "ed25519")]
            Verifier::Ed25519(ref key) => ed25519_dalek::Signature::from_slice(signature)
                // Strict: no small-order points, no malleable `S` (RFC 8032, section 5.1.7, and more).
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            #[cfg(feature = "_aws-lc")]
            Verifier::AwsLc(ref key) => key.verify_sig(message, signature).is_ok(),
            #[cfg(feature = "rsa")]
            Verifier::AnySalt(ref key) => rsa::pss::Signature::try_from(signature)
                .is_ok_and(|signature| rsa::signature::Verifier::verify(&**key, message, &signature).is_ok()),
        }
    }

    #[cfg(feature = "ed25519")]
    fn ed25519(bytes: &[u8]) -> Result<Self, Problem> {
        let bytes = <&[u8; 32]>::try_from(bytes).ok();
        match bytes.and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()) {
            // Under a weak key one signature holds for many messages.
            Some(key) if !key.is_weak() => Ok(Self { verifier: Verifier::Ed25519(Box::new(key)) }),
            _ => Err(KeyKind::Ed25519.mismatch(&bytes)),
        }
    }
}

/// What no text gets to, as [`KeyKind::of`] has refused it: readers need not know which features are on.
#[cfg(not(feature = "ed25519"))]
impl PublicKey {
    fn ed25519(bytes: &[u8]) -> Result<Self, Problem> {
        Err(KeyKind::Ed25519.mismatch(bytes))
    }
}

#[cfg(all(feature = "_public-key", not(feature = "_aws-lc")))]
impl PublicKey {
    fn aws_lc(bytes: &[u8], _: Algorithm, kind: KeyKind) -> Result<Self, Problem> {
        Err(kind.mismatch(bytes))
    }

    #[cfg(feature = "json")]
    fn rsa(n: Vec<u8>, _: Vec<u8>, _: Algorithm) -> Result<Self, Problem> {
        Err(KeyKind::Rsa.mismatch(&n))
    }
}

/// What a key is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Ed25519,
    P256,
    P384,
    P521,
    Rsa,
}

impl KeyKind {
    /// What verifies an algorithm.
    ///
    /// # Errors
    ///
    /// The algorithm has no public key, or its feature is off.
    fn of(algorithm: Algorithm) -> Result<Self, Problem> {
        let (kind, feature, is_on) = match algorithm {
            Algorithm::Ed25519 => (Self::Ed25519, "ed25519", cfg!(feature = "ed25519")),
            Algorithm::EcdsaP256Sha1 | Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP256Sha256Fixed => {
                (Self::P256, "ecdsa", cfg!(feature = "ecdsa"))
            }
            Algorithm::EcdsaP384Sha384Fixed => (Self::P384, "ecdsa", cfg!(feature = "ecdsa")),
            Algorithm::EcdsaP521Sha512Fixed => (Self::P521, "ecdsa", cfg!(feature = "ecdsa")),
            Algorithm::RsaPkcs1Sha1
            | Algorithm::RsaPkcs1Sha256
            | Algorithm::RsaPkcs1Sha384
            | Algorithm::RsaPkcs1Sha512
            | Algorithm::RsaPssSha256
            | Algorithm::RsaPssSha384
            | Algorithm::RsaPssSha512
            | Algorithm::RsaPssSha512AnySalt => (Self::Rsa, "rsa", cfg!(feature = "rsa")),
            _ => return Err(Problem::NotAKey { expected: "a key of its algorithm, which no public key verifies" }),
        };
        if is_on { Ok(kind) } else { Err(Problem::FeatureOff { feature }) }
    }

    /// The refusal of a text or of bytes, none of which it tells.
    fn mismatch<T: ?Sized>(self, _: &T) -> Problem {
        Problem::NotAKey {
            expected: match self {
                Self::Ed25519 => "an Ed25519 public key of 32 bytes",
                Self::P256 => "an ECDSA public key on the curve P-256",
                Self::P384 => "an ECDSA public key on the curve P-384",
                Self::P521 => "an ECDSA public key on the curve P-521",
                Self::Rsa => "an RSA public key of 2048 to 8192 bits",
            },
        }
    }
}
