//! Every kind of handshake, asked and answered without a server; and what must never be answered.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::*;
use crate::provider::Provider;
use crate::rejection::Reason;
use crate::scheme::{Algorithm, Encoding, Scheme, SignatureField, Syntax};
use crate::{ConfigError, Endpoint, EndpointBuilder, Keyring, SigningSecret, UnixTime, encode, providers, sign_mac};

const KEY: &str = "a signing secret of more than sixteen bytes";
const NOW: u64 = 1_795_451_732;

fn builder(provider: &Provider) -> EndpointBuilder {
    Endpoint::builder("asked", provider, KEY)
}

fn answering(provider: &Provider) -> Endpoint {
    builder(provider).answer_handshakes().build().unwrap()
}

/// A request: its line, its headers, its body.
fn ask(endpoint: &Endpoint, line: &str, headers: &[(&str, &str)], body: &str) -> Result<Arrival, Reason> {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let found = (|| {
        let mut intake = endpoint.open(&request)?;
        intake.push(Bytes::copy_from_slice(body.as_bytes()))?;
        intake.conclude(UnixTime::from_secs(NOW))
    })();
    let arrival = found.map_err(|rejection| rejection.reason())?;
    let mut handed = pin!(endpoint.hand_over(arrival));
    match handed.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(handed) => handed.map_err(|rejection| rejection.reason()),
        Poll::Pending => panic!("the receiver of keys is ready at once"),
    }
}

/// Status, type and body of the answer.
fn said(arrival: Result<Arrival, Reason>) -> (u16, Option<String>, String) {
    match arrival {
        Ok(Arrival::Handshake(reply)) => {
            let header =
                |wanted: &str| reply.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_owned());
            assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
            assert_eq!(header("cache-control").as_deref(), Some("no-store"));
            (reply.status, header("content-type"), String::from_utf8(reply.body.to_vec()).unwrap())
        }
        other => panic!("no handshake: {other:?}"),
    }
}

fn text(arrival: Result<Arrival, Reason>) -> String {
    let (status, kind, body) = said(arrival);
    assert_eq!((status, kind.as_deref()), (200, Some("text/plain; charset=utf-8")));
    body
}

fn json(arrival: Result<Arrival, Reason>) -> serde_json::Value {
    let (status, kind, body) = said(arrival);
    assert_eq!((status, kind.as_deref()), (200, Some("application/json")));
    serde_json::from_str(&body).unwrap()
}

fn mac(algorithm: Algorithm, message: &str, encoding: Encoding) -> String {
    encode(&sign_mac(algorithm, KEY.as_bytes(), message.as_bytes()).unwrap(), encoding)
}

fn hex256(message: &str) -> String {
    mac(Algorithm::HmacSha256, message, Encoding::Hex)
}

fn acme(handshake: Handshake, content: &'static str) -> Provider {
    let signature = SignatureField::new("{h:acme-signature}", Syntax::Plain, Encoding::Hex);
    let mut acme = providers::GITHUB;
    acme.name = "acme".into();
    acme.schemes = vec![Scheme::new(Algorithm::HmacSha256, signature, content)].into();
    acme.event_id = vec!["{content}".into()].into();
    acme.event_type = None;
    acme.handshakes = vec![handshake].into();
    acme
}

const META: &str = "GET /hook?hub.mode=subscribe&hub.verify_token=harbour&hub.challenge=1158201444";

fn meta() -> Endpoint {
    builder(&providers::META).answer_handshakes().config("verify_token", "harbour").build().unwrap()
}

#[test]
fn answers_nothing_unless_told_to() {
    let meta = builder(&providers::META).config("verify_token", "harbour").build().unwrap();
    assert_eq!(ask(&meta, META, &[], "").unwrap_err(), Reason::MethodNotAllowed);
    let graph = builder(&providers::MICROSOFT_GRAPH).build().unwrap();
    assert!(ask(&graph, "POST /hook?validationToken=abc", &[], "").is_err());
    let event_grid = Endpoint::builder("asked", providers::AZURE_EVENT_GRID_TOKEN, KEY).build().unwrap();
    assert!(ask(&event_grid, "OPTIONS /hook", &[("webhook-request-origin", "eventgrid.azure.net")], "").is_err());
    // The same request is answered by an endpoint that was told to (control).
    assert_eq!(text(ask(&self::meta(), META, &[], "")), "1158201444");
}

