//! What is kept of a response, and that the rest goes out untouched.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::post;
use countersign::{MemoryStore, Reason};
use countersign_tower::WebhookLayer;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::frames::{Frames, Step};
use crate::support::{Runs, delivery, endpoint, is_replay, once, reason, send, text};

/// An app that answers each run with a response of its own making.
fn app(runs: &Runs, respond: impl Fn() -> Response<Body> + Clone + Send + Sync + 'static) -> Router {
    let runs = runs.clone();
    let handler = move || {
        runs.begin();
        std::future::ready(respond())
    };
    Router::new().route("/hooks", post(handler)).layer(WebhookLayer::new(once()))
}

#[tokio::test(start_paused = true)]
async fn a_streaming_response_is_not_read_ahead() {
    let runs = Runs::default();
    let app = app(&runs, || Response::new(Body::new(Frames::new([Step::Data(b"first "), Step::Stall]))));
    let response = timeout(Duration::from_secs(1), send(&app, delivery("evt_1", "{}"))).await;
    let mut body = response.expect("it is answered before its body ends").into_body();
    let first = body.frame().await.expect("a frame is there").expect("it is whole");
    assert_eq!(first.into_data().expect("it is data"), "first ");

    let replay = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((replay.status(), is_replay(&replay)), (StatusCode::OK, true));
    assert_eq!(replay.headers()["idempotency-body"], "omitted");
    assert_eq!(text(replay).await, "");
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_body_beyond_the_cap_goes_out_whole_and_is_not_kept() {
    let endpoint = endpoint().dedupe(MemoryStore::default()).stored_body_cap(4).build().expect("the settings fit");
    let app = |answer: &'static str| {
        Router::new().route("/hooks", post(move || async move { answer })).layer(WebhookLayer::new(endpoint.clone()))
    };
    assert_eq!(text(send(&app("12345"), delivery("evt_1", "{}")).await).await, "12345");
    assert_eq!(text(send(&app("12345"), delivery("evt_1", "{}")).await).await, "");
    assert_eq!(text(send(&app("1234"), delivery("evt_2", "{}")).await).await, "1234");
    assert_eq!(text(send(&app("1234"), delivery("evt_2", "{}")).await).await, "1234", "at the cap it is kept");
}

#[tokio::test]
async fn headers_meant_for_one_request_are_not_repeated() {
    let runs = Runs::default();
    let app = app(&runs, || {
        let response = Response::builder().header("set-cookie", "a=b").header("etag", "\"1\"");
        response.body(Body::empty()).expect("the headers are valid")
    });
    let first = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((first.headers().contains_key("set-cookie"), first.headers().contains_key("etag")), (true, true));
    let replay = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((replay.headers().contains_key("set-cookie"), replay.headers().contains_key("etag")), (false, true));
}

#[tokio::test]
async fn trailers_of_a_short_body_go_out_after_it() {
    let runs = Runs::default();
    let app = app(&runs, || {
        let trailers = HeaderMap::from_iter([("digest".parse().expect("a name"), HeaderValue::from_static("x"))]);
        Response::new(Body::new(Frames::new([Step::Data(b"ok"), Step::Trailers(trailers)]).claiming(2)))
    });
    let response = send(&app, delivery("evt_1", "{}")).await.into_body().collect().await.expect("it is whole");
    assert_eq!(response.trailers().map(|trailers| trailers["digest"].as_bytes()), Some(b"x".as_slice()));
    assert_eq!(response.to_bytes(), "ok");
}

#[tokio::test]
async fn a_short_body_that_breaks_breaks_for_the_sender_and_releases_the_event() {
    let runs = Runs::default();
    let app = app(&runs, || Response::new(Body::new(Frames::new([Step::Data(b"o"), Step::Break]).claiming(2))));
    for run in 1..=2 {
        let response = send(&app, delivery("evt_1", "{}")).await;
        assert!(response.into_body().collect().await.is_err());
        assert_eq!(runs.count(), run, "the retry runs");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_body_that_never_ends_falls_under_the_handlers_deadline() {
    let bounded = endpoint().dedupe(MemoryStore::default()).handler_deadline(Duration::from_secs(5)).build();
    let handler = || async { Response::new(Body::new(Frames::new([Step::Data(b"o"), Step::Stall]).claiming(2))) };
    let layer = WebhookLayer::new(bounded.expect("the settings fit"));
    let app = Router::new().route("/hooks", post(handler)).layer(layer);
    let response = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!(reason(&response), Some(Reason::HandlerTimeout));
}

#[tokio::test]
async fn an_upgrade_is_left_alone() {
    let runs = Runs::default();
    let app = app(&runs, || {
        let switching = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS).header("upgrade", "echo");
        switching.body(Body::empty()).expect("the headers are valid")
    });
    let response = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.headers()["upgrade"], "echo");
}
