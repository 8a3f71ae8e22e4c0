//! One receiving URL with its rules: built once, cross-checked, shared by all requests.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::clock::{Clock, SystemClock, Tolerance, UnixTime};
use crate::dedupe::{Dedupe, DedupeSettings, EventIdRule};
use crate::error::ConfigError;
use crate::gate::{ClaimRules, Gate};
use crate::handshake::{Arrival, DeliveredKey, Handshakes, KeyKeeper, KeyRefused};
use crate::head::RequestHead;
use crate::intake::Intake;
use crate::keyring::{ActiveKeys, Keyring};
use crate::plan::{Part, Plan, SchemePlan, SyntaxPlan, TimestampPlan};
use crate::provider::Provider;
use crate::rejection::{Reason, Rejection};
use crate::scheme::{Scheme, Text};
use crate::secret::{SecretError, SigningSecret};
use crate::store::{DynStore, Store};
use crate::template::Token;
#[cfg(feature = "tenants")]
use crate::tenant::{FetchedKeys, Tenant, Tenants};
use crate::url::{Network, PublicUrl, UrlSource};

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
    rules: Arc<Rules>,
    takes_post: bool,
    keys: KeyPlace,
    limits: Limits,
    tolerance: Option<Tolerance>,
    ignore_timestamp: bool,
    clock: Arc<dyn Clock>,
    url: Option<UrlSource>,
    config: Vec<(Text, Text)>,
    handshakes: Option<Handshakes>,
    dedupe: Option<Dedupe>,
    gate: Gate,
}

/// What a delivery needs of its endpoint as long as it lives. Every keyring holds it, so that a delivery counts one
/// owner only.
pub(crate) struct Rules {
    pub(crate) name: Arc<str>,
    pub(crate) provider: Provider,
    pub(crate) plan: Plan,
    /// Whether event ids count that the signature does not cover.
    pub(crate) unsigned_ids: bool,
}

enum KeyPlace {
    Keyring(ArcSwap<ActiveKeys>),
    #[cfg(feature = "tenants")]
    Tenants {
        tenants: Box<Tenants>,
        decoy: Arc<Tenant>,
    },
    #[cfg(feature = "tenants")]
    Fetched {
        keys: Box<FetchedKeys>,
        none_yet: Arc<ActiveKeys>,
    },
}

/// The keys of an endpoint: one keyring, or one for each tenant.
pub enum Keys {
    /// The same keys for every request.
    Keyring(Keyring),
    /// Keys resolved from the request head.
    #[cfg(feature = "tenants")]
    Tenants(Box<Tenants>),
    /// Public keys fetched when a delivery names them.
    #[cfg(feature = "tenants")]
    Fetched(Box<FetchedKeys>),
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

#[cfg(feature = "tenants")]
impl From<FetchedKeys> for Keys {
    fn from(keys: FetchedKeys) -> Self {
        Self::Fetched(Box::new(keys))
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
    /// How long the look-up of a tenant, or of a key, may take.
    pub resolve_deadline: Duration,
}

/// The body cap where the provider publishes none: 1 MiB.
const DEFAULT_BODY_CAP: u64 = 1024 * 1024;

impl Endpoint {
    /// Starts an endpoint. The name stands in events and in the keys of records: changing it makes every event new.
    pub fn builder(name: impl Into<Arc<str>>, provider: impl Into<Provider>, keys: impl Into<Keys>) -> EndpointBuilder {
        let provider = provider.into();
        let keys = keys.into();
        EndpointBuilder {
            name: name.into(),
            limits: Limits {
                body_cap: provider.sender.body_cap.unwrap_or(DEFAULT_BODY_CAP),
                read_deadline: Duration::from_secs(10),
                handler_deadline: None,
                resolve_deadline: Duration::from_secs(match keys {
                    Keys::Keyring(_) => 2,
                    #[cfg(feature = "tenants")]
                    Keys::Tenants(_) => 2,
                    // A host at the other end of the world, and one more try.
                    #[cfg(feature = "tenants")]
                    Keys::Fetched(_) => 6,
                }),
            },
            keys,
            tolerance: None,
            ignore_timestamp: false,
            clock: Arc::new(SystemClock),
            url: None,
            config: Vec::new(),
            only_schemes: None,
            answers_handshakes: false,
            keeper: None,
            store: None,
            dedupe: DedupeSettings::default(),
            provider,
        }
    }

