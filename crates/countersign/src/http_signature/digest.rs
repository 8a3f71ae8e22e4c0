//! `Content-Digest` (RFC 9530): the digest that ties the body to a signature over headers.

use ctutils::CtEq;
use sfv::BareItemFromInput;
use sha2::{Digest, Sha256, Sha512};

use super::Request;
use super::field::{self, Entry, Item, Members};
use crate::rejection::Reason;

/// Whether this digest ties the body. The deprecated ones (`md5`, `sha`, `unixsum`, `unixcksum`, `adler`, `crc32c`) can
/// be kept while the body changes, so they never count (RFC 9530, section 5).
pub(super) fn counts(algorithm: &str) -> bool {
    matches!(algorithm, "sha-256" | "sha-512")
}

/// Recomputes the digests of a request over its body as it was received, before any content coding is undone.
///
/// # Errors
///
/// One of the digests that count is not the body's, or there is none.
pub(super) fn check(request: &Request<'_>) -> Result<(), Reason> {
    let field = field::joined(request.headers, "content-digest")?.ok_or(Reason::SignedHeaderMissing)?;
    let digests = Members::dictionary(&field).ok_or(Reason::SignedHeaderMalformed)?;
    let mut none_counts = true;
    for (algorithm, entry) in digests.iter().filter(|(algorithm, _)| counts(algorithm)) {
        let Entry::Item(Item { bare: BareItemFromInput::ByteSequence(said), .. }) = entry else {
            return Err(Reason::SignedHeaderMalformed);
        };
        let right = match algorithm {
            "sha-256" => Sha256::digest(request.body).as_slice().ct_eq(said),
            _ => Sha512::digest(request.body).as_slice().ct_eq(said),
        };
        if !right.to_bool() {
            return Err(Reason::DigestMismatch);
        }
        none_counts = false;
    }
    if none_counts { Err(Reason::SignedHeaderMalformed) } else { Ok(()) }
}
