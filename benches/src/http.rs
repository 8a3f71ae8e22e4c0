//! One server behind axum or actix-web, with and without verification: its processor time and allocations a request. The
//! servers idle side by side and are driven in turn, so that a disturbance meets them alike.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};

use countersign::{Endpoint, MemoryStore, providers};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use crate::contenders::{Case, Contender, Delivery, SECRET, Way};
use crate::load::{self, Requests};
use crate::report::{Table, size};
use crate::timing::{self, median};
use crate::{Counter, Effort, counted};

/// What stands in front of the handler. The handler takes the body and answers 204.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    Bare,
    /// Verification only.
    Countersign,
    /// Verification, and each event claimed and settled in memory.
    Receiver,
    WebhookVerify,
    StandardWebhooks,
    Svix,
}

impl Stack {
    const ALL: [Self; 6] =
        [Self::Bare, Self::Countersign, Self::Receiver, Self::WebhookVerify, Self::StandardWebhooks, Self::Svix];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Countersign => "countersign",
            Self::Receiver => "countersign, claims in memory",
            Self::WebhookVerify => "webhook-verify",
            Self::StandardWebhooks => "standardwebhooks",
            Self::Svix => "svix",
        }
    }
}

const FRAMEWORKS: [&str; 2] = ["axum", "actix"];
const BODY_CAP: u64 = 2 * 1_048_576;

pub(crate) fn measure(effort: Effort) -> Value {
    let nanos_a_block = nanos_a_block(effort);
    println!(
        "one block of SHA-256 takes {nanos_a_block:.2} ns where a MiB is hashed; a request's hash is that many times over"
    );
    let mut rows = Vec::new();
    for framework in FRAMEWORKS {
        for (bytes, connections, requests) in [(1_024, 16, 2_048), (65_536, 16, 320), (1_048_576, 4, 32)] {
            if effort == Effort::Quick && bytes > 65_536 {
                continue;
            }
            rows.extend(in_turn(effort, framework, bytes, connections, requests, nanos_a_block));
        }
    }
    let mut table = Table::new(&[
        "server",
        "body",
        "in front of the handler",
        "CPU a request",
        "to bare",
        "added / hash",
        "allocations",
    ]);
    for row in &rows {
        let number = |name: &str| row[name].as_f64().map_or("–".to_owned(), |number| format!("{number:.2}"));
        table.row([
            row["framework"].as_str().unwrap_or_default().to_owned(),
            size(row["bytes"].as_u64().unwrap_or(0)),
            row["stack"].as_str().unwrap_or_default().to_owned(),
            format!("{} µs", number("micros")),
            number("to_bare"),
            number("added_hashes"),
            row["allocations"].as_f64().map_or("–".to_owned(), |count| format!("{count:.1}")),
        ]);
    }
    println!("{table}");
    json!({ "nanos_a_block": nanos_a_block, "servers": rows })
}

/// The hash's own time, from how much longer a MiB takes than 256 KiB: ANCHORS found it within 2 % of the silicon's limit.
fn nanos_a_block(effort: Effort) -> f64 {
    let verify = Contender::Bare.prepare(Way::Standard);
    let [short, long] = [262_144, 1_048_576].map(|bytes| Delivery::new(Way::Standard, bytes, Case::Valid));
    let mut cases: Vec<Box<dyn FnMut() + '_>> =
        vec![Box::new(|| assert!(verify(&short))), Box::new(|| assert!(verify(&long)))];
    let timings = timing::measure(effort, &mut cases);
    (timings[1].nanos - timings[0].nanos) / f64::from((1_048_576 - 262_144) / 64)
}

fn in_turn(
    effort: Effort,
    framework: &str,
    bytes: usize,
    connections: usize,
    requests: usize,
    nanos_a_block: f64,
) -> Vec<Value> {
    let stacks: Vec<Stack> =
        Stack::ALL.into_iter().filter(|stack| framework == "axum" || *stack != Stack::WebhookVerify).collect();
    let mut servers: Vec<Server> =
        stacks.iter().map(|stack| Server::start(framework, *stack, false, connections)).collect();
    let made = Requests::new(bytes);
    let rounds = effort.pick(8, 41);
    let mut samples = vec![Vec::new(); servers.len()];
    for round in 0..=rounds {
        for index in 0..servers.len() {
            // The order moves by one each round.
            let index = (index + round) % stacks.len();
            let nanos = servers[index].nanos_a_request(&made, requests);
            // The first round warms up.
            if round > 0 {
                samples[index].push(nanos);
            }
        }
    }
    let bare = samples[0].clone();
    let hash = nanos_a_block * ((bytes + 40 + 9).div_ceil(64) + 1) as f64;
    let row = |(stack, samples): (&Stack, Vec<f64>)| {
        let ratios = samples.iter().zip(&bare).map(|(sample, bare)| sample / bare).collect();
        let added = samples.iter().zip(&bare).map(|(sample, bare)| (sample - bare) / hash).collect();
        json!({
            "framework": framework,
            "bytes": bytes,
            "stack": stack.name(),
            "micros": (median(samples) / 10.0).round() / 100.0,
            "to_bare": (median(ratios) * 1e3).round() / 1e3,
            "added_hashes": (median(added) * 1e3).round() / 1e3,
            "allocations": allocations(framework, *stack, bytes),
        })
    };
    stacks.iter().zip(samples).map(row).collect()
}

