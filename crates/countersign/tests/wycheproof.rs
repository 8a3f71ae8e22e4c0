//! Project Wycheproof's vectors, as deliveries to endpoints: signature header in hex, the message as the body.
//!
//! `valid` must be taken and `invalid` refused. Three rules are this crate's own, each counted: a MAC that was cut is
//! refused where Wycheproof knows cut tags as valid, a public key counts in every form it is given in, and the
//! `acceptable` ones (a DigestInfo without its NULL, in RSA's PKCS #1 v1.5 padding) are refused.

use bytes::Bytes;
use countersign::{Algorithm, Endpoint, Keyring, Provider, SigningSecret, UnixTime};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

/// What became of a file's vectors.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// `valid`, and taken.
    taken: usize,
    /// `invalid`, and refused.
    refused: usize,
    /// `acceptable`, and refused.
    acceptable: usize,
    /// `valid`, but a MAC that was cut, and so refused.
    cut: usize,
}

#[test]
fn takes_and_refuses_what_wycheproof_says_of_macs() {
    for (name, algorithm, expected) in [
        (mac::TestName::HmacSha1, Algorithm::HmacSha1, (33, 104, 33)),
        (mac::TestName::HmacSha256, Algorithm::HmacSha256, (33, 108, 33)),
        (mac::TestName::HmacSha384, Algorithm::HmacSha384, (33, 108, 33)),
        (mac::TestName::HmacSha512, Algorithm::HmacSha512, (33, 108, 33)),
    ] {
        let mut tally = Tally::default();
        for group in groups(name.json_data()) {
            let tag_bits = group["tagSize"].as_u64().unwrap();
            let is_whole = algorithm.signature_len() == Some(tag_bits as usize / 8);
            for test in group["tests"].as_array().unwrap() {
                let endpoint = endpoint(algorithm, "hex", text(test, "key"));
                tally.add(test, is_whole, takes(&endpoint, &bytes(test, "msg"), text(test, "tag")));
            }
        }
        let (taken, refused, cut) = expected;
        assert_eq!(tally, Tally { taken, refused, cut, acceptable: 0 }, "{name:?}");
    }
}

#[test]
fn takes_and_refuses_what_wycheproof_says_of_ed25519() {
    assert_eq!(run(eddsa::TestName::Ed25519.json_data(), Algorithm::Ed25519, 3), tally(88, 63, 0));
}

#[test]
fn takes_and_refuses_what_wycheproof_says_of_ecdsa() {
    use ecdsa::TestName as Name;
    for (name, algorithm, forms, expected) in [
        (Name::EcdsaSecp256r1Sha256, Algorithm::EcdsaP256Sha256, 2, tally(174, 310, 0)),
        (Name::EcdsaSecp256r1Sha256P1363, Algorithm::EcdsaP256Sha256Fixed, 3, tally(173, 89, 0)),
        (Name::EcdsaSecp384r1Sha384P1363, Algorithm::EcdsaP384Sha384Fixed, 3, tally(193, 87, 0)),
        (Name::EcdsaSecp521r1Sha512P1363, Algorithm::EcdsaP521Sha512Fixed, 3, tally(231, 87, 0)),
    ] {
        assert_eq!(run(name.json_data(), algorithm, forms), expected, "{name:?}");
    }
}

#[test]
fn takes_and_refuses_what_wycheproof_says_of_rsa_with_pkcs1_padding() {
    use Algorithm::{RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512};
    use pkcs1::TestName as Name;
    for (name, algorithm, expected) in [
        (Name::Rsa2048Sha256, RsaPkcs1Sha256, tally(9, 249, 1)),
        (Name::Rsa2048Sha384, RsaPkcs1Sha384, tally(7, 250, 1)),
        (Name::Rsa2048Sha512, RsaPkcs1Sha512, tally(8, 250, 1)),
        (Name::Rsa3072Sha256, RsaPkcs1Sha256, tally(8, 250, 1)),
        (Name::Rsa3072Sha384, RsaPkcs1Sha384, tally(7, 251, 1)),
        (Name::Rsa3072Sha512, RsaPkcs1Sha512, tally(8, 251, 1)),
        (Name::Rsa4096Sha256, RsaPkcs1Sha256, tally(7, 250, 1)),
        (Name::Rsa4096Sha384, RsaPkcs1Sha384, tally(7, 251, 1)),
        (Name::Rsa4096Sha512, RsaPkcs1Sha512, tally(7, 251, 1)),
        (Name::Rsa8192Sha256, RsaPkcs1Sha256, tally(7, 250, 1)),
        (Name::Rsa8192Sha384, RsaPkcs1Sha384, tally(7, 251, 1)),
        (Name::Rsa8192Sha512, RsaPkcs1Sha512, tally(7, 251, 1)),
    ] {
        assert_eq!(run(name.json_data(), algorithm, 2), expected, "{name:?}");
    }
}

/// The files whose mask has the message's hash, and whose salt has its length: no other PSS is known to this crate.
#[test]
fn takes_and_refuses_what_wycheproof_says_of_rsa_with_pss_padding() {
    use Algorithm::{RsaPssSha256, RsaPssSha384, RsaPssSha512};
    use pss::TestName as Name;
    for (name, algorithm, expected) in [
        (Name::RsaPss2048Sha256Mgf1SaltLen32, RsaPssSha256, tally(63, 45, 0)),
        (Name::RsaPss2048Sha256Mgf1SaltLen32WithParams, RsaPssSha256, tally(63, 45, 0)),
        (Name::RsaPss3072Sha256Mgf1SaltLen32, RsaPssSha256, tally(63, 45, 0)),
        (Name::RsaPss3072Sha256Mgf1SaltLen32WithParams, RsaPssSha256, tally(63, 45, 0)),
        (Name::RsaPss4096Sha256Mgf1SaltLen32, RsaPssSha256, tally(63, 45, 0)),
        (Name::RsaPss2048Sha384Mgf1SaltLen48, RsaPssSha384, tally(95, 46, 0)),
        (Name::RsaPss4096Sha384Mgf1SaltLen48, RsaPssSha384, tally(95, 46, 0)),
        (Name::RsaPss4096Sha512Mgf1SaltLen64, RsaPssSha512, tally(132, 47, 0)),
        (Name::RsaPss4096Sha512Mgf1SaltLen64WithParams, RsaPssSha512, tally(132, 47, 0)),
    ] {
        assert_eq!(run(name.json_data(), algorithm, 2), expected, "{name:?}");
    }
}

