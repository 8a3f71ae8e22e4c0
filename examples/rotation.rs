//! Rotates a signing secret while the receiver runs: no delivery is lost, and the old secret ends by itself. Plays two
//! days of it at once, on a clock that the example moves.
//!
//! ```sh
//! cargo run --example rotation
//! ```

use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::to_bytes;
use axum::routing::post;
use bytes::Bytes;
use countersign::{Endpoint, Keyring, Rejection, SigningSecret, UnixTime, providers};
use countersign_testkit::{FixedClock, TestSender};
use countersign_tower::{Verified, WebhookLayer};
use http_body_util::Full;
use hyper::Request;
use tower::ServiceExt;

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let clock = FixedClock::at(UnixTime::now().context("the system's clock stands before 1970")?);
    // Ids are no secrets: they stand in the log, so that it tells when the last sender has moved on.
    let old = SigningSecret::new("whsec_hQ3n0dXbYcT7rPzK9mVwE2sLfA6uJg").id("spring");
    let new = SigningSecret::new("whsec_Zt8RkW1vNq5yBxM4aHoD7eGpC3jFuL").id("autumn");
    let stripe_before = TestSender::new(providers::STRIPE, old.clone()).clock(clock.clone());
    let stripe_after = TestSender::new(providers::STRIPE, new.clone()).clock(clock.clone());

    // A server of yours leaves `clock` out and has the system's.
    let endpoint = Endpoint::builder("billing", providers::STRIPE, old.clone()).clock(clock.clone()).build()?;
    let app = Router::new().route("/", post(on_event).layer(WebhookLayer::new(endpoint.clone())));

    println!("monday: the receiver knows the old secret");
    println!("  the old one is {}", answer(&app, stripe_before.sample()).await?);
    println!("  the new one is {}", answer(&app, stripe_after.sample()).await?);

    // First the receiver, then the sender. The layer's endpoint and this one are the same: what runs, sees it.
    let in_a_day = endpoint.now()?.saturating_add(DAY);
    endpoint.replace_keyring(Keyring::new(new).also_accept(old.not_after(in_a_day)))?;
    println!("an hour later: it knows both, the old one for a day");
    clock.advance(Duration::from_secs(3_600));
    println!("  the old one is {}", answer(&app, stripe_before.sample()).await?);
    println!("  the new one is {}", answer(&app, stripe_after.sample()).await?);

    println!("wednesday: nobody did anything");
    clock.advance(2 * DAY);
    println!("  the old one is {}", answer(&app, stripe_before.sample()).await?);
    println!("  the new one is {}", answer(&app, stripe_after.sample()).await?);
    Ok(())
}

/// Says which key signed: the handler has the delivery, and the delivery knows.
async fn on_event(Verified(delivery): Verified) -> String {
    format!("accepted by key {}", delivery.key_id())
}

/// What became of a request. Its sender sees one sentence for every refusal; the receiver's own code sees the reason.
async fn answer(app: &Router, request: Request<Full<Bytes>>) -> anyhow::Result<String> {
    let response = app.clone().oneshot(request).await?;
    if let Some(rejection) = response.extensions().get::<Rejection>() {
        return Ok(format!("refused: {}", rejection.reason()));
    }
    let body = to_bytes(response.into_body(), 1024).await?;
    Ok(String::from_utf8(body.to_vec())?)
}
