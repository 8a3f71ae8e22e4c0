//! Handshakes ready to run: tokens parsed and cross-checked once, then a request judged and its reply written. Whether
//! the request is signed, and by whom, is the intake's business.

use std::borrow::Cow;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::{Challenge, Charset, DeliveredKey, Handshake, HandshakeReply, KeyKeeper, Reply, ReplyBody};
use crate::clock::UnixTime;
use crate::content::{Absent, Content, digest};
use crate::error::ConfigError;
use crate::keyring::ActiveKeys;
use crate::mac;
use crate::plan::{Part, Plan, SchemePlan, SyntaxPlan};
use crate::provider::Provider;
use crate::rejection::Reason;
use crate::scheme::Text;
use crate::template::{DigestWriting, Token, parse_conditions, parse_single, parse_template};
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
struct Answered {
    method: Text,
    when: Vec<[Vec<Token>; 2]>,
    members: Vec<Box<str>>,
    verify: Vec<[Vec<Token>; 2]>,
    challenge: Option<(Token, Challenge)>,
    signed: bool,
    delivers_key: bool,
    reads_body: bool,
    status: u16,
    kind: Kind,
    body: Vec<Token>,
    headers: Vec<(Text, Vec<Token>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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
    confirming.filter_map(|handshake| Some((handshake, Answered::new(handshake).ok()?))).find_map(|(handshake, answered)| {
        let (at, _) = answered.challenge.as_ref().filter(|_| answered.is_asked(content))?;
        let url = String::from_utf8(content.value(at).ok()?.into_owned()).ok()?;
        let path = url.strip_prefix("https://")?.find('/')?;
        let place = url.get(..path.saturating_add("https://".len()).saturating_add(1))?;
        (url.bytes().all(|byte| byte.is_ascii_graphic()) && whole::is_key_address(&handshake.confirm_at, place)).then_some(url)
    })
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
        let none = || ConfigError::new("handshakes", "this provider asks for nothing that could be answered; remove `answer_handshakes()`");
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
        self.guards.iter().any(|(guarded, challenge)| *guarded == scheme && (signed.is_empty() || challenge.fits(signed)))
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
            let at = parse_single(&challenge.at).map_err(|error| ConfigError::new("challenge.at", error.to_string()))?;
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
    fn asking(&self) -> impl Iterator<Item = &Token> {
        let conditions = self.when.iter().chain(&self.verify).flatten().flatten();
        conditions.chain(self.challenge.as_ref().map(|(at, _)| at))
    }

    /// The tokens that the reply is made of.
    fn answering(&self) -> impl Iterator<Item = &Token> {
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

    /// What the endpoint must have for it.
    fn check_surroundings(&self, config: &[(Text, Text)], has_url: bool, has_keeper: bool) -> Result<(), ConfigError> {
        if self.delivers_key && !has_keeper {
            let why = "this provider hands over its signing key in the handshake; say what is done with it: \
                       `on_key_delivery(…)`";
            return Err(ConfigError::new("on_key_delivery", why));
        }
        for token in self.asking().chain(self.answering()).flat_map(leaves) {
            match token {
                Token::Config(name) => {
                    let mut values = config.iter().filter(|(known, _)| known == name).map(|(_, value)| value).peekable();
                    if values.peek().is_none() {
                        let why = format!("this provider's handshake needs `config(\"{name}\", …)`");
                        return Err(ConfigError::new("config", why));
                    }
                    let is_plain = |value: &Text| {
                        !value.is_empty() && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
                    };
                    if !values.all(is_plain) {
                        let why = format!("`{name}` must be visible ASCII and not empty: a handshake is judged by it");
                        return Err(ConfigError::new("config", why));
                    }
                }
                token if token.is_url() && !has_url => {
                    let why = "this provider's handshake is answered with the URL of the endpoint; say what it is with \
                               `public_url(\"https://…\")`";
                    return Err(ConfigError::new("public_url", why));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks it against itself and the schemes. Gives the schemes that could sign a challenge of it.
    fn check(&self, handshake: &Handshake, plan: &Plan) -> Result<Vec<(usize, Challenge)>, ConfigError> {
        let bad = |setting: &str, why: &str| Err(ConfigError::new(setting, why.to_owned()));
        if !["GET", "HEAD", "OPTIONS", "POST"].contains(&&*self.method) {
            return bad("method", "it must be GET, HEAD, OPTIONS or POST");
        }
        let reads_body = self.reads_body || self.signed;
        if self.method != "POST" && reads_body {
            return bad("method", "only a POST has a signature or a body");
        }
        if self.method == "POST" && self.when.is_empty() && self.members.is_empty() && self.challenge.is_none() {
            return bad("when", "without a condition or a challenge it would answer every delivery");
        }
        if !handshake.confirm_at.is_empty() {
            if let Some(problem) = whole::problem_with(&handshake.confirm_at) {
                return bad("confirm_at", problem);
            }
            let is_place = handshake.confirm_at.split(' ').all(|place| place.ends_with('/'));
            let is_signed = |at: &Token| plan.schemes.iter().all(|scheme| scheme.signs(&Part::Token(at.clone())));
            let is_whole = self.signed && self.challenge.as_ref().is_some_and(|(at, _)| is_signed(at));
            return match is_whole && is_place {
                true => Ok(Vec::new()),
                false => bad("confirm_at", "it must be `https://HOST/`, of a request that is signed, with the URL as its challenge and in what is signed"),
            };
        }
        if self.delivers_key && (self.signed || self.challenge.is_none()) {
            return bad("delivers_key", "the key is the challenge of a request that nothing signs yet");
        }
        if !(200..=299).contains(&self.status) {
            return bad("reply.status", "it must be from 200 to 299");
        }
        for token in self.asking().flat_map(leaves) {
            match token {
                Token::Param(_) | Token::Claim(_) | Token::Content | Token::Secret | Token::Challenge | Token::Mac { .. } => {
                    return bad("when", "a handshake is told by the request alone, before anything is known of a signature");
                }
                #[cfg(not(feature = "json"))]
                Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::RawJson(_) | Token::Lines(_) => {
                    return bad("when", "reading it from the body needs the feature `json`");
                }
                _ => {}
            }
        }
        #[cfg(not(feature = "json"))]
        if !self.members.is_empty() {
            return bad("members", "reading the body needs the feature `json`");
        }
        let mut makes_mac = false;
        for token in self.answering().flat_map(leaves) {
            match token {
                Token::Challenge | Token::Mac { .. } if self.challenge.is_none() => {
                    return bad("reply", "it has `{challenge}`, and there is none");
                }
                Token::Mac { of, .. } if **of != Token::Challenge => {
                    return bad("reply", "a MAC is made of the challenge alone: `{mac.hex:challenge}`");
                }
                Token::Mac { .. } => makes_mac = true,
                Token::Literal(_) | Token::Challenge | Token::Config(_) => {}
                token if token.is_url() => {}
                _ => return bad("reply", "it is made of text, `{challenge}`, `{cfg:…}`, `{url}`, and MACs and digests of them"),
            }
        }
        let is_header = |name: &Text| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let own = ["content-type", "x-content-type-options", "cache-control"];
            !name.is_empty() && name.bytes().all(fits) && !own.contains(&&**name)
        };
        if !self.headers.iter().all(|(name, _)| is_header(name)) {
            return bad("reply.headers", "names are in lower case, and none is one that every reply has");
        }
        match &self.challenge {
            Some((_, challenge)) if makes_mac && !self.signed => check_oracle(challenge, plan),
            _ => Ok(Vec::new()),
        }
    }
}

/// Whether strangers may have MACs of such challenges: no scheme may sign one. Where only a look at what was signed can
/// tell, gives the schemes to look at.
///
/// # Errors
///
/// A scheme signs texts that a challenge can be and that no delivery can do without.
fn check_oracle(challenge: &Challenge, plan: &Plan) -> Result<Vec<(usize, Challenge)>, ConfigError> {
    let bad = |why: &str| Err(ConfigError::new("challenge.charset", why.to_owned()));
    let mut guards = Vec::new();
    for (index, scheme) in plan.schemes.iter().enumerate().filter(|(_, scheme)| scheme.algorithm.is_mac()) {
        let foreign = |token: &Token| match token {
            Token::Literal(text) => !text.bytes().all(|byte| challenge.charset.has(byte)),
            _ => false,
        };
        if let SyntaxPlan::Jws { .. } = scheme.syntax {
            // `header.payload`, both in base64url.
            match challenge.charset.has(b'.') {
                true => return bad("a JWS signs texts of these characters, so answering would make signatures for anyone"),
                false => continue,
            }
        }
        // A signature base of RFC 9421 holds quotes.
        if matches!(scheme.syntax, SyntaxPlan::HttpSignature { .. }) || content(scheme).any(foreign) {
            continue;
        }
        if challenge.charset == Charset::Plain || !content(scheme).any(is_read_as_it_stands) {
            return bad("the provider signs texts of these characters, so answering would make signatures for anyone");
        }
        guards.push((index, challenge.clone()));
    }
    Ok(guards)
}

fn content(scheme: &SchemePlan) -> impl Iterator<Item = &Token> {
    scheme.whole.content.iter().map(|(token, _)| token)
}

/// Whether a part of the content is one of an event's own: JSON, XML or a form is never made of a challenge's characters
/// alone, as digests are.
fn is_read_as_it_stands(token: &Token) -> bool {
    matches!(token.required(), Token::Body | Token::CanonicalJson | Token::RawJson(_) | Token::Lines(_) | Token::Field(_))
}

/// The tokens inside a token, down to those that stand for something by themselves. A MAC is one of those.
fn leaves(token: &Token) -> Vec<&Token> {
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

/// What tokens of a reply stand for.
struct Writer<'w> {
    challenge: &'w [u8],
    content: &'w Content<'w>,
    plan: &'w Plan,
    keys: &'w ActiveKeys,
    now: UnixTime,
}

impl Writer<'_> {
    fn text(&self, tokens: &[Token], as_json: bool) -> Result<Vec<u8>, Reason> {
        let mut text = Vec::new();
        for token in tokens {
            match token {
                Token::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                token if as_json => escape(&self.value(token)?, &mut text),
                token => text.extend_from_slice(&self.value(token)?),
            }
        }
        Ok(text)
    }

    fn value(&self, token: &Token) -> Result<Vec<u8>, Reason> {
        Ok(match token {
            Token::Challenge => self.challenge.to_vec(),
            Token::Mac { writing, of } => self.mac(*writing, &self.value(of)?)?,
            Token::Digest { hash, writing, of } => digest(*hash, *writing, &self.value(of)?),
            Token::Base64url(of) => BASE64URL_NOPAD.encode(&self.value(of)?).into_bytes(),
            Token::Group(tokens) => self.text(tokens, false)?,
            token => self.content.value(token).map(Cow::into_owned).map_err(|_| Reason::UrlUnknown)?,
        })
    }

    /// The MAC under the first key that may be used now.
    fn mac(&self, writing: DigestWriting, message: &[u8]) -> Result<Vec<u8>, Reason> {
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let is_mac = |scheme: usize| self.plan.schemes.get(scheme).is_some_and(|scheme| scheme.algorithm.is_mac());
        let mut usable = self.keys.keys.iter().filter(|key| is_mac(key.scheme) && key.check_window(self.now).is_ok());
        let mut mac = usable.find_map(|key| key.prepared.begin()).ok_or(Reason::NoKeyForScheme)?;
        mac.update(message);
        Ok(match writing {
            DigestWriting::Hex => HEXLOWER.encode(mac.finish().as_slice()),
            _ => data_encoding::BASE64.encode(mac.finish().as_slice()),
        }
        .into_bytes())
    }
}

/// Writes a value as it stands inside a JSON string. Values are visible ASCII and spaces, by their grammars.
fn escape(value: &[u8], text: &mut Vec<u8>) {
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(*byte);
    }
}
