//! A provider of your own, read from TOML: no release and no code needed. Then a delivery as that provider signs it,
//! taken through the core by hand, as an adapter does it.
//!
//! ```sh
//! cargo run --example custom_scheme
//! ```

use countersign::{Decision, Ending, Endpoint, MemoryStore, Outcome, Provider, Rejection};
use countersign_sign::{SignedDelivery, Signer};
use countersign_tower::TokioTimer;

/// Everything that a signature scheme is. `{h:…}` stands for a header, `{j:…}` for a place in the JSON body.
const HARBOUR: &str = r#"
name = "harbour"
# The same on every retry, and inside the signed content: `build` refuses an id that anyone on the way can change.
event_id = ["{h:Harbour-Event}"]
event_type = "{j:/type}"
# It tries again for a day, so an outcome is kept for at least that long.
sender = { retry_horizon = 86400 }

[[schemes]]
algorithm = "hmac-sha256"
secret = { encoding = "base64", strip = ["hbr_"] }
signature = { at = "{h:Harbour-Signature}", syntax = { prefix = "sha256=" }, encoding = "hex" }
content = "{h:Harbour-Event}.{h:Harbour-Time}.{body}"
timestamp = { from = "{h:Harbour-Time}", unit = "s", past = 300, future = 60 }
"#;

const SECRET: &str = "hbr_dGlkZSB0YWJsZXMgb2YgdGhlIG9sZCBoYXJib3Vy";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let harbour = Provider::from_toml(HARBOUR)?;
    let endpoint = Endpoint::builder("arrivals", &harbour, SECRET).dedupe(MemoryStore::default()).build()?;

    // The sender reads the same description.
    let signer = Signer::new(&harbour, SECRET)?;
    let arrival = signer.delivery().id("arrival-7").body(r#"{"type":"ship.arrived","ship":"Rosalind"}"#).sign()?;
    let mut forged = arrival.clone();
    forged.body = r#"{"type":"ship.arrived","ship":"Revenge"}"#.into();

    for (what, request) in [("an arrival", &arrival), ("the same again", &arrival), ("a forged one", &forged)] {
        match receive(&endpoint, request).await {
            Ok(answer) => println!("{what}: {answer}"),
            Err(rejection) => println!("{what}: refused with {}, {}", rejection.status(), rejection.reason()),
        }
    }
    Ok(())
}

/// One request through the endpoint. The countersign-tower and countersign-actix crates do this and what belongs to
/// connections: deadlines, panics, clients that hang up.
async fn receive(endpoint: &Endpoint, request: &SignedDelivery) -> Result<String, Rejection> {
    let mut intake = endpoint.open(request)?;
    intake.push(request.body.clone())?;
    let delivery = intake.finish(endpoint.now()?)?;
    match endpoint.admit_within(&delivery, &TokioTimer).await? {
        Decision::Handle(claim) => {
            // Here your handler runs, on `delivery.body()`.
            let (kind, id) = (delivery.event_type().unwrap_or_default(), delivery.event_id().unwrap_or_default());
            let ending = Ending::Answered(Outcome::status_only(204));
            endpoint.settle(claim, &ending, &TokioTimer).await?;
            Ok(format!("handled {kind} {id}"))
        }
        Decision::Repeat(outcome) => Ok(format!("answered {} as before, not handled", outcome.status)),
    }
}
