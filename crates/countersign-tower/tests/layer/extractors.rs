//! The extractors for axum: what they give, and what they say where there is nothing to give.

#![cfg(feature = "axum")]

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::MemoryStore;
use countersign_tower::{Event, RawBody, Verified, WebhookLayer};
use serde::Deserialize;

use crate::support::{NOW, Runs, delivery, endpoint, once, send, text};

#[derive(Deserialize)]
struct Order {
    id: u64,
}

#[tokio::test]
async fn give_the_event_the_delivery_and_its_bytes() {
    // Extractors that take nothing from the body may stand in any order.
    let handler = |Event(order): Event<Order>, delivery: Verified, RawBody(bytes): RawBody, body: String| async move {
        assert_eq!(delivery.sent_at().map(countersign::UnixTime::as_secs), Some(NOW));
        assert_eq!(bytes, body);
        order.id.to_string()
    };
    let app = Router::new().route("/hooks", post(handler)).layer(WebhookLayer::new(once()));
    assert_eq!(text(send(&app, delivery("evt_1", "{\"id\": 7}")).await).await, "7");
}

#[tokio::test]
async fn a_route_without_the_layer_says_so() {
    let bare = Router::new()
        .route("/event", post(|_: Event<Order>| async {}))
        .route("/delivery", post(|_: Verified| async {}))
        .route("/bytes", post(|_: RawBody| async {}));
    let covered = bare.clone().layer(WebhookLayer::new(endpoint().build().expect("the settings fit")));
    for path in ["/event", "/delivery", "/bytes"] {
        let to = || {
            let mut request = delivery("evt_1", "{\"id\": 7}");
            *request.uri_mut() = axum::http::Uri::from_static(path);
            request
        };
        let response = send(&bare, to()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(text(response).await, "countersign_tower::WebhookLayer is missing on this route\n");
        assert_eq!(send(&covered, to()).await.status(), StatusCode::OK, "with the layer, {path} answers");
    }
}

#[tokio::test]
async fn an_event_of_another_form_is_refused_and_released() {
    let runs = Runs::default();
    let endpoint = endpoint().dedupe(MemoryStore::default()).build().expect("the settings fit");
    let strict =
        Router::new().route("/hooks", post(|_: Event<Order>| async {})).layer(WebhookLayer::new(endpoint.clone()));
    let response = send(&strict, delivery("evt_1", "{\"id\": \"seven\"}")).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(text(response).await, "the event does not have the form that this endpoint expects\n");

    let mended = Router::new().route("/hooks", post(crate::support::echo(&runs))).layer(WebhookLayer::new(endpoint));
    assert_eq!(send(&mended, delivery("evt_1", "{\"id\": \"seven\"}")).await.status(), StatusCode::OK);
    assert_eq!(runs.count(), 1);
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn the_log_says_where_an_event_does_not_fit_and_not_what_stands_there() {
    #[derive(Deserialize)]
    struct Parcel {
        #[expect(dead_code, reason = "it is never read: the body does not fit")]
        weight: u64,
    }

    crate::support::log();
    let endpoint = endpoint().build().expect("the settings fit");
    let app = Router::new().route("/hooks", post(|_: Event<Parcel>| async {})).layer(WebhookLayer::new(endpoint));
    send(&app, delivery("evt_1", "{\"weight\": \"feather-light\"}")).await;
    let log = crate::support::log();
    let said = log.lines().find(|line| line.contains("Parcel")).unwrap_or_default();
    assert!(said.contains("event does not fit") && said.contains("line=1 column=26"), "{log}");
    assert!(!log.contains("feather"), "{log}");
}