/// Allocations of the server for one request on a connection that is already open.
fn allocations(framework: &str, stack: Stack, bytes: usize) -> f64 {
    let mut server = Server::start(framework, stack, true, 1);
    let made = Requests::new(bytes);
    let mut count = |requests: usize| {
        let before = server.usage().1;
        server.drive(&made, requests);
        server.usage().1 - before
    };
    count(8);
    // Asking for the count allocates too; the difference of two counts does not contain it.
    let (few, many) = (count(8), count(72));
    (many as f64 - few as f64) / 64.0
}

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    connections: Vec<TcpStream>,
    unique: u64,
}

impl Server {
    pub(crate) fn start(framework: &str, stack: Stack, counts: bool, connections: usize) -> Self {
        let mut command =
            if counts { counted() } else { std::process::Command::new(std::env::current_exe().expect("a path")) };
        let mut child = command
            .args(["serve", framework, stack.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut port).expect("its port");
        let address = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().expect("a port")));
        Self { child, address, connections: load::connect(address, connections), unique: 0 }
    }

    fn drive(&mut self, made: &Requests, count: usize) {
        load::drive(&mut self.connections, made, count, &mut self.unique);
    }

    fn nanos_a_request(&mut self, made: &Requests, count: usize) -> f64 {
        let before = self.usage().0;
        self.drive(made, count);
        (self.usage().0 - before) as f64 / count as f64
    }

    /// The server's processor time in nanoseconds, its allocations, and its resident bytes, as it says itself.
    pub(crate) fn usage(&self) -> (u64, u64, u64) {
        let mut connection = TcpStream::connect(self.address).expect("a connection");
        connection.write_all(b"GET /usage HTTP/1.1\r\nhost: x\r\n\r\n").expect("a server that reads");
        let (_, text) = load::read_answer(&mut connection);
        let mut numbers = text.split(' ').map(|number| number.trim().parse().expect("a number"));
        let mut next = || numbers.next().expect("three numbers");
        (next(), next(), next())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child: serves until its parent ends it.
pub(crate) fn serve(framework: &str, stack: &str, counter: Option<Counter>) {
    let stack = Stack::ALL.into_iter().find(|known| known.name() == stack).expect("a stack");
    // Ends with its parent, however that ends: its input is the parent's pipe.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_line(&mut String::new());
        std::process::exit(0);
    });
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("an async listener");
    println!("{}", listener.local_addr().expect("an address").port());
    match framework {
        "axum" => axum_server::serve(listener, stack, counter),
        _ => actix_server::serve(listener, stack, counter),
    }
}

fn endpoint(stack: Stack) -> Endpoint {
    let endpoint = Endpoint::builder("bench", providers::STANDARD_WEBHOOKS, SECRET).body_cap(BODY_CAP);
    let endpoint = endpoint.read_deadline(std::time::Duration::from_secs(600));
    match stack {
        Stack::Receiver => endpoint.dedupe(MemoryStore::with_bytes(1 << 31)),
        _ => endpoint,
    }
    .build()
    .expect("an endpoint")
}

fn usage(counter: Option<Counter>) -> String {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("usage");
    let nanos = |time: nix::sys::time::TimeVal| time.tv_sec() as u64 * 1_000_000_000 + time.tv_usec() as u64 * 1_000;
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says what a process holds");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line VmRSS");
    let resident = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("kibibytes") * 1_024;
    let allocations = counter.map_or(0, |counter| counter().0);
    format!("{} {allocations} {resident}", nanos(usage.user_time()) + nanos(usage.system_time()))
}

mod axum_server {
    use std::net::TcpListener;
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Body;
    use axum::error_handling::HandleErrorLayer;
    use axum::extract::DefaultBodyLimit;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::{get, post};
    use bytes::Bytes;
    use tower::ServiceBuilder;
    use tower::util::MapRequestLayer;

    use super::{BODY_CAP, SECRET, Stack, endpoint, usage};
    use crate::Counter;

