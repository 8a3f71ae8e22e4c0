//! One receiver process: axum, the webhook layer, the store under test, and a handler that misbehaves as handlers do.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::routing::post;
use countersign::{Clock, Endpoint, Lease, Outcome, UnixTime, providers};
use countersign_sqlx::{PostgresStore, SqliteStore};
use countersign_tower::{Event, TokioTimer, WebhookLayer};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde::Deserialize;
use sqlx::Connection as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::ledger::{Ledger, What};
use crate::stores::{AnyStore, Defect, Planted};

/// How long a claim holds without a sign of life.
pub(crate) const LEASE: Duration = Duration::from_secs(1);

/// How long the store may take for one step.
pub(crate) const STORE_DEADLINE: Duration = Duration::from_secs(2);

pub(crate) const SECRET: &str = "whsec_ZmF1bHRzIGFyZSBpbmplY3RlZCBmb3IgcmVhbCE=";

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) store: String,
    /// Effects happen in the transaction that completes the claim.
    #[arg(long)]
    pub(crate) transactional: bool,
    #[arg(long)]
    pub(crate) defect: Option<Defect>,
    /// How far this process's clock is off, in milliseconds.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) skew: i64,
    /// The handler only takes effect: no delay, no failure.
    #[arg(long)]
    pub(crate) brisk: bool,
}

struct App {
    ledger: Arc<Ledger>,
    effects: Effects,
    brisk: bool,
}

/// Where effects go.
enum Effects {
    Ledger,
    Postgres(PostgresStore, sqlx::PgPool),
    Sqlite(SqliteStore, sqlx::SqlitePool),
}

#[derive(Deserialize)]
struct Purchase {
    id: String,
}

/// The system's clock, and how far this process is off it, in milliseconds. Clones step together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stepped(Arc<AtomicI64>);

/// What a campaign tells a receiver that runs, on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Its clock is off by so many milliseconds from now on.
    Skew(i64),
    /// It can write no file past so many bytes from now on.
    Files(Option<u64>),
}

impl Clock for Stepped {
    fn now(&self) -> Option<UnixTime> {
        let now = UnixTime::now()?.as_millis();
        Some(UnixTime::from_millis(now.saturating_add_signed(self.0.load(Ordering::SeqCst))))
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Skew(millis) => write!(f, "skew {millis}"),
            Self::Files(Some(bytes)) => write!(f, "files {bytes}"),
            Self::Files(None) => f.write_str("files any"),
        }
    }
}

impl std::str::FromStr for Order {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        Ok(match line.split_once(' ').context("an order is two words")? {
            ("skew", millis) => Self::Skew(millis.parse()?),
            ("files", "any") => Self::Files(None),
            ("files", bytes) => Self::Files(Some(bytes.parse()?)),
            _ => anyhow::bail!("no such order: {line}"),
        })
    }
}

/// Follows orders until the campaign is gone, and ends this process then.
fn obey(clock: Stepped) {
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            match line.parse() {
                Ok(Order::Skew(millis)) => clock.0.store(millis, Ordering::SeqCst),
                Ok(Order::Files(bytes)) => {
                    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
                    let limit = Rlimit { current: bytes.or(maximum), maximum };
                    setrlimit(Resource::Fsize, limit).expect("a soft limit can be set");
                }
                Err(problem) => panic!("{problem}"),
            }
        }
        process::exit(1);
    });
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    // A write past the limit then fails, as on a full disk; else it would end the process.
    let _caught = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
    let clock = Stepped(Arc::new(AtomicI64::new(args.skew)));
    obey(clock.clone());
    let ledger = Arc::new(Ledger::standard_output()?);
    let store = AnyStore::connect(&args.store).await?;
    let effects = if args.transactional { transactional(&store, &args.store).await? } else { Effects::Ledger };
    let noted = (!args.brisk).then(|| Arc::clone(&ledger));
    let endpoint = Endpoint::builder("faults", providers::STANDARD_WEBHOOKS, SECRET)
        .dedupe(Planted::new(store, args.defect, clock.clone(), noted))
        .clock(clock)
        .lease(LEASE)
        .duplicate_wait(Duration::from_millis(300))
        .store_deadline(STORE_DEADLINE)
        .build()?;
    let app = App { ledger, effects, brisk: args.brisk };
    let router = Router::new()
        .route("/", post(on_purchase).layer(WebhookLayer::new(endpoint.clone())))
        .with_state(Arc::new(app));
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await.context("a receiver's port is taken")?;
    let mut terminated = signal(SignalKind::terminate())?;
    let stopped = async move {
        terminated.recv().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
    let left = endpoint.drain(Duration::from_secs(1), &TokioTimer).await;
    anyhow::ensure!(left == 0, "{left} claims were left unsettled");
    Ok(())
}

