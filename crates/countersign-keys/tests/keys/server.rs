//! A real HTTPS server on loopback, in this process, that counts what reaches it and answers as a test says.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_keys::{KeyFetcher, KeyFetcherBuilder};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The hosts that the server is, with a certificate for each.
pub(crate) const HOSTS: [&str; 8] = [
    "keys.example.com",
    "sns.us-east-1.amazonaws.com",
    "sns.s3.amazonaws.com",
    "evil.example",
    "api.ebay.com",
    "api.circle.com",
    "production.plaid.com",
    "localhost",
];

/// What the server does with one request.
pub(crate) enum Reply {
    /// Status and body.
    Answer(u16, String),
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// A head, then this chunk again and again, with a pause between.
    Endless(&'static str, Vec<u8>, Duration),
    /// An answer after a while.
    Late(Duration, String),
    /// Nothing at all.
    Silence,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) authority: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server whose certificate is for [`HOSTS`].
    pub(crate) async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let (authority, tls) = identity();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, authority, connections: Arc::default(), requests: Arc::default() };
        let (connections, requests) = (Arc::clone(&server.connections), Arc::clone(&server.requests));
        let reply = Arc::new(reply);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (tls, requests, reply) = (tls.clone(), Arc::clone(&requests), Arc::clone(&reply));
                tokio::spawn(async move {
                    let mut stream = tls.accept(stream).await.ok()?;
                    let request = read(&mut stream).await?;
                    let reply = reply(&request);
                    requests.lock().unwrap().push(request);
                    write(&mut stream, reply).await.ok()?;
                    stream.shutdown().await.ok()
                });
            }
        });
        server
    }

    /// How many connections there were, whether or not they got as far as a request.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests so far: head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A fetcher that finds every host here, and may.
    pub(crate) fn fetcher(&self) -> KeyFetcher {
        self.builder().danger_allow_private_addresses().build().unwrap()
    }

    /// A fetcher that finds every host here, and may not connect.
    pub(crate) fn builder(&self) -> KeyFetcherBuilder {
        let builder = KeyFetcher::builder().root(&self.authority).unwrap();
        HOSTS.iter().fold(builder, |builder, host| builder.danger_resolve_to(*host, self.address))
    }
}

/// An authority of its own, and a server's certificate by it.
fn identity() -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let server_key = KeyPair::generate().unwrap();
    let names: Vec<String> = HOSTS.iter().map(|host| (*host).to_owned()).collect();
    let server = CertificateParams::new(names).unwrap().signed_by(&server_key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(server_key.serialize_der().into()))
        .unwrap();
    (certificate.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Head and body of a request.
async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        read.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let declared =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= declared.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
    }
}

async fn write(stream: &mut (impl AsyncWriteExt + Unpin), reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer(status, body) => stream.write_all(&answer(status, &body)).await,
        Reply::Raw(bytes) => stream.write_all(&bytes).await,
        Reply::Endless(head, chunk, pause) => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&chunk).await?;
                stream.flush().await?;
                sleep(pause).await;
            }
        }
        Reply::Late(delay, body) => {
            sleep(delay).await;
            stream.write_all(&answer(200, &body)).await
        }
        Reply::Silence => core::future::pending().await,
    }
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// The path that a request asks for.
pub(crate) fn path(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}
