//! Signed deliveries for the tests of this crate, made with nothing but `sign_mac`.

use bytes::Bytes;
use countersign::{
    Algorithm, Delivery, Encoding, Endpoint, EndpointBuilder, Provider, Reason, SecretEncoding, SigningSecret,
    UnixTime, encode, sign_mac,
};

pub(crate) const NOW: u64 = 1_795_000_000;

/// 32 bytes each; the texts are what a provider would issue.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) const CURRENT: &str = "whsec_Y3VycmVudCBrZXksIDMyIGJ5dGVzIG9mIGl0ISEhISE=";
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) const PREVIOUS: &str = "whsec_cHJldmlvdXMga2V5LCAzMiBieXRlcyBvZiBpdCEhISE=";
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) const OTHER: &str = "whsec_bm9ib2R5J3Mga2V5LCAzMiBieXRlcyBvZiBpdCEhISE=";

/// The key bytes of a `whsec_` secret.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn key_of(secret: &str) -> Vec<u8> {
    data_encoding::BASE64.decode(secret.trim_start_matches("whsec_").as_bytes()).unwrap()
}

/// A Standard Webhooks delivery signed at [`NOW`].
pub(crate) fn request(secret: &str, id: &str, body: &[u8]) -> http::Request<()> {
    let mut content = format!("{id}.{NOW}.").into_bytes();
    content.extend_from_slice(body);
    let tag = sign_mac(Algorithm::HmacSha256, &key_of(secret), &content).unwrap();
    http::Request::post("/hooks/acme")
        .header("webhook-id", id)
        .header("webhook-timestamp", NOW.to_string())
        .header("webhook-signature", format!("v1,{}", encode(&tag, Encoding::Base64)))
        .body(())
        .unwrap()
}

/// Sends a delivery signed with `secret` through the endpoint, to be judged at `now`.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn deliver_at(endpoint: &Endpoint, secret: &str, now: UnixTime) -> Result<Delivery, Reason> {
    judge(endpoint, &request(secret, "evt_1", b"{}"), "{}", now)
}

/// Sends a request and its body through the endpoint, to be judged at `now`.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn judge(
    endpoint: &Endpoint,
    request: &http::Request<()>,
    body: impl Into<Bytes>,
    now: UnixTime,
) -> Result<Delivery, Reason> {
    let mut intake = endpoint.open(request).map_err(|rejection| rejection.reason())?;
    intake.push(body.into()).map_err(|rejection| rejection.reason())?;
    intake.finish(now).map_err(|rejection| rejection.reason())
}

/// Sends a delivery signed with `secret` through the endpoint.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn deliver(endpoint: &Endpoint, secret: &str) -> Result<Delivery, Reason> {
    deliver_at(endpoint, secret, UnixTime::from_secs(NOW))
}

/// A secret that every scheme of a provider would take, or the first: of its format, made up.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn secret(provider: &Provider) -> SigningSecret {
    let scheme = &provider.schemes[0];
    let prefix = scheme.secret.strip.first().map_or("", AsRef::as_ref);
    let random: Vec<u8> = (1..=32).collect();
    let encoding = match scheme.secret.encoding {
        SecretEncoding::MarkedPublicKey => SecretEncoding::PublicKey,
        encoding => encoding,
    };
    let text = match (encoding, scheme.algorithm) {
        (SecretEncoding::PublicKey, Algorithm::Ed25519) => {
            include_str!("../../src/public_key/tests/ed25519.pem").into()
        }
        (SecretEncoding::PublicKey, Algorithm::EcdsaP384Sha384Fixed) => {
            include_str!("../../src/public_key/tests/p384.pem").into()
        }
        (SecretEncoding::PublicKey, Algorithm::EcdsaP521Sha512Fixed) => {
            include_str!("../../src/public_key/tests/p521.pem").into()
        }
        (SecretEncoding::PublicKey, algorithm) if algorithm.name().starts_with("ecdsa") => {
            include_str!("../../src/public_key/tests/p256.pem").into()
        }
        (SecretEncoding::PublicKey, _) => include_str!("../../src/public_key/tests/rsa.pem").into(),
        (SecretEncoding::Base64 | SecretEncoding::Base64url, _) => {
            format!("{prefix}{}", encode(&random, Encoding::Base64))
        }
        (SecretEncoding::Hex, _) => format!("{prefix}{}", encode(&random, Encoding::Hex)),
        _ => format!("{prefix}a signing key of more than 16 bytes"),
    };
    SigningSecret::new(text)
}

/// The builder with every value that the provider's schemes sign of the endpoint's configuration.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn configured(mut endpoint: EndpointBuilder, provider: &Provider) -> EndpointBuilder {
    for scheme in provider.schemes.iter() {
        for text in [&scheme.content, &scheme.equal, &scheme.require] {
            for (_, rest) in
                text.match_indices("{cfg:").filter_map(|(at, found)| text.split_at_checked(at + found.len()))
            {
                let (name, _) = rest.split_once('}').unwrap();
                endpoint = endpoint.config(name, "a value");
            }
        }
    }
    endpoint
}
