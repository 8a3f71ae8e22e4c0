//! One receiving URL with its rules: built once, cross-checked, shared by all requests.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::clock::{Clock, SystemClock, Tolerance, UnixTime};
use crate::dedupe::{Dedupe, DedupeSettings, EventIdRule};
use crate::error::ConfigError;
use crate::gate::{ClaimRules, Gate};
use crate::head::RequestHead;
use crate::intake::Intake;
use crate::keyring::{ActiveKeys, Keyring};
use crate::plan::{Part, Plan, TimestampPlan};
use crate::provider::Provider;
use crate::rejection::{Reason, Rejection};
use crate::secret::{SecretError, SigningSecret};
use crate::store::{DynStore, Store};
#[cfg(feature = "tenants")]
use crate::tenant::{Tenant, Tenants};

/// One receiving URL: a provider, the keys it accepts, and what happens to duplicates.
///
/// Cloning it is cheap and shares everything; adapters clone it for each request.
///
/// ```
/// use countersign::{Endpoint, Keyring, MemoryStore, providers};
///
/// let endpoint = Endpoint::builder("billing", providers::STRIPE, Keyring::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"))
///     .dedupe(MemoryStore::default())
///     .build()?;
/// assert_eq!(endpoint.name(), "billing");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

struct Inner {
    name: Arc<str>,
    provider: Provider,
    plan: Plan,
    keys: KeySource,
    limits: Limits,
    tolerance: Option<Tolerance>,
    ignore_timestamp: bool,
    clock: Arc<dyn Clock>,
    dedupe: Option<Dedupe>,
    gate: Gate,
}

enum KeySource {
    Keyring(ArcSwap<ActiveKeys>),
    #[cfg(feature = "tenants")]
    Tenants {
        tenants: Box<Tenants>,
        decoy: Arc<Tenant>,
    },
}

/// The keys of an endpoint: one keyring, or one for each tenant.
pub enum Keys {
    /// The same keys for every request.
    Keyring(Keyring),
    /// Keys resolved from the request head.
    #[cfg(feature = "tenants")]
    Tenants(Box<Tenants>),
}

impl From<Keyring> for Keys {
    fn from(keyring: Keyring) -> Self {
        Self::Keyring(keyring)
    }
}

impl From<SigningSecret> for Keys {
    fn from(secret: SigningSecret) -> Self {
        Self::Keyring(secret.into())
    }
}

impl From<&str> for Keys {
    fn from(secret: &str) -> Self {
        Self::Keyring(secret.into())
    }
}

impl From<String> for Keys {
    fn from(secret: String) -> Self {
        Self::Keyring(secret.into())
    }
}

#[cfg(feature = "tenants")]
impl From<Tenants> for Keys {
    fn from(tenants: Tenants) -> Self {
        Self::Tenants(Box::new(tenants))
    }
}

/// The bounds that adapters apply around the core, which has no timers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest body taken, in bytes.
    pub body_cap: u64,
    /// How long a body may take to arrive.
    pub read_deadline: Duration,
    /// How long a handler may run, or `None` for as long as it likes.
    pub handler_deadline: Option<Duration>,
    /// How long a tenant look-up may take.
    pub resolve_deadline: Duration,
}

/// The body cap where the provider publishes none: 1 MiB.
const DEFAULT_BODY_CAP: u64 = 1024 * 1024;

impl Endpoint {
    /// Starts an endpoint. The name stands in events and in the keys of records: changing it makes every event new.
    pub fn builder(name: impl Into<Arc<str>>, provider: impl Into<Provider>, keys: impl Into<Keys>) -> EndpointBuilder {
        let provider = provider.into();
        EndpointBuilder {
            name: name.into(),
            keys: keys.into(),
            limits: Limits {
                body_cap: provider.sender.body_cap.unwrap_or(DEFAULT_BODY_CAP),
                read_deadline: Duration::from_secs(10),
                handler_deadline: None,
                resolve_deadline: Duration::from_secs(2),
            },
            tolerance: None,
            ignore_timestamp: false,
            clock: Arc::new(SystemClock),
            store: None,
            dedupe: DedupeSettings::default(),
            provider,
        }
    }

    /// The endpoint's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The provider it receives from.
    pub fn provider(&self) -> &Provider {
        &self.inner.provider
    }

    /// The bounds for adapters.
    pub fn limits(&self) -> Limits {
        self.inner.limits
    }

    /// The endpoint's clock.
    ///
    /// # Errors
    ///
    /// The clock stands before 1970.
    pub fn now(&self) -> Result<UnixTime, Rejection> {
        self.inner.clock.now().ok_or_else(|| Reason::ClockUnavailable.into())
    }

