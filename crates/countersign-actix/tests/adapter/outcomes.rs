//! What becomes of an event: recorded, repeated, or given back.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BodyStream, SizedStream};
use actix_web::dev::Service;
use actix_web::error::ErrorBadGateway;
use actix_web::http::header::{CONTENT_TYPE, SET_COOKIE};
use actix_web::test::{init_service, try_call_service};
use actix_web::web::{Bytes, ReqData};
use actix_web::{App, HttpResponse, web};
use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{ClaimReply, EventKey, Lease, MemoryStore, Outcome, Reason, Store, StoreError, TRY_LATER};
use countersign_actix::Webhook;
use futures_util::{StreamExt, stream};

use crate::common::{Answer, Runs, Sent, answer, bare_endpoint, endpoint};

/// Sends the same event twice to a handler that answers with what `respond` makes of the run's number.
async fn twice<R>(endpoint: countersign::Endpoint, respond: impl Fn(u32) -> R + Clone + 'static) -> ([Answer; 2], u32)
where
    R: actix_web::Responder + 'static,
{
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move || {
            let (run, respond) = (runs.add(), respond.clone());
            async move { respond(run) }
        }
    };
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint)).post(handler);
    let app = init_service(App::new().service(hooks)).await;
    let sent = Sent::new("msg_1", "{}");
    let answers = [answer(&app, sent.request()).await, answer(&app, sent.request()).await];
    (answers, runs.count())
}

#[actix_web::test]
async fn a_duplicate_gets_the_stored_answer_and_the_handler_does_not_run() {
    let ([first, second], runs) = twice(endpoint().build().unwrap(), |run| {
        HttpResponse::Created()
            .insert_header((CONTENT_TYPE, "application/json"))
            .append_header(("link", "</a>"))
            .append_header(("link", "</b>"))
            .insert_header((SET_COOKIE, "session=1"))
            .body(format!("{{\"run\":{run}}}"))
    })
    .await;
    assert_eq!(runs, 1);
    assert_eq!((first.status, &*first.body), (201, &b"{\"run\":1}"[..]));
    assert_eq!((second.status, &second.body), (201, &first.body));
    assert_eq!(second.header("content-type"), Some("application/json"));
    assert_eq!(second.headers.get_all("link").map(|link| link.to_str().unwrap()).collect::<Vec<_>>(), ["</a>", "</b>"]);
    assert_eq!([&first, &second].map(|answer| answer.header("idempotency-replayed")), [None, Some("true")]);
    assert_eq!([&first, &second].map(|answer| answer.header("set-cookie").is_some()), [true, false]);
    assert_eq!(second.header("idempotency-body"), None);
}

#[actix_web::test]
async fn an_answer_without_a_body_is_repeated_as_one() {
    let ([first, second], runs) = twice(endpoint().build().unwrap(), |_| HttpResponse::NoContent()).await;
    assert_eq!((first.status, second.status, runs), (204, 204, 1));
    assert_eq!((second.header("idempotency-replayed"), second.header("idempotency-body")), (Some("true"), None));
}

#[actix_web::test]
async fn without_records_every_delivery_runs() {
    let ([_, second], runs) = twice(bare_endpoint().build().unwrap(), |_| HttpResponse::Ok()).await;
    assert_eq!((second.status, second.header("idempotency-replayed"), runs), (200, None, 2));
}

#[actix_web::test]
async fn an_answer_that_is_no_success_releases_the_event_and_passes_unchanged() {
    let ([first, second], runs) = twice(endpoint().build().unwrap(), |run| match run {
        1 => HttpResponse::InternalServerError().insert_header(("x-detail", "kept")).body("the queue is down"),
        _ => HttpResponse::Ok().finish(),
    })
    .await;
    assert_eq!((first.status, &*first.body, first.header("x-detail")), (500, &b"the queue is down"[..], Some("kept")));
    assert_eq!((second.status, second.header("idempotency-replayed"), runs), (200, None, 2));
}

#[actix_web::test]
async fn a_handlers_error_releases_the_event() {
    let ([first, second], runs) = twice(endpoint().build().unwrap(), |run| match run {
        1 => Err(ErrorBadGateway("upstream is down")),
        _ => Ok(HttpResponse::Ok().finish()),
    })
    .await;
    assert_eq!((first.status, &*first.body), (502, &b"upstream is down"[..]));
    assert_eq!((second.status, second.header("idempotency-replayed"), runs), (200, None, 2));
}

