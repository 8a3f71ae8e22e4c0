//! Signatures taken apart as their syntax writes them. What they are over is put together elsewhere, unless they say it
//! themselves.

use std::borrow::Cow;

use crate::codec::decode;
use crate::content::{Content, Params};
use crate::envelope::MAX_SIGNATURES;
use crate::plan::{SchemePlan, SyntaxPlan};
use crate::rejection::Reason;
#[cfg(feature = "json")]
use crate::scheme::{Encoding, JwsPayload};

/// The longest signature, in bytes: an RSA key has 8,192 bits at most. A token may be as long.
const MAX_SIGNATURE: usize = 1024;

/// Signatures that stand together, taken apart.
pub(super) struct Read {
    /// One at least.
    pub(super) signatures: Vec<Vec<u8>>,
    pub(super) params: Params<'static>,
    pub(super) over: Over,
}

/// What signatures are over.
#[cfg_attr(
    not(all(feature = "json", feature = "http-signatures")),
    allow(dead_code, reason = "a plan that needs a feature which is off is not built")
)]
pub(super) enum Over {
    /// The scheme's content.
    Content,
    /// The scheme's content behind a protected header, in base64url or as it is.
    Behind { protected: Vec<u8>, in_base64url: bool },
    /// What they name themselves; whether the body is part of it.
    Itself { bytes: Vec<u8>, covers_body: bool },
}

/// Takes a signature's text apart, into one [`Read`] at least. Entries of other versions or of a wrong length are passed
/// over.
#[cfg_attr(
    not(feature = "http-signatures"),
    allow(unused_variables, reason = "nothing else is read out of the rest of the request")
)]
pub(super) fn read(scheme: &SchemePlan, content: &Content<'_>, text: &[u8]) -> Result<Vec<Read>, Reason> {
    let decoded = |text: &[u8]| decoded(scheme, text);
    match &scheme.syntax {
        SyntaxPlan::Prefix(prefix) => {
            let signature = text.strip_prefix(&**prefix).and_then(decoded);
            alone(signature.into_iter().collect(), Params::default())
        }
        SyntaxPlan::List { separator, prefix } => {
            let entries = text.split(|byte| byte == separator);
            if entries.clone().nth(MAX_SIGNATURES).is_some() {
                return Err(Reason::TooManySignatures);
            }
            let signatures =
                entries.filter_map(|entry| entry.trim_ascii_start().strip_prefix(&**prefix).and_then(decoded));
            alone(signatures.collect(), Params::default())
        }
        SyntaxPlan::Pairs { separator, assign, pick, group } => {
            let mut found = Vec::new();
            for group in text.split(|byte| Some(*byte) == *group).filter(|group| !group.is_empty()) {
                found.extend(pairs(group, *separator, *assign, pick, decoded)?);
            }
            match found.len() {
                0 => Err(Reason::SignatureMalformed),
                1..=MAX_SIGNATURES => Ok(found),
                _ => Err(Reason::TooManySignatures),
            }
        }
        SyntaxPlan::Fields { separator, names } => fields(text, *separator, names, decoded),
        #[cfg(feature = "json")]
        SyntaxPlan::Json { pick } => json(text, pick, decoded),
        #[cfg(feature = "json")]
        SyntaxPlan::Jws { prefix, payload, .. } => jws(scheme, text, prefix, *payload),
        #[cfg(feature = "http-signatures")]
        SyntaxPlan::HttpSignature { cover, tag } => http_signatures(scheme, content, cover, tag),
        // Without the features, a plan that needs these is not built.
        #[cfg(not(all(feature = "json", feature = "http-signatures")))]
        _ => Err(Reason::SignatureMalformed),
    }
}

/// A signature's bytes, if they have the algorithm's length.
fn decoded(scheme: &SchemePlan, text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > MAX_SIGNATURE.saturating_mul(4) {
        return None;
    }
    let bytes = decode(text, scheme.encoding)?;
    let fits = match scheme.algorithm.signature_len() {
        Some(len) => bytes.len() == len,
        None => (1..=MAX_SIGNATURE).contains(&bytes.len()),
    };
    fits.then_some(bytes)
}

/// All signatures of a text, over the scheme's content.
fn alone(signatures: Vec<Vec<u8>>, params: Params<'static>) -> Result<Vec<Read>, Reason> {
    match signatures.is_empty() {
        true => Err(Reason::SignatureMalformed),
        false => Ok(vec![Read { signatures, params, over: Over::Content }]),
    }
}