    /// Judges a request by its head, before a byte of its body is read.
    ///
    /// # Errors
    ///
    /// What [`Intake`]'s rules 1 to 3 refuse. An endpoint with tenants refuses every request here: find the tenant
    /// with [`resolve`](Self::resolve) and use [`open_for`](Self::open_for).
    #[inline]
    pub fn open<'h>(&'h self, head: &'h impl RequestHead) -> Result<Intake<'h>, Rejection> {
        match &self.inner.keys {
            KeySource::Keyring(keys) => Intake::open(self, keys.load_full(), None, head),
            #[cfg(feature = "tenants")]
            KeySource::Tenants { decoy, .. } => self.open_for(head, decoy),
        }
    }

    /// Finds the tenant that the head names: `None` where the endpoint has one keyring for all.
    ///
    /// An unknown tenant is no error here: it gets keys that let nothing through, so that it costs and answers what a
    /// bad signature does.
    ///
    /// # Errors
    ///
    /// The look-up failed: 503, and the sender keeps the event.
    #[cfg(feature = "tenants")]
    pub async fn resolve(&self, head: &impl RequestHead) -> Result<Option<Arc<Tenant>>, Rejection> {
        match &self.inner.keys {
            KeySource::Keyring(_) => Ok(None),
            KeySource::Tenants { tenants, decoy } => {
                let found = tenants.find(&self.inner.plan, head).await?;
                Ok(Some(found.unwrap_or_else(|| Arc::clone(decoy))))
            }
        }
    }

    /// [`open`](Self::open) with a tenant's keys.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    #[cfg(feature = "tenants")]
    pub fn open_for<'h>(&'h self, head: &'h impl RequestHead, tenant: &Tenant) -> Result<Intake<'h>, Rejection> {
        Intake::open(self, Arc::clone(&tenant.keys), tenant.name.clone(), head)
    }

    /// Replaces the keyring while requests run. Requests that have begun finish with the keys they began with.
    ///
    /// # Errors
    ///
    /// A secret does not fit the provider's format, and the old keyring stays; or the endpoint has tenants, whose
    /// keyrings come from their resolver.
    pub fn replace_keyring(&self, keyring: impl Into<Keyring>) -> Result<(), ConfigError> {
        match &self.inner.keys {
            KeySource::Keyring(keys) => {
                keys.store(Arc::new(keyring.into().prepare(&self.inner.plan)?));
                Ok(())
            }
            #[cfg(feature = "tenants")]
            KeySource::Tenants { .. } => {
                Err(ConfigError::new("keyring", "this endpoint has tenants; `Tenants::forget` makes one look up anew"))
            }
        }
    }

    /// The endpoint's tenants, where it has them.
    #[cfg(feature = "tenants")]
    pub fn tenants(&self) -> Option<&Tenants> {
        match &self.inner.keys {
            KeySource::Keyring(_) => None,
            KeySource::Tenants { tenants, .. } => Some(tenants),
        }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    pub(crate) fn body_cap(&self) -> u64 {
        self.inner.limits.body_cap
    }

    pub(crate) fn allows_method(&self, method: &str) -> bool {
        self.inner.provider.methods.iter().any(|allowed| *allowed == method)
    }

    pub(crate) fn tolerance(&self, rule: &TimestampPlan) -> Tolerance {
        self.inner.tolerance.unwrap_or(rule.tolerance)
    }

    pub(crate) fn ignores_timestamp(&self) -> bool {
        self.inner.ignore_timestamp
    }

    pub(crate) fn dedupe(&self) -> Option<&Dedupe> {
        self.inner.dedupe.as_ref()
    }

    /// What stands between a verified delivery and its handler.
    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name())
            .field("provider", &self.inner.provider.name)
            .finish_non_exhaustive()
    }
}

impl From<&Provider> for Provider {
    fn from(provider: &Provider) -> Self {
        provider.clone()
    }
}

/// An endpoint in the making. Required facts were arguments of [`Endpoint::builder`]; everything here has a default
/// that is safe.
#[must_use = "an endpoint exists once it is built"]
pub struct EndpointBuilder {
    name: Arc<str>,
    provider: Provider,
    keys: Keys,
    limits: Limits,
    tolerance: Option<Tolerance>,
    ignore_timestamp: bool,
    clock: Arc<dyn Clock>,
    store: Option<Box<dyn DynStore>>,
    dedupe: DedupeSettings,
}

