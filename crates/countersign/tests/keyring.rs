//! Rotation, validity windows, replacement while running, and secrets that are refused.

mod common;

use common::{CURRENT, NOW, OTHER, PREVIOUS, deliver, deliver_at, judge};
use countersign::{
    Algorithm, Encoding, Endpoint, Environment, Keyring, Provider, Reason, SigningSecret, UnixTime, encode, providers,
    sign_mac,
};

fn endpoint(keyring: Keyring) -> Endpoint {
    Endpoint::builder("keyring", providers::STANDARD_WEBHOOKS, keyring).build().unwrap()
}

fn refusal(provider: &Provider, secret: &str) -> String {
    Endpoint::builder("keyring", provider, secret).build().map(|_| ()).unwrap_err().to_string()
}

#[test]
fn accepts_every_secret_of_the_ring_and_says_which() {
    let ring = Keyring::new(SigningSecret::new(CURRENT).id("2026-11").environment(Environment::Live))
        .also_accept(SigningSecret::new(PREVIOUS).id("2026-05"));
    let endpoint = endpoint(ring);
    let current = deliver(&endpoint, CURRENT).unwrap();
    assert_eq!((current.key_id(), current.environment()), ("2026-11", Some(Environment::Live)));
    // Twice, because the second time the key that matched last is tried first.
    for _ in 0..2 {
        let previous = deliver(&endpoint, PREVIOUS).unwrap();
        assert_eq!((previous.key_id(), previous.environment()), ("2026-05", None));
    }
    assert_eq!(deliver(&endpoint, CURRENT).unwrap().key_id(), "2026-11");
    assert_eq!(deliver(&endpoint, OTHER).unwrap_err(), Reason::SignatureMismatch);
}

#[test]
fn a_key_counts_within_its_window_only() {
    let at = UnixTime::from_secs;
    let ring = Keyring::new(SigningSecret::new(CURRENT).not_before(at(NOW)))
        .also_accept(SigningSecret::new(PREVIOUS).not_after(at(NOW)));
    let endpoint = endpoint(ring);
    assert!(deliver_at(&endpoint, CURRENT, at(NOW)).is_ok());
    assert!(deliver_at(&endpoint, PREVIOUS, at(NOW)).is_ok());
    assert_eq!(deliver_at(&endpoint, CURRENT, at(NOW - 1)).unwrap_err(), Reason::KeyNotYetValid);
    assert_eq!(deliver_at(&endpoint, PREVIOUS, at(NOW + 1)).unwrap_err(), Reason::KeyExpired);
}

/// A delivery was refused as signed by an expired key, which it was, beside one that holds.
#[test]
fn an_expired_key_does_not_hide_one_that_made_a_signature_beside_it() {
    let at = UnixTime::from_secs;
    let ring = Keyring::new(SigningSecret::new(PREVIOUS).id("old").not_after(at(NOW)))
        .also_accept(SigningSecret::new(CURRENT).id("new"));
    let endpoint = endpoint(ring);
    let mut both = common::request(PREVIOUS, "evt_1", b"{}");
    let current = common::request(CURRENT, "evt_1", b"{}");
    let signature = |request: &http::Request<()>| request.headers()["webhook-signature"].to_str().unwrap().to_owned();
    let signatures = format!("{} {}", signature(&both), signature(&current));
    both.headers_mut().insert("webhook-signature", signatures.parse().unwrap());
    for (now, key) in [(NOW, "old"), (NOW + 1, "new")] {
        assert_eq!(judge(&endpoint, &both, "{}", at(now)).unwrap().key_id(), key);
    }
    assert_eq!(deliver_at(&endpoint, PREVIOUS, at(NOW + 1)).unwrap_err(), Reason::KeyExpired);
}

/// The same, where the two signatures are of two schemes, of which one is hashed as the body arrives and the other is judged
/// at its end.
#[test]
fn an_expired_key_does_not_hide_one_of_another_scheme() {
    let described = r#"
        name = "two"
        [[schemes]]
        name = "first"
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        signature = { at = "{h:X-Sig}", syntax = { list = { separator = ",", prefix = "v1=" } } }
        content = "{body}"
        [[schemes]]
        name = "second"
        algorithm = "hmac-sha512"
        secret = { encoding = "utf8" }
        signature = { at = "{h:X-Sig}", syntax = { list = { separator = ",", prefix = "v2=" } } }
        content = "{body}"
        require = "{method}=POST"
    "#;
    let (old, new) = ("the old signing key", "the new signing key");
    let at = UnixTime::from_secs;
    let ring = Keyring::new(SigningSecret::new(old).not_after(at(NOW))).also_accept(SigningSecret::new(new));
    let endpoint = Endpoint::builder("two", Provider::from_toml(described).unwrap(), ring).build().unwrap();
    let by = |algorithm, key: &str| encode(&sign_mac(algorithm, key.as_bytes(), b"{}").unwrap(), Encoding::Hex);
    let judge = |second: &str| {
        let signatures = format!("v1={},v2={}", by(Algorithm::HmacSha256, old), by(Algorithm::HmacSha512, second));
        let request = http::Request::post("/").header("x-sig", signatures).body(()).unwrap();
        judge(&endpoint, &request, "{}", at(NOW + 1)).map(|delivery| delivery.key_id().to_owned())
    };
    assert_eq!(judge(new), Ok("key-2".into()));
    assert_eq!(judge(old), Err(Reason::KeyExpired));
    assert_eq!(judge("nobody's signing key"), Err(Reason::KeyExpired));
}

