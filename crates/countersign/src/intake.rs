//! One request being read: from its head to a verdict. No clock, no I/O, no heap beyond the body itself.
//!
//! The rules, in the order applied:
//!
//! 1. The method is one the provider uses, and a declared length is within the cap.
//! 2. The headers are read once; what is ambiguous is refused ([`Envelope::read`]).
//! 3. A signature header is there, follows its grammar and holds at least one well-formed signature; so do the other
//!    signed headers and the timestamp. All of this before a body byte is read.
//! 4. The body is hashed as it arrives, under the likeliest key, and kept as it came. It never exceeds the cap.
//! 5. Some active key made some signature in the header, compared in constant time. A scheme that cannot be hashed as
//!    it arrives (a public key, a signed URL, a signature in the body) is judged over the whole request: `whole.rs`.
//!    What such a signature binds by value, as a JWT the digest of a body, is that value.
//! 6. That key is within its validity window.
//! 7. The signed time is within the tolerance, and a JWT or an HTTP signature within its own bounds.
//!
//! Freshness is judged last so that the recorded reason is true: old but authentic is not forged.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::clock::{BadTimestamp, Freshness, UnixTime, parse_timestamp};
use crate::codec::SignatureBytes;
use crate::content::{Content, Params};
use crate::delivery::{Delivery, SignedContent};
use crate::endpoint::Endpoint;
use crate::envelope::{Envelope, is_signed_value};
use crate::head::RequestHead;
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::mac::{RunningMac, Tag};
use crate::plan::{Part, Place, Plan, SchemePlan, SyntaxPlan, TimestampPlan};
use crate::rejection::{Reason, Rejection};
use crate::short::ShortBytes;
use crate::template::Token;
use crate::whole::{self, Match};

/// A request whose head was in order and whose body is being read.
///
/// Made by [`Endpoint::open`]; takes the body through [`push`](Self::push) and ends in [`finish`](Self::finish).
/// The body that is verified is the body that the [`Delivery`] holds: it cannot be swapped on the way.
#[must_use = "an intake says nothing until it is finished"]
pub struct Intake<'h> {
    endpoint: &'h Endpoint,
    keys: Arc<ActiveKeys>,
    tenant: Option<Arc<str>>,
    envelope: Envelope<'h>,
    /// The request's head as schemes see it that are judged over the whole request, where a key is of such a scheme.
    head: Option<Box<WholeHead<'h>>>,
    /// The index of the first scheme of those whose header decides. Without one, schemes whose signature stands in the
    /// body or the query decide.
    group: Option<usize>,
    /// The index of the key that the body is hashed with while it streams in.
    lead: usize,
    /// Whether the lead key makes MACs. The three that follow are known then.
    streams: bool,
    /// What the signature covers before the body.
    before_body: ShortBytes,
    /// The first well-formed signature, and whether others may follow.
    signature: SignatureBytes,
    has_others: bool,
    /// The signed time, where it stands in the head.
    sent_at: Option<UnixTime>,
    body: Body,
    refused: Option<Reason>,
}

/// The body so far. One chunk is kept as it came, and hashed when the verdict is given. Where a second one comes, both
/// and further ones are hashed as they come, and gathered into one buffer.
enum Body {
    Single(Bytes),
    Gathered(BytesMut, Option<Box<RunningMac>>),
}

/// What was found in order.
struct Verdict<'h> {
    key: usize,
    sent_at: Option<UnixTime>,
    kept: Option<Cow<'h, [u8]>>,
    signed: SignedContent,
    covers_body: bool,
}

/// A request's head, kept for the end.
struct WholeHead<'h> {
    method: &'h str,
    target: &'h str,
    headers: Vec<(&'h str, &'h [u8])>,
    url: Option<String>,
}

impl<'h> Intake<'h> {
    #[inline]
    pub(crate) fn open(
        endpoint: &'h Endpoint,
        keys: Arc<ActiveKeys>,
        tenant: Option<Arc<str>>,
        head: &'h impl RequestHead,
    ) -> Result<Self, Rejection> {
        let mut intake = Self {
            endpoint,
            keys,
            tenant,
            envelope: Envelope::EMPTY,
            head: None,
            group: None,
            lead: 0,
            streams: false,
            before_body: ShortBytes::EMPTY,
            signature: SignatureBytes::EMPTY,
            has_others: false,
            sent_at: None,
            body: Body::Single(Bytes::new()),
            refused: None,
        };
        intake.read_head(head)?;
        Ok(intake)
    }

