//! The PostgreSQL store: each verb one call of a function that the schema defines, except that new events are claimed by
//! a plain insert; concurrent claims go together.

mod admin;
mod claims;
mod open;
mod pool;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::record::{ClaimRequest, Settled};
use countersign::{ClaimReply, EventKey, Fence, Lease, Outcome, Store, StoreError};
use sqlx::PgConnection;

use crate::complete_in::CompleteInError;
use crate::error::{OpenError, failed};
use crate::gather::Gather;
use crate::row::whole;

use claims::{Asking, Claims};
pub use open::PostgresStoreBuilder;
use pool::Pool;

/// The table, the sequence and the functions that a [`PostgresStore`] needs. It can be run again; put it into a
/// migration of your own, or call [`PostgresStore::migrate`].
pub const POSTGRES_SCHEMA: &str = include_str!("../migrations/postgres.sql");

/// What the schema says of itself, changed with every change to it.
const VERSION: &str = "countersign records, version 2";

/// Records in PostgreSQL 14 or later. Clones share a pool.
///
/// ```no_run
/// # async fn build() -> Result<(), Box<dyn std::error::Error>> {
/// use countersign::{Endpoint, providers};
/// use countersign_sqlx::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://localhost/shop").await?;
/// store.migrate().await?;
/// let endpoint =
///     Endpoint::builder("billing", providers::STRIPE, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").dedupe(store).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    claims: Gather<Claims>,
}

/// How many calls that claim may be under way at once. Measured: with one, claims that commit wait for each other's disk
/// without need; beyond two, calls get smaller and nothing gets faster.
const CLAIMS_UNDER_WAY: usize = 2;

impl PostgresStore {
    /// Connects with a pool of its own, of eight connections.
    ///
    /// # Errors
    ///
    /// As [`PostgresStoreBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::builder().connect(url).await
    }

    /// A store with settings of its own.
    pub fn builder() -> PostgresStoreBuilder {
        PostgresStoreBuilder::new()
    }

    fn over(pool: Pool) -> Self {
        let claims = Gather::new(Claims { pool: pool.clone() }, CLAIMS_UNDER_WAY);
        let store = Self { inner: Arc::new(Inner { pool, claims }) };
        admin::purge_while_alive(&store.inner);
        store
    }

    /// Makes the table and the functions, or brings them up to date. Several processes may do so at once.
    ///
    /// # Errors
    ///
    /// The database refused.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        // Where all is there, nothing may be locked: other receivers work on the table.
        const FOUND: &str = "SELECT obj_description(to_regclass('countersign_records'), 'pg_class')";
        let found = self.inner.pool.step(|connection| Box::pin(sqlx::query_as(FOUND).fetch_one(connection)));
        let (found,): (Option<String>,) = found.await?;
        if found.is_some_and(|found| found == VERSION) {
            return Ok(());
        }
        let mut transaction = self.inner.pool.as_sqlx().begin().await?;
        // A key of this crate's own: two processes that start together would otherwise both create the functions.
        sqlx::query("SELECT pg_advisory_xact_lock(7160234017402)").execute(&mut *transaction).await?;
        sqlx::raw_sql(POSTGRES_SCHEMA).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Completes a claim in a transaction of the caller's, so that it is completed if and only if the transaction
    /// commits. The outcome is what duplicates will be answered with; answer the delivery with the same.
    ///
    /// The record stays locked until the transaction ends: no other worker takes the event over in between. Any isolation
    /// level will do; under the stricter ones a conflict is an error of the database here or at the commit. After it,
    /// nothing is left to settle: a transaction that is rolled back leaves the event claimable again, whatever the
    /// handler answers.
    ///
    /// Set `idle_in_transaction_session_timeout` for connections that transactions are begun on, to little more than a
    /// handler takes between two statements. Where such a connection goes silent, the server does not know it, and the
    /// event is answered 503 until the transaction ends.
    ///
    /// # Errors
    ///
    /// The claim was lost, or the database failed: roll back.
    pub async fn complete_in(
        &self,
        transaction: &mut PgConnection,
        lease: &Lease,
        outcome: &Outcome,
    ) -> Result<(), CompleteInError> {
        let call = settle(lease.key(), "complete", lease.fence(), lease.retention(), Some(outcome));
        match call.fetch_one(transaction).await?.0.as_str() {
            "D" => {
                lease.leave_to_transaction();
                Ok(())
            }
            "F" => Err(CompleteInError::LeaseLost),
            _ => Err(CompleteInError::Corrupt(corrupt())),
        }
    }

    async fn settle(
        &self,
        key: &EventKey,
        step: &'static str,
        fence: Fence,
        span: Duration,
        outcome: Option<&Outcome>,
    ) -> Result<Settled, StoreError> {
        let settled =
            self.inner.pool.step(|connection| Box::pin(settle(key, step, fence, span, outcome).fetch_one(connection)));
        match settled.await.map_err(failed)?.0.as_str() {
            "D" => Ok(Settled::Done),
            "F" => Ok(Settled::Fenced),
            _ => Err(corrupt()),
        }
    }
}

type Settle = sqlx::query::QueryAs<'static, sqlx::Postgres, (String,), sqlx::postgres::PgArguments>;

fn settle(key: &EventKey, step: &'static str, fence: Fence, span: Duration, outcome: Option<&Outcome>) -> Settle {
    sqlx::query_as("SELECT countersign_settle($1, $2, $3, $4, $5, $6)")
        .bind(key.as_bytes().to_vec())
        .bind(step)
        .bind(whole(fence.get()))
        .bind(millis(span))
        .bind(outcome.map_or(0, |outcome| i32::from(outcome.status)))
        .bind(outcome.map(Outcome::encode))
}

impl Store for PostgresStore {
    /// A disk bounds it.
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        self.inner.claims.ask(Asking { key: *key, request: *request }).await
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.settle(key, "renew", fence, lease, None).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        self.settle(key, "complete", fence, retention, Some(outcome)).await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.settle(key, "release", fence, wait, None).await
    }
}

fn corrupt() -> StoreError {
    StoreError::corrupt("a column of the record holds what it never does")
}

impl fmt::Debug for PostgresStore {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

/// A span that can be added to a time without leaving a database's integers: 142 million years.
fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX).min(i64::MAX / 2)
}
