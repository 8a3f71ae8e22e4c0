//! The rules of the fetcher, against a real server. Each thing that must not happen stands beside one that does.

use std::net::{Ipv6Addr, TcpListener};
use std::time::{Duration, Instant};

use crate::server::{Reply, Server, path};
use countersign_keys::{FetchError, KeyFetcher};

const URL: &str = "https://keys.example.com/key";

fn text(body: &str) -> Reply {
    Reply::Answer(200, body.to_owned())
}

#[tokio::test]
async fn fetches_a_text_and_says_who_asks() {
    let server = Server::start(|_| text("a key")).await;
    let found = server.fetcher().get("https://keys.example.com/v1/key?use=sig").await.unwrap();
    assert_eq!(found.as_deref(), Some("a key"));
    let [request] = &server.requests()[..] else { panic!("one request") };
    let request = request.to_ascii_lowercase();
    assert!(request.starts_with("get /v1/key?use=sig http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nhost: keys.example.com\r\n"), "{request}");
    assert!(request.contains("\r\nuser-agent: countersign-keys/"), "{request}");
    assert!(!request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn what_is_not_there_is_no_failure() {
    let server = Server::start(|request| Reply::Answer(path(request)[1..].parse().unwrap(), String::new())).await;
    let fetcher = server.fetcher();
    for status in [404, 410] {
        assert!(fetcher.get(&format!("https://keys.example.com/{status}")).await.unwrap().is_none(), "{status}");
    }
    for status in [201, 204, 206, 304, 401, 403, 418, 429] {
        let error = fetcher.get(&format!("https://keys.example.com/{status}")).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(found) if found == status), "{status}: {error}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = Server::start(|request| match path(request) {
        "/there" => text("a key"),
        status => {
            let head = format!(
                "HTTP/1.1 {} X\r\nLocation: https://keys.example.com/there\r\nContent-Length: 0\r\n\r\n",
                &status[1..]
            );
            Reply::Raw(head.into_bytes())
        }
    })
    .await;
    let fetcher = server.fetcher();
    for status in [301, 302, 303, 307, 308] {
        let error = fetcher.get(&format!("https://keys.example.com/{status}")).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(found) if found == status), "{error}");
    }
    assert!(server.requests().iter().all(|request| path(request) != "/there"));
    assert_eq!(server.connections(), 5);
    assert!(fetcher.get("https://keys.example.com/there").await.unwrap().is_some());
}

#[tokio::test]
async fn a_certificate_for_another_host_or_by_another_authority_is_refused() {
    let server = Server::start(|_| text("a key")).await;
    // The right authority, another host.
    let fetcher = server.builder().danger_resolve_to("other.example.com", server.address);
    let fetcher = fetcher.danger_allow_private_addresses().build().unwrap();
    let error = fetcher.get("https://other.example.com/key").await.unwrap_err();
    assert!(matches!(error, FetchError::Connect(_)), "{error}");
    // The right host, another authority.
    let stranger = Server::start(|_| text("a key")).await;
    let builder = KeyFetcher::builder().root(&stranger.authority).unwrap();
    let builder = builder.danger_resolve_to("keys.example.com", server.address).danger_allow_private_addresses();
    let error = builder.build().unwrap().get(URL).await.unwrap_err();
    assert!(matches!(error, FetchError::Connect(_)), "{error}");
    // No second try: what does not hold does not hold then either.
    assert_eq!(server.connections(), 2);
    assert!(server.requests().is_empty());
    assert!(server.fetcher().get(URL).await.unwrap().is_some());
}