    fn read_head(&mut self, head: &'h impl RequestHead) -> Result<(), Reason> {
        let endpoint = self.endpoint;
        if !endpoint.allows_method(head.method()) {
            return Err(Reason::MethodNotAllowed);
        }
        self.envelope.read(endpoint.plan(), head)?;
        if self.envelope.content_length.is_some_and(|length| length > endpoint.body_cap()) {
            return Err(Reason::BodyTooLarge);
        }
        if self.keys.needs_whole {
            self.head = Some(Box::new(WholeHead::new(endpoint, head)));
        }
        self.choose_lead(endpoint.plan())
    }

    /// Picks the scheme that the request uses and the key to hash with, and checks the grammar of everything that the
    /// signature covers.
    ///
    /// The first scheme whose signature header is present decides, together with those that share that header: a
    /// stronger signature cannot be dropped in favour of a weaker one beside it. Where none is present, a scheme whose
    /// signature stands in the body or the query decides.
    fn choose_lead(&mut self, plan: &Plan) -> Result<(), Reason> {
        self.group = plan.schemes.iter().position(|scheme| self.is_in_head(&scheme.place));
        if self.group.is_none() && plan.schemes.iter().all(|scheme| !scheme.place.is_elsewhere()) {
            return Err(Reason::SignatureMissing);
        }
        let mut reason = None;
        // A key whose version is not in the header gives way to one whose version is.
        for (wanted, scheme) in plan.schemes.iter().enumerate() {
            if self.group != Some(wanted) && !self.decides(plan, scheme) {
                continue;
            }
            match self.keys.likeliest(|key| key.scheme == wanted) {
                Some(lead) => self.lead = lead,
                // Where keys are fetched there is none yet.
                None if self.keys.keys.is_empty() && !scheme.streams => {}
                None => continue,
            }
            let begun = if scheme.streams { self.begin(scheme) } else { self.look_ahead(scheme) };
            match begun {
                Ok(()) => return Ok(()),
                Err(found) => reason = reason.or(Some(found)),
            }
        }
        Err(reason.unwrap_or(Reason::NoKeyForScheme))
    }

    /// Whether a scheme is one of those that decide.
    fn decides(&self, plan: &Plan, scheme: &SchemePlan) -> bool {
        match self.group.and_then(|group| plan.schemes.get(group)) {
            Some(group) => scheme.place == group.place,
            None => scheme.place.is_elsewhere(),
        }
    }

    #[inline]
    fn is_in_head(&self, place: &Place) -> bool {
        match place {
            Place::Header(field) => self.envelope.header(*field).is_some(),
            Place::Token(Token::AnyHeader(names)) => self.head.as_ref().is_some_and(|head| {
                let is_one = |name: &str| {
                    names.iter().any(|wanted| match wanted.strip_suffix('*') {
                        Some(beginning) => name.starts_with(beginning),
                        None => name == wanted,
                    })
                };
                head.headers.iter().any(|(name, _)| is_one(name))
            }),
            Place::Token(_) => false,
        }
    }

    /// Refuses what can be refused by its head, under a scheme that is judged over the whole request.
    fn look_ahead(&self, scheme: &SchemePlan) -> Result<(), Reason> {
        let params = Params::default();
        let content = self.content(b"", &params).ok_or(Reason::NoKeyForScheme)?;
        whole::check_head(scheme, &content, self.header_at(&scheme.place))
    }

    /// The request as tokens see it.
    fn content<'c>(&'c self, body: &'c [u8], params: &'c Params<'c>) -> Option<Content<'c>> {
        let head = self.head.as_ref()?;
        Some(Content {
            method: head.method,
            target: head.target,
            url: head.url.as_deref(),
            headers: &head.headers,
            header_set: self.envelope.set(),
            config: self.endpoint.config(),
            body,
            json: body,
            params,
        })
    }

    /// The id of the key that the delivery names.
    #[cfg(feature = "tenants")]
    pub(crate) fn wanted_key(&self) -> Result<String, Reason> {
        let params = Params::default();
        let plan = self.endpoint.plan();
        let content = self.content(self.body.as_slice(), &params).ok_or(Reason::SignatureMissing)?;
        let candidates = plan.schemes.iter().filter(|scheme| self.decides(plan, scheme));
        let candidates = candidates.map(|scheme| (scheme, self.header_at(&scheme.place)));
        whole::wanted_key(candidates, &content)?.ok_or(Reason::UnknownKey)
    }

