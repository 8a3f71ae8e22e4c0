//! The store under test, chosen by its URL, and the stores with a planted defect that the harness must catch.

use std::collections::HashMap;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use countersign::admin::Records as _;
use countersign::record::{ClaimRequest, Claimed, Nonce, Settled};
use countersign::{ClaimReply, Clock as _, EventKey, Fence, Outcome, Store, StoreError};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};

use crate::ledger::{self, Ledger, What};
use crate::receiver::Stepped;

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
    /// A running event is granted again, under a new fence: what a look before an act comes to.
    CheckThenAct,
    /// As that, where the lease has ended by the receiver's own clock.
    OwnClock,
    /// A late worker's completion is taken whatever its fence.
    UnfencedCompletion,
    /// The event is marked done before its handler runs.
    MarksFirst,
    /// A store that fails lets the event through.
    FailsOpen,
    /// A store that failed once never answers again. In one receiver only.
    StaysSilent,
}

impl Defect {
    /// Whether every receiver has it.
    pub(crate) fn is_in_all(self) -> bool {
        self != Self::StaysSilent
    }
}

/// The store as the endpoint gets it: honest, or with a defect planted in front of it. What it answers is noted.
pub(crate) struct Planted {
    store: AnyStore,
    defect: Option<Defect>,
    clock: Stepped,
    ledger: Option<Arc<Ledger>>,
    /// When each claim that is not answered yet was asked for first.
    asked: Mutex<HashMap<Nonce, u64>>,
    silent: AtomicBool,
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

impl Planted {
    /// `ledger` notes what the store answers; without it nothing is noted.
    pub(crate) fn new(store: AnyStore, defect: Option<Defect>, clock: Stepped, ledger: Option<Arc<Ledger>>) -> Self {
        Self { store, defect, clock, ledger, asked: Mutex::default(), silent: AtomicBool::new(false) }
    }

    fn note(&self, what: What) {
        if let Some(ledger) = &self.ledger {
            ledger.write(what).expect("the ledger can be written");
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<Nonce, u64>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store for a claim, and notes the grant with the time of its first asking: its lease holds from then on
    /// at the earliest.
    async fn ask(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let now = ledger::now();
        let first = request.nonce.map(|nonce| *self.asked().entry(nonce).or_insert(now));
        let reply = self.answer(each!(&self.store, store => store.claim(key, request).await)).await?;
        if let Some(nonce) = request.nonce {
            self.asked().remove(&nonce);
        }
        if let Claimed::Granted { fence, .. } = reply.claimed {
            self.note(What::Claim { fence: fence.get(), pid: process::id(), asked: first.unwrap_or(now) });
        }
        Ok(reply)
    }

    /// Takes a running event from its worker.
    async fn seize(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        each!(&self.store, store => store.forget(key).await)?;
        self.ask(key, request).await
    }

    /// The store's answer, unless it has gone silent.
    async fn answer<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.defect == Some(Defect::StaysSilent) {
            let failed = answer.is_err();
            if self.silent.fetch_or(failed, Ordering::SeqCst) || failed {
                std::future::pending::<()>().await;
            }
        }
        answer
    }
}

impl Store for Planted {
    fn capacity(&self) -> Option<u64> {
        each!(&self.store, store => store.capacity())
    }

    fn is_durable(&self) -> bool {
        each!(&self.store, store => store.is_durable())
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let reply = self.ask(key, request).await;
        let running = match &reply {
            Ok(ClaimReply { claimed: Claimed::Running { lease_until }, .. }) => Some(*lease_until),
            _ => None,
        };
        match (self.defect, running, reply) {
            (Some(Defect::CheckThenAct), Some(_), _) => self.seize(key, request).await,
            (Some(Defect::OwnClock), Some(lease_until), _) if self.clock.now().is_some_and(|now| now > lease_until) => {
                self.seize(key, request).await
            }
            (Some(Defect::FailsOpen), _, Err(_)) => {
                let fence = Fence::new((1 << 60) + u64::from(fastrand::u32(..)));
                let claimed = Claimed::Granted { fence, attempt: 1, takeover: false };
                Ok(ClaimReply { claimed, outcome: None })
            }
            (Some(Defect::MarksFirst), _, Ok(reply)) => {
                if let Claimed::Granted { fence, .. } = reply.claimed {
                    let done = Outcome { body: Some("early".into()), ..Outcome::status_only(200) };
                    each!(&self.store, store => store.complete(key, fence, &done, Duration::from_secs(600)).await)?;
                }
                Ok(reply)
            }
            (_, _, reply) => reply,
        }
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.answer(each!(&self.store, store => store.renew(key, fence, lease).await)).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        let (pid, number) = (process::id(), fence.get());
        self.note(What::Settle { fence: number, pid });
        let completed = each!(&self.store, store => store.complete(key, fence, outcome, retention).await);
        let settled = match self.answer(completed).await? {
            Settled::Fenced if self.defect == Some(Defect::UnfencedCompletion) => Settled::Done,
            settled => settled,
        };
        self.note(match settled {
            Settled::Done => What::Done { fence: number, pid },
            Settled::Fenced => What::Fenced { fence: number, pid },
        });
        Ok(settled)
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.note(What::Settle { fence: fence.get(), pid: process::id() });
        self.answer(each!(&self.store, store => store.release(key, fence, wait).await)).await
    }
}
