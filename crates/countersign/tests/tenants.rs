//! Many customers behind one path: resolved once, cached, bounded; an unknown one looks like a bad signature.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common::{CURRENT, NOW, PREVIOUS, request};
use countersign::{
    Algorithm, Delivery, Encoding, Endpoint, FetchedKeys, KeySource, Keyring, Provider, Reason, Rejection,
    ResolveError, TenantName, TenantResolver, Tenants, UnixTime, encode, providers, sign_mac,
};

/// Knows `acme` and `globex`, fails for `broken`, and counts its look-ups.
#[derive(Clone, Default)]
struct Customers {
    lookups: Arc<AtomicUsize>,
    slow: bool,
}

impl TenantResolver for Customers {
    async fn resolve(&self, name: &str) -> Result<Option<Keyring>, ResolveError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        if self.slow {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        match name {
            "acme" => Ok(Some(Keyring::new(CURRENT))),
            "globex" => Ok(Some(Keyring::new(PREVIOUS))),
            "broken" => Err("the database is down".into()),
            _ => Ok(None),
        }
    }
}

fn endpoint(customers: Customers) -> Endpoint {
    let tenants = Tenants::new(TenantName::PathSegment(1), customers);
    Endpoint::builder("tenants", providers::STANDARD_WEBHOOKS, tenants).build().unwrap()
}

async fn deliver(endpoint: &Endpoint, path: &str, secret: &str) -> Result<Delivery, Rejection> {
    let mut request = request(secret, "evt_1", b"{}");
    *request.uri_mut() = path.parse().unwrap();
    let tenant = endpoint.resolve(&request).await?.expect("an endpoint with tenants resolves to one");
    let mut intake = endpoint.open_for(&request, &tenant)?;
    intake.push(Bytes::from_static(b"{}"))?;
    intake.finish(UnixTime::from_secs(NOW))
}

#[tokio::test]
async fn each_tenant_has_its_own_keys() {
    let endpoint = endpoint(Customers::default());
    assert_eq!(deliver(&endpoint, "/hooks/acme", CURRENT).await.unwrap().tenant(), Some("acme"));
    assert_eq!(deliver(&endpoint, "/hooks/globex", PREVIOUS).await.unwrap().tenant(), Some("globex"));
    let crossed = deliver(&endpoint, "/hooks/globex", CURRENT).await.unwrap_err();
    assert_eq!(crossed.reason(), Reason::SignatureMismatch);
}

#[tokio::test]
async fn an_unknown_tenant_answers_what_a_bad_signature_does() {
    let endpoint = endpoint(Customers::default());
    let forged = deliver(&endpoint, "/hooks/acme", PREVIOUS).await.unwrap_err();
    for path in ["/hooks/nobody", "/hooks", "/hooks/", &format!("/hooks/{}", "a".repeat(1_000))] {
        let unknown = deliver(&endpoint, path, CURRENT).await.unwrap_err();
        assert_eq!(
            (unknown.status(), unknown.headers(), unknown.public_body()),
            (forged.status(), forged.headers(), forged.public_body()),
            "{path}"
        );
    }
    // Nor does a signature under the decoy's key, which anyone can read in the source, get through.
    let decoy = format!("whsec_{}", data_encoding::BASE64.encode(&[0; 32]));
    assert_eq!(deliver(&endpoint, "/hooks/nobody", &decoy).await.unwrap_err().reason(), Reason::UnknownTenant);
}

