//! Claims of new events beside the least that a store could do, on the same server and in turns: Redis beside a plain
//! `SET NX PX`, PostgreSQL beside one `INSERT` a call on the same pool, SQLite beside one commit a call on one
//! connection. Medians of rounds; the ratios are the result. `cpu` is what a step costs the processors, here and in the
//! server, waiting aside: it is what stays comparable on a machine with other work.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml --features stores --bin stores [-- redis|postgres|sqlite]
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::record::Claimed;
use countersign::{EventKey, Store};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};
use countersign_test_servers::asking::REQUEST;
use countersign_test_servers::{Postgres, Redis};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::task::JoinSet;

const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_millis(500);

const INSERT: &str = "INSERT INTO floor (key, until) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

#[tokio::main]
async fn main() {
    println!(
        "{:<10} {:>7}  {:>9} {:>8} {:>7}  {:>9} {:>8} {:>7}  {:>6} {:>8}",
        "store", "callers", "floor /s", "p50 us", "cpu us", "claims /s", "p50 us", "cpu us", "rate", "latency"
    );
    let only = std::env::args().nth(1);
    let wanted = |store: &str| only.as_deref().is_none_or(|only| only == store);
    if wanted("redis") {
        redis().await;
    }
    if wanted("postgres") {
        postgres().await;
    }
    if wanted("sqlite") {
        sqlite().await;
    }
}

async fn redis() {
    let server = Redis::start().expect("a Redis server");
    let store = RedisStore::connect(&server.url()).await.expect("a store");
    let client = redis::Client::open(server.url()).expect("a client");
    let plain = client.get_multiplexed_async_connection().await.expect("a connection");
    for callers in [1, 16, 64] {
        let plain = plain.clone();
        let floor = move |key: EventKey| {
            let mut plain = plain.clone();
            async move {
                let mut set = redis::cmd("SET");
                set.arg(format!("floor:{key}")).arg("1").arg("NX").arg("PX").arg(600_000);
                let done: Option<String> = set.query_async(&mut plain).await.expect("an answer");
                assert!(done.is_some());
            }
        };
        compare("Redis", callers, server.pid(), floor, claims(&store)).await;
    }
}

async fn postgres() {
    let server = Postgres::start().expect("a PostgreSQL server");
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(8).connect(&server.url()).await.expect("a pool");
    sqlx::query("CREATE TABLE floor (key bytea PRIMARY KEY, until bigint)").execute(&pool).await.expect("a table");
    let store = PostgresStore::builder().over(pool.clone()).await.expect("a store");
    store.migrate().await.expect("its tables");
    for callers in [1, 16, 64] {
        let pool = pool.clone();
        let floor = move |key: EventKey| {
            let pool = pool.clone();
            async move {
                let done = sqlx::query(INSERT).bind(key.as_bytes().as_slice()).bind(7_i64).execute(&pool).await;
                assert_eq!(done.expect("an answer").rows_affected(), 1);
            }
        };
        compare("PostgreSQL", callers, server.pid(), floor, claims(&store)).await;
    }
}

async fn sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new().filename(folder.path().join("floor.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    // A pool of one: SQLite has one writer, and waiting in a queue is better than waiting for a lock.
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(60));
    let pool = pool.connect_with(options).await.expect("a file");
    sqlx::query("CREATE TABLE floor (key BLOB PRIMARY KEY, until INTEGER)").execute(&pool).await.expect("a table");
    let store = SqliteStore::open(folder.path().join("store.db")).await.expect("a store");
    for callers in [1, 16, 64] {
        let pool = pool.clone();
        let floor = move |key: EventKey| {
            let pool = pool.clone();
            async move {
                let done = sqlx::query(INSERT).bind(key.as_bytes().as_slice()).bind(7_i64).execute(&pool).await;
                assert_eq!(done.expect("an answer").rows_affected(), 1);
            }
        };
        compare("SQLite", callers, None, floor, claims(&store)).await;
    }
}

type Step = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

fn claims<S: Store + Clone>(store: &S) -> impl Fn(EventKey) -> Step + Clone + Send + 'static + use<S> {
    let store = store.clone();
    move |key| {
        let store = store.clone();
        Box::pin(async move {
            let reply = store.claim(&key, &REQUEST).await.expect("an answer");
            assert!(matches!(reply.claimed, Claimed::Granted { .. }));
        })
    }
}

/// Runs both in turns and prints a line.
async fn compare<F: Future<Output = ()> + Send + 'static, C: Future<Output = ()> + Send + 'static>(
    store: &str,
    callers: usize,
    server: Option<u32>,
    floor: impl Fn(EventKey) -> F + Clone + Send + 'static,
    claim: impl Fn(EventKey) -> C + Clone + Send + 'static,
) {
    let (mut floors, mut claims) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(round(callers, server, &floor).await);
        claims.push(round(callers, server, &claim).await);
    }
    let (floor, claim) = (median(floors), median(claims));
    println!(
        "{store:<10} {callers:>7}  {:>9.0} {:>8.0} {:>7.1}  {:>9.0} {:>8.0} {:>7.1}  {:>5.2}x {:>7.2}x",
        floor.rate,
        floor.p50,
        floor.cpu,
        claim.rate,
        claim.p50,
        claim.cpu,
        claim.rate / floor.rate,
        claim.p50 / floor.p50,
    );
}

/// What a round came to.
struct Round {
    /// Steps a second.
    rate: f64,
    /// The median time of one, in microseconds.
    p50: f64,
    /// The time that one took of all processors, in microseconds.
    cpu: f64,
}

async fn round<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    server: Option<u32>,
    step: &(impl Fn(EventKey) -> F + Clone + Send + 'static),
) -> Round {
    let (began, busy_before) = (Instant::now(), busy(server));
    let mut lanes = JoinSet::new();
    for _ in 0..callers {
        let step = step.clone();
        lanes.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < ROUND {
                let asked = Instant::now();
                step(new_key()).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    let mut times = lanes.join_all().await.concat();
    let (seconds, steps) = (began.elapsed().as_secs_f64(), times.len() as f64);
    times.sort_unstable();
    Round {
        rate: steps / seconds,
        p50: times[times.len() / 2].as_secs_f64() * 1e6,
        cpu: (busy(server) - busy_before) / steps * 1e6,
    }
}

/// The median of each figure over the rounds.
fn median(rounds: Vec<Round>) -> Round {
    let of = |figure: fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Round { rate: of(|round| round.rate), p50: of(|round| round.p50), cpu: of(|round| round.cpu) }
}

/// The seconds of processor time that this process, the server and the server's children have used.
fn busy(server: Option<u32>) -> f64 {
    let children = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let mut processes = vec!["self".to_owned()];
    if let Some(pid) = server {
        processes.push(pid.to_string());
        processes.extend(children(pid).split_whitespace().map(str::to_owned));
    }
    let used = |process: &String| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // After the name, which may hold anything: user and system time are the 12th and 13th, in hundredths.
        let fields = stat.rsplit_once(')')?.1.split_whitespace();
        fields.skip(11).take(2).map(|field| field.parse::<f64>().ok()).sum::<Option<f64>>()
    };
    processes.iter().filter_map(used).sum::<f64>() / 100.0
}

/// A key that no event of this run had before, spread as digests are.
fn new_key() -> EventKey {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    EventKey::from_bytes(bytes)
}