#[test]
fn a_wrong_absent_or_repeated_verify_token_is_refused() {
    let endpoint = meta();
    for token in [
        "hub.verify_token=other",
        "hub.verify_token=",
        "hub.verify_token=harbou",
        "hub.verify_token=harbour2",
        "x=y",
        "hub.verify_token=harbour&hub.verify_token=harbour",
        "hub.verify_token=harbour&hub.verify_token=other",
    ] {
        let line = format!("GET /hook?hub.mode=subscribe&{token}&hub.challenge=1");
        assert_eq!(ask(&endpoint, &line, &[], "").unwrap_err(), Reason::HandshakeRefused, "{token}");
    }
    for other in [
        "GET /hook",
        "GET /hook?hub.mode=unsubscribe&hub.verify_token=harbour&hub.challenge=1",
        "GET /hook?hub.mode=subscribe&hub.verify_token=harbour",
    ] {
        assert_eq!(ask(&endpoint, other, &[], "").unwrap_err(), Reason::MethodNotAllowed, "{other}");
    }
    let both =
        builder(&providers::META).answer_handshakes().config("verify_token", "old").config("verify_token", "harbour");
    assert_eq!(text(ask(&both.build().unwrap(), META, &[], "")), "1158201444");
}

#[test]
fn a_challenge_outside_its_grammar_is_not_reflected() {
    let long = "a".repeat(257);
    for challenge in
        ["%3Cscript%3E", "a%0d%0aSet-Cookie:x", "a%00", "caf%C3%A9", "a+b", "%22", "", &long, "1&hub.challenge=2"]
    {
        let line = format!("GET /hook?hub.mode=subscribe&hub.verify_token=harbour&hub.challenge={challenge}");
        assert_eq!(ask(&meta(), &line, &[], "").unwrap_err(), Reason::ChallengeMalformed, "{challenge}");
    }
    let graph = answering(&providers::MICROSOFT_GRAPH);
    let sentence = "Validation:+Testing+client+application+reachability+for+subscription+Request-Id:+8460";
    let answer = text(ask(&graph, &format!("POST /hook?validationToken={sentence}"), &[], ""));
    assert_eq!(answer, sentence.replace('+', " "));
    for challenge in ["%3Cscript%3E", "a%0d%0ab", "%7B%22a%22%3A1%7D"] {
        let line = format!("POST /hook?validationToken={challenge}");
        assert_eq!(ask(&graph, &line, &[], "").unwrap_err(), Reason::ChallengeMalformed, "{challenge}");
    }
}

#[test]
fn challenges_by_get_are_answered_as_their_providers_ask() {
    let x = answering(&providers::X_TWITTER);
    let answer = json(ask(&x, "GET /hook?crc_token=Zm9v%2BLw%3D%3D", &[], ""));
    let expected = mac(Algorithm::HmacSha256, "Zm9v+Lw==", Encoding::Base64);
    assert_eq!(answer, serde_json::json!({ "response_token": format!("sha256={expected}") }));

    let linkedin = answering(&providers::LINKEDIN);
    let code = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
    let answer = json(ask(&linkedin, &format!("GET /hook?challengeCode={code}"), &[], ""));
    assert_eq!(answer, serde_json::json!({ "challengeCode": code, "challengeResponse": hex256(code) }));

    let okta = answering(&providers::OKTA);
    let answer = json(ask(&okta, "GET /hook", &[("x-okta-verification-challenge", "abc_-1")], ""));
    assert_eq!(answer, serde_json::json!({ "verification": "abc_-1" }));

    let worldline = answering(&providers::WORLDLINE);
    let answer = text(ask(&worldline, "GET /hook", &[("x-gcs-webhooks-endpoint-verification", "f2c9")], ""));
    assert_eq!(answer, "f2c9");

    let braintree = builder(&providers::BRAINTREE).answer_handshakes().config("public_key", "integration_public_key");
    let braintree = braintree.build().unwrap();
    let challenge = "20f9f8ed05f77439fe955c977e4c8a53";
    let answer = text(ask(&braintree, &format!("GET /hook?bt_challenge={challenge}"), &[], ""));
    let key: [u8; 20] = <sha1::Sha1 as sha1::Digest>::digest(KEY).into();
    let expected = encode(&sign_mac(Algorithm::HmacSha1, &key, challenge.as_bytes()).unwrap(), Encoding::Hex);
    assert_eq!(answer, format!("integration_public_key|{expected}"));

    let websub = builder(&providers::WEBSUB).answer_handshakes().config("topic", "https://blog.example/feed");
    let websub = websub.build().unwrap();
    let line = |topic: &str| {
        format!("GET /hook?hub.mode=subscribe&hub.topic={topic}&hub.challenge=r4nd0m&hub.lease_seconds=60")
    };
    assert_eq!(text(ask(&websub, &line("https://blog.example/feed"), &[], "")), "r4nd0m");
    assert_eq!(ask(&websub, &line("https://other.example/"), &[], "").unwrap_err(), Reason::HandshakeRefused);
}

