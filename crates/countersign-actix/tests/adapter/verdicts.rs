//! What is let through and what is refused, and that refusals cost no more than they must.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::{Payload, Service};
use actix_web::error::PayloadError;
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use bytes::Bytes;
use countersign::{Endpoint, REFUSED, Reason};
use countersign_actix::{RawBody, Webhook};
use futures_util::{StreamExt, stream};

use crate::common::{Answer, NOW, Runs, Sent, answer, endpoint};

/// Sends one request through the middleware and counts the handler's runs.
async fn send(endpoint: Endpoint, request: actix_http::Request) -> (Answer, u32) {
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move || {
            runs.add();
            async { HttpResponse::Ok().body("taken") }
        }
    };
    let hooks = web::resource("/hooks").route(web::route().to(handler));
    let app = init_service(App::new().service(hooks.wrap(Webhook::new(endpoint)))).await;
    (answer(&app, request).await, runs.count())
}

fn payload(chunks: impl futures_util::Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    Payload::from(Box::pin(chunks) as std::pin::Pin<Box<dyn futures_util::Stream<Item = _>>>)
}

/// A body of which only the first bytes ever come.
fn stalled(first: &'static [u8]) -> Payload {
    payload(stream::iter([Ok(Bytes::from_static(first))]).chain(stream::pending()))
}

#[actix_web::test]
async fn takes_an_authentic_delivery() {
    let (answer, runs) = send(endpoint().build().unwrap(), Sent::new("msg_1", "{}").request()).await;
    assert_eq!((answer.status, &*answer.body, runs), (200, &b"taken"[..], 1));
    assert_eq!(answer.reason, None);
}

#[actix_web::test]
async fn hands_on_the_bytes_that_were_verified_without_copying_them() {
    let sent = Sent::new("msg_1", "{\"amount\": 1}");
    let handler = async |RawBody(verified): RawBody, mut payload: web::Payload| {
        let read = payload.next().await.unwrap().unwrap();
        assert!(payload.next().await.is_none());
        assert_eq!(verified.as_ptr(), read.as_ptr());
        HttpResponse::Ok().body(read)
    };
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(handler);
    let app = init_service(App::new().service(hooks)).await;
    let answer = answer(&app, sent.request()).await;
    assert_eq!((answer.status, &answer.body), (200, &sent.body));
}

#[actix_web::test]
async fn refuses_forged_stale_and_unsigned_deliveries_with_one_sentence() {
    let mut unsigned = Sent::new("msg_1", "{}");
    unsigned.headers.retain(|(name, _)| *name != "webhook-signature");
    let mut twice = Sent::new("msg_1", "{}");
    twice.headers.push(("webhook-signature", "v1,AAAA".to_owned()));
    let cases = [
        (Sent::forged("msg_1"), Reason::SignatureMismatch),
        (Sent::signed(b"another twenty-four byte", "msg_1", NOW, "{}"), Reason::SignatureMismatch),
        (Sent::signed(b"twenty-four bytes of key", "msg_1", NOW - 301, "{}"), Reason::Stale),
        (unsigned, Reason::SignatureMissing),
        (twice, Reason::AmbiguousHeaders),
    ];
    for (sent, reason) in cases {
        let (answer, runs) = send(endpoint().build().unwrap(), sent.request()).await;
        assert_eq!((answer.status, answer.reason, runs), (401, Some(reason), 0));
        assert_eq!(answer.body, REFUSED);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("www-authenticate"), Some("Signature"));
    }
}

#[actix_web::test]
async fn refuses_other_methods_and_names_the_right_one() {
    let request = actix_web::test::TestRequest::get().uri("/hooks").to_request();
    let (answer, runs) = send(endpoint().build().unwrap(), request).await;
    assert_eq!((answer.status, answer.header("allow"), runs), (405, Some("POST"), 0));
}