#[tokio::test]
async fn plain_http_and_other_addresses_are_refused_without_a_connection() {
    let server = Server::start(|_| text("a key")).await;
    let fetcher = server.fetcher();
    for url in [
        "http://keys.example.com/key",
        "ftp://keys.example.com/key",
        "file:///etc/passwd",
        "https:/keys.example.com/key",
        "https://user@keys.example.com/key",
        "https://keys.example.com",
        "//keys.example.com/key",
        "keys.example.com/key",
        " https://keys.example.com/key",
        "",
    ] {
        let error = fetcher.get(url).await.unwrap_err();
        assert!(matches!(error, FetchError::NotAUrl(_)), "{url}: {error}");
    }
    assert_eq!(server.connections(), 0);
    assert!(fetcher.get(URL).await.unwrap().is_some());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn private_addresses_are_refused_by_default() {
    let server = Server::start(|_| text("a key")).await;
    let fetcher = server.builder().build().unwrap();
    let port = server.address.port();
    let six = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    six.set_nonblocking(true).unwrap();
    for url in [
        // A name that is told to be there, and one that the system's resolver finds there.
        URL.to_owned(),
        format!("https://localhost:{port}/key"),
        format!("https://127.0.0.1:{port}/key"),
        format!("https://[::1]:{}/key", six.local_addr().unwrap().port()),
        format!("https://[::ffff:127.0.0.1]:{port}/key"),
        format!("https://10.0.0.1:{port}/key"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[fd00:ec2::254]/latest/meta-data/".to_owned(),
        "https://0.0.0.0/key".to_owned(),
    ] {
        let error = fetcher.get(&url).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic(_)), "{url}: {error}");
    }
    // Spellings of 127.0.0.1 that some resolvers take: refused as hosts or as addresses, never connected to.
    for host in ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost."] {
        let error = fetcher.get(&format!("https://{host}:{port}/key")).await.unwrap_err();
        let refused = matches!(error, FetchError::NotPublic(_) | FetchError::NotAUrl(_) | FetchError::Connect(_));
        assert!(refused, "{host}: {error}");
    }
    assert_eq!(server.connections(), 0);
    assert!(six.accept().is_err());
    assert!(server.fetcher().get(URL).await.unwrap().is_some());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_slow_host_is_given_up_in_time() {
    let server = Server::start(|request| match path(request) {
        "/silence" => Reply::Silence,
        "/drip" => Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", b"x".to_vec(), Duration::from_millis(50)),
        "/headers" => Reply::Endless("HTTP/1.1 200 OK\r\n", b"X-Y: z\r\n".to_vec(), Duration::from_millis(50)),
        "/informational" => Reply::Endless("", b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), Duration::from_millis(50)),
        _ => Reply::Late(Duration::from_millis(100), "a key".to_owned()),
    })
    .await;
    let builder = server.builder().danger_allow_private_addresses().deadline(Duration::from_millis(800));
    let fetcher = builder.build().unwrap();
    for path in ["silence", "drip", "headers", "informational"] {
        let start = Instant::now();
        let error = fetcher.get(&format!("https://keys.example.com/{path}")).await.unwrap_err();
        assert!(matches!(error, FetchError::TimedOut(_)), "{path}: {error}");
        assert!(start.elapsed() < Duration::from_secs(3), "{path}");
    }
    assert!(fetcher.get("https://keys.example.com/late").await.unwrap().is_some());
}

#[tokio::test]
async fn a_host_that_does_not_shake_hands_is_given_up_in_time() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(|_| text("a key")).await;
    let builder = KeyFetcher::builder().root(&server.authority).unwrap();
    let builder = builder.danger_resolve_to("keys.example.com", silent.local_addr().unwrap());
    let builder = builder.danger_allow_private_addresses().connect_deadline(Duration::from_millis(300));
    let start = Instant::now();
    let error = builder.build().unwrap().get(URL).await.unwrap_err();
    assert!(matches!(error, FetchError::TimedOut(_)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_cap() {
    let server = Server::start(|request| match path(request) {
        "/declared" => Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\nx".to_vec()),
        "/endless" => Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 8192], Duration::ZERO),
        "/head" => {
            Reply::Endless("HTTP/1.1 200 OK\r\n", b"X-Long: yyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(64), Duration::ZERO)
        }
        "/more" => text(&"x".repeat(64 * 1024 + 1)),
        _ => text(&"x".repeat(64 * 1024)),
    })
    .await;
    let fetcher = server.fetcher();
    for path in ["declared", "endless", "more"] {
        let error = fetcher.get(&format!("https://keys.example.com/{path}")).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLong(_)), "{path}: {error}");
    }
    let error = fetcher.get("https://keys.example.com/head").await.unwrap_err();
    assert!(matches!(error, FetchError::Exchange(_)), "{error}");
    assert_eq!(fetcher.get("https://keys.example.com/fits").await.unwrap().map(|text| text.len()), Some(64 * 1024));
}

#[tokio::test]
async fn a_host_that_stumbles_gets_one_more_try() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let tries = AtomicUsize::new(0);
    let server = Server::start(move |request| match (path(request), tries.fetch_add(1, Ordering::SeqCst)) {
        ("/once", 0) => Reply::Answer(503, String::new()),
        ("/once", _) => text("a key"),
        ("/breaks", _) => Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx".to_vec()),
        _ => Reply::Answer(500, String::new()),
    })
    .await;
    let fetcher = server.fetcher();
    assert!(fetcher.get("https://keys.example.com/once").await.unwrap().is_some());
    assert_eq!(server.connections(), 2);
    let error = fetcher.get("https://keys.example.com/always").await.unwrap_err();
    assert!(matches!(error, FetchError::Status(500)), "{error}");
    assert_eq!(server.connections(), 4);
    let error = fetcher.get("https://keys.example.com/breaks").await.unwrap_err();
    assert!(matches!(error, FetchError::Exchange(_)), "{error}");
    assert_eq!(server.connections(), 6);
}

#[test]
fn what_a_fetcher_trusts_is_a_certificate() {
    for bad in ["", "not pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
        assert!(KeyFetcher::builder().root(bad).is_err(), "{bad}");
    }
}
