//! Requests that are dropped half-way: after every number of polls that an adapter's future takes until it is done
//! (INV-19). Whatever the moment, the event has its effect once, is never stuck beyond a lease, and no place is lost.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::dev::{Payload, Service as _};
use actix_web::error::PayloadError;
use actix_web::rt::time::{sleep, timeout};
use actix_web::rt::{System, spawn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use axum::body::Body;
use axum::http;
use bytes::Bytes;
use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{
    ClaimReply, Decision, Ending, Endpoint, EventKey, MemoryStore, Outcome, Store, StoreError, providers,
};
use countersign_actix::Webhook;
use countersign_sqlx::SqliteStore;
use countersign_tests::clock::HandClock;
use countersign_tests::request::Request;
use countersign_tests::sign::{Draft, Secret};
use countersign_tower::{TokioTimer, WebhookLayer};
use futures_util::stream;
use tokio::sync::watch;
use tokio::task::yield_now;
use tower::{Layer, ServiceExt, service_fn};

/// More polls than any request takes.
const MOST_POLLS: usize = 200;

const LEASE: Duration = Duration::from_secs(1);

/// How long a duplicate waits where it may.
const WAIT: Duration = Duration::from_millis(400);

/// What an adapter answered: the status, and whether it is a repeated one.
type Answering = Pin<Box<dyn Future<Output = (u16, bool)>>>;

/// An adapter in front of a handler whose every step can be the last.
struct Subject {
    call: Box<dyn Fn(&Request) -> Answering>,
    endpoint: Endpoint,
    handler: Handler,
    /// The store's clock, where it is in the hands of the test.
    clock: Option<HandClock>,
}

/// A handler that waits before its effect and after, once its gate is open.
#[derive(Clone)]
struct Handler {
    /// How often it began, and how often it had its effect, for each body.
    seen: Arc<Mutex<HashMap<Bytes, (u32, u32)>>>,
    gate: watch::Sender<bool>,
}

impl Handler {
    fn new() -> Self {
        Self { seen: Arc::default(), gate: watch::Sender::new(true) }
    }

    async fn run(self, body: Bytes) {
        self.note(&body, |(begun, _)| *begun += 1);
        yield_now().await;
        let mut gate = self.gate.subscribe();
        let _ = gate.wait_for(|open| *open).await;
        self.note(&body, |(_, effects)| *effects += 1);
        yield_now().await;
    }

    fn note(&self, body: &Bytes, change: impl FnOnce(&mut (u32, u32))) {
        change(self.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(body.clone()).or_default());
    }

    fn begun(&self, body: &Bytes) -> u32 {
        self.counts(body).0
    }

    fn effects(&self, body: &Bytes) -> u32 {
        self.counts(body).1
    }

    fn counts(&self, body: &Bytes) -> (u32, u32) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(body).copied().unwrap_or_default()
    }
}

/// A store that waits before each step and after: every wait is a moment to be dropped in.
struct Waits<S>(S);

impl<S: Store> Store for Waits<S> {
    fn capacity(&self) -> Option<u64> {
        self.0.capacity()
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        around(self.0.claim(key, request)).await
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        around(self.0.renew(key, fence, lease)).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        around(self.0.complete(key, fence, outcome, retention)).await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        around(self.0.release(key, fence, wait)).await
    }
}

async fn around<T>(step: impl Future<Output = T>) -> T {
    yield_now().await;
    let done = step.await;
    yield_now().await;
    done
}

/// Which adapter, or what a wrong one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adapter {
    Tower,
    Actix,
    /// The core's verbs in a future that dies with its connection.
    Undetached,
}

impl Subject {
    async fn new(adapter: Adapter, store: impl Store, clock: Option<HandClock>, wait: Duration) -> Self {
        let endpoint = Endpoint::builder("dropped", providers::STANDARD_WEBHOOKS, Secret::current().text)
            .clock(HandClock::default())
            .dedupe(store)
            .lease(LEASE)
            .duplicate_wait(wait)
            .max_waiters(1);
        let endpoint = endpoint.build().expect("the settings fit together");
        let handler = Handler::new();
        let call = match adapter {
            Adapter::Tower => tower(&endpoint, &handler),
            Adapter::Actix => actix(&endpoint, &handler).await,
            Adapter::Undetached => undetached(&endpoint, &handler),
        };
        Self { call, endpoint, handler, clock }
    }

    async fn in_memory(adapter: Adapter, wait: Duration) -> Self {
        let clock = HandClock::default();
        let store = MemoryStore::with_clock(1 << 20, Arc::new(clock.clone()));
        Self::new(adapter, Waits(store), Some(clock), wait).await
    }

