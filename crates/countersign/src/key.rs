//! Names of records: digests over length-prefixed parts, so that no id can be shaped to meet another's, and nothing
//! that a sender wrote reaches a store.

use core::fmt;

use sha2::{Digest, Sha256};

/// The key of an event's record: a SHA-256 over domain, tenant, endpoint, provider, kind and id, each with its length.
///
/// It does not contain the secret, so a retry signed with a rotated secret meets the same record.
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
}

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

/// A key being made.
pub(crate) struct KeyHash(Sha256);

/// Changes when the way keys are made changes, so that old records are never misread as new ones.
const DOMAIN: &[u8] = b"countersign event key 1";

impl KeyHash {
    pub(crate) fn new(tenant: Option<&str>, endpoint: &str, provider: &str, kind: usize) -> Self {
        let mut hash = Self(Sha256::new());
        hash.part(DOMAIN);
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

    pub(crate) fn part(&mut self, bytes: &[u8]) {
        self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> EventKey {
        EventKey(self.0.finalize().into())
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

    #[test]
    fn no_delimiter_can_be_forged() {
        let keys = [
            key(None, &["a:b", "c"]),
            key(None, &["a", "b:c"]),
            key(None, &["a:b:c"]),
            key(None, &["a:b", "c", ""]),
            key(Some(""), &["a:b", "c"]),
            key(Some("a"), &["b", "c"]),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(!keys[index + 1..].contains(one), "{index}");
        }
    }
}
