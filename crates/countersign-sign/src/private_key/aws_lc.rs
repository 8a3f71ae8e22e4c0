//! ECDSA and RSA private keys, by AWS-LC.

use std::sync::OnceLock;

use aws_lc_rs::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{self as aws_lc, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair, RsaEncoding, RsaKeyPair};
use countersign::Algorithm;

use super::Jwk;

/// An ECDSA or RSA key under its algorithm.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    algorithm: Algorithm,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Curve(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl PrivateKey {
    /// A key from PKCS #8 or an ECPrivateKey.
    pub(super) fn curve(der: &[u8], algorithm: Algorithm) -> Option<Self> {
        let pair = EcdsaKeyPair::from_private_key_der(ecdsa(algorithm)?.1, der).ok()?;
        Some(Self { algorithm, pair: Pair::Curve(Box::new(pair)) })
    }

    pub(super) fn curve_jwk(jwk: &Jwk, algorithm: Algorithm) -> Option<Self> {
        let (curve, signing) = ecdsa(algorithm)?;
        if !jwk.is("crv", curve) {
            return None;
        }
        let (d, x, y) = (jwk.bytes("d")?, jwk.bytes("x")?, jwk.bytes("y")?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, &d, &point).ok()?;
        Some(Self { algorithm, pair: Pair::Curve(Box::new(pair)) })
    }

    /// A key from an RSAPrivateKey.
    pub(super) fn rsa(der: &[u8], algorithm: Algorithm) -> Option<Self> {
        let pair = RsaKeyPair::from_der(der).ok()?;
        Some(Self { algorithm, pair: Pair::Rsa(Box::new(pair)) })
    }

    pub(super) fn rsa_jwk(jwk: &Jwk, algorithm: Algorithm) -> Option<Self> {
        let pair = RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: jwk.bytes("n")?.as_slice(), e: jwk.bytes("e")?.as_slice() },
            d: jwk.bytes("d")?.as_slice(),
            p: jwk.bytes("p")?.as_slice(),
            q: jwk.bytes("q")?.as_slice(),
            dP: jwk.bytes("dp")?.as_slice(),
            dQ: jwk.bytes("dq")?.as_slice(),
            qInv: jwk.bytes("qi")?.as_slice(),
        });
        Some(Self { algorithm, pair: Pair::Rsa(Box::new(pair.ok()?)) })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Curve(pair) if self.algorithm == Algorithm::EcdsaP256Sha1 => {
                // AWS-LC verifies ECDSA with SHA-1 but does not sign with it. The digest counts as a number (FIPS
                // 186-5, section 6.4.1), and with zeros before it that is the same.
                let mut number = [0; 32];
                let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
                number.last_chunk_mut::<20>()?.copy_from_slice(sha1.as_ref());
                let digest = Digest::import_less_safe(&number, &SHA256).ok()?;
                Some(pair.sign_digest(&digest).ok()?.as_ref().to_vec())
            }
            Pair::Curve(pair) => Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec()),
            #[cfg(feature = "rsa")]
            Pair::Rsa(pair) if self.algorithm == Algorithm::RsaPkcs1Sha1 => super::rsa_sha1::sign(pair, message),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa(self.algorithm)?, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    pub(super) fn public_key(&self) -> Option<Vec<u8>> {
        Some(match &self.pair {
            Pair::Curve(pair) => pair.public_key().as_der().ok()?.as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_der().ok()?.as_ref().to_vec(),
        })
    }

    pub(super) fn another(&self) -> Option<Self> {
        let pair = match &self.pair {
            Pair::Curve(pair) => Pair::Curve(Box::new(EcdsaKeyPair::generate(pair.algorithm()).ok()?)),
            Pair::Rsa(_) => {
                // Finding primes takes long, and one other key is as good as any.
                static OTHER: OnceLock<Option<RsaKeyPair>> = OnceLock::new();
                let other = OTHER.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).ok());
                Pair::Rsa(Box::new(other.clone()?))
            }
        };
        Some(Self { algorithm: self.algorithm, pair })
    }
}

/// An algorithm's curve, as a JWK names it, and how AWS-LC signs on it.
fn ecdsa(algorithm: Algorithm) -> Option<(&'static str, &'static EcdsaSigningAlgorithm)> {
    Some(match algorithm {
        Algorithm::EcdsaP256Sha1 | Algorithm::EcdsaP256Sha256 => ("P-256", &aws_lc::ECDSA_P256_SHA256_ASN1_SIGNING),
        Algorithm::EcdsaP256Sha256Fixed => ("P-256", &aws_lc::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::EcdsaP384Sha384Fixed => ("P-384", &aws_lc::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::EcdsaP521Sha512Fixed => ("P-521", &aws_lc::ECDSA_P521_SHA512_FIXED_SIGNING),
        _ => return None,
    })
}

/// How AWS-LC pads and hashes.
fn rsa(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::RsaPkcs1Sha256 => &aws_lc::RSA_PKCS1_SHA256,
        Algorithm::RsaPkcs1Sha384 => &aws_lc::RSA_PKCS1_SHA384,
        Algorithm::RsaPkcs1Sha512 => &aws_lc::RSA_PKCS1_SHA512,
        Algorithm::RsaPssSha256 => &aws_lc::RSA_PSS_SHA256,
        Algorithm::RsaPssSha384 => &aws_lc::RSA_PSS_SHA384,
        Algorithm::RsaPssSha512 | Algorithm::RsaPssSha512AnySalt => &aws_lc::RSA_PSS_SHA512,
        _ => return None,
    })
}
