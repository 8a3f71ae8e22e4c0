//! Public keys out of texts: PEM, certificates, SubjectPublicKeyInfo, bare bytes. JSON is in `jwk`.

use data_encoding::BASE64;
use x509_cert::Certificate;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::{KeyKind, NamedKeys, PublicKey};
use crate::scheme::Algorithm;
use crate::secret::Problem;

/// Every key in a text, as [`PublicKey::read`] promises.
pub(super) fn keys(text: &str, algorithm: Algorithm, kind: KeyKind) -> Result<NamedKeys, Problem> {
    if text.starts_with('{') {
        #[cfg(feature = "json")]
        return super::jwk::keys(text, algorithm, kind);
        #[cfg(not(feature = "json"))]
        return Err(Problem::FeatureOff { feature: "json" });
    }
    if text.contains(BEGIN) {
        let keys = from_pem(text, algorithm, kind)?;
        return Ok(keys.into_iter().map(|key| (None, key)).collect());
    }
    if kind == KeyKind::Ed25519
        && let Some(point) = bare_point(text)
    {
        return Ok(vec![(None, PublicKey::ed25519(&point)?)]);
    }
    let der = base64(text).ok_or_else(|| kind.mismatch(text))?;
    Ok(vec![(None, from_spki(&der, algorithm, kind)?)])
}

/// A key from a DER SubjectPublicKeyInfo (RFC 5280, section 4.1).
pub(super) fn from_spki(der: &[u8], algorithm: Algorithm, kind: KeyKind) -> Result<PublicKey, Problem> {
    let mismatch = || kind.mismatch(der);
    let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| mismatch())?;
    let bits = spki.subject_public_key.as_bytes().ok_or_else(mismatch)?;
    let parameters = spki.algorithm.parameters;
    match (kind, spki.algorithm.oid, parameters) {
        (KeyKind::Ed25519, rfc8410::ID_ED_25519, None) => PublicKey::ed25519(bits),
        // Points compressed or not. AWS-LC would take the hybrid form too, which RFC 5480, section 2.2, forbids.
        (_, rfc5912::ID_EC_PUBLIC_KEY, Some(curve))
            if curve.decode_as().is_ok_and(|curve| kind.is_on(curve)) && matches!(bits, [2..=4, ..]) =>
        {
            PublicKey::aws_lc(der, algorithm, kind)
        }
        (KeyKind::Rsa, rfc5912::RSA_ENCRYPTION, Some(none)) if none == AnyRef::NULL => {
            PublicKey::aws_lc(bits, algorithm, kind)
        }
        (KeyKind::Rsa, rfc5912::ID_RSASSA_PSS, _) if may_be_pss(algorithm, parameters) => {
            PublicKey::aws_lc(bits, algorithm, kind)
        }
        _ => Err(mismatch()),
    }
}

/// Whether a key that is for PSS alone may be used with an algorithm. Its parameters, where it has any, bind hash, mask
/// and salt (RFC 4055, section 3.1).
fn may_be_pss(algorithm: Algorithm, parameters: Option<AnyRef<'_>>) -> bool {
    let (hash, salt) = match algorithm {
        Algorithm::RsaPssSha256 => (1, 32),
        Algorithm::RsaPssSha384 => (2, 48),
        Algorithm::RsaPssSha512 => (3, 64),
        _ => return false,
    };
    // RSASSA-PSS-params with one hash for message and mask (2.16.840.1.101.3.4.2.x) and that salt.
    #[rustfmt::skip]
    let only = [
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00,
        0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08,
        0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00,
        0xa2, 0x03, 0x02, 0x01, salt,
    ];
    parameters.is_none_or(|parameters| parameters.tag() == Tag::Sequence && parameters.value() == only)
}

impl KeyKind {
    /// Whether its keys are on the curve that a SubjectPublicKeyInfo names (RFC 5480, section 2.1.1.1).
    fn is_on(self, curve: ObjectIdentifier) -> bool {
        match self {
            Self::P256 => curve == rfc5912::SECP_256_R_1,
            Self::P384 => curve == rfc5912::SECP_384_R_1,
            Self::P521 => curve == rfc5912::SECP_521_R_1,
            Self::Ed25519 | Self::Rsa => false,
        }
    }
}

const BEGIN: &str = "-----BEGIN ";

/// The keys of all PEM blocks (RFC 7468). Text between blocks is comment.
fn from_pem(text: &str, algorithm: Algorithm, kind: KeyKind) -> Result<Vec<PublicKey>, Problem> {
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for block in text.split(BEGIN).skip(1) {
        let (label, der) = pem_block(block).ok_or_else(|| kind.mismatch(text))?;
        match label {
            "PUBLIC KEY" => keys.push(from_spki(&der, algorithm, kind)?),
            "RSA PUBLIC KEY" if kind == KeyKind::Rsa => keys.push(PublicKey::aws_lc(&der, algorithm, kind)?),
            "CERTIFICATE" => certificates.push(Certificate::from_der(&der).map_err(|_| kind.mismatch(text))?),
            label if label.ends_with("PRIVATE KEY") => return Err(PRIVATE),
            _ => return Err(kind.mismatch(text)),
        }
    }
    for certificate in &certificates {
        let certificate = certificate.tbs_certificate();
        // Of a chain the end signs deliveries, and what issued it does not.
        let is_issuer = certificates
            .iter()
            .map(Certificate::tbs_certificate)
            .any(|other| other.issuer() == certificate.subject() && other.issuer() != other.subject());
        if !is_issuer {
            let der = certificate.subject_public_key_info().to_der().map_err(|_| kind.mismatch(text))?;
            keys.push(from_spki(&der, algorithm, kind)?);
        }
    }
    if keys.is_empty() { Err(kind.mismatch(text)) } else { Ok(keys) }
}

/// Label and bytes of a PEM block, from behind its `-----BEGIN `. Lines may be of any length, and there may be none:
/// some providers hand out their key on one.
fn pem_block(block: &str) -> Option<(&str, Vec<u8>)> {
    let (label, rest) = block.split_once("-----")?;
    let (content, rest) = rest.split_once("-----END ")?;
    rest.strip_prefix(label)?.strip_prefix("-----")?;
    Some((label, base64(content)?))
}

/// The refusal of a private key: whoever can read it can sign, so it has no place in a receiver.
pub(super) const PRIVATE: Problem =
    Problem::NotAKey { expected: "a public key, but a private one; configure the public half, and only that" };

fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&text).ok()
}

/// The 32 bytes of a bare Ed25519 key. No text has that many in two of the encodings, save where they agree.
fn bare_point(text: &str) -> Option<Vec<u8>> {
    use data_encoding::{BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
    let encodings = [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    encodings.iter().filter_map(|encoding| encoding.decode(text.as_bytes()).ok()).find(|bytes| bytes.len() == 32)
}
