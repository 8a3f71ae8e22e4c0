//! Where records live. A store runs the claim protocol of [`record`](crate::record) atomically, on its own clock.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;

use crate::key::EventKey;
use crate::record::{ClaimRequest, Claimed, Fence, Settled};

/// Keeps the records of events.
///
/// # Rules
///
/// 1. Each method is one atomic step of the protocol in [`record`](crate::record): a look and a change that no other
///    caller can come between. There is no `get`, because check-then-act begins with it.
/// 2. Changes under a stale fence change nothing and say [`Settled::Fenced`].
/// 3. Fences rise over the store's whole life, across keys, restarts and expired records.
/// 4. Leases and retention run on the store's own clock.
/// 5. A live record is never dropped to make room: a full store refuses with [`StoreError::full`].
/// 6. A record that cannot be read is an error, never an absent record.
/// 7. A claim that is asked for again with the nonce of the first asking is the same claim, so that a caller whose answer
///    was lost need not guess.
/// 8. A future that is dropped half-way leaves the record as it was or as it would have been, nothing between, and
///    leaves no half-read reply behind on a shared connection.
///
/// There are no default methods: an atomic step has no honest default. The suite in `countersign-testkit` holds a
/// store to these rules.
pub trait Store: Send + Sync + 'static {
    /// How many live records the store has room for, or `None` where only a disk bounds it. An endpoint derives the
    /// rate it can carry from this and says so when it is built.
    fn capacity(&self) -> Option<u64>;

    /// Whether the records outlive this process. Where they do not, a restart forgets what was handled, and another
    /// replica never knew; an endpoint says so when it is built.
    fn is_durable(&self) -> bool;

    /// Claims an event, or says who has it or how it ended.
    fn claim(
        &self,
        key: &EventKey,
        request: &ClaimRequest,
    ) -> impl Future<Output = Result<ClaimReply, StoreError>> + Send;

    /// Extends a lease to `lease` from now.
    fn renew(
        &self,
        key: &EventKey,
        fence: Fence,
        lease: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send;

    /// Records a handler's outcome and keeps it for `retention`. The status must be kept; headers and body may be lost.
    fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send;

    /// Gives the event back, claimable after `wait`.
    fn release(
        &self,
        key: &EventKey,
        fence: Fence,
        wait: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send;
}

/// The answer to a claim, with the stored outcome where the event was handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimReply {
    /// The protocol's answer.
    pub claimed: Claimed,
    /// What is left of the response, for [`Claimed::Completed`].
    pub outcome: Option<Outcome>,
}

/// What a handler answered, as duplicates will be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The headers worth repeating, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, or `None` where it was too large, streamed, or lost.
    pub body: Option<Bytes>,
}

impl Outcome {
    /// An outcome of which only the status is known.
    pub const fn status_only(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// Whether the status says that the event was handled: 200 to 299.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Whether a response header (in lower case) is kept for duplicates. Cookies, credentials, dates and everything
    /// that belongs to one connection are not: they were meant for one request.
    pub fn keeps_header(name: &str) -> bool {
        const KEPT: [&str; 10] = [
            "cache-control",
            "content-encoding",
            "content-language",
            "content-location",
            "content-type",
            "etag",
            "last-modified",
            "link",
            "location",
            "vary",
        ];
        KEPT.contains(&name)
    }

    /// The headers to answer a duplicate with: the kept ones, and the mark that says the answer is repeated.
    pub fn replay_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let kept = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let omitted = self.body.is_none().then_some(("idempotency-body", b"omitted".as_slice()));
        kept.chain([("idempotency-replayed", b"true".as_slice())]).chain(omitted)
    }
}

/// Why a store did not do what it was asked. A clone shares its source: one failed step can be several callers'.
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// No room is left and no record may go. Nothing was changed.
    Full,
    /// The store did not answer or refused to. Whether the step was done is unknown.
    Unavailable,
    /// The record is there and cannot be read.
    Corrupt,
}

impl StoreError {
    /// No room is left.
    pub const fn full() -> Self {
        Self { kind: StoreErrorKind::Full, source: None }
    }

    /// The store did not answer in time.
    pub const fn timed_out() -> Self {
        Self { kind: StoreErrorKind::Unavailable, source: None }
    }

    /// The store failed with `source`.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Unavailable, source: Some(Arc::from(source.into())) }
    }

    /// A record could not be read.
    pub fn corrupt(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Corrupt, source: Some(Arc::from(source.into())) }
    }

    /// What went wrong.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Full => "the store is full of live records; give it more room or a shorter retention",
            StoreErrorKind::Unavailable => "the store did not answer",
            StoreErrorKind::Corrupt => "a stored record cannot be read",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`Store`] behind a pointer, so that no type parameter reaches the user.
pub(crate) trait DynStore: Send + Sync {
    fn capacity(&self) -> Option<u64>;
    fn is_durable(&self) -> bool;
    fn claim<'a>(&'a self, key: &'a EventKey, request: &'a ClaimRequest) -> Boxed<'a, ClaimReply>;
    fn renew<'a>(&'a self, key: &'a EventKey, fence: Fence, lease: Duration) -> Boxed<'a, Settled>;
    fn complete<'a>(
        &'a self,
        key: &'a EventKey,
        fence: Fence,
        outcome: &'a Outcome,
        retention: Duration,
    ) -> Boxed<'a, Settled>;
    fn release<'a>(&'a self, key: &'a EventKey, fence: Fence, wait: Duration) -> Boxed<'a, Settled>;
}

impl<S: Store> DynStore for S {
    fn capacity(&self) -> Option<u64> {
        Store::capacity(self)
    }

    fn is_durable(&self) -> bool {
        Store::is_durable(self)
    }

    fn claim<'a>(&'a self, key: &'a EventKey, request: &'a ClaimRequest) -> Boxed<'a, ClaimReply> {
        Box::pin(Store::claim(self, key, request))
    }

    fn renew<'a>(&'a self, key: &'a EventKey, fence: Fence, lease: Duration) -> Boxed<'a, Settled> {
        Box::pin(Store::renew(self, key, fence, lease))
    }

    fn complete<'a>(
        &'a self,
        key: &'a EventKey,
        fence: Fence,
        outcome: &'a Outcome,
        retention: Duration,
    ) -> Boxed<'a, Settled> {
        Box::pin(Store::complete(self, key, fence, outcome, retention))
    }

    fn release<'a>(&'a self, key: &'a EventKey, fence: Fence, wait: Duration) -> Boxed<'a, Settled> {
        Box::pin(Store::release(self, key, fence, wait))
    }
}
