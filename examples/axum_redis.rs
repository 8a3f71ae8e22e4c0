//! Stripe on axum 0.8 over Redis: start it as often as you like; all of them together handle each event once.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH REDIS_URL=redis://127.0.0.1/
//! cargo run --example axum_redis
//! ```

use std::env;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{Endpoint, providers};
use countersign_redis::RedisStore;
use countersign_tower::{Event, TokioTimer, WebhookLayer};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let secret = env::var("STRIPE_SIGNING_SECRET")
        .context("STRIPE_SIGNING_SECRET: set it to the signing secret of the endpoint, `whsec_…`")?;
    let redis = env::var("REDIS_URL").context("REDIS_URL: set it to `redis://host:port/database`")?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // Refused here where the server would evict records when its memory is full.
    let store = RedisStore::connect(&redis).await.context("REDIS_URL")?;
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret)
        .dedupe(store)
        // Renewed while the handler runs. A process that dies gives its events up after this time.
        .lease(Duration::from_secs(30))
        .build()?;
    let webhook = post(on_invoice).layer(WebhookLayer::new(endpoint.clone()));
    let app = Router::new().route("/hooks/stripe", webhook);

    let listener = TcpListener::bind(&bind).await.with_context(|| format!("BIND: cannot listen on {bind}"))?;
    println!("listening on http://{}/hooks/stripe", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;

    // What still runs has ten seconds; what has not ended by then is given back for another process to claim.
    endpoint.drain(Duration::from_secs(10), &TokioTimer).await;
    Ok(())
}

/// Runs for each event until it answers 2xx: that is recorded, and answers every later delivery, to whichever process.
async fn on_invoice(Event(event): Event<StripeEvent<Invoice>>) -> StatusCode {
    let invoice = event.data.object;
    println!("paid: {} {} {}", invoice.id, invoice.amount_paid, invoice.currency);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct StripeEvent<T> {
    data: About<T>,
}

#[derive(Deserialize)]
struct About<T> {
    object: T,
}

#[derive(Deserialize)]
struct Invoice {
    id: String,
    amount_paid: u64,
    currency: String,
}

/// Completes when the process is told to end.
async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("this process may listen for signals");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