    /// Judges with these keys, which were fetched.
    #[cfg(feature = "tenants")]
    pub(crate) fn use_keys(&mut self, keys: Arc<ActiveKeys>) {
        self.keys = keys;
    }

    fn header_at(&self, place: &Place) -> Option<&'h [u8]> {
        match place {
            Place::Header(field) => self.envelope.header(*field),
            Place::Token(_) => None,
        }
    }

    /// Reads what the head says under `scheme`.
    #[inline]
    fn begin(&mut self, scheme: &SchemePlan) -> Result<(), Reason> {
        self.has_others = self.envelope.first_signature(scheme, &mut self.signature)?;
        self.sent_at = match &scheme.timestamp {
            Some(rule) if !matches!(rule.from, Part::Json { .. }) => Some(sent_at(&self.envelope, scheme, rule, b"")?),
            _ => None,
        };
        for part in &scheme.after_body {
            self.envelope.signed_part(scheme, part)?;
        }
        self.before_body = ShortBytes::EMPTY;
        gather(&self.envelope, scheme, &scheme.before_body, &mut self.before_body)?;
        self.streams = true;
        Ok(())
    }

    /// Takes the next chunk of the body. A first chunk is kept without copying it.
    ///
    /// # Errors
    ///
    /// The body outgrew the endpoint's cap. Whatever follows, [`finish`](Self::finish) gives the same answer.
    #[inline]
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let length = self.body.len().saturating_add(chunk.len());
        if u64::try_from(length).unwrap_or(u64::MAX) > self.endpoint.body_cap() {
            self.refused = Some(Reason::BodyTooLarge);
        }
        if let Some(reason) = self.refused {
            return Err(reason.into());
        }
        match &mut self.body {
            Body::Single(body) if body.is_empty() => *body = chunk,
            Body::Single(first) => {
                let key = self.keys.keys.get(self.lead).filter(|_| self.streams);
                let mut mac = key.and_then(|key| key.prepared.begin()).map(Box::new);
                if let Some(mac) = &mut mac {
                    mac.update(self.before_body.as_slice());
                    mac.update(first);
                }
                // Sized once where the sender said how much will come; that is within the cap.
                let declared = self.envelope.content_length.and_then(|length| usize::try_from(length).ok());
                let mut body = BytesMut::with_capacity(declared.unwrap_or(0).max(length));
                body.extend_from_slice(first);
                gather_chunk(&mut body, &mut mac, &chunk);
                self.body = Body::Gathered(body, mac);
            }
            Body::Gathered(body, mac) => gather_chunk(body, mac, &chunk),
        }
        Ok(())
    }

    /// Gives the verdict over everything pushed.
    ///
    /// # Errors
    ///
    /// The first of the rules above that does not hold.
    #[inline]
    pub fn finish(mut self, now: UnixTime) -> Result<Delivery, Rejection> {
        let verdict = self.judge(now)?;
        Ok(Delivery {
            endpoint: self.endpoint.clone(),
            tenant: self.tenant,
            body: self.body.into_bytes(),
            key: verdict.key,
            keys: self.keys,
            sent_at: verdict.sent_at,
            received_at: now,
            kept: verdict.kept.map(|value| ShortBytes::new(&value)),
            signed: verdict.signed,
            body_authenticated: verdict.covers_body,
        })
    }

    fn judge(&mut self, now: UnixTime) -> Result<Verdict<'h>, Reason> {
        if let Some(reason) = self.refused {
            return Err(reason);
        }
        let mac = self.body.take_mac();
        match self.matching_key(self.endpoint.plan(), self.body.as_slice(), mac) {
            Some(key) => self.judge_streamed(key, now),
            None => self.judge_whole(now),
        }
    }

    fn judge_streamed(&self, index: usize, now: UnixTime) -> Result<Verdict<'h>, Reason> {
        let (plan, body) = (self.endpoint.plan(), self.body.as_slice());
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let scheme = self.scheme_of(index, now)?;
        let sent_at = match (&scheme.timestamp, self.sent_at) {
            (None, _) => None,
            (Some(rule), Some(sent_at)) if index == self.lead => Some(self.check_freshness(rule, sent_at, now)?),
            (Some(rule), _) => {
                Some(self.check_freshness(rule, sent_at(&self.envelope, scheme, rule, body)?, now)?)
            }
        };
        let kept = plan.kept.as_ref().and_then(|part| self.kept_part(part, scheme)).map(Cow::Borrowed);
        let beside = if plan.uses_content { signed_beside_body(&self.envelope, scheme)? } else { None };
        Ok(Verdict { key: index, sent_at, kept, signed: SignedContent::BodyAnd(beside), covers_body: true })
    }

    /// Judges under the schemes that need the whole request.
    #[inline(never)]
    fn judge_whole(&self, now: UnixTime) -> Result<Verdict<'h>, Reason> {
        let (plan, body) = (self.endpoint.plan(), self.body.as_slice());
        let found = self.matching_whole(plan, body);
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let found = found?.ok_or(Reason::SignatureMismatch)?;
        let scheme = self.scheme_of(found.key, now)?;
        self.check_bounds(scheme, &found, body, now)?;
        let sent_at = match &scheme.timestamp {
            None => None,
            Some(rule) => {
                let sent_at = self.sent_at_of(scheme, rule, &found, body)?;
                Some(self.check_freshness(rule, sent_at, now)?)
            }
        };
        let kept = plan.kept.as_ref().and_then(|part| self.kept_value(part, &found, body));
        // Who sends a token vouches for the body by that.
        let signed = if found.signed.is_empty() {
            SignedContent::BodyAnd(None)
        } else {
            SignedContent::Whole(Sha256::digest(&found.signed).into())
        };
        Ok(Verdict { key: found.key, sent_at, kept, signed, covers_body: found.covers_body })
    }

    /// The scheme of a key that matched, if that key is within its validity.
    #[inline]
    fn scheme_of(&self, index: usize, now: UnixTime) -> Result<&'h SchemePlan, Reason> {
        let key = self.keys.keys.get(index).ok_or(Reason::SignatureMismatch)?;
        key.check_window(now)?;
        self.keys.matched(index);
        self.endpoint.plan().schemes.get(key.scheme).ok_or(Reason::NoKeyForScheme)
    }

    #[inline]
    fn check_freshness(&self, rule: &TimestampPlan, sent_at: UnixTime, now: UnixTime) -> Result<UnixTime, Reason> {
        match self.endpoint.tolerance(rule).judge(sent_at, now, rule.unit) {
            Freshness::Fresh => Ok(sent_at),
            _ if self.endpoint.ignores_timestamp() => Ok(sent_at),
            Freshness::Stale => Err(Reason::Stale),
            Freshness::FromTheFuture => Err(Reason::FromTheFuture),
        }
    }

    /// A match among the schemes that are judged over the whole request.
    fn matching_whole(&self, plan: &Plan, body: &[u8]) -> Result<Option<Match>, Reason> {
        let params = Params::default();
        let Some(content) = self.content(body, &params) else { return Ok(None) };
        let candidates = plan.schemes.iter().enumerate().filter(|(_, scheme)| self.decides(plan, scheme));
        let candidates = candidates.map(|(index, scheme)| (index, scheme, self.header_at(&scheme.place)));
        whole::find(candidates, &self.keys, &content)
    }

    /// The times within which a JWT or an HTTP signature says itself that it holds.
    fn check_bounds(&self, scheme: &SchemePlan, found: &Match, body: &[u8], now: UnixTime) -> Result<(), Reason> {
        let content = self.content(body, &found.params).ok_or(Reason::TimestampMalformed)?;
        if self.endpoint.ignores_timestamp() {
            return Ok(());
        }
        let (from, until, leeway) = match &scheme.syntax {
            SyntaxPlan::Jws { leeway, .. } => (Some("{c?:/nbf}"), "{c?:/exp}", *leeway),
            SyntaxPlan::HttpSignature { .. } => (None, "{p?:expires}", core::time::Duration::ZERO),
            _ => return Ok(()),
        };
        let time = |token: &str| -> Result<Option<UnixTime>, Reason> {
            let token = crate::template::parse_single(token).map_err(|_| Reason::TimestampMalformed)?;
            let text = content.value(&token).map_err(|_| Reason::TimestampMalformed)?;
            if text.is_empty() {
                return Ok(None);
            }
            let time = parse_timestamp(&text, crate::clock::TimestampUnit::Seconds);
            time.map(Some).map_err(|_| Reason::TimestampMalformed)
        };
        if time(until)?.is_some_and(|until| until.saturating_add(leeway) <= now) {
            return Err(Reason::Stale);
        }
        match from.map(time).transpose()?.flatten() {
            Some(from) if from > now.saturating_add(leeway) => Err(Reason::FromTheFuture),
            _ => Ok(()),
        }
    }

    /// The signed time, where the scheme is judged over the whole request.
    fn sent_at_of(
        &self,
        scheme: &SchemePlan,
        rule: &TimestampPlan,
        found: &Match,
        body: &[u8],
    ) -> Result<UnixTime, Reason> {
        let content = self.content(body, &found.params).ok_or(Reason::TimestampMissing)?;
        let mut lists = scheme.whole.content.iter().map(|(token, _)| token).filter(|token| token.lists(&rule.token));
        if lists.any(|list| !content.is_listed(&rule.token, list)) {
            return Err(Reason::NotCovered);
        }
        let text = content.value(&rule.token).map_err(|absent| match absent {
            crate::content::Absent::Missing => Reason::TimestampMissing,
            crate::content::Absent::Malformed => Reason::TimestampMalformed,
        })?;
        parse_timestamp(&text, rule.unit).map_err(bad_timestamp)
    }

    /// The value outside the body that an event id is made of, where the signature covers it or parts of the head only.
    #[inline]
    fn kept_part(&self, part: &Part, scheme: &SchemePlan) -> Option<&'h [u8]> {
        match part {
            Part::Header { field, .. } => {
                let value = self.envelope.header(*field)?;
                // Looked at before, where it is a part of the signed content.
                let is_value = scheme.header_fields.contains(field) || is_signed_value(value, [0; 2]);
                is_value.then_some(value)
            }
            Part::Param { name, .. } => self.envelope.param(scheme, name, [0; 2]).ok(),
            _ => None,
        }
    }

    /// The value outside the body that an event id is made of, where the signature was judged over the whole request.
    fn kept_value(&self, part: &Part, found: &Match, body: &[u8]) -> Option<Cow<'h, [u8]>> {
        let value_of = |token: &Token| {
            self.content(body, &found.params)?.value(token).ok().map(|value| Cow::Owned(value.into_owned()))
        };
        let value = match part {
            Part::Header { field, .. } => Cow::Borrowed(self.envelope.header(*field)?),
            Part::Param { name, .. } => value_of(&Token::Param(core::str::from_utf8(name).ok()?.to_owned()))?,
            Part::Token(token) => value_of(token)?,
            _ => return None,
        };
        is_signed_value(&value, [0; 2]).then_some(value)
    }

    /// The first key that made one of the signatures: the lead key, whose MAC is already there, then the others over
    /// the body as it was gathered.
    #[inline]
    fn matching_key(&self, plan: &Plan, body: &[u8], mac: Option<Box<RunningMac>>) -> Option<usize> {
        let lead = self.lead;
        if self.streams {
            let key = self.keys.keys.get(lead)?;
            let scheme = plan.schemes.get(key.scheme)?;
            let mut after = ShortBytes::EMPTY;
            if !scheme.after_body.is_empty() {
                gather(&self.envelope, scheme, &scheme.after_body, &mut after).ok()?;
            }
            let tag = match mac {
                Some(mac) => Some(mac.finish(after.as_slice())),
                None => key.prepared.mac([self.before_body.as_slice(), body, after.as_slice()]),
            };
            let is_other = |tag: &Tag| {
                self.has_others && self.envelope.signatures(scheme).skip(1).any(|one| tag.equals(one.as_slice()))
            };
            let is_one = |tag: &Tag| tag.equals(self.signature.as_slice()) || is_other(tag);
            if tag.as_ref().is_some_and(is_one) {
                return Some(lead);
            }
        }
        let mut others = self.keys.keys.iter().enumerate().filter(|(index, _)| *index != lead);
        let found = others.find(|(_, key)| {
            let scheme = plan.schemes.get(key.scheme).filter(|scheme| scheme.streams && self.decides(plan, scheme));
            scheme.is_some_and(|scheme| self.mac_matches(key, scheme, body).unwrap_or(false))
        });
        found.map(|(index, _)| index)
    }

    fn mac_matches(&self, key: &ActiveKey, scheme: &SchemePlan, body: &[u8]) -> Option<bool> {
        let (mut before, mut after) = (ShortBytes::EMPTY, ShortBytes::EMPTY);
        gather(&self.envelope, scheme, &scheme.before_body, &mut before).ok()?;
        gather(&self.envelope, scheme, &scheme.after_body, &mut after).ok()?;
        let tag = key.prepared.mac([before.as_slice(), body, after.as_slice()])?;
        Some(self.envelope.signatures(scheme).any(|one| tag.equals(one.as_slice())))
    }
}

