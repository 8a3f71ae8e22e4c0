//! A delivery: one verified HTTP attempt, with the body that was verified. Only an intake makes one.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::clock::UnixTime;
use crate::content::{Absent, Content, Params};
use crate::endpoint::Rules;
use crate::key::{EventKey, Fingerprint, KeyHash};
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::plan::Part;
use crate::rejection::Reason;
use crate::scheme::Algorithm;
use crate::secret::Environment;
use crate::short::ShortBytes;
use crate::template::Token;

/// One HTTP attempt whose signature, key and time were found in order.
///
/// Nothing but [`Intake::finish`](crate::Intake::finish) makes one, so a handler that has a `Delivery` has verified
/// bytes. Cloning it shares the body.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) body: Bytes,
    pub(crate) keys: Arc<ActiveKeys>,
    /// The index of the key that matched.
    pub(crate) key: usize,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) received_at: UnixTime,
    /// The value outside the body that an event id is made of.
    pub(crate) kept: Option<ShortBytes>,
    /// What an event id is made of that is made of the whole signed content.
    pub(crate) signed: SignedContent,
    pub(crate) body_authenticated: bool,
}

/// What the signature covers, as far as an event id that is made of it needs.
#[derive(Clone)]
pub(crate) enum SignedContent {
    /// The body byte for byte, and the digest of what is signed beside it, if anything is.
    BodyAnd(Option<[u8; 32]>),
    /// The digest of the signed content. The body may be written in several ways that have the same one, or may be
    /// signed in part: its bytes must not tell deliveries apart, or one signature would make any number of events.
    Whole([u8; 32]),
}

impl Delivery {
    /// The name of the endpoint that took it.
    pub fn endpoint(&self) -> &str {
        &self.rules().name
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.rules().provider.name
    }

    /// The tenant whose keys verified it, where the endpoint has tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The body, byte for byte as it was signed.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the signature covers the whole body.
    ///
    /// `false` where the provider signs only some values, or sends the secret itself: whoever captured one delivery can
    /// then send another body under its signature. Act on such a body only after asking the provider's API.
    pub fn body_authenticated(&self) -> bool {
        self.body_authenticated
    }

    /// The id of the key that matched.
    pub fn key_id(&self) -> &str {
        self.matched().map_or("", |key| &key.id)
    }

    /// Whether the key that matched is one of live or of test mode, where its configuration says.
    pub fn environment(&self) -> Option<Environment> {
        self.matched().and_then(|key| key.environment)
    }

    /// The algorithm of the signature.
    pub fn algorithm(&self) -> Option<Algorithm> {
        let scheme = self.matched()?.scheme;
        self.rules().plan.schemes.get(scheme).map(|scheme| scheme.algorithm)
    }

    fn rules(&self) -> &Rules {
        &self.keys.rules
    }

    fn matched(&self) -> Option<&ActiveKey> {
        self.keys.keys.get(self.key)
    }

    /// The signed time of sending, where the scheme has one.
    pub fn sent_at(&self) -> Option<UnixTime> {
        self.sent_at
    }

    /// The receiver's time when the delivery was verified.
    pub fn received_at(&self) -> UnixTime {
        self.received_at
    }

    /// The event's id, out of signed bytes: the same for every attempt at this event.
    ///
    /// Read from the body anew at each call where it stands there. `None` where the provider has no id, where this
    /// delivery lacks it, or where it is made of the whole content.
    pub fn event_id(&self) -> Option<String> {
        let plan = &self.rules().plan;
        plan.event_id.iter().find_map(|parts| self.signed_text(parts))
    }

    /// The kind of event, where the provider writes it in signed bytes. A kind that stands only in an unsigned header
    /// is for the handler to read from the request, knowing that anyone on the way can change it.
    pub fn event_type(&self) -> Option<String> {
        self.signed_text(&self.rules().plan.event_type)
    }

    /// The URL that this delivery asks to have fetched, where it is no event but a request to confirm a subscription
    /// (Amazon SNS), and where the URL is at a host of the provider's.
    ///
    /// It is never fetched by itself. Whoever may publish somewhere can ask for a subscription of this endpoint: compare
    /// what is to be confirmed, such as `TopicArn`, with what you expect, and do not follow redirects.
    pub fn confirmation_url(&self) -> Option<String> {
        let params = Params::default();
        crate::handshake::confirmation_url(&self.rules().provider, &self.body_content(&params))
    }

    /// The parts' texts, joined by spaces, if all of them are signed and present.
    fn signed_text(&self, parts: &[Part]) -> Option<String> {
        let present = |part: &&Part| match part {
            Part::Token(token @ Token::Optional(_)) => self.body_value(token).is_ok_and(|text| !text.is_empty()),
            _ => true,
        };
        let texts = parts.iter().filter(present).map(|part| match part {
            part if is_kept(part) => {
                let scheme = self.rules().plan.schemes.get(self.matched()?.scheme)?;
                let kept = self.kept.as_ref().filter(|_| scheme.signs(part))?;
                core::str::from_utf8(kept.as_slice()).ok().map(str::to_owned)
            }
            Part::Token(token) => self
                .body_value(token)
                .ok()
                .filter(|text| !text.is_empty())
                .and_then(|text| String::from_utf8(text).ok()),
            #[cfg(feature = "json")]
            Part::Json { pointer, integer } => {
                crate::json::find(&self.body, pointer, (*integer).into()).ok().flatten().map(|value| value.to_string())
            }
            _ => None,
        });
        let texts: Option<Vec<String>> = texts.collect();
        texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
    }

