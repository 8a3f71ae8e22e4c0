//! Once for each event: duplicates, failures, panics, deadlines, and a store that fails.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};
use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{
    ClaimReply, Delivery, Endpoint, EventKey, Lease, MemoryStore, Outcome, Reason, Store, StoreError, TRY_LATER,
};
use countersign_tower::WebhookLayer;
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Runs, delivery, echo, endpoint, is_replay, once, reason, send, text};

/// An app whose handler does something else on each run, counted from 1.
fn app<F, T>(endpoint: Endpoint, runs: &Runs, handler: F) -> Router
where
    F: Fn(usize) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = StatusCode> + Send + 'static,
{
    let runs = runs.clone();
    Router::new().route("/hooks", post(move || handler(runs.begin()))).layer(WebhookLayer::new(endpoint))
}

#[tokio::test]
async fn answers_a_duplicate_with_the_stored_outcome() {
    let runs = Runs::default();
    let app = Router::new().route("/hooks", post(echo(&runs))).layer(WebhookLayer::new(once()));
    let first = send(&app, delivery("evt_1", "{}")).await;
    assert!(!is_replay(&first));
    let second = send(&app, delivery("evt_1", "{}")).await;
    assert!(is_replay(&second));
    assert_eq!(second.status(), first.status());
    assert_eq!(second.headers()["content-type"], first.headers()["content-type"]);
    assert!(!second.headers().contains_key("idempotency-body"));
    assert_eq!(text(second).await, text(first).await);
    assert_eq!(runs.count(), 1);
    send(&app, delivery("evt_2", "{}")).await;
    assert_eq!(runs.count(), 2, "another event runs");
}

