//! What is changed after signing: the body where it is signed, else each part that is.

use countersign::Token;

use crate::choice::Choice;
use crate::entry::Entry;
use crate::error::SignError;
use crate::hostile::HostileDelivery;
use crate::place::{Spot, json_span, json_value, quoted};
use crate::signed::{SignedDelivery, query_of};
use crate::signer::name_in;

pub(super) fn tampered(choice: &Choice) -> Result<Vec<HostileDelivery>, SignError> {
    let entries = choice.entries()?;
    let honest = choice.assemble(&entries);
    let mut made = Vec::new();
    let Some(scheme) = choice.lead() else { return Ok(made) };
    if scheme.covers_body() {
        made.extend(flipped(&honest));
    }
    let item = choice.unsigned.items(scheme)?.pop().unwrap_or_default();
    let mut seen: Vec<&Token> = Vec::new();
    for token in scheme.tokens() {
        if seen.contains(&token) {
            continue;
        }
        seen.push(token);
        if let Some((what, delivery)) = changed(choice, &entries, &honest, token, &item) {
            made.push(HostileDelivery::refused(what, delivery));
        }
    }
    // What a JWS or an HTTP signature says itself that it covers.
    let rewritten = entries.iter().map(|entry| Entry { covers: other_cover(&entry.covers), ..entry.clone() });
    let rewritten: Vec<Entry> = rewritten.collect();
    if rewritten.iter().zip(&entries).all(|(one, other)| one.covers != other.covers) {
        made.push(HostileDelivery::refused("what the signature says it covers changed", choice.assemble(&rewritten)));
    }
    Ok(made)
}

fn flipped(honest: &SignedDelivery) -> Vec<HostileDelivery> {
    let flip = |what: &str, at: usize| {
        let mut body = honest.body.to_vec();
        match body.get_mut(at) {
            Some(byte) => *byte ^= 1,
            None => body.push(b' '),
        }
        HostileDelivery::refused(what, SignedDelivery { body: body.into(), ..honest.clone() })
    };
    let Some(last) = honest.body.len().checked_sub(1) else {
        return vec![flip("a byte added to an empty body", 0)];
    };
    vec![
        flip("a bit of the body's first byte flipped", 0),
        flip("a bit of the body's middle byte flipped", last / 2),
        flip("a bit of the body's last byte flipped", last),
    ]
}

/// The delivery with another value where a token of its content stands.
fn changed(
    choice: &Choice,
    entries: &[Entry],
    honest: &SignedDelivery,
    token: &Token,
    item: &str,
) -> Option<(String, SignedDelivery)> {
    let mut delivery = honest.clone();
    let what = match token {
        Token::Header(names) => {
            let name = name_in(names, choice.unsigned.header_set);
            let text = other_text(delivery.header(name)?);
            Spot::Header(name.to_owned()).put(&mut delivery, &text);
            format!("`{name}` changed after signing")
        }
        // What stands in a JWS or an HTTP signature is changed there.
        Token::Param(name) if entries.iter().all(|entry| entry.covers.is_empty()) => {
            let mut unsigned = choice.unsigned.clone();
            let text = other_text(&unsigned.text_of(token).ok()?);
            unsigned.replace(token, text);
            delivery = Choice { schemes: choice.schemes.clone(), unsigned }.assemble(entries);
            format!("`{name}` beside the signature changed after signing")
        }
        Token::Json(pointer) | Token::Number(pointer) | Token::Scalar(pointer) | Token::RawJson(pointer) => {
            change_json(&mut delivery, &format!("{item}{pointer}"))?;
            format!("the body's {pointer} changed after signing")
        }
        Token::Lines(names) => {
            let pointer = names.iter().map(|name| format!("{item}/{name}"));
            let pointer = pointer.into_iter().find(|pointer| json_span(&delivery.body, pointer).is_some())?;
            change_json(&mut delivery, &pointer)?;
            format!("the body's {pointer} changed after signing")
        }
        Token::Field(name) => {
            let spot = Spot::Field(name.clone());
            let text = spot.text(&delivery)?;
            spot.put(&mut delivery, &other_text(&text));
            format!("the form's `{name}` changed after signing")
        }
        Token::Query(name) => {
            let spot = Spot::Query(name.clone());
            let text = spot.text(&delivery)?;
            spot.put(&mut delivery, &other_text(&text));
            format!("the query's `{name}` changed after signing")
        }
        Token::Url
        | Token::UrlPorts
        | Token::UrlDecoded
        | Token::UrlSortedForm
        | Token::Target
        | Token::TargetEscaped
        | Token::QuerySorted => {
            let mark = if query_of(&delivery.url).1.is_empty() { "?" } else { "&" };
            delivery.url = format!("{}{mark}added=1", delivery.url.trim_end_matches('?'));
            "a parameter added to the signed URL".to_owned()
        }
        Token::Path => {
            let (path, query) = query_of(&delivery.url);
            let path = if path.contains("://") || path.starts_with('/') { path } else { "/" };
            let mark = if query.is_empty() { "" } else { "?" };
            delivery.url = format!("{path}x{mark}{query}");
            "the signed path changed".to_owned()
        }
        _ => return None,
    };
    Some((what, delivery))
}

fn change_json(delivery: &mut SignedDelivery, pointer: &str) -> Option<()> {
    let span = json_span(&delivery.body, pointer)?;
    let text = core::str::from_utf8(json_value(&delivery.body, pointer)?).ok()?;
    let other = match text.as_bytes().first()? {
        b'"' => quoted(&other_text(&serde_json::from_str::<String>(text).ok()?)),
        b't' => "false".to_owned(),
        b'f' => "true".to_owned(),
        b'n' => "\"x\"".to_owned(),
        // Signed byte for byte.
        b'{' | b'[' => format!("{} {}", text.get(..1)?, text.get(1..)?),
        _ => other_text(text),
    };
    let parts = [delivery.body.get(..span.start), Some(other.as_bytes()), delivery.body.get(span.end..)];
    delivery.body = parts.map(Option::unwrap_or_default).concat().into();
    Some(())
}

/// A text with another last character. A digit stays one.
fn other_text(text: &str) -> String {
    let mut other = text.to_owned();
    match other.pop() {
        Some('0') => other.push('1'),
        Some(digit @ '1'..='9') => other.push(char::from_u32(u32::from(digit) ^ 1).unwrap_or('0')),
        Some('a') => other.push('b'),
        _ => other.push('a'),
    }
    other
}

/// The claims of a JWS with one character changed, its header where it has none; a parameter more of an HTTP signature.
fn other_cover(covers: &str) -> String {
    if covers.starts_with('(') {
        return format!("{covers};x=1");
    }
    let Some((header, payload)) = covers.split_once('.') else { return covers.to_owned() };
    let (header, payload) = match payload.is_empty() {
        // The last character but one, so that it is still the text of some bytes.
        true => (other_character(header, header.len().saturating_sub(2)), String::new()),
        false => (header.to_owned(), other_character(payload, payload.len() / 2)),
    };
    format!("{header}.{payload}")
}

fn other_character(text: &str, at: usize) -> String {
    let swap = |(index, c): (usize, char)| match c {
        _ if index != at => c,
        'A' => 'B',
        _ => 'A',
    };
    text.chars().enumerate().map(swap).collect()
}
