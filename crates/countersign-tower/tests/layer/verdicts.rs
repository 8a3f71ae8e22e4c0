//! What is let through and what is refused, and how much of a refused body is read.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use axum::routing::post;
use countersign::{REFUSED, Reason};
use countersign_tower::WebhookLayer;
use http_body_util::{Full, Limited};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service, ServiceExt};

use crate::frames::{Frames, Step};
use crate::support::{NOW, Runs, delivery, delivery_at, echo, endpoint, reason, send, signed, text};

fn app(runs: &Runs) -> Router {
    app_with_cap(runs, 1024)
}

fn app_with_cap(runs: &Runs, cap: u64) -> Router {
    let endpoint = endpoint().body_cap(cap).read_deadline(Duration::from_secs(3)).build().expect("the settings fit");
    Router::new().route("/hooks", post(echo(runs))).layer(WebhookLayer::new(endpoint))
}

#[tokio::test]
async fn runs_the_handler_on_the_bytes_that_were_signed() {
    let runs = Runs::default();
    let response = send(&app(&runs), delivery("evt_1", "{\"a\": 1}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "{\"a\": 1}");
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn stands_in_front_of_a_single_method_too() {
    let runs = Runs::default();
    let layer = WebhookLayer::new(endpoint().build().expect("the settings fit"));
    let app = Router::new().route("/hooks", post(echo(&runs)).layer(layer));
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::OK);
    let forged = signed(NOW, "evt_1", b"{}", Body::from("[]"));
    assert_eq!(send(&app, forged).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn refuses_a_forged_delivery() {
    let runs = Runs::default();
    let response = send(&app(&runs), signed(NOW, "evt_1", b"{}", Body::from("[]"))).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(reason(&response), Some(Reason::SignatureMismatch));
    assert_eq!(response.headers()["www-authenticate"], "Signature");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(text(response).await, REFUSED);
    assert_eq!(runs.count(), 0);
    send(&app(&runs), delivery("evt_1", "[]")).await;
    assert_eq!(runs.count(), 1, "the same body under its own signature runs");
}

#[tokio::test]
async fn refuses_a_stale_delivery() {
    let runs = Runs::default();
    let response = send(&app(&runs), delivery_at(NOW - 301, "evt_1", "{}")).await;
    assert_eq!(reason(&response), Some(Reason::Stale));
    assert_eq!(text(response).await, REFUSED);
    assert_eq!(runs.count(), 0);
    send(&app(&runs), delivery_at(NOW - 300, "evt_1", "{}")).await;
    assert_eq!(runs.count(), 1, "a second younger, it runs");
}

#[tokio::test]
async fn refuses_a_method_that_the_provider_does_not_use() {
    let runs = Runs::default();
    let mut request = delivery("evt_1", "{}");
    *request.method_mut() = axum::http::Method::PUT;
    let response = send(&app(&runs), request).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test]
async fn gathers_a_body_that_comes_in_pieces() {
    let runs = Runs::default();
    let trailers = HeaderMap::from_iter([("webhook-id".parse().expect("a name"), HeaderValue::from_static("evt_2"))]);
    let frames = Frames::new([Step::Data(b"{\"a\""), Step::Data(b": "), Step::Data(b"1}"), Step::Trailers(trailers)]);
    let response = send(&app(&runs), signed(NOW, "evt_1", b"{\"a\": 1}", Body::new(frames))).await;
    assert_eq!(text(response).await, "{\"a\": 1}");
}

#[tokio::test]
async fn refuses_a_declared_length_beyond_the_cap_without_reading() {
    let runs = Runs::default();
    let sent = |length: &'static str| {
        let frames = Frames::new([Step::Data(b"{}")]);
        let polls = frames.polls();
        let mut request = signed(NOW, "evt_1", b"{}", Body::new(frames));
        request.headers_mut().insert("content-length", HeaderValue::from_static(length));
        (request, polls)
    };
    let (request, polls) = sent("1025");
    let response = send(&app(&runs), request).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((polls(), runs.count()), (0, 0));

    let (request, polls) = sent("1024");
    assert_eq!(send(&app(&runs), request).await.status(), StatusCode::OK);
    assert_eq!((polls(), runs.count()), (2, 1), "within the cap the body is read");
}

#[tokio::test]
async fn stops_reading_a_body_of_unknown_length_at_the_cap() {
    let runs = Runs::default();
    let frames = Frames::new((0..1_000).map(|_| Step::Data(&[b'x'; 512])));
    let polls = frames.polls();
    let response = send(&app(&runs), signed(NOW, "evt_1", b"", Body::new(frames))).await;
    assert_eq!(reason(&response), Some(Reason::BodyTooLarge));
    assert_eq!((polls(), runs.count()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn gives_up_on_a_body_that_does_not_arrive() {
    let runs = Runs::default();
    let started = tokio::time::Instant::now();
    let frames = Frames::new([Step::Data(b"{"), Step::Stall]);
    let response = send(&app(&runs), signed(NOW, "evt_1", b"{}", Body::new(frames))).await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(started.elapsed().as_secs(), 3);
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn tells_a_broken_connection_from_another_layers_limit() {
    let runs = Runs::default();
    let cut = Frames::new([Step::Data(b"{"), Step::Break]);
    let response = send(&app(&runs), signed(NOW, "evt_1", b"{}", Body::new(cut))).await;
    assert_eq!((response.status(), reason(&response)), (StatusCode::BAD_REQUEST, Some(Reason::BodyBroken)));

    let limited = Limited::new(Frames::new([Step::Data(b"{}")]), 1);
    let response = send(&app(&runs), signed(NOW, "evt_1", b"{}", Body::new(limited))).await;
    assert_eq!(reason(&response), Some(Reason::BodyTooLarge));
    assert_eq!(runs.count(), 0);
}

/// A service of which only an instance that was polled ready may be called, and no clone of it.
struct Prepared(bool);

impl Clone for Prepared {
    fn clone(&self) -> Self {
        Self(false)
    }
}

impl Service<Request<Full<Bytes>>> for Prepared {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0 = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        let status = if self.0 { StatusCode::OK } else { StatusCode::IM_A_TEAPOT };
        let mut response = Response::default();
        *response.status_mut() = status;
        ready(Ok(response))
    }
}

#[tokio::test]
async fn calls_the_very_service_that_was_polled_ready() {
    let mut unprepared = Prepared(true).clone();
    let response = unprepared.call(Request::default()).await.expect("it is infallible");
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    let mut service = WebhookLayer::new(endpoint().build().expect("the settings fit")).layer(Prepared(false));
    for _ in 0..2 {
        let ready = ServiceExt::<Request<Body>>::ready(&mut service).await.expect("it is infallible");
        let response = ready.call(delivery("evt_1", "{}")).await.expect("it is infallible");
        assert_eq!(response.status(), StatusCode::OK);
    }
}

/// Sends `head` over a real connection, and no body; gives the status line of the answer.
async fn status_over_tcp(app: Router, head: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    connection.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.windows(2).any(|window| window == b"\r\n") {
        assert_ne!(connection.read_buf(&mut answer).await.expect("it answers"), 0, "closed without an answer");
    }
    server.abort();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

fn head_of(request: &Request<Body>, more: &str) -> String {
    let header = |name: &str| request.headers()[name].to_str().expect("the header is text").to_owned();
    format!(
        "POST /hooks HTTP/1.1\r\nhost: localhost\r\nwebhook-id: {}\r\nwebhook-timestamp: {}\r\n\
         webhook-signature: {}\r\n{more}\r\n",
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    )
}

#[tokio::test]
async fn refuses_a_declared_length_over_a_connection_that_never_sends_it() {
    let request = delivery("evt_1", "{}");
    let waiting = head_of(&request, "content-length: 1025\r\n");
    assert_eq!(status_over_tcp(app(&Runs::default()), &waiting).await, "HTTP/1.1 413 Payload Too Large");
    // The client waits for `100 Continue` before it sends a body, and must not get it.
    let expecting = head_of(&request, "content-length: 1025\r\nexpect: 100-continue\r\n");
    assert_eq!(status_over_tcp(app(&Runs::default()), &expecting).await, "HTTP/1.1 413 Payload Too Large");
    let fitting = head_of(&request, "content-length: 2\r\nexpect: 100-continue\r\n");
    assert_eq!(status_over_tcp(app(&Runs::default()), &fitting).await, "HTTP/1.1 100 Continue");
}

#[tokio::test]
async fn stops_a_chunked_upload_at_the_cap() {
    let request = delivery("evt_1", "{}");
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    let endless = head_of(&request, "transfer-encoding: chunked\r\n") + &chunk + &chunk;
    assert_eq!(status_over_tcp(app(&Runs::default()), &endless).await, "HTTP/1.1 413 Payload Too Large");
    let whole = head_of(&request, "transfer-encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n";
    assert_eq!(status_over_tcp(app_with_cap(&Runs::default(), 2), &whole).await, "HTTP/1.1 200 OK");
}
