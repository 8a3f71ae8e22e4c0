//! Verification stays within a number of machine instructions beyond the bare hash, and allocates nothing. A regression
//! shows here on the day it is made; timed benchmarks are in `benches`.
//!
//! Instructions are counted where the optimised code can be stepped through: `cargo test --release -p countersign-cost`
//! on x86-64 Linux. Elsewhere the test says that it did not count, and fails if `COUNTERSIGN_MUST_COUNT` is set, as it is
//! in the hosted workflow.

use std::process::ExitCode;

use bytes::Bytes;
use countersign::{Endpoint, UnixTime, providers};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use http_body_util::Full;
use sha2::Sha256;
use tower_layer::Layer;
use tower_service::Service;

/// How many instructions one verification of [`BODY`] bytes may take beyond the bare hash of what is signed: the
/// measured [`MEASURED`] and a twelfth, for compilers differ.
const BOUND: u64 = MEASURED + MEASURED / 12;
const MEASURED: u64 = 2_720;

/// How many allocations the layer may add to a service behind it, verifying only.
const LAYER_BOUND: u64 = 6;

const BODY: usize = 1_024;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const NOW: u64 = 1_700_000_000;
const PREFIX: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek.1700000000.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, what, calls] = words.iter().map(String::as_str).collect::<Vec<_>>()[..]
        && mode == "count"
    {
        let calls = calls.parse().expect("a number of calls");
        match what {
            "bare" => countersign_cost::run(calls, bare()),
            _ => countersign_cost::run(calls, verify()),
        }
        return ExitCode::SUCCESS;
    }
    let results = [
        ("instructions_stay_within_their_bound", instructions()),
        ("verification_allocates_nothing", verification_allocates_nothing()),
        ("the_layer_allocates_little", the_layer_allocates_little()),
    ];
    let mut failed = false;
    for (name, result) in results {
        match result {
            Ok(note) => println!("test {name} ... ok ({note})"),
            Err(problem) => {
                println!("test {name} ... FAILED\n    {problem}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn instructions() -> Result<String, String> {
    let cannot = |why: &str| {
        let note = format!("NOT COUNTED: {why}");
        if std::env::var_os("COUNTERSIGN_MUST_COUNT").is_some() { Err(note) } else { Ok(note) }
    };
    if cfg!(debug_assertions) {
        // The other step of `cargo xtask test` counts.
        return Ok("NOT COUNTED: not optimised; run `cargo test --release -p countersign-cost`".to_owned());
    }
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return cannot("the bound is known for x86-64 Linux only");
    }
    let (bare, whole) =
        match (countersign_cost::count(&["count", "bare"]), countersign_cost::count(&["count", "verify"])) {
            (Ok(bare), Ok(whole)) => (bare, whole),
            (Err(problem), _) | (_, Err(problem)) => return cannot(&problem),
        };
    let beyond = whole.saturating_sub(bare);
    let said = format!("{whole} at {BODY} bytes, {bare} of them the bare hash's; {beyond} beyond it, at most {BOUND}");
    // A count below that of the hash alone would be none.
    if whole > bare && beyond <= BOUND { Ok(said) } else { Err(said) }
}

fn verification_allocates_nothing() -> Result<String, String> {
    let mut verify = verify();
    assert!(verify(), "the delivery is genuine");
    let counted = allocation_counter::measure(|| assert!(verify())).count_total;
    let control = allocation_counter::measure(|| drop(std::hint::black_box(vec![0u8; 64]))).count_total;
    match (counted, control) {
        (0, 1) => Ok("and the counter counts".to_owned()),
        other => Err(format!("allocations and control: {other:?}")),
    }
}

/// One request through the layer, beside the same through the service behind it.
fn the_layer_allocates_little() -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let endpoint = Endpoint::builder("cost", providers::STANDARD_WEBHOOKS, SECRET).danger_ignore_timestamp();
    let layer = countersign_tower::WebhookLayer::new(endpoint.build().expect("an endpoint"));
    let mut layered = layer.layer(Inner);
    let mut count = |with_layer: bool| {
        let requests = [request().map(|()| Full::new(body())), request().map(|()| Full::new(body()))];
        let mut counted = 0;
        for request in requests {
            counted = allocation_counter::measure(|| {
                let status = if with_layer {
                    runtime.block_on(layered.call(request)).expect("a response").status()
                } else {
                    runtime.block_on(Inner.call(request)).expect("a response").status()
                };
                assert_eq!(status, 204);
            })
            .count_total;
        }
        counted
    };
    let (bare, layered) = (count(false), count(true));
    let said = format!("{layered} with the layer, {bare} without it; at most {LAYER_BOUND} more");
    if layered >= bare && layered - bare <= LAYER_BOUND { Ok(said) } else { Err(said) }
}

#[derive(Clone)]
struct Inner;

impl Service<Request<Full<Bytes>>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        std::future::ready(Ok(response))
    }
}

fn body() -> Bytes {
    Bytes::from_static(&[b'a'; BODY])
}

fn key() -> Hmac<Sha256> {
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64");
    Hmac::new_from_slice(&key).expect("HMAC takes keys of any length")
}

fn signature() -> Vec<u8> {
    let mut mac = key();
    mac.update(PREFIX.as_bytes());
    mac.update(&body());
    mac.finalize().into_bytes().to_vec()
}

/// A delivery by Standard Webhooks with the headers that a real one carries.
fn request() -> Request<()> {
    let (id, time) = PREFIX.trim_end_matches('.').split_once('.').expect("an id and a time");
    Request::post("/hooks")
        .header("host", "hooks.example.com")
        .header("accept", "*/*")
        .header("accept-encoding", "gzip, deflate")
        .header("user-agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")
        .header("content-type", "application/json")
        .header("content-length", BODY.to_string())
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-request-id", "3f6c1c52-4f7a-4a39-8a36-2f6d3c1a0b11")
        .header("webhook-id", id)
        .header("webhook-timestamp", time)
        .header("webhook-signature", format!("v1,{}", BASE64.encode(&signature())))
        .body(())
        .expect("a request")
}

/// The bare hash of what is signed, compared in constant time.
fn bare() -> impl FnMut() -> bool {
    let (key, signature, body) = (key(), signature(), body());
    move || {
        let mut mac = key.clone();
        mac.update(PREFIX.as_bytes());
        mac.update(&body);
        mac.verify_slice(&signature).is_ok()
    }
}

/// The whole verification, with the time as an argument.
fn verify() -> impl FnMut() -> bool {
    let endpoint = Endpoint::builder("cost", providers::STANDARD_WEBHOOKS, SECRET).build().expect("an endpoint");
    let (request, body) = (request(), body());
    move || {
        let Ok(mut intake) = endpoint.open(&request) else { return false };
        intake.push(body.clone()).is_ok() && intake.finish(UnixTime::from_secs(NOW)).is_ok()
    }
}
