//! One request that its client named: whose key it is, and the digest that tells a retry from another request. No clock,
//! no store.
//!
//! The rules, in the order applied, all before the store is asked:
//!
//! 1. A method that the policy does not cover passes, with a key or without.
//! 2. The key stands on one line. A request without it is refused, or passes where the policy says so.
//! 3. It is a quoted string (RFC 8941, section 3.3.3) without parameters, of visible ASCII characters, within the
//!    length that the policy allows.
//! 4. The request has a scope.
//! 5. The body does not exceed the cap.

use core::fmt;
use core::mem;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::head::RequestHead;
use crate::idempotency::IdempotencyKeys;
use crate::key::{EventKey, Fingerprint, KeyHash, Parts};
use crate::rejection::{Reason, Rejection};

/// Whose key it is: what only the server knows of the caller, such as the account that authentication found.
///
/// Keys of two scopes never meet, so nobody gets another caller's answer by guessing a key. Never make it of what the
/// caller can choose freely: a header that nobody checked is no scope.
///
/// Made of one part or several, each with its length: `Scope::new(tenant).and(user)` has no delimiter to forge. An empty
/// part is no scope at all, and the request is refused.
#[derive(Clone)]
pub struct Scope {
    parts: Parts,
    lacks_a_part: bool,
}

impl Scope {
    /// A scope of one part.
    pub fn new(part: impl AsRef<[u8]>) -> Self {
        Self { parts: Parts::default(), lacks_a_part: false }.and(part)
    }

    /// With one part more.
    #[must_use]
    pub fn and(mut self, part: impl AsRef<[u8]>) -> Self {
        self.lacks_a_part |= part.as_ref().is_empty();
        self.parts.part(part.as_ref());
        self
    }
}

impl<T: AsRef<[u8]>> From<T> for Scope {
    fn from(part: T) -> Self {
        Self::new(part)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

/// A request whose head was in order and whose body is being read.
///
/// Made by [`IdempotencyKeys::open`]; takes the body through [`push`](Self::push) and ends in
/// [`finish`](Self::finish).
#[must_use = "an intake says nothing until it is finished"]
pub struct KeyedIntake {
    key: EventKey,
    fingerprint: Parts,
    content: Sha256,
    body: Body,
    length: u64,
    cap: u64,
}

/// The body so far. One chunk is kept as it came; further ones are gathered into one buffer.
enum Body {
    Single(Bytes),
    Gathered(BytesMut),
}

impl KeyedIntake {
    pub(crate) fn open(
        keys: &IdempotencyKeys,
        head: &impl RequestHead,
        query: Option<&str>,
        scope: impl FnOnce() -> Option<Scope>,
    ) -> Result<Option<Self>, Reason> {
        if !keys.covers_method(head.method()) {
            return Ok(None);
        }
        let (mut value, mut repeated, mut declared) = (None, false, 0);
        head.each_header(|name, line| match name {
            "idempotency-key" => repeated |= value.replace(line).is_some(),
            "content-length" => declared = core::str::from_utf8(line).ok().and_then(|l| l.parse().ok()).unwrap_or(0),
            _ => {}
        });
        let key = match value {
            Some(_) if repeated => return Err(Reason::KeyRepeated),
            Some(value) => keys.format().read(value)?,
            None if keys.allows_missing_key() => return Ok(None),
            None => return Err(Reason::KeyMissing),
        };
        let scope = scope().filter(|scope| !scope.lacks_a_part).ok_or(Reason::ScopeMissing)?;
        let cap = keys.body_cap();
        if declared > cap {
            return Err(Reason::BodyTooLarge);
        }
        let mut name = KeyHash::of_request(keys.name());
        name.part(&scope.parts.finish());
        name.part(&key);
        Ok(Some(Self {
            key: name.finish(),
            fingerprint: head_parts(keys.fingerprint_headers(), head, query),
            content: Sha256::new(),
            body: Body::Single(Bytes::new()),
            length: 0,
            cap,
        }))
    }

    /// Takes the next chunk of the body.
    ///
    /// # Errors
    ///
    /// The body is longer than the cap (413). What was read of it is of no use any more.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        self.length = self.length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if self.length > self.cap {
            return Err(Reason::BodyTooLarge.into());
        }
        self.content.update(&chunk);
        self.body.push(chunk);
        Ok(())
    }

    /// The request, ready to be claimed.
    pub fn finish(mut self) -> KeyedRequest {
        self.fingerprint.part(&self.content.finalize());
        let body = match self.body {
            Body::Single(body) => body,
            Body::Gathered(body) => body.freeze(),
        };
        KeyedRequest { key: self.key, fingerprint: Fingerprint::new(self.fingerprint.finish()), body }
    }
}

impl Body {
    fn push(&mut self, chunk: Bytes) {
        match self {
            Self::Single(first) if first.is_empty() => *first = chunk,
            Self::Single(first) => {
                let mut gathered = BytesMut::with_capacity(first.len().saturating_add(chunk.len()));
                gathered.extend_from_slice(&mem::take(first));
                gathered.extend_from_slice(&chunk);
                *self = Self::Gathered(gathered);
            }
            Self::Gathered(gathered) => gathered.extend_from_slice(&chunk),
        }
    }
}

/// What the fingerprint covers of a head: the method, the target, and each covered header with the number of its lines.
fn head_parts(headers: &[Box<str>], head: &impl RequestHead, query: Option<&str>) -> Parts {
    let mut parts = Parts::default();
    parts.part(FINGERPRINT_DOMAIN);
    parts.part(head.method().as_bytes());
    parts.part(head.path().as_bytes());
    // "No query" is another part count than "an empty one".
    match query {
        None => parts.part(&[0]),
        Some(query) => {
            parts.part(&[1]);
            parts.part(query.as_bytes());
        }
    }
    for header in headers {
        let mut lines = Vec::new();
        head.each_header(|name, line| {
            if *name == **header {
                lines.push(line.trim_ascii());
            }
        });
        parts.part(header.as_bytes());
        parts.part(&u64::try_from(lines.len()).unwrap_or(u64::MAX).to_be_bytes());
        lines.iter().for_each(|line| parts.part(line));
    }
    parts
}

/// Changes when the way fingerprints are made changes.
const FINGERPRINT_DOMAIN: &[u8] = b"countersign request fingerprint 1";

/// A request that its client named, read to its end.
#[derive(Clone)]
pub struct KeyedRequest {
    pub(crate) key: EventKey,
    pub(crate) fingerprint: Fingerprint,
    body: Bytes,
}

impl KeyedRequest {
    /// The name of its record: a digest over the API's name, the scope and the client's key.
    pub fn key(&self) -> &EventKey {
        &self.key
    }

    /// The body, as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for KeyedIntake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedIntake").field("key", &self.key).field("read", &self.length).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedRequest")
            .field("key", &self.key)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
