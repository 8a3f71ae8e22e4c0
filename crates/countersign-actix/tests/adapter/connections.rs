//! What only a real connection shows: hang-ups, panics on a worker, bodies that are never read.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Service;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer, web};
use countersign::{Endpoint, EndpointBuilder};
use countersign_actix::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::common::{Runs, Sent, bare_endpoint, endpoint};

/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);

async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} never happened"))
}

/// Starts a server with one worker.
fn serve(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> SocketAddr {
    let server = HttpServer::new(move || App::new().configure(configure.clone())).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    address
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// Reads one response with a declared length.
async fn response(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let whole = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        (body.len() >= length.map_or(0, |length| length.parse().unwrap())).then_some(text)
    };
    soon("a response", async {
        loop {
            if let Some(text) = whole(&text) {
                return text;
            }
            assert_ne!(stream.read_buf(&mut text).await.unwrap(), 0, "closed after {text:?}");
        }
    })
    .await
}

async fn exchange(stream: &mut TcpStream, request: &[u8]) -> String {
    stream.write_all(request).await.unwrap();
    response(stream).await
}

fn status(response: &str) -> &str {
    &response["HTTP/1.1 ".len()..][..3]
}

/// A handler held up until the test says so, and what is to be seen of it.
#[derive(Clone, Default)]
struct Held {
    runs: Runs,
    /// The handler has begun.
    entered: Arc<Notify>,
    /// It may go on.
    go: Arc<Notify>,
    /// actix-web dropped the request's future unfinished.
    abandoned: Arc<Notify>,
    /// The handler itself was dropped unfinished.
    cancelled: Arc<Notify>,
}

/// Tells when it is dropped, unless it was disarmed.
struct Tell(Option<Arc<Notify>>);

impl Tell {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Tell {
    fn drop(&mut self) {
        if let Some(notify) = self.0.take() {
            notify.notify_one();
        }
    }
}

impl Held {
    fn serve(&self, endpoint: Endpoint) -> SocketAddr {
        let held = self.clone();
        serve(move |config| {
            let (handler, outer) = (held.clone(), held.clone());
            let hooks = web::resource("/hooks").post(move || handler.clone().handle());
            config.service(hooks.wrap(Webhook::new(endpoint.clone())).wrap_fn(move |request, service| {
                let (answered, abandoned) = (service.call(request), Tell(Some(Arc::clone(&outer.abandoned))));
                async move {
                    let response = answered.await;
                    abandoned.disarm();
                    response
                }
            }));
        })
    }

    async fn handle(self) -> HttpResponse {
        self.runs.add();
        let cancelled = Tell(Some(Arc::clone(&self.cancelled)));
        self.entered.notify_one();
        self.go.notified().await;
        cancelled.disarm();
        HttpResponse::Ok().body("done")
    }
}

/// Sends a delivery and resets the connection while its handler runs.
async fn hang_up_on(held: &Held, endpoint: EndpointBuilder) -> SocketAddr {
    let address = held.serve(endpoint.build().unwrap());
    let mut client = connect(address).await;
    client.write_all(&Sent::new("msg_1", "{}").wire()).await.unwrap();
    soon("the handler", held.entered.notified()).await;
    client.set_zero_linger().unwrap();
    drop(client);
    soon("the hang-up", held.abandoned.notified()).await;
    address
}

#[actix_web::test]
async fn a_client_that_hangs_up_does_not_stop_its_handler() {
    let held = Held::default();
    let address = hang_up_on(&held, endpoint()).await;
    held.go.notify_one();
    let retry = exchange(&mut connect(address).await, &Sent::new("msg_1", "{}").wire()).await;
    assert_eq!(status(&retry), "200");
    assert!(retry.contains("idempotency-replayed: true") && retry.ends_with("done"), "{retry}");
    assert_eq!(held.runs.count(), 1);
}

#[actix_web::test]
async fn without_records_a_hang_up_stops_the_handler() {
    let held = Held::default();
    hang_up_on(&held, bare_endpoint()).await;
    soon("the handler's end", held.cancelled.notified()).await;
    assert_eq!(held.runs.count(), 1);
}

#[actix_web::test]
async fn a_client_that_closes_its_half_does_not_stop_its_handler() {
    let held = Held::default();
    let address = held.serve(endpoint().build().unwrap());
    let mut client = connect(address).await;
    client.write_all(&Sent::new("msg_1", "{}").wire()).await.unwrap();
    soon("the handler", held.entered.notified()).await;
    drop(client);
    held.go.notify_one();
    let retry = exchange(&mut connect(address).await, &Sent::new("msg_1", "{}").wire()).await;
    assert!(retry.contains("idempotency-replayed: true") && retry.ends_with("done"), "{retry}");
    assert_eq!(held.runs.count(), 1);
}

#[actix_web::test]
async fn a_panic_leaves_the_worker_and_the_connection_in_service() {
    let runs = Runs::default();
    let hooks = runs.clone();
    let built = endpoint().build().unwrap();
    let address = serve(move |config| {
        let runs = hooks.clone();
        let handler = move || {
            assert!(runs.add() > 1, "the first run panics");
            async { HttpResponse::Ok().finish() }
        };
        config.service(web::resource("/hooks").wrap(Webhook::new(built.clone())).post(handler));
    });
    let mut client = connect(address).await;
    let first = exchange(&mut client, &Sent::new("msg_1", "{}").wire()).await;
    assert_eq!((status(&first), first.ends_with("delivery refused\n")), ("500", true));
    assert_eq!(status(&exchange(&mut client, &Sent::new("msg_1", "{}").wire()).await), "200");
    assert_eq!(runs.count(), 2);
}

fn serve_plain(endpoint: EndpointBuilder) -> SocketAddr {
    let endpoint = endpoint.build().unwrap();
    serve(move |config| {
        config.service(web::resource("/hooks").wrap(Webhook::new(endpoint.clone())).post(HttpResponse::Ok));
    })
}

/// Reads until the server closes, for a client that goes on sending `more` meanwhile.
async fn closed_on(mut stream: TcpStream, more: &[u8]) {
    soon("the close", async {
        let mut rest = [0; 512];
        loop {
            // A reset is a close, too.
            let sent = stream.write_all(more).await;
            if sent.is_err() || matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {
                return;
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn a_declared_length_over_the_cap_is_refused_before_the_body_comes() {
    let mut client = connect(serve_plain(endpoint().body_cap(64))).await;
    let head = format!("{}content-length: 65\r\n\r\n", Sent::new("msg_1", "{}").wire_head());
    let refused = exchange(&mut client, head.as_bytes()).await;
    assert_eq!((status(&refused), refused.contains("connection: close")), ("413", true));
    closed_on(client, b"x").await;
}

#[actix_web::test]
async fn a_chunked_body_over_the_cap_is_refused_and_not_drained() {
    let address = serve_plain(endpoint().body_cap(16));
    let head = format!("{}transfer-encoding: chunked\r\n\r\n", Sent::new("msg_1", "{}").wire_head());
    let mut client = connect(address).await;
    client.write_all(head.as_bytes()).await.unwrap();
    // The body never ends, so a server that drained it would keep the connection.
    let refused = exchange(&mut client, b"10\r\n0123456789abcdef\r\n1\r\nx\r\n").await;
    assert_eq!((status(&refused), refused.contains("connection: close")), ("413", true));
    closed_on(client, b"1\r\nx\r\n").await;

    // One within the cap is read to its end, and the connection goes on.
    let mut client = connect(address).await;
    client.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(status(&exchange(&mut client, b"2\r\n{}\r\n0\r\n\r\n").await), "200");
        client.write_all(head.as_bytes()).await.unwrap();
    }
}

#[actix_web::test]
async fn a_body_that_stalls_is_answered_408_and_the_connection_closed() {
    let mut client = connect(serve_plain(endpoint().read_deadline(Duration::from_millis(50)))).await;
    let sent = Sent::new("msg_1", "{}");
    let refused = exchange(&mut client, &sent.wire()[..sent.wire().len() - 1]).await;
    assert_eq!((status(&refused), refused.contains("connection: close")), ("408", true));
    closed_on(client, b"").await;
}

#[actix_web::test]
async fn a_refusal_after_the_whole_body_keeps_the_connection() {
    let mut client = connect(serve_plain(endpoint())).await;
    assert_eq!(status(&exchange(&mut client, &Sent::forged("msg_1").wire()).await), "401");
    assert_eq!(status(&exchange(&mut client, &Sent::new("msg_1", "{}").wire()).await), "200");
}
