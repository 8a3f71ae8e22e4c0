//! A scheme judged over the whole request: what cannot be hashed as it arrives. Which key and which entry match is
//! found here; the rules that follow a match are the intake's.

#![cfg_attr(
    not(all(feature = "json", feature = "http-signatures")),
    allow(
        dead_code,
        unused_imports,
        unused_variables,
        reason = "a plan that needs a feature which is off is not built"
    )
)]

use std::borrow::Cow;

use crate::codec::decode;
use crate::content::{Absent, Content, Params};
use crate::envelope::{MAX_SIGNATURES, is_signed_text};
use crate::keyring::ActiveKeys;
use crate::mac;
use crate::plan::{Place, SchemePlan, SyntaxPlan};
use crate::rejection::Reason;
use crate::scheme::{Encoding, JwsPayload};
use crate::template::Token;

/// The most public-key operations that one request may cause.
const MAX_PUBLIC_KEY_OPERATIONS: usize = 8;

/// The most items of one body that are signed one by one.
const MAX_ITEMS: usize = 256;

/// The longest id of a key, in bytes.
const MAX_VALUE: usize = 8 * 1024;

/// The longest id of a key that is looked up, in bytes.
#[cfg(feature = "tenants")]
const MAX_KEY_ID: usize = 512;

/// The longest signature, in bytes: an RSA key has 8,192 bits at most. A token may be as long.
const MAX_SIGNATURE: usize = 1024;

/// What the signature covers, with the signatures that may be over it.
struct Entry {
    message: Vec<u8>,
    /// Where in the message the secret goes, for plain hashes.
    secret_at: Option<usize>,
    signatures: Vec<Vec<u8>>,
    params: Params<'static>,
    covers_body: bool,
}

/// A match: the key, and what stood beside the signature.
pub(crate) struct Match {
    pub(crate) key: usize,
    pub(crate) params: Params<'static>,
    pub(crate) covers_body: bool,
    /// Everything that was signed, of all items.
    pub(crate) signed: Vec<u8>,
}

/// A signature's text taken apart.
struct Read {
    params: Params<'static>,
    signatures: Vec<Vec<u8>>,
    says: Option<Says>,
}

/// What a signature says itself about what it covers.
enum Says {
    /// These bytes; whether the body is part of them.
    All(Vec<u8>, bool),
    /// The scheme's content behind a protected header, in base64url or as it is.
    #[cfg(feature = "json")]
    Detached(Vec<u8>, JwsPayload),
}

/// Looks at what stands in the head before the body is read: a signature that is absent or malformed is refused then.
pub(crate) fn check_head(scheme: &SchemePlan, content: &Content<'_>, header: Option<&[u8]>) -> Result<(), Reason> {
    let texts = match &scheme.place {
        Place::Header(_) => vec![header.ok_or(Reason::SignatureMissing)?.to_vec()],
        Place::Token(token @ (Token::AnyHeader(_) | Token::Query(_))) => texts(token, content)?,
        Place::Token(_) => return Ok(()),
    };
    // Components of RFC 9421 are resolved with the body.
    if matches!(scheme.syntax, SyntaxPlan::HttpSignature { .. }) {
        return Ok(());
    }
    let well_formed = texts.iter().any(|text| entries(scheme, content, text).is_ok_and(|found| !found.is_empty()));
    if well_formed { Ok(()) } else { Err(Reason::SignatureMalformed) }
}

/// Whether a delivery is of this scheme.
pub(crate) fn applies(scheme: &SchemePlan, content: &Content<'_>) -> bool {
    scheme.whole.require.iter().all(|condition| holds(condition, content))
}

/// Whether a condition holds: both sides are there and the same, whatever their case and the parameters of a header.
pub(crate) fn holds([left, right]: &[Vec<Token>; 2], content: &Content<'_>) -> bool {
    let value = |side| content.text(side).ok();
    value(left).zip(value(right)).is_some_and(|(left, right)| {
        let left = left.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        left.eq_ignore_ascii_case(&right)
    })
}