#[test]
fn ebays_challenge_is_hashed_with_token_and_url() {
    let handshake = providers::EBAY.handshakes.first().unwrap().clone();
    let provider = acme(handshake, "{body}");
    let without_token = builder(&provider).answer_handshakes().build().map(|_| ()).unwrap_err();
    assert_eq!(without_token.setting(), "config", "{without_token}");
    let token = "71745723-d031-455c-bfa5-f90d11b4f20a";
    let with_token = || builder(&provider).answer_handshakes().config("verification_token", token);
    assert_eq!(with_token().build().map(|_| ()).unwrap_err().setting(), "public_url");
    let url = "http://www.testendpoint.com/webhook";
    let endpoint = with_token().public_url(url).unwrap().build().unwrap();
    let answer = json(ask(&endpoint, "GET /webhook?challenge_code=a8628072-3d33-45ee-9004-bee86830a22d", &[], ""));
    let digest: [u8; 32] =
        <sha2::Sha256 as sha2::Digest>::digest(format!("a8628072-3d33-45ee-9004-bee86830a22d{token}{url}")).into();
    assert_eq!(answer, serde_json::json!({ "challengeResponse": encode(&digest, Encoding::Hex) }));
}

#[test]
fn values_in_the_query_of_a_post_are_answered_before_a_signature_is_asked_for() {
    let sharepoint = answering(&providers::SHAREPOINT);
    assert_eq!(text(ask(&sharepoint, "POST /hook?validationtoken=abc", &[], "")), "abc");
    // With anything of a body's length it is a delivery.
    let long = "x".repeat(MAX_UNSIGNED_BODY + 1);
    assert!(ask(&sharepoint, "POST /hook?validationtoken=abc", &[], &long).is_err());
}

fn slack(body: &str, key: &str) -> Vec<(&'static str, String)> {
    let content = format!("v0:{NOW}:{body}");
    let tag = encode(&sign_mac(Algorithm::HmacSha256, key.as_bytes(), content.as_bytes()).unwrap(), Encoding::Hex);
    vec![("x-slack-signature", format!("v0={tag}")), ("x-slack-request-timestamp", NOW.to_string())]
}

