//! A receiver on axum behind the tower layer, and the bugs that are planted around it.

use std::convert::Infallible;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Router, http::StatusCode};
use bytes::Bytes;
use countersign::record::ClaimRequest;
use countersign::{Endpoint, EventKey, Fingerprint, Lease, Rejection, Store};
use countersign_tower::WebhookLayer;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Bug, Server};
use crate::script::{Reply, Script, Seen};
use crate::spy::SpyStore;

/// Serves the endpoint, with a bug around it or without.
pub(super) fn serve(endpoint: &Endpoint, script: &Script, bug: Option<Bug>, store: &SpyStore) -> Server {
    let router = router(endpoint, script, bug, store);
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
            tell.send(listener.local_addr().expect("an address")).expect("the starter waits");
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_millis(50));
    });
    let address = told.recv().expect("the server starts");
    let stop = move || {
        // It is gone already where its thread has panicked.
        let _ = stop.send(());
    };
    Server { address, stop: Some(Box::new(stop)) }
}

fn router(endpoint: &Endpoint, script: &Script, bug: Option<Bug>, store: &SpyStore) -> Router {
    let handler = match bug {
        Some(Bug::RunsTwice) => any(run_twice),
        _ => any(run),
    };
    let router = Router::new().fallback_service(handler.with_state(script.clone()));
    let layer = WebhookLayer::new(endpoint.clone());
    match bug {
        None | Some(Bug::RunsTwice | Bug::ForgetsEvents) => router.layer(layer),
        Some(Bug::AcceptsEverything) => router,
        Some(Bug::TellsTheReason) => router.layer(layer).layer(from_fn_with_state((), tell_the_reason)),
        Some(Bug::AsksTheStoreFirst) => {
            router.layer(layer).layer(from_fn_with_state(store.clone(), ask_the_store_first))
        }
        Some(Bug::RunsTheHandlerFirst) => {
            router.layer(layer).layer(from_fn_with_state(script.clone(), run_the_handler_first))
        }
        Some(Bug::LogsSignatures) => router.layer(layer).layer(from_fn_with_state(endpoint.clone(), log_signatures)),
    }
}

async fn run(State(script): State<Script>, request: Request) -> Response {
    let lease = request.extensions().get::<Lease>().cloned();
    let Ok(body) = to_bytes(request.into_body(), usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match script.run(Seen { body, lease }).await {
        Ok(reply) => respond(reply),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn respond(reply: Reply) -> Response {
    let body = if reply.streamed {
        Body::from_stream(stream::iter([Ok::<Bytes, Infallible>(reply.body)]))
    } else {
        Body::from(reply.body)
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a reply of a row is valid HTTP")
}

async fn run_twice(State(script): State<Script>, request: Request) -> Response {
    let seen = Seen { body: Bytes::new(), lease: None };
    let _ = script.run(seen).await;
    run(State(script), request).await
}

async fn tell_the_reason(State(()): State<()>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(rejection) = response.extensions().get::<Rejection>() {
        let reason = rejection.reason().code().parse().expect("a code is a header value");
        response.headers_mut().insert("x-reason", reason);
    }
    response
}

async fn ask_the_store_first(State(store): State<SpyStore>, request: Request, next: Next) -> Response {
    let asked = ClaimRequest {
        fingerprint: Fingerprint::new([0; 32]),
        compare_fingerprint: false,
        lease: Duration::from_secs(1),
        retention: Duration::from_secs(1),
        floor: Duration::ZERO,
        max_attempts: u32::MAX,
        nonce: None,
    };
    let _ = store.claim(&EventKey::from_bytes([0; 32]), &asked).await;
    next.run(request).await
}

async fn run_the_handler_first(State(script): State<Script>, request: Request, next: Next) -> Response {
    let _ = script.run(Seen { body: Bytes::new(), lease: None }).await;
    next.run(request).await
}

async fn log_signatures(State(endpoint): State<Endpoint>, request: Request, next: Next) -> Response {
    let signature = request.headers().get("webhook-signature").and_then(|value| value.to_str().ok());
    tracing::warn!(target: crate::journal::CONTROL, endpoint = endpoint.name(), signature, "a signature arrived");
    next.run(request).await
}
