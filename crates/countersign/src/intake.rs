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
//! Where the endpoint answers handshakes, a request may be one before rule 1 (by its method), before rule 3 (it has no
//! signature header) or after the last rule; and after rule 5 a delivery is refused whose signed content could be a
//! challenge.
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
use crate::envelope::{Envelope, is_one_word, is_signed_text};
use crate::handshake::{Arrival, DeliveredKey, Found, HandshakeReply, Handshakes, MAX_UNSIGNED_BODY, Phase};
use crate::head::RequestHead;
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::mac::RunningMac;
use crate::plan::{Part, Place, Plan, SchemePlan, SyntaxPlan, TimestampPlan};
use crate::rejection::{Reason, Rejection};
use crate::short::ShortBytes;
use crate::template::{Token, is_any_of};
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
    /// The lead key's MAC over a body of several chunks.
    mac: Option<Box<RunningMac>>,
    refused: Option<Reason>,
    greeting: Greeting,
}

/// Whether the request may be a handshake, as far as its head says.
enum Greeting {
    /// It is judged as a delivery first.
    Delivery,
    /// It has no signature, and is a handshake or nothing.
    Unsigned,
    /// It is one.
    Found(Box<Found>),
}

/// The body so far. One chunk is kept as it came, and hashed when the verdict is given. Where a second one comes, both
/// and further ones are hashed as they come, and gathered into one buffer.
enum Body {
    Single(Bytes),
    Gathered(BytesMut),
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
#[derive(Clone)]
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
            mac: None,
            refused: None,
            greeting: Greeting::Delivery,
        };
        intake.read_head(head)?;
        Ok(intake)
    }

    fn read_head(&mut self, head: &'h impl RequestHead) -> Result<(), Reason> {
        let endpoint = self.endpoint;
        if let Some(handshakes) = endpoint.handshakes() {
            return self.read_greeting(handshakes, head);
        }
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

    /// The same, where a request may be a handshake.
    fn read_greeting(&mut self, handshakes: &Handshakes, head: &'h impl RequestHead) -> Result<(), Reason> {
        let plan = self.endpoint.plan();
        self.head = Some(Box::new(WholeHead::new(self.endpoint, head)));
        // Handshakes use methods that deliveries do not.
        if !self.endpoint.allows_method(head.method()) {
            return if self.greets(handshakes)? { Ok(()) } else { Err(Reason::MethodNotAllowed) };
        }
        self.envelope.read(plan, head)?;
        let declared = self.envelope.content_length.unwrap_or(0);
        if declared > self.endpoint.body_cap() {
            return Err(Reason::BodyTooLarge);
        }
        let is_short = usize::try_from(declared).is_ok_and(|declared| declared <= MAX_UNSIGNED_BODY);
        let is_signed = plan.schemes.iter().any(|scheme| self.is_in_head(&scheme.place));
        if !is_signed && is_short && self.greets(handshakes)? {
            return Ok(());
        }
        match self.choose_lead(plan) {
            Err(Reason::SignatureMissing) if !is_signed && is_short && handshakes.reads_unsigned(head.method()) => {
                self.greeting = Greeting::Unsigned;
                Ok(())
            }
            chosen => chosen,
        }
    }

    /// Whether the head alone is a handshake.
    fn greets(&mut self, handshakes: &Handshakes) -> Result<bool, Reason> {
        let params = Params::default();
        let found = match self.content(b"", &params) {
            Some(content) => handshakes.find(Phase::Head, &content)?,
            None => None,
        };
        let greets = found.is_some();
        if let Some(found) = found {
            self.greeting = Greeting::Found(Box::new(found));
        }
        Ok(greets)
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
            Place::Token(Token::AnyHeader(names)) => {
                let is_one = |(name, _): &(&str, &[u8])| is_any_of(names, name);
                self.head.as_ref().is_some_and(|head| head.headers.iter().any(is_one))
            }
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
        Some(head.content(self.endpoint, self.envelope.set(), body, params))
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

    /// Whether no key is wanted, because the request is a handshake or nothing.
    #[cfg(feature = "tenants")]
    pub(crate) fn wants_no_key(&self) -> bool {
        !matches!(self.greeting, Greeting::Delivery)
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
        if !matches!(self.greeting, Greeting::Delivery) && length > MAX_UNSIGNED_BODY {
            // What is that long is no handshake.
            self.refused = Some(Reason::SignatureMissing);
        }
        if let Some(reason) = self.refused {
            return Err(reason.into());
        }
        if let Some(mac) = &mut self.mac {
            mac.update(&chunk);
        } else if self.streams && self.body.len() > 0 {
            self.mac = self.begin_mac(&chunk);
        }
        self.body.push(chunk, self.envelope.content_length);
        Ok(())
    }

    /// Begins the lead key's MAC, with the body so far and a second chunk.
    fn begin_mac(&self, second: &[u8]) -> Option<Box<RunningMac>> {
        let mut mac = Box::new(self.keys.keys.get(self.lead)?.prepared.begin()?);
        mac.update(self.before_body.as_slice());
        mac.update(self.body.as_slice());
        mac.update(second);
        Some(mac)
    }

    /// Gives the verdict over everything pushed, as [`finish`](Self::finish) does, or the answer to a
    /// [handshake](crate::Handshake) where the endpoint answers them. Followed by
    /// [`Endpoint::hand_over`].
    ///
    /// # Errors
    ///
    /// The first of the rules above that does not hold, or the handshake's rule that does not.
    #[inline]
    pub fn conclude(self, now: UnixTime) -> Result<Arrival, Rejection> {
        match self.endpoint.handshakes() {
            None => self.finish(now).map(Arrival::Delivery),
            Some(handshakes) => self.conclude_greeting(handshakes, now),
        }
    }

    fn conclude_greeting(mut self, handshakes: &Handshakes, now: UnixTime) -> Result<Arrival, Rejection> {
        if let Some(reason) = self.refused {
            return Err(reason.into());
        }
        let body = core::mem::replace(&mut self.body, Body::Single(Bytes::new())).into_bytes();
        let params = Params::default();
        let (head, keys, tenant, endpoint) =
            (self.head.clone(), Arc::clone(&self.keys), self.tenant.clone(), self.endpoint);
        let set = self.envelope.set();
        let greeter = Greeter { handshakes, endpoint, keys, tenant, now };
        let content = head.as_ref().map(|head| head.content(endpoint, set, &body, &params));
        let content = content.ok_or(Reason::SignatureMissing)?;
        let (phase, otherwise) = match core::mem::replace(&mut self.greeting, Greeting::Delivery) {
            Greeting::Found(found) => return greeter.reply(&found, &content),
            Greeting::Unsigned => (Phase::UnsignedBody, Err(Reason::SignatureMissing.into())),
            Greeting::Delivery => {
                let is_elsewhere = self.group.is_none();
                self.body = Body::Single(body.clone());
                match self.finish(now) {
                    Ok(delivery) => (Phase::Verified, Ok(Arrival::Delivery(delivery))),
                    // A signature that is neither in the head nor in the body.
                    Err(rejection)
                        if rejection.reason() == Reason::SignatureMissing
                            && is_elsewhere
                            && body.len() <= MAX_UNSIGNED_BODY =>
                    {
                        (Phase::UnsignedBody, Err(rejection))
                    }
                    Err(rejection) => return Err(rejection),
                }
            }
        };
        match handshakes.find(phase, &content)? {
            Some(found) => greeter.reply(&found, &content),
            None => otherwise,
        }
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
        if !matches!(self.greeting, Greeting::Delivery) {
            return Err(Reason::SignatureMissing);
        }
        let mac = self.mac.take();
        match self.matching_key(self.endpoint.plan(), self.body.as_slice(), mac, now) {
            Ok(Some(key)) => self.judge_streamed(key, now),
            Ok(None) => self.judge_whole(now, None),
            Err(outside) => self.judge_whole(now, Some(outside)),
        }
    }

    fn judge_streamed(&self, index: usize, now: UnixTime) -> Result<Verdict<'h>, Reason> {
        let (plan, body) = (self.endpoint.plan(), self.body.as_slice());
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let scheme = self.scheme_of(index, body)?;
        let sent_at = match (&scheme.timestamp, self.sent_at) {
            (None, _) => None,
            (Some(rule), Some(sent_at)) if index == self.lead => Some(self.check_freshness(rule, sent_at, now)?),
            (Some(rule), _) => Some(self.check_freshness(rule, sent_at(&self.envelope, scheme, rule, body)?, now)?),
        };
        let kept = plan.kept.as_ref().and_then(|part| self.kept_part(part, scheme)).map(Cow::Borrowed);
        let beside = if plan.uses_content { signed_beside_body(&self.envelope, scheme)? } else { None };
        Ok(Verdict { key: index, sent_at, kept, signed: SignedContent::BodyAnd(beside), covers_body: true })
    }

    /// Judges under the schemes that need the whole request. `outside` is why the key of a match among the others does not
    /// count.
    #[inline(never)]
    fn judge_whole(&self, now: UnixTime, outside: Option<Reason>) -> Result<Verdict<'h>, Reason> {
        let (plan, body) = (self.endpoint.plan(), self.body.as_slice());
        let found = self.matching_whole(plan, body, now);
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let found = match (found, outside) {
            (Ok(Some(found)), _) => Some(found),
            (_, Some(outside)) => return Err(outside),
            // A well-formed signature of another scheme was hashed, and no key made it: that is the reason.
            (Err(Reason::SignatureMissing | Reason::SignatureMalformed | Reason::NoSuchScheme), _) if self.streams => {
                None
            }
            (found, _) => found?,
        };
        let found = found.ok_or(Reason::SignatureMismatch)?;
        let scheme = self.scheme_of(found.key, &found.signed)?;
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

    /// The scheme of a key that matched, if that key does not sign for strangers.
    #[inline]
    fn scheme_of(&self, index: usize, signed: &[u8]) -> Result<&'h SchemePlan, Reason> {
        let key = self.keys.keys.get(index).ok_or(Reason::SignatureMismatch)?;
        if let Some(handshakes) = self.endpoint.handshakes()
            && handshakes.signs_for_strangers(key.scheme, signed)
        {
            return Err(Reason::NotAnEvent);
        }
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
    fn matching_whole(&self, plan: &Plan, body: &[u8], now: UnixTime) -> Result<Option<Match>, Reason> {
        let params = Params::default();
        let Some(content) = self.content(body, &params) else { return Ok(None) };
        let candidates = plan.schemes.iter().enumerate().filter(|(_, scheme)| self.decides(plan, scheme));
        let candidates = candidates.map(|(index, scheme)| (index, scheme, self.header_at(&scheme.place)));
        whole::find(candidates, &self.keys, &content, now)
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
                let is_value = scheme.header_fields.contains(field) || is_one_word(value, [0; 2]);
                is_value.then_some(value)
            }
            Part::Param { name, .. } => self.envelope.param(scheme, name, [0; 2], self.endpoint.plan().keeps_id).ok(),
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
        let is_id = self.endpoint.plan().keeps_id;
        let is_value = if is_id { is_one_word(&value, [0; 2]) } else { is_signed_text(&value, [0; 2]) };
        is_value.then_some(value)
    }

    /// A key that made one of the signatures and holds `now`: the lead key, whose MAC is already there, or one of the
    /// others, over the body as it was gathered.
    ///
    /// # Errors
    ///
    /// Such a key made none, but one that does not hold `now` did: why it does not. While a provider rotates, a key of
    /// another scheme may have made a signature beside it.
    #[inline]
    fn matching_key(
        &self,
        plan: &Plan,
        body: &[u8],
        mac: Option<Box<RunningMac>>,
        now: UnixTime,
    ) -> Result<Option<usize>, Reason> {
        let mut outside = None;
        if let Some(key) = self.lead_made_one(plan, body, mac) {
            match key.check_window(now) {
                Ok(()) => return Ok(Some(self.lead)),
                Err(reason) => outside = Some(reason),
            }
        }
        for (index, key) in self.keys.keys.iter().enumerate().filter(|(index, _)| *index != self.lead) {
            let window = key.check_window(now);
            if window.is_err() && outside.is_some() {
                continue;
            }
            let scheme = plan.schemes.get(key.scheme).filter(|scheme| scheme.streams && self.decides(plan, scheme));
            if scheme.is_some_and(|scheme| self.mac_matches(key, scheme, body).unwrap_or(false)) {
                match window {
                    Ok(()) => return Ok(Some(index)),
                    Err(reason) => outside = Some(reason),
                }
            }
        }
        outside.map_or(Ok(None), Err)
    }

    /// The lead key, if it made one of the signatures.
    #[inline]
    fn lead_made_one(&self, plan: &Plan, body: &[u8], mac: Option<Box<RunningMac>>) -> Option<&ActiveKey> {
        if !self.streams {
            return None;
        }
        let key = self.keys.keys.get(self.lead)?;
        let scheme = plan.schemes.get(key.scheme)?;
        let mut after = ShortBytes::EMPTY;
        if !scheme.after_body.is_empty() {
            gather(&self.envelope, scheme, &scheme.after_body, &mut after).ok()?;
        }
        let tag = match mac {
            Some(mut mac) => {
                mac.update(after.as_slice());
                mac.finish()
            }
            None => key.prepared.mac([self.before_body.as_slice(), body, after.as_slice()])?,
        };
        let is_other =
            || self.has_others && self.envelope.signatures(scheme).skip(1).any(|one| tag.equals(one.as_slice()));
        (tag.equals(self.signature.as_slice()) || is_other()).then_some(key)
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

    /// The request as tokens see it.
    fn content<'c>(
        &'c self,
        endpoint: &'c Endpoint,
        header_set: usize,
        body: &'c [u8],
        params: &'c Params<'c>,
    ) -> Content<'c> {
        Content {
            method: self.method,
            target: self.target,
            url: self.url.as_deref(),
            headers: &self.headers,
            header_set,
            config: endpoint.config(),
            body,
            json: body,
            params,
        }
    }
}