/// Finds a key that made the signatures, among schemes with their index and their header's value.
///
/// # Errors
///
/// No scheme could be judged: the first reason why.
pub(crate) fn find<'s>(
    schemes: impl Iterator<Item = (usize, &'s SchemePlan, Option<&'s [u8]>)>,
    keys: &ActiveKeys,
    content: &Content<'_>,
) -> Result<Option<Match>, Reason> {
    let mut first_reason = None;
    let mut judged = false;
    let mut broken = false;
    let mut budget = MAX_PUBLIC_KEY_OPERATIONS;
    for (index, scheme, header) in schemes {
        if scheme.streams || !keys.keys.iter().any(|key| key.scheme == index) {
            continue;
        }
        if !applies(scheme, content) {
            first_reason = first_reason.or(Some(Reason::NoSuchScheme));
            continue;
        }
        match match_scheme(index, scheme, keys, content, header, &mut budget) {
            Ok(Some(found)) if binds(scheme, content, &found.params) => return Ok(Some(found)),
            // Another scheme with the same key may bind it in another way.
            Ok(Some(_)) => broken = true,
            Ok(None) => judged = true,
            // Of schemes at several places, one that has no signature at its own says the least.
            Err(reason) => {
                let says_little = |known: &Reason| matches!(known, Reason::NoSuchScheme | Reason::SignatureMissing);
                first_reason = first_reason.filter(|known| !says_little(known)).or(Some(reason));
            }
        }
    }
    match first_reason {
        _ if broken => Err(Reason::BindingBroken),
        Some(reason) if !judged => Err(reason),
        _ => Ok(None),
    }
}

/// Whether the values that a signature binds beside its content are equal.
fn binds(scheme: &SchemePlan, content: &Content<'_>, params: &Params<'_>) -> bool {
    let content = Content { params, ..*content };
    // A value that the endpoint need not be configured with.
    let is_unset = |token: &Token| {
        matches!(token, Token::Optional(inner) if matches!(**inner, Token::Config(_)))
            && content.value(token).is_ok_and(|value| value.is_empty())
    };
    scheme.whole.equal.iter().all(|[left, right]| {
        let values = || content.text(left).ok().zip(content.text(right).ok());
        left.iter().chain(right).any(is_unset) || values().is_some_and(|(left, right)| mac::equal(&left, &right))
    })
}

/// Every item must verify; where the scheme has no items, the request is the one item.
fn match_scheme(
    index: usize,
    scheme: &SchemePlan,
    keys: &ActiveKeys,
    content: &Content<'_>,
    header: Option<&[u8]>,
    budget: &mut usize,
) -> Result<Option<Match>, Reason> {
    let items = match &scheme.whole.each {
        Some(pointer) => items(content.body, pointer)?,
        None => vec![content.body],
    };
    let mut matched: Option<Match> = None;
    for item in items {
        let content = Content { json: item, ..*content };
        let Some(found) = match_item(index, scheme, keys, &content, header, budget)? else { return Ok(None) };
        matched = Some(match matched {
            None => found,
            Some(mut all) => {
                all.signed.extend_from_slice(&found.signed);
                all.covers_body &= found.covers_body;
                all
            }
        });
    }
    match matched {
        Some(found) => Ok(Some(found)),
        None => Err(Reason::SignatureMissing),
    }
}

fn match_item(
    index: usize,
    scheme: &SchemePlan,
    keys: &ActiveKeys,
    content: &Content<'_>,
    header: Option<&[u8]>,
    budget: &mut usize,
) -> Result<Option<Match>, Reason> {
    let all = all_entries(scheme, content, header)?;
    for entry in all {
        let key_id = key_id(scheme, content, &entry.params)?;
        let mut candidates = keys.keys.iter().enumerate().filter(|(_, key)| {
            let is_named = key.wire_id.as_deref().zip(key_id.as_deref());
            key.scheme == index && is_named.is_none_or(|(known, named)| known == named)
        });
        let matches = candidates
            .find(|(_, key)| key.prepared.verifies(&entry.message, entry.secret_at, &entry.signatures, budget))
            .map(|(key, _)| key);
        if let Some(key) = matches {
            let Entry { message: signed, params, covers_body, .. } = entry;
            return Ok(Some(Match { key, params, covers_body, signed }));
        }
    }
    Ok(None)
}

