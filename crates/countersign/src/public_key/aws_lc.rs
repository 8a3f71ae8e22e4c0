//! ECDSA and RSA keys, by AWS-LC.

use aws_lc_rs::signature::{self as aws_lc, ParsedPublicKey, RsaParameters, VerificationAlgorithm};

use super::{KeyKind, PublicKey, Verifier};
use crate::scheme::Algorithm;
use crate::secret::Problem;

impl PublicKey {
    /// A key from a point or a SubjectPublicKeyInfo where it is on a curve, and from a DER RSAPublicKey (RFC 8017,
    /// appendix A.1.1) where it is an RSA key.
    pub(super) fn aws_lc(bytes: &[u8], algorithm: Algorithm, kind: KeyKind) -> Result<Self, Problem> {
        // AWS-LC looks at the size when it verifies; a key that can never verify is refused here.
        let fits = kind != KeyKind::Rsa || matches!(RsaParameters::public_modulus_len(bytes), Ok(2048..=8192));
        #[cfg(feature = "rsa")]
        if algorithm == Algorithm::RsaPssSha512AnySalt {
            use rsa::pkcs1::DecodeRsaPublicKey;
            let key = rsa::PublicKey::from_pkcs1_der(bytes).ok().filter(|_| fits);
            let key = key.map(|key| Box::new(rsa::pss::VerifyingKey::new_with_auto_salt_len(key)));
            return key.map(|key| Self { verifier: Verifier::AnySalt(key) }).ok_or_else(|| kind.mismatch(bytes));
        }
        let verification = verification(algorithm).filter(|_| fits);
        match verification.and_then(|algorithm| ParsedPublicKey::new(algorithm, bytes).ok()) {
            Some(key) => Ok(Self { verifier: Verifier::AwsLc(Box::new(key)) }),
            None => Err(kind.mismatch(bytes)),
        }
    }

    /// An RSA key from modulus and exponent, big-endian without leading zeros.
    #[cfg(feature = "json")]
    pub(super) fn rsa(n: Vec<u8>, e: Vec<u8>, algorithm: Algorithm) -> Result<Self, Problem> {
        use aws_lc_rs::encoding::AsDer;
        match (aws_lc::RsaPublicKeyComponents { n, e }).as_der() {
            Ok(spki) => super::read::from_spki(spki.as_ref(), algorithm, KeyKind::Rsa),
            Err(unspecified) => Err(KeyKind::Rsa.mismatch(&unspecified)),
        }
    }
}

/// How AWS-LC verifies an algorithm, or `None` for what is not its part.
fn verification(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::EcdsaP256Sha1 => &aws_lc::ECDSA_P256_SHA1_ASN1,
        Algorithm::EcdsaP256Sha256 => &aws_lc::ECDSA_P256_SHA256_ASN1,
        Algorithm::EcdsaP256Sha256Fixed => &aws_lc::ECDSA_P256_SHA256_FIXED,
        Algorithm::EcdsaP384Sha384Fixed => &aws_lc::ECDSA_P384_SHA384_FIXED,
        Algorithm::EcdsaP521Sha512Fixed => &aws_lc::ECDSA_P521_SHA512_FIXED,
        Algorithm::RsaPkcs1Sha1 => &aws_lc::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::RsaPkcs1Sha256 => &aws_lc::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RsaPkcs1Sha384 => &aws_lc::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RsaPkcs1Sha512 => &aws_lc::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::RsaPssSha256 => &aws_lc::RSA_PSS_2048_8192_SHA256,
        Algorithm::RsaPssSha384 => &aws_lc::RSA_PSS_2048_8192_SHA384,
        Algorithm::RsaPssSha512 => &aws_lc::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
