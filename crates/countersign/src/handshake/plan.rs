//! Handshakes ready to run: tokens parsed and cross-checked once, then a request judged and its reply written. Whether
//! the request is signed, and by whom, is the intake's business.

use std::borrow::Cow;

use super::write::Writer;
use super::{Challenge, DeliveredKey, Handshake, HandshakeReply, KeyKeeper, Reply, ReplyBody};
use crate::clock::UnixTime;
use crate::content::{Absent, Content};
use crate::error::ConfigError;
use crate::key_address::is_key_address;
use crate::keyring::ActiveKeys;
use crate::mac;
use crate::plan::Plan;
use crate::provider::Provider;
use crate::rejection::Reason;
use crate::scheme::Text;
use crate::template::{Token, parse_conditions, parse_single, parse_template};
use crate::whole;

/// The longest body of an unsigned request that is read to see whether it is a handshake, in bytes.
pub(crate) const MAX_UNSIGNED_BODY: usize = 4 * 1024;

/// When a handshake can be told from other requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// By its head, before any signature.
    Head,
    /// By its body, where there is no signature.
    UnsignedBody,
    /// Once its signature holds: then every question may be answered.
    Verified,
}

/// The handshakes that an endpoint answers.
pub(crate) struct Handshakes {
    list: Vec<Answered>,
    /// By the index of a scheme, the challenges whose MAC anyone may have and that the scheme could sign too.
    guards: Vec<(usize, Challenge)>,
    keeper: Option<KeyKeeper>,
}

/// A request that is a handshake.
pub(crate) struct Found {
    index: usize,
    challenge: Vec<u8>,
}

/// One handshake, ready to run.
pub(super) struct Answered {
    pub(super) method: Text,
    pub(super) when: Vec<[Vec<Token>; 2]>,
    pub(super) members: Vec<Box<str>>,
    pub(super) verify: Vec<[Vec<Token>; 2]>,
    pub(super) challenge: Option<(Token, Challenge)>,
    pub(super) signed: bool,
    pub(super) delivers_key: bool,
    pub(super) reads_body: bool,
    pub(super) status: u16,
    pub(super) kind: Kind,
    pub(super) body: Vec<Token>,
    pub(super) headers: Vec<(Text, Vec<Token>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Text,
    Json,
}

/// Cross-checks a provider's handshakes.
///
/// # Errors
///
/// The first that contradicts itself, or that would sign for strangers what the provider signs.
pub(crate) fn check(provider: &Provider, plan: &Plan) -> Result<(), ConfigError> {
    for (index, handshake) in provider.handshakes.iter().enumerate() {
        let checked = Answered::new(handshake).and_then(|answered| answered.check(handshake, plan).map(|_| ()));
        checked.map_err(|error| error.within(&format!("handshakes[{index}]")))?;
    }
    Ok(())
}

/// The URL that a verified delivery asks to have fetched.
pub(crate) fn confirmation_url(provider: &Provider, content: &Content<'_>) -> Option<String> {
    let confirming = provider.handshakes.iter().filter(|handshake| !handshake.confirm_at.is_empty());
    confirming.filter_map(|handshake| Some((handshake, Answered::new(handshake).ok()?))).find_map(
        |(handshake, answered)| {
            let (at, _) = answered.challenge.as_ref().filter(|_| answered.is_asked(content))?;
            let url = String::from_utf8(content.value(at).ok()?.into_owned()).ok()?;
            let path = url.strip_prefix("https://")?.find('/')?;
            let place = url.get(..path.saturating_add("https://".len()).saturating_add(1))?;
            (url.bytes().all(|byte| byte.is_ascii_graphic()) && is_key_address(&handshake.confirm_at, place))
                .then_some(url)
        },
    )
}

impl Handshakes {
    /// The handshakes of `provider` that an endpoint with these values can answer.
    ///
    /// # Errors
    ///
    /// It can answer none: what the first one needs.
    pub(crate) fn new(
        provider: &Provider,
        plan: &Plan,
        config: &[(Text, Text)],
        has_url: bool,
        keeper: Option<KeyKeeper>,
    ) -> Result<Self, ConfigError> {
        let mut answering = Self { list: Vec::new(), guards: Vec::new(), keeper };
        let mut first = None;
        for handshake in provider.handshakes.iter().filter(|handshake| handshake.confirm_at.is_empty()) {
            let answered = Answered::new(handshake)?;
            match answered.check_surroundings(config, has_url, answering.keeper.is_some()) {
                Ok(()) => {
                    answering.guards.extend(answered.check(handshake, plan)?);
                    answering.list.push(answered);
                }
                Err(missing) => first = first.or(Some(missing)),
            }
        }
        let none = || {
            ConfigError::new(
                "handshakes",
                "this provider asks for nothing that could be answered; remove `answer_handshakes()`",
            )
        };
        if answering.list.is_empty() { Err(first.unwrap_or_else(none)) } else { Ok(answering) }
    }

