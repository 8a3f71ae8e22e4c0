//! A-056 and the key ids of A-124 and A-125: which key a delivery names, and what is asked for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign::{
    Encoding, FetchedKeys, KeySource, Keyring, Keys, Provider, ResolveError, SigningSecret, encode, providers,
};

use super::jose::token;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::{Adapter, eventually};
use crate::request::Request;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::Draft;
use crate::sign::public::{P256, Rsa, other_p256, other_rsa_key, p256, rsa_key};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![Row::story(
        "A-056",
        "a certificate or a key at an address of the attacker's",
        "401, and nothing is fetched",
        foreign_addresses,
    )]
}

/// A source of keys that counts what it is asked for. Clones are one source.
#[derive(Clone)]
struct Source(Arc<Inner>);

struct Inner {
    keys: HashMap<String, String>,
    /// What any other id gets.
    others: Option<String>,
    asked: Mutex<Vec<String>>,
    waits: AtomicBool,
}

impl Source {
    fn of(keys: &[(&str, String)], others: Option<String>) -> Self {
        let keys = keys.iter().map(|(id, key)| ((*id).to_owned(), key.clone())).collect();
        Self(Arc::new(Inner { keys, others, asked: Mutex::default(), waits: AtomicBool::new(false) }))
    }

    fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ensure_asked(&self, ids: &[&str]) -> Finding {
        let asked = self.asked();
        ensure(asked == ids, || format!("asked for {asked:?} instead of {ids:?}"))
    }
}

impl KeySource for Source {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        while self.0.waits.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(self.0.keys.get(id).or(self.0.others.as_ref()).map(|key| Keyring::new(key.as_str())))
    }
}

const CERTIFICATE: &str =
    "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem";