    /// The endpoint's name.
    pub fn name(&self) -> &str {
        &self.inner.rules.name
    }

    /// The provider it receives from.
    pub fn provider(&self) -> &Provider {
        &self.inner.rules.provider
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
            KeyPlace::Keyring(keys) => Intake::open(self, keys.load_full(), None, head),
            #[cfg(feature = "tenants")]
            KeyPlace::Tenants { decoy, .. } => self.open_for(head, decoy),
            #[cfg(feature = "tenants")]
            KeyPlace::Fetched { none_yet, .. } => Intake::open(self, Arc::clone(none_yet), None, head),
        }
    }

    /// Fetches the key that a delivery names, where this endpoint has its keys fetched; to be called after the whole
    /// body was pushed and before [`Intake::finish`]. Otherwise it does nothing.
    ///
    /// # Errors
    ///
    /// The delivery names no key, or one from a place that the provider does not have (401); or the key could not be
    /// fetched (503), and the sender keeps the event.
    #[cfg(feature = "tenants")]
    pub async fn fetch_keys(&self, intake: &mut Intake<'_>) -> Result<(), Rejection> {
        let KeyPlace::Fetched { keys, .. } = &self.inner.keys else { return Ok(()) };
        if intake.wants_no_key() {
            return Ok(());
        }
        let name = intake.wanted_key()?;
        let found = keys.find(&self.inner.rules, &name).await?;
        intake.use_keys(found.ok_or(Reason::UnknownKey)?);
        Ok(())
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
            KeyPlace::Keyring(_) | KeyPlace::Fetched { .. } => Ok(None),
            KeyPlace::Tenants { tenants, decoy } => {
                let found = tenants.find(&self.inner.rules, head).await?;
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
            KeyPlace::Keyring(keys) => {
                keys.store(Arc::new(keyring.into().prepare(&self.inner.rules)?));
                Ok(())
            }
            #[cfg(feature = "tenants")]
            KeyPlace::Tenants { .. } => {
                Err(ConfigError::new("keyring", "this endpoint has tenants; `Tenants::forget` makes one look up anew"))
            }
            #[cfg(feature = "tenants")]
            KeyPlace::Fetched { .. } => Err(ConfigError::new("keyring", "this endpoint has its keys fetched")),
        }
    }

    /// The endpoint's tenants, where it has them.
    #[cfg(feature = "tenants")]
    pub fn tenants(&self) -> Option<&Tenants> {
        match &self.inner.keys {
            KeyPlace::Tenants { tenants, .. } => Some(tenants),
            _ => None,
        }
    }

    pub(crate) fn url_source(&self) -> Option<&UrlSource> {
        self.inner.url.as_ref()
    }

    pub(crate) fn config(&self) -> &[(Text, Text)] {
        &self.inner.config
    }

    pub(crate) fn handshakes(&self) -> Option<&Handshakes> {
        self.inner.handshakes.as_ref()
    }

    /// Hands a key that came with a handshake to the receiver's own
    /// [`on_key_delivery`](EndpointBuilder::on_key_delivery); to be called with what
    /// [`Intake::conclude`] gave. Anything else passes unchanged.
    ///
    /// # Errors
    ///
    /// The receiver did not take the key (403).
    pub async fn hand_over(&self, arrival: Arrival) -> Result<Arrival, Rejection> {
        let Arrival::Handshake(mut reply) = arrival else { return Ok(arrival) };
        if let (Some(key), Some(handshakes)) = (reply.key.take(), self.handshakes()) {
            handshakes.keep(key).await?;
        }
        Ok(Arrival::Handshake(reply))
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inner.rules.plan
    }

