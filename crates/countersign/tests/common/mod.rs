//! Signed deliveries for the tests of this crate, made with nothing but `sign_mac`.

use bytes::Bytes;
use countersign::{Algorithm, Delivery, Encoding, Endpoint, Reason, UnixTime, encode, sign_mac};

pub(crate) const NOW: u64 = 1_795_000_000;

/// 32 bytes each; the texts are what a provider would issue.
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
    let request = request(secret, "evt_1", b"{}");
    let mut intake = endpoint.open(&request).map_err(|rejection| rejection.reason())?;
    intake.push(Bytes::from_static(b"{}")).map_err(|rejection| rejection.reason())?;
    intake.finish(now).map_err(|rejection| rejection.reason())
}

/// Sends a delivery signed with `secret` through the endpoint.
#[allow(dead_code, reason = "not every test file uses it")]
pub(crate) fn deliver(endpoint: &Endpoint, secret: &str) -> Result<Delivery, Reason> {
    deliver_at(endpoint, secret, UnixTime::from_secs(NOW))
}
