//! Stripe on axum 0.8: verified, typed, each event handled once.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH
//! cargo run --example axum
//! ```

use std::env;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{Endpoint, MemoryStore, providers};
use countersign_tower::{Event, TokioTimer, WebhookLayer};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A refused sender learns nothing; the log says why.
    tracing_subscriber::fmt::init();
    let secret = env::var("STRIPE_SIGNING_SECRET")
        .context("STRIPE_SIGNING_SECRET: set it to the signing secret of the endpoint, `whsec_…`")?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // Records that live in this process: right for one replica, and gone when it ends.
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).dedupe(MemoryStore::default()).build()?;
    let webhook = post(on_invoice).layer(WebhookLayer::new(endpoint.clone()));
    let app = Router::new().route("/hooks/stripe", webhook);

    let listener = TcpListener::bind(&bind).await.with_context(|| format!("BIND: cannot listen on {bind}"))?;
    announce(&format!("http://{}/hooks/stripe", listener.local_addr()?));
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;

    // A client that hung up does not stop a handler whose event is claimed; a process that ends would.
    endpoint.drain(Duration::from_secs(10), &TokioTimer).await;
    Ok(())
}

/// Runs for each event until it answers 2xx: that is recorded, and answers every later delivery of the event.
async fn on_invoice(Event(event): Event<StripeEvent<Invoice>>) -> StatusCode {
    let invoice = event.data.object;
    println!("paid: {} {} {}", invoice.id, invoice.amount_paid, invoice.currency);
    StatusCode::NO_CONTENT
}

/// Stripe's envelope. Subscribe the endpoint to `invoice.paid` alone: what does not fit is answered 422 and retried.
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
    /// In the currency's smallest unit.
    amount_paid: u64,
    currency: String,
}

/// Completes on Ctrl-C. Where processes are told to stop by SIGTERM, wait for `tokio::signal::unix` too.
async fn stopped() {
    signal::ctrl_c().await.expect("this process may listen for signals");
}

fn announce(url: &str) {
    println!("listening on {url}\nsend it an invoice, and send it again:\n");
    println!("  countersign send --provider stripe --secret-env STRIPE_SIGNING_SECRET \\");
    println!("    --to {url} --body examples/invoice.json\n");
}