/// Effects in a table of the store's own database, written in the transaction that completes the claim. The table has no
/// unique key: a second effect would stand there.
async fn transactional(store: &AnyStore, url: &str) -> anyhow::Result<Effects> {
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS effects (id TEXT NOT NULL, fence BIGINT NOT NULL)";
    Ok(match store {
        AnyStore::Postgres(store) => {
            // A transaction whose connection goes silent would keep its event's record locked for as long as that lasts.
            let options: sqlx::postgres::PgConnectOptions = url.parse()?;
            let options = options.options([("idle_in_transaction_session_timeout", "2000")]);
            let pool = sqlx::postgres::PgPoolOptions::new().max_connections(8).connect_with(options).await?;
            // Two processes that create it at once: the second's failure says that it is there.
            let _ = sqlx::query(TABLE).execute(&pool).await;
            Effects::Postgres(store.clone(), pool)
        }
        AnyStore::Sqlite(store) => {
            let options: sqlx::sqlite::SqliteConnectOptions = url.parse()?;
            let options = options.busy_timeout(Duration::from_secs(5)).create_if_missing(true);
            let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
            sqlx::query(TABLE).execute(&pool).await?;
            Effects::Sqlite(store.clone(), pool)
        }
        AnyStore::Redis(_) => {
            anyhow::bail!("--transactional needs a database whose transactions the handler can share")
        }
    })
}

async fn on_purchase(
    State(app): State<Arc<App>>,
    lease: Option<Extension<Lease>>,
    Event(purchase): Event<Purchase>,
) -> (StatusCode, String) {
    let fence = lease.as_ref().map_or(0, |Extension(lease)| lease.fence().get());
    // One body for each run, so that a sender sees whose answer it got.
    let answer = format!("{fence}-{:08x}", fastrand::u32(..));
    if app.brisk {
        note(&app, What::Effect { id: purchase.id, fence, pid: process::id() });
        return (StatusCode::OK, answer);
    }
    note(&app, What::Start { id: purchase.id.clone(), fence, pid: process::id() });
    match fastrand::u8(..100) {
        0..6 => return (StatusCode::INTERNAL_SERVER_ERROR, "refused".to_owned()),
        6..9 => panic!("a handler's bug"),
        9..11 => sleep(LEASE * 3 / 2).await,
        _ => sleep(Duration::from_millis(fastrand::u64(..20))).await,
    }
    if lease.as_ref().is_some_and(|Extension(lease)| lease.is_lost()) {
        return (StatusCode::SERVICE_UNAVAILABLE, "another has it".to_owned());
    }
    match (&app.effects, lease) {
        (Effects::Ledger, _) => {
            note(&app, What::Effect { id: purchase.id, fence, pid: process::id() });
            // Between effect and answer is where a worker that was paused does harm: some take their time there.
            let longest = if fastrand::u8(..100) < 20 { 400 } else { 10 };
            sleep(Duration::from_millis(fastrand::u64(..longest))).await;
            (StatusCode::OK, answer)
        }
        (_, None) => (StatusCode::INTERNAL_SERVER_ERROR, "no lease".to_owned()),
        (effects, Some(Extension(lease))) => match in_transaction(effects, &lease, &purchase, &answer).await {
            Ok(()) => (StatusCode::OK, answer),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        },
    }
}

async fn in_transaction(effects: &Effects, lease: &Lease, purchase: &Purchase, answer: &str) -> anyhow::Result<()> {
    const EFFECT: &str = "INSERT INTO effects (id, fence) VALUES ($1, $2)";
    let fence = i64::try_from(lease.fence().get())?;
    let outcome = Outcome { body: Some(answer.to_owned().into()), ..Outcome::status_only(200) };
    let fate = fastrand::u8(..100);
    macro_rules! transact {
        ($store:expr, $connection:expr, $begin:expr) => {{
            let mut transaction = $connection.begin_with($begin).await?;
            sqlx::query(EFFECT).bind(&purchase.id).bind(fence).execute(&mut *transaction).await?;
            $store.complete_in(&mut transaction, lease, &outcome).await?;
            match fate {
                0..4 => anyhow::bail!("the handler changed its mind"),
                // A handler that forgets to commit answers 200 all the same: it must not pass as done.
                4..6 => drop(transaction),
                _ => transaction.commit().await?,
            }
            anyhow::Ok(())
        }};
    }
    match effects {
        Effects::Postgres(store, pool) => {
            let mut connection = pool.acquire().await?;
            transact!(store, connection, "BEGIN")
        }
        Effects::Sqlite(store, pool) => {
            let mut connection = pool.acquire().await?;
            let done = async { transact!(store, connection, "BEGIN IMMEDIATE") }.await;
            if done.is_err() {
                // SQLite may have rolled back by itself when the disk was full. Sqlx does not notice, and makes every
                // later transaction of the connection part of one that never ends.
                connection.close_on_drop();
            }
            done
        }
        Effects::Ledger => Ok(()),
    }
}

fn note(app: &App, what: What) {
    app.ledger.write(what).expect("the ledger can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for order in [Order::Skew(-90_000), Order::Files(Some(65_536)), Order::Files(None)] {
            assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
        }
        assert!("files some".parse::<Order>().is_err());
    }
}
