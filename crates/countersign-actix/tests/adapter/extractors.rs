//! What handlers get as arguments, and what they get where nothing was verified.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use countersign_actix::{Event, RawBody, Verified, Webhook};

use crate::common::{Runs, Sent, answer, endpoint};

#[derive(serde::Deserialize)]
struct Invoice {
    amount: u64,
}

#[actix_web::test]
async fn an_event_is_read_from_the_verified_body() {
    let handler = async |Event(invoice): Event<Invoice>, delivery: Verified| {
        HttpResponse::Ok().body(format!("{} {}", delivery.event_id().unwrap(), invoice.amount))
    };
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(handler);
    let app = init_service(App::new().service(hooks)).await;
    let answer = answer(&app, Sent::new("msg_1", "{\"amount\":7}").request()).await;
    assert_eq!((answer.status, &*answer.body), (200, &b"msg_1 7"[..]));
}

#[actix_web::test]
async fn a_body_that_does_not_fit_is_refused_and_its_event_released() {
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move |_: Event<Invoice>| {
            runs.add();
            async { HttpResponse::Ok().finish() }
        }
    };
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(handler);
    let app = init_service(App::new().service(hooks)).await;
    let sent = Sent::new("msg_1", "{\"amount\":\"private\"}");
    // A second attempt is judged anew: were the event not released, it would be answered as a duplicate or wait.
    for _ in 0..2 {
        let answer = answer(&app, sent.request()).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (422, &b"the event does not have the form that this endpoint expects\n"[..])
        );
        assert_eq!(answer.header("idempotency-replayed"), None);
    }
    assert_eq!(runs.count(), 0);
}

#[actix_web::test]
async fn a_missing_middleware_is_named_and_nothing_passes() {
    let hooks = web::scope("/hooks")
        .route("/event", web::post().to(async |_: Event<serde_json::Value>| HttpResponse::Ok()))
        .route("/verified", web::post().to(async |_: Verified| HttpResponse::Ok()))
        .route("/body", web::post().to(async |_: RawBody| HttpResponse::Ok()));
    let app = init_service(App::new().service(hooks)).await;
    for path in ["/hooks/event", "/hooks/verified", "/hooks/body"] {
        let answer = answer(&app, Sent::new("msg_1", "{}").request_to(path)).await;
        assert_eq!(answer.status, 500);
        assert!(std::str::from_utf8(&answer.body).unwrap().contains("countersign_actix::Webhook"));
    }
}