    pub(crate) fn body_cap(&self) -> u64 {
        self.inner.limits.body_cap
    }

    #[inline]
    pub(crate) fn allows_method(&self, method: &str) -> bool {
        // Nearly all: said first, for it costs a tenth of the search.
        self.inner.takes_post && method == "POST"
            || self.inner.rules.provider.methods.iter().any(|allowed| *allowed == method)
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
            .field("provider", &self.inner.rules.provider.name)
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
    url: Option<UrlSource>,
    config: Vec<(Text, Text)>,
    only_schemes: Option<Vec<String>>,
    answers_handshakes: bool,
    keeper: Option<KeyKeeper>,
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

    /// How long the look-up of a tenant, or of a key that a delivery names, may take. Default: 2 seconds for a tenant, 6
    /// for a key that is fetched; then 503. Longer than the provider waits for an answer is pointless.
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

    /// The URL that the provider signs, as it is registered there: needed by schemes that sign it. Without a path it
    /// stands for any path, as sent; see [`PublicUrl::new`]. What a request says of its own host is never used.
    ///
    /// # Errors
    ///
    /// It is no URL that a provider could sign.
    pub fn public_url(self, url: &str) -> Result<Self, ConfigError> {
        Ok(self.signed_url(PublicUrl::new(url)?))
    }

    /// The same, read before.
    pub fn signed_url(mut self, url: PublicUrl) -> Self {
        self.url = Some(UrlSource::Configured(url));
        self
    }

    /// Takes the host and the scheme of the signed URL from `X-Forwarded-Host` and `X-Forwarded-Proto`, if the
    /// connection comes from one of these addresses or networks (`10.0.0.0/8`). From any other peer, a delivery whose
    /// URL is signed is refused: a client could write these headers so that a URL signed for another receiver fits.
    ///
    /// # Errors
    ///
    /// One of them is no address and no network.
    pub fn trusted_proxies<'n>(mut self, networks: impl IntoIterator<Item = &'n str>) -> Result<Self, ConfigError> {
        let networks: Result<Vec<Network>, ConfigError> = networks.into_iter().map(Network::new).collect();
        self.url = Some(UrlSource::Forwarded(networks?));
        Ok(self)
    }

