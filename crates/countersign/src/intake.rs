//! One request being read: from its head to a verdict. No clock, no I/O, no heap beyond the body itself.
//!
//! The rules, in the order applied:
//!
//! 1. The method is one the provider uses, and a declared length is within the cap.
//! 2. The headers are read once; what is ambiguous is refused ([`Envelope::read`]).
//! 3. A signature header is there, follows its grammar and holds at least one well-formed signature; so do the other
//!    signed headers and the timestamp. All of this before a body byte is read.
//! 4. The body is hashed as it arrives, under the likeliest key, and kept as it came. It never exceeds the cap.
//! 5. Some active key made some signature in the header, compared in constant time.
//! 6. That key is within its validity window.
//! 7. The signed time is within the tolerance.
//!
//! Freshness is judged last so that the recorded reason is true: old but authentic is not forged.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::clock::{BadTimestamp, Freshness, UnixTime, parse_timestamp};
use crate::codec::SignatureBytes;
use crate::delivery::{Delivery, KeptHeader};
use crate::endpoint::Endpoint;
use crate::envelope::Envelope;
use crate::head::RequestHead;
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::mac::RunningMac;
use crate::plan::{Part, Plan, SchemePlan, TimestampPlan};
use crate::rejection::{Reason, Rejection};

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
    /// The index of the key that the body is hashed with while it streams in.
    lead: usize,
    mac: Option<RunningMac>,
    signature: SignatureBytes,
    /// The signed time, where it stands in the head.
    sent_at: Option<UnixTime>,
    body: Body,
    refused: Option<Reason>,
}

/// The body so far. One chunk is kept as it came; further ones are gathered into one buffer.
enum Body {
    Single(Bytes),
    Gathered(BytesMut),
}

/// The most public-key operations that one request may cause.
#[cfg(feature = "ed25519")]
const MAX_PUBLIC_KEY_OPERATIONS: usize = 4;

impl<'h> Intake<'h> {
    #[inline]
    pub(crate) fn open(
        endpoint: &'h Endpoint,
        keys: Arc<ActiveKeys>,
        tenant: Option<Arc<str>>,
        head: &'h impl RequestHead,
    ) -> Result<Self, Rejection> {
        if !endpoint.allows_method(head.method()) {
            return Err(Reason::MethodNotAllowed.into());
        }
        let mut intake = Self {
            endpoint,
            keys,
            tenant,
            envelope: Envelope::EMPTY,
            lead: 0,
            mac: None,
            signature: SignatureBytes::EMPTY,
            sent_at: None,
            body: Body::Single(Bytes::new()),
            refused: None,
        };
        intake.envelope.read(endpoint.plan(), head)?;
        if intake.envelope.content_length.is_some_and(|length| length > endpoint.body_cap()) {
            return Err(Reason::BodyTooLarge.into());
        }
        intake.choose_lead(endpoint.plan())?;
        Ok(intake)
    }

    /// Picks the scheme that the request uses and the key to hash with, and checks the grammar of everything that the
    /// signature covers.
    ///
    /// The first scheme whose signature header is present decides, together with those that share that header: a
    /// stronger signature cannot be dropped in favour of a weaker one beside it.
    #[inline]
    fn choose_lead(&mut self, plan: &Plan) -> Result<(), Reason> {
        let present = |scheme: &&SchemePlan| self.envelope.header(scheme.signature).is_some();
        let group = plan.schemes.iter().find(present).ok_or(Reason::SignatureMissing)?.signature;
        let mut reason = None;
        // A key whose version is not in the header gives way to one whose version is.
        for (wanted, scheme) in plan.schemes.iter().enumerate().filter(|(_, scheme)| scheme.signature == group) {
            let Some(lead) = self.keys.likeliest(|key| key.scheme == wanted) else { continue };
            self.lead = lead;
            match self.begin(scheme) {
                Ok(()) => return Ok(()),
                Err(found) => reason = reason.or(Some(found)),
            }
        }
        Err(reason.unwrap_or(Reason::NoKeyForScheme))
    }

