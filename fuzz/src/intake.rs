//! A whole request, from its head to the verdict: what countersign accepts, the second verifier accepts too, with the
//! same body and the same time; and the verdict does not depend on how the body was cut into chunks or on what came
//! before.

use crate::capture::Capture;
use crate::oracle;
use crate::receiver::{KEY, PREVIOUS_KEY, Receiver, Verdict};

/// Verifies one [`Capture`]; true where it is a delivery.
pub fn run(input: &[u8]) -> bool {
    check(input, Receiver::verify)
}

/// How a request is verified: the receiver, the request, its body in chunks.
type Verify = fn(&Receiver, &Capture, &[&[u8]]) -> Verdict;

fn check(input: &[u8], verify: Verify) -> bool {
    let mut request = Capture::parse(input);
    let receiver = Receiver::named(&request.provider);
    receiver.sign(&mut request);

    let verdict = verify(receiver, &request, &[&request.body]);
    let (first_half, second_half) = request.body.split_at(request.body.len() / 2);
    let cuts = [vec![first_half, second_half], request.body.chunks(7).collect(), vec![&[][..], &request.body, &[]]];
    for cut in cuts {
        assert_eq!(verify(receiver, &request, &cut), verdict, "the verdict depends on the chunks: {request:?}");
    }

    if let Verdict::Accepted { body, sent_at } = &verdict {
        let reading = oracle::accepts(&receiver.provider, &[KEY, PREVIOUS_KEY], &request);
        let reading = reading.unwrap_or_else(|| panic!("accepted, and the second verifier refuses: {request:?}"));
        assert_eq!(*body, request.body, "another body than was sent");
        assert_eq!(*sent_at, reading.sent_at, "another time than was signed: {request:?}");
    }
    verdict.is_accepted()
}

#[cfg(test)]
mod tests {
    use countersign::Endpoint;

    use super::*;

    const HONEST: &[u8] = b"stripe\nStripe-Signature: t=1750000000,v1={sig}\n\n{\"id\":\"evt_1\"}";
    const STALE: &[u8] = b"stripe\nStripe-Signature: t=1700000000,v1={sig}\n\n{\"id\":\"evt_1\"}";

    #[test]
    fn an_honest_delivery_passes_and_a_stale_one_does_not() {
        assert!(run(HONEST));
        assert!(run(b"stripe\nStripe-Signature: t=1750000000,v1={old}\n\n{\"id\":\"evt_1\"}"), "the previous key");
        assert!(!run(STALE));
    }

    /// A receiver that forgets to look at the time.
    fn ignores_the_time(receiver: &Receiver, request: &Capture, chunks: &[&[u8]]) -> Verdict {
        let endpoint = Endpoint::builder("fuzz", &receiver.provider, std::str::from_utf8(KEY).unwrap())
            .danger_ignore_timestamp()
            .build()
            .unwrap();
        Receiver { provider: receiver.provider.clone(), endpoint }.verify(request, chunks)
    }

    #[test]
    #[should_panic(expected = "the second verifier refuses")]
    fn an_accept_without_a_reason_is_found() {
        check(STALE, ignores_the_time);
    }

    /// A receiver that verifies the first chunk only.
    fn reads_one_chunk(receiver: &Receiver, request: &Capture, chunks: &[&[u8]]) -> Verdict {
        receiver.verify(request, &chunks[..1])
    }

    #[test]
    #[should_panic(expected = "depends on the chunks")]
    fn a_verdict_that_depends_on_chunks_is_found() {
        check(HONEST, reads_one_chunk);
    }
}