/// The id of the key that made a signature, where the scheme names keys.
pub(crate) fn key_id(
    scheme: &SchemePlan,
    content: &Content<'_>,
    params: &Params<'_>,
) -> Result<Option<String>, Reason> {
    let Some(token) = &scheme.whole.key_id else { return Ok(None) };
    let content = Content { params, ..*content };
    let id = match content.value(token) {
        Ok(id) if id.len() <= MAX_VALUE => String::from_utf8(id.into_owned()).ok(),
        Ok(_) | Err(Absent::Malformed) => None,
        // A delivery that names no key may be of any.
        Err(Absent::Missing) if scheme.whole.keys_at.is_empty() => return Ok(None),
        Err(Absent::Missing) => None,
    };
    let id = id.ok_or(Reason::SignatureMalformed)?;
    // An address of keys that is not where the provider has them. What reads addresses leniently takes `https:/host` for
    // one too.
    let is_address = id.contains("://") || id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
    if is_address && !is_key_address(&scheme.whole.keys_at, &id) {
        return Err(Reason::SignatureMalformed);
    }
    Ok(Some(id))
}

/// The first id of a key that a request names, for a source that fetches it.
///
/// Ids have 1 to 512 visible ASCII characters: anything else is an unknown key without a look-up.
#[cfg(feature = "tenants")]
pub(crate) fn wanted_key<'s>(
    schemes: impl Iterator<Item = (&'s SchemePlan, Option<&'s [u8]>)>,
    content: &Content<'_>,
) -> Result<Option<String>, Reason> {
    for (scheme, header) in schemes.filter(|(scheme, _)| scheme.whole.key_id.is_some()) {
        if !applies(scheme, content) {
            continue;
        }
        for entry in all_entries(scheme, content, header)? {
            if let Some(id) = key_id(scheme, content, &entry.params)? {
                let fits = (1..=MAX_KEY_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
                return if fits { Ok(Some(id)) } else { Err(Reason::UnknownKey) };
            }
        }
    }
    Ok(None)
}

/// Whether an address is one of those that [`Scheme::keys_at`](crate::Scheme::keys_at) stands for.
///
/// The address is compared as it is written, character by character: no escapes, no ports or users that the pattern does
/// not have, no other writing of the host.
///
/// ```
/// let keys_at = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem";
/// assert!(countersign::is_key_address(keys_at, "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-9c64.pem"));
/// // A bucket of anyone's.
/// assert!(!countersign::is_key_address(keys_at, "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-9c64.pem"));
/// ```
pub fn is_key_address(keys_at: &str, address: &str) -> bool {
    patterns(keys_at).any(|pattern| is_at(pattern, address))
}

/// The patterns in a scheme's `keys_at`.
fn patterns(keys_at: &str) -> impl Iterator<Item = &str> {
    keys_at.split(' ').filter(|pattern| !pattern.is_empty())
}

/// What stands for many texts in a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    /// `*`: letters, digits, `-` and `_`.
    Label,
    /// `{region}`: a region of AWS, such as `us-east-1`. Its hosts lie beside those of S3, where anyone may have a bucket
    /// `sns`: `sns.s3.amazonaws.com`, `sns.s3-us-west-2.amazonaws.com`.
    Region,
}

impl Wildcard {
    fn fits(self, label: &str) -> bool {
        match self {
            Self::Label => !label.is_empty(),
            Self::Region => {
                let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
                let parts: Vec<&str> = label.split('-').collect();
                match parts.as_slice() {
                    [partition, places @ .., number] => {
                        letters(partition)
                            && (2..=4).contains(&partition.len())
                            && !places.is_empty()
                            && places.iter().all(letters)
                            && (1..=2).contains(&number.len())
                            && number.bytes().all(|byte| byte.is_ascii_digit())
                    }
                    _ => false,
                }
            }
        }
    }
}

