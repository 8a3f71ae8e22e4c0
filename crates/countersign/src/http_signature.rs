//! HTTP message signatures (RFC 9421): which signatures a request bears and the bytes that each of them signs. Whether a
//! key made them, and whether they are fresh, is for the intake.

#[cfg(test)]
mod appendix_b;
mod base;
mod digest;
mod field;
mod query;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use sfv::BareItemFromInput;

use self::base::Covered;
use self::field::{Entry, InnerList, Item, Members, Params};
use crate::envelope::MAX_SIGNATURES;
use crate::rejection::Reason;
use crate::scheme::Algorithm;

/// What a request says, as far as a signature can cover it.
pub struct Request<'r> {
    /// As sent.
    pub method: &'r str,
    /// `https`, from the URL that the endpoint is configured with, never from the client.
    pub scheme: &'r str,
    /// `example.com`, from that URL too: in lower case, without the scheme's own port.
    pub authority: &'r str,
    /// Path and query exactly as sent: `/foo?param=Value&Pet=dog`.
    pub target: &'r str,
    /// One entry a line, in order, the names in lower case. No trailers: they are not part of what is signed here.
    pub headers: &'r [(&'r str, &'r [u8])],
    /// As received, before any content coding is undone.
    pub body: &'r [u8],
}

/// One signature whose base could be built.
pub(crate) struct Found {
    /// The bytes that are signed.
    pub(crate) base: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// `created`, `expires`, `nonce`, `keyid`, `tag` and `alg`, as far as they are there; numbers in decimal. All of
    /// them are signed.
    pub(crate) params: Vec<(String, String)>,
    /// Whether the body is signed: `Content-Digest` is covered and is the body's.
    pub(crate) covers_body: bool,
}

/// Reads every signature of a request that `algorithm` may have made.
///
/// 1. `Signature-Input` and `Signature` are dictionaries, their lines joined. What does not parse, and a key or a
///    parameter that stands twice, refuses the request. More than 16 signatures are refused.
/// 2. Each label stands in both, as an inner list of component identifiers and as a byte sequence.
/// 3. An identifier that stands twice, is not in lower case, is unknown or belongs to a response or a trailer refuses
///    the request, whichever signature it is part of; so do a parameter of a wrong type and `expires` before `created`.
/// 4. A signature is passed over where its `alg`, its `tag` or its length shows that it is another's, where it does not
///    cover all of `cover`, or covers nothing, and where a component that it covers is absent, ambiguous or malformed.
/// 5. A covered `Content-Digest` is recomputed. One that is wrong refuses the request, even if another signature does
///    not cover it.
///
/// A label is not signed and says nothing. `cover` names components that must be covered; `@target-uri` counts as its
/// parts. `tag` is what the signature's must be, or empty.
///
/// The caller judges what is in [`Found::params`]: `created` against its tolerance, **`expires` against the clock**, a
/// `nonce` against what it has seen, and `keyid` by trying only the key that is so named. A signature without
/// [`Found::covers_body`] says nothing of the body.
///
/// # Errors
///
/// No signature is left: why the first was passed over. Or one of the rules that refuse the request.
pub(crate) fn read(
    request: &Request<'_>,
    algorithm: Algorithm,
    cover: &[&str],
    tag: &str,
) -> Result<Vec<Found>, Reason> {
    let inputs = field::joined(request.headers, "signature-input").map_err(as_signature)?;
    let signatures = field::joined(request.headers, "signature").map_err(as_signature)?;
    let (Some(inputs), Some(signatures)) = (inputs, signatures) else { return Err(Reason::SignatureMissing) };
    let inputs = Members::dictionary(&inputs).ok_or(Reason::SignatureMalformed)?;
    let signatures = Members::dictionary(&signatures).ok_or(Reason::SignatureMalformed)?;
    if inputs.len() > MAX_SIGNATURES {
        return Err(Reason::TooManySignatures);
    }
    // Labels are unique on both sides, so that as many, and each of them there, is one to one.
    if inputs.len() != signatures.len() {
        return Err(Reason::SignatureMalformed);
    }
    let claims = inputs
        .iter()
        .map(|(label, input)| Claim::read(input, signatures.get(label)).ok_or(Reason::SignatureMalformed))
        .collect::<Result<Vec<_>, _>>()?;
    let covered = claims.iter().map(|claim| Covered::read(claim.list)).collect::<Result<Vec<_>, _>>()?;

    let digest = OnceCell::new();
    let mut found = Vec::new();
    let mut passed_over = None;
    for (claim, covered) in claims.into_iter().zip(covered) {
        match claim.found(request, &covered, algorithm, cover, tag, &digest) {
            Ok(one) => found.push(one),
            Err(Reason::DigestMismatch) => return Err(Reason::DigestMismatch),
            Err(reason) => passed_over = passed_over.or(Some(reason)),
        }
    }
    if found.is_empty() { Err(passed_over.unwrap_or(Reason::SignatureMissing)) } else { Ok(found) }
}

