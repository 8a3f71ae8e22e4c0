//! A delivery: one verified HTTP attempt, with the body that was verified. Only an intake makes one.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::clock::UnixTime;
use crate::endpoint::Endpoint;
use crate::envelope::{MAX_SIGNED_HEADER, is_clean};
use crate::key::{EventKey, Fingerprint, KeyHash};
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::plan::Part;
use crate::rejection::Reason;
use crate::scheme::Algorithm;
use crate::secret::Environment;

/// One HTTP attempt whose signature, key and time were found in order.
///
/// Nothing but [`Intake::finish`](crate::Intake::finish) makes one, so a handler that has a `Delivery` has verified
/// bytes. Cloning it shares the body.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) endpoint: Endpoint,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) body: Bytes,
    pub(crate) keys: Arc<ActiveKeys>,
    /// The index of the key that matched.
    pub(crate) key: usize,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) received_at: UnixTime,
    pub(crate) kept_header: Option<KeptHeader>,
    /// A digest of what the signature covers beside the body, where an event id is made of the whole content.
    pub(crate) signed_beside_body: Option<[u8; 32]>,
}

/// A signed header's value. Kept inline where it is as short as ids are, so that verification allocates nothing.
#[derive(Clone)]
pub(crate) enum KeptHeader {
    Inline { bytes: [u8; INLINE], len: usize },
    Long(Box<[u8]>),
}

/// Room for an id of 64 characters: a UUID has 36, a SHA-256 in hex 64.
const INLINE: usize = 64;

impl KeptHeader {
    /// Keeps a value of 1 to 255 visible ASCII characters. Nothing else is cut to fit: it is no id.
    #[inline]
    pub(crate) fn new(value: &[u8]) -> Option<Self> {
        if value.is_empty() || value.len() > MAX_SIGNED_HEADER || !is_clean(value, 0, 0) {
            return None;
        }
        let mut bytes = [0; INLINE];
        Some(match bytes.get_mut(..value.len()) {
            Some(room) => {
                room.copy_from_slice(value);
                Self::Inline { bytes, len: value.len() }
            }
            None => Self::Long(value.into()),
        })
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl Delivery {
    /// The name of the endpoint that took it.
    pub fn endpoint(&self) -> &str {
        self.endpoint.name()
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.endpoint.provider().name
    }

    /// The tenant whose keys verified it, where the endpoint has tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The body, byte for byte as it was signed.
    pub fn body(&self) -> &Bytes {
        &self.body
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
        self.endpoint.plan().schemes.get(scheme).map(|scheme| scheme.algorithm)
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
        let plan = self.endpoint.plan();
        plan.event_id.iter().find_map(|parts| self.signed_text(parts))
    }

    /// The kind of event, where the provider writes it in signed bytes. A kind that stands only in an unsigned header
    /// is for the handler to read from the request, knowing that anyone on the way can change it.
    pub fn event_type(&self) -> Option<String> {
        self.signed_text(&self.endpoint.plan().event_type)
    }

    /// The parts' texts, joined by spaces, if all of them are signed and present.
    fn signed_text(&self, parts: &[Part]) -> Option<String> {
        let texts = parts.iter().map(|part| match part {
            Part::Header { field, .. } if self.endpoint.plan().signs_header(*field) => {
                core::str::from_utf8(self.kept_header.as_ref()?.as_slice()).ok().map(str::to_owned)
            }
            #[cfg(feature = "json")]
            Part::Json { pointer, integer } => {
                crate::json::find(&self.body, pointer, (*integer).into()).ok().flatten().map(|value| value.to_string())
            }
            _ => None,
        });
        let texts: Option<Vec<String>> = texts.collect();
        texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
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

    /// The key under which the event is claimed: the first alternative of the event id that is present.
    pub(crate) fn event_key(&self, alternatives: &[Vec<Part>], fingerprint: &Fingerprint) -> Result<EventKey, Reason> {
        for (kind, parts) in alternatives.iter().enumerate() {
            let mut hash = KeyHash::new(self.tenant(), self.endpoint(), self.provider(), kind);
            if self.hash_parts(&mut hash, parts, fingerprint)? {
                return Ok(hash.finish());
            }
        }
        Err(Reason::EventIdMissing)
    }

    /// Whether all parts were present and went into the hash.
    fn hash_parts(&self, hash: &mut KeyHash, parts: &[Part], fingerprint: &Fingerprint) -> Result<bool, Reason> {
        for part in parts {
            match part {
                Part::Header { .. } => match &self.kept_header {
                    Some(value) => hash.part(value.as_slice()),
                    None => return Ok(false),
                },
                Part::Content => {
                    hash.part(fingerprint.as_bytes());
                    hash.part(self.signed_beside_body.as_ref().map_or(&[], |digest| digest.as_slice()));
                }
                #[cfg(feature = "json")]
                Part::Json { pointer, integer } => match crate::json::find(&self.body, pointer, (*integer).into()) {
                    // An empty id is every event's.
                    Ok(Some(crate::json::Scalar::Text(text))) if text.is_empty() => {
                        return Err(Reason::EventIdMalformed);
                    }
                    Ok(Some(value)) => hash.part(value.to_string().as_bytes()),
                    Ok(None) | Err(crate::json::Unusable::NotJson) => return Ok(false),
                    Err(crate::json::Unusable::Malformed) => return Err(Reason::EventIdMalformed),
                },
                _ => return Ok(false),
            }
        }
        Ok(!parts.is_empty())
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
