//! A policy in the making: the settings, their defaults, and what cannot be built.

use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

use super::{IdempotencyKeys, Inner};
use crate::endpoint::check_name;
use crate::error::ConfigError;
use crate::gate::{ClaimRules, Completes, Gate};
use crate::idempotency_key::KeyFormat;
use crate::problem::ProblemTypes;
use crate::store::DynStore;

/// A policy in the making. Everything here has a default that is safe.
#[must_use = "a policy exists once it is built"]
pub struct IdempotencyKeysBuilder {
    name: Arc<str>,
    store: Box<dyn DynStore>,
    format: KeyFormat,
    missing_allowed: bool,
    methods: Vec<Box<str>>,
    fingerprint_headers: Vec<Box<str>>,
    body_cap: u64,
    read_deadline: Duration,
    handler_deadline: Option<Duration>,
    problems: ProblemTypes,
    rules: ClaimRules,
}

impl IdempotencyKeysBuilder {
    pub(super) fn new(name: Arc<str>, store: Box<dyn DynStore>) -> Self {
        Self {
            name,
            store,
            format: KeyFormat { min: 1, max: MAX_KEY_LENGTH, bare: false },
            missing_allowed: false,
            methods: vec!["POST".into(), "PATCH".into()],
            fingerprint_headers: vec!["content-type".into()],
            body_cap: 1024 * 1024,
            read_deadline: Duration::from_secs(10),
            handler_deadline: None,
            problems: ProblemTypes::default(),
            rules: ClaimRules {
                retention: DEFAULT_RETENTION,
                duplicate_wait: Duration::ZERO,
                stored_body_cap: 256 * 1024,
                completes: Completes::Answers,
                ..ClaimRules::default()
            },
        }
    }

    /// The methods whose requests need a key. Default: POST and PATCH, which are not idempotent by themselves; on
    /// others the header is ignored. GET and HEAD are refused here: a kept answer to them would be a stale one.
    pub fn methods(mut self, methods: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.methods = methods.into_iter().map(Into::into).collect();
        self
    }

    /// The shortest key taken, in characters. Default: 1. Keys are kept apart by scope, so a short one endangers only the
    /// client that chose it: by meeting an old one of its own.
    pub fn min_key_length(mut self, characters: usize) -> Self {
        self.format.min = characters;
        self
    }

    /// The longest key taken, in characters. Default, and at most: 255.
    pub fn max_key_length(mut self, characters: usize) -> Self {
        self.format.max = characters;
        self
    }

    /// Takes keys without quotes too: `Idempotency-Key: 8e03978e`, as clients of Stripe's and of many other APIs send it.
    /// With quotes or without, it is the same key. Off by default, because the draft asks for the quotes.
    pub fn allow_unquoted_keys(mut self) -> Self {
        self.format.bare = true;
        self
    }

