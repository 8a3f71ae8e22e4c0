//! Stripe on actix-web 4: verified, typed, each event handled once.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH
//! cargo run --example actix
//! ```

use std::env;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::{self, signal};
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;
use countersign::{Endpoint, MemoryStore, providers};
use countersign_actix::{Event, TokioTimer, Webhook};
use serde::Deserialize;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    // A refused sender learns nothing; the log says why.
    tracing_subscriber::fmt::init();
    let secret = env::var("STRIPE_SIGNING_SECRET")
        .context("STRIPE_SIGNING_SECRET: set it to the signing secret of the endpoint, `whsec_…`")?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // Outside the closure, which runs once for each worker: all of them share one keyring and one store. Its records
    // live in this process: right for one replica, and gone when it ends.
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).dedupe(MemoryStore::default()).build()?;
    let webhook = Webhook::new(endpoint.clone());
    let server = HttpServer::new(move || {
        App::new().service(web::resource("/hooks/stripe").wrap(webhook.clone()).post(on_invoice))
    });

    let server = server.bind(&bind).with_context(|| format!("BIND: cannot listen on {bind}"))?;
    server.addrs().iter().for_each(|address| announce(&format!("http://{address}/hooks/stripe")));
    let running = server.disable_signals().run();
    rt::spawn(stop(running.handle(), endpoint));
    Ok(running.await?)
}

/// Runs for each event until it answers 2xx: that is recorded, and answers every later delivery of the event.
async fn on_invoice(Event(event): Event<StripeEvent<Invoice>>) -> HttpResponse {
    let invoice = event.data.object;
    println!("paid: {} {} {}", invoice.id, invoice.amount_paid, invoice.currency);
    HttpResponse::NoContent().finish()
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

/// On Ctrl-C, finishes the claimed events first: a worker that stops drops handlers whose client hung up.
async fn stop(server: ServerHandle, endpoint: Endpoint) {
    signal::ctrl_c().await.expect("this process may listen for signals");
    endpoint.drain(Duration::from_secs(10), &TokioTimer).await;
    server.stop(true).await;
}

fn announce(url: &str) {
    println!("listening on {url}\nsend it an invoice, and send it again:\n");
    println!("  countersign send --provider stripe --secret-env STRIPE_SIGNING_SECRET \\");
    println!("    --to {url} --body examples/invoice.json\n");
}
