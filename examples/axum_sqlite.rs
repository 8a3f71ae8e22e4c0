//! Stripe on axum 0.8 over a SQLite file: one machine, no server beside it, and nothing forgotten when it restarts.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH EVENTS_FILE=events.db
//! cargo run --example axum_sqlite
//! ```

use std::env;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{Endpoint, providers};
use countersign_sqlx::SqliteStore;
use countersign_tower::{Event, TokioTimer, WebhookLayer};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let secret = env::var("STRIPE_SIGNING_SECRET")
        .context("STRIPE_SIGNING_SECRET: set it to the signing secret of the endpoint, `whsec_…`")?;
    let file = env::var("EVENTS_FILE").unwrap_or_else(|_| "events.db".to_owned());
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // Made where it is not there. Each answer waits until its record is on the disk.
    let store = SqliteStore::open(&file).await.with_context(|| format!("EVENTS_FILE: {file}"))?;
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).dedupe(store).build()?;
    let webhook = post(on_invoice).layer(WebhookLayer::new(endpoint.clone()));
    let app = Router::new().route("/hooks/stripe", webhook);

    let listener = TcpListener::bind(&bind).await.with_context(|| format!("BIND: cannot listen on {bind}"))?;
    println!("listening on http://{}/hooks/stripe", listener.local_addr()?);
    let stopped = async { signal::ctrl_c().await.expect("this process may listen for signals") };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    endpoint.drain(Duration::from_secs(10), &TokioTimer).await;
    Ok(())
}

/// Runs for each event until it answers 2xx: that is recorded, and answers every later delivery, after restarts too.
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
