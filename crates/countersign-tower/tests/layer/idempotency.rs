//! `Idempotency-Key` in front of a service: what the layer adds to the rules of the core, which are held in `tests/`.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::http::{Request, Response, StatusCode};
use axum::middleware::{self, Next};
use axum::routing::post;
use axum::{Router, response};
use countersign::{IdempotencyKeys, Lease, MemoryStore, Reason};
use countersign_tower::{IdempotencyLayer, RequestBody};
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt, service_fn};

use crate::frames::{Frames, Step};
use crate::support::{Runs, echo, is_replay, reason, send, text};

#[derive(Clone)]
struct Account(&'static str);

fn keys() -> IdempotencyKeys {
    IdempotencyKeys::builder("payments", MemoryStore::default()).build().expect("the settings fit")
}

fn layer() -> IdempotencyLayer {
    IdempotencyLayer::new(keys(), |head| head.extensions.get().map(|Account(id)| *id))
}

async fn authenticate(mut request: axum::extract::Request, next: Next) -> response::Response {
    request.extensions_mut().insert(Account("ada"));
    next.run(request).await
}

fn keyed(key: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/payments").header("idempotency-key", key).body(body.into()).expect("the head is valid")
}

#[tokio::test]
async fn takes_the_scope_that_an_outer_layer_left() {
    let runs = Runs::default();
    let inner = Router::new().route("/payments", post(echo(&runs))).layer(layer());
    let outer = inner.clone().layer(middleware::from_fn(authenticate));
    assert!(!is_replay(&send(&outer, keyed("\"k-1\"", "{}")).await));
    let again = send(&outer, keyed("\"k-1\"", "{}")).await;
    assert!(is_replay(&again));
    assert_eq!((text(again).await.as_str(), runs.count()), ("{}", 1));
    // Without that layer the same request is refused, and the reason is there for middleware of one's own.
    let refused = send(&inner, keyed("\"k-1\"", "{}")).await;
    assert_eq!((refused.status(), reason(&refused)), (StatusCode::INTERNAL_SERVER_ERROR, Some(Reason::ScopeMissing)));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn the_handler_learns_of_its_claim() {
    let attempt = post(async |Extension(lease): Extension<Lease>| lease.attempt().to_string());
    let app = Router::new().route("/payments", attempt).layer(layer()).layer(middleware::from_fn(authenticate));
    assert_eq!(text(send(&app, keyed("\"k-1\"", "")).await).await, "1");
}

/// Answers with the frames that it got.
async fn frames_of(request: Request<RequestBody<Frames>>) -> Result<Response<Body>, Infallible> {
    let mut body = request.into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.expect("the body is whole");
        frames.push(frame.into_data().unwrap_or_else(|_| Bytes::from("trailers")));
    }
    Ok(Response::new(Body::from(frames.join(&b'|'))))
}

#[tokio::test]
async fn a_request_that_is_not_covered_passes_frame_by_frame() {
    let service = IdempotencyLayer::new(keys(), |_| Some("everyone")).layer(service_fn(frames_of));
    let body = || Frames::new([Step::Data(b"one"), Step::Data(b"two")]);
    let passing = Request::put("/payments").header("idempotency-key", "\"k-1\"").body(body()).expect("valid");
    assert_eq!(text(service.clone().oneshot(passing).await.expect("it answers").map(Body::new)).await, "one|two");
    // One that is covered is read whole first (control).
    let covered = Request::post("/payments").header("idempotency-key", "\"k-1\"").body(body()).expect("valid");
    assert_eq!(text(service.oneshot(covered).await.expect("it answers").map(Body::new)).await, "onetwo");
}

#[tokio::test]
async fn a_request_refused_by_its_head_has_its_body_unread() {
    let service = IdempotencyLayer::new(keys(), |_| Some("everyone")).layer(service_fn(frames_of));
    let body = Frames::new([Step::Stall]);
    let polls = body.polls();
    let request = Request::post("/payments").header("idempotency-key", "bare").body(body).expect("valid");
    let refused = service.clone().oneshot(request).await.expect("it answers");
    assert_eq!((reason(&refused), polls()), (Some(Reason::KeyMalformed), 0));
    let body = Frames::new([Step::Data(b"one"), Step::Break]);
    let polls = body.polls();
    let request = Request::post("/payments").header("idempotency-key", "\"k-1\"").body(body).expect("valid");
    let refused = service.oneshot(request).await.expect("it answers");
    assert_eq!((reason(&refused), polls()), (Some(Reason::BodyBroken), 2));
}

#[tokio::test]
async fn an_error_of_the_inner_service_gives_the_key_back() {
    let runs = Runs::default();
    let service = {
        let runs = runs.clone();
        service_fn(move |_: Request<RequestBody<Body>>| {
            let run = runs.begin();
            async move { if run == 1 { Err("down") } else { Ok(Response::new(Body::from("paid"))) } }
        })
    };
    let service = IdempotencyLayer::new(keys(), |_| Some("everyone")).layer(service);
    let error = service.clone().oneshot(keyed("\"k-1\"", "{}")).await.expect_err("the first run fails");
    assert_eq!(error, "down");
    for repeated in [false, true] {
        let answer = service.clone().oneshot(keyed("\"k-1\"", "{}")).await.expect("it answers");
        assert_eq!((is_replay(&answer), text(answer.map(Body::new)).await.as_str()), (repeated, "paid"));
    }
    assert_eq!(runs.count(), 2);
}
