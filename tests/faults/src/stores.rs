//! The store under test, chosen by its URL, and the stores with a planted defect that the harness must catch.

use std::time::Duration;

use anyhow::Context as _;
use countersign::record::{ClaimRequest, Claimed, Settled};
use countersign::{ClaimReply, EventKey, Fence, Outcome, Store, StoreError};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};

/// A durable store.
#[derive(Clone)]
pub(crate) enum AnyStore {
    Redis(RedisStore),
    Postgres(PostgresStore),
    Sqlite(SqliteStore),
}

/// What is wrong with a planted store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Defect {
    /// A running event is granted again: what a look before an act comes to.
    CheckThenAct,
    /// A late worker's completion is taken whatever its fence.
    UnfencedCompletion,
    /// The event is marked done before its handler runs.
    MarksFirst,
    /// A store that fails lets the event through.
    FailsOpen,
}

/// The store as the endpoint gets it: honest, or with a defect planted in front of it.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) store: AnyStore,
    pub(crate) defect: Option<Defect>,
}

impl AnyStore {
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        Ok(match url.split(':').next().unwrap_or_default() {
            "redis" => Self::Redis(RedisStore::connect(url).await?),
            "postgres" => {
                let store = PostgresStore::connect(url).await?;
                store.migrate().await?;
                Self::Postgres(store)
            }
            "sqlite" => {
                let path = url.strip_prefix("sqlite:").context("sqlite: needs a path")?;
                Self::Sqlite(SqliteStore::open(path).await?)
            }
            other => anyhow::bail!("no store for `{other}:`"),
        })
    }
}

macro_rules! each {
    ($store:expr, $inner:ident => $call:expr) => {
        match $store {
            AnyStore::Redis($inner) => $call,
            AnyStore::Postgres($inner) => $call,
            AnyStore::Sqlite($inner) => $call,
        }
    };
}

impl Store for Planted {
    fn capacity(&self) -> Option<u64> {
        each!(&self.store, store => store.capacity())
    }

    fn is_durable(&self) -> bool {
        each!(&self.store, store => store.is_durable())
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let reply = each!(&self.store, store => store.claim(key, request).await);
        match (self.defect, reply) {
            (Some(Defect::CheckThenAct), Ok(ClaimReply { claimed: Claimed::Running { .. }, .. })) => {
                Ok(granted(Fence::new(u64::from(fastrand::u32(..)))))
            }
            (Some(Defect::FailsOpen), Err(_)) => Ok(granted(Fence::new(u64::from(fastrand::u32(..))))),
            (Some(Defect::MarksFirst), Ok(reply)) => {
                if let Claimed::Granted { fence, .. } = reply.claimed {
                    let done = Outcome { body: Some("early".into()), ..Outcome::status_only(200) };
                    each!(&self.store, store => store.complete(key, fence, &done, Duration::from_secs(600)).await)?;
                }
                Ok(reply)
            }
            (_, reply) => reply,
        }
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        each!(&self.store, store => store.renew(key, fence, lease).await)
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        let settled = each!(&self.store, store => store.complete(key, fence, outcome, retention).await);
        if self.defect == Some(Defect::UnfencedCompletion) { Ok(Settled::Done) } else { settled }
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        each!(&self.store, store => store.release(key, fence, wait).await)
    }
}

fn granted(fence: Fence) -> ClaimReply {
    ClaimReply { claimed: Claimed::Granted { fence, attempt: 1, takeover: false }, outcome: None }
}