impl<'h> WholeHead<'h> {
    fn new(endpoint: &Endpoint, head: &'h impl RequestHead) -> Self {
        let mut headers: Vec<(&'h str, &'h [u8])> = Vec::new();
        head.each_header(|name, value| headers.push((name, value)));
        let single = |wanted: &str| {
            let mut found = headers.iter().filter(|(name, _)| *name == wanted);
            let value = found.next().filter(|_| found.next().is_none())?.1;
            core::str::from_utf8(value).ok().map(str::to_owned)
        };
        let target = head.target();
        let url = endpoint.url_source().and_then(|source| source.url(head.peer(), single));
        Self { method: head.method(), target, url: url.map(|url| url.of(target)), headers }
    }
}

/// Puts parts of the signed content together: a hash takes its input in blocks, and each call costs as much as the
/// bytes of a short header.
#[inline]
fn gather(envelope: &Envelope<'_>, scheme: &SchemePlan, parts: &[Part], into: &mut ShortBytes) -> Result<(), Reason> {
    for part in parts {
        match part {
            Part::Literal(text) if text.len() == 1 => text.iter().for_each(|byte| into.push(*byte)),
            part => into.extend(envelope.signed_part(scheme, part)?),
        }
    }
    Ok(())
}

fn gather_chunk(body: &mut BytesMut, mac: &mut Option<Box<RunningMac>>, chunk: &[u8]) {
    if let Some(mac) = mac {
        mac.update(chunk);
    }
    body.extend_from_slice(chunk);
}

