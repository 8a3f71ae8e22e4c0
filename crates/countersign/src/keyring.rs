//! The secrets that an endpoint accepts now, in the order of likelihood, and their validity windows.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::HashSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::clock::UnixTime;
use crate::endpoint::Rules;
use crate::mac::PreparedKey;
use crate::plan::SchemePlan;
use crate::public_key::PublicKey;
use crate::rejection::Reason;
use crate::scheme::{SecretEncoding, SecretFormat};
use crate::secret::{Environment, Problem, SecretError, SigningSecret, read_key};

/// One or more signing secrets. The first is the current one; the others are accepted beside it while the provider
/// rotates.
///
/// ```
/// use countersign::{Keyring, SigningSecret, UnixTime};
///
/// let keyring = Keyring::new(SigningSecret::new("whsec_bmV3IGtleSwgMjQgYnl0ZXMgbG9uZyEh").id("2026-11"))
///     .also_accept(
///         SigningSecret::new("whsec_b2xkIGtleSwgMjQgYnl0ZXMgbG9uZyEh")
///             .id("2026-05")
///             .not_after(UnixTime::from_secs(1_795_000_000)),
///     );
/// assert_eq!(keyring.len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Keyring {
    secrets: Vec<SigningSecret>,
}

impl Keyring {
    /// A keyring that accepts one secret.
    pub fn new(current: impl Into<SigningSecret>) -> Self {
        Self { secrets: vec![current.into()] }
    }

    /// Accepts another secret too. Costs nothing for deliveries signed with the likeliest one.
    #[must_use]
    pub fn also_accept(mut self, previous: impl Into<SigningSecret>) -> Self {
        self.secrets.push(previous.into());
        self
    }

    /// How many secrets there are; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a keyring is never empty")]
    pub fn len(&self) -> usize {
        self.secrets.len()
    }

    /// The id that each secret was given, in ring order.
    pub fn ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.secrets.iter().map(|secret| secret.id.as_deref())
    }

    /// Reads the key out of every secret, in ring order, as `format` writes it. For signing: a verifier hands out no
    /// keys. Each key is wiped when dropped.
    pub fn read<'k>(
        &'k self,
        format: &'k SecretFormat,
    ) -> impl Iterator<Item = Result<Zeroizing<Vec<u8>>, SecretError>> + 'k {
        let read = |(index, secret)| {
            read_key(secret, format).map_err(|problem| SecretError { id: id_of(index, secret), problem })
        };
        self.secrets.iter().enumerate().map(read)
    }

    /// Reads every secret as the plan's schemes write them.
    pub(crate) fn prepare(&self, rules: &Arc<Rules>) -> Result<ActiveKeys, SecretError> {
        let mut keys: Vec<ActiveKey> = Vec::new();
        let mut ids = HashSet::new();
        for (index, secret) in self.secrets.iter().enumerate() {
            let id = id_of(index, secret);
            let refuse = |problem| SecretError { id: Arc::clone(&id), problem };
            if !ids.insert(Arc::clone(&id)) {
                return Err(refuse(Problem::DuplicateId));
            }
            if secret.not_before.zip(secret.not_after).is_some_and(|(from, until)| until < from) {
                return Err(refuse(Problem::NeverValid));
            }
            // A provider may sign in several ways; a secret serves each whose format it has.
            let mut first_problem = None;
            let before = keys.len();
            for (scheme, known) in rules.plan.schemes.iter().enumerate() {
                match prepared_keys(secret, known) {
                    Ok(found) => keys.extend(found.into_iter().map(|(kid, prepared)| ActiveKey {
                        id: kid.clone().unwrap_or_else(|| Arc::clone(&id)),
                        wire_id: secret.id.clone().or(kid),
                        scheme,
                        prepared,
                        not_before: secret.not_before,
                        not_after: secret.not_after,
                        environment: secret.environment,
                    })),
                    // Where a scheme knows the secret for another kind of key and a sibling knows that kind, the
                    // sibling says what is wrong with it.
                    Err(problem) => match first_problem {
                        None => first_problem = Some(problem),
                        Some(Problem::OtherKind { .. }) if !matches!(problem, Problem::PrefixMissing { .. }) => {
                            first_problem = Some(problem);
                        }
                        Some(_) => {}
                    },
                }
            }
            if keys.len() == before {
                return Err(refuse(first_problem.unwrap_or(Problem::Empty)));
            }
        }
        Ok(ActiveKeys::new(rules, keys, false))
    }
}

/// Keys, each with its own id where it has one.
type NamedKeys = Vec<(Option<Arc<str>>, PreparedKey)>;

