//! A second verifier, written from the description of a scheme alone. It shares the data with countersign and not one
//! line of code: tokens, header grammar, decoding, MAC and freshness are done here once more, in the plainest way.
//!
//! It is no stricter than it must be (it does not mind a repeated header), because one direction counts: what
//! countersign accepts, this verifier must accept.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use countersign::{Algorithm, Encoding, Provider, Scheme, SecretEncoding, Syntax, TimestampUnit};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde_json::value::RawValue;

use crate::capture::Capture;

/// What a scheme finds in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The values of the content's tokens in order, the body among them.
    pub parts: Vec<Vec<u8>>,
    /// The signed content.
    pub content: Vec<u8>,
    /// The signatures, decoded.
    pub signatures: Vec<Vec<u8>>,
    /// The signed time in Unix milliseconds, where the scheme has one.
    pub sent_at: Option<u64>,
}

/// Whether the provider signs in a way that is written down here once more: a MAC over the body and headers, in one
/// header, with a key that [`crate::receiver`] can write.
pub fn reads(provider: &Provider) -> bool {
    let unit = |scheme: &Scheme| scheme.timestamp.as_ref().map(|rule| rule.unit);
    let is_plain = |scheme: &Scheme| {
        matches!(unit(scheme), None | Some(TimestampUnit::Seconds | TimestampUnit::Milliseconds))
            // Where parts stand side by side, bytes move between them by the provider's own design.
            && scheme.adjacent.is_empty()
            && !matches!(scheme.secret.encoding, SecretEncoding::Sha1 | SecretEncoding::Base64url)
    };
    let is_standard = provider.schemes == countersign::providers::STANDARD_WEBHOOKS.schemes;
    is_standard || provider.streams() && provider.schemes.iter().all(is_plain)
}

/// The reading by which the request is authentic under one of `keys` and fresh, if there is one.
pub fn accepts(provider: &Provider, keys: &[&[u8]], request: &Capture) -> Option<Reading> {
    readings(provider, request).find_map(|(scheme, reading)| {
        let authentic = keys
            .iter()
            .filter_map(|key| mac(scheme.algorithm, key, &reading.content))
            .any(|tag| reading.signatures.contains(&tag));
        (authentic && is_fresh(scheme, &reading, request.now)).then_some(reading)
    })
}

/// The right signature for a request as it stands, written as the provider would.
pub fn sign(provider: &Provider, key: &[u8], request: &Capture) -> Option<String> {
    let (scheme, reading) = readings(provider, request).next()?;
    Some(write(&mac(scheme.algorithm, key, &reading.content)?, scheme.signature.encoding))
}

/// Every way in which the request can be read: by each scheme, in each of its header sets.
pub fn readings<'a>(provider: &'a Provider, request: &'a Capture) -> impl Iterator<Item = (&'a Scheme, Reading)> {
    let sets = move |scheme| (0..2).filter_map(move |set| Some((scheme, read(scheme, set, request)?)));
    provider.schemes.iter().flat_map(sets)
}

fn read(scheme: &Scheme, set: usize, request: &Capture) -> Option<Reading> {
    let names = scheme.signature.at.strip_prefix("{h:")?.strip_suffix('}')?;
    let signature = request.header(&pick(names, set))?;
    let value = |token: &str| -> Option<Vec<u8>> {
        match token.split_once(':') {
            None => Some(request.body.clone()),
            Some(("h", names)) => request.header(&pick(names, set)).map(<[u8]>::to_vec),
            Some((_, name)) => named_values(&scheme.signature.syntax, signature, name).first().map(|v| v.to_vec()),
        }
    };
    let (mut parts, mut content) = (Vec::new(), Vec::new());
    for (literal, token) in tokens(&scheme.content) {
        content.extend_from_slice(literal.as_bytes());
        if let Some(token) = token {
            let part = value(token)?;
            content.extend_from_slice(&part);
            parts.push(part);
        }
    }
    let sent_at = match &scheme.timestamp {
        None => None,
        Some(rule) => {
            let text = match rule.from.trim_matches(['{', '}']).split_once(':')? {
                ("j" | "n", pointer) => json(&request.body, pointer)?,
                _ => value(rule.from.trim_matches(['{', '}']))?,
            };
            Some(timestamp(&text, rule.unit)?)
        }
    };
    let texts = match &scheme.signature.syntax {
        Syntax::Plain => vec![signature],
        Syntax::Prefix(prefix) => signature.strip_prefix(prefix.as_bytes()).into_iter().collect(),
        Syntax::List { separator, prefix } => {
            let entries = signature.split(|byte| char::from(*byte) == *separator);
            entries.filter_map(|entry| entry.strip_prefix(prefix.as_bytes())).collect()
        }
        Syntax::Pairs { pick, .. } => named_values(&scheme.signature.syntax, signature, pick),
        _ => return None,
    };
    let signatures = texts.into_iter().filter_map(|text| decode(text, scheme.signature.encoding)).collect();
    Some(Reading { parts, content, signatures, sent_at })
}

/// A template's literals, each with the token after it.
pub fn tokens(template: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    template.split('}').map(|piece| match piece.split_once('{') {
        Some((literal, token)) => (literal, Some(token)),
        None => (piece, None),
    })
}

/// The name in a list of alternatives that belongs to a header set.
pub fn pick(names: &str, set: usize) -> String {
    names.split('|').nth(set).unwrap_or(names).to_ascii_lowercase()
}

