//! The signer: a provider's schemes and the keys that sign for them, checked once.

use core::fmt;
use std::sync::Arc;

use countersign::{
    Clock, Keyring, Provider, Scheme, Syntax, SystemClock, TemplateError, Token, UnixTime, parse_conditions,
    parse_single, parse_template,
};

use crate::draft::Draft;
use crate::error::SignError;
use crate::key::{SigningKey, private_format};
use crate::place::Place;

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
    /// Where the signature stands.
    pub(crate) place: Place,
    pub(crate) content: Vec<Token>,
    /// Where the signed time stands.
    pub(crate) time: Option<Token>,
    pub(crate) require: Vec<[Vec<Token>; 2]>,
    pub(crate) equal: Vec<[Vec<Token>; 2]>,
    /// Where the key's id stands.
    pub(crate) key_id: Option<Token>,
    pub(crate) keys: Vec<SigningKey>,
}

impl Signer {
    /// A signer for `provider`.
    ///
    /// Every secret of the keyring signs where the provider's place holds several signatures (lists, named values,
    /// numbered headers), as it does while a secret is rotated. A place with room for one signature is signed with the
    /// first secret alone. Where a provider signs in several ways, a secret serves each whose format it has, and the
    /// first scheme that fits the delivery signs: see [`Draft::scheme`]. The validity windows of secrets are the
    /// verifier's: they do not matter here. Their ids are sent where the scheme names keys.
    ///
    /// Where public keys verify (features `ed25519`, `ecdsa`, `rsa`) the secret is the private key: PKCS #8 in PEM or
    /// base64, `EC PRIVATE KEY` or `RSA PRIVATE KEY` in PEM, a JWK with `d`, or for Ed25519 also the 32 bytes of the
    /// seed, or these and the 32 of the public key, in hex, base64 or base64url. Where public keys have a prefix
    /// (`whpk_`), private ones begin with `whsk_`.
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
            for ((bytes, id), fate) in keyring.read(&private_format(scheme)).zip(keyring.ids()).zip(&mut fates) {
                match bytes.map_err(SignError::from).and_then(|bytes| SigningKey::new(scheme.algorithm, id, bytes)) {
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
        let sets = schemes.iter().map(SchemeKeys::sets).max().unwrap_or(1);
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
    /// The header that holds the event id, in each header set.
    pub(crate) fn id_header(&self) -> Option<Vec<String>> {
        self.id_tokens().find_map(|token| if let Token::Header(names) = token { Some(names) } else { None })
    }

    /// Every token of the event id's alternatives.
    pub(crate) fn id_tokens(&self) -> impl Iterator<Item = Token> {
        let templates = self.provider.event_id.iter().filter_map(|template| parse_template(template).ok());
        templates.flatten().map(|token| token.required().clone())
    }
}

impl SchemeKeys {
    fn new(scheme: &Scheme, keys: Vec<SigningKey>) -> Result<Self, SignError> {
        // `Provider::check` has parsed all of this once.
        let bad = |_: TemplateError| SignError::NotSendable { part: "scheme".to_owned() };
        let single = |text: &str| if text.is_empty() { Ok(None) } else { parse_single(text).map(Some) };
        let place = Place::of(&parse_single(&scheme.signature.at).map_err(bad)?);
        let from = scheme.timestamp.as_ref().map_or("", |rule| rule.from.as_ref());
        Ok(Self {
            scheme: scheme.clone(),
            place: place.ok_or_else(|| SignError::NotSendable { part: "signature.at".to_owned() })?,
            content: parse_template(&scheme.content).map_err(bad)?,
            time: single(from).map_err(bad)?,
            require: parse_conditions(&scheme.require).map_err(bad)?,
            equal: parse_conditions(&scheme.equal).map_err(bad)?,
            key_id: single(&scheme.key_id).map_err(bad)?,
            keys,
        })
    }

    /// Every token that the signature covers or binds, with those that are inside others.
    pub(crate) fn tokens(&self) -> Vec<&Token> {
        let mut all = Vec::new();
        let outer = self.content.iter().chain(self.equal.iter().flatten().flatten()).chain(&self.time);
        outer.for_each(|token| flatten(token, &mut all));
        all
    }

    /// The names of the headers that the signature covers, in a header set.
    pub(crate) fn signed_headers(&self, set: usize) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for token in self.tokens() {
            if let Token::Header(found) = token {
                let name = name_in(found, set);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// The parameters that stand beside the signature.
    pub(crate) fn wanted_params(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut all = self.tokens();
        self.key_id.iter().for_each(|token| flatten(token, &mut all));
        for token in all {
            if let Token::Param(name) = token
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// Whether the signature covers the whole body.
    pub(crate) fn covers_body(&self) -> bool {
        let cover = match &self.scheme.signature.syntax {
            Syntax::HttpSignature { cover, .. } => cover.is_empty() || cover.contains("content-digest"),
            _ => self.place == Place::Body,
        };
        cover || self.content.iter().chain(self.equal.iter().flatten().flatten()).any(Token::covers_body)
    }

    fn sets(&self) -> usize {
        let all = self.tokens();
        let names = all.iter().map(|token| if let Token::Header(names) = token { names.len() } else { 1 });
        names.chain([self.place.sets()]).max().unwrap_or(1)
    }
}

/// A token and those inside it.
fn flatten<'t>(token: &'t Token, all: &mut Vec<&'t Token>) {
    all.push(token);
    match token {
        Token::Digest { of, .. }
        | Token::Base64url(of)
        | Token::JsonString(of)
        | Token::Optional(of)
        | Token::HeadersJoined(of)
        | Token::HeadersLines(of) => flatten(of, all),
        Token::Group(tokens) => tokens.iter().for_each(|token| flatten(token, all)),
        _ => {}
    }
}

/// A header's name in a header set. One that has a single name is the same in all.
pub(crate) fn name_in(names: &[String], set: usize) -> &str {
    names.get(set).or(names.first()).map_or("", String::as_str)
}
