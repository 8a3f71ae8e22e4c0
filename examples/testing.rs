//! Tests a webhook handler of your own: `TestSender` signs as the provider does, and as an attacker would.
//!
//! ```sh
//! cargo test --example testing
//! ```

use std::env;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{ConfigError, Endpoint, MemoryStore, providers};
use countersign_tower::{Verified, WebhookLayer};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let secret = env::var("STRIPE_SIGNING_SECRET")
        .context("STRIPE_SIGNING_SECRET: set it to the signing secret of the endpoint, `whsec_…`")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}/hooks/stripe; its tests: cargo test --example testing", listener.local_addr()?);
    Ok(axum::serve(listener, app(&secret, Ledger::default())?).await?)
}

/// The ids of the events that were booked.
type Ledger = Arc<Mutex<Vec<String>>>;

/// The whole application, apart from its socket: what the tests call is what runs.
fn app(secret: &str, ledger: Ledger) -> Result<Router, ConfigError> {
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).dedupe(MemoryStore::default()).build()?;
    Ok(Router::new().route("/hooks/stripe", post(book).layer(WebhookLayer::new(endpoint))).with_state(ledger))
}

async fn book(State(ledger): State<Ledger>, Verified(delivery): Verified) -> StatusCode {
    ledger.lock().expect("nobody panics while booking").extend(delivery.event_id());
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use countersign_sign::Hostile;
    use countersign_testkit::TestSender;
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";

    #[tokio::test]
    async fn books_each_event_once_and_nothing_forged() {
        let ledger = Ledger::default();
        let app = app(SECRET, ledger.clone()).unwrap();
        let stripe = TestSender::new(providers::STRIPE, SECRET).url("/hooks/stripe").with_body();

        assert_eq!(status(&app, stripe.sample()).await, StatusCode::NO_CONTENT);
        assert_eq!(status(&app, stripe.retry()).await, StatusCode::NO_CONTENT);
        for kind in [Hostile::Tampered, Hostile::WrongSecret, Hostile::Stale] {
            for attack in stripe.hostile(kind) {
                assert_eq!(status(&app, attack.request).await, StatusCode::UNAUTHORIZED, "{}", attack.what);
            }
        }
        assert_eq!(ledger.lock().unwrap().len(), 1);
    }

    async fn status(app: &Router, request: Request<Body>) -> StatusCode {
        let Ok(response) = app.clone().oneshot(request).await;
        response.status()
    }
}