/// One group of named values: its signatures, each with its own name where all names are keys.
fn pairs(
    group: &[u8],
    separator: u8,
    assign: u8,
    pick: &[u8],
    decoded: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<Read>, Reason> {
    let pairs = group.split(|byte| *byte == separator).filter_map(|entry| {
        let entry = entry.trim_ascii_start();
        let at = entry.iter().position(|byte| *byte == assign)?;
        Some((entry.get(..at)?, entry.get(at.saturating_add(1)..)?))
    });
    if pairs.clone().nth(MAX_SIGNATURES.saturating_mul(2)).is_some() {
        return Err(Reason::TooManySignatures);
    }
    if pick == b"*" {
        let each = pairs.filter_map(|(name, value)| {
            let params =
                Params { named: vec![(Cow::Borrowed("name"), Cow::Owned(name.to_vec()))], ..Params::default() };
            Some(Read { signatures: vec![decoded(value)?], params, over: Over::Content })
        });
        return Ok(each.collect());
    }
    let (mut signatures, mut named) = (Vec::new(), Vec::new());
    for (name, value) in pairs {
        if name == pick {
            signatures.extend(decoded(value));
        } else {
            named.push((Cow::Owned(String::from_utf8_lossy(name).into_owned()), Cow::Owned(value.to_vec())));
        }
    }
    // A group without a signature is passed over: another may have one.
    Ok(alone(signatures, Params { named, ..Params::default() }).unwrap_or_default())
}

/// Values that are told by their place. Of the names, one that begins with `=` is what its value must be, and
/// `signature+` at the end stands for one or more.
fn fields(
    text: &[u8],
    separator: u8,
    names: &[Box<str>],
    decoded: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<Read>, Reason> {
    let values: Vec<&[u8]> = text.split(|byte| *byte == separator).collect();
    let repeats = names.last().is_some_and(|name| **name == *"signature+");
    if values.len() > names.len().saturating_add(MAX_SIGNATURES) {
        return Err(Reason::TooManySignatures);
    }
    if values.len() < names.len() || values.len() > names.len() && !repeats {
        return Err(Reason::SignatureMalformed);
    }
    let mut params = Params::default();
    let mut signatures = Vec::new();
    let all_names = names.iter().map(AsRef::as_ref).chain(core::iter::repeat("signature+"));
    for (name, value) in all_names.zip(values) {
        match (name.strip_prefix('='), name) {
            (Some(fixed), _) if fixed.as_bytes() != value => return Err(Reason::SignatureMalformed),
            (Some(_), _) => {}
            (None, "signature" | "signature+") => signatures.extend(decoded(value)),
            (None, name) => params.named.push((Cow::Owned(name.to_owned()), Cow::Owned(value.to_vec()))),
        }
    }
    alone(signatures, params)
}

/// A JSON object in base64, whose other members are parameters.
#[cfg(feature = "json")]
fn json(text: &[u8], pick: &str, decoded: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Result<Vec<Read>, Reason> {
    let object = decode(text, Encoding::Base64).or_else(|| decode(text, Encoding::Base64urlNopad));
    let object = object.ok_or(Reason::SignatureMalformed)?;
    let found = crate::json::find(&object, &format!("/{pick}"), crate::json::Kind::Text);
    let signature = found.ok().flatten().and_then(|text| decoded(text.to_string().as_bytes()));
    alone(signature.into_iter().collect(), Params { object: Some(object), ..Params::default() })
}

#[cfg(feature = "json")]
fn jws(scheme: &SchemePlan, text: &[u8], prefix: &[u8], payload: JwsPayload) -> Result<Vec<Read>, Reason> {
    use crate::jws::Jws;
    let text = text.strip_prefix(prefix).and_then(|text| core::str::from_utf8(text).ok());
    let jws = text.and_then(|text| Jws::read(text, scheme.algorithm, payload));
    let jws = jws.ok_or(Reason::SignatureMalformed)?;
    let protected = jws.signing_input();
    let over = match payload {
        JwsPayload::Attached => Over::Itself { bytes: protected, covers_body: scheme.whole.covers_body },
        JwsPayload::Detached => Over::Behind { protected, in_base64url: true },
        JwsPayload::DetachedRaw => Over::Behind { protected, in_base64url: false },
    };
    let params = Params { object: Some(jws.header), claims: jws.payload, ..Params::default() };
    Ok(vec![Read { signatures: vec![jws.signature], params, over }])
}

#[cfg(feature = "http-signatures")]
fn http_signatures(
    scheme: &SchemePlan,
    content: &Content<'_>,
    cover: &[Box<str>],
    tag: &str,
) -> Result<Vec<Read>, Reason> {
    let (url_scheme, authority, target) = content.url.and_then(crate::url::split).ok_or(Reason::UrlUnknown)?;
    let authority = authority.to_ascii_lowercase();
    // RFC 9110, section 4.2.3: an empty path is `/`, before a query too.
    let target = if target.starts_with('/') { Cow::Borrowed(target) } else { Cow::Owned(format!("/{target}")) };
    let default_port = if url_scheme == "http" { ":80" } else { ":443" };
    let request = crate::http_signature::Request {
        method: content.method,
        scheme: url_scheme,
        authority: authority.strip_suffix(default_port).unwrap_or(&authority),
        target: &target,
        headers: content.headers,
        body: content.body,
    };
    let cover: Vec<&str> = cover.iter().map(AsRef::as_ref).collect();
    let found = crate::http_signature::read(&request, scheme.algorithm, &cover, tag)?;
    let read = found.into_iter().map(|found| {
        let named = found.params.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value.into_bytes())));
        Read {
            signatures: vec![found.signature],
            params: Params { named: named.collect(), ..Params::default() },
            over: Over::Itself { bytes: found.base, covers_body: found.covers_body },
        }
    });
    Ok(read.collect())
}
