//! Many customers behind one path: the head names a tenant, the user's resolver gives its keys. Bounded, cached,
//! one look-up at a time for each name.

use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::error::Error;
use std::sync::Arc;

use moka::future::Cache;

use crate::endpoint::Rules;
use crate::head::RequestHead;
use crate::keyring::{ActiveKeys, Keyring};
use crate::rejection::Reason;

/// Where a request names its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TenantName {
    /// The path segment at this position, from 0: position 1 of `/hooks/acme` is `acme`.
    PathSegment(usize),
    /// The value of a header.
    Header(String),
    /// The first label of the host name, before this domain: `acme` of `acme.hooks.example.com` before
    /// `hooks.example.com`. The host is read from the `Host` header.
    SubdomainOf(String),
}

/// Looks up a tenant's keyring.
///
/// Called once for a name at a time, whatever the load; its answers are cached. An error is answered 503, so the
/// sender keeps the event.
pub trait TenantResolver: Send + Sync + 'static {
    /// Gives the tenant's keyring, or `None` where there is no such tenant.
    fn resolve(&self, name: &str) -> impl Future<Output = Result<Option<Keyring>, ResolveError>> + Send;
}

/// A failed look-up.
pub type ResolveError = Box<dyn Error + Send + Sync>;

/// The tenants of an endpoint.
///
/// Rules:
///
/// 1. A name has 1 to 128 visible ASCII characters; anything else is an unknown tenant without a look-up.
/// 2. At most 64 look-ups run at once; beyond that a request is answered 503.
/// 3. Known tenants are cached for five minutes, unknown names for thirty seconds and apart from the known ones, so
///    that a flood of made-up names cannot push a customer out.
/// 4. An unknown tenant costs and answers what a bad signature does.
pub struct Tenants {
    name: TenantName,
    lookups: Lookups,
}

/// Public keys that are fetched when a delivery names one, by the id or the address in it.
///
/// Rules 2 and 3 of [`Tenants`] hold here too, so a rotation of keys costs one fetch and a flood of made-up ids no more
/// than 64 at a time. An address is compared with the provider's own ([`Scheme::keys_at`](crate::Scheme::keys_at)) before
/// the source is asked.
pub struct FetchedKeys {
    lookups: Lookups,
}

/// Fetches a provider's public keys.
///
/// Called once for a key at a time; its answers are cached. An error is answered 503, so the sender keeps the event.
pub trait KeySource: Send + Sync + 'static {
    /// Gives the key of that id (or at that address), or `None` where the provider has no such key.
    ///
    /// The id is the sender's: 1 to 512 visible ASCII characters, and an address only where it is one of the scheme's
    /// [`keys_at`](crate::Scheme::keys_at).
    fn key(&self, id: &str) -> impl Future<Output = Result<Option<Keyring>, ResolveError>> + Send;
}

/// Keyrings by name: bounded, cached, one look-up at a time for each name.
struct Lookups {
    resolver: Box<dyn DynResolver>,
    known: Cache<Arc<str>, Arc<Tenant>>,
    unknown: Cache<Arc<str>, ()>,
    running: AtomicUsize,
    /// The reason where a look-up fails.
    unavailable: Reason,
}

/// A tenant's keys, ready to verify with.
pub struct Tenant {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) keys: Arc<ActiveKeys>,
}

const MAX_NAME: usize = 128;
const MAX_LOOKUPS: usize = 64;
const MAX_KNOWN: u64 = 100_000;
const MAX_UNKNOWN: u64 = 10_000;
const KNOWN_FOR: Duration = Duration::from_secs(300);
const UNKNOWN_FOR: Duration = Duration::from_secs(30);

impl Tenants {
    /// Tenants that requests name as `name` says and whose keyrings `resolver` knows.
    pub fn new(name: TenantName, resolver: impl TenantResolver) -> Self {
        Self::cached_for(name, resolver, KNOWN_FOR)
    }

    /// The same, with known tenants cached for `known_for`: how long a replaced secret may stay in use.
    pub fn cached_for(name: TenantName, resolver: impl TenantResolver, known_for: Duration) -> Self {
        Self { name, lookups: Lookups::new(Box::new(Named(resolver)), known_for, Reason::TenantUnavailable) }
    }

    /// The tenant that the head names: `Ok(None)` where it does not exist.
    pub(crate) async fn find(
        &self,
        rules: &Arc<Rules>,
        head: &impl RequestHead,
    ) -> Result<Option<Arc<Tenant>>, Reason> {
        match self.name.read(head) {
            Some(name) => Box::pin(self.lookups.find(rules, name)).await,
            None => Ok(None),
        }
    }

    /// Forgets what is cached of a tenant, so that its next delivery looks its keys up anew.
    pub async fn forget(&self, name: &str) {
        self.lookups.known.invalidate(name).await;
        self.lookups.unknown.invalidate(name).await;
    }
}

impl FetchedKeys {
    /// Keys from `source`, each cached for five minutes.
    pub fn new(source: impl KeySource) -> Self {
        Self::cached_for(source, KNOWN_FOR)
    }

