//! A request's head before every receiver: judging it never panics, gives one answer however often it is asked and in
//! whatever order the lines stand, and never lets a head through that has no signature header or that two readers could
//! read in two ways.

use std::collections::BTreeSet;

use countersign::Reason;

use crate::capture::Capture;
use crate::oracle::tokens;
use crate::receiver::{ALL, Receiver};

/// Shows the head of one [`Capture`] to every receiver; true where one of them goes on to read the body.
pub fn run(input: &[u8]) -> bool {
    check(input, open)
}

/// What a receiver says of a head.
type Open = fn(&Receiver, &Capture) -> Result<(), Reason>;

fn open(receiver: &Receiver, head: &Capture) -> Result<(), Reason> {
    receiver.endpoint.open(head).map(drop).map_err(|rejection| rejection.reason())
}

fn check(input: &[u8], open: Open) -> bool {
    let template = Capture::parse(input);
    let mut opened = false;
    for receiver in ALL.iter() {
        let mut head = template.clone();
        receiver.sign(&mut head);
        let verdict = open(receiver, &head);
        let name = &receiver.provider.name;
        assert_eq!(open(receiver, &head), verdict, "{name} gives two answers to {head:?}");

        let mut reversed = head.clone();
        reversed.headers.reverse();
        assert_eq!(open(receiver, &reversed), verdict, "for {name} the order of lines counts in {head:?}");

        match verdict {
            Ok(()) => {
                assert!(has_signature(receiver, &head), "{name} opens without a signature: {head:?}");
                assert!(!is_ambiguous(receiver, &head), "{name} opens what can be read in two ways: {head:?}");
            }
            Err(reason) => assert!((400..500).contains(&reason.status()), "{name} blames itself for {head:?}"),
        }
        opened |= verdict.is_ok();
    }
    opened
}

/// Whether one of the provider's signature headers is there.
fn has_signature(receiver: &Receiver, head: &Capture) -> bool {
    let tokens = receiver.provider.schemes.iter().map(|scheme| scheme.signature.at.trim_matches(['{', '}']));
    let names = tokens.filter_map(|token| token.strip_prefix("h:")).flat_map(|names| names.split('|'));
    names.into_iter().any(|name| head.header(&name.to_ascii_lowercase()).is_some())
}

/// Whether a signature header or a signed one stands on two lines, says one thing under one of its names and another
/// under the other, or may be removed by the next proxy.
fn is_ambiguous(receiver: &Receiver, head: &Capture) -> bool {
    let templates = receiver.provider.schemes.iter().flat_map(|scheme| [&scheme.signature.at, &scheme.content]);
    let mut roles = templates.flat_map(|template| tokens(template)).filter_map(|(_, token)| token?.strip_prefix("h:"));
    let removable: Vec<&[u8]> = lines(head, "connection").flat_map(|value| value.split(|byte| *byte == b',')).collect();
    roles.any(|names| {
        let is_removable = names
            .split('|')
            .any(|name| removable.iter().any(|text| text.trim_ascii().eq_ignore_ascii_case(name.as_bytes())));
        let is_repeated = names.split('|').any(|name| lines(head, name).count() > 1);
        let values: BTreeSet<&[u8]> = names.split('|').flat_map(|name| lines(head, name)).collect();
        is_removable || is_repeated || values.len() > 1
    })
}

/// The values of every line with that name.
fn lines<'h>(head: &'h Capture, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let named = head.headers.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &[u8] = b"stripe\nStripe-Signature: t=1750000000,v1={sig}\n\n{}";

    #[test]
    fn a_signed_head_opens_and_an_empty_one_does_not() {
        assert!(run(SIGNED));
        assert!(!run(b"stripe\n\n{}"));
    }

    /// A receiver that takes the last of several lines, as a map of headers does.
    fn takes_the_last_line(receiver: &Receiver, head: &Capture) -> Result<(), Reason> {
        let mut head = head.clone();
        let last = head.headers.pop();
        head.headers.retain(|(name, _)| Some(name) != last.as_ref().map(|(name, _)| name));
        head.headers.extend(last);
        open(receiver, &head)
    }

    #[test]
    #[should_panic(expected = "the order of lines counts")]
    fn a_verdict_that_depends_on_the_order_of_lines_is_found() {
        let two = b"stripe\nStripe-Signature: t=1750000000,v1={sig}\nStripe-Signature: t=1750000000,v1=none\n\n{}";
        assert!(!run(two));
        check(two, takes_the_last_line);
    }

    /// A receiver that takes the first of several lines, wherever it stands among the others.
    fn takes_the_least_line(receiver: &Receiver, head: &Capture) -> Result<(), Reason> {
        let mut head = head.clone();
        head.headers.sort();
        head.headers.dedup_by(|a, b| a.0 == b.0);
        open(receiver, &head)
    }

    #[test]
    #[should_panic(expected = "read in two ways")]
    fn an_ambiguous_head_that_opens_is_found() {
        let two = b"stripe\nStripe-Signature: t=1750000000,v1={sig}\nStripe-Signature: t=1750000001,v1={sig}\n\n{}";
        check(two, takes_the_least_line);
    }

    #[test]
    #[should_panic(expected = "opens without a signature")]
    fn an_open_door_is_found() {
        check(b"stripe\n\n{}", |_, _| Ok(()));
    }
}
