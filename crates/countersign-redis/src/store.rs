//! The store: each verb turned into a call of its script, and the script's answer read back.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Record, Settled, State};
use countersign::{ClaimReply, EventKey, Fence, Outcome, Store, StoreError};
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};

use crate::claims::{self, Claims};
use crate::connect::{ConnectError, RedisStoreBuilder};
use crate::line::Line;
use crate::script::{Answer, CLOCK, RECORD, Replicas, Script};
use crate::wire;

/// Records in Redis 7, or in Valkey. Clones share a connection.
///
/// ```no_run
/// # async fn build() -> Result<(), Box<dyn std::error::Error>> {
/// use countersign::{Endpoint, providers};
/// use countersign_redis::RedisStore;
///
/// let store = RedisStore::connect("redis://127.0.0.1/").await?;
/// let endpoint =
///     Endpoint::builder("billing", providers::STRIPE, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").dedupe(store).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) claims: Claims,
    pub(crate) connection: Line,
    pub(crate) prefix: String,
    pub(crate) replicas: Option<Replicas>,
}

static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(&[CLOCK, RECORD, include_str!("lua/settle.lua")]));

impl RedisStore {
    /// Connects to the server at `url`: `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    ///
    /// As [`RedisStoreBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(url).await
    }

    /// A store with settings of its own.
    pub fn builder() -> RedisStoreBuilder {
        RedisStoreBuilder::new()
    }

    /// The name of an event's record in Redis. The braces keep all records and the last fence in one slot of a cluster,
    /// where one script may reach them.
    pub(crate) fn name(&self, key: &EventKey) -> String {
        let mut name = String::with_capacity(self.inner.prefix.len().saturating_add(67));
        name.extend(["{", &self.inner.prefix, "}:"]);
        name.extend(wire::digits(key));
        name
    }

    /// Runs a call whose answer is one text.
    pub(crate) async fn run(&self, script: &Script, call: &Cmd) -> Result<Vec<u8>, StoreError> {
        bytes(run(script, &self.inner.connection, call, self.inner.replicas).await?)
    }

    async fn settle(&self, key: &EventKey, call: impl FnOnce(&mut Cmd)) -> Result<Settled, StoreError> {
        let mut settle = SETTLE.call(1);
        settle.arg(self.name(key));
        call(&mut settle);
        match self.run(&SETTLE, &settle).await?.as_slice() {
            b"D" => Ok(Settled::Done),
            b"F" => Ok(Settled::Fenced),
            _ => Err(unexpected()),
        }
    }
}

impl Store for RedisStore {
    /// The server's `maxmemory` bounds it, and it refuses at that bound.
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let plain = |claimed| Ok(ClaimReply { claimed, outcome: None });
        let answer = match self.inner.claims.ask(self.name(key), request).await? {
            claims::Answer::New(fence) => return plain(Claimed::Granted { fence, attempt: 1, takeover: false }),
            claims::Answer::Known(answer) => answer,
        };
        let (code, value) = answer.split_first().ok_or_else(unexpected)?;
        match code {
            b'D' => return plain(Claimed::Differs),
            b'P' => return plain(Claimed::Parked),
            _ => {}
        }
        let (record, rest) = wire::read_record(value).ok_or_else(|| corrupt("its header cannot be read"))?;
        let Record { state, fence, attempts: attempt, .. } = record;
        match (code, state) {
            (b'G' | b'T', _) => plain(Claimed::Granted { fence, attempt, takeover: *code == b'T' }),
            (b'R', State::Running { lease_until }) => plain(Claimed::Running { lease_until }),
            (b'W', State::Released { claimable_from }) => plain(Claimed::Waiting { claimable_from }),
            (b'C', State::Completed { status }) => {
                let outcome = Outcome::decode(status, rest).ok_or_else(|| corrupt("its outcome cannot be read"))?;
                Ok(ClaimReply { claimed: Claimed::Completed { status }, outcome: Some(outcome) })
            }
            _ => Err(unexpected()),
        }
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.settle(key, |call| {
            call.arg("renew").arg(fence.get()).arg(wire::millis(lease));
        })
        .await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        self.settle(key, |call| {
            call.arg("complete").arg(fence.get()).arg(wire::millis(retention)).arg(outcome.status);
            call.arg(outcome.encode());
        })
        .await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.settle(key, |call| {
            call.arg("release").arg(fence.get()).arg(wire::millis(wait));
        })
        .await
    }
}

/// Runs a call, and tells a step that was done from one that was not.
pub(crate) async fn run(
    script: &Script,
    connection: &Line,
    call: &Cmd,
    replicas: Option<Replicas>,
) -> Result<Value, StoreError> {
    match script.run(connection, call, replicas).await.map_err(failed)? {
        Answer::Value(value) => Ok(value),
        Answer::TooFewReplicas(count) => Err(StoreError::unavailable(TooFewReplicas(count))),
    }
}

/// A script's answer about one record.
pub(crate) fn bytes(answer: Value) -> Result<Vec<u8>, StoreError> {
    match answer {
        Value::BulkString(answer) if answer == b"X" => Err(corrupt("it is no record of this version of countersign")),
        Value::BulkString(answer) => Ok(answer),
        _ => Err(unexpected()),
    }
}

impl fmt::Debug for RedisStore {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.inner.prefix).finish_non_exhaustive()
    }
}

/// A step was done here, and too few replicas have it: a fail-over now would lose it.
#[derive(Debug)]
struct TooFewReplicas(u32);

impl fmt::Display for TooFewReplicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only {} replicas have it in time", self.0)
    }
}

impl std::error::Error for TooFewReplicas {}

pub(crate) fn failed(error: RedisError) -> StoreError {
    // Refused before anything was written: `maxmemory` is reached and the policy evicts nothing.
    if error.code() == Some("OOM") || error.to_string().contains("-OOM ") {
        return StoreError::full();
    }
    if matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ResponseError)) && error.code() == Some("WRONGTYPE") {
        return corrupt("another kind of value stands in its place");
    }
    StoreError::unavailable(error)
}

pub(crate) fn corrupt(problem: &'static str) -> StoreError {
    StoreError::corrupt(problem)
}

pub(crate) fn unexpected() -> StoreError {
    corrupt("a script answered what it never does")
}
