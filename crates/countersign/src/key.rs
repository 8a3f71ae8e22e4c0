//! Names of records: digests over length-prefixed parts, so that no id can be shaped to meet another's, and nothing
//! that a sender wrote reaches a store.

use core::fmt;
use core::str::FromStr;

use sha2::{Digest, Sha256};

use crate::scheme::Encoding;

/// The key of an event's record: four bytes of its endpoint, then 28 bytes of a SHA-256 over domain, tenant, endpoint,
/// provider, kind and id, each with its length.
///
/// Requests under an [`IdempotencyKeys`](crate::IdempotencyKeys) have keys of the same form, over a domain of their own:
/// no such key meets a delivery's.
///
/// The first four bytes let an operator ask a store for one endpoint's records without the store knowing its name. The
/// key does not contain the secret, so a retry signed with a rotated secret meets the same record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey([u8; 32]);

impl EventKey {
    /// A key from its bytes, as a store read them back.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a store to write.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the keys of all records of the endpoint `name` begin with.
    pub fn endpoint_prefix(name: &str) -> [u8; 4] {
        let digest = Sha256::new().chain_update(ENDPOINT_DOMAIN).chain_update(name).finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

impl FromStr for EventKey {
    type Err = BadKey;

    /// Reads the 64 hexadecimal digits that `Display` writes.
    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bytes = crate::codec::decode(text.as_bytes(), Encoding::Hex).ok_or(BadKey)?;
        bytes.try_into().map(Self).map_err(|_| BadKey)
    }
}

/// A text that is no [`EventKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKey;

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record's key is 64 hexadecimal digits")
    }
}

impl core::error::Error for BadKey {}

/// The digest of a body: tells a retry from another event under the same id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// A fingerprint from its bytes, as a store read them back.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a store to write.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A digest over parts, each with its length in front: no two lists of parts look alike.
#[derive(Clone, Default)]
pub(crate) struct Parts(Sha256);

impl Parts {
    pub(crate) fn part(&mut self, bytes: &[u8]) {
        self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// A key being made.
pub(crate) struct KeyHash {
    prefix: [u8; 4],
    parts: Parts,
}

/// Changes when the way keys are made changes, so that old records are never misread as new ones.
const DOMAIN: &[u8] = b"countersign event key 2";
const REQUEST_DOMAIN: &[u8] = b"countersign idempotency key 1";
const ENDPOINT_DOMAIN: &[u8] = b"countersign endpoint 2:";

impl KeyHash {
    pub(crate) fn new(tenant: Option<&str>, endpoint: &str, provider: &str, kind: usize) -> Self {
        let mut hash = Self::of(DOMAIN, endpoint);
        // "No tenant" is another part count than "a tenant with an empty name".
        match tenant {
            None => hash.part(&[0]),
            Some(tenant) => {
                hash.part(&[1]);
                hash.part(tenant.as_bytes());
            }
        }
        hash.part(endpoint.as_bytes());
        hash.part(provider.as_bytes());
        hash.part(&u64::try_from(kind).unwrap_or(u64::MAX).to_be_bytes());
        hash
    }

    /// The key of a request that its client named.
    pub(crate) fn of_request(name: &str) -> Self {
        let mut hash = Self::of(REQUEST_DOMAIN, name);
        hash.part(name.as_bytes());
        hash
    }

    fn of(domain: &[u8], endpoint: &str) -> Self {
        let mut hash = Self { prefix: EventKey::endpoint_prefix(endpoint), parts: Parts::default() };
        hash.part(domain);
        hash
    }

    pub(crate) fn part(&mut self, bytes: &[u8]) {
        self.parts.part(bytes);
    }

    pub(crate) fn finish(self) -> EventKey {
        let mut key = self.parts.finish();
        for (to, from) in key.iter_mut().zip(self.prefix) {
            *to = from;
        }
        EventKey(key)
    }
}

/// Shows the first four bytes: enough to find a record in a log.
fn short(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
    f.write_str("…")
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short(&self.0, f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short(&self.0, f)
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: Option<&str>, parts: &[&str]) -> EventKey {
        let mut hash = KeyHash::new(tenant, "billing", "stripe", 0);
        parts.iter().for_each(|part| hash.part(part.as_bytes()));
        hash.finish()
    }

    fn request(parts: &[&str]) -> EventKey {
        let mut hash = KeyHash::of_request("billing");
        parts.iter().for_each(|part| hash.part(part.as_bytes()));
        hash.finish()
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_names_its_endpoint() {
        let one = key(None, &["evt_1"]);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert_eq!(one.as_bytes()[..4], EventKey::endpoint_prefix("billing"));
        assert_ne!(one.as_bytes()[..4], EventKey::endpoint_prefix("shop"));
        for bad in ["", "ab", &one.to_string()[1..], &format!("{one}00"), &"g".repeat(64)] {
            assert_eq!(bad.parse::<EventKey>(), Err(BadKey), "{bad}");
        }
    }

    #[test]
    fn no_delimiter_can_be_forged() {
        let keys = [
            key(None, &["a:b", "c"]),
            key(None, &["a", "b:c"]),
            key(None, &["a:b:c"]),
            key(None, &["a:b", "c", ""]),
            key(Some(""), &["a:b", "c"]),
            key(Some("a"), &["b", "c"]),
            request(&["a:b", "c"]),
            request(&["a", "b:c"]),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(!keys[index + 1..].contains(one), "{index}");
        }
    }
}
