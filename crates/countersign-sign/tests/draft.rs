//! What a draft lets its caller say, and what it refuses.

mod common;

use common::{NOW, URL, endpoint, secret, verify};
use countersign::{Keyring, Provider, Reason, SigningSecret, UnixTime, providers};
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
fn writes_the_parameters_that_the_provider_writes() {
    let line = |provider: &Provider, header: &str| {
        let draft = signer(provider).delivery().at(NOW).url(URL).body("{}");
        draft.sign().unwrap().header(header).unwrap().to_owned()
    };
    assert!(line(&providers::SANITY, "sanity-webhook-signature").starts_with("t=1790000000000,v1="));
    assert!(line(&providers::HYGRAPH, "gcms-signature").ends_with(", env=master, t=1790000000000"));
    let later = UnixTime::from_secs(NOW.as_secs() + 1);
    let retry = signer(&providers::SANITY).delivery().at(NOW).retry_at(later).body("{}").sign().unwrap();
    assert!(retry.header("sanity-webhook-signature").unwrap().starts_with("t=1790000001000,v1="));
    let own = signer(&providers::SANITY).delivery().param("t", "7").body("{}").sign().unwrap();
    assert!(own.header("sanity-webhook-signature").unwrap().starts_with("t=7,v1="));
}

#[test]
fn a_jws_says_what_the_providers_own_library_demands() {
    if cfg!(not(all(feature = "ecdsa", feature = "rsa"))) {
        return;
    }
    let header = |delivery: &SignedDelivery, name: &str| {
        let text = delivery.header(name).unwrap().split('.').next().unwrap().to_owned();
        let json = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()
    };
    let truelayer = signer(&providers::TRUELAYER).delivery().at(NOW).url(URL).body("{}").sign().unwrap();
    let said = serde_json::json!({
        "alg": "ES512",
        "kid": "key-1",
        "tl_version": "2",
        "tl_headers": "X-Tl-Webhook-Timestamp,Content-Type",
        "jku": "https://webhooks.truelayer.com/.well-known/jwks",
    });
    assert_eq!(header(&truelayer, "tl-signature"), said);
    // What it lists, it sends.
    assert_eq!(truelayer.header("x-tl-webhook-timestamp"), Some("2026-09-21T14:13:20Z"));
    assert_eq!(truelayer.header("content-type"), Some("application/json; charset=utf-8"));
    let endpoint = endpoint(&providers::TRUELAYER, common::pair(&providers::TRUELAYER.schemes[0], 1).public);
    assert!(verify(&endpoint, &truelayer, NOW).is_ok());
    let saleor = signer(&providers::SALEOR).delivery().at(NOW).body("{}").sign().unwrap();
    assert_eq!(header(&saleor, "saleor-signature")["typ"], "JWT");
}

#[test]
fn a_token_whose_age_is_the_receivers_to_judge_does_not_expire() {
    let signed = signer(&providers::VONAGE).delivery().id("evt-1").at(NOW).body("{}").sign().unwrap();
    let claims = signed.header("authorization").unwrap().split('.').nth(1).unwrap().to_owned();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let claims: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&claims).unwrap();
    let mut names: Vec<&str> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["iat", "jti", "payload_hash"]);
}

