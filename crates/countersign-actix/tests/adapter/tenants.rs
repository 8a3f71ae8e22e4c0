//! Endpoints whose keys are looked up by what the request names.

use std::time::Duration;

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use countersign::{Endpoint, Keyring, Reason, ResolveError, TenantName, TenantResolver, Tenants, providers};
use countersign_actix::{Verified, Webhook};

use crate::common::{NOW, Sent, answer, secret};

const ACME: &[u8] = b"the key of acme, 24 byte";

struct Book;

impl TenantResolver for Book {
    async fn resolve(&self, name: &str) -> Result<Option<Keyring>, ResolveError> {
        match name {
            "acme" => Ok(Some(Keyring::new(secret(ACME)))),
            "slow" => std::future::pending().await,
            _ => Ok(None),
        }
    }
}

struct Now;

impl countersign::Clock for Now {
    fn now(&self) -> Option<countersign::UnixTime> {
        Some(countersign::UnixTime::from_secs(NOW))
    }
}

#[actix_web::test]
async fn a_tenant_is_named_by_the_path_as_sent_even_inside_a_scope() {
    tokio::time::pause();
    let tenants = Tenants::new(TenantName::PathSegment(1), Book);
    let endpoint = Endpoint::builder("hooks", &providers::STANDARD_WEBHOOKS, tenants).clock(Now).build().unwrap();
    let handler = async |delivery: Verified| HttpResponse::Ok().body(delivery.tenant().unwrap().to_owned());
    let scope = web::scope("/hooks").wrap(Webhook::new(endpoint)).route("/{tenant}", web::post().to(handler));
    let app = init_service(App::new().service(scope)).await;
    let sent = Sent::signed(ACME, "msg_1", NOW, "{}");

    let taken = answer(&app, sent.request_to("/hooks/acme")).await;
    assert_eq!((taken.status, &*taken.body), (200, &b"acme"[..]));

    let decoded = answer(&app, sent.request_to("/hooks/a%63me")).await;
    assert_eq!((decoded.status, decoded.reason), (401, Some(Reason::UnknownTenant)));

    let started = tokio::time::Instant::now();
    let slow = answer(&app, sent.request_to("/hooks/slow")).await;
    assert_eq!((slow.status, slow.reason), (503, Some(Reason::TenantUnavailable)));
    assert_eq!(started.elapsed().as_secs(), Duration::from_secs(2).as_secs());
}