    /// The headers that the fingerprint covers beside method, target and body. Default: `content-type`. A header that a
    /// client changes between two sendings, such as a trace id, makes them different requests (422); one that changes
    /// what the request means and is not covered lets another request get the first one's answer.
    pub fn fingerprint_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.fingerprint_headers = names.into_iter().map(|name| name.as_ref().to_ascii_lowercase().into()).collect();
        self
    }

    /// How long a key is remembered. Default: 24 hours; at least one hour. After that, a repeat runs again. Publish it.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.rules.retention = retention;
        self
    }

    /// The longest body taken, in bytes. Default: 1 MiB; then 413. Requests without a key are not counted.
    pub fn body_cap(mut self, bytes: u64) -> Self {
        self.body_cap = bytes;
        self
    }

    /// How long a body may take to arrive. Default: 10 seconds; then 408.
    pub fn read_deadline(mut self, deadline: Duration) -> Self {
        self.read_deadline = deadline;
        self
    }

    /// How long a handler may run; then it is dropped, the key is given back and the client gets 503. Default: no bound,
    /// because dropping a handler half-way is only safe if the handler says so.
    pub fn handler_deadline(mut self, deadline: Duration) -> Self {
        self.handler_deadline = Some(deadline);
        self
    }

    /// How long a repeat of a running request waits for its answer before it gets 409. Default: not at all.
    pub fn duplicate_wait(mut self, wait: Duration) -> Self {
        self.rules.duplicate_wait = wait;
        self
    }

    /// How many repeats may wait at once. Default: 1,024; further ones get 409 at once.
    pub fn max_waiters(mut self, waiters: usize) -> Self {
        self.rules.max_waiters = waiters;
        self
    }

    /// How long a claim holds without a sign of life. Default: 30 seconds, renewed every 10 while the handler runs. After
    /// a crash a repeat gets 409 for this long; too short, and a stalled process loses its claim.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.rules.lease = lease;
        self
    }

    /// How long one step of the store may take. Default: 2 seconds; then 503.
    pub fn store_deadline(mut self, deadline: Duration) -> Self {
        self.rules.store_deadline = deadline;
        self
    }

    /// The longest response body kept for repeats, in bytes. Default: 256 KiB; of longer ones only status and headers
    /// are kept.
    pub fn stored_body_cap(mut self, bytes: usize) -> Self {
        self.rules.stored_body_cap = bytes;
        self
    }

    /// Keeps answers of 500 to 599 too, so that a request that began never runs again under its key. Default: they give
    /// the key back. A handler that panics or runs out of time has given no answer, and gives it back in either case.
    pub fn keep_server_errors(mut self) -> Self {
        self.rules.completes = Completes::ServerErrorsToo;
        self
    }

    /// What the `type` of a problem begins with; its end is one of the headings of this crate's `PROBLEMS.md`, such as
    /// `key-missing`. Default: that page.
    pub fn problem_types(mut self, base: impl Into<String>) -> Self {
        self.problems.base = Cow::Owned(base.into());
        self
    }

    /// The API's own page on idempotency keys, for the `Link` of refusals. Default: the problem's type.
    pub fn documentation(mut self, page: impl Into<String>) -> Self {
        self.problems.documentation = Some(page.into());
        self
    }

    /// Lets requests without a key through, as often as they are sent. A client that forgets the header repeats its
    /// effects with every retry.
    pub fn danger_allow_missing_key(mut self) -> Self {
        self.missing_allowed = true;
        self
    }

    /// Runs requests without a record while the store is down. Each may then run any number of times.
    pub fn danger_continue_without_store(mut self) -> Self {
        self.rules.continue_without_store = true;
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// The first setting that cannot work, with how to mend it.
    pub fn build(self) -> Result<IdempotencyKeys, ConfigError> {
        check_name(&self.name)?;
        let KeyFormat { min, max, .. } = self.format;
        if min == 0 || min > max || max > MAX_KEY_LENGTH {
            return Err(ConfigError::new("key_length", "choose 1 to 255 characters, the least not above the most"));
        }
        if self.methods.is_empty() || self.methods.iter().any(|method| matches!(&**method, "GET" | "HEAD" | "")) {
            return Err(ConfigError::new("methods", "name the methods that change something, such as `POST`"));
        }
        if self.fingerprint_headers.iter().any(|name| **name == *"idempotency-key" || name.is_empty()) {
            return Err(ConfigError::new("fingerprint_headers", "name headers that belong to what is asked for"));
        }
        if self.rules.retention < MIN_RETENTION {
            return Err(ConfigError::new(
                "retention",
                "below one hour, a request that a client kept for later runs a second time",
            ));
        }
        if self.body_cap == 0 {
            return Err(ConfigError::new("body_cap", "zero would refuse every request that has a body"));
        }
        self.problems.check()?;
        let retention = self.rules.retention;
        let gate = Gate::new(Arc::clone(&self.name), self.handler_deadline, self.store, self.rules)?;
        Ok(IdempotencyKeys {
            inner: Arc::new(Inner {
                name: self.name,
                format: self.format,
                missing_allowed: self.missing_allowed,
                methods: self.methods,
                fingerprint_headers: self.fingerprint_headers,
                body_cap: self.body_cap,
                read_deadline: self.read_deadline,
                retention,
                problems: self.problems,
                gate,
            }),
        })
    }
}

/// The shortest retention, and the default. A client that was cut off keeps a request in a queue and sends it again; a
/// key that is forgotten by then runs it twice.
const MIN_RETENTION: Duration = Duration::from_secs(3_600);
const DEFAULT_RETENTION: Duration = Duration::from_secs(86_400);

/// The longest key that may be allowed.
const MAX_KEY_LENGTH: usize = 255;