fn named_values<'v>(syntax: &Syntax, header: &'v [u8], name: &str) -> Vec<&'v [u8]> {
    let Syntax::Pairs { separator, assign, .. } = syntax else { return Vec::new() };
    let entries = header.split(|byte| char::from(*byte) == *separator);
    let named = entries.filter_map(|entry| {
        let entry = entry.trim_ascii_start();
        let at = entry.iter().position(|byte| char::from(*byte) == *assign)?;
        (&entry[..at] == name.as_bytes()).then(|| &entry[at + 1..])
    });
    named.collect()
}

/// The text of a scalar in a JSON body. Bytes that are not UTF-8 only ever stand inside strings.
fn json(body: &[u8], pointer: &str) -> Option<Vec<u8>> {
    let mut rest = String::from_utf8_lossy(body).into_owned();
    for key in pointer.split('/').skip(1) {
        rest = serde_json::from_str::<HashMap<String, &RawValue>>(&rest).ok()?.get(key)?.get().to_owned();
    }
    Some(rest.trim_matches('"').as_bytes().to_vec())
}

/// Reads `0` or digits without a leading zero, at most eleven in seconds and fourteen in milliseconds.
pub fn timestamp(text: &[u8], unit: TimestampUnit) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: u64 = text.parse().ok().filter(|number: &u64| number.to_string() == text)?;
    match unit {
        TimestampUnit::Seconds => (number < 100_000_000_000).then(|| number * 1_000),
        _ => (number < 100_000_000_000_000).then_some(number),
    }
}

fn is_fresh(scheme: &Scheme, reading: &Reading, now: u64) -> bool {
    let (Some(rule), Some(sent_at)) = (&scheme.timestamp, reading.sent_at) else { return true };
    let unit = if rule.unit == TimestampUnit::Seconds { 1_000 } else { 1 };
    let now = u128::from(now - now % unit);
    let [sent_at, past, future] = [sent_at, rule.past * 1_000, rule.future * 1_000].map(u128::from);
    now <= sent_at + past && sent_at <= now + future
}

/// The MAC of a message, where the algorithm is one.
pub fn mac(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    fn tag<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        let mac = <M as KeyInit>::new_from_slice(key).ok()?;
        Some(mac.chain_update(message).finalize().into_bytes().to_vec())
    }
    match algorithm {
        Algorithm::HmacSha1 => tag::<Hmac<sha1::Sha1>>(key, message),
        Algorithm::HmacSha256 => tag::<Hmac<sha2::Sha256>>(key, message),
        Algorithm::HmacSha384 => tag::<Hmac<sha2::Sha384>>(key, message),
        Algorithm::HmacSha512 => tag::<Hmac<sha2::Sha512>>(key, message),
        _ => None,
    }
}

/// Decodes a text that is the one canonical text of some bytes; hex digits may be of either case.
pub fn decode(text: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => {
            let digits: Option<Vec<u32>> = text.iter().map(|byte| char::from(*byte).to_digit(16)).collect();
            let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
            digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
        }
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Base64url => URL_SAFE.decode(text).ok(),
        _ => URL_SAFE_NO_PAD.decode(text).ok(),
    }
}

/// Writes bytes as text.
pub fn write(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64url => URL_SAFE.encode(bytes),
        _ => URL_SAFE_NO_PAD.encode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn makes_the_published_mac() {
        let tag = mac(Algorithm::HmacSha256, b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(write(&tag, Encoding::Hex), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    /// The reference delivery of Standard Webhooks 1.0.0.
    #[test]
    fn accepts_a_published_delivery_and_not_its_neighbour() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let text = b"standard-webhooks 1614265330000\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\n\
            webhook-timestamp: 1614265330\nwebhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n\n\
            {\"test\": 2432232314}";
        let request = Capture::parse(text);
        let provider = &countersign::providers::STANDARD_WEBHOOKS;
        let reading = accepts(provider, &[&key], &request).expect("the delivery is authentic");
        assert_eq!(reading.sent_at, Some(1_614_265_330_000));
        assert!(accepts(provider, &[b"another key"], &request).is_none());
        let late = Capture { now: request.now + 301_000, ..request.clone() };
        assert!(accepts(provider, &[&key], &late).is_none());
        let mut changed = request;
        changed.body[0] ^= 1;
        assert!(accepts(provider, &[&key], &changed).is_none());
    }

    #[test]
    fn decodes_canonical_text_only() {
        assert_eq!(decode(b"00fF", Encoding::Hex), Some(vec![0, 255]));
        assert_eq!(decode(b"AP8=", Encoding::Base64), Some(vec![0, 255]));
        for text in [&b"AP9="[..], b"AP8", b"AP8 =", b"AP8=\n"] {
            assert_eq!(decode(text, Encoding::Base64), None, "{text:?}");
        }
        assert_eq!(decode(b"0", Encoding::Hex), None);
    }

    #[test]
    fn reads_a_time_inside_a_body() {
        assert_eq!(json(br#"{"a":{"b": 12 },"x":[]}"#, "/a/b"), Some(b"12".to_vec()));
        assert_eq!(json(b"{\"a\":\"7\",\"x\":\"\xff\"}", "/a"), Some(b"7".to_vec()));
        assert_eq!(json(b"[]", "/a"), None);
    }
}
