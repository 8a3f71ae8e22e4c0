//! Claims beside their floor: a plain `SET NX PX` on a multiplexed connection to the same server, in turns.
//!
//! ```sh
//! cargo run --release -p countersign-redis --example throughput
//! ```

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::record::{ClaimRequest, Claimed};
use countersign::{EventKey, Fingerprint, Store};
use countersign_redis::RedisStore;
use countersign_test_servers::Redis;
use tokio::task::JoinSet;

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(400);

#[tokio::main]
async fn main() {
    let server = Redis::start().expect("a Redis server");
    let store = RedisStore::connect(&server.url()).await.expect("a store");
    let client = redis::Client::open(server.url()).expect("a client");
    let plain = client.get_multiplexed_async_connection().await.expect("a connection");
    let next = Arc::new(AtomicU64::new(0));
    println!(
        "{:>8}  {:>14}  {:>10}  {:>14}  {:>10}  {:>6}",
        "callers", "SET NX PX /s", "p50 us", "claims /s", "p50 us", "ratio"
    );
    for callers in [1, 16, 64] {
        let (mut floors, mut claims) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (plain, store) = (plain.clone(), store.clone());
            floors.push(
                round(callers, &next, move |number| {
                    let mut plain = plain.clone();
                    async move {
                        let mut set = redis::cmd("SET");
                        set.arg(format!("floor:{}", key(number))).arg("1").arg("NX").arg("PX").arg(600_000);
                        let done: Option<String> = set.query_async(&mut plain).await.expect("an answer");
                        assert!(done.is_some());
                    }
                })
                .await,
            );
            claims.push(
                round(callers, &next, move |number| {
                    let store = store.clone();
                    async move {
                        let reply = store.claim(&key(number), &request()).await.expect("an answer");
                        assert!(matches!(reply.claimed, Claimed::Granted { .. }));
                    }
                })
                .await,
            );
        }
        let ((floor, floor_p50), (claim, claim_p50)) = (median(floors), median(claims));
        println!(
            "{callers:>8}  {floor:>14.0}  {floor_p50:>10.0}  {claim:>14.0}  {claim_p50:>10.0}  {:>5.2}x",
            claim / floor
        );
    }
}

/// Steps a second, and the median time of one in microseconds.
async fn round<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    next: &Arc<AtomicU64>,
    step: impl Fn(u64) -> F + Clone + Send + 'static,
) -> (f64, f64) {
    let began = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..callers {
        let (next, step) = (Arc::clone(next), step.clone());
        lanes.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < ROUND {
                let asked = Instant::now();
                step(next.fetch_add(1, Ordering::Relaxed)).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    let mut times = lanes.join_all().await.concat();
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    (times.len() as f64 / seconds, times[times.len() / 2].as_secs_f64() * 1e6)
}

fn median(mut rounds: Vec<(f64, f64)>) -> (f64, f64) {
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    rounds[rounds.len() / 2]
}

fn key(number: u64) -> EventKey {
    let mut bytes = [7; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    EventKey::from_bytes(bytes)
}

fn request() -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([1; 32]),
        compare_fingerprint: true,
        lease: Duration::from_secs(30),
        retention: Duration::from_secs(600),
        floor: Duration::from_secs(300),
        max_attempts: u32::MAX,
        nonce: None,
    }
}
