//! Keys ready to use, and one signature being recomputed. Every comparison of secret-dependent bytes is here.

mod hmac_sha256;

use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use zeroize::Zeroizing;

use crate::content;
use crate::public_key::PublicKey;
use crate::scheme::Algorithm;
use crate::secret::Problem;
use crate::template::{DigestHash, DigestWriting};

/// A key in the state where a message can be hashed at once: for HMAC, the padded key is already absorbed.
#[derive(Clone)]
pub(crate) enum PreparedKey {
    Sha1(Hmac<Sha1>),
    Sha256(hmac_sha256::Key),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    /// A secret that goes into the content of a plain hash.
    Hashed(DigestHash, Zeroizing<Vec<u8>>),
    /// The digest of a token, so that comparing takes as long whatever the token's length.
    Token([u8; 32]),
    Public(PublicKey),
}

/// A MAC over the part of the signed content seen so far.
pub(crate) enum RunningMac {
    Sha1(Hmac<Sha1>),
    Sha256(hmac_sha256::Running),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// A finished MAC. Compared in constant time, never printed.
pub(crate) enum Tag {
    Sha1(hmac::digest::Output<Sha1>),
    Sha256([u8; 32]),
    Sha384(hmac::digest::Output<Sha384>),
    Sha512(hmac::digest::Output<Sha512>),
}

impl PreparedKey {
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, Problem> {
        // HMAC takes keys of any length (RFC 2104), so the error arm cannot be reached; it stays total.
        let any_length = |_| Problem::NotAKey { expected: "an HMAC key" };
        match algorithm {
            Algorithm::HmacSha1 => Hmac::new_from_slice(key).map(Self::Sha1).map_err(any_length),
            Algorithm::HmacSha256 => Ok(Self::Sha256(hmac_sha256::Key::new(key))),
            Algorithm::HmacSha384 => Hmac::new_from_slice(key).map(Self::Sha384).map_err(any_length),
            Algorithm::HmacSha512 => Hmac::new_from_slice(key).map(Self::Sha512).map_err(any_length),
            Algorithm::HashMd5 => Ok(Self::hashed(DigestHash::Md5, key)),
            Algorithm::HashSha1 => Ok(Self::hashed(DigestHash::Sha1, key)),
            Algorithm::HashSha256 => Ok(Self::hashed(DigestHash::Sha256, key)),
            Algorithm::HashSha384 => Ok(Self::hashed(DigestHash::Sha384, key)),
            Algorithm::HashSha512 => Ok(Self::hashed(DigestHash::Sha512, key)),
            Algorithm::Token => Ok(Self::Token(Sha256::digest(key).into())),
            _ => PublicKey::from_bytes(algorithm, key).map(Self::Public),
        }
    }

    /// A key that costs what a real one costs, where that is known without a key: of public keys, an HMAC stands in.
    #[cfg(feature = "tenants")]
    pub(crate) fn decoy(algorithm: Algorithm) -> Self {
        let stand_in = || Self::hashed(DigestHash::Sha256, &[0; 32]);
        Self::new(algorithm, &[0; 32]).unwrap_or_else(|_| stand_in())
    }

    fn hashed(hash: DigestHash, secret: &[u8]) -> Self {
        Self::Hashed(hash, Zeroizing::new(secret.to_vec()))
    }

    /// Begins a MAC, or `None` where the algorithm is none.
    #[inline]
    pub(crate) fn begin(&self) -> Option<RunningMac> {
        match self {
            Self::Sha1(mac) => Some(RunningMac::Sha1(mac.clone())),
            Self::Sha256(key) => Some(RunningMac::Sha256(key.begin())),
            Self::Sha384(mac) => Some(RunningMac::Sha384(mac.clone())),
            Self::Sha512(mac) => Some(RunningMac::Sha512(mac.clone())),
            Self::Hashed(..) | Self::Token(_) | Self::Public(_) => None,
        }
    }

    /// The MAC over these pieces in a row, or `None` where the algorithm is none.
    #[inline]
    pub(crate) fn mac(&self, pieces: [&[u8]; 3]) -> Option<Tag> {
        fn over<M: Mac + Clone>(key: &M, pieces: [&[u8]; 3]) -> hmac::digest::Output<M> {
            let mut mac = key.clone();
            pieces.into_iter().filter(|piece| !piece.is_empty()).for_each(|piece| mac.update(piece));
            mac.finalize().into_bytes()
        }
        match self {
            Self::Sha1(key) => Some(Tag::Sha1(over(key, pieces))),
            Self::Sha256(key) => Some(Tag::Sha256(key.mac(pieces))),
            Self::Sha384(key) => Some(Tag::Sha384(over(key, pieces))),
            Self::Sha512(key) => Some(Tag::Sha512(over(key, pieces))),
            Self::Hashed(..) | Self::Token(_) | Self::Public(_) => None,
        }
    }

    /// Whether one of `signatures` is this key's over `message`. The secret goes into the message at `secret_at`, where
    /// the algorithm is a plain hash. Each public-key operation is taken from `budget`.
    pub(crate) fn verifies(
        &self,
        message: &[u8],
        secret_at: Option<usize>,
        signatures: &[Vec<u8>],
        budget: &mut usize,
    ) -> bool {
        if let Some(tag) = self.mac([message, b"", b""]) {
            return signatures.iter().any(|signature| tag.equals(signature));
        }
        match self {
            Self::Hashed(hash, secret) => {
                let (before, after) = message.split_at(secret_at.unwrap_or(0).min(message.len()));
                let whole = Zeroizing::new([before, secret, after].concat());
                let digest = content::digest(*hash, DigestWriting::Raw, &whole);
                signatures.iter().any(|signature| !digest.is_empty() && digest.as_slice().ct_eq(signature).to_bool())
            }
            Self::Token(digest) => {
                signatures.iter().any(|token| digest.as_slice().ct_eq(Sha256::digest(token).as_slice()).to_bool())
            }
            Self::Public(key) => signatures.iter().any(|signature| {
                let within = budget.checked_sub(1).map(|left| *budget = left).is_some();
                within && key.verifies(message, signature)
            }),
            _ => false,
        }
    }
}

/// Whether two values that an attacker may have chosen one of are equal, in constant time.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).to_bool()
}

/// The same, and as long whatever their lengths.
pub(crate) fn equal_texts(a: &[u8], b: &[u8]) -> bool {
    Sha256::digest(a).as_slice().ct_eq(Sha256::digest(b).as_slice()).to_bool()
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

    pub(crate) fn finish(self) -> Tag {
        match self {
            Self::Sha1(mac) => Tag::Sha1(mac.finalize().into_bytes()),
            Self::Sha256(mac) => Tag::Sha256(mac.finish()),
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
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Sha1(tag) => tag,
            Self::Sha256(tag) => tag,
            Self::Sha384(tag) => tag,
            Self::Sha512(tag) => tag,
        }
    }
}

/// Makes the MAC, plain digest or token of a message: the signing half of the verifier, for tests and for the companion
/// crate. The secret of a plain digest is already in the message.
///
/// Returns `None` for public-key algorithms.
pub fn sign_mac(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match PreparedKey::new(algorithm, key).ok()? {
        PreparedKey::Hashed(hash, _) => Some(content::digest(hash, DigestWriting::Raw, message)),
        PreparedKey::Token(_) => Some(key.to_vec()),
        key => Some(key.mac([message, b"", b""])?.as_slice().to_vec()),
    }
}
