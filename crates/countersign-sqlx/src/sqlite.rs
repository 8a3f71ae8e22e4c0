//! The SQLite store: one writer, which runs the protocol itself inside a transaction; what is asked for while a
//! transaction commits goes together into the next one.

mod admin;
mod open;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::record::{ClaimRequest, Settled, complete};
use countersign::{ClaimReply, Clock, EventKey, Fence, Lease, Outcome, Store, StoreError};
use sqlx::{SqliteConnection, SqlitePool};

use crate::complete_in::CompleteInError;
use crate::error::OpenError;
use crate::gather::Gather;
use crate::row::Row;

pub use open::SqliteStoreBuilder;
use writer::{Answer, Asking, Step, Writer};

/// The tables that a [`SqliteStore`] needs. It can be run again; the store runs it when it is opened.
pub const SQLITE_SCHEMA: &str = include_str!("../migrations/sqlite.sql");

/// Records in a SQLite file. Clones share it, and so may processes of one machine.
///
/// ```no_run
/// # async fn build() -> Result<(), Box<dyn std::error::Error>> {
/// use countersign::{Endpoint, providers};
/// use countersign_sqlx::SqliteStore;
///
/// let store = SqliteStore::open("webhooks.db").await?;
/// let endpoint =
///     Endpoint::builder("billing", providers::STRIPE, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").dedupe(store).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    pool: SqlitePool,
    writer: Gather<Writer>,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens the file at `path`, and makes it where there is none. Every commit is on disk before it is answered.
    ///
    /// # Errors
    ///
    /// As [`SqliteStoreBuilder::open`].
    pub async fn open(path: impl AsRef<std::path::Path>) -> Result<Self, OpenError> {
        Self::builder().open(path).await
    }

    /// A store with settings of its own.
    pub fn builder() -> SqliteStoreBuilder {
        SqliteStoreBuilder::new()
    }

    /// Completes a claim in a transaction of the caller's on the same file, so that it is completed if and only if the
    /// transaction commits. The outcome is what duplicates will be answered with; answer the delivery with the same.
    ///
    /// Begin the transaction with `BEGIN IMMEDIATE`: SQLite has one writer at a time, and a transaction that has read
    /// before it writes may be refused. The store's own steps wait until it ends, so keep it short. After it, nothing is
    /// left to settle: a transaction that is rolled back leaves the event claimable again, whatever the handler answers.
    ///
    /// Do not give a connection back to its pool after a transaction that failed; call `close_on_drop` on it. Where
    /// SQLite rolled back by itself, as on a full disk, sqlx 0.9 still counts the transaction as open: the next one on
    /// that connection would never end, and would hold the file's only lock for writing.
    ///
    /// # Errors
    ///
    /// The claim was lost, or the database failed: roll back.
    pub async fn complete_in(
        &self,
        transaction: &mut SqliteConnection,
        lease: &Lease,
        outcome: &Outcome,
    ) -> Result<(), CompleteInError> {
        let key = *lease.key();
        let (mut clock, known) = writer::read(transaction, "", &[key]).await.map_err(CompleteInError::Corrupt)?;
        let (changed, settled) = complete(
            known.get(&key).map(|(record, _)| record),
            lease.fence(),
            outcome.status,
            lease.retention(),
            clock.tick(self.inner.clock.now()),
        );
        if settled == Settled::Fenced {
            return Err(CompleteInError::LeaseLost);
        }
        if let Some(record) = changed {
            writer::write(transaction, &clock, &[(key, Row::of(&record), Some(outcome.encode()))], "").await?;
        }
        lease.leave_to_transaction();
        Ok(())
    }

    async fn step(&self, key: &EventKey, step: Step) -> Result<Answer, StoreError> {
        self.inner.writer.ask(Asking { key: *key, step }).await
    }

    async fn settle(&self, key: &EventKey, step: Step) -> Result<Settled, StoreError> {
        match self.step(key, step).await? {
            Answer::Settled(settled) => Ok(settled),
            _ => Err(StoreError::unavailable("a step got another's answer")),
        }
    }
}

impl Store for SqliteStore {
    /// A disk bounds it.
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        match self.step(key, Step::Claim(*request)).await? {
            Answer::Claimed(reply) => Ok(reply),
            _ => Err(StoreError::unavailable("a step got another's answer")),
        }
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.settle(key, Step::Renew { fence, lease }).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        self.settle(key, Step::Complete { fence, outcome: outcome.clone(), retention }).await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.settle(key, Step::Release { fence, wait }).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