#[test]
fn a_json_body_is_not_sent_as_a_form() {
    let twilio = signer(&providers::TWILIO);
    let draft = twilio.delivery().provider_headers().at(NOW).url(URL);
    let json = draft.clone().body(r#"{"id":"a"}"#).sign().unwrap();
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert!(json.url.contains("bodySHA256="), "{}", json.url);
    let endpoint = endpoint(&providers::TWILIO, secret(&providers::TWILIO, 1));
    assert!(verify(&endpoint, &json, NOW).is_ok());
    let form = draft.clone().body("a=1").sign().unwrap();
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded; charset=UTF-8"));
    assert_eq!(form.url, URL);
    let own = draft.header("content-type", "application/cloudevents+json").body("{}").sign().unwrap();
    assert_eq!(own.header("content-type"), Some("application/cloudevents+json"));
}

#[test]
fn signs_as_a_new_account_has_it_signed() {
    let cloudinary = signer(&providers::CLOUDINARY);
    let by_default = cloudinary.delivery().at(NOW).body("{}").sign().unwrap();
    assert_eq!(by_default.header("x-cld-signature").map(str::len), Some(40));
    let by_name = cloudinary.delivery().at(NOW).body("{}").scheme("cloudinary-sha256").sign().unwrap();
    assert_eq!(by_name.header("x-cld-signature").map(str::len), Some(64));
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
    let standard = signer(&providers::STANDARD_WEBHOOKS).delivery().id("msg_1").header_set(1).sign().unwrap();
    assert_eq!((standard.header("svix-id"), standard.header("webhook-id")), (Some("msg_1"), None));
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
        content = "{p:nonce}:{h:Acme-Topic}:{body}:{p:t}:{cfg:shop}"
        timestamp = { from = "{p:t}", unit = "ms", past = 300, future = 60 }
        "#,
    )
    .unwrap();
    let signer = signer(&provider);
    let draft = signer.delivery().at(NOW).body("{}").param("nonce", "n1");
    assert_eq!(draft.sign().unwrap_err(), SignError::HeaderMissing { header: "acme-topic".into() });
    let draft = draft.header("Acme-Topic", "orders");
    assert_eq!(draft.sign().unwrap_err(), SignError::ConfigMissing { name: "shop".into() });
    let draft = draft.config("shop", "shop-of-the-endpoint");
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

/// A provider of one scheme, with no more than is needed here.
fn provider(scheme: &str) -> Provider {
    Provider::from_toml(&format!("name = \"acme\"\n[[schemes]]\n{scheme}")).unwrap()
}

#[test]
fn the_url_is_signed_as_it_stands() {
    let square = signer(&providers::SQUARE);
    let draft = square.delivery().body("{}").at(NOW);
    assert_eq!(draft.sign().unwrap_err(), SignError::UrlMissing);
    assert!(draft.clone().url("/in").sign().unwrap_err().to_string().starts_with("url: "));
    let endpoint = endpoint(&providers::SQUARE, secret(&providers::SQUARE, 1));
    assert!(verify(&endpoint, &draft.clone().url(URL).sign().unwrap(), NOW).is_ok());
    assert!(verify(&endpoint, &draft.url("https://other.example.com/in").sign().unwrap(), NOW).is_err());
}

#[test]
fn a_body_digest_that_stands_in_the_query_is_added_to_it() {
    let twilio = signer(&providers::TWILIO);
    let json = twilio.delivery().url(URL).header("Content-Type", "application/json").body("{}").at(NOW).sign().unwrap();
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(json.url, format!("{URL}?bodySHA256={digest}"));
    let endpoint = endpoint(&providers::TWILIO, secret(&providers::TWILIO, 1));
    assert!(verify(&endpoint, &json, NOW).is_ok());
}

#[test]
fn a_signature_in_a_body_of_the_callers_changes_nothing_else() {
    let aircall = signer(&providers::AIRCALL);
    let body = r#" {"a" : 1.50, "token":"", "b":[ ] } "#;
    let signed = aircall.delivery().body(body).sign().unwrap();
    let token = secret(&providers::AIRCALL, 1);
    assert_eq!(signed.body, body.replace("\"token\":\"\"", &format!("\"token\":\"{token}\"")));
    let error = aircall.delivery().body("{}").sign().unwrap_err();
    assert_eq!(error, SignError::NoPlaceForSignature { place: "{j:/token}".into() });
    let form = signer(&providers::MATTERMOST).delivery().body("a=%7e").sign().unwrap();
    assert_eq!(form.body, format!("a=%7e&token={}", secret(&providers::MATTERMOST, 1)));
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn the_first_scheme_that_fits_signs_unless_another_is_chosen() {
    let hugging_face = signer(&providers::HUGGINGFACE);
    let draft = hugging_face.sample().url(URL);
    assert!(draft.sign().unwrap().header("x-webhook-secret").is_some());
    let chosen = draft.clone().scheme("huggingface-query").sign().unwrap();
    assert!(chosen.header("x-webhook-secret").is_none());
    assert_eq!(chosen.url, format!("{URL}?secret={}", secret(&providers::HUGGINGFACE, 1)));
    let error = draft.scheme("huggingface-x").sign().unwrap_err();
    assert_eq!(error.to_string().split(':').next(), Some("scheme"));
    assert!(error.to_string().contains("huggingface-query"), "{error}");
    // A body that only the second one's fields are in.
    let mattermost = signer(&providers::MATTERMOST);
    let json = mattermost.delivery().body(r#"{"token":"?"}"#).sign().unwrap();
    assert!(json.body.starts_with(br#"{"token":""#) && json.body.len() > 20);
}

#[test]
fn secrets_that_sign_side_by_side_have_a_header_each() {
    let adobe = "x-adobe-digital-signature-";
    for (at, names) in [
        ("{any:Sig-A,Sig-B}".to_owned(), ["sig-a", "sig-b"].map(str::to_owned)),
        (format!("{{any:{adobe}*}}"), [1, 2].map(|number| format!("{adobe}{number}"))),
    ] {
        let provider = provider(&format!(
            "algorithm = \"hmac-sha256\"\nsecret = {{ encoding = \"hex\" }}\nsignature = {{ at = \"{at}\" }}\ncontent = \"{{body}}\""
        ));
        let ring = Keyring::new(secret(&provider, 1)).also_accept(secret(&provider, 2));
        let signed = Signer::new(&provider, ring).unwrap().delivery().body("{}").sign().unwrap();
        for (name, seed) in names.iter().zip([1, 2]) {
            let alone = Signer::new(&provider, secret(&provider, seed)).unwrap().delivery().body("{}").sign().unwrap();
            assert_eq!(signed.header(name), alone.header(&names[0]), "{name}");
        }
    }
}

#[test]
fn a_key_id_is_sent_where_the_scheme_names_keys() {
    let header = "algorithm = \"hmac-sha256\"\nsecret = { encoding = \"hex\" }\nsignature = { at = \"{h:Sig}\" }\ncontent = \"{body}\"\nkey_id = \"{h:Sig-Key}\"";
    let provider = provider(header);
    let key = SigningSecret::new(secret(&provider, 1)).id("2026-11");
    let signed = Signer::new(&provider, key.clone()).unwrap().delivery().body("{}").sign().unwrap();
    assert_eq!(signed.header("sig-key"), Some("2026-11"));
    assert!(verify(&endpoint(&provider, key), &signed, NOW).is_ok());
    let other = SigningSecret::new(secret(&provider, 1)).id("2026-05");
    assert!(verify(&endpoint(&provider, other), &signed, NOW).is_err());
}

#[test]
fn a_jwt_binds_what_the_provider_says() {
    let messagebird = signer(&providers::MESSAGEBIRD);
    let signed = messagebird.delivery().id("evt-1").at(NOW).url(URL).body("{}").sign().unwrap();
    let jwt = signed.header("messagebird-signature-jwt").unwrap();
    let part = |index: usize| {
        let text = jwt.split('.').nth(index).unwrap();
        let json = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()
    };
    assert_eq!(part(0), serde_json::json!({"alg": "HS256", "typ": "JWT"}));
    let claims = part(1);
    assert_eq!((&claims["iss"], &claims["jti"]), (&"MessageBird".into(), &"evt-1".into()));
    assert_eq!((&claims["iat"], &claims["exp"]), (&NOW.as_secs().into(), &(NOW.as_secs() + 300).into()));
    assert_eq!(claims["payload_hash"], "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    let empty = messagebird.delivery().at(NOW).url(URL).sign().unwrap();
    let endpoint = endpoint(&providers::MESSAGEBIRD, secret(&providers::MESSAGEBIRD, 1));
    assert!(verify(&endpoint, &empty, NOW).is_ok());
}

#[test]
fn an_http_signature_covers_what_the_provider_demands() {
    if cfg!(not(feature = "http-signatures")) {
        return;
    }
    let provider = provider(
        "algorithm = \"hmac-sha256\"\nsecret = { encoding = \"hex\" }\nkey_id = \"{p:keyid}\"\n\
         signature = { at = \"{h:Signature}\", syntax = { http-signature = { cover = \"@method @target-uri date \
         content-digest content-length\", tag = \"acme\" } } }\n\
         timestamp = { from = \"{p:created}\", unit = \"s\", past = 300, future = 60 }",
    );
    let signed = signer(&provider).delivery().id("n-1").at(NOW).url(URL).body("{}").sign().unwrap();
    let input = "sig0=(\"@method\" \"@target-uri\" \"date\" \"content-digest\" \"content-length\")\
                 ;created=1790000000;keyid=\"key-1\";nonce=\"n-1\";tag=\"acme\"";
    assert_eq!(signed.header("signature-input"), Some(input));
    assert_eq!(signed.header("date"), Some("Mon, 21 Sep 2026 14:13:20 GMT"));
    assert_eq!(signed.header("content-length"), Some("2"));
    let endpoint = endpoint(&provider, secret(&provider, 1));
    let delivery = verify(&endpoint, &signed, NOW).unwrap();
    assert!(delivery.body_authenticated() && delivery.sent_at() == Some(NOW));
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
    assert!(error.to_string().contains("no signed time"), "{error}");
}

#[cfg(feature = "ed25519")]
mod ed25519 {
    use countersign::{Encoding, encode};

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

/// A provider that signs the time which stands at `from`.
fn timed(content: &str, from: &str) -> Provider {
    provider(&format!(
        r#"
        algorithm = "hmac-sha256"
        secret = {{ encoding = "hex" }}
        signature = {{ at = "{{h:S}}" }}
        content = "{content}"
        timestamp = {{ from = "{from}", unit = "s", past = 300, future = 60 }}
        "#
    ))
}

#[test]
fn a_time_in_the_query_is_signed_with_the_url() {
    for (content, from) in [("{target}\\n{body}", "{q:sent}"), ("{url}\\n{body}", "{q:sent}")] {
        let provider = timed(content, from);
        let delivery = signer(&provider).delivery().url(URL).body("{}").at(NOW).sign().unwrap();
        assert_eq!(delivery.url, format!("{URL}?sent={}", NOW.as_secs()));
        let endpoint = endpoint(&provider, secret(&provider, 1));
        assert!(verify(&endpoint, &delivery, NOW).is_ok());
        let later = UnixTime::from_secs(NOW.as_secs() + 301);
        assert_eq!(verify(&endpoint, &delivery, later).unwrap_err().reason(), Reason::Stale);
        let mut renewed = delivery.clone();
        renewed.url = format!("{URL}?sent={}", later.as_secs());
        assert_eq!(verify(&endpoint, &renewed, later).unwrap_err().reason(), Reason::SignatureMismatch);
    }
}

#[test]
fn a_time_in_a_body_is_judged_however_it_is_written() {
    for (from, body) in [("{v:/at}", r#"{"at":1790000000}"#), ("{j:/at}", r#"{"at":"1790000000"}"#)] {
        let provider = timed("{body}", from);
        let delivery = signer(&provider).delivery().url(URL).body(body).sign().unwrap();
        let endpoint = endpoint(&provider, secret(&provider, 1));
        let at =
            |seconds| verify(&endpoint, &delivery, UnixTime::from_secs(seconds)).map(|_| ()).map_err(|no| no.reason());
        assert_eq!(at(1_790_000_300), Ok(()), "{from}");
        assert_eq!(at(1_790_000_301), Err(Reason::Stale), "{from}");
    }
}
