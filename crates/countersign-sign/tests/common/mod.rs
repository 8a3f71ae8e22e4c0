//! What the tests share: a secret for every format and both halves of a key for every algorithm, and the verify path
//! from outside.
#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::BTreeSet;

use countersign::{
    Algorithm, Delivery, Encoding, Endpoint, EndpointBuilder, Keyring, Provider, Rejection, Scheme, SecretEncoding,
    SecretFormat, SigningSecret, Syntax, UnixTime, encode,
};
use countersign_sign::{Draft, SignedDelivery, Signer};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

/// Where every endpoint is registered.
pub(crate) const URL: &str = "https://hooks.example.com/in";

/// What a provider's sender and its receivers are given. For all but public keys the two are one.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) private: String,
    pub(crate) public: String,
}

/// A secret in the format of the provider's first scheme; `seed` tells one from another.
pub(crate) fn secret(provider: &Provider, seed: u8) -> String {
    pair(&provider.schemes[0], seed).private
}

/// Both halves for a scheme.
pub(crate) fn pair(scheme: &Scheme, seed: u8) -> Pair {
    if scheme.algorithm.is_public_key() {
        return public_key(scheme, seed);
    }
    let is_basic = matches!(&scheme.signature.syntax, Syntax::Prefix(prefix) if prefix == "Basic ");
    let secret = write(&scheme.secret, seed);
    let secret = if is_basic { format!("tide:{secret}") } else { secret };
    Pair { private: secret.clone(), public: secret }
}

fn write(format: &SecretFormat, seed: u8) -> String {
    let key: Vec<u8> = (0..32u8).map(|index| index.wrapping_mul(37).wrapping_add(seed)).collect();
    let text = match format.encoding {
        SecretEncoding::Base64 => encode(&key, Encoding::Base64),
        SecretEncoding::Base64url => encode(&key, Encoding::Base64urlNopad),
        _ => encode(&key, Encoding::Hex),
    };
    format!("{}{text}", format.strip.first().map_or("", AsRef::as_ref))
}

macro_rules! keys {
    ($($kind:literal),*) => {
        [$(($kind, [
            [include_str!(concat!("../keys/", $kind, "-1.pem")), include_str!(concat!("../keys/", $kind, "-1.pub.pem"))],
            [include_str!(concat!("../keys/", $kind, "-2.pem")), include_str!(concat!("../keys/", $kind, "-2.pub.pem"))],
            [include_str!(concat!("../keys/", $kind, "-3.pem")), include_str!(concat!("../keys/", $kind, "-3.pub.pem"))],
        ])),*]
    };
}

/// Key pairs made by OpenSSL 3 for these tests and used for nothing else.
const KEYS: [(&str, [[&str; 2]; 3]); 5] = keys!("ed25519", "p256", "p384", "p521", "rsa");

fn public_key(scheme: &Scheme, seed: u8) -> Pair {
    let wanted = match scheme.algorithm {
        Algorithm::Ed25519 => "ed25519",
        Algorithm::EcdsaP256Sha1 | Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP256Sha256Fixed => "p256",
        Algorithm::EcdsaP384Sha384Fixed => "p384",
        Algorithm::EcdsaP521Sha512Fixed => "p521",
        _ => "rsa",
    };
    let (_, keys) = KEYS.iter().find(|(kind, _)| *kind == wanted).unwrap();
    let [private, public] = keys[usize::from(seed) - 1].map(str::to_owned);
    match scheme.secret.strip.first() {
        None => Pair { private, public },
        // The last 32 bytes of either half's DER are the key itself.
        Some(prefix) => {
            let raw = |pem: &str| {
                let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
                let der = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
                encode(&der[der.len() - 32..], Encoding::Base64)
            };
            Pair { private: format!("whsk_{}", raw(&private)), public: format!("{prefix}{}", raw(&public)) }
        }
    }
}

/// The names of what a provider's endpoints are configured with.
pub(crate) fn settings(provider: &Provider) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for scheme in provider.schemes.iter() {
        for text in [&scheme.content, &scheme.require, &scheme.equal] {
            let parts = text.split("{cfg").skip(1);
            let names_of = parts.filter_map(|part| part.split_once(':')?.1.split('}').next());
            names.extend(names_of.map(str::to_owned));
        }
    }
    names
}

pub(crate) fn builder(provider: &Provider, keyring: impl Into<Keyring>) -> EndpointBuilder {
    let builder = Endpoint::builder("catalogue", provider, keyring.into()).public_url(URL).unwrap();
    settings(provider).iter().fold(builder, |builder, name| builder.config(name.clone(), setting(name)))
}

pub(crate) fn endpoint(provider: &Provider, keyring: impl Into<Keyring>) -> Endpoint {
    builder(provider, keyring).build().unwrap_or_else(|error| panic!("{}: {error}", provider.name))
}

fn setting(name: &str) -> String {
    format!("{name}-of-the-endpoint")
}

/// A sample on its way to the endpoint, by a scheme where one is named.
pub(crate) fn sample(signer: &Signer, scheme: &Scheme) -> Draft {
    let draft = to_endpoint(signer, signer.sample()).at(NOW);
    if scheme.name.is_empty() { draft } else { draft.scheme(scheme.name.as_ref()) }
}

pub(crate) fn to_endpoint(signer: &Signer, draft: Draft) -> Draft {
    settings(signer.provider()).iter().fold(draft.url(URL), |draft, name| draft.config(name.clone(), setting(name)))
}

pub(crate) fn verify(endpoint: &Endpoint, delivery: &SignedDelivery, now: UnixTime) -> Result<Delivery, Rejection> {
    let mut intake = endpoint.open(delivery)?;
    intake.push(delivery.body.clone())?;
    intake.finish(now)
}

/// A keyring of texts, weak ones included.
pub(crate) fn keyring(secrets: &[String]) -> Keyring {
    let mut secrets = secrets.iter().map(|text| SigningSecret::new(text.as_str()).danger_accept_weak());
    let first = Keyring::new(secrets.next().expect("a secret"));
    secrets.fold(first, Keyring::also_accept)
}
