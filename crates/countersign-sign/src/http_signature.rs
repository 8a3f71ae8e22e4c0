//! The signing half of HTTP message signatures (RFC 9421): the components that a signature announces, the bytes to sign,
//! and the digest that binds the body (RFC 9530).

use countersign::{CoveredRequest, DigestHash, DigestWriting, Token, signature_base};
use sfv::{Integer, KeyRef, ListSerializer, StringRef};

use crate::error::SignError;
use crate::fill::UNNAMED_KEY;
use crate::key::SigningKey;
use crate::unsigned::{Unsigned, find, set};

/// What is covered where the provider leaves it to its signer; a content type only if there is one.
const DEFAULT_COVER: &str = "@method @authority @path content-digest content-type";

/// The names of the covered components.
fn components<'c>(unsigned: &Unsigned, cover: &'c str) -> Vec<&'c str> {
    let is_there = |name: &&str| *name != "content-type" || find(&unsigned.headers, name).is_some();
    match cover.is_empty() {
        true => DEFAULT_COVER.split(' ').filter(is_there).collect(),
        false => cover.split_ascii_whitespace().collect(),
    }
}

/// Adds the headers that are covered and follow from the rest: digest, length and date.
pub(crate) fn add_headers(unsigned: &mut Unsigned, cover: &str, http_date: impl FnOnce() -> String) {
    let components = components(unsigned, cover);
    let wants = |name: &str| components.iter().any(|component| component.split(';').next() == Some(name));
    let is_there = |name: &str| find(&unsigned.headers, name).is_some();
    let mut added = Vec::new();
    if wants("content-digest") && !is_there("content-digest") {
        let of = Box::new(Token::Body);
        let digest = Token::Digest { hash: DigestHash::Sha512, writing: DigestWriting::Base64, of };
        added.push(("content-digest", format!("sha-512=:{}:", unsigned.text_of(&digest).unwrap_or_default())));
    }
    if wants("content-length") && !is_there("content-length") {
        added.push(("content-length", unsigned.body.len().to_string()));
    }
    if wants("date") && !is_there("date") {
        added.push(("date", http_date()));
    }
    for (name, value) in added {
        set(&mut unsigned.headers, name, value);
    }
}

/// The list of covered components with its parameters, as `Signature-Input` has it, and the base to sign.
///
/// Parameters stand in this order: `created`, `expires`, `keyid`, `nonce`, `alg`, `tag`, as far as there are any.
pub(crate) fn covers(
    unsigned: &Unsigned,
    cover: &str,
    tag: &str,
    key: &SigningKey,
) -> Result<(String, Vec<u8>), SignError> {
    let components: Vec<String> = components(unsigned, cover)
        .into_iter()
        .map(|component| match component.split_once(';') {
            Some((name, params)) => format!("\"{name}\";{params}"),
            None => format!("\"{component}\""),
        })
        .collect();
    let mut written = ListSerializer::new();
    let mut list = written.inner_list().finish();
    for name in ["created", "expires", "keyid", "nonce", "alg", "tag"] {
        let value = match (name, find(&unsigned.params, name)) {
            (_, Some(value)) => value,
            ("keyid", None) => key.id.as_deref().unwrap_or(UNNAMED_KEY),
            ("tag", None) if !tag.is_empty() => tag,
            _ => continue,
        };
        let key = KeyRef::from_str(name).map_err(|_| SignError::Component)?;
        let bad = || SignError::NotSendable { part: format!("param `{name}`") };
        list = if matches!(name, "created" | "expires") {
            let number = value.parse::<i64>().ok().and_then(|number| Integer::try_from(number).ok());
            list.parameter(key, number.ok_or_else(bad)?)
        } else {
            list.parameter(key, StringRef::from_str(value).map_err(|_| bad())?)
        };
    }
    let params = written.finish().unwrap_or_default();
    let input = format!("({}){}", components.join(" "), params.strip_prefix("()").unwrap_or_default());
    let base = base(unsigned, &input)?;
    // The last line of the base is the list as it must be sent.
    let last = base.rsplit(|byte| *byte == b'\n').next().and_then(|line| line.strip_prefix(b"\"@signature-params\": "));
    let input = last.and_then(|input| core::str::from_utf8(input).ok()).ok_or(SignError::Component)?.to_owned();
    Ok((input, base))
}

fn base(unsigned: &Unsigned, input: &str) -> Result<Vec<u8>, SignError> {
    let (scheme, rest) = unsigned.url.split_once("://").ok_or(SignError::UrlMissing)?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    let headers: Vec<(&str, &[u8])> =
        unsigned.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = CoveredRequest {
        method: &unsigned.method,
        scheme,
        authority: authority.strip_suffix(default_port).unwrap_or(&authority),
        target: if target.is_empty() { "/" } else { target },
        headers: &headers,
        body: &unsigned.body,
    };
    signature_base(&request, input).map_err(|_| SignError::Component)
}