    /// Takes deliveries under these of the provider's schemes only, by their [names](crate::Scheme::name). One without a
    /// name goes by its provider's.
    ///
    /// Where a delivery has the headers of several schemes, the first of the provider decides. But whoever captured one
    /// may leave its headers out, and is then judged by the next, which may cover less or have no time. Name the strongest
    /// one where your provider always sends it.
    pub fn only_schemes<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.only_schemes = Some(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// A value of this endpoint that the provider's signature covers, such as PayPal's `webhook_id`, or that a handshake
    /// is judged by, such as Meta's `verify_token`. Of several values of one name, a handshake may have any. A name that
    /// the provider does not [read](Provider::config_names) is an error of `build`.
    pub fn config(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.push((Text::from(name.into()), Text::from(value.into())));
        self
    }

    /// Answers what the provider asks before it sends: its [handshakes](crate::Handshake). Without this nothing is
    /// answered: a GET gets 405, and a question by POST reaches the handler if it is signed, and 401 if not.
    ///
    /// Some need a value of the endpoint, `config("verify_token", …)`, or its URL; `build` names what is missing. Where
    /// the provider has several, those are answered whose values are there.
    pub fn answer_handshakes(mut self) -> Self {
        self.answers_handshakes = true;
        self
    }

    /// Takes the signing key that a provider hands over in its handshake (Asana, Clio, Notion), and answers it.
    /// Implies [`answer_handshakes`](Self::answer_handshakes).
    ///
    /// **Whoever knows the URL can send a key.** `keep` must take one only while a registration is under way, and only at
    /// the path of that registration, which nobody can guess; else a stranger signs events with a key of his own. It must
    /// have stored the key when it returns, because the sender gets its 2xx then. It runs in the request, without a
    /// deadline.
    ///
    /// A key that was taken is not in use by itself: see [`Endpoint::replace_keyring`].
    pub fn on_key_delivery<F, K>(mut self, keep: F) -> Self
    where
        F: Fn(DeliveredKey) -> K + Send + Sync + 'static,
        K: Future<Output = Result<(), KeyRefused>> + Send + 'static,
    {
        self.keeper = Some(Arc::new(move |key| Box::pin(keep(key))));
        self.answer_handshakes()
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

    /// Keys events on a header, or on tokens such as `{j:/id}`, that the signature does not cover. Anyone who captures
    /// one delivery can have its event handled again and again by changing them.
    pub fn danger_accept_unsigned_id(mut self, header_or_tokens: &str) -> Self {
        let is_tokens = header_or_tokens.contains('{');
        self.dedupe.event_id.push(if is_tokens {
            header_or_tokens.to_owned()
        } else {
            format!("{{h:{header_or_tokens}}}")
        });
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
        check_config(&self.provider, &self.config)?;
        if let Some(names) = &self.only_schemes {
            keep_schemes(&mut self.provider, names)?;
        }
        let plan = Plan::new(&self.provider)?;
        check_surroundings(&plan, self.url.is_some(), &self.config)?;
        check_query(&plan, self.url.as_ref())?;
        let handshakes = match self.answers_handshakes {
            true => Some(Handshakes::new(&self.provider, &plan, &self.config, self.url.is_some(), self.keeper)?),
            false => None,
        };
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
        let takes_post = self.provider.methods.iter().any(|allowed| *allowed == "POST");
        let unsigned_ids = self.dedupe.rule == EventIdRule::Unsigned;
        let rules = Arc::new(Rules { name: self.name, provider: self.provider, plan, unsigned_ids });
        let keys = match self.keys {
            Keys::Keyring(keyring) => KeyPlace::Keyring(ArcSwap::from_pointee(keyring.prepare(&rules)?)),
            #[cfg(feature = "tenants")]
            Keys::Tenants(tenants) => {
                let decoy = Tenant { name: None, keys: Arc::new(ActiveKeys::decoy(&rules)) };
                KeyPlace::Tenants { tenants, decoy: Arc::new(decoy) }
            }
            #[cfg(feature = "tenants")]
            Keys::Fetched(keys) => {
                if rules.plan.schemes.iter().all(|scheme| scheme.whole.key_id.is_none()) {
                    let why = "nothing in this provider's deliveries names a key; configure its keys, or give its scheme `key_id`";
                    return Err(ConfigError::new("keys", why));
                }
                KeyPlace::Fetched { keys, none_yet: Arc::new(ActiveKeys::none_yet(&rules)) }
            }
        };
        Ok(Endpoint {
            inner: Arc::new(Inner {
                rules,
                takes_post,
                keys,
                limits: self.limits,
                tolerance: self.tolerance,
                ignore_timestamp: self.ignore_timestamp,
                clock: self.clock,
                url: self.url,
                config: self.config,
                handshakes,
                dedupe,
                gate,
            }),
        })
    }
}

/// Leaves the schemes of these names. One without a name goes by its provider's.
fn keep_schemes(provider: &mut Provider, names: &[String]) -> Result<(), ConfigError> {
    let owner = provider.name.clone();
    let name_of = |scheme: &Scheme| if scheme.name.is_empty() { owner.clone() } else { scheme.name.clone() };
    let known: Vec<Text> = provider.schemes.iter().map(name_of).collect();
    if names.is_empty() || names.iter().any(|name| !known.iter().any(|known| known == name)) {
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        return Err(ConfigError::new("only_schemes", format!("the schemes of {owner} are {}", known.join(", "))));
    }
    provider.schemes.to_mut().retain(|scheme| names.iter().any(|name| *name == name_of(scheme)));
    Ok(())
}

/// A value that nothing reads is one whose name is mistyped, and a check that is not made.
fn check_config(provider: &Provider, config: &[(Text, Text)]) -> Result<(), ConfigError> {
    let known = provider.config_names();
    let Some((unread, _)) = config.iter().find(|(name, _)| !known.iter().any(|known| known == name)) else {
        return Ok(());
    };
    let why = match known.as_slice() {
        [] => "it reads none".to_owned(),
        known => format!("it reads {}", known.join(", ")),
    };
    Err(ConfigError::new("config", format!("{} does not read `{unread}`; {why}", provider.name)))
}

/// What schemes sign beside the request itself must be known.
fn check_surroundings(plan: &Plan, has_url: bool, config: &[(Text, Text)]) -> Result<(), ConfigError> {
    for token in plan.schemes.iter().flat_map(SchemePlan::all_tokens) {
        if token.is_url() && !has_url {
            return Err(ConfigError::new(
                "public_url",
                "this provider signs the URL of the endpoint; say what it is with `public_url(\"https://…\")`, or take it \
                 from your proxies with `trusted_proxies([…])`",
            ));
        }
        if let Token::Config(name) = token
            && !config.iter().any(|(known, _)| known == name)
        {
            return Err(ConfigError::new("config", format!("this provider's signature needs `config(\"{name}\", …)`")));
        }
    }
    let covers_url = |scheme: &SchemePlan| matches!(scheme.syntax, SyntaxPlan::HttpSignature { .. });
    if !has_url && plan.schemes.iter().any(covers_url) {
        return Err(ConfigError::new("public_url", "HTTP signatures cover parts of the URL; say what it is"));
    }
    Ok(())
}

/// A URL that is configured with its query is signed with that one. The query that is sent is not, and nothing may be
/// decided by it.
fn check_query(plan: &Plan, url: Option<&UrlSource>) -> Result<(), ConfigError> {
    let has_own = matches!(url, Some(UrlSource::Configured(url)) if url.has_query());
    let is_decided_by = |parts: &[Part], field: &Part| parts.contains(field) && !parts.contains(&Part::Content);
    let kept = plan
        .kept
        .as_ref()
        .filter(|kept| plan.event_id.iter().chain([&plan.event_type]).any(|parts| is_decided_by(parts, kept)));
    let kept = kept.and_then(|kept| if let Part::Token(token) = kept { Some(token) } else { None });
    let reads_sent = |scheme: &SchemePlan| {
        let time = scheme.timestamp.as_ref().map(|rule| &rule.token);
        let mut fields = time.into_iter().chain(kept).filter(|token| matches!(token, Token::Query(_)));
        fields.any(|field| scheme.has_query_in_url(field))
    };
    match has_own && plan.schemes.iter().any(reads_sent) {
        false => Ok(()),
        true => Err(ConfigError::new(
            "public_url",
            "its own query is signed in place of the one that is sent, and this provider's event ids or times stand in \
             that one; leave the query out",
        )),
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
    let rules = Rules { name: "".into(), provider: provider.clone(), plan: Plan::new(provider)?, unsigned_ids: false };
    keyring.prepare(&Arc::new(rules)).map(|_| ()).map_err(|error: SecretError| error.into())
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
    let by_any = |kind: usize| plan.schemes.iter().any(|scheme| scheme.signed_ids.get(kind) == Some(&true));
    let has_any = |scheme: &SchemePlan| scheme.signed_ids.contains(&true);
    let is_signed = (0..plan.event_id.len()).all(by_any) && plan.schemes.iter().all(has_any);
    if rule != EventIdRule::Unsigned && !is_signed {
        return Err(ConfigError::new(
            "event_id",
            "the signature does not cover all of it, so anyone can change it; use signed bytes, with \
             `{content}` beside fields that are signed without a mark between them, or `danger_accept_unsigned_id`",
        ));
    }
    let in_body = |part: &Part| matches!(part, Part::Json { .. });
    if plan.event_id.iter().flatten().any(in_body) && cfg!(not(feature = "json")) {
        return Err(ConfigError::new("event_id", "reading it from the body needs the feature `json`"));
    }
    Ok(())
}