/// Only the first item's key was held to its window: whoever had an expired one could add items to a genuine delivery.
#[test]
fn every_item_of_a_body_is_signed_by_one_key_that_holds() {
    let described = r#"
        name = "items"
        [[schemes]]
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        each = "/items/*/item"
        signature = { at = "{j:/sig}" }
        content = "{j:/id}"
        uncovered = "all of an item but its id"
    "#;
    let (old, new) = ("the old signing key", "the new signing key");
    let at = UnixTime::from_secs;
    let ring = Keyring::new(SigningSecret::new(old).not_after(at(NOW))).also_accept(SigningSecret::new(new));
    let endpoint = Endpoint::builder("items", Provider::from_toml(described).unwrap(), ring).build().unwrap();
    let item = |key: &str, id: &str| {
        let tag = sign_mac(Algorithm::HmacSha256, key.as_bytes(), id.as_bytes()).unwrap();
        format!(r#"{{"item":{{"id":"{id}","sig":"{}"}}}}"#, encode(&tag, Encoding::Hex))
    };
    let judge = |items: &[String], now: u64| {
        let request = http::Request::post("/").body(()).unwrap();
        let body = format!(r#"{{"items":[{}]}}"#, items.join(","));
        judge(&endpoint, &request, body, at(now)).map(|delivery| delivery.key_id().to_owned())
    };
    assert_eq!(judge(&[item(new, "1"), item(new, "2")], NOW + 1), Ok("key-2".into()));
    assert_eq!(judge(&[item(old, "1"), item(old, "2")], NOW), Ok("key-1".into()));
    assert_eq!(judge(&[item(new, "1"), item(old, "2")], NOW), Err(Reason::SignatureMismatch));
    assert_eq!(judge(&[item(new, "1"), item(old, "2")], NOW + 1), Err(Reason::SignatureMismatch));
    assert_eq!(judge(&[item(old, "1"), item(new, "2")], NOW + 1), Err(Reason::KeyExpired));
    // What is not signed at all is no item, and not passed over.
    for unsigned in ["{}", "null", r#""item""#, r#"{"Item":{"id":"2","amount":9}}"#] {
        let items = [item(new, "1"), unsigned.into()];
        assert_eq!(judge(&items, NOW), Err(Reason::SignedHeaderMalformed), "{unsigned}");
    }
}

#[test]
fn replacing_the_ring_loses_no_request_that_has_begun() {
    let endpoint = endpoint(Keyring::new(PREVIOUS));
    let request = common::request(PREVIOUS, "evt_1", b"{}");
    let mut begun = endpoint.open(&request).unwrap();
    endpoint.replace_keyring(CURRENT).unwrap();
    begun.push(bytes::Bytes::from_static(b"{}")).unwrap();
    assert!(begun.finish(UnixTime::from_secs(NOW)).is_ok());
    assert_eq!(deliver(&endpoint, PREVIOUS).unwrap_err(), Reason::SignatureMismatch);
    assert!(deliver(&endpoint, CURRENT).is_ok());
    // A ring that cannot work leaves the old one in place.
    assert!(endpoint.replace_keyring("whsec_").is_err());
    assert!(deliver(&endpoint, CURRENT).is_ok());
}

#[test]
fn refuses_a_secret_that_cannot_guard_and_says_how_to_mend_it() {
    let standard = &providers::STANDARD_WEBHOOKS;
    for (provider, secret, says) in [
        (standard, "", "is empty"),
        (standard, "whsec_", "is empty"),
        (standard, " whsec_Y3VycmVudA==", "white space"),
        (standard, "whsec_Y3VycmVudA==", "at least 16"),
        (standard, "whsec_not-base64-for-its-alphabet!!", "not base64 after `whsec_`"),
        (standard, "whsk_Y3VycmVudCBrZXksIDMyIGJ5dGVzIG9mIGl0ISEhISE=", "another kind of key"),
        (&providers::STRIPE, "sk_live_51H8x9y2eZvKYlo2C", "`sk_`"),
        (&providers::GITHUB, "changeme", "placeholder"),
        (&providers::SLACK, "8f742231b10e", "12 bytes"),
    ] {
        let error = refusal(provider, secret);
        assert!(error.contains(says) && error.starts_with("secret `key-1`: "), "{secret}: {error}");
        assert!(secret.len() < 8 || !error.contains(secret.trim()), "the error shows the secret: {error}");
    }
    let weak = SigningSecret::new("short").danger_accept_weak();
    assert!(Endpoint::builder("keyring", providers::GITHUB, weak).build().is_ok());
    let twins = Keyring::new(SigningSecret::new(CURRENT).id("a")).also_accept(SigningSecret::new(PREVIOUS).id("a"));
    assert!(Endpoint::builder("keyring", standard, twins).build().unwrap_err().to_string().contains("same id"));
}

#[test]
fn debug_shows_no_secret() {
    let ring = Keyring::new(CURRENT).also_accept(PREVIOUS);
    let shown = format!("{ring:?} {:?}", endpoint(ring.clone()));
    assert!(!shown.contains("Y3VycmVud") && !shown.contains("current key"), "{shown}");
}
