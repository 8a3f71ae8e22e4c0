//! A plain HTTP/1.1 client: one request, one whole answer, within a time.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

/// Sends requests. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Client {
    inner: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer(String);

/// How long an answer may take: as long as the slowest sender of the catalogue waits.
const DEADLINE: Duration = Duration::from_secs(60);

/// The longest answer that is read, in bytes. Receivers answer with a sentence.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

impl Client {
    pub(crate) fn new() -> Self {
        Self { inner: hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, NoAnswer> {
        let exchange = async {
            let response = self.inner.request(request).await.map_err(|error| NoAnswer::of(&error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await.map_err(|error| NoAnswer::of(&*error))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let answered = timeout(DEADLINE, exchange).await;
        answered.unwrap_or_else(|_| Err(NoAnswer(format!("no answer within {} s", DEADLINE.as_secs()))))
    }
}

impl NoAnswer {
    /// The innermost cause says what happened; those around it say that something did.
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut innermost = error;
        while let Some(cause) = innermost.source() {
            innermost = cause;
        }
        Self(innermost.to_string())
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
