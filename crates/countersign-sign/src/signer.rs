//! The signer: a provider's schemes and the keys that sign for them, checked once.

use core::fmt;
use std::sync::Arc;

use countersign::{Clock, Keyring, Provider, Scheme, SystemClock, Token, UnixTime, parse_single, parse_template};

use crate::draft::Draft;
use crate::error::SignError;
use crate::key::{SigningKey, private_format};

/// Signs deliveries as a provider does, from the description that verifies them.
///
/// Cloning it is cheap and shares the keys. Its `Debug` shows no secret.
///
/// ```
/// use countersign::{Endpoint, UnixTime, providers};
/// use countersign_sign::Signer;
///
/// let secret = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
/// let now = UnixTime::from_secs(1_790_000_000);
/// let delivery = Signer::new(providers::STRIPE, secret)?.delivery().at(now).body(r#"{"id":"evt_1"}"#).sign()?;
///
/// let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).build()?;
/// let mut intake = endpoint.open(&delivery)?;
/// intake.push(delivery.body.clone())?;
/// assert_eq!(intake.finish(now)?.event_id().as_deref(), Some("evt_1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    inner: Arc<Inner>,
    clock: Arc<dyn Clock>,
}

pub(crate) struct Inner {
    pub(crate) provider: Provider,
    /// The schemes that some secret signs for, in the provider's order.
    pub(crate) schemes: Vec<SchemeKeys>,
    /// How many header sets the schemes know.
    pub(crate) sets: usize,
}

/// One scheme with its keys, tokens parsed.
#[derive(Clone)]
pub(crate) struct SchemeKeys {
    pub(crate) scheme: Scheme,
    /// The signature header's name in each header set.
    pub(crate) at: Vec<String>,
    pub(crate) content: Vec<Token>,
    /// Where the signed time stands.
    pub(crate) time: Option<Token>,
    pub(crate) keys: Vec<SigningKey>,
}

impl Signer {
    /// A signer for `provider`.
    ///
    /// Every secret of the keyring signs where the provider's header holds several signatures (lists and named
    /// values), as it does while a secret is rotated. A header with room for one signature is signed with the first
    /// secret alone. Where a provider signs in several ways, a secret serves each whose format it has. The validity
    /// windows of secrets are the verifier's: they do not matter here.
    ///
    /// For Ed25519 (feature `ed25519`) the secret is the private key: `whsk_` and base64 of the 32-byte seed, or of the
    /// 64 bytes of seed and public key.
    ///
    /// # Errors
    ///
    /// The provider's description contradicts itself, or a secret fits none of its formats.
    pub fn new(provider: impl Into<Provider>, keyring: impl Into<Keyring>) -> Result<Self, SignError> {
        let (provider, keyring) = (provider.into(), keyring.into());
        provider.check()?;
        let mut schemes = Vec::new();
        let mut fates: Vec<Fate> = vec![Fate::Untried; keyring.len()];
        for scheme in provider.schemes.iter() {
            let mut keys = Vec::new();
            for (bytes, fate) in keyring.read(&private_format(scheme)).zip(&mut fates) {
                match bytes.map_err(SignError::from).and_then(|bytes| SigningKey::new(scheme.algorithm, bytes)) {
                    Ok(key) => {
                        keys.push(key);
                        *fate = Fate::Signs;
                    }
                    Err(problem) => fate.refuse(problem),
                }
            }
            if !keys.is_empty() {
                schemes.push(SchemeKeys::new(scheme, keys)?);
            }
        }
        if let Some(problem) = fates.into_iter().find_map(Fate::problem) {
            return Err(problem);
        }
        let tokens = schemes.iter().flat_map(|scheme| &scheme.content);
        let names = tokens.filter_map(|token| if let Token::Header(names) = token { Some(names.len()) } else { None });
        let sets = names.chain(schemes.iter().map(|scheme| scheme.at.len())).max().unwrap_or(1);
        Ok(Self { inner: Arc::new(Inner { provider, schemes, sets }), clock: Arc::new(SystemClock) })
    }

    /// The provider whose deliveries it signs.
    pub fn provider(&self) -> &Provider {
        &self.inner.provider
    }

    /// Takes the time of deliveries that are given none from `clock`. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The current time by its clock, or `None` where that stands before 1970.
    pub fn now(&self) -> Option<UnixTime> {
        self.clock.now()
    }

    /// Starts a delivery with a body of the caller's: a request to `/` by the provider's method, with an empty body
    /// and no headers but those that the scheme needs.
    pub fn delivery(&self) -> Draft {
        Draft::new(Arc::clone(&self.inner), self.now())
    }

    /// Starts a delivery with the provider's sample payload and the headers that the provider sends.
    pub fn sample(&self) -> Draft {
        Draft::new(Arc::clone(&self.inner), self.now()).sample()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("provider", &self.inner.provider.name).finish_non_exhaustive()
    }
}

/// What became of one secret.
#[derive(Clone)]
enum Fate {
    Untried,
    Signs,
    Refused(SignError),
}

impl Fate {
    /// Keeps the most telling problem: the first, unless a later scheme knew the secret's kind and only lacked
    /// something.
    fn refuse(&mut self, problem: SignError) {
        match self {
            Self::Signs => {}
            Self::Refused(_) if matches!(problem, SignError::Secret(_)) => {}
            _ => *self = Self::Refused(problem),
        }
    }

    fn problem(self) -> Option<SignError> {
        if let Self::Refused(problem) = self { Some(problem) } else { None }
    }
}

impl Inner {
    /// The same schemes under other keys.
    pub(crate) fn with_keys(&self, other: impl Fn(&SigningKey) -> SigningKey) -> Vec<SchemeKeys> {
        let other =
            |scheme: &SchemeKeys| SchemeKeys { keys: scheme.keys.iter().map(&other).collect(), ..scheme.clone() };
        self.schemes.iter().map(other).collect()
    }

    /// The signed header that holds the event id, in each header set.
    pub(crate) fn id_header(&self) -> Option<&[String]> {
        let templates = self.provider.event_id.iter().filter_map(|template| parse_template(template).ok());
        let signed = |token: &Token| self.schemes.iter().flat_map(|scheme| &scheme.content).find(|one| *one == token);
        let found = templates.flatten().find_map(|token| signed(&token))?;
        if let Token::Header(names) = found { Some(names) } else { None }
    }
}

impl SchemeKeys {
    fn new(scheme: &Scheme, keys: Vec<SigningKey>) -> Result<Self, SignError> {
        // `Provider::check` has parsed all of this once.
        let bad = |_| SignError::NotSendable { part: "scheme".to_owned() };
        let Token::Header(at) = parse_single(&scheme.signature.at).map_err(bad)? else {
            return Err(SignError::NotSendable { part: "signature.at".to_owned() });
        };
        let content = parse_template(&scheme.content).map_err(bad)?;
        let time = scheme.timestamp.as_ref().map(|rule| parse_single(&rule.from)).transpose().map_err(bad)?;
        Ok(Self { scheme: scheme.clone(), at, content, time, keys })
    }

    /// The signature header's name in a header set.
    pub(crate) fn header(&self, set: usize) -> &str {
        name_in(&self.at, set)
    }
}

/// A header's name in a header set. One that has a single name is the same in all.
pub(crate) fn name_in(names: &[String], set: usize) -> &str {
    names.get(set).or(names.first()).map_or("", String::as_str)
}
