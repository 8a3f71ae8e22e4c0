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
use countersign::{Endpoint, Keyring, Rejection, SigningSecret, UnixTime, providers};
use countersign_testkit::{FixedClock, TestSender};
use countersign_tower::{Verified, WebhookLayer};
use tower::ServiceExt;

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let clock = FixedClock::at(UnixTime::now().context("the system's clock stands before 1970")?);
    // Ids are no secrets: they stand in the log, so that it tells when the last sender has moved on.
    let old = SigningSecret::new("whsec_hQ3n0dXbYcT7rPzK9mVwE2sLfA6uJg").id("spring");
    let new = SigningSecret::new("whsec_Zt8RkW1vNq5yBxM4aHoD7eGpC3jFuL").id("autumn");
    let senders = [&old, &new].map(|secret| TestSender::new(providers::STRIPE, secret.clone()).clock(clock.clone()));

    // A server of yours leaves `clock` out and has the system's.
    let endpoint = Endpoint::builder("billing", providers::STRIPE, old.clone()).clock(clock.clone()).build()?;
    let app = Router::new().route("/", post(on_event).layer(WebhookLayer::new(endpoint.clone())));

    println!("monday: the receiver knows the old secret");
    try_both(&app, &senders).await?;

    // First the receiver, then the sender. The layer's endpoint is a clone of this one: what it serves sees the change,
    // and requests that have begun finish with the keys that they began with.
    let in_a_day = endpoint.now()?.saturating_add(DAY);
    endpoint.replace_keyring(Keyring::new(new).also_accept(old.not_after(in_a_day)))?;
    println!("an hour later: it knows both, the old one for a day");
    clock.advance(Duration::from_secs(3_600));
    try_both(&app, &senders).await?;

    println!("wednesday: the old one has ended by itself");
    clock.advance(2 * DAY);
    try_both(&app, &senders).await
}

/// Says which key signed: the delivery knows.
async fn on_event(Verified(delivery): Verified) -> String {
    format!("accepted by key {}", delivery.key_id())
}

/// Sends an event under the old secret and one under the new.
async fn try_both(app: &Router, [old, new]: &[TestSender; 2]) -> anyhow::Result<()> {
    for (name, sender) in [("old", old), ("new", new)] {
        let response = app.clone().oneshot(sender.sample()).await?;
        // The sender sees one sentence for every refusal; the receiver's own code sees the reason.
        let answer = match response.extensions().get::<Rejection>() {
            Some(rejection) => format!("refused, {}", rejection.reason()),
            None => String::from_utf8(to_bytes(response.into_body(), 1024).await?.to_vec())?,
        };
        println!("  signed with the {name} one: {answer}");
    }
    Ok(())
}
