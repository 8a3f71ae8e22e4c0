//! Attacks on what is signed: the time, the boundary between the body and what is signed beside it, and the delivery as
//! a whole.

use core::time::Duration;

use countersign::{Scheme, Syntax, Token, UnixTime, parse_single, parse_template};

use crate::choice::Choice;
use crate::draft::Draft;
use crate::error::SignError;
use crate::fill::{JWT_LIFETIME, is_jwt};
use crate::hostile::{Expected, HostileDelivery};
use crate::unsigned::Unsigned;

/// Beyond the tolerance by more than two clocks differ.
const MINUTE: Duration = Duration::from_secs(60);
const MONTH: Duration = Duration::from_secs(30 * 86_400);

pub(super) fn stale(draft: &Draft, choice: &Choice) -> Result<Vec<HostileDelivery>, SignError> {
    let now = draft.time()?;
    let past = limit(choice, JWT_LIFETIME, |rule| rule.past);
    let mut made = vec![
        sent_at(draft, choice, now.saturating_sub(past.saturating_add(MINUTE)), "sent a minute too long ago")?,
        sent_at(draft, choice, now.saturating_sub(past.saturating_add(MONTH)), "sent a month ago")?,
    ];
    // What has no time but that until when it is good is only made within the range of dates.
    made.push(sent_at(draft, choice, UnixTime::from_secs(0), "sent in 1970")?);
    Ok(made)
}

pub(super) fn future(draft: &Draft, choice: &Choice) -> Result<Vec<HostileDelivery>, SignError> {
    let now = draft.time()?;
    let ahead = limit(choice, 0, |rule| rule.future);
    Ok(vec![
        sent_at(draft, choice, now.saturating_add(ahead.saturating_add(MINUTE)), "stamped a minute too far ahead")?,
        sent_at(draft, choice, now.saturating_add(ahead.saturating_add(MONTH)), "stamped a month ahead")?,
    ])
}

/// How far from the clock the schemes that sign let a time be; a JWT's own times count too.
fn limit(choice: &Choice, own: u64, side: impl Fn(&countersign::TimestampRule) -> u64) -> Duration {
    let limits = choice.schemes.iter().map(|scheme| {
        let own = match &scheme.scheme.signature.syntax {
            Syntax::Jws { leeway, .. } if is_jwt(&scheme.scheme) => own.saturating_add(*leeway),
            _ => 0,
        };
        scheme.scheme.timestamp.as_ref().map_or(own, |rule| side(rule).max(own))
    });
    Duration::from_secs(limits.max().unwrap_or(0))
}

/// The draft, correctly signed at another time. A time that the caller wrote into a header by hand gives way.
fn sent_at(draft: &Draft, choice: &Choice, time: UnixTime, what: &str) -> Result<HostileDelivery, SignError> {
    let mut moved = draft.clone().retry_at(time);
    for token in choice.schemes.iter().filter_map(|scheme| scheme.time.as_ref()) {
        match token {
            Token::Header(names) => moved.headers.retain(|(name, _)| !names.contains(name)),
            Token::Param(name) => moved.params.retain(|(known, _)| known != name),
            _ => {}
        }
    }
    Ok(HostileDelivery::refused(what, moved.sign()?))
}

/// Whether a scheme signs a value beside the body that a byte could pass into.
pub(super) fn has_boundary(scheme: &Scheme) -> bool {
    let content = parse_template(&scheme.content).unwrap_or_default();
    let time = scheme.timestamp.as_ref().and_then(|rule| parse_single(&rule.from).ok());
    !boundaries(&content, time.as_ref()).is_empty()
}

enum Boundary<'t> {
    /// Between a value and the body behind it, with the text between.
    Before(&'t Token, &'t str),
    /// Between the body and a value behind it.
    After(&'t Token, &'t str),
    /// Two values with one text between and behind them, then the body.
    Between(&'t Token, &'t Token, &'t str),
}

