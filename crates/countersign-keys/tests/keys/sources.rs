//! What each source asks for, and what it makes of the answers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::{Environment, KeySource};
use countersign_keys::{CertificateAt, FetchError, Jwks, Plaid, PublicKeyAt};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use crate::server::{Reply, Server, path};

const CERTIFICATES: &str = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem";

fn set(ids: &[&str]) -> String {
    let keys: Vec<_> = ids.iter().map(|id| json!({ "kid": id, "kty": "OKP", "crv": "Ed25519", "x": "" })).collect();
    json!({ "keys": keys }).to_string()
}

/// Whether a source knows an id.
async fn knows(source: &impl KeySource, id: &str) -> bool {
    source.key(id).await.unwrap().is_some()
}

async fn failure(source: &impl KeySource, id: &str) -> FetchError {
    *source.key(id).await.unwrap_err().downcast().unwrap()
}

#[tokio::test]
async fn a_set_is_fetched_once_for_all_of_its_keys() {
    let server = Server::start(|_| Reply::Answer(200, set(&["a", "b"]))).await;
    let keys = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap();
    assert!(knows(&keys, "a").await);
    assert!(knows(&keys, "b").await);
    assert!(!knows(&keys, "c").await);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_once_the_set_is_due() {
    let ids = Arc::new(Mutex::new(vec!["a"]));
    let published = Arc::clone(&ids);
    let server = Server::start(move |_| Reply::Answer(200, set(&published.lock().unwrap()))).await;
    let rarely = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap();
    let always = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap().fetch_every(Duration::ZERO);
    assert!(knows(&rarely, "a").await && knows(&always, "a").await);
    *ids.lock().unwrap() = vec!["b"];
    assert!(!knows(&rarely, "b").await);
    assert!(knows(&rarely, "a").await);
    assert!(knows(&always, "b").await);
    assert!(!knows(&always, "a").await);
}

#[tokio::test]
async fn made_up_key_ids_cause_one_fetch_of_a_set() {
    let server = Server::start(|_| Reply::Answer(200, set(&["a"]))).await;
    let keys = Arc::new(Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap());
    let ask = |id: usize| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { knows(&*keys, &format!("made-up-{id}")).await })
    };
    let asked: Vec<_> = (0..1_000).map(ask).collect();
    for asked in asked {
        assert!(!asked.await.unwrap());
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn after_a_failure_a_set_is_left_alone_for_a_while() {
    let server = Server::start(|_| Reply::Answer(401, String::new())).await;
    let keys = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap();
    assert!(matches!(failure(&keys, "a").await, FetchError::Status(401)));
    for _ in 0..100 {
        assert!(matches!(failure(&keys, "a").await, FetchError::HeldBack));
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn what_is_no_set_is_a_failure() {
    for body in ["", "[]", "{}", r#"{"keys":{}}"#, "-----BEGIN PUBLIC KEY-----", "<html></html>"] {
        let server = Server::start(move |_| Reply::Answer(200, body.to_owned())).await;
        let keys = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap();
        assert!(matches!(failure(&keys, "a").await, FetchError::Unreadable(_)), "{body}");
    }
    // Entries that are no keys are nobody's, and the key beside them is found.
    let body = r#"{"keys":[1,"a",null,{"kid":7},{"kid":"a","kty":"RSA"}]}"#;
    let server = Server::start(|_| Reply::Answer(200, body.to_owned())).await;
    let keys = Jwks::new("https://keys.example.com/jwks", server.fetcher()).unwrap();
    assert!(knows(&keys, "a").await && !knows(&keys, "7").await);
}

#[tokio::test]
async fn a_set_may_be_longer_than_a_key_and_has_a_cap_too() {
    let padded = |length: usize| format!(r#"{{"keys":[{{"kid":"a"}}],"pad":"{}"}}"#, "x".repeat(length));
    let server = Server::start(move |request| {
        Reply::Answer(200, padded(if path(request) == "/fits" { 250_000 } else { 270_000 }))
    })
    .await;
    assert!(knows(&Jwks::new("https://keys.example.com/fits", server.fetcher()).unwrap(), "a").await);
    let keys = Jwks::new("https://keys.example.com/more", server.fetcher()).unwrap();
    assert!(matches!(failure(&keys, "a").await, FetchError::TooLong(_)));
}

#[test]
fn sources_are_at_plain_addresses() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fetcher = runtime.block_on(Server::start(|_| Reply::Silence)).fetcher();
    for url in ["http://keys.example.com/jwks", "https://keys.example.com", "https://u@keys.example.com/jwks"] {
        assert!(Jwks::new(url, fetcher.clone()).is_err(), "{url}");
        assert!(PublicKeyAt::new(url, fetcher.clone()).is_err(), "{url}");
    }
    for template in
        ["https://keys.example.com/", "https://{key_id}.example.com/key", "https://keys.example.com/{key_id}/{key_id}"]
    {
        assert!(PublicKeyAt::new(template, fetcher.clone()).is_err(), "{template}");
    }
    assert!(CertificateAt::new("", fetcher.clone()).is_err());
    assert!(CertificateAt::new("http://keys.example.com/*.pem", fetcher.clone()).is_err());
    assert!(CertificateAt::new(CERTIFICATES, fetcher).is_ok());
}

/// A56 of the list of attacks, asked of the source itself: the core has refused all of these before.
#[tokio::test]
async fn hostile_addresses_are_never_fetched() {
    let certificate = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&certificate).unwrap().pem();
    let server = Server::start(move |_| Reply::Answer(200, certificate.clone())).await;
    let keys = CertificateAt::new(CERTIFICATES, server.fetcher()).unwrap();
    for hostile in HOSTILE {
        assert!(!knows(&keys, hostile).await, "{hostile}");
    }
    assert_eq!(server.connections(), 0);
    assert!(knows(&keys, "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem").await);
    assert_eq!(server.connections(), 1);
}

pub(crate) const HOSTILE: [&str; 22] = [
    "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "HTTPS://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https:/sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https:evil.example/SimpleNotificationService-0a1b.pem",
    "https:\\\\evil.example\\SimpleNotificationService-0a1b.pem",
    "//evil.example/SimpleNotificationService-0a1b.pem",
    "\thttps://evil.example/SimpleNotificationService-0a1b.pem",
    "https://evil.example/SimpleNotificationService-0a1b.pem",
    "https://evil.example/sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com:pw@evil.example/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b.pem",
    "https://evil.example#sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https://evil.example\\.sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https://sns.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com/redirect?to=https://evil.example/SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com/../SimpleNotificationService-0a1b.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem#x",
    "https://127.0.0.1/SimpleNotificationService-0a1b.pem",
    "file:///etc/ssl/SimpleNotificationService-0a1b.pem",
];

#[tokio::test]
async fn certificates_are_told_from_other_answers() {
    let server = Server::start(|request| match path(request) {
        path if path.contains("-403") => Reply::Answer(403, "<Error/>".to_owned()),
        path if path.contains("-404") => Reply::Answer(404, String::new()),
        path if path.contains("-html") => Reply::Answer(200, "<html></html>".to_owned()),
        path if path.contains("-broken") => {
            Reply::Answer(200, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".to_owned())
        }
        _ => Reply::Answer(200, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned()),
    })
    .await;
    let keys = CertificateAt::new(CERTIFICATES, server.fetcher()).unwrap();
    let at = |name: &str| format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{name}.pem");
    assert!(!knows(&keys, &at("403")).await && !knows(&keys, &at("404")).await);
    assert!(knows(&keys, &at("key")).await);
    for name in ["html", "broken"] {
        assert!(matches!(failure(&keys, &at(name)).await, FetchError::Unreadable(_)), "{name}");
    }
}

#[tokio::test]
async fn made_up_certificates_are_paced_and_a_known_one_is_not() {
    let server = Server::start(|request| match path(request) {
        "/SimpleNotificationService-known.pem" => Reply::Answer(200, "-----BEGIN PUBLIC KEY-----".to_owned()),
        _ => Reply::Answer(404, String::new()),
    })
    .await;
    let keys = CertificateAt::new(CERTIFICATES, server.fetcher()).unwrap();
    let at = |name: &str| format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{name}.pem");
    assert!(knows(&keys, &at("known")).await);
    let mut held_back = 0;
    for id in 0..200 {
        held_back += usize::from(keys.key(&at(&id.to_string())).await.is_err());
    }
    assert!(held_back > 100, "{held_back}");
    assert!(server.connections() < 100, "{}", server.connections());
    assert!(knows(&keys, &at("known")).await);
}

#[tokio::test]
async fn ebay_is_asked_with_a_fresh_token() {
    let server = Server::start(|request| match path(request) {
        "/commerce/notification/v1/public_key/9936261a-7d7b" => Reply::Answer(
            200,
            r#"{"key":"-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----","algorithm":"ECDSA","digest":"SHA1"}"#
                .to_owned(),
        ),
        "/commerce/notification/v1/public_key/refused" => Reply::Answer(401, String::new()),
        _ => Reply::Answer(404, String::new()),
    })
    .await;
    let tokens = Arc::new(AtomicUsize::new(0));
    let given = Arc::clone(&tokens);
    let token = move || {
        let number = given.fetch_add(1, Ordering::SeqCst);
        async move { Ok(format!("token-{number}")) }
    };
    let keys = PublicKeyAt::ebay(Environment::Live, server.fetcher(), token).unwrap();
    assert!(knows(&keys, "9936261a-7d7b").await);
    assert!(!knows(&keys, "unknown").await);
    assert!(matches!(failure(&keys, "refused").await, FetchError::Status(401)));
    let requests = server.requests();
    assert!(requests[0].contains("authorization: Bearer token-0\r\n"), "{}", requests[0]);
    assert!(requests[1].contains("authorization: Bearer token-1\r\n"), "{}", requests[1]);
    // What leaves its place in the path is unknown without a fetch.
    for id in ["../../identity", "a/b", "a?b", "a%2f", ".", "..", "", "a\r\nX: y"] {
        assert!(!knows(&keys, id).await, "{id}");
    }
    assert_eq!((server.connections(), tokens.load(Ordering::SeqCst)), (3, 3));
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let server = Server::start(|_| Reply::Answer(404, String::new())).await;
    let works = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&works);
    let token = move || {
        let works = state.load(Ordering::SeqCst);
        async move { if works { Ok("token".to_owned()) } else { Err("the vault is sealed".into()) } }
    };
    let keys = PublicKeyAt::ebay(Environment::Live, server.fetcher(), token).unwrap();
    assert!(matches!(failure(&keys, "a").await, FetchError::Token(_)));
    assert_eq!(server.connections(), 0);
    works.store(true, Ordering::SeqCst);
    assert!(!knows(&keys, "a").await);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn circle_is_asked_by_the_id_in_the_header() {
    let server = Server::start(|request| match path(request) {
        "/v2/notifications/publicKey/879dc113-5ca4" => Reply::Answer(
            200,
            r#"{"data":{"id":"879dc113-5ca4","algorithm":"ECDSA_SHA_256","publicKey":"MFkw"}}"#.to_owned(),
        ),
        "/v2/notifications/publicKey/odd" => Reply::Answer(200, r#"{"data":{"publicKey":7}}"#.to_owned()),
        _ => Reply::Answer(404, String::new()),
    })
    .await;
    let keys = PublicKeyAt::circle("LIVE_API_KEY:a:b", server.fetcher()).unwrap();
    assert!(knows(&keys, "879dc113-5ca4").await);
    assert!(matches!(failure(&keys, "odd").await, FetchError::Unreadable(_)));
    assert!(server.requests()[0].contains("authorization: Bearer LIVE_API_KEY:a:b\r\n"));
}

#[tokio::test]
async fn plaid_is_asked_with_credentials_and_says_what_it_does_not_know() {
    let server = Server::start(|request| {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        let asked: serde_json::Value = serde_json::from_str(body).unwrap();
        match asked["key_id"].as_str().unwrap() {
            "known" => Reply::Answer(
                200,
                r#"{"key":{"kid":"known","kty":"EC","expired_at":null},"request_id":"r"}"#.to_owned(),
            ),
            "unknown" => Reply::Answer(400, r#"{"error_code":"INVALID_WEBHOOK_VERIFICATION_KEY_ID"}"#.to_owned()),
            _ => Reply::Answer(400, r#"{"error_code":"INVALID_API_KEYS"}"#.to_owned()),
        }
    })
    .await;
    let keys = Plaid::new(Environment::Live, "client", "hush", server.fetcher()).unwrap();
    assert!(knows(&keys, "known").await);
    assert!(!knows(&keys, "unknown").await);
    assert!(matches!(failure(&keys, "other").await, FetchError::Status(400)));
    assert!(!knows(&keys, "a\"b").await);
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /webhook_verification_key/get HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(r#""secret":"hush""#) && request.contains(r#""client_id":"client""#), "{request}");
}