    /// Reads what the head says under `scheme`, and begins the lead key's MAC.
    #[inline]
    fn begin(&mut self, scheme: &SchemePlan) -> Result<(), Reason> {
        self.signature = self.envelope.first_signature(scheme)?;
        self.sent_at = match &scheme.timestamp {
            Some(rule) if !matches!(rule.from, Part::Json { .. }) => Some(sent_at(&self.envelope, scheme, rule, b"")?),
            _ => None,
        };
        for part in &scheme.after_body {
            self.envelope.signed_part(scheme, part)?;
        }
        self.mac = self.keys.keys.get(self.lead).and_then(|key| key.prepared.begin());
        match &mut self.mac {
            Some(mac) => absorb(mac, &self.envelope, scheme, &scheme.before_body),
            None => scheme.before_body.iter().try_for_each(|part| self.envelope.signed_part(scheme, part).map(|_| ())),
        }
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
        if let Some(mac) = &mut self.mac {
            mac.update(&chunk);
        }
        self.body.push(chunk, self.envelope.content_length);
        Ok(())
    }

    /// Gives the verdict over everything pushed.
    ///
    /// # Errors
    ///
    /// The first of the rules above that does not hold.
    #[inline]
    pub fn finish(mut self, now: UnixTime) -> Result<Delivery, Rejection> {
        if let Some(reason) = self.refused {
            return Err(reason.into());
        }
        let body = self.body.take();
        let plan = self.endpoint.plan();
        let matched = self.matching_key(plan, &body);
        if self.keys.decoy {
            return Err(Reason::UnknownTenant.into());
        }
        let index = matched.ok_or(Reason::SignatureMismatch)?;
        let key = self.keys.keys.get(index).ok_or(Reason::SignatureMismatch)?;
        key.check_window(now)?;
        self.keys.matched(index);
        let scheme = plan.schemes.get(key.scheme).ok_or(Reason::NoKeyForScheme)?;
        let sent_at = match &scheme.timestamp {
            None => None,
            Some(rule) => {
                let sent_at = match self.sent_at {
                    Some(sent_at) if index == self.lead => sent_at,
                    _ => sent_at(&self.envelope, scheme, rule, &body)?,
                };
                match self.endpoint.tolerance(rule).judge(sent_at, now, rule.unit) {
                    Freshness::Fresh => Some(sent_at),
                    Freshness::Stale if !self.endpoint.ignores_timestamp() => return Err(Reason::Stale.into()),
                    Freshness::FromTheFuture if !self.endpoint.ignores_timestamp() => {
                        return Err(Reason::FromTheFuture.into());
                    }
                    _ => Some(sent_at),
                }
            }
        };
        let kept = plan.kept_header.and_then(|field| self.envelope.header(field)).and_then(KeptHeader::new);
        let signed_beside_body = if plan.uses_content { signed_beside_body(&self.envelope, scheme)? } else { None };
        Ok(Delivery {
            endpoint: self.endpoint.clone(),
            tenant: self.tenant.take(),
            body,
            key: index,
            keys: self.keys,
            sent_at,
            received_at: now,
            kept_header: kept,
            signed_beside_body,
        })
    }

    /// The first key that made one of the signatures: the lead key, whose MAC is already there, then the others over
    /// the body as it was gathered.
    #[inline]
    fn matching_key(&mut self, plan: &Plan, body: &[u8]) -> Option<usize> {
        let lead = self.lead;
        if let Some(mut mac) = self.mac.take() {
            let scheme = plan.schemes.get(self.keys.keys.get(lead)?.scheme)?;
            absorb(&mut mac, &self.envelope, scheme, &scheme.after_body).ok()?;
            let tag = mac.finish();
            let others = || self.envelope.signatures(scheme).skip(1);
            if tag.equals(self.signature.as_slice()) || others().any(|one| tag.equals(one.as_slice())) {
                return Some(lead);
            }
        }
        let mut public_key_operations = 0;
        let group = self.keys.keys.get(lead).and_then(|key| plan.schemes.get(key.scheme))?.signature;
        let mut others = self.keys.keys.iter().enumerate();
        let found = others.find(|(index, key)| {
            let Some(scheme) = plan.schemes.get(key.scheme).filter(|scheme| scheme.signature == group) else {
                return false;
            };
            match key.prepared.begin() {
                Some(_) if *index == lead => false,
                Some(mac) => self.mac_matches(mac, scheme, body).unwrap_or(false),
                None => self.public_key_matches(key, scheme, body, &mut public_key_operations).unwrap_or(false),
            }
        });
        found.map(|(index, _)| index)
    }

