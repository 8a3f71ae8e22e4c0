//! A whole receiver behind the tower layer: deliveries that name their keys, and a host that has them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use countersign::{
    Endpoint, FetchedKeys, KeySource, Keyring, Keys, MemoryStore, Provider, Reason, Rejection, ResolveError, providers,
};
use countersign_keys::{CertificateAt, Jwks, KeyFetcher};
use countersign_tower::WebhookLayer;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, date_time_ymd};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::server::{Reply, Server, path};
use crate::sources::HOSTILE;

const CERTIFICATE_AT: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem";

/// A receiver and how often its handler ran.
#[derive(Clone)]
struct Receiver {
    app: Router,
    handled: Arc<AtomicUsize>,
}

impl Receiver {
    fn new(endpoint: Endpoint) -> Self {
        let handled = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&handled);
        let handler = post(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { StatusCode::NO_CONTENT }
        });
        Self { app: Router::new().route("/", handler.layer(WebhookLayer::new(endpoint))), handled }
    }

    /// A receiver of Amazon SNS whose certificates come from `server`.
    fn of_sns(keys: impl Into<Keys>) -> Self {
        Self::new(Endpoint::builder("alarms", providers::AWS_SNS, keys).dedupe(MemoryStore::default()).build().unwrap())
    }

    async fn receives(&self, request: Request<Body>) -> (StatusCode, Option<Reason>) {
        let response = self.app.clone().oneshot(request).await.unwrap();
        (response.status(), response.extensions().get::<Rejection>().map(Rejection::reason))
    }

    async fn receives_sns(&self, message: &Value) -> (StatusCode, Option<Reason>) {
        let request = Request::post("/").header("content-type", "text/plain; charset=UTF-8");
        self.receives(request.body(message.to_string().into()).unwrap()).await
    }

    fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }
}

/// What Amazon SNS has: a key, and a certificate for it.
struct Sns {
    key: RsaKeyPair,
    certificate: String,
}

impl Sns {
    fn new() -> Self {
        Self::valid_from(2020, 2099)
    }

    fn valid_from(from: i32, until: i32) -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let mut params = CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { key: RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap(), certificate }
    }

    /// A notification that says that its certificate is at `address`.
    fn notification(&self, id: &str, address: &str) -> Value {
        let topic = "arn:aws:sns:us-east-1:123456789012:tides";
        let (text, time) = ("high water", "2026-11-03T09:26:10.344Z");
        let signed =
            format!("Message\n{text}\nMessageId\n{id}\nTimestamp\n{time}\nTopicArn\n{topic}\nType\nNotification\n");
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        json!({
            "Type": "Notification", "MessageId": id, "TopicArn": topic, "Message": text, "Timestamp": time,
            "SignatureVersion": "2", "Signature": BASE64.encode(&signature), "SigningCertURL": address,
        })
    }

    async fn serve(&self) -> Server {
        let certificate = self.certificate.clone();
        Server::start(move |request| match path(request) {
            "/SimpleNotificationService-0a1b.pem" => Reply::Answer(200, certificate.clone()),
            _ => Reply::Answer(403, "<Error/>".to_owned()),
        })
        .await
    }
}

fn certificates(fetcher: KeyFetcher) -> FetchedKeys {
    countersign_keys::for_provider_with(&providers::AWS_SNS, fetcher).unwrap()
}

#[tokio::test]
async fn a_notification_is_accepted_once_and_a_tampered_one_never() {
    let sns = Sns::new();
    let server = sns.serve().await;
    let receiver = Receiver::of_sns(certificates(server.fetcher()));
    let genuine = sns.notification("22b80b92", CERTIFICATE_AT);
    let mut tampered = genuine.clone();
    tampered["Message"] = "low water".into();
    assert_eq!(receiver.receives_sns(&tampered).await, (StatusCode::UNAUTHORIZED, Some(Reason::SignatureMismatch)));
    assert_eq!(receiver.handled(), 0);
    assert_eq!(receiver.receives_sns(&genuine).await.0, StatusCode::NO_CONTENT);
    assert_eq!(receiver.receives_sns(&genuine).await.0, StatusCode::NO_CONTENT);
    assert_eq!(receiver.handled(), 1);
    assert_eq!(receiver.receives_sns(&sns.notification("3c5b2f11", CERTIFICATE_AT)).await.0, StatusCode::NO_CONTENT);
    assert_eq!((receiver.handled(), server.connections()), (2, 1));
}

