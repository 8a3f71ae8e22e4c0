//! Payments on axum 0.8: each is made once, however often its client sends it.
//!
//! ```sh
//! cargo run --example idempotency_key
//! ```

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use countersign::{IdempotencyKeys, MemoryStore, NotExecuted};
use countersign_tower::{IdempotencyLayer, TokioTimer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());
    let keys = IdempotencyKeys::builder("payments", MemoryStore::default()).build()?;
    // Whose key it is: two accounts may choose the same one.
    let once = IdempotencyLayer::new(keys.clone(), |head| head.extensions.get().map(|Account(id)| id.clone()));
    // The layer that was added last runs first: the account is known by the time its keys are looked at.
    let app = Router::new().route("/payments", post(pay)).layer(once).layer(middleware::from_fn(authenticate));
    let listener = TcpListener::bind(&bind).await.context("BIND: cannot listen there")?;
    println!("keys are good for {} s", keys.retention().as_secs());
    println!("listening on http://{}/payments", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    // A client that hung up does not stop its payment; a process that ends would.
    keys.gate().drain(Duration::from_secs(10), &TokioTimer).await;
    Ok(())
}

/// The account that authentication found.
#[derive(Clone)]
struct Account(String);

/// In place of yours.
async fn authenticate(mut request: Request, next: Next) -> Result<Response, StatusCode> {
    let account = match request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes()) {
        Some(b"Bearer token-of-ada") => "ada",
        Some(b"Bearer token-of-bo") => "bo",
        _ => return Err(StatusCode::UNAUTHORIZED),
    };
    request.extensions_mut().insert(Account(account.to_owned()));
    Ok(next.run(request).await)
}

#[derive(Deserialize)]
struct Payment {
    amount: u64,
    to: String,
}

/// Runs once for each key: its answer is kept, and a repeat gets that. A body that does not fit is refused before
/// anything was done, and leaves the key free for the mended one.
async fn pay(
    Extension(Account(account)): Extension<Account>,
    payment: Result<Json<Payment>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), (Extension<NotExecuted>, JsonRejection)> {
    static PAYMENTS: AtomicU64 = AtomicU64::new(1);
    let Json(Payment { amount, to }) = payment.map_err(|rejection| (Extension(NotExecuted), rejection))?;
    println!("{account} pays {amount} to {to}");
    Ok((StatusCode::CREATED, Json(json!({ "payment": PAYMENTS.fetch_add(1, Ordering::Relaxed) }))))
}

/// Completes on Ctrl-C. Where processes are told to stop by SIGTERM, wait for `tokio::signal::unix` too.
async fn stopped() {
    signal::ctrl_c().await.expect("this process may listen for signals");
}
