//! How an API takes the `Idempotency-Key` header: the policy, built once and cross-checked, and the claim that each
//! request asks for. What a single request must look like is in `keyed.rs`, what a refused client reads in `problem.rs`.

mod builder;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

pub use builder::IdempotencyKeysBuilder;

use crate::gate::{Decision, Gate, Timer};
use crate::head::RequestHead;
use crate::idempotency_key::KeyFormat;
use crate::keyed::{KeyedIntake, KeyedRequest, Scope};
use crate::problem::ProblemTypes;
use crate::rejection::{Reason, Refusal, Rejection};
use crate::store::Store;

/// Runs each request of an API once, however often its client sends it: by the client's `Idempotency-Key`
/// (draft-ietf-httpapi-idempotency-key-header).
///
/// Cloning it is cheap and shares everything. Handed to an adapter's layer together with a [`Scope`] for each request.
///
/// ```
/// use countersign::{IdempotencyKeys, MemoryStore};
///
/// let keys = IdempotencyKeys::builder("payments", MemoryStore::default()).build()?;
/// assert_eq!(keys.retention().as_secs(), 86_400); // publish this: a key is good for that long
/// # Ok::<(), countersign::ConfigError>(())
/// ```
///
/// # What a request meets
///
/// 1. POST and PATCH are covered; other methods pass, whatever their headers.
/// 2. A key that is missing, repeated, malformed or of the wrong length is refused with 400, before the store is asked.
/// 3. A first request runs. Its answer is kept if its status is below 500 and neither 408 nor 429.
/// 4. A repeat, while the first one runs, gets 409 and `Retry-After`.
/// 5. A repeat, afterwards, gets the kept answer: status, body, the headers that were not meant for one request alone,
///    and `Idempotency-Replayed: true`. A body that was streamed or longer than the cap is left out, marked by
///    `Idempotency-Body: omitted`.
/// 6. Another request under the same key gets 422: another method, target, body or covered header.
/// 7. A store that does not answer or is full gets 503 and `Retry-After`, and nothing runs.
///
/// Refusals are problem details (RFC 9457).
///
/// Runs are counted, effects are not: a handler that did its work and was killed before its answer was recorded runs
/// again when its lease has ended, unless effect and answer are in one transaction. The name of the record,
/// [`Lease::key`](crate::Lease::key), is fit to be the idempotency key of a call that the handler makes itself.
///
/// [`MemoryStore`](crate::MemoryStore) keeps bodies in a cache of 16 MiB, and what that drops is repeated without its
/// body. An API whose clients need the body again keeps its records in a durable store.
///
/// # Where to put the layer
///
/// Behind authentication, which makes the scope, and behind validation, because an error below 500 is kept for as long
/// as a success. A handler that refuses a request before it acts on it says so with
/// [`NotExecuted`](crate::NotExecuted), and the key stays free.
#[derive(Clone)]
pub struct IdempotencyKeys {
    inner: Arc<Inner>,
}

struct Inner {
    name: Arc<str>,
    format: KeyFormat,
    missing_allowed: bool,
    methods: Vec<Box<str>>,
    fingerprint_headers: Vec<Box<str>>,
    body_cap: u64,
    read_deadline: Duration,
    retention: Duration,
    problems: ProblemTypes,
    gate: Gate,
}

impl IdempotencyKeys {
    /// Starts a policy. The name stands in events and in the keys of records: changing it makes every request new.
    pub fn builder(name: impl Into<Arc<str>>, store: impl Store) -> IdempotencyKeysBuilder {
        IdempotencyKeysBuilder::new(name.into(), Box::new(store))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// How long a key is remembered. Part of what an API must publish.
    pub fn retention(&self) -> Duration {
        self.inner.retention
    }

    /// How many characters a key must and may have. Part of what an API must publish.
    pub fn key_lengths(&self) -> (usize, usize) {
        (self.inner.format.min, self.inner.format.max)
    }

    /// How long a body may take to arrive, for adapters.
    pub fn read_deadline(&self) -> Duration {
        self.inner.read_deadline
    }

    /// What stands between a request and its handler: [`drain`](Gate::drain) it at shutdown.
    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    /// Judges a request by its head, before a byte of its body is read. `None` where the request is none of the
    /// policy's: it goes on as it came. The scope is asked for only where there is a key.
    ///
    /// # Errors
    ///
    /// What the rules of `keyed.rs` refuse: a key that is missing, repeated, malformed or of the wrong length (400), a
    /// body declared too long (413), or no scope (500).
    pub fn open(
        &self,
        head: &impl RequestHead,
        query: Option<&str>,
        scope: impl FnOnce() -> Option<Scope>,
    ) -> Result<Option<KeyedIntake>, Rejection> {
        Ok(KeyedIntake::open(self, head, query, scope)?)
    }

    /// Claims the request's key. The store has its deadline, and a repeat of a running request waits within its bound.
    ///
    /// # Errors
    ///
    /// The key was used for another request (422), its request is being processed (409), or the store cannot take it
    /// now (503).
    pub async fn admit_within(&self, request: &KeyedRequest, timer: &impl Timer) -> Result<Decision, Rejection> {
        let Some(rules) = self.gate().rules() else { return Err(Reason::StoreUnavailable.into()) };
        // A key is good for as long as was published: a store under pressure refuses before it forgets one.
        let claim = rules.request(request.fingerprint, true, rules.retention);
        self.gate().admit_within(&request.key, &claim, timer).await.map_err(|rejection| {
            match (rejection.reason(), rejection.retry_after()) {
                (Reason::StillRunning, Some(wait)) => Rejection::new(Reason::KeyInUse).with_retry_after(wait),
                _ => rejection,
            }
        })
    }

    /// What a refused client is sent: problem details.
    pub fn refusal(&self, rejection: &Rejection) -> Refusal {
        self.inner.problems.refusal(rejection, &self.inner.format, self.inner.body_cap)
    }

    pub(crate) fn format(&self) -> &KeyFormat {
        &self.inner.format
    }

    pub(crate) fn allows_missing_key(&self) -> bool {
        self.inner.missing_allowed
    }

    pub(crate) fn covers_method(&self, method: &str) -> bool {
        self.inner.methods.iter().any(|covered| **covered == *method)
    }

    pub(crate) fn fingerprint_headers(&self) -> &[Box<str>] {
        &self.inner.fingerprint_headers
    }

    pub(crate) fn body_cap(&self) -> u64 {
        self.inner.body_cap
    }
}

impl fmt::Debug for IdempotencyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKeys").field("name", &self.name()).finish_non_exhaustive()
    }
}