/// The text of a pattern before its first wildcard, and what follows that.
fn cut(pattern: &str) -> (&str, Option<(Wildcard, &str)>) {
    let found = [("*", Wildcard::Label), ("{region}", Wildcard::Region)].into_iter();
    let found = found.filter_map(|(text, wildcard)| Some((pattern.split_once(text)?, wildcard)));
    match found.min_by_key(|((before, _), _)| before.len()) {
        Some(((before, after), wildcard)) => (before, Some((wildcard, after))),
        None => (pattern, None),
    }
}

fn is_in_label(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

fn is_at(pattern: &str, address: &str) -> bool {
    let (text, mut next) = cut(pattern);
    let Some(mut rest) = address.strip_prefix(text).filter(|_| text.starts_with("https://")) else { return false };
    while let Some((wildcard, pattern)) = next {
        // A label goes as far as it can; a plan has made sure that no text of the pattern begins like one.
        let end = rest.find(|character| !is_in_label(character)).unwrap_or(rest.len());
        let Some((label, after)) = rest.split_at_checked(end) else { return false };
        let (text, following) = cut(pattern);
        let Some(after) = after.strip_prefix(text).filter(|_| wildcard.fits(label)) else { return false };
        rest = after;
        next = following;
    }
    rest.is_empty()
}

/// What is wrong with where a scheme has its keys.
pub(crate) fn problem_with(keys_at: &str) -> Option<&'static str> {
    patterns(keys_at).find_map(|pattern| {
        let Some(rest) = pattern.strip_prefix("https://") else { return Some("it must begin with `https://`") };
        let Some((host, _)) = rest.split_once('/') else { return Some("it must have a path") };
        let is_host = |part: &str| {
            !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric() || "-.:*{}".contains(one))
        };
        if !is_host(host) || host.rsplit('.').take(2).any(|label| label.contains(['*', '{'])) {
            return Some("its host must be a name whose last two labels are fixed");
        }
        let mut next = cut(pattern).1;
        while let Some((_, pattern)) = next {
            let (text, following) = cut(pattern);
            if text.starts_with(is_in_label) || text.is_empty() && following.is_some() {
                return Some("after a wildcard there must be a character that no label has");
            }
            next = following;
        }
        None
    })
}

/// Every entry of a scheme's place.
fn all_entries(scheme: &SchemePlan, content: &Content<'_>, header: Option<&[u8]>) -> Result<Vec<Entry>, Reason> {
    let texts = match &scheme.place {
        Place::Header(_) => vec![header.ok_or(Reason::SignatureMissing)?.to_vec()],
        Place::Token(token) => texts(token, content)?,
    };
    let mut all = Vec::new();
    let mut first_reason = None;
    for text in &texts {
        match entries(scheme, content, text) {
            Ok(found) => {
                for read in found {
                    match messages(scheme, content, read) {
                        Ok(entries) => all.extend(entries),
                        Err(reason) => first_reason = first_reason.or(Some(reason)),
                    }
                }
            }
            Err(reason) => first_reason = first_reason.or(Some(reason)),
        }
    }
    if all.is_empty() { Err(first_reason.unwrap_or(Reason::SignatureMalformed)) } else { Ok(all) }
}