impl EndpointBuilder {
    /// Handles each event once, keeping its record in `store`.
    pub fn dedupe(mut self, store: impl Store) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// The longest body taken, in bytes. Default: what the provider documents, else 1 MiB. Longer bodies are refused
    /// with 413, before they are read where the sender declares the length. Too small loses large events; too large
    /// lets each connection hold that much memory.
    pub fn body_cap(mut self, bytes: u64) -> Self {
        self.limits.body_cap = bytes;
        self
    }

    /// How far a signed time may lie from this clock. Default: what the provider documents.
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// How long a body may take to arrive. Default: 10 seconds; then 408.
    pub fn read_deadline(mut self, deadline: Duration) -> Self {
        self.limits.read_deadline = deadline;
        self
    }

    /// How long a tenant look-up may take. Default: 2 seconds; then 503.
    pub fn resolve_deadline(mut self, deadline: Duration) -> Self {
        self.limits.resolve_deadline = deadline;
        self
    }

    /// How long a handler may run; then it is dropped, the event is released and the sender gets 503. Default: no
    /// bound, because dropping a handler half-way is only safe if the handler says so.
    pub fn handler_deadline(mut self, deadline: Duration) -> Self {
        self.limits.handler_deadline = Some(deadline);
        self
    }

    /// What makes two deliveries the same event, as tokens: `{j:/data/id}`. Default: what the provider's data says.
    /// Several calls add alternatives; the first that is present counts.
    pub fn event_id(mut self, template: impl Into<String>) -> Self {
        self.dedupe.event_id.push(template.into());
        self
    }

    /// Absorbs replays only: the whole signed content is the key, kept as long as it would pass as fresh. A retry that
    /// the provider signs anew runs again.
    pub fn replay_window_only(mut self) -> Self {
        self.dedupe.rule = EventIdRule::ReplayWindow;
        self
    }

    /// How long an outcome is kept. Default: as long as the provider may retry, at least seven days. Shorter than the
    /// provider's retries lets a late one run again, so `build` refuses it.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.dedupe.retention = Some(retention);
        self
    }

    /// How long a claim holds without a sign of life. Default: 30 seconds, renewed every 10 while the handler runs.
    /// After a crash an event waits this long before it runs again; too short, and a stalled process loses its claim.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.dedupe.rules.lease = lease;
        self
    }

    /// How long a duplicate of a running delivery waits for its outcome. Default: 2 seconds; then 503.
    pub fn duplicate_wait(mut self, wait: Duration) -> Self {
        self.dedupe.rules.duplicate_wait = wait;
        self
    }

    /// How many duplicates may wait at once. Default: 1,024; further ones get 503 at once.
    pub fn max_waiters(mut self, waiters: usize) -> Self {
        self.dedupe.rules.max_waiters = waiters;
        self
    }

    /// How long one step of the store may take. Default: 2 seconds; then 503.
    pub fn store_deadline(mut self, deadline: Duration) -> Self {
        self.dedupe.rules.store_deadline = deadline;
        self
    }

    /// Parks an event after this many failed attempts, until an operator redrives it. Default: no bound, because the
    /// sender's own retries have one.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.dedupe.rules.max_attempts = attempts;
        self
    }

    /// Refuses a delivery of an event that was handled (409) instead of repeating its answer. Some senders never take
    /// a delivery back after a 4xx, and honest retries get it too.
    pub fn strict_replay(mut self) -> Self {
        self.dedupe.rules.strict_replay = true;
        self
    }

    /// The longest response body kept for duplicates, in bytes. Default: 64 KiB; of longer ones only status and
    /// headers are kept.
    pub fn stored_body_cap(mut self, bytes: usize) -> Self {
        self.dedupe.rules.stored_body_cap = bytes;
        self
    }

    /// Refuses (503) what was signed before this process started, and for the tolerance of the sender's clock after: a
    /// store in memory cannot know whether an earlier process handled it. An honest sender comes back. Pointless with a
    /// store whose records outlive the process.
    pub fn refuse_from_before_start(mut self) -> Self {
        self.dedupe.refuse_from_before_start = true;
        self
    }

    /// The clock that freshness is judged by. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes deliveries of any age. A captured one then works for as long as no record of it exists.
    pub fn danger_ignore_timestamp(mut self) -> Self {
        self.ignore_timestamp = true;
        self
    }

    /// Keys events on a header that the signature does not cover. Anyone who captures one delivery can have its event
    /// handled again and again by changing that header.
    pub fn danger_accept_unsigned_id(mut self, header: &str) -> Self {
        self.dedupe.event_id.push(format!("{{h:{header}}}"));
        self.dedupe.rule = EventIdRule::Unsigned;
        self
    }

    /// Handles events without a record while the store is down. Each may then be handled any number of times.
    pub fn danger_continue_without_store(mut self) -> Self {
        self.dedupe.rules.continue_without_store = true;
        self
    }

    /// Checks everything against everything else.
    ///
    /// # Errors
    ///
    /// The first setting that cannot work or that contradicts what is known of the provider, with how to mend it.
    pub fn build(mut self) -> Result<Endpoint, ConfigError> {
        check_name(&self.name)?;
        if self.limits.body_cap == 0 {
            return Err(ConfigError::new("body_cap", "zero would refuse every delivery"));
        }
        self.provider.check()?;
        if !self.dedupe.event_id.is_empty() {
            self.provider.event_id = self.dedupe.event_id.drain(..).map(Into::into).collect();
        }
        if self.dedupe.rule == EventIdRule::ReplayWindow {
            self.provider.event_id = vec!["{content}".into()].into();
        }
        let plan = Plan::new(&self.provider)?;
        let (dedupe, gate) = match self.store {
            None => (None, Gate::open(Arc::clone(&self.name), self.limits.handler_deadline)),
            Some(store) => {
                let window = widest_tolerance(&plan, self.tolerance, self.ignore_timestamp);
                check_event_id(&plan, self.dedupe.rule)?;
                let dedupe = Dedupe::new(&self.dedupe, &self.provider, window, self.clock.now())?;
                let rules = ClaimRules { retention: dedupe.retention(), ..self.dedupe.rules };
                let gate = Gate::new(Arc::clone(&self.name), self.limits.handler_deadline, store, rules)?;
                (Some(dedupe), gate)
            }
        };
        let keys = match self.keys {
            Keys::Keyring(keyring) => KeySource::Keyring(ArcSwap::from_pointee(keyring.prepare(&plan)?)),
            #[cfg(feature = "tenants")]
            Keys::Tenants(tenants) => {
                let decoy = Tenant { name: None, keys: Arc::new(ActiveKeys::decoy(&plan)) };
                KeySource::Tenants { tenants, decoy: Arc::new(decoy) }
            }
        };
        Ok(Endpoint {
            inner: Arc::new(Inner {
                name: self.name,
                provider: self.provider,
                plan,
                keys,
                limits: self.limits,
                tolerance: self.tolerance,
                ignore_timestamp: self.ignore_timestamp,
                clock: self.clock,
                dedupe,
                gate,
            }),
        })
    }
}