/// Where bytes can move. Where nothing parts a value from the body, only a time shows it: of others the provider's data
/// say why the move is harmless. A text that no header can hold parts the two for good.
fn boundaries<'t>(content: &'t [Token], time: Option<&Token>) -> Vec<Boundary<'t>> {
    let Some(body) = content.iter().position(|token| *token == Token::Body) else { return Vec::new() };
    let (before, after) = content.split_at(body);
    let after = after.get(1..).unwrap_or_default();
    let named = |token: &Token| matches!(token, Token::Header(_) | Token::Param(_));
    let sendable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let mut found = Vec::new();
    match before {
        [.., value, Token::Literal(text)] if named(value) && sendable(text) => {
            found.push(Boundary::Before(value, text))
        }
        [.., value] if Some(value) == time && named(value) => found.push(Boundary::Before(value, "")),
        _ => {}
    }
    match after {
        [Token::Literal(text), value, ..] if named(value) && sendable(text) => found.push(Boundary::After(value, text)),
        [value, ..] if Some(value) == time && named(value) => found.push(Boundary::After(value, "")),
        _ => {}
    }
    if let [first, Token::Literal(one), second, Token::Literal(two)] = before
        && one == two
        && named(first)
        && named(second)
        && sendable(one)
    {
        found.push(Boundary::Between(first, second, one));
    }
    found
}

/// Two ways to cut one signed text into the same parts: the honest sender signed the one, the attacker sends the other.
pub(super) fn boundary_shifted(choice: &Choice) -> Result<Vec<HostileDelivery>, SignError> {
    let mut made = Vec::new();
    for scheme in &choice.schemes {
        let honest = &choice.unsigned;
        for boundary in boundaries(&scheme.content, scheme.time.as_ref()) {
            let mut shifted = honest.clone();
            let what = match boundary {
                Boundary::Before(token, delimiter) => {
                    let value = honest.text_of(token)?;
                    if delimiter.is_empty() {
                        let (rest, moved) =
                            value.split_at_checked(value.len().saturating_sub(1)).unwrap_or((&value, ""));
                        shifted.body = [moved.as_bytes(), &honest.body].concat().into();
                        shifted.replace(token, rest.to_owned());
                    } else {
                        shifted.replace(token, format!("{value}{delimiter}1"));
                    }
                    "the body's beginning moved into the value signed before it"
                }
                Boundary::After(token, delimiter) => {
                    let value = honest.text_of(token)?;
                    if delimiter.is_empty() {
                        let (moved, rest) = value.split_at_checked(1).unwrap_or(("", &value));
                        shifted.body = [&honest.body, moved.as_bytes()].concat().into();
                        shifted.replace(token, rest.to_owned());
                    } else {
                        shifted.replace(token, format!("1{delimiter}{value}"));
                    }
                    "the body's end moved into the value signed after it"
                }
                Boundary::Between(first, second, delimiter) => {
                    // The value between moves into the first; the body gives up a copy of it.
                    let longer = format!("{}{delimiter}{}", honest.text_of(first)?, honest.text_of(second)?);
                    shifted.replace(first, longer);
                    "the second value moved into the first, its copy out of the body"
                }
            };
            made.push(finish(choice, shifted, what)?);
        }
    }
    Ok(made)
}

fn finish(choice: &Choice, shifted: Unsigned, what: &str) -> Result<HostileDelivery, SignError> {
    let choice = Choice { schemes: choice.schemes.clone(), unsigned: shifted };
    Ok(HostileDelivery::refused(what, choice.assemble(&choice.entries()?)))
}

pub(super) fn replayed(choice: &Choice) -> Result<Vec<HostileDelivery>, SignError> {
    let delivery = choice.assemble(&choice.entries()?);
    let first = HostileDelivery {
        what: "an honest delivery".to_owned(),
        expected: Expected::Accepted,
        delivery: delivery.clone(),
    };
    let second = HostileDelivery { what: "the same bytes again".to_owned(), expected: Expected::Absorbed, delivery };
    Ok(vec![first, second])
}