#[actix_web::test]
async fn outer_middleware_sees_a_refusal_as_a_response() {
    let seen = Rc::new(Cell::new(None));
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(HttpResponse::Ok);
    let app = App::new().service(hooks).wrap_fn({
        let seen = Rc::clone(&seen);
        move |request, service| {
            let (answered, seen) = (service.call(request), Rc::clone(&seen));
            async move {
                let response = answered.await?;
                seen.set(response.response().extensions().get().map(countersign::Rejection::reason));
                Ok(response)
            }
        }
    });
    let app = init_service(app).await;
    assert_eq!(answer(&app, Sent::forged("msg_1").request()).await.status, 401);
    assert_eq!(seen.get(), Some(Reason::SignatureMismatch));
}

#[actix_web::test]
async fn refuses_a_declared_length_over_the_cap_without_reading() {
    tokio::time::pause();
    let mut sent = Sent::new("msg_1", "{}");
    sent.headers.push(("content-length", "65".to_owned()));
    let polled = Rc::new(Cell::new(false));
    let body = {
        let polled = Rc::clone(&polled);
        payload(stream::poll_fn(move |_| {
            polled.set(true);
            std::task::Poll::Pending
        }))
    };
    let (answer, runs) = send(endpoint().body_cap(64).build().unwrap(), sent.streamed(body)).await;
    assert_eq!((answer.status, answer.reason, runs), (413, Some(Reason::BodyTooLarge), 0));
    assert!(!polled.get());

    // Within the cap, the same body is waited for.
    sent.headers.last_mut().unwrap().1 = "64".to_owned();
    let body = {
        let polled = Rc::clone(&polled);
        payload(stream::poll_fn(move |_| {
            polled.set(true);
            std::task::Poll::Pending
        }))
    };
    let (answer, _) = send(endpoint().body_cap(64).build().unwrap(), sent.streamed(body)).await;
    assert_eq!((answer.status, polled.get()), (408, true));
}

#[actix_web::test]
async fn refuses_an_undeclared_body_once_it_outgrows_the_cap() {
    let sent = Sent::new("msg_1", "0123456789");
    let chunks =
        || stream::iter(sent.body.chunks(4).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>());
    // Only the cap can end this one.
    let endless = payload(chunks().chain(stream::pending()));
    let (answer, runs) = send(endpoint().body_cap(9).build().unwrap(), sent.streamed(endless)).await;
    assert_eq!((answer.status, answer.reason, runs), (413, Some(Reason::BodyTooLarge), 0));

    let (answer, runs) = send(endpoint().body_cap(10).build().unwrap(), sent.streamed(payload(chunks()))).await;
    assert_eq!((answer.status, runs), (200, 1));
}

#[actix_web::test]
async fn gives_a_body_its_read_deadline_and_no_more() {
    tokio::time::pause();
    let deadline = Duration::from_secs(7);
    let started = tokio::time::Instant::now();
    let endpoint = endpoint().read_deadline(deadline).build().unwrap();
    let (answer, runs) = send(endpoint, Sent::new("msg_1", "{}").streamed(stalled(b"{"))).await;
    assert_eq!((answer.status, answer.reason, runs), (408, Some(Reason::BodyTimeout), 0));
    assert_eq!(started.elapsed().as_secs(), deadline.as_secs());
}

#[actix_web::test]
async fn refuses_a_body_that_breaks_off() {
    let cases = [
        (PayloadError::Incomplete(None), 400, Reason::BodyBroken),
        // Middleware further out has a cap of its own.
        (PayloadError::Overflow, 413, Reason::BodyTooLarge),
    ];
    for (error, status, reason) in cases {
        let broken = payload(stream::iter([Ok(Bytes::from_static(b"{")), Err(error)]));
        let (answer, runs) = send(endpoint().build().unwrap(), Sent::new("msg_1", "{}").streamed(broken)).await;
        assert_eq!((answer.status, answer.reason, runs), (status, Some(reason), 0));
    }
}