#[tokio::test]
async fn answers_are_cached_and_failures_are_not() {
    let customers = Customers::default();
    let endpoint = endpoint(customers.clone());
    for path in ["/hooks/acme", "/hooks/nobody"] {
        for _ in 0..100 {
            let _ = deliver(&endpoint, path, CURRENT).await;
        }
    }
    assert_eq!(customers.lookups.load(Ordering::SeqCst), 2);
    for _ in 0..3 {
        let failed = deliver(&endpoint, "/hooks/broken", CURRENT).await.unwrap_err();
        assert_eq!((failed.reason(), failed.status()), (Reason::TenantUnavailable, 503));
        assert!(failed.retry_after().is_some());
    }
    assert_eq!(customers.lookups.load(Ordering::SeqCst), 5);
    endpoint.tenants().unwrap().forget("acme").await;
    let _ = deliver(&endpoint, "/hooks/acme", CURRENT).await;
    assert_eq!(customers.lookups.load(Ordering::SeqCst), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stampede_costs_one_look_up_a_name_and_is_bounded() {
    let customers = Customers { slow: true, ..Customers::default() };
    let endpoint = endpoint(customers.clone());
    let same: Vec<_> = (0..500)
        .map(|_| {
            let endpoint = endpoint.clone();
            tokio::spawn(async move { deliver(&endpoint, "/hooks/acme", CURRENT).await.is_ok() })
        })
        .collect();
    for one in same {
        assert!(one.await.unwrap());
    }
    assert_eq!(customers.lookups.load(Ordering::SeqCst), 1);

    let strangers: Vec<_> = (0..1_000)
        .map(|number| {
            let endpoint = endpoint.clone();
            let path = format!("/hooks/stranger-{number}");
            tokio::spawn(async move { deliver(&endpoint, &path, CURRENT).await.unwrap_err().reason() })
        })
        .collect();
    let mut reasons = Vec::new();
    for one in strangers {
        reasons.push(one.await.unwrap());
    }
    assert!(reasons.contains(&Reason::UnknownTenant) && reasons.contains(&Reason::TenantUnavailable));
    let looked_up = reasons.iter().filter(|reason| **reason == Reason::UnknownTenant).count();
    assert!(looked_up < 1_000, "look-ups were not bounded");
}

#[tokio::test]
async fn reads_the_name_from_a_header_or_a_subdomain() {
    for (name, header, value, found) in [
        (TenantName::Header("X-Customer".into()), "x-customer", "acme", true),
        (TenantName::SubdomainOf("hooks.example.com".into()), "host", "acme.hooks.example.com:443", true),
        (TenantName::SubdomainOf("hooks.example.com".into()), "host", "acme.evil.example.com", false),
        (TenantName::SubdomainOf("hooks.example.com".into()), "host", "x.acme.hooks.example.com", false),
        (TenantName::SubdomainOf("hooks.example.com".into()), "host", "hooks.example.com", false),
    ] {
        let tenants = Tenants::new(name, Customers::default());
        let endpoint = Endpoint::builder("tenants", providers::STANDARD_WEBHOOKS, tenants).build().unwrap();
        let mut request = request(CURRENT, "evt_1", b"{}");
        request.headers_mut().append(http::HeaderName::from_bytes(header.as_bytes()).unwrap(), value.parse().unwrap());
        let tenant = endpoint.resolve(&request).await.unwrap().unwrap();
        let mut intake = endpoint.open_for(&request, &tenant).unwrap();
        intake.push(Bytes::from_static(b"{}")).unwrap();
        assert_eq!(intake.finish(UnixTime::from_secs(NOW)).is_ok(), found, "{value}");
    }
}

/// Has one key, under one id.
struct OneKey;

impl KeySource for OneKey {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        Ok((id == "k1").then(|| Keyring::new("a signing secret of more than sixteen bytes")))
    }
}

/// The first scheme at a place could not read the second one's token, and the key was never asked for.
#[cfg(all(feature = "json", feature = "toml"))]
#[tokio::test]
async fn a_key_is_fetched_for_whichever_scheme_the_delivery_is_of() {
    let scheme = |name: &str| {
        format!(
            r#"
            [[schemes]]
            name = "{name}"
            algorithm = "hmac-{name}"
            secret = {{ encoding = "utf8" }}
            signature = {{ at = "{{h:X-Token}}", syntax = {{ jws = {{}} }} }}
            equal = "{{c:/digest}}={{sha256.hex:body}}"
            key_id = "{{p:kid}}"
            "#
        )
    };
    let described = format!("name = \"two\"\n{}{}", scheme("sha256"), scheme("sha512"));
    let provider = Provider::from_toml(&described).unwrap();
    let endpoint = Endpoint::builder("two", provider, FetchedKeys::new(OneKey)).build().unwrap();
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for (alg, algorithm) in [("HS256", Algorithm::HmacSha256), ("HS512", Algorithm::HmacSha512)] {
        let part = |json: String| encode(json.as_bytes(), Encoding::Base64urlNopad);
        let (header, claims) = (format!(r#"{{"alg":"{alg}","kid":"k1"}}"#), format!(r#"{{"digest":"{digest}"}}"#));
        let signed = format!("{}.{}", part(header), part(claims));
        let mac = sign_mac(algorithm, b"a signing secret of more than sixteen bytes", signed.as_bytes()).unwrap();
        let token = format!("{signed}.{}", encode(&mac, Encoding::Base64urlNopad));
        let request = http::Request::post("/").header("x-token", token).body(()).unwrap();
        let mut intake = endpoint.open(&request).unwrap();
        intake.push(Bytes::from_static(b"{}")).unwrap();
        endpoint.fetch_keys(&mut intake).await.unwrap();
        assert_eq!(intake.finish(UnixTime::from_secs(NOW)).unwrap().algorithm(), Some(algorithm));
    }
}
