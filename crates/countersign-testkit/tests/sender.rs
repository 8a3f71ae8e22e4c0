//! The sender, against an endpoint in the same process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use countersign::{
    Admission, Delivery, Ending, Endpoint, MemoryStore, Outcome, Provider, Reason, RequestHead, Timer, UnixTime,
    providers,
};
use countersign_sign::{Expected, Hostile};
use countersign_testkit::{FixedClock, TestSender};
use http_body_util::{BodyExt, Full};

const STRIPE_SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";

fn clock() -> FixedClock {
    FixedClock::at(UnixTime::from_secs(1_790_000_000))
}

fn endpoint(provider: &Provider, secret: &str, clock: &FixedClock) -> Endpoint {
    let builder = Endpoint::builder("test", provider, secret).clock(clock.clone());
    builder.dedupe(MemoryStore::with_clock(1 << 20, Arc::new(clock.clone()))).build().unwrap()
}

struct NoTimer;

impl Timer for NoTimer {
    async fn sleep(&self, _: Duration) {}
}

async fn verify(endpoint: &Endpoint, request: http::Request<Full<Bytes>>) -> Result<Delivery, Reason> {
    let (head, body) = request.into_parts();
    let mut intake = endpoint.open(&head).map_err(|why| why.reason())?;
    intake.push(body.collect().await.unwrap().to_bytes()).map_err(|why| why.reason())?;
    intake.finish(endpoint.now().unwrap()).map_err(|why| why.reason())
}

/// What a layer does around a handler: whether the handler ran, or why not.
async fn receive(endpoint: &Endpoint, request: http::Request<Full<Bytes>>) -> Result<bool, Reason> {
    let delivery = verify(endpoint, request).await?;
    match endpoint.admit(&delivery).await {
        Ok(Admission::Proceed(claim)) => {
            endpoint.settle(claim, &Ending::Answered(Outcome::status_only(204)), &NoTimer).await.unwrap();
            Ok(true)
        }
        Ok(Admission::Duplicate(_)) => Ok(false),
        Ok(Admission::Running(_)) => Err(Reason::StillRunning),
        Err(why) => Err(why.reason()),
    }
}

#[tokio::test]
async fn a_sample_runs_once_whatever_follows() {
    let clock = clock();
    let endpoint = endpoint(&providers::STRIPE, STRIPE_SECRET, &clock);
    let sender = TestSender::new(providers::STRIPE, STRIPE_SECRET).clock(clock.clone());
    assert_eq!(receive(&endpoint, sender.sample()).await, Ok(true));
    assert_eq!(receive(&endpoint, sender.replay()).await, Ok(false));
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(receive(&endpoint, sender.replay()).await, Err(Reason::Stale));
    assert_eq!(receive(&endpoint, sender.retry()).await, Ok(false));
    assert_eq!(receive(&endpoint, sender.sample()).await, Ok(true));
}

#[tokio::test]
async fn a_retry_is_signed_anew_even_in_the_same_second() {
    let sender = TestSender::new(providers::STRIPE, STRIPE_SECRET).clock(clock());
    let [first, retry, second] = [sender.sample(), sender.retry(), sender.retry()];
    let times: Vec<_> = [&first, &retry, &second].map(|one| one.headers()["stripe-signature"].clone()).into();
    assert!(times[0] != times[1] && times[1] != times[2]);
    let [first, retry] = [first, retry].map(http::Request::into_body);
    assert_eq!(first.collect().await.unwrap().to_bytes(), retry.collect().await.unwrap().to_bytes());
}

#[tokio::test]
async fn hostile_requests_are_refused() {
    let clock = clock();
    let endpoint = endpoint(&providers::STRIPE, STRIPE_SECRET, &clock);
    let sender = TestSender::new(providers::STRIPE, STRIPE_SECRET).clock(clock.clone());
    for kind in Hostile::ALL {
        for hostile in sender.hostile(*kind) {
            let handled = receive(&endpoint, hostile.request).await;
            match hostile.expected {
                Expected::Accepted => assert_eq!(handled, Ok(true), "{kind}: {}", hostile.what),
                Expected::Absorbed => assert_eq!(handled, Ok(false), "{kind}: {}", hostile.what),
                Expected::Refused => assert!(handled.is_err(), "{kind}: {}", hostile.what),
            }
        }
    }
}

#[tokio::test]
async fn a_body_of_the_callers_own_arrives_with_the_providers_headers() {
    let clock = clock();
    let endpoint = endpoint(&providers::STRIPE, STRIPE_SECRET, &clock);
    let sender = TestSender::new(providers::STRIPE, STRIPE_SECRET).clock(clock.clone()).url("/hooks/stripe?a=1");
    let request = sender.event(r#"{"id":"evt_own","type":"invoice.paid"}"#);
    assert_eq!(RequestHead::path(&request), "/hooks/stripe");
    assert_eq!(request.headers()["user-agent"], "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
    let delivery = verify(&endpoint, request).await.unwrap();
    assert_eq!(delivery.event_id().as_deref(), Some("evt_own"));
    assert_eq!(delivery.event_type().as_deref(), Some("invoice.paid"));

    let linear = TestSender::new(providers::LINEAR, "lin_wh_0123456789abcdefghij").clock(clock.clone());
    let own = format!(r#"{{"webhookTimestamp":{}}}"#, clock.time().as_millis());
    let endpoint = self::endpoint(&providers::LINEAR, "lin_wh_0123456789abcdefghij", &clock);
    assert!(verify(&endpoint, linear.event(own)).await.is_ok());
}

#[test]
fn makes_the_requests_that_a_framework_takes() {
    let sender = TestSender::new(providers::GITHUB, "It's a Secret to Everybody").url("/github");
    let parts = sender.in_parts();
    let delivery = parts.sample();
    assert_eq!((delivery.url.as_str(), delivery.method.as_str()), ("/github", "POST"));
    assert_eq!(parts.replay(), delivery);
    let bytes = parts.with_body::<Vec<u8>>();
    let request: http::Request<Vec<u8>> = bytes.sample();
    assert!(!request.body().is_empty());
}

#[test]
#[should_panic(expected = "begin with `sample`")]
fn says_what_to_do_first() {
    let _ = TestSender::new(providers::GITHUB, "It's a Secret to Everybody").retry();
}
