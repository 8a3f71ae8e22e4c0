//! The one place that opens a connection, and the rules it keeps.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::error::{FetchError, SetupError};
use crate::exchange;
use crate::url::KeyUrl;

/// An HTTPS client that fetches keys, and does little else.
///
/// Rules:
///
/// 1. `https` only. The certificate must be for the host, by the roots that the system trusts and those added here.
/// 2. The host must have public addresses only; what is connected to is the address that was checked. See
///    [`danger_allow_private_addresses`](KeyFetcherBuilder::danger_allow_private_addresses).
/// 3. Redirects are not followed, and no proxy is used, whatever the environment says.
/// 4. A connection stands within 2 seconds and the answer is there within 5, a second try included. There is one second
///    try, and only where the connection failed or the host answered 5xx.
/// 5. An answer has at most 64 KiB, a set of keys 256 KiB. It is never decompressed.
/// 6. Each fetch has a connection of its own: keys are fetched every few minutes, and a kept connection would be stale.
///
/// Cloning it is cheap and shares everything.
///
/// These are facts of what it is made of, hyper's HTTP/1 connection over rustls, and not settings of a larger client that
/// another crate's features could turn on.
#[derive(Clone)]
pub struct KeyFetcher {
    pub(crate) inner: Arc<Rules>,
}

/// How a fetcher connects.
pub(crate) struct Rules {
    pub(crate) tls: TlsConnector,
    pub(crate) connect_deadline: Duration,
    pub(crate) deadline: Duration,
    pub(crate) private_allowed: bool,
    pub(crate) fixed: Vec<(String, SocketAddr)>,
}

/// One question to a host.
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) url: KeyUrl,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// The longest answer, in bytes.
    pub(crate) cap: usize,
}

/// What a host answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// The longest answer that holds one key, in bytes.
pub(crate) const KEY_CAP: usize = 64 * 1024;

impl KeyFetcher {
    /// A fetcher with the roots that the system trusts.
    ///
    /// Reads the system's certificates, so make one at start-up and share it.
    ///
    /// # Errors
    ///
    /// The system has no roots.
    pub fn new() -> Result<Self, SetupError> {
        Self::builder().build()
    }

    /// Starts a fetcher with other settings.
    pub fn builder() -> KeyFetcherBuilder {
        KeyFetcherBuilder {
            roots: Vec::new(),
            connect_deadline: Duration::from_secs(2),
            deadline: Duration::from_secs(5),
            private_allowed: false,
            fixed: Vec::new(),
        }
    }

    /// Fetches a text of at most 64 KiB, for a [`KeySource`](countersign::KeySource) of your own: `None` where the host
    /// answers 404 or 410.
    ///
    /// # Errors
    ///
    /// One of the rules was not kept, or the host answered neither 200 nor that there is nothing.
    pub async fn get(&self, url: &str) -> Result<Option<String>, FetchError> {
        let url = KeyUrl::read(url).map_err(FetchError::NotAUrl)?;
        self.ask(Question::get(url, KEY_CAP)).await?.text(&[404, 410])
    }

    pub(crate) async fn ask(&self, question: Question) -> Result<Answer, FetchError> {
        let asked = async {
            match exchange::ask(&self.inner, &question).await {
                Ok(answer) if answer.status < 500 => return Ok(answer),
                Err(error) if !is_passing(&error) => return Err(error),
                _ => sleep(PAUSE).await,
            }
            exchange::ask(&self.inner, &question).await
        };
        let deadline = self.inner.deadline;
        timeout(deadline, asked).await.unwrap_or(Err(FetchError::TimedOut(deadline)))
    }
}

/// Whether the next try may fare better.
fn is_passing(error: &FetchError) -> bool {
    match error {
        // A certificate that does not hold will not hold then either.
        FetchError::Connect(error) => error.kind() != std::io::ErrorKind::InvalidData,
        FetchError::Exchange(_) => true,
        _ => false,
    }
}

/// Between the two tries.
const PAUSE: Duration = Duration::from_millis(100);

impl Question {
    pub(crate) fn get(url: KeyUrl, cap: usize) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: Bytes::new(), cap }
    }
}

impl Answer {
    /// The text of a 200, or `None` where the status is one that says that there is no such key.
    pub(crate) fn text(&self, none_if: &[u16]) -> Result<Option<String>, FetchError> {
        match self.status {
            200 => {
                let text =
                    core::str::from_utf8(&self.body).map_err(|_| FetchError::Unreadable("the answer is no text"))?;
                Ok(Some(text.to_owned()))
            }
            status if none_if.contains(&status) => Ok(None),
            status => Err(FetchError::Status(status)),
        }
    }
}

/// A fetcher in the making.
#[must_use = "a fetcher exists once it is built"]
pub struct KeyFetcherBuilder {
    roots: Vec<CertificateDer<'static>>,
    connect_deadline: Duration,
    deadline: Duration,
    private_allowed: bool,
    fixed: Vec<(String, SocketAddr)>,
}

impl KeyFetcherBuilder {
    /// Trusts the certificates in this PEM beside those of the system: a private authority, or a test's.
    ///
    /// # Errors
    ///
    /// There is no certificate in it.
    pub fn root(mut self, pem: &str) -> Result<Self, SetupError> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        match found {
            Ok(found) if !found.is_empty() => self.roots.extend(found),
            _ => return Err(SetupError::new("root", "it must be PEM with at least one certificate")),
        }
        Ok(self)
    }

    /// How long finding the host, connecting and the TLS handshake may take together. Default: 2 seconds.
    pub fn connect_deadline(mut self, deadline: Duration) -> Self {
        self.connect_deadline = deadline;
        self
    }

    /// How long a fetch may take, the second try included. Default: 5 seconds. The delivery waits meanwhile, at most for
    /// the endpoint's `resolve_deadline`.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Connects to addresses that are not public: loopback, private networks, link-local ones with the cloud's metadata
    /// service. For tests, and for hosts inside your own network.
    pub fn danger_allow_private_addresses(mut self) -> Self {
        self.private_allowed = true;
        self
    }

    /// Connects to `address` wherever the host is `host`, instead of looking it up. The certificate must still be for
    /// `host`. For tests.
    pub fn danger_resolve_to(mut self, host: impl Into<String>, address: SocketAddr) -> Self {
        self.fixed.push((host.into(), address));
        self
    }

    /// Reads the system's roots.
    ///
    /// # Errors
    ///
    /// There are none and none were added, or one that was added is broken.
    pub fn build(self) -> Result<KeyFetcher, SetupError> {
        let mut roots = RootCertStore::empty();
        // The system's store may hold certificates that rustls does not read; they are then not trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in self.roots {
            roots.add(root).map_err(|error| SetupError::new("root", format!("it is no authority: {error}")))?;
        }
        if roots.is_empty() {
            let mend = "the system trusts nobody; install its package `ca-certificates`, or add one with `root(…)`";
            return Err(SetupError::new("roots", mend));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SetupError::new("tls", error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(KeyFetcher {
            inner: Arc::new(Rules {
                tls: TlsConnector::from(Arc::new(config)),
                connect_deadline: self.connect_deadline,
                deadline: self.deadline,
                private_allowed: self.private_allowed,
                fixed: self.fixed,
            }),
        })
    }
}