fn borrowed<'h>(headers: &'h [(&'static str, String)]) -> Vec<(&'h str, &'h str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn a_signed_challenge_is_answered_only_under_its_signature() {
    let endpoint = answering(&providers::SLACK);
    let body =
        r#"{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#;
    let signed = slack(body, KEY);
    let answer = text(ask(&endpoint, "POST /hook", &borrowed(&signed), body));
    assert_eq!(answer, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    let forged = slack(body, "another key that nobody has");
    assert_eq!(ask(&endpoint, "POST /hook", &borrowed(&forged), body).unwrap_err(), Reason::SignatureMismatch);
    assert_eq!(ask(&endpoint, "POST /hook", &[], body).unwrap_err(), Reason::SignatureMissing);
    let script = r#"{"challenge":"<script>","type":"url_verification"}"#;
    let signed = slack(script, KEY);
    assert_eq!(ask(&endpoint, "POST /hook", &borrowed(&signed), script).unwrap_err(), Reason::ChallengeMalformed);
    // Any other body is a delivery.
    let event = r#"{"type":"event_callback","challenge":"abc","event_id":"Ev1"}"#;
    let signed = slack(event, KEY);
    assert!(matches!(ask(&endpoint, "POST /hook", &borrowed(&signed), event), Ok(Arrival::Delivery(_))));
    // Without being told to, the challenge is a delivery too.
    let silent = builder(&providers::SLACK).build().unwrap();
    let signed = slack(body, KEY);
    assert!(matches!(ask(&silent, "POST /hook", &borrowed(&signed), body), Ok(Arrival::Delivery(_))));
}

#[test]
fn zoom_gets_the_mac_of_its_token() {
    let endpoint = answering(&providers::ZOOM);
    let body = r#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}"#;
    let content = format!("v0:{NOW}:{body}");
    let headers = [("x-zm-signature", format!("v0={}", hex256(&content))), ("x-zm-request-timestamp", NOW.to_string())];
    let answer = json(ask(&endpoint, "POST /hook", &borrowed(&headers), body));
    let expected = serde_json::json!({
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": hex256("qgg8vlvZRS6UYooatFL8Aw"),
    });
    assert_eq!(answer, expected);
    assert_eq!(ask(&endpoint, "POST /hook", &[], body).unwrap_err(), Reason::SignatureMissing);
    // What a stranger would need signed is no token.
    let chosen = format!(r#"{{"payload":{{"plainToken":"v0:{NOW}:x"}},"event":"endpoint.url_validation"}}"#);
    let content = format!("v0:{NOW}:{chosen}");
    let headers = [("x-zm-signature", format!("v0={}", hex256(&content))), ("x-zm-request-timestamp", NOW.to_string())];
    assert_eq!(ask(&endpoint, "POST /hook", &borrowed(&headers), &chosen).unwrap_err(), Reason::ChallengeMalformed);
}

#[test]
fn twitch_and_tebex_get_their_challenges() {
    let twitch = answering(&providers::TWITCH);
    let body = r#"{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{}}"#;
    let time = "2026-11-23T15:35:32.000000000Z";
    let now = UnixTime::from_secs(1_795_448_132);
    let tag = hex256(&format!("e76c6bd4{time}{body}"));
    let headers = [
        ("twitch-eventsub-message-id", "e76c6bd4"),
        ("twitch-eventsub-message-timestamp", time),
        ("twitch-eventsub-message-signature", &format!("sha256={tag}")),
        ("twitch-eventsub-message-type", "webhook_callback_verification"),
    ];
    let mut request = http::Request::post("/hook");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(()).unwrap();
    let mut intake = twitch.open(&request).unwrap();
    intake.push(Bytes::from_static(body.as_bytes())).unwrap();
    let arrival = intake.conclude(now).map_err(|rejection| rejection.reason());
    assert_eq!(text(arrival), "pogchamp-kappa-360noscope-vohiyo");

    let tebex = answering(&providers::TEBEX);
    let body = r#"{"id":"56b8ac94-ecab-42d0","type":"validation.webhook"}"#;
    let digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(body).into();
    let signature = hex256(&encode(&digest, Encoding::Hex));
    let answer = json(ask(&tebex, "POST /hook", &[("x-signature", &signature)], body));
    assert_eq!(answer, serde_json::json!({ "id": "56b8ac94-ecab-42d0" }));
}

#[test]
#[cfg(feature = "ed25519")]
fn discord_gets_its_pong_and_a_bad_probe_its_401() {
    use ed25519_dalek::{Signer, SigningKey};
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = encode(key.verifying_key().as_bytes(), Encoding::Hex);
    let endpoint = Endpoint::builder("asked", providers::DISCORD, public).answer_handshakes().build().unwrap();
    let deliver = |body: &str, spoil: bool| {
        let mut signature = key.sign(format!("{NOW}{body}").as_bytes()).to_bytes();
        signature[0] ^= u8::from(spoil);
        let headers =
            [("x-signature-ed25519", encode(&signature, Encoding::Hex)), ("x-signature-timestamp", NOW.to_string())];
        ask(&endpoint, "POST /hook", &borrowed(&headers), body)
    };
    let ping = r#"{"application_id":"1","id":"2","token":"t","type":1,"version":1}"#;
    assert_eq!(json(deliver(ping, false)), serde_json::json!({ "type": 1 }));
    assert_eq!(deliver(ping, true).unwrap_err(), Reason::SignatureMismatch);
    let (status, kind, body) = said(deliver(r#"{"version":1,"application_id":"1","type":0}"#, false));
    assert_eq!((status, kind, body.as_str()), (204, None, ""));
    // A webhook event has the number of an interaction's ping.
    let event = r#"{"version":1,"application_id":"1","type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}"#;
    assert!(matches!(deliver(event, false), Ok(Arrival::Delivery(_))));
}

#[test]
fn unsigned_bodies_are_answered_only_if_they_are_exactly_of_their_form() {
    let lark = builder(&providers::LARK).answer_handshakes().config("verification_token", "tok3n").build().unwrap();
    let body = r#"{ "challenge": "ajls384kdjx98XX", "token": "tok3n", "type": "url_verification" }"#;
    assert_eq!(json(ask(&lark, "POST /hook", &[], body)), serde_json::json!({ "challenge": "ajls384kdjx98XX" }));
    let refused = |body: &str, headers: &[(&str, &str)]| ask(&lark, "POST /hook", headers, body).unwrap_err();
    assert_eq!(refused(&body.replace("tok3n", "other"), &[]), Reason::HandshakeRefused);
    assert_eq!(refused(&body.replace(" }", r#", "event": {} }"#), &[]), Reason::SignatureMissing);
    assert_eq!(refused(&body.replace("url_verification", "event"), &[]), Reason::SignatureMissing);
    assert_eq!(refused(&format!("{body}{}", " ".repeat(MAX_UNSIGNED_BODY)), &[]), Reason::SignatureMissing);
    assert_eq!(refused("{}", &[]), Reason::SignatureMissing);
    // A signature that is there decides, however bad it is.
    let bad = [("x-lark-signature", "00"), ("x-lark-request-timestamp", "1"), ("x-lark-request-nonce", "1")];
    assert!(matches!(refused(body, &bad), Reason::SignatureMalformed | Reason::SignatureMismatch));

    let woo = answering(&providers::WOOCOMMERCE);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(said(ask(&woo, "POST /hook", &form, "webhook_id=3")), (200, None, String::new()));
    for body in ["webhook_id=3&x=1", "webhook_id=", "webhook_id=three", "webhook_id=3&webhook_id=4", "x=3"] {
        assert!(ask(&woo, "POST /hook", &form, body).is_err(), "{body}");
    }
}

#[test]
fn statsig_and_scrapfly_ask_without_a_signature() {
    let statsig = answering(&providers::STATSIG);
    let body = r#"{"data":{"event":"url_verification","verification_code":"0b8d2c1e-70b4"}}"#;
    let expected = serde_json::json!({ "verification_code": "0b8d2c1e-70b4" });
    assert_eq!(json(ask(&statsig, "POST /hook", &[], body)), expected);
    for other in [
        body.replace("url_verification", "gate_changed"),
        body.replace(r#"{"data""#, r#"{"more":1,"data""#),
        r#"{"data":[{"event":"url_verification","verification_code":"1"}]}"#.to_owned(),
    ] {
        assert_eq!(ask(&statsig, "POST /hook", &[], &other).unwrap_err(), Reason::SignatureMissing, "{other}");
    }

    let scrapfly = answering(&providers::SCRAPFLY);
    let ping = [("x-scrapfly-webhook-resource-type", "ping")];
    assert_eq!(said(ask(&scrapfly, "POST /hook", &ping, r#"{"ping":"OK"}"#)), (200, None, String::new()));
    // Nothing else comes in under its name.
    for body in [r#"{"ping":"OK","result":{}}"#, r#"{"result":{"content":"forged"}}"#, "{}", ""] {
        assert_eq!(ask(&scrapfly, "POST /hook", &ping, body).unwrap_err(), Reason::SignatureMissing, "{body}");
    }
    let scrape = [("x-scrapfly-webhook-resource-type", "scrape")];
    assert!(ask(&scrapfly, "POST /hook", &scrape, r#"{"ping":"OK"}"#).is_err());
}

#[test]
fn event_grid_is_answered_in_both_its_schemas() {
    let provider = &providers::AZURE_EVENT_GRID_TOKEN;
    let endpoint =
        builder(provider).answer_handshakes().config("webhook_origin", "eventgrid.azure.net").build().unwrap();
    let body = r#"[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}}]"#;
    let kind = [("aeg-event-type", "SubscriptionValidation")];
    let expected = serde_json::json!({ "validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6" });
    let token = KEY.replace(' ', "+");
    assert_eq!(json(ask(&endpoint, &format!("POST /hook?token={token}"), &kind, body)), expected);
    // Without the token, or with another, nothing is said.
    assert_eq!(ask(&endpoint, "POST /hook", &kind, body).unwrap_err(), Reason::SignatureMissing);
    assert!(ask(&endpoint, "POST /hook?token=other+token+of+some+length", &kind, body).is_err());

    let asked = |origin: &str| {
        let headers = [
            ("webhook-request-origin", origin),
            ("webhook-request-rate", "120"),
            ("webhook-request-callback", "http://169.254.169.254/latest/meta-data"),
        ];
        ask(&endpoint, "OPTIONS /hook", &headers, "")
    };
    let Ok(Arrival::Handshake(reply)) = asked("eventgrid.azure.net") else { panic!("it is listed") };
    let header = |wanted: &str| reply.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    assert_eq!(header("webhook-allowed-origin"), Some("eventgrid.azure.net"));
    assert_eq!(header("webhook-allowed-rate"), Some("*"));
    assert_eq!(header("allow"), Some("POST"));
    for origin in ["evil.example", "eventgrid.azure.net.evil.example", "*", "xeventgrid.azure.net"] {
        assert_eq!(asked(origin).unwrap_err(), Reason::HandshakeRefused, "{origin}");
    }
    assert_eq!(ask(&endpoint, "OPTIONS /hook", &[], "").unwrap_err(), Reason::MethodNotAllowed);
    // Where no origin is listed, none is answered.
    let unlisted = answering(provider);
    let origin = [("webhook-request-origin", "eventgrid.azure.net")];
    assert_eq!(ask(&unlisted, "OPTIONS /hook", &origin, "").unwrap_err(), Reason::MethodNotAllowed);
}

#[test]
fn header_echoes_and_heads() {
    let ringcentral = answering(&providers::RINGCENTRAL);
    let Ok(Arrival::Handshake(reply)) = ask(&ringcentral, "POST /hook", &[("validation-token", "be64-1")], "") else {
        panic!("it is asked")
    };
    assert!(reply.headers.contains(&("validation-token".to_owned(), "be64-1".to_owned())));
    assert!(reply.body.is_empty());
    // With a body it is a delivery, with its token or without.
    assert!(ask(&ringcentral, "POST /hook", &[("validation-token", "be64-1")], "{}").is_err());
    let both = [("validation-token", "be64-1"), ("verification-token", KEY)];
    assert!(matches!(ask(&ringcentral, "POST /hook", &both, "{}"), Ok(Arrival::Delivery(_))));

    let mandrill = builder(&providers::MANDRILL).public_url("https://hooks.example/").unwrap().answer_handshakes();
    assert_eq!(said(ask(&mandrill.build().unwrap(), "HEAD /hook", &[], "")), (200, None, String::new()));
}

#[test]
fn a_delivered_key_goes_to_the_receiver_and_to_nobody_else() {
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let keeping = Arc::clone(&taken);
    let endpoint = builder(&providers::NOTION)
        .on_key_delivery(move |key: DeliveredKey| {
            let expected = key.target() == "/hook/4c1f";
            if expected {
                keeping.lock().unwrap().push(key.expose().to_owned());
            }
            async move { if expected { Ok(()) } else { Err(KeyRefused) } }
        })
        .build()
        .unwrap();
    let body = r#"{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}"#;
    assert_eq!(said(ask(&endpoint, "POST /hook/4c1f", &[], body)), (200, None, String::new()));
    assert_eq!(ask(&endpoint, "POST /hook/other", &[], body).unwrap_err(), Reason::KeyNotTaken);
    // Under a signature it is an event, whatever it looks like.
    let signed = [("x-notion-signature", format!("sha256={}", hex256(body)))];
    assert!(matches!(ask(&endpoint, "POST /hook/4c1f", &borrowed(&signed), body), Ok(Arrival::Delivery(_))));
    assert_eq!(*taken.lock().unwrap(), ["secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"]);
    let silent = builder(&providers::NOTION).build().unwrap();
    assert_eq!(ask(&silent, "POST /hook/4c1f", &[], body).unwrap_err(), Reason::SignatureMissing);
    let without = builder(&providers::NOTION).answer_handshakes().build().map(|_| ()).unwrap_err();
    assert_eq!(without.setting(), "on_key_delivery");
}

#[test]
fn a_key_in_a_header_is_sent_back_once_it_was_taken() {
    let secret = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
    let ask_with = |keep: Result<(), KeyRefused>| {
        let endpoint = builder(&providers::ASANA).on_key_delivery(move |_| async move { keep }).build().unwrap();
        ask(&endpoint, "POST /hook", &[("x-hook-secret", secret)], "{}")
    };
    let Ok(Arrival::Handshake(reply)) = ask_with(Ok(())) else { panic!("it was taken") };
    assert!(reply.headers.contains(&("x-hook-secret".to_owned(), secret.to_owned())));
    assert!(!format!("{reply:?}").contains(secret));
    assert_eq!(ask_with(Err(KeyRefused)).unwrap_err(), Reason::KeyNotTaken);
    let signed = [("x-hook-secret", secret.to_owned()), ("x-hook-signature", hex256("{}"))];
    let endpoint = builder(&providers::ASANA).on_key_delivery(|_| async { Ok(()) }).build().unwrap();
    assert!(matches!(ask(&endpoint, "POST /hook", &borrowed(&signed), "{}"), Ok(Arrival::Delivery(_))));
}

#[test]
fn the_rest_of_the_list() {
    for provider in [&providers::DROPBOX, &providers::NYLAS] {
        assert_eq!(text(ask(&answering(provider), "GET /hook?challenge=aGk%3D", &[], "")), "aGk=", "{}", provider.name);
    }
    let oura = builder(&providers::OURA).answer_handshakes().config("verification_token", "t0ken").build().unwrap();
    let answer = json(ask(&oura, "GET /hook?verification_token=t0ken&challenge=abc", &[], ""));
    assert_eq!(answer, serde_json::json!({ "challenge": "abc" }));
    let wrong = ask(&oura, "GET /hook?verification_token=other&challenge=abc", &[], "");
    assert_eq!(wrong.unwrap_err(), Reason::HandshakeRefused);

    let monday = answering(&providers::MONDAY);
    let answer = json(ask(&monday, "POST /hook", &[], r#"{"challenge": "3eZbrw1aBm2rZgRNFdxV"}"#));
    assert_eq!(answer, serde_json::json!({ "challenge": "3eZbrw1aBm2rZgRNFdxV" }));
    let event = r#"{"challenge": "abc", "event": {}}"#;
    assert_eq!(ask(&monday, "POST /hook", &[], event).unwrap_err(), Reason::SignatureMissing);

    let smartcar = answering(&providers::SMARTCAR);
    let body = r#"{"eventId":"e","eventType":"VERIFY","data":{"challenge":"5f8d3b6e"}}"#;
    let signed = [("sc-signature", hex256(body))];
    let answer = json(ask(&smartcar, "POST /hook", &borrowed(&signed), body));
    assert_eq!(answer, serde_json::json!({ "challenge": hex256("5f8d3b6e") }));
    assert_eq!(ask(&smartcar, "POST /hook", &[], body).unwrap_err(), Reason::SignatureMissing);

    let front = answering(&providers::FRONT);
    assert_eq!(text(ask(&front, "POST /hook", &[("x-front-challenge", "f00")], "{}")), "f00");

    let trello = builder(&providers::TRELLO).public_url("https://hooks.example/").unwrap().answer_handshakes();
    assert_eq!(said(ask(&trello.build().unwrap(), "HEAD /hook", &[], "")), (200, None, String::new()));

    let exact = answering(&providers::EXACT_ONLINE);
    assert_eq!(said(ask(&exact, "POST /hook", &[], "")), (200, None, String::new()));
    assert_eq!(ask(&exact, "POST /hook", &[], "{}").unwrap_err(), Reason::SignatureMissing);
}

#[test]
fn a_confirmation_is_told_and_its_url_is_the_providers() {
    let told = |url: &str, kind: &str| {
        let body = serde_json::json!({ "Type": kind, "SubscribeURL": url, "TopicArn": "arn:aws:sns:eu-north-1:1:t" })
            .to_string();
        let params = crate::Params::default();
        let content = crate::Content {
            method: "POST",
            target: "/",
            url: None,
            headers: &[],
            header_set: 0,
            config: &[],
            body: body.as_bytes(),
            json: body.as_bytes(),
            params: &params,
        };
        confirmation_url(&providers::AWS_SNS, &content)
    };
    let url = "https://sns.eu-north-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37";
    assert_eq!(told(url, "SubscriptionConfirmation").as_deref(), Some(url));
    assert_eq!(told(url, "Notification"), None);
    for url in [
        "http://sns.eu-north-1.amazonaws.com/?Token=1",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://sns.eu-north-1.amazonaws.com.evil.example/",
        "https://sns.eu-north-1.amazonaws.com:8443/",
        "https://sns.a.b.amazonaws.com/",
        "https://sns.s3-us-west-2.amazonaws.com/?Token=1",
        "https://sns.s3.amazonaws.com/?Token=1",
        "https://user@sns.eu-north-1.amazonaws.com/",
        "https://evil.example/https://sns.eu-north-1.amazonaws.com/",
        "https://sns.eu-north-1.amazonaws.com/a b",
    ] {
        assert_eq!(told(url, "SubscriptionConfirmation"), None, "{url}");
    }
}

/// Whether a provider of one scheme and one MAC reply is refused, by the setting that is named.
fn refused(handshake: Handshake, content: &'static str) -> Option<String> {
    acme(handshake, content).check().err().map(|error| error.setting().to_owned())
}

const ORACLE: &str = "{mac.hex:challenge}";

#[test]
fn a_mac_for_strangers_is_refused_where_the_provider_signs_such_texts() {
    let asking = |charset| Handshake::get("").challenge("{q:c}").of(256, charset).text(ORACLE);
    let setting = Some("handshakes[0].challenge.charset".to_owned());
    // Nothing but digests and names: any such text is a challenge.
    assert_eq!(refused(asking(Charset::Word), "{h:acme-id}.{sha256.hex:body}"), setting);
    assert_eq!(refused(asking(Charset::Word), "{sha256.hex:body}"), setting);
    assert_eq!(refused(asking(Charset::Plain), "{body}"), setting);
    assert_eq!(refused(asking(Charset::Plain), "v0:{h:acme-time}:{body}"), setting);
    // A text that no challenge has, or a body that no challenge is.
    assert_eq!(refused(asking(Charset::Word), "v0:{h:acme-time}:{body}"), None);
    assert_eq!(refused(asking(Charset::Word), "{body}"), None);
    // Where the provider signs its question, it decides what is signed.
    let signed = Handshake::signed_post("{j:/type}=check").challenge("{j:/c}").text(ORACLE);
    assert_eq!(refused(signed, "{sha256.hex:body}"), None);
    // A JWS of the same key.
    let mut jws = acme(asking(Charset::Word), "");
    let signature = SignatureField::new(
        "{h:acme-token}",
        Syntax::Jws { prefix: "".into(), payload: Default::default(), leeway: 0 },
        Encoding::Base64urlNopad,
    );
    jws.schemes = vec![Scheme::new(Algorithm::HmacSha256, signature, "")].into();
    jws.event_id = Vec::new().into();
    let of_jws = jws.check().map_err(|error| error.setting().to_owned());
    assert!(of_jws.is_err_and(|setting| setting.starts_with("handshakes") || setting.starts_with("schemes")));
}

#[test]
fn an_answered_challenge_is_no_signature() {
    let provider = acme(Handshake::get("").challenge("{q:c}").text(ORACLE), "{body}");
    let endpoint = answering(&provider);
    let bought = text(ask(&endpoint, "GET /hook?c=transfer-9000", &[], ""));
    assert_eq!(bought, hex256("transfer-9000"));
    let forged = [("acme-signature", bought.as_str())];
    assert_eq!(ask(&endpoint, "POST /hook", &forged, "transfer-9000").unwrap_err(), Reason::NotAnEvent);
    // The signature itself is right: an endpoint that answers nothing takes it (control).
    let silent = builder(&provider).build().unwrap();
    assert!(matches!(ask(&silent, "POST /hook", &forged, "transfer-9000"), Ok(Arrival::Delivery(_))));
    // And what no challenge can be is a delivery.
    let body = r#"{"transfer":9000}"#;
    let signed = [("acme-signature", hex256(body))];
    assert!(matches!(ask(&endpoint, "POST /hook", &borrowed(&signed), body), Ok(Arrival::Delivery(_))));
    let line = "GET /hook?c=%7B%22transfer%22%3A9000%7D";
    assert_eq!(ask(&endpoint, line, &[], "").unwrap_err(), Reason::ChallengeMalformed);
}

#[test]
fn a_key_that_is_not_valid_now_makes_no_answer() {
    let expired =
        SigningSecret::new("another secret of more than sixteen bytes").not_after(UnixTime::from_secs(NOW - 1));
    let keyring = Keyring::new(expired).also_accept(KEY);
    let endpoint = Endpoint::builder("asked", providers::LINKEDIN, keyring).answer_handshakes().build().unwrap();
    let answer = json(ask(&endpoint, "GET /hook?challengeCode=abc", &[], ""));
    assert_eq!(answer["challengeResponse"], hex256("abc"));
}

#[test]
fn handshakes_that_cannot_be_right_are_refused() {
    let bad: [(Handshake, &str); 16] = [
        (Handshake::post("").text("hello"), "when"),
        (Handshake::get("{j:/a}=b").text("hello"), "method"),
        (Handshake::get("{h:a").text("hello"), "when"),
        (Handshake::get("{p:t}=1").text("hello"), "when"),
        (Handshake::get("").text("{challenge}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{q:d}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{secret}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{mac.hex:{challenge}x}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{json:challenge}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{challenge?}"), "reply"),
        (Handshake::get("").challenge("{q:c}").text("{sha256.hex:{json:challenge}}"), "reply"),
        (Handshake::get("{any:X-*}=1").challenge("{q:c}").text("{challenge}"), "when"),
        (Handshake::get("").challenge("{q:c}").status(302), "reply.status"),
        (Handshake::get("").challenge("{q:c}{q:d}"), "challenge.at"),
        (Handshake::signed_post("{j:/a}=b").challenge("{j:/c}").delivers_key(), "delivers_key"),
        (Handshake::confirmation("{j:/a}=b", "{j:/u}", "https://sns.*.amazonaws.com"), "confirm_at"),
    ];
    for (handshake, setting) in bad {
        let found = refused(handshake.clone(), "{body}");
        assert_eq!(found, Some(format!("handshakes[0].{setting}")), "{handshake:?}");
    }
    let missing =
        |provider: &Provider| -> ConfigError { builder(provider).answer_handshakes().build().map(|_| ()).unwrap_err() };
    let error = missing(&providers::META);
    assert!(error.to_string().contains("config(\"verify_token\", …)"), "{error}");
    assert_eq!(missing(&providers::GITHUB).setting(), "handshakes");
    assert_eq!(missing(&providers::AWS_SNS.clone()).setting(), missing(&providers::AWS_SNS).setting());
}

#[test]
#[cfg(feature = "catalogue")]
fn every_handshake_of_the_catalogue_is_in_order() {
    let mut count = 0;
    for provider in providers::all() {
        provider.check().unwrap();
        count += provider.handshakes.len();
        for handshake in provider.handshakes.iter() {
            assert!(!provider.handshake.is_empty(), "{} says nothing of its handshake", provider.name);
            // A stranger's GET is never answered with HTML, and with no status but a success.
            assert!((200..=299).contains(&handshake.reply.status));
        }
    }
    assert!(count >= 30, "{count}");
}

#[test]
#[cfg(feature = "toml")]
fn handshakes_are_read_from_toml() {
    let provider = Provider::from_toml(
        r#"
        name = "acme"
        event_id = ["{j:/id}"]

        [[schemes]]
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        signature = { at = "{h:Acme-Signature}" }
        content = "{body}"

        [[handshakes]]
        method = "GET"
        when = "{q:mode}=check"
        verify = "{q:token}={cfg:verify_token}"
        challenge = { at = "{q:challenge}", max = 64, charset = "hex" }
        reply = { body = { json = '{{"answer":"{challenge}"}}' }, headers = [["x-acme", "{challenge}"]] }
        "#,
    )
    .unwrap();
    let endpoint = builder(&provider).answer_handshakes().config("verify_token", "t0ken").build().unwrap();
    let answer = json(ask(&endpoint, "GET /?mode=check&token=t0ken&challenge=beef", &[], ""));
    assert_eq!(answer, serde_json::json!({ "answer": "beef" }));
    assert_eq!(
        ask(&endpoint, "GET /?mode=check&token=t0ken&challenge=xyz", &[], "").unwrap_err(),
        Reason::ChallengeMalformed
    );
    let unknown = Provider::from_toml("name = \"a\"\nschemes = []\n[[handshakes]]\nmethd = \"GET\"");
    assert!(unknown.unwrap_err().to_string().contains("methd"));
}