/// Names stand in logs and on the command line.
pub(crate) fn check_name(name: &str) -> Result<(), ConfigError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(ConfigError::new("name", "it must be 1 to 64 letters, digits, `-`, `_` or `.`"));
    }
    Ok(())
}

/// Checks secrets against a provider's formats without building an endpoint.
///
/// # Errors
///
/// The first secret that does not fit.
pub fn check_keyring(provider: &Provider, keyring: &Keyring) -> Result<(), ConfigError> {
    keyring.prepare(&Plan::new(provider)?).map(|_| ()).map_err(|error: SecretError| error.into())
}

fn widest_tolerance(plan: &Plan, chosen: Option<Tolerance>, ignored: bool) -> Option<Tolerance> {
    let rules: Option<Vec<Tolerance>> =
        plan.schemes.iter().map(|scheme| scheme.timestamp.as_ref().map(|rule| rule.tolerance)).collect();
    let widest =
        rules?.into_iter().reduce(|a, b| Tolerance { past: a.past.max(b.past), future: a.future.max(b.future) })?;
    (!ignored).then(|| chosen.unwrap_or(widest))
}

/// The event id must come from signed bytes, and there must be one.
fn check_event_id(plan: &Plan, rule: EventIdRule) -> Result<(), ConfigError> {
    if plan.event_id.is_empty() {
        return Err(ConfigError::new(
            "event_id",
            "nothing this provider signs tells its events apart; choose `event_id(…)`, `replay_window_only()`, or no \
             `dedupe`",
        ));
    }
    for part in plan.event_id.iter().flatten() {
        match part {
            Part::Header { field, .. } if rule != EventIdRule::Unsigned && !plan.signs_header(*field) => {
                return Err(ConfigError::new(
                    "event_id",
                    "the signature does not cover this header, so anyone can change it; use signed bytes, or \
                     `danger_accept_unsigned_id`",
                ));
            }
            Part::Json { .. } if cfg!(not(feature = "json")) => {
                return Err(ConfigError::new("event_id", "reading it from the body needs the feature `json`"));
            }
            _ => {}
        }
    }
    Ok(())
}
