//! Public keys out of JSON: a JWK or a JWK set (RFC 7517, RFC 7518 section 6, RFC 8037).

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::read::PRIVATE;
use super::{KeyKind, NamedKeys, PublicKey};
use crate::scheme::Algorithm;
use crate::secret::Problem;

/// The keys of a JWK or JWK set that are for the algorithm.
///
/// Keys of a set that say that they are for something else, and keys of a set that are broken, are passed over, as RFC
/// 7517, section 5, wants it: a provider may publish whatever it likes beside the key that signs deliveries. Where none
/// is left, the first broken key's problem is told.
pub(super) fn keys(text: &str, algorithm: Algorithm, kind: KeyKind) -> Result<NamedKeys, Problem> {
    let Ok(Value::Object(json)) = serde_json::from_str(text) else { return Err(NOT_JSON) };
    let jwks: Vec<&Map<String, Value>> = match json.get("keys") {
        None => vec![&json],
        Some(Value::Array(jwks)) => jwks.iter().filter_map(Value::as_object).collect(),
        Some(_) => return Err(NOT_JSON),
    };
    let (mut keys, mut problem) = (Vec::new(), None);
    for jwk in jwks.into_iter().filter(|jwk| is_for(jwk, algorithm, kind)) {
        match key(jwk, algorithm, kind) {
            Ok(key) => keys.push((text_of(jwk, "kid").map(Arc::from), key)),
            Err(broken) => problem = problem.or(Some(broken)),
        }
    }
    if keys.is_empty() { Err(problem.unwrap_or(NONE_FITS)) } else { Ok(keys) }
}

/// Whether a JWK claims to be of the kind and for the algorithm. What it does not say does not stand against it, save
/// for the type.
fn is_for(jwk: &Map<String, Value>, algorithm: Algorithm, kind: KeyKind) -> bool {
    let (kty, crv): (_, &[&str]) = match kind {
        KeyKind::Ed25519 => ("OKP", &["Ed25519"]),
        KeyKind::P256 => ("EC", &["P-256"]),
        KeyKind::P384 => ("EC", &["P-384"]),
        KeyKind::P521 => ("EC", &["P-521"]),
        KeyKind::Rsa => ("RSA", &[]),
    };
    let one_of = |member: &str, allowed: &[&str]| text_of(jwk, member).is_some_and(|text| allowed.contains(&text));
    let silent_or_one_of = |member: &str, allowed: &[&str]| !jwk.contains_key(member) || one_of(member, allowed);
    let verifies = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => false,
    };
    one_of("kty", &[kty])
        && (crv.is_empty() || one_of("crv", crv))
        && silent_or_one_of("alg", jose_names(algorithm))
        && silent_or_one_of("use", &["sig"])
        && verifies
}

/// What JOSE calls an algorithm. Its names fix how a signature is written too, which is no matter of the key's.
fn jose_names(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Ed25519 => &["EdDSA", "Ed25519"],
        Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP256Sha256Fixed => &["ES256"],
        Algorithm::EcdsaP384Sha384Fixed => &["ES384"],
        Algorithm::EcdsaP521Sha512Fixed => &["ES512"],
        Algorithm::RsaPkcs1Sha1 => &["RS1"],
        Algorithm::RsaPkcs1Sha256 => &["RS256"],
        Algorithm::RsaPkcs1Sha384 => &["RS384"],
        Algorithm::RsaPkcs1Sha512 => &["RS512"],
        Algorithm::RsaPssSha256 => &["PS256"],
        Algorithm::RsaPssSha384 => &["PS384"],
        Algorithm::RsaPssSha512 => &["PS512"],
        _ => &[],
    }
}

fn key(jwk: &Map<String, Value>, algorithm: Algorithm, kind: KeyKind) -> Result<PublicKey, Problem> {
    if jwk.contains_key("d") {
        return Err(PRIVATE);
    }
    let member = |name: &str| {
        let bytes = text_of(jwk, name).and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        bytes.ok_or_else(|| kind.mismatch(name))
    };
    match kind {
        KeyKind::Ed25519 => PublicKey::ed25519(&member("x")?),
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => {
            let (x, y) = (member("x")?, member("y")?);
            let bytes = match kind {
                KeyKind::P256 => 32,
                KeyKind::P384 => 48,
                _ => 66,
            };
            if x.len() != bytes || y.len() != bytes {
                return Err(kind.mismatch(jwk));
            }
            // The uncompressed point (SEC 1, section 2.3.3).
            PublicKey::aws_lc(&[&[4], x.as_slice(), y.as_slice()].concat(), algorithm, kind)
        }
        KeyKind::Rsa => PublicKey::rsa(member("n")?, member("e")?, algorithm),
    }
}

fn text_of<'j>(jwk: &'j Map<String, Value>, member: &str) -> Option<&'j str> {
    jwk.get(member).and_then(Value::as_str)
}

const NOT_JSON: Problem = Problem::NotAKey { expected: "a JWK or a JWK set, though it begins like one" };
const NONE_FITS: Problem = Problem::NotAKey {
    expected: "a JWK for its scheme's algorithm, which `kty`, `crv`, `alg`, `use` and `key_ops` must name or leave open",
};