/// The texts at a place that is not one header.
fn texts(token: &Token, content: &Content<'_>) -> Result<Vec<Vec<u8>>, Reason> {
    let found = match token {
        Token::AnyHeader(names) => {
            let is_wanted = |name: &str| {
                names.iter().any(|wanted| match wanted.strip_suffix('*') {
                    Some(beginning) => name.len() > beginning.len() && name.starts_with(beginning),
                    None => name == wanted,
                })
            };
            let wanted: Vec<_> = content.headers.iter().filter(|(name, _)| is_wanted(name)).collect();
            let repeated = |(at, (name, _)): (usize, &&(&str, &[u8]))| {
                wanted.iter().skip(at.saturating_add(1)).any(|(other, _)| other == name)
            };
            if wanted.iter().enumerate().any(repeated) {
                return Err(Reason::AmbiguousHeaders);
            }
            if wanted.len() > MAX_SIGNATURES {
                return Err(Reason::TooManySignatures);
            }
            wanted.into_iter().map(|(_, value)| value.trim_ascii().to_vec()).collect()
        }
        token => match content.value(token) {
            Ok(text) => vec![text.into_owned()],
            Err(Absent::Missing) => Vec::new(),
            Err(Absent::Malformed) => return Err(Reason::SignatureMalformed),
        },
    };
    if found.is_empty() { Err(Reason::SignatureMissing) } else { Ok(found) }
}

/// Takes a signature's text apart. Entries of other versions or of a wrong length are passed over.
fn entries(scheme: &SchemePlan, content: &Content<'_>, text: &[u8]) -> Result<Vec<Read>, Reason> {
    let decoded = |text: &[u8]| decoded(scheme, text);
    let alone = |signatures: Vec<Vec<u8>>, params: Params<'static>| match signatures.is_empty() {
        true => Err(Reason::SignatureMalformed),
        false => Ok(vec![Read { params, signatures, says: None }]),
    };
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
                found.extend(read_pairs(group, *separator, *assign, pick, &decoded)?);
            }
            match found.len() {
                0 => Err(Reason::SignatureMalformed),
                1..=MAX_SIGNATURES => Ok(found),
                _ => Err(Reason::TooManySignatures),
            }
        }
        SyntaxPlan::Fields { separator, names } => {
            let mut params = Params::default();
            let mut signatures = Vec::new();
            let values: Vec<&[u8]> = text.split(|byte| byte == separator).collect();
            let repeats = names.last().is_some_and(|name| **name == *"signature+");
            if values.len() > names.len().saturating_add(MAX_SIGNATURES) {
                return Err(Reason::TooManySignatures);
            }
            if values.len() < names.len() || values.len() > names.len() && !repeats {
                return Err(Reason::SignatureMalformed);
            }
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
        #[cfg(feature = "json")]
        SyntaxPlan::Json { pick } => {
            let object = decode(text, Encoding::Base64).or_else(|| decode(text, Encoding::Base64urlNopad));
            let object = object.ok_or(Reason::SignatureMalformed)?;
            let found = crate::json::find(&object, &format!("/{pick}"), crate::json::Kind::Text);
            let signature = found.ok().flatten().and_then(|text| decoded(text.to_string().as_bytes()));
            alone(signature.into_iter().collect(), Params { object: Some(object), ..Params::default() })
        }
        #[cfg(feature = "json")]
        SyntaxPlan::Jws { prefix, payload, .. } => {
            use crate::jws::Jws;
            let text = text.strip_prefix(&**prefix).and_then(|text| core::str::from_utf8(text).ok());
            let jws = text.and_then(|text| Jws::read(text, scheme.algorithm, *payload));
            let jws = jws.ok_or(Reason::SignatureMalformed)?;
            let says = Some(match payload {
                JwsPayload::Attached => Says::All(jws.signing_input(), scheme.whole.covers_body),
                detached => Says::Detached(jws.signing_input(), *detached),
            });
            let params = Params { object: Some(jws.header), claims: jws.payload, ..Params::default() };
            Ok(vec![Read { params, signatures: vec![jws.signature], says }])
        }
        #[cfg(feature = "http-signatures")]
        SyntaxPlan::HttpSignature { cover, tag } => http_signatures(scheme, content, cover, tag),
        // Without the features, a plan that needs these is not built.
        #[cfg(not(all(feature = "json", feature = "http-signatures")))]
        _ => Err(Reason::SignatureMalformed),
    }
}