#[actix_web::test]
async fn an_error_of_inner_middleware_releases_the_event_and_stays_an_error() {
    let calls = Rc::new(Cell::new(0));
    let hooks = web::resource("/hooks").post(HttpResponse::Ok).wrap_fn({
        let calls = Rc::clone(&calls);
        move |request, service| {
            calls.set(calls.get() + 1);
            let (answered, fails) = (service.call(request), calls.get() == 1);
            async move { if fails { Err(ErrorBadGateway("upstream is down")) } else { answered.await } }
        }
    });
    let app = init_service(App::new().service(hooks.wrap(Webhook::new(endpoint().build().unwrap())))).await;
    let sent = Sent::new("msg_1", "{}");
    let error = try_call_service(&app, sent.request()).await.unwrap_err();
    assert_eq!(error.as_response_error().status_code(), 502);
    let second = answer(&app, sent.request()).await;
    assert_eq!((second.status, second.header("idempotency-replayed"), calls.get()), (200, None, 2));
}

#[actix_web::test]
async fn a_panic_is_answered_500_and_releases_the_event() {
    let ([first, second], runs) = twice(endpoint().build().unwrap(), |run| {
        assert!(run > 1, "the first run panics");
        HttpResponse::Ok()
    })
    .await;
    assert_eq!((first.status, first.reason), (500, Some(Reason::HandlerPanicked)));
    assert_eq!((second.status, second.header("idempotency-replayed"), runs), (200, None, 2));
}

#[actix_web::test]
async fn a_service_that_panics_before_it_makes_its_future_is_caught_too() {
    let hooks = web::resource("/hooks").post(HttpResponse::Ok).wrap_fn(|request, service| {
        assert!(request.headers().contains_key("x-second"), "the first call panics");
        service.call(request)
    });
    let app = init_service(App::new().service(hooks.wrap(Webhook::new(endpoint().build().unwrap())))).await;
    let mut sent = Sent::new("msg_1", "{}");
    let first = answer(&app, sent.request()).await;
    assert_eq!((first.status, first.reason), (500, Some(Reason::HandlerPanicked)));
    sent.headers.push(("x-second", "yes".to_owned()));
    assert_eq!(answer(&app, sent.request()).await.status, 200);
}

#[actix_web::test]
async fn a_handler_that_runs_out_of_time_is_dropped_and_releases_the_event() {
    tokio::time::pause();
    let runs = Runs::default();
    let handler = {
        let runs = runs.clone();
        move |lease: ReqData<Lease>| {
            let runs = runs.clone();
            async move {
                if runs.add() == 1 {
                    std::future::pending::<()>().await;
                }
                HttpResponse::Ok().body(lease.attempt().to_string())
            }
        }
    };
    let endpoint = endpoint().handler_deadline(Duration::from_secs(20)).build().unwrap();
    let app =
        init_service(App::new().service(web::resource("/hooks").wrap(Webhook::new(endpoint.clone())).post(handler)))
            .await;
    let sent = Sent::new("msg_1", "{}");
    let first = answer(&app, sent.request()).await;
    assert_eq!((first.status, first.reason), (503, Some(Reason::HandlerTimeout)));
    assert_eq!((&*first.body, first.header("retry-after")), (TRY_LATER.as_bytes(), Some("5")));
    let second = answer(&app, sent.request()).await;
    assert_eq!((second.status, &*second.body, runs.count()), (200, &b"2"[..], 2));
    assert_eq!(endpoint.in_flight(), 0);
}

/// A store that loses its connection once a claim was granted.
struct Forgetful(MemoryStore);

impl Store for Forgetful {
    fn capacity(&self) -> Option<u64> {
        Store::capacity(&self.0)
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        Store::claim(&self.0, key, request).await
    }

    async fn renew(&self, _: &EventKey, _: Fence, _: Duration) -> Result<Settled, StoreError> {
        Err(StoreError::timed_out())
    }

    async fn complete(&self, _: &EventKey, _: Fence, _: &Outcome, _: Duration) -> Result<Settled, StoreError> {
        Err(StoreError::timed_out())
    }

    async fn release(&self, _: &EventKey, _: Fence, _: Duration) -> Result<Settled, StoreError> {
        Err(StoreError::timed_out())
    }
}

