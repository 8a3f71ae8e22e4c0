//! What a draft lets its caller say, and what it refuses.

mod common;

use common::{NOW, endpoint, secret, verify};
use countersign::{Provider, UnixTime, providers};
use countersign_sign::{Hostile, SignError, SignedDelivery, Signer};

fn signer(provider: &Provider) -> Signer {
    Signer::new(provider, secret(provider, 1)).unwrap()
}

#[test]
fn agrees_with_the_vector_of_standard_webhooks() {
    let signer = Signer::new(providers::STANDARD_WEBHOOKS, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let delivery = signer
        .delivery()
        .id("msg_p5jXN8AQM9LWM0D4loKWxJek")
        .at(UnixTime::from_secs(1_614_265_330))
        .body(r#"{"test": 2432232314}"#)
        .sign()
        .unwrap();
    assert_eq!(delivery.header("Webhook-Signature"), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

#[test]
fn writes_the_parameters_before_the_signature() {
    let delivery = signer(&providers::STRIPE).delivery().at(NOW).body("{}").sign().unwrap();
    assert!(delivery.header("stripe-signature").unwrap().starts_with("t=1790000000,v1="));
    let paddle = signer(&providers::PADDLE).delivery().at(NOW).body("{}").sign().unwrap();
    assert!(paddle.header("paddle-signature").unwrap().starts_with("ts=1790000000;h1="));
}

#[test]
fn an_id_in_the_body_is_the_callers_to_write() {
    let stripe = signer(&providers::STRIPE);
    let error = stripe.delivery().id("evt_1").body("{}").sign().unwrap_err();
    assert_eq!(error, SignError::IdInBody { pointer: "{j:/id}".into() });
    assert!(error.to_string().contains("/id"), "{error}");
    let sample = stripe.sample().id("evt_1").at(NOW).sign().unwrap();
    assert!(sample.body.starts_with(br#"{"id":"evt_1""#));
}

#[test]
fn a_time_in_the_body_is_the_callers_to_write() {
    let linear = signer(&providers::LINEAR);
    let body = format!(r#"{{"webhookTimestamp":{}}}"#, NOW.as_millis());
    let draft = linear.delivery().body(body);
    assert!(draft.clone().at(NOW).sign().is_ok());
    let later = UnixTime::from_millis(NOW.as_millis() + 1);
    let error = draft.clone().at(later).sign().unwrap_err();
    assert_eq!(error, SignError::TimeInBody { pointer: "{n:/webhookTimestamp}".into() });
    assert_eq!(draft.at(NOW).hostile(Hostile::Stale).unwrap_err(), error);
}

#[test]
fn an_id_goes_where_the_provider_writes_it() {
    let svix = signer(&providers::SVIX).delivery().id("msg_1").header_set(1).sign().unwrap();
    assert_eq!((svix.header("svix-id"), svix.header("webhook-id")), (Some("msg_1"), None));
    let github = signer(&providers::GITHUB).delivery().id("72d3162e").sign().unwrap();
    assert_eq!(github.header("X-GitHub-Delivery"), Some("72d3162e"));
    assert_eq!(signer(&providers::ZOOM).delivery().id("x").sign().unwrap_err(), SignError::NoPlaceForId);
}

#[test]
fn both_header_sets_verify() {
    for (provider, sets) in [(&providers::SVIX, 2), (&providers::SHOPIFY, 2), (&providers::GITHUB, 1)] {
        let endpoint = endpoint(provider, secret(provider, 1));
        for set in 0..sets {
            let delivery = signer(provider).sample().at(NOW).header_set(set).sign().unwrap();
            assert!(verify(&endpoint, &delivery, NOW).is_ok(), "{} {set}", provider.name);
        }
        let error = signer(provider).sample().header_set(sets).sign().unwrap_err();
        assert_eq!(error, SignError::HeaderSet { wanted: sets, sets });
    }
}

#[test]
fn a_signed_header_is_signed_as_the_caller_wrote_it() {
    let slack = signer(&providers::SLACK);
    let endpoint = endpoint(&providers::SLACK, secret(&providers::SLACK, 1));
    let draft = slack.delivery().body("{}");
    let control = draft.clone().header("X-Slack-Request-Timestamp", "1790000000").sign().unwrap();
    assert!(verify(&endpoint, &control, NOW).is_ok());
    for text in ["+1790000000", "01790000000", "1790000000.0", "-9223372036854775808"] {
        let delivery = draft.clone().header("X-Slack-Request-Timestamp", text).sign().unwrap();
        assert_eq!(delivery.header("x-slack-request-timestamp"), Some(text));
        assert!(verify(&endpoint, &delivery, NOW).is_err(), "{text}");
    }
}

#[test]
fn a_draft_is_one_event() {
    let standard = signer(&providers::STANDARD_WEBHOOKS);
    let draft = standard.sample();
    assert_eq!(draft.sign(), draft.sign());
    assert_ne!(draft.sign(), standard.sample().sign());
}

#[test]
fn refuses_what_cannot_be_sent() {
    let standard = signer(&providers::STANDARD_WEBHOOKS);
    let draft = standard.delivery();
    for (refused, named) in [
        (draft.clone().header("x-note", "a\r\nx-evil: 1"), "x-note"),
        (draft.clone().header("x note", "a"), "x note"),
        (draft.clone().method("GET /"), "method"),
        (draft.clone().url(""), "url"),
        (draft.clone().id("with.delimiter"), "webhook-id"),
        (draft.clone().id(""), "webhook-id"),
        (draft.clone().header("Webhook-Signature", "v1,"), "webhook-signature"),
    ] {
        let error = refused.sign().unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    assert!(draft.id("msg-1").sign().is_ok());
}

#[test]
fn a_custom_scheme_asks_for_what_it_signs() {
    let provider = Provider::from_toml(
        r#"
        name = "acme"
        [[schemes]]
        algorithm = "hmac-sha512"
        secret = { encoding = "hex" }
        signature = { at = "{h:Acme-Signature}", syntax = { pairs = { separator = ",", assign = "=", pick = "s" } }, encoding = "base64url" }
        content = "{p:nonce}:{h:Acme-Topic}:{body}:{p:t}"
        timestamp = { from = "{p:t}", unit = "ms", past = 300, future = 60 }
        "#,
    )
    .unwrap();
    let signer = signer(&provider);
    let draft = signer.delivery().at(NOW).body("{}");
    assert_eq!(draft.sign().unwrap_err(), SignError::ParamMissing { param: "nonce".into() });
    let draft = draft.param("nonce", "n1");
    assert_eq!(draft.sign().unwrap_err(), SignError::HeaderMissing { header: "acme-topic".into() });
    let draft = draft.header("Acme-Topic", "orders");
    let delivery = draft.sign().unwrap();
    assert!(delivery.header("acme-signature").unwrap().starts_with("nonce=n1,t=1790000000000,s="));
    let endpoint = endpoint(&provider, secret(&provider, 1));
    assert!(verify(&endpoint, &delivery, NOW).is_ok());
    assert_eq!(signer.sample().sign().unwrap_err(), SignError::NoSample);
    for kind in Hostile::ALL.iter().filter(|kind| **kind != Hostile::Replayed) {
        for hostile in draft.hostile(*kind).unwrap() {
            assert!(verify(&endpoint, &hostile.delivery, NOW).is_err(), "{kind}: {}", hostile.what);
        }
    }
}

#[test]
fn no_secret_signature_or_body_is_shown() {
    let secret = "whsec_c2Vuc2l0aXZlIGtleSBvZiAzMiBieXRlcyEhISEhISE=";
    let signer = Signer::new(providers::STANDARD_WEBHOOKS, secret).unwrap();
    let draft = signer.sample();
    let delivery: SignedDelivery = draft.sign().unwrap();
    let signature = delivery.header("webhook-signature").unwrap();
    let shown = format!("{signer:?} {draft:?} {delivery:?}");
    assert!(!shown.contains("c2Vuc2l0") && !shown.contains(signature) && !shown.contains("Rosa"), "{shown}");
    for bad in ["whsec_sensitive!", "whsk_c2Vuc2l0aXZl", "sensitive"] {
        let error = Signer::new(providers::STANDARD_WEBHOOKS, bad).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("sensitive") && !shown.contains("c2Vuc2l0"), "{shown}");
    }
}

#[test]
fn kinds_have_names() {
    for kind in Hostile::ALL {
        assert_eq!(Hostile::from_name(kind.name()), Some(*kind));
        assert!(!kind.summary().is_empty());
    }
    assert_eq!(Hostile::from_name("friendly"), None);
    let error = signer(&providers::GITHUB).sample().hostile(Hostile::Stale).unwrap_err();
    assert!(error.to_string().contains("signs no time"), "{error}");
}

#[cfg(feature = "ed25519")]
mod ed25519 {
    use countersign::{Encoding, Keyring, encode};

    use super::*;

    fn pair() -> (String, String) {
        let seed = [7; 32];
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public = encode(key.verifying_key().as_bytes(), Encoding::Base64);
        (format!("whsk_{}", encode(&key.to_keypair_bytes(), Encoding::Base64)), format!("whpk_{public}"))
    }

    #[test]
    fn a_private_key_signs_and_the_public_key_verifies() {
        let (private, public) = pair();
        let seed = format!("whsk_{}", encode(&[7; 32], Encoding::Base64));
        let endpoint = endpoint(&providers::STANDARD_WEBHOOKS, public.clone());
        let sample = |secret: &str| {
            Signer::new(providers::STANDARD_WEBHOOKS, secret).unwrap().sample().at(NOW).id("m").sign().unwrap()
        };
        assert_eq!(sample(&private), sample(&seed));
        assert!(sample(&private).header("webhook-signature").unwrap().starts_with("v1a,"));
        assert!(verify(&endpoint, &sample(&private), NOW).is_ok());
        assert!(Signer::new(providers::STANDARD_WEBHOOKS, public).is_err());
    }

    #[test]
    fn a_shared_secret_and_a_private_key_sign_side_by_side() {
        let (private, public) = pair();
        let shared = secret(&providers::STANDARD_WEBHOOKS, 1);
        let ring = Keyring::new(shared.clone()).also_accept(private);
        let both = Signer::new(providers::STANDARD_WEBHOOKS, ring).unwrap().sample().at(NOW).sign().unwrap();
        for secret in [shared, public] {
            assert!(verify(&endpoint(&providers::STANDARD_WEBHOOKS, secret), &both, NOW).is_ok());
        }
    }

    #[test]
    fn hostile_deliveries_under_a_private_key_are_refused() {
        let (private, public) = pair();
        let signer = Signer::new(providers::STANDARD_WEBHOOKS, private).unwrap();
        let endpoint = endpoint(&providers::STANDARD_WEBHOOKS, public);
        for kind in Hostile::ALL.iter().filter(|kind| **kind != Hostile::Replayed) {
            for hostile in signer.sample().at(NOW).hostile(*kind).unwrap() {
                assert!(verify(&endpoint, &hostile.delivery, NOW).is_err(), "{kind}: {}", hostile.what);
            }
        }
    }
}