#[cfg(feature = "http-signatures")]
fn http_signatures(
    scheme: &SchemePlan,
    content: &Content<'_>,
    cover: &[Box<str>],
    tag: &str,
) -> Result<Vec<Read>, Reason> {
    let url = content.url.and_then(|url| url.split_once("://")).ok_or(Reason::UrlUnknown)?;
    let (url_scheme, rest) = url;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let default_port = if url_scheme == "http" { ":80" } else { ":443" };
    let request = crate::http_signature::Request {
        method: content.method,
        scheme: url_scheme,
        authority: authority.strip_suffix(default_port).unwrap_or(&authority),
        target: if target.is_empty() { "/" } else { target },
        headers: content.headers,
        body: content.body,
    };
    let cover: Vec<&str> = cover.iter().map(AsRef::as_ref).collect();
    let found = crate::http_signature::read(&request, scheme.algorithm, &cover, tag)?;
    let read = found.into_iter().map(|found| {
        let named = found.params.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value.into_bytes())));
        Read {
            params: Params { named: named.collect(), ..Params::default() },
            signatures: vec![found.signature],
            says: Some(Says::All(found.base, found.covers_body)),
        }
    });
    Ok(read.collect())
}

/// One group of named values: its signatures, each with its own name where all names are keys.
fn read_pairs(
    group: &[u8],
    separator: u8,
    assign: u8,
    pick: &[u8],
    decoded: &impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<Read>, Reason> {
    let pairs = || {
        group.split(move |byte| *byte == separator).filter_map(move |entry| {
            let entry = entry.trim_ascii_start();
            let at = entry.iter().position(|byte| *byte == assign)?;
            Some((entry.get(..at)?, entry.get(at.saturating_add(1)..)?))
        })
    };
    if pairs().nth(MAX_SIGNATURES.saturating_mul(2)).is_some() {
        return Err(Reason::TooManySignatures);
    }
    let name_of = |name: &[u8]| Cow::Owned(String::from_utf8_lossy(name).into_owned());
    if pick == b"*" {
        let each = pairs().filter_map(|(name, value)| {
            let params =
                Params { named: vec![(Cow::Borrowed("name"), Cow::Owned(name.to_vec()))], ..Params::default() };
            Some(Read { params, signatures: vec![decoded(value)?], says: None })
        });
        return Ok(each.collect());
    }
    let named = pairs().filter(|(name, _)| *name != pick);
    let named = named.map(|(name, value)| (name_of(name), Cow::Owned(value.to_vec()))).collect();
    let signatures: Vec<_> =
        pairs().filter(|(name, _)| *name == pick).filter_map(|(_, value)| decoded(value)).collect();
    Ok(match signatures.is_empty() {
        true => Vec::new(),
        false => vec![Read { params: Params { named, ..Params::default() }, signatures, says: None }],
    })
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

/// The messages that a signature may be over: one, or two where the URL has two readings.
fn messages(scheme: &SchemePlan, content: &Content<'_>, read: Read) -> Result<Vec<Entry>, Reason> {
    let Read { params, signatures, says } = read;
    let behind = match says {
        Some(Says::All(message, covers_body)) => {
            return Ok(vec![Entry { message, secret_at: None, signatures, params, covers_body }]);
        }
        #[cfg(feature = "json")]
        Some(Says::Detached(protected, payload)) => Some((protected, payload)),
        None => None::<(Vec<u8>, JwsPayload)>,
    };
    let covers_body = scheme.whole.covers_body;
    let mut entries = Vec::new();
    let mut urls: Vec<Option<String>> = vec![content.url.map(str::to_owned)];
    if scheme.whole.content.iter().any(|(token, _)| *token == Token::UrlPorts) {
        urls.extend(content.url.into_iter().flat_map(crate::url::other_ports).map(Some));
    }
    for url in urls {
        let (content, secret_at) = assemble(scheme, &Content { params: &params, url: url.as_deref(), ..*content })?;
        let message = match &behind {
            Some((protected, JwsPayload::Detached)) => {
                [protected, data_encoding::BASE64URL_NOPAD.encode(&content).as_bytes()].concat()
            }
            Some((protected, _)) => [&protected[..], &content].concat(),
            None => content,
        };
        entries.push(Entry { message, secret_at, signatures: signatures.clone(), params: params.clone(), covers_body });
    }
    Ok(entries)
}

/// The signed content, and where the secret goes into it.
fn assemble(scheme: &SchemePlan, content: &Content<'_>) -> Result<(Vec<u8>, Option<usize>), Reason> {
    let mut message = Vec::with_capacity(content.body.len().saturating_add(512));
    let mut secret_at = None;
    for (token, delimiters) in &scheme.whole.content {
        if *token == Token::Secret {
            secret_at = Some(message.len());
            continue;
        }
        let value = content.value(token).map_err(|absent| reason(token, absent))?;
        if let Token::Header(_) | Token::Param(_) = token.required() {
            let is_absent = value.is_empty() && matches!(token, Token::Optional(_));
            if !is_absent && !is_signed_text(&value, *delimiters) {
                return Err(Reason::SignedHeaderMalformed);
            }
        }
        message.extend_from_slice(&value);
    }
    Ok((message, secret_at))
}

/// Why a token of the content stands for nothing.
pub(crate) fn reason(token: &Token, absent: Absent) -> Reason {
    match (token.required(), absent) {
        (token, Absent::Missing) if token.is_url() => Reason::UrlUnknown,
        (_, Absent::Missing) => Reason::SignedHeaderMissing,
        (_, Absent::Malformed) => Reason::SignedHeaderMalformed,
    }
}

#[cfg(feature = "json")]
fn items<'b>(body: &'b [u8], pointer: &str) -> Result<Vec<&'b [u8]>, Reason> {
    let items = crate::json::items(body, pointer).map_err(|_| Reason::SignedHeaderMalformed)?;
    match items.len() {
        0 => Err(Reason::SignatureMissing),
        1..=MAX_ITEMS => Ok(items),
        _ => Err(Reason::TooManySignatures),
    }
}

