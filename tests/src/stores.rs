//! The stores that rows are told over. What a store must do is held by the contract of `countersign-testkit`; here it
//! stands behind a server.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{ClaimReply, EventKey, Outcome, Store, StoreError};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};
use countersign_test_servers::{Postgres, Redis};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::clock::HandClock;
use crate::spy::SpyStore;

/// A store to tell a row over.
#[derive(Clone, Copy)]
pub struct Backing {
    /// Its name in test names.
    pub name: &'static str,
    /// Opens one, without records.
    pub open: fn(&HandClock) -> SpyStore,
    /// Whether it runs on the clock it was opened with. One that runs on its own cannot be told that a day has passed.
    pub on_hand_clock: bool,
}

const MEMORY: Backing = Backing { name: "memory", open: SpyStore::on, on_hand_clock: true };

/// Every store there is.
pub fn stores() -> Vec<Backing> {
    [vec![MEMORY], durable_stores()].concat()
}

/// The stores that outlive a process, each on a real server or file.
pub fn durable_stores() -> Vec<Backing> {
    vec![
        Backing { name: "redis", open: |_| anew(redis), on_hand_clock: false },
        Backing { name: "postgres", open: |_| anew(postgres), on_hand_clock: false },
        Backing { name: "sqlite", open: |_| anew(sqlite), on_hand_clock: false },
    ]
}

/// A store in a place of its own.
fn anew<S: Store>(open: fn(u32) -> Opening<S>) -> SpyStore {
    static PLACES: AtomicU32 = AtomicU32::new(0);
    connected(open, PLACES.fetch_add(1, Ordering::Relaxed))
}

fn connected<S: Store>(open: fn(u32) -> Opening<S>, place: u32) -> SpyStore {
    SpyStore::over(Late { store: OnceCell::new(), open, place }, move || connected(open, place))
}

thread_local! {
    static CURRENT: Cell<Backing> = const { Cell::new(MEMORY) };
}

/// Tells a story over a store: every receiver that this thread sets up meanwhile has one of its kind.
pub fn over<T>(backing: Backing, story: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(backing);
    let told = story();
    CURRENT.set(before);
    told
}

/// A store of the kind that the story is told over: in memory unless [`over`] says otherwise.
pub(crate) fn open(clock: &HandClock) -> SpyStore {
    (CURRENT.get().open)(clock)
}

/// The servers and files behind the stores, from the first one needed until [`stop`].
static SERVERS: Mutex<Servers> = Mutex::new(Servers { redis: None, postgres: None, files: None });

struct Servers {
    redis: Option<Redis>,
    postgres: Option<Postgres>,
    files: Option<TempDir>,
}

/// Stops the servers and removes the files.
pub fn stop() {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    *servers = Servers { redis: None, postgres: None, files: None };
}

type Opening<S> = std::pin::Pin<Box<dyn Future<Output = S> + Send>>;

fn redis(place: u32) -> Opening<RedisStore> {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let url = servers.redis.get_or_insert_with(|| Redis::start().expect("a Redis server")).url();
    let prefix = format!("rows-{place}");
    Box::pin(async move { RedisStore::builder().prefix(prefix).connect(&url).await.expect("a store") })
}

/// In a schema of its own.
fn postgres(place: u32) -> Opening<PostgresStore> {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let server = servers.postgres.get_or_insert_with(|| Postgres::start().expect("a PostgreSQL server"));
    let schema = format!("rows_{place}");
    server.psql(&server.url(), &format!("CREATE SCHEMA IF NOT EXISTS {schema}")).expect("a schema");
    let url = format!("{}?options=-csearch_path%3D{schema}", server.url());
    Box::pin(async move {
        let store = PostgresStore::builder().connections(3).connect(&url).await.expect("a store");
        store.migrate().await.expect("its tables");
        store
    })
}

fn sqlite(place: u32) -> Opening<SqliteStore> {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = servers.files.get_or_insert_with(|| tempfile::tempdir().expect("a folder"));
    let file = folder.path().join(place.to_string());
    Box::pin(async move { SqliteStore::open(file).await.expect("a store") })
}

/// A store that is opened by its first step, in the runtime that runs it: rows set their receivers up outside of one.
struct Late<S> {
    store: OnceCell<S>,
    open: fn(u32) -> Opening<S>,
    place: u32,
}

impl<S: Store> Late<S> {
    async fn get(&self) -> &S {
        self.store.get_or_init(|| (self.open)(self.place)).await
    }
}

impl<S: Store> Store for Late<S> {
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        self.get().await.claim(key, request).await
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.get().await.renew(key, fence, lease).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        self.get().await.complete(key, fence, outcome, retention).await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.get().await.release(key, fence, wait).await
    }
}
