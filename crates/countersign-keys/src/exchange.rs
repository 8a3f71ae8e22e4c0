//! One exchange with a host: find it, check where it is, connect, ask, read the answer up to its cap.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use std::io;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, HOST, USER_AGENT};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::address::is_public;
use crate::error::FetchError;
use crate::fetcher::{Answer, Question, Rules};
use crate::url::KeyUrl;

/// The longest head of an answer, in bytes.
const HEAD_CAP: usize = 64 * 1024;

/// How many of a host's addresses are tried.
const MAX_ADDRESSES: u32 = 3;

const AGENT: &str = concat!("countersign-keys/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")");

pub(crate) async fn ask(rules: &Rules, question: &Question) -> Result<Answer, FetchError> {
    let late = |_| FetchError::TimedOut(rules.connect_deadline);
    let stream = timeout(rules.connect_deadline, connect(rules, &question.url)).await.map_err(late)??;
    let connection = http1::Builder::new().max_buf_size(HEAD_CAP).handshake(TokioIo::new(stream)).await;
    let (sender, connection) = connection.map_err(FetchError::Exchange)?;
    let mut answer = pin!(exchange(sender, question));
    let mut connection = pin!(connection);
    // The connection moves only while the answer is waited for: dropped with it, it is closed, and no task is left.
    poll_fn(|context| {
        let first = answer.as_mut().poll(context);
        match first {
            Poll::Pending if connection.as_mut().poll(context).is_ready() => answer.as_mut().poll(context),
            first => first,
        }
    })
    .await
}

async fn connect(rules: &Rules, url: &KeyUrl) -> Result<TlsStream<TcpStream>, FetchError> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    let addresses = addresses(rules, url).await?;
    let tried = u32::try_from(addresses.len()).unwrap_or(MAX_ADDRESSES).min(MAX_ADDRESSES);
    let each = rules.connect_deadline.checked_div(tried).unwrap_or(rules.connect_deadline);
    for address in addresses.into_iter().take(MAX_ADDRESSES as usize) {
        match timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let handshake = rules.tls.connect(url.server.clone(), stream);
                return handshake.await.map_err(FetchError::Connect);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(FetchError::Connect(last))
}

/// Where the host is. One address that is not public spoils all: a name that is both is a trap or a mistake.
async fn addresses(rules: &Rules, url: &KeyUrl) -> Result<Vec<SocketAddr>, FetchError> {
    let fixed = rules.fixed.iter().find(|(host, _)| *host == url.host);
    let found: Vec<SocketAddr> = match fixed {
        Some((_, address)) => vec![*address],
        None => lookup_host((url.host.as_str(), url.port)).await.map_err(FetchError::Connect)?.collect(),
    };
    match found.iter().find(|address| !rules.private_allowed && !is_public(address.ip())) {
        Some(inside) => Err(FetchError::NotPublic(inside.ip())),
        None => Ok(found),
    }
}

async fn exchange(mut sender: SendRequest<Full<Bytes>>, question: &Question) -> Result<Answer, FetchError> {
    let mut request = http::Request::builder()
        .method(&question.method)
        .uri(&question.url.target)
        .header(HOST, &question.url.authority)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "*/*");
    for (name, value) in &question.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(question.body.clone()));
    let request = request.map_err(|_| FetchError::NotAUrl("its path must be one that HTTP can carry"))?;
    let response = sender.send_request(request).await.map_err(FetchError::Exchange)?;
    let status = response.status().as_u16();
    let body = read(response.into_body(), question.cap).await?;
    Ok(Answer { status, body })
}

async fn read(mut body: hyper::body::Incoming, cap: usize) -> Result<Bytes, FetchError> {
    let too_long = FetchError::TooLong(cap);
    if body.size_hint().lower() > u64::try_from(cap).unwrap_or(u64::MAX) {
        return Err(too_long);
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(FetchError::Exchange)?.into_data() else { continue };
        if read.len().saturating_add(chunk.len()) > cap {
            return Err(too_long);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}