/// A-056: the delivery is signed, by a key of the attacker's, and says where that is.
#[tokio::test]
async fn a_hostile_address_in_a_delivery_is_never_fetched() {
    let attacker = Sns::new();
    let server = attacker.serve().await;
    let receiver = Receiver::of_sns(certificates(server.fetcher()));
    let long = format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{}.pem", "a".repeat(1024 * 512));
    for hostile in HOSTILE.into_iter().chain(["", "x", "\r\nx", long.as_str()]) {
        let (status, reason) = receiver.receives_sns(&attacker.notification("22b80b92", hostile)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{hostile} {reason:?}");
    }
    let mut nowhere = attacker.notification("22b80b92", CERTIFICATE_AT);
    nowhere.as_object_mut().unwrap().remove("SigningCertURL");
    assert_eq!(receiver.receives_sns(&nowhere).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!((receiver.handled(), server.connections()), (0, 0));
    // The same message with the address of the provider is fetched, and handled.
    assert_eq!(
        receiver.receives_sns(&attacker.notification("22b80b92", CERTIFICATE_AT)).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!((receiver.handled(), server.connections()), (1, 1));
}

/// The core's own lock, without this crate's: a source that would fetch anything is not asked.
#[tokio::test]
async fn a_source_is_not_asked_for_a_hostile_address() {
    struct Asked(Arc<Mutex<Vec<String>>>);

    impl KeySource for Asked {
        async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
            self.0.lock().unwrap().push(id.to_owned());
            Ok(None)
        }
    }

    let asked = Arc::new(Mutex::new(Vec::new()));
    let receiver = Receiver::of_sns(FetchedKeys::new(Asked(Arc::clone(&asked))));
    let sns = Sns::new();
    for address in HOSTILE.into_iter().chain(["x y", "\u{7f}", "ключ", &"a".repeat(513), CERTIFICATE_AT]) {
        assert_eq!(receiver.receives_sns(&sns.notification("22b80b92", address)).await.0, StatusCode::UNAUTHORIZED);
    }
    // What no reader takes for an address of the web is a source's own to judge.
    let asked = asked.lock().unwrap();
    assert_eq!(*asked, ["//evil.example/SimpleNotificationService-0a1b.pem", CERTIFICATE_AT]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_deliveries_at_once_cause_one_fetch() {
    let sns = Sns::new();
    let certificate = sns.certificate.clone();
    let server = Server::start(move |_| Reply::Late(Duration::from_millis(300), certificate.clone())).await;
    let receiver = Receiver::of_sns(certificates(server.fetcher()));
    let receive = |id: usize| {
        let (receiver, message) = (receiver.clone(), sns.notification(&format!("message-{id}"), CERTIFICATE_AT));
        tokio::spawn(async move { receiver.receives_sns(&message).await })
    };
    let received: Vec<_> = (0..1_000).map(receive).collect();
    for received in received {
        assert_eq!(received.await.unwrap().0, StatusCode::NO_CONTENT);
    }
    assert_eq!((receiver.handled(), server.connections()), (1_000, 1));
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_asked_for_once() {
    let sns = Sns::new();
    let server = sns.serve().await;
    let receiver = Receiver::of_sns(certificates(server.fetcher()));
    let nowhere = CERTIFICATE_AT.replace("0a1b", "ffff");
    for id in 0..50 {
        let received = receiver.receives_sns(&sns.notification(&id.to_string(), &nowhere)).await;
        assert_eq!(received, (StatusCode::UNAUTHORIZED, Some(Reason::UnknownKey)));
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_key_is_not_used_past_its_certificate() {
    for (from, until, reason) in [(2001, 2002, Reason::KeyExpired), (2098, 2099, Reason::KeyNotYetValid)] {
        let sns = Sns::valid_from(from, until);
        let server = sns.serve().await;
        let receiver = Receiver::of_sns(certificates(server.fetcher()));
        let received = receiver.receives_sns(&sns.notification("22b80b92", CERTIFICATE_AT)).await;
        assert_eq!(received, (StatusCode::UNAUTHORIZED, Some(reason)));
    }
}

#[tokio::test]
async fn a_host_that_fails_keeps_the_event_with_its_sender() {
    let sns = Sns::new();
    let late = Server::start(|_| Reply::Silence).await;
    let builder = late.builder().danger_allow_private_addresses().deadline(Duration::from_millis(300));
    let receiver = Receiver::of_sns(certificates(builder.build().unwrap()));
    let start = Instant::now();
    let received = receiver.receives_sns(&sns.notification("22b80b92", CERTIFICATE_AT)).await;
    assert_eq!(received, (StatusCode::SERVICE_UNAVAILABLE, Some(Reason::KeysUnavailable)));
    assert!(start.elapsed() < Duration::from_secs(3));
    for reply in [500, 302, 200] {
        let failing = Server::start(move |_| Reply::Answer(reply, String::new())).await;
        let receiver = Receiver::of_sns(certificates(failing.fetcher()));
        let received = receiver.receives_sns(&sns.notification("22b80b92", CERTIFICATE_AT)).await;
        assert_eq!(received, (StatusCode::SERVICE_UNAVAILABLE, Some(Reason::KeysUnavailable)), "{reply}");
        assert_eq!(receiver.handled(), 0);
    }
    // By default loopback is no place for keys.
    let server = sns.serve().await;
    let receiver = Receiver::of_sns(certificates(server.builder().build().unwrap()));
    let received = receiver.receives_sns(&sns.notification("22b80b92", CERTIFICATE_AT)).await;
    assert_eq!(received, (StatusCode::SERVICE_UNAVAILABLE, Some(Reason::KeysUnavailable)));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_endpoint_gives_up_where_the_fetcher_would_not() {
    let sns = Sns::new();
    let server = Server::start(|_| Reply::Silence).await;
    let endpoint = Endpoint::builder("alarms", providers::AWS_SNS, certificates(server.fetcher()));
    let endpoint = endpoint.resolve_deadline(Duration::from_millis(200)).build().unwrap();
    let start = Instant::now();
    let received = Receiver::new(endpoint).receives_sns(&sns.notification("22b80b92", CERTIFICATE_AT)).await;
    assert_eq!(received, (StatusCode::SERVICE_UNAVAILABLE, Some(Reason::KeysUnavailable)));
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// Deliveries in the manner of Neon: a detached JWS whose key stands in a set, by its id in a header.
mod neon {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    pub(super) struct Signer(Ed25519KeyPair, &'static str);

    impl Signer {
        pub(super) fn new(id: &'static str) -> Self {
            let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
            Self(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key.serialize_der()).unwrap(), id)
        }

        pub(super) fn jwk(&self) -> Value {
            let x = BASE64URL_NOPAD.encode(self.0.public_key().as_ref());
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": self.1, "x": x })
        }

        pub(super) fn delivery(&self, named: &str) -> Request<Body> {
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
            let body = r#"{"event_id":"evt_1","event_type":"user.created"}"#;
            let header = BASE64URL_NOPAD.encode(json!({ "alg": "EdDSA", "kid": self.1 }).to_string().as_bytes());
            let payload = format!("{now}.{}", BASE64URL_NOPAD.encode(body.as_bytes()));
            let input = format!("{header}.{}", BASE64URL_NOPAD.encode(payload.as_bytes()));
            let signature = BASE64URL_NOPAD.encode(self.0.sign(input.as_bytes()).as_ref());
            Request::post("/")
                .header("X-Neon-Signature", format!("{header}..{signature}"))
                .header("X-Neon-Signature-Kid", named)
                .header("X-Neon-Timestamp", now.to_string())
                .body(body.into())
                .unwrap()
        }
    }
}

#[tokio::test]
async fn a_rotated_key_is_found_by_its_id() {
    let (old, new, stranger) = (neon::Signer::new("old"), neon::Signer::new("new"), neon::Signer::new("stranger"));
    let both = json!({ "keys": [old.jwk(), new.jwk()] }).to_string();
    let sets = [json!({ "keys": [old.jwk()] }).to_string(), both];
    let fetches = AtomicUsize::new(0);
    let server =
        Server::start(move |_| Reply::Answer(200, sets[fetches.fetch_add(1, Ordering::SeqCst).min(1)].clone())).await;
    let keys = Jwks::new("https://keys.example.com/.well-known/jwks.json", server.fetcher()).unwrap();
    let keys = FetchedKeys::new(keys.fetch_every(Duration::ZERO));
    let receiver = Receiver::new(Endpoint::builder("users", providers::NEON_AUTH, keys).build().unwrap());
    for _ in 0..10 {
        assert_eq!(receiver.receives(old.delivery("old")).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(server.connections(), 1);
    for _ in 0..10 {
        assert_eq!(receiver.receives(new.delivery("new")).await.0, StatusCode::NO_CONTENT);
        assert_eq!(receiver.receives(old.delivery("old")).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(server.connections(), 2);
    // A genuine key's id on a stranger's signature, and an id that nobody has.
    let received = receiver.receives(stranger.delivery("new")).await;
    assert_eq!(received, (StatusCode::UNAUTHORIZED, Some(Reason::SignatureMismatch)));
    let received = receiver.receives(stranger.delivery("stranger")).await;
    assert_eq!(received, (StatusCode::UNAUTHORIZED, Some(Reason::UnknownKey)));
    assert_eq!(receiver.receives(new.delivery("old")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(receiver.handled(), 30);
}

#[tokio::test]
async fn providers_say_what_fetches_their_keys() {
    let server = Server::start(|_| Reply::Silence).await;
    let refused = |provider: &Provider| {
        countersign_keys::for_provider_with(provider, server.fetcher()).err().unwrap().to_string()
    };
    assert!(refused(&providers::CIRCLE).contains("PublicKeyAt::circle"));
    assert!(refused(&providers::PLAID).contains("Plaid"));
    assert!(refused(&providers::STRIPE).contains("keys_at"));
    assert!(countersign_keys::for_provider_with(&providers::AWS_SNS, server.fetcher()).is_ok());
    // A source of its own, where the scheme says less.
    let keys = CertificateAt::new("https://keys.example.com/*.pem", server.fetcher()).unwrap();
    let error = Endpoint::builder("billing", providers::STRIPE, FetchedKeys::new(keys)).build().unwrap_err();
    assert_eq!(error.setting(), "keys");
}

#[tokio::test]
async fn the_catalogue_says_where_these_keys_are() {
    let fetcher = Server::start(|_| Reply::Silence).await.fetcher();
    let mut ready: Vec<&str> = providers::all()
        .filter(|provider| countersign_keys::for_provider_with(provider, fetcher.clone()).is_ok())
        .map(|provider| &*provider.name)
        .collect();
    ready.sort_unstable();
    assert_eq!(ready, ["aws-sns", "google-pubsub", "paypal", "shipengine", "truelayer"]);
    for provider in providers::all().filter(|provider| provider.schemes.iter().any(|scheme| !scheme.keys_at.is_empty()))
    {
        let keys = CertificateAt::new("https://keys.example.com/*.pem", fetcher.clone()).unwrap();
        let built = Endpoint::builder("any", provider, FetchedKeys::new(keys));
        let built = provider.config_names().into_iter().fold(built, |built, name| built.config(name, "value"));
        let built = built.public_url("https://hooks.example.com/").unwrap().build();
        assert!(built.is_ok(), "{}: {:?}", provider.name, built.err());
    }
}