    /// Waits until nothing goes on behind a dropped request.
    async fn rest(&self) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(5);
        while self.endpoint.in_flight() > 0 {
            if Instant::now() > until {
                return Err(format!("{} requests stay in flight", self.endpoint.in_flight()));
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    async fn outlast_the_lease(&self) {
        match &self.clock {
            Some(clock) => clock.advance(LEASE * 2),
            None => sleep(LEASE + Duration::from_millis(100)).await,
        }
    }

    /// Drops one request after each number of polls. Returns how many it takes to the end.
    async fn sweep(&self) -> Result<usize, String> {
        for polls in 0..MOST_POLLS {
            let request = Draft::new().standard();
            let body = Bytes::copy_from_slice(request.body());
            let whole = poll_times(polls, &mut (self.call)(&request)).await;
            self.rest().await.map_err(|left| format!("dropped after {polls} polls: {left}"))?;
            self.judge(&request, &body).await.map_err(|wrong| format!("dropped after {polls} polls: {wrong}"))?;
            if whole {
                return Ok(polls);
            }
        }
        Err(format!("a request takes more than {MOST_POLLS} polls"))
    }

    /// The event runs now, was run, or waits for the end of a claim under which nothing began.
    async fn judge(&self, request: &Request, body: &Bytes) -> Result<(), String> {
        let begun = self.handler.begun(body);
        let mut answer = (self.call)(request).await;
        if answer.0 == 503 {
            if begun > 0 {
                return Err("its handler had begun, and the event is stuck".into());
            }
            self.outlast_the_lease().await;
            answer = (self.call)(request).await;
        }
        let effects = self.handler.effects(body);
        if (answer.0, effects) != (200, 1) {
            return Err(format!("answered {}, with {effects} effects", answer.0));
        }
        let again = (self.call)(request).await;
        let effects = self.handler.effects(body);
        if (again, effects) == ((200, true), 1) { Ok(()) } else { Err(format!("then {again:?}, {effects} effects")) }
    }

    /// Drops one waiting duplicate after each number of polls, in a receiver where one may wait: the next must find a
    /// place. `forgets` loses it instead, which is what a leak would be.
    async fn sweep_waiting(&self, forgets: bool) -> Result<usize, String> {
        // Nobody waits for real.
        tokio::time::pause();
        self.handler.gate.send_replace(false);
        let request = Draft::new().standard();
        let body = Bytes::copy_from_slice(request.body());
        let first = spawn((self.call)(&request));
        while self.handler.begun(&body) == 0 {
            yield_now().await;
        }
        for polls in 0..MOST_POLLS {
            let mut duplicate = (self.call)(&request);
            let whole = poll_times(polls, &mut duplicate).await;
            if forgets {
                mem::forget(duplicate)
            } else {
                drop(duplicate)
            }
            // Without a place it is refused at once.
            if timeout(WAIT / 20, (self.call)(&request)).await.is_ok() {
                return Err(format!("after one that was dropped after {polls} polls, a duplicate finds no place"));
            }
            if whole {
                self.handler.gate.send_replace(true);
                let answer = first.await.map_err(|error| error.to_string())?;
                return if answer == (200, false) { Ok(polls) } else { Err(format!("the first got {answer:?}")) };
            }
        }
        Err("a duplicate waits for ever".into())
    }
}

fn tower(endpoint: &Endpoint, handler: &Handler) -> Box<dyn Fn(&Request) -> Answering> {
    let handler = handler.clone();
    let inner = service_fn(move |request: http::Request<_>| {
        let handler = handler.clone();
        async move {
            let body: http_body_util::Full<Bytes> = request.into_body();
            let body = http_body_util::BodyExt::collect(body).await.expect("it is in memory").to_bytes();
            handler.run(body).await;
            Ok::<_, Infallible>(http::Response::new(Body::from("done")))
        }
    });
    let service = WebhookLayer::new(endpoint.clone()).layer(inner);
    Box::new(move |request| {
        let service = service.clone();
        let mut head = http::Request::post("/hook");
        for name in SIGNED_HEADERS {
            head = head.header(name, request.value(name));
        }
        let request = head.body(Body::from_stream(slowly::<Infallible>(request))).expect("it is well formed");
        Box::pin(async move {
            let response = service.oneshot(request).await.expect("the handler does not fail");
            (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"))
        })
    })
}

async fn actix(endpoint: &Endpoint, handler: &Handler) -> Box<dyn Fn(&Request) -> Answering> {
    let handler = handler.clone();
    let run = web::to(move |body: Bytes| {
        let handler = handler.clone();
        async move {
            handler.run(body).await;
            HttpResponse::Ok().body("done")
        }
    });
    let service = Rc::new(init_service(App::new().wrap(Webhook::new(endpoint.clone())).default_service(run)).await);
    Box::new(move |request| {
        let mut head = TestRequest::post().uri("/hook");
        for name in SIGNED_HEADERS {
            head = head.insert_header((name, request.value(name)));
        }
        let mut taken = head.to_request();
        *taken.payload() = Payload::Stream { payload: Box::pin(slowly::<PayloadError>(request)) };
        let answer = service.call(taken);
        Box::pin(async move {
            match answer.await {
                Ok(response) => (response.status().as_u16(), response.headers().contains_key("idempotency-replayed")),
                Err(error) => (error.as_response_error().status_code().as_u16(), false),
            }
        })
    })
}

/// What an adapter would be that does not carry a claim through.
fn undetached(endpoint: &Endpoint, handler: &Handler) -> Box<dyn Fn(&Request) -> Answering> {
    let (endpoint, handler) = (endpoint.clone(), handler.clone());
    Box::new(move |request| {
        let (endpoint, handler) = (endpoint.clone(), handler.clone());
        let mut head = http::Request::post("/hook");
        for name in SIGNED_HEADERS {
            head = head.header(name, request.value(name));
        }
        let head = head.body(()).expect("it is well formed");
        let body = Bytes::copy_from_slice(request.body());
        Box::pin(async move {
            let mut intake = endpoint.open(&head).expect("a good head");
            intake.push(body.clone()).expect("a short body");
            let delivery = intake.finish(endpoint.now().expect("a clock")).expect("a good signature");
            match endpoint.admit_within(&delivery, &TokioTimer).await {
                Ok(Decision::Handle(claim)) => {
                    let ended = endpoint.attend(&claim, handler.run(body), &TokioTimer).await;
                    ended.expect("the handler ends");
                    let ending = Ending::Answered(Outcome::status_only(200));
                    endpoint.settle(claim, &ending, &TokioTimer).await.expect("the store works");
                    (200, false)
                }
                Ok(Decision::Repeat(outcome)) => (outcome.status, true),
                Err(rejection) => (rejection.status(), false),
            }
        })
    })
}

const SIGNED_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

type Chunk<E> = Result<Bytes, E>;

/// The body in two chunks, with a wait before each.
fn slowly<E: 'static>(request: &Request) -> impl stream::Stream<Item = Chunk<E>> + Send + use<E> {
    let (front, back) = request.body().split_at(request.body().len() / 2);
    let chunks = [front, back].map(Bytes::copy_from_slice);
    stream::unfold(chunks.into_iter(), |mut chunks| async move {
        yield_now().await;
        chunks.next().map(|chunk| (Ok(chunk), chunks))
    })
}

/// Polls up to so many times, each time it is asked for. Whether it was done by then.
async fn poll_times(polls: usize, work: &mut Answering) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match work.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

const ADAPTERS: [Adapter; 2] = [Adapter::Tower, Adapter::Actix];

#[test]
fn a_request_dropped_at_any_poll_has_its_effect_once() {
    System::new().block_on(async {
        for adapter in ADAPTERS {
            let polls = Subject::in_memory(adapter, Duration::ZERO).await.sweep().await;
            println!("{adapter:?}, memory: {polls:?} polls");
            assert!(polls.is_ok_and(|polls| polls > 8), "{adapter:?}");
        }
    });
}

#[test]
fn a_request_dropped_at_any_poll_over_sqlite_has_its_effect_once() {
    let folder = tempfile::tempdir().expect("a folder");
    System::new().block_on(async {
        for adapter in ADAPTERS {
            let file = folder.path().join(format!("{adapter:?}"));
            let store = SqliteStore::open(file).await.expect("a store");
            let polls = Subject::new(adapter, store, None, Duration::ZERO).await.sweep().await;
            println!("{adapter:?}, sqlite: {polls:?} polls");
            assert!(polls.is_ok_and(|polls| polls > 4), "{adapter:?}");
        }
    });
}

#[test]
fn a_waiting_duplicate_dropped_at_any_poll_gives_its_place_back() {
    System::new().block_on(async {
        for adapter in ADAPTERS {
            let polls = Subject::in_memory(adapter, WAIT).await.sweep_waiting(false).await;
            println!("{adapter:?}, waiting: {polls:?} polls");
            assert!(polls.is_ok_and(|polls| polls > 8), "{adapter:?}");
            tokio::time::resume();
        }
    });
}

/// The sweep notices an adapter that lets its handler die, and one that loses a place.
#[test]
fn planted_leaks_are_noticed() {
    System::new().block_on(async {
        let undetached = Subject::in_memory(Adapter::Undetached, Duration::ZERO).await.sweep().await;
        println!("{undetached:?}");
        assert!(undetached.is_err_and(|wrong| wrong.contains("stuck")));
        for adapter in ADAPTERS {
            let leaking = Subject::in_memory(adapter, WAIT).await.sweep_waiting(true).await;
            println!("{leaking:?}");
            assert!(leaking.is_err_and(|wrong| wrong.contains("finds no place")), "{adapter:?}");
            tokio::time::resume();
        }
    });
}