    /// Whether a request by this method can be told by its body, where it has no signature.
    pub(crate) fn reads_unsigned(&self, method: &str) -> bool {
        self.list.iter().any(|answered| answered.is_of(Phase::UnsignedBody) && answered.method == method)
    }

    /// Finds the handshake that a request is.
    ///
    /// # Errors
    ///
    /// It is one, and does not say what it has to.
    pub(crate) fn find(&self, phase: Phase, content: &Content<'_>) -> Result<Option<Found>, Reason> {
        for (index, answered) in self.list.iter().enumerate() {
            if !answered.is_of(phase) || answered.method != content.method || !answered.is_asked(content) {
                continue;
            }
            if let Some(challenge) = answered.challenge(content)? {
                return Ok(Some(Found { index, challenge }));
            }
        }
        Ok(None)
    }

    /// Whether a stranger could have had the MAC of this signed content as the answer to a challenge.
    pub(crate) fn signs_for_strangers(&self, scheme: usize, signed: &[u8]) -> bool {
        self.guards
            .iter()
            .any(|(guarded, challenge)| *guarded == scheme && (signed.is_empty() || challenge.fits(signed)))
    }

    /// Writes the reply.
    ///
    /// # Errors
    ///
    /// No key can make it now.
    pub(crate) fn reply(
        &self,
        found: &Found,
        content: &Content<'_>,
        plan: &Plan,
        keys: &ActiveKeys,
        now: UnixTime,
    ) -> Result<HandshakeReply, Reason> {
        let answered = self.list.get(found.index).ok_or(Reason::SignatureMissing)?;
        let writer = Writer { challenge: &found.challenge, content, plan, keys, now };
        let mut headers = vec![
            ("x-content-type-options".to_owned(), "nosniff".to_owned()),
            ("cache-control".to_owned(), "no-store".to_owned()),
        ];
        match answered.kind {
            Kind::Empty => {}
            Kind::Text => headers.push(("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())),
            Kind::Json => headers.push(("content-type".to_owned(), "application/json".to_owned())),
        }
        for (name, value) in &answered.headers {
            let value = writer.text(value, false)?;
            headers.push((name.to_string(), String::from_utf8(value).map_err(|_| Reason::ChallengeMalformed)?));
        }
        let body = writer.text(&answered.body, answered.kind == Kind::Json)?.into();
        Ok(HandshakeReply { status: answered.status, headers, body, key: None })
    }

    /// Whether what was found hands over a key; then the key's text.
    pub(crate) fn delivered<'f>(&self, found: &'f Found) -> Option<&'f str> {
        let delivers = self.list.get(found.index).is_some_and(|answered| answered.delivers_key);
        core::str::from_utf8(&found.challenge).ok().filter(|_| delivers)
    }

    /// Hands a key to the receiver.
    pub(crate) async fn keep(&self, key: DeliveredKey) -> Result<(), Reason> {
        let keeper = self.keeper.as_ref().ok_or(Reason::KeyNotTaken)?;
        keeper(key).await.map_err(|_| Reason::KeyNotTaken)
    }
}

impl Answered {
    fn new(handshake: &Handshake) -> Result<Self, ConfigError> {
        let template = |setting: &str, text: &str| {
            parse_template(text).map_err(|error| ConfigError::new(setting, error.to_string()))
        };
        let conditions = |setting: &str, text: &str| {
            parse_conditions(text).map_err(|error| ConfigError::new(setting, error.to_string()))
        };
        let challenge = handshake.challenge.as_ref().map(|challenge| {
            let at =
                parse_single(&challenge.at).map_err(|error| ConfigError::new("challenge.at", error.to_string()))?;
            Ok::<_, ConfigError>((at, challenge.clone()))
        });
        let Reply { status, body, headers } = &handshake.reply;
        let (kind, body) = match body {
            ReplyBody::Empty => (Kind::Empty, Vec::new()),
            ReplyBody::Text(text) => (Kind::Text, template("reply.body", text)?),
            ReplyBody::Json(text) => (Kind::Json, template("reply.body", text)?),
        };
        let headers = headers.iter().map(|(name, value)| Ok((name.clone(), template("reply.headers", value)?)));
        let mut answered = Self {
            method: handshake.method.clone(),
            when: conditions("when", &handshake.when)?,
            members: handshake.members.split(',').filter(|name| !name.is_empty()).map(Into::into).collect(),
            verify: conditions("verify", &handshake.verify)?,
            challenge: challenge.transpose()?,
            signed: handshake.signed,
            delivers_key: handshake.delivers_key,
            reads_body: false,
            status: *status,
            kind,
            body,
            headers: headers.collect::<Result<_, ConfigError>>()?,
        };
        answered.reads_body = !answered.members.is_empty() || answered.asking().any(reads_body);
        Ok(answered)
    }