/// What answers a handshake.
struct Greeter<'h> {
    handshakes: &'h Handshakes,
    endpoint: &'h Endpoint,
    keys: Arc<ActiveKeys>,
    tenant: Option<Arc<str>>,
    now: UnixTime,
}

impl Greeter<'_> {
    fn reply(&self, found: &Found, content: &Content<'_>) -> Result<Arrival, Rejection> {
        let plan = self.endpoint.plan();
        let mut reply: HandshakeReply = self.handshakes.reply(found, content, plan, &self.keys, self.now)?;
        reply.key = self.handshakes.delivered(found).map(|key| DeliveredKey {
            endpoint: self.endpoint.name().into(),
            tenant: self.tenant.clone(),
            target: content.target.to_owned(),
            key: key.to_owned().into(),
        });
        Ok(Arrival::Handshake(reply))
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
            Self::Gathered(body) => body,
        }
    }

    /// Adds a chunk. `declared` sizes the buffer once where the sender said how much will come; the caller has checked
    /// it against the cap.
    #[inline]
    fn push(&mut self, chunk: Bytes, declared: Option<u64>) {
        match self {
            Self::Single(body) if body.is_empty() => *body = chunk,
            Self::Single(first) => {
                let wanted = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                let mut body = BytesMut::with_capacity(wanted.max(first.len().saturating_add(chunk.len())));
                body.extend_from_slice(first);
                body.extend_from_slice(&chunk);
                *self = Self::Gathered(body);
            }
            Self::Gathered(body) => body.extend_from_slice(&chunk),
        }
    }

    #[inline]
    fn into_bytes(self) -> Bytes {
        match self {
            Self::Single(body) => body,
            Self::Gathered(body) => body.freeze(),
        }
    }
}