    fn mac_matches(&self, mut mac: RunningMac, scheme: &SchemePlan, body: &[u8]) -> Option<bool> {
        absorb(&mut mac, &self.envelope, scheme, &scheme.before_body).ok()?;
        mac.update(body);
        absorb(&mut mac, &self.envelope, scheme, &scheme.after_body).ok()?;
        let tag = mac.finish();
        Some(self.envelope.signatures(scheme).any(|one| tag.equals(one.as_slice())))
    }

    #[cfg(feature = "ed25519")]
    fn public_key_matches(
        &self,
        key: &ActiveKey,
        scheme: &SchemePlan,
        body: &[u8],
        operations: &mut usize,
    ) -> Option<bool> {
        let mut message = Vec::with_capacity(body.len().saturating_add(512));
        for part in &scheme.before_body {
            message.extend_from_slice(self.envelope.signed_part(scheme, part).ok()?);
        }
        message.extend_from_slice(body);
        for part in &scheme.after_body {
            message.extend_from_slice(self.envelope.signed_part(scheme, part).ok()?);
        }
        for signature in self.envelope.signatures(scheme) {
            if *operations >= MAX_PUBLIC_KEY_OPERATIONS {
                return Some(false);
            }
            *operations = operations.saturating_add(1);
            if key.prepared.verifies(&message, signature.as_slice()) {
                return Some(true);
            }
        }
        Some(false)
    }

    #[cfg(not(feature = "ed25519"))]
    fn public_key_matches(&self, _: &ActiveKey, _: &SchemePlan, _: &[u8], _: &mut usize) -> Option<bool> {
        None
    }
}

/// Hashes parts of the signed content. Short ones are put together first: a hash takes its input in blocks, and each
/// call costs as much as the bytes of a short header.
#[inline]
fn absorb(mac: &mut RunningMac, envelope: &Envelope<'_>, scheme: &SchemePlan, parts: &[Part]) -> Result<(), Reason> {
    let mut gathered = [0; 64];
    let mut len = 0usize;
    for part in parts {
        let value = envelope.signed_part(scheme, part)?;
        let end = len.saturating_add(value.len());
        match gathered.get_mut(len..end) {
            Some(room) => {
                room.copy_from_slice(value);
                len = end;
            }
            None => {
                mac.update(gathered.get(..len).unwrap_or_default());
                mac.update(value);
                len = 0;
            }
        }
    }
    if len > 0 {
        mac.update(gathered.get(..len).unwrap_or_default());
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
        Part::Header { field, .. } if envelope.header(*field).is_none() => return Err(Reason::TimestampMissing),
        part => parse_timestamp(envelope.signed_part(scheme, part)?, rule.unit),
    };
    parsed.map_err(|bad| match bad {
        BadTimestamp::Grammar => Reason::TimestampMalformed,
        BadTimestamp::TooManyDigits => Reason::TimestampUnit,
    })
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Single(body) => body.len(),
            Self::Gathered(body) => body.len(),
        }
    }

    /// Adds a chunk. `declared` sizes the buffer once where the sender said how much will come; the caller has checked
    /// it against the cap.
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
    fn take(&mut self) -> Bytes {
        match core::mem::replace(self, Self::Single(Bytes::new())) {
            Self::Single(body) => body,
            Self::Gathered(body) => body.freeze(),
        }
    }
}