    pub(super) fn serve(listener: TcpListener, stack: Stack, counter: Option<Counter>) {
        let app = Router::new().route("/hooks", route(stack)).layer(DefaultBodyLimit::max(BODY_CAP as usize));
        let app = app.route("/usage", get(async move || usage(counter)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await.expect("a server");
        });
    }

    async fn handler(_: Bytes) -> StatusCode {
        StatusCode::NO_CONTENT
    }

    fn route(stack: Stack) -> axum::routing::MethodRouter {
        match stack {
            Stack::Bare => post(handler),
            Stack::Countersign | Stack::Receiver => {
                post(handler).layer(countersign_tower::WebhookLayer::new(endpoint(stack)))
            }
            Stack::WebhookVerify => {
                let secret = webhook_verify::Secret::new(SECRET);
                let layer = webhook_verify::tower::VerifyLayer::<Bytes>::new(
                    webhook_verify::Provider::StandardWebhooks,
                    secret,
                );
                let to_bytes = MapRequestLayer::new(|request: http::Request<Bytes>| request.map(Body::from));
                let failed = HandleErrorLayer::new(async |_: axum::BoxError| StatusCode::BAD_REQUEST);
                let layers = ServiceBuilder::new().layer(failed).layer(layer).layer(to_bytes);
                post(handler).layer(layers)
            }
            Stack::StandardWebhooks => {
                let webhook = Arc::new(standardwebhooks::Webhook::new(SECRET).expect("a secret"));
                post(async move |headers: HeaderMap, body: Bytes| match webhook.verify(&body, &headers) {
                    Ok(()) => StatusCode::NO_CONTENT,
                    Err(_) => StatusCode::UNAUTHORIZED,
                })
            }
            Stack::Svix => {
                let webhook = Arc::new(svix::webhooks::Webhook::new(SECRET).expect("a secret"));
                post(async move |headers: HeaderMap, body: Bytes| match webhook.verify(&body, &headers) {
                    Ok(()) => StatusCode::NO_CONTENT,
                    Err(_) => StatusCode::UNAUTHORIZED,
                })
            }
        }
    }
}

mod actix_server {
    use std::net::TcpListener;

    use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Scope, web};

    use super::{BODY_CAP, SECRET, Stack, endpoint, usage};
    use crate::Counter;

    pub(super) fn serve(listener: TcpListener, stack: Stack, counter: Option<Counter>) {
        let endpoint = endpoint(stack);
        let server = HttpServer::new(move || {
            let app = App::new()
                .app_data(web::PayloadConfig::new(BODY_CAP as usize))
                .route("/usage", web::get().to(move || async move { usage(counter) }));
            app.service(resource(stack, endpoint.clone()))
        });
        actix_web::rt::System::new().block_on(async {
            server.workers(1).listen(listener).expect("a listener").run().await.expect("a server");
        });
    }

    async fn handler(_: web::Bytes) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }

    fn resource(stack: Stack, endpoint: countersign::Endpoint) -> Scope {
        match stack {
            Stack::Bare => web::scope("").service(web::resource("/hooks").route(web::post().to(handler))),
            Stack::Countersign | Stack::Receiver => {
                let hooks = web::resource("/hooks").route(web::post().to(handler));
                web::scope("").service(hooks.wrap(countersign_actix::Webhook::new(endpoint)))
            }
            Stack::StandardWebhooks => {
                let webhook = web::Data::new(standardwebhooks::Webhook::new(SECRET).expect("a secret"));
                let verify =
                    async |request: HttpRequest, body: web::Bytes, webhook: web::Data<standardwebhooks::Webhook>| {
                        answer(webhook.verify(&body, &copied(&request)).is_ok())
                    };
                web::scope("").service(web::resource("/hooks").app_data(webhook).route(web::post().to(verify)))
            }
            _ => {
                let webhook = web::Data::new(svix::webhooks::Webhook::new(SECRET).expect("a secret"));
                let verify =
                    async |request: HttpRequest, body: web::Bytes, webhook: web::Data<svix::webhooks::Webhook>| {
                        answer(webhook.verify(&body, &copied(&request)).is_ok())
                    };
                web::scope("").service(web::resource("/hooks").app_data(webhook).route(web::post().to(verify)))
            }
        }
    }

    /// The three headers that they read, in the map that they take: actix-web has the one of `http` 0.2.
    fn copied(request: &HttpRequest) -> http::HeaderMap {
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let value =
                request.headers().get(name).and_then(|value| http::HeaderValue::from_bytes(value.as_bytes()).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn answer(verified: bool) -> HttpResponse {
        if verified { HttpResponse::NoContent().finish() } else { HttpResponse::Unauthorized().finish() }
    }
}
