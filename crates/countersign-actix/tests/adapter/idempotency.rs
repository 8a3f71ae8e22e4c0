//! `Idempotency-Key` in front of handlers: what the middleware adds to the rules of the core, which are held in
//! `tests/`.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_http::Request;
use actix_web::dev::{Payload, Service, ServiceRequest};
use actix_web::error::{ErrorBadGateway, PayloadError};
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{Bytes, ReqData};
use actix_web::{App, HttpMessage, HttpResponse, web};
use countersign::{IdempotencyKeys, Lease, MemoryStore, Reason};
use countersign_actix::Idempotency;
use futures_util::{Stream, stream};

use crate::common::{Runs, answer};

type BoxedPayload = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

struct Account(&'static str);

fn keys() -> IdempotencyKeys {
    IdempotencyKeys::builder("payments", MemoryStore::default()).build().unwrap()
}

fn once() -> Idempotency {
    Idempotency::new(keys(), |_| Some("everyone"))
}

fn keyed(key: &str, body: &'static str) -> Request {
    TestRequest::post().uri("/payments").insert_header(("idempotency-key", key)).set_payload(body).to_request()
}

#[actix_web::test]
async fn takes_the_scope_that_outer_middleware_left() {
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move |body: Bytes| {
            runs.add();
            async move { HttpResponse::Created().body(body) }
        }
    };
    let scope = |request: &ServiceRequest| request.extensions().get().map(|Account(id)| *id);
    let once = Idempotency::new(keys(), scope);
    let payments = web::resource("/payments").wrap(once.clone()).wrap_fn(|request, service| {
        request.extensions_mut().insert(Account("ada"));
        service.call(request)
    });
    let app = init_service(App::new().service(payments.post(handler.clone()))).await;
    for repeated in [None, Some("true")] {
        let answer = answer(&app, keyed("\"k-1\"", "{}")).await;
        assert_eq!((answer.status, &*answer.body), (201, &b"{}"[..]));
        assert_eq!(answer.header("idempotency-replayed"), repeated);
    }
    // Without that middleware the same request is refused, and the reason is there for middleware of one's own.
    let app = init_service(App::new().service(web::resource("/payments").wrap(once).post(handler))).await;
    let refused = answer(&app, keyed("\"k-1\"", "{}")).await;
    assert_eq!((refused.status, refused.reason), (500, Some(Reason::ScopeMissing)));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(runs.count(), 1);
}

#[actix_web::test]
async fn the_handler_learns_of_its_claim() {
    let attempt = async |lease: ReqData<Lease>| lease.attempt().to_string();
    let app = init_service(App::new().service(web::resource("/payments").wrap(once()).post(attempt))).await;
    assert_eq!(&*answer(&app, keyed("\"k-1\"", "")).await.body, b"1");
}

#[actix_web::test]
async fn a_request_that_is_not_covered_does_not_wait_for_its_payload() {
    let quick = IdempotencyKeys::builder("payments", MemoryStore::default()).read_deadline(Duration::from_millis(20));
    let once = Idempotency::new(quick.build().unwrap(), |_| Some("everyone"));
    let payments = web::resource("/payments").wrap(once).to(HttpResponse::Created);
    let app = init_service(App::new().service(payments)).await;
    let endless = |request: TestRequest| {
        let payload = Payload::from(Box::pin(stream::pending()) as BoxedPayload);
        let request = request.uri("/payments").insert_header(("idempotency-key", "\"k-1\"")).to_request();
        request.replace_payload(payload).0
    };
    assert_eq!(answer(&app, endless(TestRequest::put())).await.status, 201);
    // One that is covered is read whole first (control).
    let refused = answer(&app, endless(TestRequest::post())).await;
    assert_eq!((refused.status, refused.reason), (408, Some(Reason::BodyTimeout)));
}

#[actix_web::test]
async fn an_error_of_inner_middleware_gives_the_key_back_and_stays_an_error() {
    let calls = Rc::new(Cell::new(0));
    let payments = web::resource("/payments").post(HttpResponse::Created).wrap_fn({
        let calls = Rc::clone(&calls);
        move |request, service| {
            calls.set(calls.get() + 1);
            let (answered, fails) = (service.call(request), calls.get() == 1);
            async move { if fails { Err(ErrorBadGateway("upstream is down")) } else { answered.await } }
        }
    });
    let app = init_service(App::new().service(payments.wrap(once()))).await;
    let error = try_call_service(&app, keyed("\"k-1\"", "{}")).await.unwrap_err();
    assert_eq!(error.as_response_error().status_code(), 502);
    for repeated in [None, Some("true")] {
        let answer = answer(&app, keyed("\"k-1\"", "{}")).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, repeated));
    }
    assert_eq!(calls.get(), 2);
}

#[actix_web::test]
async fn a_panic_is_answered_with_problem_details() {
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move || {
            assert!(runs.add() > 1, "the first run panics");
            async { HttpResponse::Created().finish() }
        }
    };
    let app = init_service(App::new().service(web::resource("/payments").wrap(once()).post(handler))).await;
    let failed = answer(&app, keyed("\"k-1\"", "{}")).await;
    assert_eq!((failed.status, failed.reason), (500, Some(Reason::HandlerPanicked)));
    assert_eq!(failed.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer(&app, keyed("\"k-1\"", "{}")).await.status, 201);
}
