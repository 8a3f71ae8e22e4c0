//! A receiver on axum behind the tower layer, and the bugs that are planted around it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Router, http::StatusCode};
use bytes::Bytes;
use countersign::record::ClaimRequest;
use countersign::{Delivery, Endpoint, EventKey, Fingerprint, IdempotencyKeys, Lease, NotExecuted, Rejection, Store};
use countersign_tower::{IdempotencyLayer, WebhookLayer};
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Bug, Server};
use crate::keyed::scope_of;
use crate::script::{Reply, Script, Seen};
use crate::spy::SpyStore;

/// Serves the endpoint, with a bug around it or without.
pub(super) fn serve(
    endpoint: &Endpoint,
    script: &Script,
    bug: Option<Bug>,
    store: &SpyStore,
    prefix: Option<&str>,
) -> Server {
    let router = router(endpoint, script, bug, store);
    serve_router(match prefix {
        Some(prefix) => Router::new().nest(prefix, router),
        None => router,
    })
}

/// Serves the policy, with a bug around it or without.
pub(super) fn serve_keyed(keys: &IdempotencyKeys, script: &Script, bug: Option<Bug>) -> Server {
    let handlers = Router::new().fallback_service(any(run).with_state(script.clone()));
    let layer = match bug {
        Some(Bug::SharesScopes) => IdempotencyLayer::new(keys.clone(), |_| Some("everyone")),
        Some(Bug::ForgetsKeys) => {
            let requests = AtomicU64::new(0);
            let count = move |_: &Parts| Some(requests.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            IdempotencyLayer::new(keys.clone(), count)
        }
        _ => IdempotencyLayer::new(keys.clone(), |head: &Parts| {
            scope_of(head.headers.get("authorization").and_then(|value| value.to_str().ok()))
        }),
    };
    serve_router(match bug {
        Some(Bug::AcceptsEverything) => handlers,
        Some(Bug::BlindToContent) => handlers.layer(layer).layer(from_fn(hide_content)),
        Some(Bug::KeepsEverything) => handlers.layer(from_fn(forget_not_executed)).layer(layer),
        Some(Bug::LogsKeys) => handlers.layer(layer).layer(from_fn_with_state(keys.clone(), log_keys)),
        _ => handlers.layer(layer),
    })
}

async fn hide_content(request: Request, next: Next) -> Response {
    let (mut head, _) = request.into_parts();
    (head.method, head.uri) = (Method::POST, Uri::from_static("/"));
    head.headers.remove("content-type");
    head.headers.remove("content-length");
    next.run(Request::from_parts(head, Body::empty())).await
}

async fn forget_not_executed(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().remove::<NotExecuted>();
    response
}

async fn log_keys(State(keys): State<IdempotencyKeys>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
    tracing::warn!(target: crate::journal::CONTROL, endpoint = keys.name(), key, "a key arrived");
    next.run(request).await
}

fn serve_router(router: Router) -> Server {
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
            tell.send(listener.local_addr().expect("an address")).expect("the starter waits");
            tokio::select! {
                _ = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()) => {}
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
        Some(Bug::AcceptsEverything) => router,
        Some(Bug::TellsTheReason) => router.layer(layer).layer(from_fn_with_state((), tell_the_reason)),
        Some(Bug::AsksTheStoreFirst) => {
            router.layer(layer).layer(from_fn_with_state(store.clone(), ask_the_store_first))
        }
        Some(Bug::RunsTheHandlerFirst) => {
            router.layer(layer).layer(from_fn_with_state(script.clone(), run_the_handler_first))
        }
        Some(Bug::LogsSignatures) => router.layer(layer).layer(from_fn_with_state(endpoint.clone(), log_signatures)),
        // What is wrong lies elsewhere, or does not concern deliveries.
        _ => router.layer(layer),
    }
}

async fn run(State(script): State<Script>, request: Request) -> Response {
    let lease = request.extensions().get::<Lease>().cloned();
    let body_authenticated = request.extensions().get::<Delivery>().map(Delivery::body_authenticated);
    let Ok(body) = to_bytes(request.into_body(), usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match script.run(Seen { body, lease, body_authenticated }).await {
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
    if reply.not_executed {
        response = response.extension(NotExecuted);
    }
    response.body(body).expect("a reply of a row is valid HTTP")
}

async fn run_twice(State(script): State<Script>, request: Request) -> Response {
    let _ = script.run(Seen::nothing()).await;
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
    let _ = script.run(Seen::nothing()).await;
    next.run(request).await
}

async fn log_signatures(State(endpoint): State<Endpoint>, request: Request, next: Next) -> Response {
    let signature = request.headers().get("webhook-signature").and_then(|value| value.to_str().ok());
    tracing::warn!(target: crate::journal::CONTROL, endpoint = endpoint.name(), signature, "a signature arrived");
    next.run(request).await
}
