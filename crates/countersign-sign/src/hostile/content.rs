//! Attacks on what is signed: the body, the time, the boundary between the two, and the delivery as a whole.

use core::time::Duration;

use countersign::{Token, UnixTime};

use crate::draft::Draft;
use crate::error::SignError;
use crate::hostile::{Expected, HostileDelivery};
use crate::signed::SignedDelivery;
use crate::unsigned::Unsigned;

/// Beyond the tolerance by more than two clocks differ.
const MINUTE: Duration = Duration::from_secs(60);
const MONTH: Duration = Duration::from_secs(30 * 86_400);

pub(super) fn tampered(draft: &Draft) -> Result<Vec<HostileDelivery>, SignError> {
    let honest = draft.sign()?;
    let flipped = |what: &str, at: usize| {
        let mut body = honest.body.to_vec();
        match body.get_mut(at) {
            Some(byte) => *byte ^= 1,
            None => body.push(b' '),
        }
        HostileDelivery::refused(what, SignedDelivery { body: body.into(), ..honest.clone() })
    };
    let Some(last) = honest.body.len().checked_sub(1) else {
        return Ok(vec![flipped("a byte added to an empty body", 0)]);
    };
    Ok(vec![
        flipped("a bit of the body's first byte flipped", 0),
        flipped("a bit of the body's middle byte flipped", last / 2),
        flipped("a bit of the body's last byte flipped", last),
    ])
}

pub(super) fn stale(draft: &Draft) -> Result<Vec<HostileDelivery>, SignError> {
    let now = draft.time()?;
    let rules = draft.signer.schemes.iter().filter_map(|scheme| scheme.scheme.timestamp.as_ref());
    let past = Duration::from_secs(rules.map(|rule| rule.past).max().unwrap_or(0));
    Ok(vec![
        sent_at(draft, now.saturating_sub(past.saturating_add(MINUTE)), "sent a minute too long ago")?,
        sent_at(draft, now.saturating_sub(past.saturating_add(MONTH)), "sent a month ago")?,
        sent_at(draft, UnixTime::from_secs(0), "sent in 1970")?,
    ])
}

pub(super) fn future(draft: &Draft) -> Result<Vec<HostileDelivery>, SignError> {
    let now = draft.time()?;
    let rules = draft.signer.schemes.iter().filter_map(|scheme| scheme.scheme.timestamp.as_ref());
    let ahead = Duration::from_secs(rules.map(|rule| rule.future).max().unwrap_or(0));
    Ok(vec![
        sent_at(draft, now.saturating_add(ahead.saturating_add(MINUTE)), "stamped a minute too far ahead")?,
        sent_at(draft, now.saturating_add(ahead.saturating_add(MONTH)), "stamped a month ahead")?,
    ])
}

/// The draft, correctly signed at another time. A time that the caller wrote into a header by hand gives way.
fn sent_at(draft: &Draft, time: UnixTime, what: &str) -> Result<HostileDelivery, SignError> {
    let mut moved = draft.clone().retry_at(time);
    for token in draft.signer.schemes.iter().filter_map(|scheme| scheme.time.as_ref()) {
        match token {
            Token::Header(names) => moved.headers.retain(|(name, _)| !names.contains(name)),
            Token::Param(name) => moved.params.retain(|(known, _)| known != name),
            _ => {}
        }
    }
    Ok(HostileDelivery::refused(what, moved.sign()?))
}

/// Two ways to cut one signed text into the same parts: the honest sender signed the one, the attacker sends the other.
pub(super) fn boundary_shifted(draft: &Draft) -> Result<Vec<HostileDelivery>, SignError> {
    let mut made = Vec::new();
    for scheme in &draft.signer.schemes {
        let Some(body) = scheme.content.iter().position(|token| *token == Token::Body) else { continue };
        let (before, after) = scheme.content.split_at(body);
        let named = |token: &&Token| matches!(token, Token::Header(_) | Token::Param(_));
        let literal = |token: Option<&Token>| match token {
            Some(Token::Literal(text)) => text.to_string(),
            _ => String::new(),
        };
        let honest = Unsigned::fill(draft)?;
        if let Some(last) = before.iter().rfind(named) {
            let shifted = shift(&honest, last, &literal(before.last()), Side::Before)?;
            made.push(finish(draft, shifted, "the body's beginning moved into the value signed before it")?);
        }
        if let Some(first) = after.iter().find(named) {
            let shifted = shift(&honest, first, &literal(after.get(1)), Side::After)?;
            made.push(finish(draft, shifted, "the body's end moved into the value signed after it")?);
        }
        if let [first @ (Token::Header(_) | Token::Param(_)), Token::Literal(one), second, Token::Literal(two)] = before
            && one == two
        {
            // The value between moves into the first; the body gives up a copy of it.
            let mut shifted = honest.clone();
            let longer = format!("{}{one}{}", honest.value(first)?, honest.value(second)?);
            shifted.replace(first, longer);
            made.push(finish(draft, shifted, "the second value moved into the first, its copy out of the body")?);
        }
    }
    Ok(made)
}

enum Side {
    Before,
    After,
}

/// Moves the delimiter and a digit of the body into the value beside it, or, where nothing parts the two, a byte of
/// the value into the body.
fn shift(honest: &Unsigned, token: &Token, delimiter: &str, side: Side) -> Result<Unsigned, SignError> {
    let value = honest.value(token)?;
    let mut shifted = honest.clone();
    match side {
        Side::Before if !delimiter.is_empty() => shifted.replace(token, format!("{value}{delimiter}1")),
        Side::After if !delimiter.is_empty() => shifted.replace(token, format!("1{delimiter}{value}")),
        Side::Before => {
            let (rest, moved) = value.split_at_checked(value.len().saturating_sub(1)).unwrap_or((value, ""));
            shifted.body = [moved.as_bytes(), &honest.body].concat().into();
            shifted.replace(token, rest.to_owned());
        }
        Side::After => {
            let (moved, rest) = value.split_at_checked(1).unwrap_or(("", value));
            shifted.body = [&honest.body, moved.as_bytes()].concat().into();
            shifted.replace(token, rest.to_owned());
        }
    }
    Ok(shifted)
}

fn finish(draft: &Draft, shifted: Unsigned, what: &str) -> Result<HostileDelivery, SignError> {
    let entries = shifted.entries(&draft.signer.schemes)?;
    Ok(HostileDelivery::refused(what, shifted.assemble(&draft.signer.schemes, &entries)))
}

pub(super) fn replayed(draft: &Draft) -> Result<Vec<HostileDelivery>, SignError> {
    let delivery = draft.sign()?;
    let first = HostileDelivery {
        what: "an honest delivery".to_owned(),
        expected: Expected::Accepted,
        delivery: delivery.clone(),
    };
    let second = HostileDelivery { what: "the same bytes again".to_owned(), expected: Expected::Absorbed, delivery };
    Ok(vec![first, second])
}