    /// The same, cached for `known_for`: how long a key that its provider withdrew may stay in use.
    pub fn cached_for(source: impl KeySource, known_for: Duration) -> Self {
        Self { lookups: Lookups::new(Box::new(Source(source)), known_for, Reason::KeysUnavailable) }
    }

    pub(crate) async fn find(&self, rules: &Arc<Rules>, id: &str) -> Result<Option<Arc<ActiveKeys>>, Reason> {
        let found = Box::pin(self.lookups.find(rules, id.into())).await?;
        Ok(found.map(|found| Arc::clone(&found.keys)))
    }
}

/// A source of keys as a resolver of names.
struct Source<S>(S);

impl<S: KeySource> DynResolver for Source<S> {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a> {
        Box::pin(self.0.key(name))
    }
}

impl Lookups {
    fn new(resolver: Box<dyn DynResolver>, known_for: Duration, unavailable: Reason) -> Self {
        Self {
            resolver,
            known: Cache::builder().max_capacity(MAX_KNOWN).time_to_live(known_for).build(),
            unknown: Cache::builder().max_capacity(MAX_UNKNOWN).time_to_live(UNKNOWN_FOR).build(),
            running: AtomicUsize::new(0),
            unavailable,
        }
    }

    /// Kilobytes of state while it waits: callers keep it on the heap, or every request of every endpoint would make room
    /// for it.
    async fn find(&self, rules: &Arc<Rules>, name: Arc<str>) -> Result<Option<Arc<Tenant>>, Reason> {
        if let Some(tenant) = self.known.get(&name).await {
            return Ok(Some(tenant));
        }
        if self.unknown.get(&name).await.is_some() {
            return Ok(None);
        }
        // One look-up for a name at a time: whoever comes meanwhile waits for its answer.
        let found = self.known.try_get_with(Arc::clone(&name), self.look_up(rules, &name)).await;
        match found {
            Ok(tenant) => Ok(Some(tenant)),
            Err(missed) => match *missed {
                Missed::Unknown => Ok(None),
                Missed::Unavailable => Err(self.unavailable),
            },
        }
    }

    async fn look_up(&self, rules: &Arc<Rules>, name: &Arc<str>) -> Result<Arc<Tenant>, Missed> {
        // Asked again: another look-up may have ended since `find` asked. It leaves its mark before it ends, so that no
        // name is looked up twice in a rush.
        if self.unknown.get(name).await.is_some() {
            return Err(Missed::Unknown);
        }
        let _place = Place::take(&self.running).ok_or(Missed::Unavailable)?;
        let keyring = match self.resolver.resolve(name).await {
            Ok(Some(keyring)) => keyring,
            Ok(None) => {
                self.unknown.insert(Arc::clone(name), ()).await;
                return Err(Missed::Unknown);
            }
            Err(error) => {
                crate::observe::look_up_failed(self.unavailable, name, &*error);
                return Err(Missed::Unavailable);
            }
        };
        match keyring.prepare(rules) {
            Ok(keys) => Ok(Arc::new(Tenant { name: Some(Arc::clone(name)), keys: Arc::new(keys) })),
            Err(error) => {
                crate::observe::look_up_failed(self.unavailable, name, &error);
                Err(Missed::Unavailable)
            }
        }
    }
}

enum Missed {
    Unknown,
    Unavailable,
}

/// One of the places for look-ups, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(lookups: &'a AtomicUsize) -> Option<Self> {
        let grow = |running: usize| (running < MAX_LOOKUPS).then(|| running.saturating_add(1));
        lookups.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow).ok().map(|_| Self(lookups))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl TenantName {
    fn read(&self, head: &impl RequestHead) -> Option<Arc<str>> {
        let host;
        let name = match self {
            Self::PathSegment(position) => head.path().split('/').skip(1).nth(*position)?,
            Self::Header(name) => single_header(head, name)?,
            Self::SubdomainOf(domain) => {
                host = single_header(head, "host")?.to_ascii_lowercase();
                let name = host.split_once(':').map_or(host.as_str(), |(name, _)| name);
                name.strip_suffix(domain.as_str())?.strip_suffix('.').filter(|label| !label.contains('.'))?
            }
        };
        let fits = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| name.into())
    }
}

/// A header's value, if it stands on exactly one line.
fn single_header<'h>(head: &'h impl RequestHead, wanted: &str) -> Option<&'h str> {
    let mut found = None;
    let mut lines = 0u32;
    head.each_header(|name, value| {
        if name.eq_ignore_ascii_case(wanted) {
            lines = lines.saturating_add(1);
            found = core::str::from_utf8(value).ok();
        }
    });
    found.filter(|_| lines == 1)
}

type Resolved<'a> = Pin<Box<dyn Future<Output = Result<Option<Keyring>, ResolveError>> + Send + 'a>>;

trait DynResolver: Send + Sync {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a>;
}

/// A user's resolver behind a pointer.
struct Named<R>(R);

impl<R: TenantResolver> DynResolver for Named<R> {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a> {
        Box::pin(self.0.resolve(name))
    }
}