#[actix_web::test]
async fn a_success_that_could_not_be_recorded_is_not_answered() {
    tokio::time::pause();
    let statuses = [(200, 503, Some(Reason::StoreUnavailable)), (404, 404, None)];
    for (answered, sent_on, reason) in statuses {
        let handler =
            move || async move { HttpResponse::new(actix_web::http::StatusCode::from_u16(answered).unwrap()) };
        let endpoint = bare_endpoint().dedupe(Forgetful(MemoryStore::default())).build().unwrap();
        let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint)).post(handler);
        let app = init_service(App::new().service(hooks)).await;
        let answer = answer(&app, Sent::new("msg_1", "{}").request()).await;
        assert_eq!((answer.status, answer.reason), (sent_on, reason));
    }
}

#[actix_web::test]
async fn a_streamed_answer_is_not_buffered_and_repeated_by_its_status() {
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(async || {
        // A body that never ends: collecting it would hang.
        let endless = stream::iter([Ok(Bytes::from_static(b"first"))]).chain(stream::pending());
        HttpResponse::Accepted()
            .body(BodyStream::new(endless.boxed_local() as stream::LocalBoxStream<'static, Result<_, std::io::Error>>))
    });
    let app = init_service(App::new().service(hooks)).await;
    let sent = Sent::new("msg_1", "{}");
    let first = try_call_service(&app, sent.request()).await.unwrap();
    assert_eq!(first.status(), 202);
    let mut body = std::pin::pin!(first.into_body());
    let chunk = std::future::poll_fn(|cx| actix_web::body::MessageBody::poll_next(body.as_mut(), cx)).await;
    assert_eq!(chunk.unwrap().unwrap(), "first");

    let second = answer(&app, sent.request()).await;
    assert_eq!((second.status, second.body.len()), (202, 0));
    assert_eq!(second.header("idempotency-body"), Some("omitted"));
}

#[actix_web::test]
async fn bodies_are_kept_up_to_the_cap() {
    for (cap, kept) in [(4, true), (3, false)] {
        let ([first, second], runs) = twice(endpoint().stored_body_cap(cap).build().unwrap(), |_| {
            // Of known length, but not in memory.
            let chunks = [b"ab", b"cd"].map(|chunk| Ok::<_, std::io::Error>(Bytes::from_static(chunk)));
            HttpResponse::Ok().body(SizedStream::new(4, stream::iter(chunks)))
        })
        .await;
        assert_eq!((&*first.body, runs), (&b"abcd"[..], 1));
        assert_eq!(second.header("idempotency-body"), (!kept).then_some("omitted"));
        assert_eq!(&*second.body, if kept { &b"abcd"[..] } else { b"" });
    }
}

#[actix_web::test]
async fn an_answer_whose_body_breaks_off_is_no_success() {
    for rest in [Err(std::io::Error::other("the disk is gone")), Ok(Bytes::new()), Ok(Bytes::from_static(b"too much"))]
    {
        let rest = Rc::new(Cell::new(Some(rest)));
        let ([first, second], runs) = twice(endpoint().build().unwrap(), move |_| match rest.take() {
            Some(rest) => {
                HttpResponse::Ok().body(SizedStream::new(4, stream::iter([Ok(Bytes::from_static(b"ab")), rest])))
            }
            None => HttpResponse::Ok().finish(),
        })
        .await;
        assert_eq!((first.status, &*first.body), (500, &b"the handler's response body broke off"[..]));
        assert_eq!((second.status, second.header("idempotency-replayed"), runs), (200, None, 2));
    }
}

#[actix_web::test]
async fn wraps_an_app_and_a_scope_as_well_as_a_resource() {
    let handler = async |lease: ReqData<Lease>| HttpResponse::Ok().body(lease.attempt().to_string());
    let sent = Sent::new("msg_1", "{}");

    let app = App::new().wrap(Webhook::new(endpoint().build().unwrap())).route("/hooks", web::post().to(handler));
    assert_eq!(&*answer(&init_service(app).await, sent.request()).await.body, b"1");

    let scope = web::scope("/hooks").app_data("kept").route("/stripe", web::post().to(handler));
    let app = App::new().service(scope.wrap(Webhook::new(endpoint().build().unwrap())));
    assert_eq!(&*answer(&init_service(app).await, sent.request_to("/hooks/stripe")).await.body, b"1");
}