#[cfg(not(feature = "json"))]
fn items<'b>(_: &'b [u8], _: &str) -> Result<Vec<&'b [u8]>, Reason> {
    Err(Reason::SignatureMissing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_from_where_the_provider_has_them_only() {
        let pattern = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem \
                       https://sns.{region}.amazonaws.com.cn/SimpleNotificationService-*.pem";
        assert_eq!(problem_with(pattern), None);
        for region in ["us-east-1", "us-gov-west-1", "ap-southeast-12", "eusc-de-east-1", "mx-central-1"] {
            let genuine = format!("https://sns.{region}.amazonaws.com/SimpleNotificationService-0a1b.pem");
            assert!(is_key_address(pattern, &genuine), "{genuine}");
        }
        let china = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a1b.pem";
        assert!(is_key_address(pattern, china));
        for hostile in [
            "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "HTTPS://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https:/sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b.pem",
            "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://evil.example/?sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0a1b.pem",
            "https://u@sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com/x/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem?x=.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem#.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-../evil.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e.pem",
            "https://sns..amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://bucket.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3-external-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.elb.amazonaws.com/SimpleNotificationService-0a1b.pem",
        ] {
            assert!(!is_key_address(pattern, hostile), "{hostile}");
        }
        assert!(is_key_address("https://a.example/keys", "https://a.example/keys"));
        assert!(!is_key_address("https://a.example/keys", "https://a.example/keys/"));
        assert!(!is_key_address("", "https://a.example/keys"));
    }

    #[test]
    fn a_pattern_leaves_the_host_to_nobody_else() {
        for broken in [
            "http://a.example/keys",
            "https://a.example",
            "https:///keys",
            "https://u@a.example/keys",
            "https://*.example/keys",
            "https://a.*/keys",
            "https://*/keys",
            "https://a.example/keys-*abc",
            "https://a.example/keys-**",
            "https://a.example/keys https://*.example/keys",
        ] {
            assert!(problem_with(broken).is_some(), "{broken}");
        }
        assert_eq!(problem_with("https://keys.*.a.example/v1/key-*.pem"), None);
    }
}