/// The keys in a secret, as a scheme writes them: several in a set of public keys.
fn prepared_keys(secret: &SigningSecret, rules: &SchemePlan) -> Result<NamedKeys, Problem> {
    let key = read_key(secret, &rules.secret)?;
    if !matches!(rules.secret.encoding, SecretEncoding::PublicKey | SecretEncoding::MarkedPublicKey) {
        return Ok(vec![(None, PreparedKey::new(rules.algorithm, &key)?)]);
    }
    let text = core::str::from_utf8(&key).unwrap_or_default();
    let found = PublicKey::read(text, rules.algorithm)?;
    Ok(found.into_iter().map(|(kid, key)| (kid, PreparedKey::Public(key))).collect())
}

/// The name of the secret at `index`, its own or one by its place.
fn id_of(index: usize, secret: &SigningSecret) -> Arc<str> {
    secret.id.clone().unwrap_or_else(|| format!("key-{}", index.saturating_add(1)).into())
}

impl<T: Into<SigningSecret>> From<T> for Keyring {
    fn from(secret: T) -> Self {
        Self::new(secret)
    }
}

/// A keyring read for one plan, shared by requests.
pub(crate) struct ActiveKeys {
    /// The rules of the endpoint whose keys they are.
    pub(crate) rules: Arc<Rules>,
    pub(crate) keys: Vec<ActiveKey>,
    /// The index of the key that matched last. A hint only: it saves a second hash while a sender still signs with
    /// the previous secret.
    likeliest: AtomicUsize,
    /// These keys belong to nobody: whatever they verify is refused.
    pub(crate) decoy: bool,
    /// Whether some key is of a scheme that is judged over the whole request.
    pub(crate) needs_whole: bool,
}

pub(crate) struct ActiveKey {
    pub(crate) id: Arc<str>,
    /// The id that a delivery must name, where its scheme names keys: the secret's own, or that of a published key.
    pub(crate) wire_id: Option<Arc<str>>,
    pub(crate) scheme: usize,
    pub(crate) prepared: PreparedKey,
    pub(crate) environment: Option<Environment>,
    not_before: Option<UnixTime>,
    not_after: Option<UnixTime>,
}

impl ActiveKeys {
    fn new(rules: &Arc<Rules>, keys: Vec<ActiveKey>, decoy: bool) -> Self {
        let is_whole = |key: &ActiveKey| rules.plan.schemes.get(key.scheme).is_some_and(|scheme| !scheme.streams);
        let needs_whole = keys.iter().any(is_whole);
        Self { rules: Arc::clone(rules), needs_whole, keys, likeliest: AtomicUsize::new(0), decoy }
    }

    /// Keys that are still to be fetched.
    #[cfg(feature = "tenants")]
    pub(crate) fn none_yet(rules: &Arc<Rules>) -> Self {
        Self { needs_whole: true, ..Self::new(rules, Vec::new(), false) }
    }

    /// Keys that cost what real ones cost and let nothing through: one for each scheme.
    #[cfg(feature = "tenants")]
    pub(crate) fn decoy(rules: &Arc<Rules>) -> Self {
        let keys = rules.plan.schemes.iter().enumerate().map(|(scheme, known)| ActiveKey {
            id: "".into(),
            wire_id: None,
            scheme,
            prepared: PreparedKey::decoy(known.algorithm),
            environment: None,
            not_before: None,
            not_after: None,
        });
        Self::new(rules, keys.collect(), true)
    }

    /// The key to hash with while the body streams in: the one that matched last, if `wanted`, else the first that is.
    pub(crate) fn likeliest(&self, wanted: impl Fn(&ActiveKey) -> bool) -> Option<usize> {
        let hint = self.likeliest.load(Ordering::Relaxed);
        match self.keys.get(hint) {
            Some(key) if wanted(key) => Some(hint),
            _ => self.keys.iter().position(wanted),
        }
    }

    /// Remembers which key matched.
    pub(crate) fn matched(&self, index: usize) {
        if self.likeliest.load(Ordering::Relaxed) != index {
            self.likeliest.store(index, Ordering::Relaxed);
        }
    }
}

impl ActiveKey {
    /// Whether the key may be used at `now`.
    pub(crate) fn check_window(&self, now: UnixTime) -> Result<(), Reason> {
        if self.not_before.is_some_and(|from| now < from) {
            return Err(Reason::KeyNotYetValid);
        }
        if self.not_after.is_some_and(|until| now > until) {
            return Err(Reason::KeyExpired);
        }
        Ok(())
    }
}

impl fmt::Debug for ActiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}
