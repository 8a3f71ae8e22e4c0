//! Signed deliveries, endpoints on a fixed clock, and answers in a form that tests can compare.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, try_call_service};
use actix_web::{Error, HttpResponse};
use bytes::Bytes;
use countersign::{
    Algorithm, Clock, Encoding, Endpoint, EndpointBuilder, MemoryStore, Reason, Rejection, UnixTime, encode, providers,
    sign_mac,
};

pub(crate) const NOW: u64 = 1_795_451_732;

const KEY: &[u8; 24] = b"twenty-four bytes of key";

pub(crate) fn secret(key: &[u8]) -> String {
    format!("whsec_{}", encode(key, Encoding::Base64))
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Option<UnixTime> {
        Some(UnixTime::from_secs(NOW))
    }
}

/// An endpoint that keeps no records.
pub(crate) fn bare_endpoint() -> EndpointBuilder {
    Endpoint::builder("hooks", &providers::STANDARD_WEBHOOKS, secret(KEY)).clock(FixedClock)
}

pub(crate) fn endpoint() -> EndpointBuilder {
    bare_endpoint().dedupe(MemoryStore::default())
}

/// A delivery as its sender makes it.
pub(crate) struct Sent {
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Sent {
    pub(crate) fn new(id: &str, body: &'static str) -> Self {
        Self::signed(KEY, id, NOW, body)
    }

    pub(crate) fn signed(key: &[u8], id: &str, at: u64, body: &'static str) -> Self {
        let content = format!("{id}.{at}.{body}");
        let mac = sign_mac(Algorithm::HmacSha256, key, content.as_bytes()).unwrap();
        let headers = vec![
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", format!("v1,{}", encode(&mac, Encoding::Base64))),
        ];
        Self { headers, body: Bytes::from_static(body.as_bytes()) }
    }

    /// The same headers over other bytes.
    pub(crate) fn forged(id: &str) -> Self {
        Self { body: Bytes::from_static(b"{\"amount\":1000000}"), ..Self::new(id, "{\"amount\":1}") }
    }

    pub(crate) fn request(&self) -> Request {
        self.request_to("/hooks")
    }

    pub(crate) fn request_to(&self, path: &str) -> Request {
        self.head(path).set_payload(self.body.clone()).to_request()
    }

    /// A request whose body comes as `payload` says.
    pub(crate) fn streamed(&self, payload: Payload) -> Request {
        self.head("/hooks").to_request().replace_payload(payload).0
    }

    fn head(&self, path: &str) -> TestRequest {
        let request = TestRequest::post().uri(path);
        self.headers.iter().fold(request, |request, (name, value)| request.append_header((*name, value.as_str())))
    }

    /// The request head on the wire, up to the headers that say how long the body is.
    pub(crate) fn wire_head(&self) -> String {
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("POST /hooks HTTP/1.1\r\nhost: localhost\r\n{}", lines.collect::<String>())
    }

    /// The whole request on the wire.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let head = format!("{}content-length: {}\r\n\r\n", self.wire_head(), self.body.len());
        [head.as_bytes(), &self.body].concat()
    }
}

/// What came back, whether a service answered or failed: a server sends both alike.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) reason: Option<Reason>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) async fn answer<S, B>(app: &S, request: Request) -> Answer
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    match try_call_service(app, request).await {
        Ok(response) => read(response.into_parts().1.map_into_boxed_body()).await,
        Err(error) => read(error.error_response()).await,
    }
}

async fn read(response: HttpResponse) -> Answer {
    let reason = response.extensions().get::<Rejection>().map(Rejection::reason);
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.map_err(|_| "the body broke off").unwrap();
    Answer { status, headers, body, reason }
}

/// Counts a handler's runs across threads.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<AtomicU32>);

impl Runs {
    /// Counts one run and says which it is, from 1.
    pub(crate) fn add(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}
