//! Passing a verified delivery on to another server, whose answer is the answer.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use countersign_tower::Verified;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;

use crate::client::Client;
use crate::output;

/// Where deliveries are passed on to.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client,
    url: Uri,
}

/// Headers of one connection, and those that the client writes itself (RFC 9110, section 7.6.1).
const OF_THE_CONNECTION: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

impl Upstream {
    pub(super) fn new(client: Client, url: Uri) -> Self {
        Self { client, url }
    }

    /// Passes one delivery on: same method, headers and body. Without an answer the sender gets 502, so that the event
    /// is released and comes back.
    ///
    /// The answer is asked for without compression: it is kept, and whoever repeats the delivery may not read the one
    /// that this sender reads.
    pub(super) async fn pass(self, Verified(delivery): Verified, method: Method, headers: HeaderMap) -> Response {
        let mut request = Request::new(Full::new(delivery.body().clone()));
        *request.method_mut() = method;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = end_to_end(headers);
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        match self.client.send(request).await {
            Ok(answer) => passed_back(answer),
            Err(problem) => {
                output::say(format_args!("warning: --forward-to {}: {problem}", self.url));
                StatusCode::BAD_GATEWAY.into_response()
            }
        }
    }
}

/// The headers that are meant for the last recipient.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed.iter().chain(&OF_THE_CONNECTION) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers
}

/// Status and body of the answer, and what it takes to read that. Its other headers were meant for this program.
fn passed_back(answer: http::Response<Bytes>) -> Response {
    let (head, body) = answer.into_parts();
    let mut response = (head.status, body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        for value in head.headers.get_all(&name) {
            response.headers_mut().append(&name, value.clone());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_belongs_to_the_connection_and_keeps_the_rest() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("host", "a"),
            ("content-length", "2"),
            ("webhook-id", "msg_1"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let kept = end_to_end(headers);
        assert_eq!(kept.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["webhook-id"]);
    }
}