/// A digest of the headers and parameters that the signature covers, or `None` where it covers the body alone.
fn signed_beside_body(envelope: &Envelope<'_>, scheme: &SchemePlan) -> Result<Option<[u8; 32]>, Reason> {
    let mut hash = None;
    for part in scheme.before_body.iter().chain(&scheme.after_body) {
        if !matches!(part, Part::Literal(_)) {
            let value = envelope.signed_part(scheme, part)?;
            let hash = hash.get_or_insert_with(Sha256::new);
            hash.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(value);
        }
    }
    Ok(hash.map(|hash| hash.finalize().into()))
}

/// The signed time of sending, read by its exact grammar.
#[inline]
fn sent_at(
    envelope: &Envelope<'_>,
    scheme: &SchemePlan,
    rule: &TimestampPlan,
    #[cfg_attr(not(feature = "json"), expect(unused_variables))] body: &[u8],
) -> Result<UnixTime, Reason> {
    let parsed = match &rule.from {
        #[cfg(feature = "json")]
        Part::Json { pointer, integer } => match crate::json::find(body, pointer, (*integer).into()) {
            Ok(Some(number)) => parse_timestamp(number.to_string().as_bytes(), rule.unit),
            Ok(None) => return Err(Reason::TimestampMissing),
            Err(_) => return Err(Reason::TimestampMalformed),
        },
        Part::Header { field, .. } => {
            let text = envelope.header(*field).ok_or(Reason::TimestampMissing)?;
            let parsed = parse_timestamp(text, rule.unit);
            // Digits are clean. What is no signed value at all is told before what is no time.
            if parsed.is_err() || !rule.unit.is_number() {
                envelope.signed_part(scheme, &rule.from)?;
            }
            parsed
        }
        part => parse_timestamp(envelope.signed_part(scheme, part)?, rule.unit),
    };
    parsed.map_err(bad_timestamp)
}

fn bad_timestamp(bad: BadTimestamp) -> Reason {
    match bad {
        BadTimestamp::Grammar => Reason::TimestampMalformed,
        BadTimestamp::TooManyDigits => Reason::TimestampUnit,
    }
}

impl Body {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Single(body) => body,
            Self::Gathered(body, _) => body,
        }
    }

    /// The MAC over the body, if it was hashed on the way.
    fn take_mac(&mut self) -> Option<Box<RunningMac>> {
        match self {
            Self::Single(_) => None,
            Self::Gathered(_, mac) => mac.take(),
        }
    }

    #[inline]
    fn into_bytes(self) -> Bytes {
        match self {
            Self::Single(body) => body,
            Self::Gathered(body, _) => body.freeze(),
        }
    }
}