#[tokio::test]
async fn runs_duplicates_again_where_no_records_are_kept() {
    let runs = Runs::default();
    let app = app(endpoint().build().expect("the settings fit"), &runs, |_| async { StatusCode::OK });
    for _ in 0..2 {
        assert!(!is_replay(&send(&app, delivery("evt_1", "{}")).await));
    }
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn refuses_another_body_under_the_same_event_id() {
    let runs = Runs::default();
    let app = app(once(), &runs, |_| async { StatusCode::OK });
    send(&app, delivery("evt_1", "{}")).await;
    let other = send(&app, delivery("evt_1", "[]")).await;
    assert_eq!(reason(&other), Some(Reason::ContentDiffers));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_failure_status_goes_out_unchanged_and_releases_the_event() {
    let runs = Runs::default();
    let handler = |run| async move { if run == 1 { StatusCode::BAD_GATEWAY } else { StatusCode::OK } };
    let app = app(once(), &runs, handler);
    let failed = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((failed.status(), reason(&failed)), (StatusCode::BAD_GATEWAY, None));
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::OK);
    assert!(is_replay(&send(&app, delivery("evt_1", "{}")).await));
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn an_error_is_passed_on_and_releases_the_event() {
    let runs = Runs::default();
    let service = WebhookLayer::new(once()).layer(service_fn({
        let runs = runs.clone();
        move |_: Request<Full<Bytes>>| {
            let run = runs.begin();
            async move { if run == 1 { Err("planted") } else { Ok(Response::new(Full::<Bytes>::default())) } }
        }
    }));
    let send = || service.clone().oneshot(delivery("evt_1", "{}"));
    assert_eq!(send().await.err(), Some("planted"));
    assert_eq!(send().await.expect("the second run succeeds").status(), StatusCode::OK);
    assert!(is_replay(&send().await.expect("it is answered from the record")));
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn a_panic_is_answered_and_the_next_delivery_runs() {
    let runs = Runs::default();
    let app = app(once(), &runs, |run| async move {
        assert_ne!(run, 1, "planted");
        StatusCode::OK
    });
    let panicked = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!(panicked.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reason(&panicked), Some(Reason::HandlerPanicked));
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::OK);
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn a_panic_before_the_handlers_future_exists_is_caught_too() {
    let endpoint = once();
    let panicking =
        |_: Request<Full<Bytes>>| -> std::future::Ready<Result<Response<Body>, Infallible>> { panic!("planted") };
    let service = WebhookLayer::new(endpoint.clone()).layer(service_fn(panicking));
    let response = service.oneshot(delivery("evt_1", "{}")).await.expect("it is answered");
    assert_eq!(reason(&response), Some(Reason::HandlerPanicked));
    assert_eq!(endpoint.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_past_its_deadline_is_stopped_and_the_event_released() {
    let runs = Runs::default();
    let bounded = endpoint().dedupe(MemoryStore::default()).handler_deadline(Duration::from_secs(5)).build();
    let app = app(bounded.expect("the settings fit"), &runs, |run| async move {
        if run == 1 {
            std::future::pending::<()>().await;
        }
        StatusCode::OK
    });
    let late = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((late.status(), reason(&late)), (StatusCode::SERVICE_UNAVAILABLE, Some(Reason::HandlerTimeout)));
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::OK);
    assert_eq!(runs.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_waits_for_the_outcome_of_the_running_delivery() {
    let runs = Runs::default();
    let app = app(once(), &runs, |_| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        StatusCode::ACCEPTED
    });
    let (first, second) = tokio::join!(send(&app, delivery("evt_1", "{}")), send(&app, delivery("evt_1", "{}")));
    assert_eq!((first.status(), is_replay(&first)), (StatusCode::ACCEPTED, false));
    assert_eq!((second.status(), is_replay(&second)), (StatusCode::ACCEPTED, true));
    assert_eq!(runs.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_of_a_slow_delivery_is_asked_to_come_back() {
    let runs = Runs::default();
    let app = app(once(), &runs, |_| async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        StatusCode::OK
    });
    let (first, second) = tokio::join!(send(&app, delivery("evt_1", "{}")), send(&app, delivery("evt_1", "{}")));
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(reason(&second), Some(Reason::StillRunning));
    assert!(second.headers().contains_key("retry-after"));
    assert_eq!(runs.count(), 1);
}

/// A store that takes every claim and loses every outcome.
struct LosesOutcomes(MemoryStore);

impl Store for LosesOutcomes {
    fn capacity(&self) -> Option<u64> {
        self.0.capacity()
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        self.0.claim(key, request).await
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.0.renew(key, fence, lease).await
    }

    async fn complete(&self, _: &EventKey, _: Fence, _: &Outcome, _: Duration) -> Result<Settled, StoreError> {
        Err(StoreError::timed_out())
    }

    async fn release(&self, _: &EventKey, _: Fence, _: Duration) -> Result<Settled, StoreError> {
        Err(StoreError::timed_out())
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_that_is_not_on_record_is_not_answered() {
    let lossy = endpoint().dedupe(LosesOutcomes(MemoryStore::default())).build().expect("the settings fit");
    let runs = Runs::default();
    let handler = |run| async move { if run == 1 { StatusCode::OK } else { StatusCode::IM_A_TEAPOT } };
    let app = app(lossy, &runs, handler);
    let unrecorded = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!(reason(&unrecorded), Some(Reason::StoreUnavailable));
    assert_eq!(text(unrecorded).await, TRY_LATER);
    let failed = send(&app, delivery("evt_2", "{}")).await;
    assert_eq!(failed.status(), StatusCode::IM_A_TEAPOT, "a failure goes out, recorded or not");
}

#[tokio::test]
async fn the_handler_learns_its_delivery_and_its_attempt() {
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move |Extension(delivery): Extension<Delivery>, Extension(lease): Extension<Lease>| async move {
            assert_eq!(delivery.event_id().as_deref(), Some("evt_1"));
            assert_eq!(usize::try_from(lease.attempt()), Ok(runs.begin()));
            if lease.attempt() == 2 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        }
    };
    let app = Router::new().route("/hooks", post(handler)).layer(WebhookLayer::new(once()));
    send(&app, delivery("evt_1", "{}")).await;
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::OK);
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn the_handler_runs_inside_the_deliverys_span() {
    crate::support::log();
    let current = || tracing::Span::current().metadata().map(tracing::Metadata::name);
    assert_eq!(current(), None);
    let handler = move || async move { current().unwrap_or("none") };
    let app = Router::new().route("/hooks", post(handler)).layer(WebhookLayer::new(once()));
    assert_eq!(text(send(&app, delivery("evt_1", "{}")).await).await, "delivery");
}
