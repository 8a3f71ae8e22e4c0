//! A delivery is signed, then changed by a script: as long as nothing that is signed changed it is accepted, and after
//! that it is refused. What is accepted beside the delivery itself is a replay of it, so its event must not run again.
//!
//! The input: one byte for the provider, one for the number of steps, four for each step (see
//! [`Signed::apply`](crate::signed::Signed::apply)), and the rest is the body.

use crate::capture::Capture;
use crate::oracle;
use crate::receiver::{ALL, Receiver};
use crate::signed::Signed;

/// Signs and changes one delivery; true where it was accepted in the end.
pub fn run(input: &[u8]) -> bool {
    check(input, |receiver, request| receiver.verify(request, &[&request.body]).is_accepted())
}

const MOST_STEPS: usize = 7;

fn check(input: &[u8], accepts: fn(&Receiver, &Capture) -> bool) -> bool {
    let [provider, steps, rest @ ..] = input else { return false };
    let receiver = &ALL[usize::from(*provider) % ALL.len()];
    let (script, body) = rest.split_at(rest.len().min(4 * (usize::from(*steps) % (MOST_STEPS + 1))));
    let honest = Signed::new(&receiver.provider, body);
    let mut changed = honest.clone();
    for step in script.as_chunks().0 {
        changed.apply(*step);
    }

    let request = changed.request();
    let accepted = accepts(receiver, &request);
    if accepted {
        let sent = honest.request();
        assert!(is_kept(receiver, &sent, &request), "accepted after a change: {sent:?} became {request:?}");
        assert!(!receiver.handles_both(&sent, &request), "the event of {sent:?} runs again as {request:?}");
    } else {
        assert!(!changed.must_pass_as(&honest), "refused, and nothing that is signed has changed: {request:?}");
    }
    accepted
}

/// Whether `after` says what `before` says in every signed part, under a signature that `before` has.
fn is_kept(receiver: &Receiver, before: &Capture, after: &Capture) -> bool {
    oracle::readings(&receiver.provider, before).any(|(_, signed)| {
        oracle::readings(&receiver.provider, after).any(|(_, read)| {
            read.parts == signed.parts && read.signatures.iter().any(|one| signed.signatures.contains(one))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A script over the receiver of that name.
    fn input(provider: &str, script: &[[u8; 4]], body: &[u8]) -> Vec<u8> {
        let index = ALL.iter().position(|receiver| receiver.provider.name == provider).unwrap();
        [&[u8::try_from(index).unwrap(), u8::try_from(script.len()).unwrap()], script.as_flattened(), body].concat()
    }

    #[test]
    fn every_provider_accepts_what_is_signed_and_refuses_a_flipped_bit_anywhere() {
        for receiver in ALL.iter() {
            let name = &receiver.provider.name;
            assert!(run(&input(name, &[], b"{}")), "{name}");
            let fields = u8::try_from(Signed::new(&receiver.provider, b"").field_count()).unwrap();
            for field in 0..=fields {
                assert!(!run(&input(name, &[[0, field, 0, 0]], b"{}")), "{name}, field {field}");
            }
        }
    }

    #[test]
    fn the_same_bytes_divided_anew_are_refused() {
        // id:{id}:{body}, divided at the second colon: the MAC fits, the id and the body are others.
        let script = [[4, 0, 1, 0]];
        let mut changed = Signed::new(&Receiver::named("id-first").provider, b"a:b");
        changed.apply(script[0]);
        assert_eq!(changed.request().body, b"b");
        assert!(!run(&input("id-first", &script, b"a:b")));
    }

    #[test]
    #[should_panic(expected = "accepted after a change")]
    fn a_verifier_that_accepts_everything_is_found() {
        check(&input("stripe", &[[1, 1, 0, b'x']], b"{}"), |_, _| true);
    }

    #[test]
    #[should_panic(expected = "nothing that is signed has changed")]
    fn a_verifier_that_accepts_nothing_is_found() {
        check(&input("stripe", &[[6, 0, 0, 0]], b"{}"), |_, _| false);
    }
}