/// The base that a signature with these components and parameters signs: `("@method" "date");created=1618884473`. It
/// is the signing half of reading one, and refuses the same components.
///
/// # Errors
///
/// The text is no such list, or a component is absent, ambiguous or malformed.
pub fn base(request: &Request<'_>, input: &str) -> Result<Vec<u8>, Reason> {
    let label = format!("sig={input}");
    let inputs = Members::dictionary(label.as_bytes()).filter(|inputs| inputs.len() == 1);
    let Some(inputs) = inputs else { return Err(Reason::SignatureMalformed) };
    let Some(Entry::List(list)) = inputs.get("sig") else { return Err(Reason::SignatureMalformed) };
    Covered::read(list)?.base(request, list)
}

/// What stands under one label.
struct Claim<'f> {
    list: &'f InnerList<'f>,
    signature: &'f [u8],
    params: Vec<(String, String)>,
}

impl<'f> Claim<'f> {
    fn read(input: &'f Entry<'f>, signature: Option<&'f Entry<'f>>) -> Option<Self> {
        let Entry::List(list) = input else { return None };
        let Entry::Item(Item { bare: BareItemFromInput::ByteSequence(signature), .. }) = signature? else {
            return None;
        };
        let params = texts(&list.params)?;
        Some(Self { list, signature, params })
    }

    fn found(
        self,
        request: &Request<'_>,
        covered: &Covered<'_>,
        algorithm: Algorithm,
        cover: &[&str],
        tag: &str,
        digest: &OnceCell<Result<(), Reason>>,
    ) -> Result<Found, Reason> {
        let param = |name: &str| self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let is_other = |alg| rfc_name(algorithm) != Some(alg);
        let length = algorithm.signature_len();
        if param("alg").is_some_and(is_other) || length.is_some_and(|length| length != self.signature.len()) {
            return Err(Reason::NoKeyForScheme);
        }
        if !tag.is_empty() && param("tag") != Some(tag) {
            return Err(Reason::SignatureMissing);
        }
        if covered.is_empty() || !cover.iter().all(|component| covered.binds(component)) {
            return Err(Reason::NotCovered);
        }
        let base = covered.base(request, self.list)?;
        if covered.names("content-digest") {
            // Once a request: the body may be long, and each signature may cover it.
            (*digest.get_or_init(|| digest::check(request)))?;
        }
        let covers_body = covered.binds("content-digest");
        Ok(Found { base, signature: self.signature.to_vec(), params: self.params, covers_body })
    }
}

/// The parameters of a signature that this code knows, or `None` where one is of a wrong type or they contradict each
/// other. Others are signed like these and stand for nothing.
fn texts(params: &Params<'_>) -> Option<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for (key, value) in params.iter() {
        let text = match key.as_str() {
            "created" | "expires" => i64::from(value.as_integer()?).to_string(),
            "nonce" | "keyid" | "tag" | "alg" => value.as_string()?.as_str().to_owned(),
            _ => continue,
        };
        texts.push((key.as_str().to_owned(), text));
    }
    let time = |name| params.get(name).and_then(BareItemFromInput::as_integer);
    match (time("created"), time("expires")) {
        (Some(created), Some(expires)) if expires < created => None,
        _ => Some(texts),
    }
}

/// The name that RFC 9421, section 3.3, gives to an algorithm. ECDSA there is two numbers, never DER.
fn rfc_name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::HmacSha256 => Some("hmac-sha256"),
        Algorithm::Ed25519 => Some("ed25519"),
        Algorithm::EcdsaP256Sha256Fixed => Some("ecdsa-p256-sha256"),
        Algorithm::EcdsaP384Sha384Fixed => Some("ecdsa-p384-sha384"),
        Algorithm::RsaPkcs1Sha256 => Some("rsa-v1_5-sha256"),
        Algorithm::RsaPssSha512 => Some("rsa-pss-sha512"),
        _ => None,
    }
}

/// A fault in the lines of the signature's own headers.
fn as_signature(reason: Reason) -> Reason {
    if reason == Reason::SignedHeaderMalformed { Reason::SignatureMalformed } else { reason }
}