    /// What a token about the body stands for.
    fn body_value(&self, token: &Token) -> Result<Vec<u8>, Absent> {
        let params = Params::default();
        self.body_content(&params).value(token).map(Cow::into_owned)
    }

    /// The request as far as its body tells.
    fn body_content<'c>(&'c self, params: &'c Params<'c>) -> Content<'c> {
        Content {
            method: "",
            target: "",
            url: None,
            // Only form bodies have fields; of any other body a field is missing.
            headers: &[("content-type", b"application/x-www-form-urlencoded")],
            header_set: 0,
            config: &[],
            body: &self.body,
            json: &self.body,
            params,
        }
    }

    /// The event, read as JSON from the body.
    ///
    /// # Errors
    ///
    /// The body does not have the form of `T`. Where the two part goes to the log, what stands there does not.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, DoesNotFit> {
        serde_json::from_slice(&self.body).map_err(|error| {
            crate::observe::does_not_fit(self.endpoint(), core::any::type_name::<T>(), &error);
            DoesNotFit
        })
    }

    /// The digest of the body.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(Sha256::digest(&self.body).into())
    }

    /// The key under which the event is claimed: the first alternative of the event id that is signed and present.
    pub(crate) fn event_key(&self, fingerprint: &Fingerprint) -> Result<EventKey, Reason> {
        let plan = &self.rules().plan;
        let scheme = self.matched().and_then(|key| plan.schemes.get(key.scheme));
        let signed = scheme.map_or(&[][..], |scheme| &scheme.signed_ids);
        for (kind, parts) in plan.event_id.iter().enumerate() {
            if signed.get(kind) != Some(&true) && !self.rules().unsigned_ids {
                continue;
            }
            // Where all that is signed is part of the id, it is all of it: the other parts, which are cut out of the same
            // bytes or not signed, only say that there is an event. One signature then names one event, however the bytes
            // under it are cut into fields.
            let is_whole = parts.contains(&Part::Content);
            let kind = if is_whole { 0 } else { kind };
            let mut hash = KeyHash::new(self.tenant(), self.endpoint(), self.provider(), kind);
            if self.hash_parts(&mut hash, parts, fingerprint)? {
                return Ok(hash.finish());
            }
        }
        Err(Reason::EventIdMissing)
    }

    /// Whether all parts were present and went into the hash.
    fn hash_parts(&self, hash: &mut KeyHash, parts: &[Part], fingerprint: &Fingerprint) -> Result<bool, Reason> {
        let is_whole = parts.contains(&Part::Content);
        let mut put = |bytes: &[u8]| {
            if !is_whole {
                hash.part(bytes);
            }
        };
        let mut content = None;
        for part in parts {
            match part {
                part if is_kept(part) => match &self.kept {
                    Some(value) => put(value.as_slice()),
                    None => return Ok(false),
                },
                Part::Token(token) => match self.body_value(token) {
                    Ok(value) if value.is_empty() && !matches!(token, Token::Optional(_)) => {
                        return Err(Reason::EventIdMalformed);
                    }
                    Ok(value) => put(&value),
                    Err(Absent::Missing) => return Ok(false),
                    Err(Absent::Malformed) => return Err(Reason::EventIdMalformed),
                },
                Part::Content => content = Some(&self.signed),
                #[cfg(feature = "json")]
                Part::Json { pointer, integer } => match crate::json::find(&self.body, pointer, (*integer).into()) {
                    // An empty id is every event's.
                    Ok(Some(crate::json::Scalar::Text(text))) if text.is_empty() => {
                        return Err(Reason::EventIdMalformed);
                    }
                    Ok(Some(value)) => put(value.to_string().as_bytes()),
                    Ok(None) | Err(crate::json::Unusable::NotJson) => return Ok(false),
                    Err(crate::json::Unusable::Malformed) => return Err(Reason::EventIdMalformed),
                },
                _ => return Ok(false),
            }
        }
        match content {
            None => {}
            Some(SignedContent::BodyAnd(beside)) => {
                hash.part(fingerprint.as_bytes());
                hash.part(beside.as_ref().map_or(&[], |digest| digest.as_slice()));
            }
            Some(SignedContent::Whole(digest)) => hash.part(digest),
        }
        Ok(!parts.is_empty())
    }
}

/// Whether a part of an event id stands outside the body.
fn is_kept(part: &Part) -> bool {
    match part {
        Part::Header { .. } | Part::Param { .. } => true,
        Part::Token(token) => matches!(token.required(), Token::Claim(_) | Token::Query(_)),
        _ => false,
    }
}

/// An authentic event does not have the form that its reader expects: the type is the receiver's to mend.
#[cfg(feature = "json")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotFit;

#[cfg(feature = "json")]
impl core::fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the event does not have the form that this endpoint expects")
    }
}

#[cfg(feature = "json")]
impl core::error::Error for DoesNotFit {}

impl core::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Delivery")
            .field("endpoint", &self.endpoint())
            .field("tenant", &self.tenant())
            .field("key_id", &self.key_id())
            .field("sent_at", &self.sent_at)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