/// The other way round: what is valid with another hash, mask or salt is refused.
#[test]
fn refuses_valid_signatures_of_other_parameters() {
    use Algorithm::{RsaPssSha256, RsaPssSha384, RsaPssSha512};
    use pss::TestName as Name;
    let mut refused = 0;
    for name in [
        Name::RsaPss2048Sha256Mgf1SaltLen0,
        Name::RsaPss2048Sha256Mgf1Sha1_20,
        Name::RsaPss2048Sha1Mgf1SaltLen20,
        Name::RsaPss2048Sha512_256Mgf1SaltLen32,
        Name::RsaPss4096Sha512Mgf1SaltLen32,
    ] {
        for group in groups(name.json_data()) {
            for algorithm in [RsaPssSha256, RsaPssSha384, RsaPssSha512] {
                let endpoint = endpoint(algorithm, "public-key", text(&group, "publicKeyPem").trim());
                for test in group["tests"].as_array().unwrap().iter().filter(|test| test["result"] == "valid") {
                    assert!(!takes(&endpoint, &bytes(test, "msg"), text(test, "sig")), "{name:?} {}", test["tcId"]);
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, 3 * 367);
}

/// Runs a file, each test with the group's key in every form: PEM, DER in base64, and where it is given JWK. At least
/// one group must have `forms` of them.
fn run(json: &str, algorithm: Algorithm, forms: usize) -> Tally {
    let (mut tally, mut most) = (Tally::default(), 0);
    for group in groups(json) {
        let der = BASE64.encode(&bytes(&group, "publicKeyDer"));
        let mut keys = vec![text(&group, "publicKeyPem").trim().to_owned(), der];
        keys.extend(["publicKeyJwk", "keyJwk"].into_iter().filter_map(|jwk| group.get(jwk)).map(Value::to_string));
        most = most.max(keys.len());
        let endpoints: Vec<_> = keys.iter().map(|key| endpoint(algorithm, "public-key", key)).collect();
        for test in group["tests"].as_array().unwrap() {
            let taken: Vec<_> =
                endpoints.iter().map(|endpoint| takes(endpoint, &bytes(test, "msg"), text(test, "sig"))).collect();
            assert!(taken.iter().all(|each| *each == taken[0]), "{algorithm:?} {}: {taken:?}", test["tcId"]);
            tally.add(test, true, taken[0]);
        }
    }
    assert!(most >= forms, "{algorithm:?}: {most} forms of a key");
    tally
}

impl Tally {
    fn add(&mut self, test: &Value, is_whole: bool, taken: bool) {
        let wrong = || panic!("{} ({}) taken: {taken}", test["tcId"], test["comment"]);
        match (test["result"].as_str(), is_whole, taken) {
            (Some("valid"), true, true) => self.taken += 1,
            (Some("valid"), false, false) => self.cut += 1,
            (Some("invalid"), _, false) => self.refused += 1,
            (Some("acceptable"), _, false) => self.acceptable += 1,
            _ => wrong(),
        }
    }
}

fn tally(taken: usize, refused: usize, acceptable: usize) -> Tally {
    Tally { taken, refused, acceptable, cut: 0 }
}

fn groups(json: &str) -> Vec<Value> {
    let Ok(Value::Object(mut file)) = serde_json::from_str(json) else { panic!("no JSON") };
    let Some(Value::Array(groups)) = file.remove("testGroups") else { panic!("no groups") };
    groups
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member}"))
}

fn bytes(value: &Value, member: &str) -> Vec<u8> {
    HEXLOWER.decode(text(value, member).as_bytes()).unwrap()
}

/// An endpoint of a provider that signs the body, and nothing else.
fn endpoint(algorithm: Algorithm, secret: &str, key: &str) -> Endpoint {
    let provider = Provider::from_toml(&format!(
        r#"
        name = "wycheproof"

        [[schemes]]
        algorithm = "{}"
        secret = {{ encoding = "{secret}" }}
        signature = {{ at = "{{h:X-Signature}}", encoding = "hex" }}
        content = "{{body}}"
        "#,
        algorithm.name()
    ))
    .unwrap();
    // Some of the MAC keys are short, as vectors may be.
    let keyring = Keyring::new(SigningSecret::new(key).danger_accept_weak());
    Endpoint::builder("wycheproof", provider, keyring).build().unwrap_or_else(|error| panic!("{error}: {key}"))
}

/// Sends a delivery, the body in two chunks.
fn takes(endpoint: &Endpoint, message: &[u8], signature: &str) -> bool {
    let request = http::Request::post("/").header("X-Signature", signature).body(()).unwrap();
    let Ok(mut intake) = endpoint.open(&request) else { return false };
    let (first, second) = message.split_at(message.len() / 2);
    for chunk in [first, second] {
        intake.push(Bytes::copy_from_slice(chunk)).unwrap();
    }
    intake.finish(UnixTime::from_secs(1_795_000_000)).is_ok()
}
