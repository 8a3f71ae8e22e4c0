//! Amazon SNS on axum 0.8: the certificate that a notification names is fetched from Amazon's hosts, and from no other.
//!
//! ```sh
//! export SNS_TOPIC=arn:aws:sns:eu-north-1:498210377182:tides
//! cargo run --example fetched_keys
//! ```

use std::env;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{Endpoint, MemoryStore, providers};
use countersign_tower::{Event, WebhookLayer};
use serde::Deserialize;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let topic = env::var("SNS_TOPIC").context("SNS_TOPIC: set it to the ARN of your topic, `arn:aws:sns:…`")?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // Where the certificates are stands in the catalogue. Each is fetched once and kept for five minutes.
    let keys = countersign_keys::for_provider(&providers::AWS_SNS)?;
    let endpoint = Endpoint::builder("alarms", providers::AWS_SNS, keys).dedupe(MemoryStore::default()).build()?;
    let webhook = post(on_message).layer(WebhookLayer::new(endpoint)).with_state(Arc::from(topic));
    let app = Router::new().route("/hooks/sns", webhook);

    let listener = TcpListener::bind(&bind).await.with_context(|| format!("BIND: cannot listen on {bind}"))?;
    println!("listening on http://{}/hooks/sns", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Amazon signs for every account with the same keys: whose message it is, the topic says.
async fn on_message(State(topic): State<Arc<str>>, Event(message): Event<Message>) -> StatusCode {
    if message.topic != *topic {
        return StatusCode::FORBIDDEN;
    }
    match message.kind.as_str() {
        "Notification" => println!("received: {}", message.text),
        "SubscriptionConfirmation" => println!("to confirm: open {}", message.subscribe_url.unwrap_or_default()),
        kind => println!("{kind}"),
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "TopicArn")]
    topic: String,
    #[serde(rename = "Message")]
    text: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}