/// An SNS notification of a new message, with this JSON value as its certificate's address.
fn sns(key: &Rsa, address: &str) -> Request {
    let draft = Draft::new();
    let id = String::from_utf8_lossy(&draft.id).into_owned();
    let fields = [
        ("Message", "High water at noon"),
        ("MessageId", &id),
        ("Timestamp", "2026-11-23T14:55:32.000Z"),
        ("TopicArn", "arn:aws:sns:eu-north-1:498210377182:tides"),
        ("Type", "Notification"),
    ];
    let content: String = fields.iter().map(|(name, value)| format!("{name}\n{value}\n")).collect();
    let signature = encode(&key.sign(content.as_bytes()), Encoding::Base64);
    let members: String = fields.iter().map(|(name, value)| format!("\"{name}\":\"{value}\",")).collect();
    let body = format!(r#"{{{members}"SignatureVersion":"2","Signature":"{signature}"{address}}}"#);
    draft.body(body).post().set("Content-Type", "text/plain; charset=UTF-8")
}

fn at(address: &str) -> String {
    format!(r#","SigningCertURL":"{address}""#)
}

fn foreign_addresses(adapter: Adapter) -> Finding {
    // Whatever else is asked for is the attacker's: a source that is asked lets him in.
    let source = Source::of(&[(CERTIFICATE, rsa_key().pem())], Some(other_rsa_key().pem()));
    let receiver = Setup::new(providers::AWS_SNS, FetchedKeys::new(source.clone())).start(adapter);
    let genuine = "sns.eu-north-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem";
    let long = format!("https://sns.{}.amazonaws.com/SimpleNotificationService-1.pem", "a".repeat(600_000));
    let addresses = [
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://s3.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://evil.example@sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com/evil/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-/../../evil.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem?x=.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem#.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1%2f.pem",
        "https://sns.eu-north-1.amazonaws.com/?u=https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.a.b.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns..amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.169.254.169.254/.amazonaws.com/SimpleNotificationService-1.pem",
        "https://SNS.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        " https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem\\r\\nX: 1",
        "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-\\u0000.pem",
        "https://sns.eu\u{2010}north-1.amazonaws.com/SimpleNotificationService-1.pem",
        "HTTPS://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        "file:///etc/ssl/SimpleNotificationService-1.pem",
        "gopher://sns.eu-north-1.amazonaws.com/SimpleNotificationService-1.pem",
        &format!("http://{genuine}"),
        &long,
    ];
    for address in addresses {
        let shown: String = address.chars().take(90).collect();
        let refused = receiver.deliver(&sns(other_rsa_key(), &at(address)));
        ensure_refused(refused, &receiver, 401, "signature_malformed")
            .map_err(|finding| format!("{shown}: {finding}"))?;
    }
    // Twice, of another type, or absent.
    let both = [at(CERTIFICATE), at("https://evil.example/x.pem")];
    for address in [
        both.concat(),
        [both[1].clone(), both[0].clone()].concat(),
        r#","SigningCertURL":["https://evil.example/x.pem"]"#.into(),
        r#","SigningCertURL":7"#.into(),
        r#","SigningCertURL":null"#.into(),
        String::new(),
    ] {
        let answer = receiver.deliver(&sns(other_rsa_key(), &address)).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("{address:.40}: answered {}", answer.status))?;
    }
    source.ensure_asked(&[])?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    // The genuine address is asked for once (control), and lets in what its key signed, and nothing else.
    for _ in 0..3 {
        let foreign = receiver.deliver(&sns(other_rsa_key(), &at(CERTIFICATE)));
        ensure_refused(foreign, &receiver, 401, "signature_mismatch")?;
        ensure_fresh(receiver.deliver(&sns(rsa_key(), &at(CERTIFICATE))), 200)?;
    }
    source.ensure_asked(&[CERTIFICATE])?;
    ensure_runs(&receiver, 3)?;
    addresses_in_a_jws(adapter)
}

/// A provider whose keys are fetched by the `kid` of a JWT that holds the body's digest.
fn by_kid() -> Provider {
    let provider = Provider::from_toml(
        r#"
        name = "by-kid"
        event_id = ["{content}"]

        [[schemes]]
        algorithm = "ecdsa-p256-sha256-fixed"
        secret = { encoding = "public-key" }
        signature = { at = "{h:X-Token}", syntax = { jws = {} } }
        equal = "{c:/digest}={sha256.hex:body}"
        key_id = "{p:kid}"
        keys_at = "https://keys.example/*"
        "#,
    );
    provider.expect("the provider is well described")
}

fn by_kid_from(source: &Source) -> Setup {
    Setup::new(by_kid(), FetchedKeys::new(source.clone()))
}

fn with_kid(key: &P256, header: &str) -> Request {
    use sha2::{Digest, Sha256};
    let draft = Draft::new();
    let digest = encode(&Sha256::digest(&draft.body), Encoding::Hex);
    let token = token(&format!(r#"{{"alg":"ES256"{header}}}"#), &format!(r#"{{"digest":"{digest}"}}"#), |input| {
        key.sign(input).fixed()
    });
    draft.post().header("X-Token", token)
}

/// A JWS that names addresses of keys: only its `kid` is asked for.
fn addresses_in_a_jws(adapter: Adapter) -> Finding {
    let source = Source::of(&[("key-7", p256().public())], None);
    let receiver = by_kid_from(&source).start(adapter);
    let evil = "https://evil.example/jwks.json";
    let jwk = other_p256().jwk("key-7");
    for said in [format!(r#""jku":"{evil}""#), format!(r#""x5u":"{evil}""#), format!(r#""jwk":{jwk}"#)] {
        let alone = receiver.deliver(&with_kid(other_p256(), &format!(",{said}")));
        ensure(alone.is_ok_and(|answer| answer.status == 401), || format!("{said:.10} alone was not refused"))?;
    }
    source.ensure_asked(&[])?;
    for said in [format!(r#""jku":"{evil}""#), format!(r#""x5u":"{evil}""#), format!(r#""jwk":{jwk}"#)] {
        let named = format!(r#","kid":"key-7",{said}"#);
        ensure_refused(receiver.deliver(&with_kid(other_p256(), &named)), &receiver, 401, "signature_mismatch")?;
        ensure_fresh(receiver.deliver(&with_kid(p256(), &named)), 200)?;
    }
    source.ensure_asked(&["key-7"])?;
    ensure_runs(&receiver, 3)
}

/// A-124, of keys: ids that no provider has cost one look-up each, and ids that cannot be one cost none.
pub(super) fn unknown_keys(adapter: Adapter) -> Finding {
    let source = Source::of(&[("key-7", p256().public())], None);
    let receiver = by_kid_from(&source).start(adapter);
    let kid = |id: &str| with_kid(other_p256(), &format!(r#","kid":"{id}""#));
    let long = "k".repeat(9_000);
    for id in ["a\\r\\nX-Evil: 1", "a\\u0000", "\\ud83d\\ude00", "a b", "", "https://evil.example/key", &long] {
        let answer = receiver.deliver(&kid(id)).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("the key id {id:.20}: answered {}", answer.status))?;
    }
    // As long as servers let a header be, and longer.
    let huge = receiver.deliver(&kid(&"k".repeat(1_048_576)));
    ensure(!huge.is_ok_and(|answer| answer.status < 400), || "a key id of 1 MiB was taken".into())?;
    source.ensure_asked(&[])?;
    for id in ["nobody", "../../etc/passwd", "KEY-7", "key-7.", "*"] {
        for _ in 0..4 {
            ensure_refused(receiver.deliver(&kid(id)), &receiver, 401, "unknown_key")?;
        }
    }
    source.ensure_asked(&["nobody", "../../etc/passwd", "KEY-7", "key-7.", "*"])?;
    // Many at once: one look-up, whose answer all of them get.
    source.0.waits.store(true, Ordering::SeqCst);
    let mut waiting: Vec<Connection> = (0..100).map(|_| receiver.begin(&kid("somebody"))).collect();
    eventually("the key is looked up", || source.asked().len() == 6)?;
    source.0.waits.store(false, Ordering::SeqCst);
    for connection in &mut waiting {
        let answer = connection.read(PATIENCE).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("answered {}", answer.status))?;
    }
    ensure(source.asked().len() == 6, || format!("{} look-ups", source.asked().len()))?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    ensure_fresh(receiver.deliver(&with_kid(p256(), r#","kid":"key-7""#)), 200)?;
    ensure_runs(&receiver, 1)
}

/// A-125, of keys: each counts under its own id only.
pub(super) fn crossed_keys(adapter: Adapter) -> Finding {
    let keyring = Keyring::new(SigningSecret::new(p256().public()).id("key-a"))
        .also_accept(SigningSecret::new(other_p256().public()).id("key-b"));
    let fetched = Source::of(&[("key-a", p256().public()), ("key-b", other_p256().public())], None);
    for keys in [Keys::from(keyring), FetchedKeys::new(fetched).into()] {
        let receiver = Setup::new(by_kid(), keys).start(adapter);
        let by = |key: &P256, kid: &str| receiver.deliver(&with_kid(key, &format!(r#","kid":"{kid}""#)));
        ensure_refused(by(p256(), "key-b"), &receiver, 401, "signature_mismatch")?;
        ensure_refused(by(other_p256(), "key-a"), &receiver, 401, "signature_mismatch")?;
        let answer = by(p256(), "key-c").map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("an unknown key id: answered {}", answer.status))?;
        ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
        ensure_fresh(by(p256(), "key-a"), 200)?;
        ensure_fresh(by(other_p256(), "key-b"), 200)?;
        ensure_runs(&receiver, 2)?;
    }
    Ok(())
}
