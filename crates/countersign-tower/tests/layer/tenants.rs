//! Many customers behind one path, each with keys of its own.

#![cfg(feature = "tenants")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};
use countersign::{Delivery, Keyring, Reason, ResolveError, TenantName, TenantResolver, Tenants};
use countersign_tower::WebhookLayer;

use crate::support::{delivery, endpoint_with, reason, secret, send, text};

struct Directory;

impl TenantResolver for Directory {
    async fn resolve(&self, name: &str) -> Result<Option<Keyring>, ResolveError> {
        match name {
            "acme" => Ok(Some(Keyring::new(secret()))),
            "broken" => Err("planted".into()),
            "slow" => std::future::pending().await,
            _ => Ok(None),
        }
    }
}

fn app() -> Router {
    let tenants = Tenants::new(TenantName::PathSegment(1), Directory);
    let endpoint = endpoint_with(tenants).build().expect("the settings fit");
    let handler =
        |Extension(delivery): Extension<Delivery>| async move { delivery.tenant().unwrap_or("none").to_owned() };
    Router::new().route("/hooks/{tenant}", post(handler)).layer(WebhookLayer::new(endpoint))
}

fn to(path: &'static str) -> Request<Body> {
    let mut request = delivery("evt_1", "{}");
    *request.uri_mut() = axum::http::Uri::from_static(path);
    request
}

#[tokio::test]
async fn verifies_with_the_keys_of_the_tenant_in_the_path() {
    let known = send(&app(), to("/hooks/acme")).await;
    assert_eq!(known.status(), StatusCode::OK);
    assert_eq!(text(known).await, "acme");
    let unknown = send(&app(), to("/hooks/nobody")).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(reason(&unknown), Some(Reason::UnknownTenant));
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_or_hangs_keeps_the_event_with_its_sender() {
    for (path, seconds) in [("/hooks/broken", 0), ("/hooks/slow", 2)] {
        let started = tokio::time::Instant::now();
        let response = send(&app(), to(path)).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reason(&response), Some(Reason::TenantUnavailable), "{path}");
        assert_eq!(started.elapsed().as_secs(), seconds, "{path}");
    }
}
