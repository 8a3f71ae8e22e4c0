//! Stripe on hyper 1, without a framework: a function behind the layer's service.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH
//! cargo run --example hyper
//! ```

use std::convert::Infallible;
use std::env;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use countersign::{Delivery, Endpoint, MemoryStore, providers};
use countersign_tower::WebhookService;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
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
    // Takes every path; where there are several, a service that matches on them stands in front.
    let service = TowerToHyperService::new(WebhookService::new(tower::service_fn(on_event), endpoint.clone()));

    let listener = TcpListener::bind(&bind).await.with_context(|| format!("BIND: cannot listen on {bind}"))?;
    announce(&format!("http://{}/hooks/stripe", listener.local_addr()?));
    let connections = GracefulShutdown::new();
    let mut stopped = pin!(signal::ctrl_c());
    loop {
        let accepted = tokio::select! { accepted = listener.accept() => accepted, _ = &mut stopped => break };
        let Ok((stream, _)) = accepted else {
            // Most likely out of file descriptors: some will be free again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let mut http = http1::Builder::new();
        let connection = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(connections.watch(connection));
    }
    connections.shutdown().await;

    // A client that hung up does not stop a handler whose event is claimed; a process that ends would.
    endpoint.drain(Duration::from_secs(10), &countersign_tower::TokioTimer).await;
    Ok(())
}

/// Runs for each event until it answers 2xx: that is recorded, and answers every later delivery of the event.
async fn on_event(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    // Where there are no extractors, this is what they read. Without the service in front, it is absent.
    *response.status_mut() = match request.extensions().get::<Delivery>() {
        Some(delivery) => {
            println!("{}: {}", delivery.event_type().unwrap_or_default(), delivery.event_id().unwrap_or_default());
            StatusCode::NO_CONTENT
        }
        None => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Ok(response)
}

fn announce(url: &str) {
    println!("listening on {url}\nsend it an invoice, and send it again:\n");
    println!("  countersign send --provider stripe --secret-env STRIPE_SIGNING_SECRET \\");
    println!("    --to {url} --body examples/invoice.json\n");
}