    /// The tokens that the request is read by.
    pub(super) fn asking(&self) -> impl Iterator<Item = &Token> {
        let conditions = self.when.iter().chain(&self.verify).flatten().flatten();
        conditions.chain(self.challenge.as_ref().map(|(at, _)| at))
    }

    /// The tokens that the reply is made of.
    pub(super) fn answering(&self) -> impl Iterator<Item = &Token> {
        self.body.iter().chain(self.headers.iter().flat_map(|(_, value)| value))
    }

    fn is_of(&self, phase: Phase) -> bool {
        match phase {
            Phase::Head => !self.signed && !self.reads_body,
            Phase::UnsignedBody => !self.signed && self.reads_body,
            Phase::Verified => !self.delivers_key,
        }
    }

    /// Whether the conditions hold.
    fn is_asked(&self, content: &Content<'_>) -> bool {
        self.when.iter().all(|condition| whole::holds(condition, content)) && self.has_members(content.body)
    }

    #[cfg(feature = "json")]
    fn has_members(&self, body: &[u8]) -> bool {
        if self.members.is_empty() {
            return true;
        }
        let object: Result<std::collections::BTreeMap<String, serde::de::IgnoredAny>, _> = serde_json::from_slice(body);
        object.is_ok_and(|object| {
            object.len() == self.members.len() && self.members.iter().all(|name| object.contains_key(&**name))
        })
    }

    #[cfg(not(feature = "json"))]
    fn has_members(&self, _: &[u8]) -> bool {
        self.members.is_empty()
    }

    /// The challenge of a request whose conditions hold; `None` where there is none, and the request is no handshake.
    fn challenge(&self, content: &Content<'_>) -> Result<Option<Vec<u8>>, Reason> {
        let challenge = match &self.challenge {
            None => Cow::default(),
            Some((at, _)) => match content.value(at) {
                Err(Absent::Missing) => return Ok(None),
                Err(Absent::Malformed) => return Err(Reason::ChallengeMalformed),
                Ok(value) => value,
            },
        };
        if !self.verify.iter().all(|[left, right]| is_equal(left, right, content)) {
            return Err(Reason::HandshakeRefused);
        }
        match &self.challenge {
            Some((_, grammar)) if !grammar.fits(&challenge) => Err(Reason::ChallengeMalformed),
            _ => Ok(Some(challenge.into_owned())),
        }
    }
}

/// The tokens inside a token, down to those that stand for something by themselves. A MAC is one of those.
pub(super) fn leaves(token: &Token) -> Vec<&Token> {
    match token {
        Token::Digest { of, .. } | Token::Base64url(of) | Token::JsonString(of) | Token::Optional(of) => leaves(of),
        Token::HeadersJoined(of) | Token::HeadersLines(of) => leaves(of),
        Token::Group(tokens) => tokens.iter().flat_map(leaves).collect(),
        token => vec![token],
    }
}

fn reads_body(token: &Token) -> bool {
    leaves(token).into_iter().any(|token| {
        matches!(
            token,
            Token::Body
                | Token::Json(_)
                | Token::Number(_)
                | Token::Scalar(_)
                | Token::RawJson(_)
                | Token::Lines(_)
                | Token::Field(_)
                | Token::FormSorted
                | Token::UrlSortedForm
                | Token::CanonicalJson
        )
    })
}

/// Whether both sides are the same, in constant time. A side that is one value of the endpoint's is any of those that it
/// is configured with; all of them are compared.
fn is_equal(left: &[Token], right: &[Token], content: &Content<'_>) -> bool {
    let Ok(said) = content.text(left) else { return false };
    match right {
        [Token::Config(name)] => {
            let values = content.config.iter().filter(|(known, _)| known == name);
            values.fold(false, |found, (_, value)| found | mac::equal_texts(&said, value.as_bytes()))
        }
        right => content.text(right).is_ok_and(|right| mac::equal_texts(&said, &right)),
    }
}
