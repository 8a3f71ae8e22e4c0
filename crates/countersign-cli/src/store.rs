//! A store by its name on the command line: `memory`, `sqlite:PATH`, `redis://…`, `postgres://…`.

use std::cell::Cell;
use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use countersign::admin::{Counts, Entry, Listing, Page, Records};
use countersign::record::{ClaimRequest, Settled};
use countersign::{ClaimReply, EventKey, Fence, MemoryStore, Outcome, Store, StoreError};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};

use crate::failure::Failure;

/// Where records are kept, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreName {
    Memory,
    Sqlite(String),
    Redis(String),
    Postgres(String),
}

impl FromStr for StoreName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.split_once(':') {
            _ if name == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.to_owned())),
            Some(("redis" | "rediss", _)) => Ok(Self::Redis(name.to_owned())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(name.to_owned())),
            // The name is not repeated: a URL may hold a password.
            _ => Err("it must be `memory`, `sqlite:PATH`, `redis://…` or `postgres://…`".to_owned()),
        }
    }
}

/// A store that is open. Clones share it.
#[derive(Clone)]
pub(crate) enum AnyStore {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Redis(RedisStore),
    Postgres(PostgresStore),
}

impl AnyStore {
    /// Connects to the store and makes it ready.
    pub(crate) async fn open(name: &StoreName) -> Result<Self, Failure> {
        Ok(match name {
            StoreName::Memory => Self::Memory(MemoryStore::default()),
            StoreName::Sqlite(path) => Self::Sqlite(SqliteStore::open(path).await.map_err(|error| unusable(&error))?),
            StoreName::Redis(url) => Self::Redis(RedisStore::connect(url).await.map_err(|error| unusable(&error))?),
            StoreName::Postgres(url) => {
                let store = PostgresStore::connect(url).await.map_err(|error| unusable(&error))?;
                store.migrate().await.map_err(|error| unusable(&error))?;
                Self::Postgres(store)
            }
        })
    }
}

tokio::task_local! {
    /// The key of the record that the request at hand asked its store for.
    static ASKED: Cell<Option<EventKey>>;
}

/// Runs a request, and gives the key of the record that it asked an [`AnyStore`] for. The library tells it to handlers
/// alone, and whoever reads of a duplicate or a parked event needs it no less.
pub(crate) async fn noting_key<T>(request: impl Future<Output = T>) -> (T, Option<EventKey>) {
    ASKED.scope(Cell::new(None), async { (request.await, ASKED.with(Cell::get)) }).await
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    let mut text = format!("--store: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat their cause in their own text.
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    Failure::set_up(text)
}

/// What a store said when it failed.
pub(crate) fn failed(error: &StoreError) -> Failure {
    unusable(error)
}

macro_rules! each {
    ($store:expr, $one:ident => $call:expr) => {
        match $store {
            AnyStore::Memory($one) => $call,
            AnyStore::Sqlite($one) => $call,
            AnyStore::Redis($one) => $call,
            AnyStore::Postgres($one) => $call,
        }
    };
}

impl Store for AnyStore {
    fn capacity(&self) -> Option<u64> {
        each!(self, store => store.capacity())
    }

    fn is_durable(&self) -> bool {
        each!(self, store => store.is_durable())
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        // Nobody notes it outside of `noting_key`.
        let _ = ASKED.try_with(|asked| asked.set(Some(*key)));
        each!(self, store => store.claim(key, request).await)
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        each!(self, store => store.renew(key, fence, lease).await)
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        each!(self, store => store.complete(key, fence, outcome, retention).await)
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        each!(self, store => store.release(key, fence, wait).await)
    }
}

/// A store that outlives this process, as `countersign records` looks into it.
pub(crate) enum Durable {
    Sqlite(SqliteStore),
    Redis(RedisStore),
    Postgres(PostgresStore),
}

macro_rules! ask {
    ($store:expr, $one:ident => $call:expr) => {
        match $store {
            Durable::Sqlite($one) => $call.await,
            Durable::Redis($one) => $call.await,
            Durable::Postgres($one) => $call.await,
        }
        .map_err(|error| failed(&error))
    };
}

impl Durable {
    /// Opens a store that is there. A receiver makes its file; whoever looks into one that is not there has mistaken
    /// its name.
    pub(crate) async fn open(name: &StoreName) -> Result<Self, Failure> {
        if let StoreName::Sqlite(path) = name {
            let why = match Path::new(path).try_exists() {
                Ok(true) => None,
                Ok(false) => Some("there is no such file".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = why {
                return Err(Failure::set_up(format!("--store sqlite:{path}: {why}; check the path")));
            }
        }
        match AnyStore::open(name).await? {
            AnyStore::Memory(_) => Err(Failure::set_up(
                "--store memory: its records end with their process; name a store that outlives it",
            )),
            AnyStore::Sqlite(store) => Ok(Self::Sqlite(store)),
            AnyStore::Redis(store) => Ok(Self::Redis(store)),
            AnyStore::Postgres(store) => Ok(Self::Postgres(store)),
        }
    }

    pub(crate) async fn list(&self, page: &Page) -> Result<Listing, Failure> {
        ask!(self, store => store.list(page))
    }

    pub(crate) async fn show(&self, key: &EventKey) -> Result<Option<Entry>, Failure> {
        ask!(self, store => store.show(key))
    }

    pub(crate) async fn count(&self, endpoint: Option<[u8; 4]>) -> Result<Counts, Failure> {
        ask!(self, store => store.count(endpoint))
    }

    pub(crate) async fn forget(&self, key: &EventKey) -> Result<bool, Failure> {
        ask!(self, store => store.forget(key))
    }

    pub(crate) async fn redrive(&self, key: &EventKey) -> Result<bool, Failure> {
        ask!(self, store => store.redrive(key))
    }

    pub(crate) async fn purge(&self, limit: u32) -> Result<u64, Failure> {
        ask!(self, store => store.purge(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_its_scheme() {
        let named = |name: &str| name.parse::<StoreName>();
        assert_eq!(named("memory"), Ok(StoreName::Memory));
        assert_eq!(named("sqlite:a/b.db"), Ok(StoreName::Sqlite("a/b.db".into())));
        assert!(matches!(named("redis://localhost"), Ok(StoreName::Redis(_))));
        assert!(matches!(named("postgres://u:p@h/db"), Ok(StoreName::Postgres(_))));
        for bad in ["", "sqlite:", "mysql://u:secret@h/db", "disk"] {
            let problem = named(bad).unwrap_err();
            assert!(!problem.contains("secret"), "{problem}");
        }
    }
}
