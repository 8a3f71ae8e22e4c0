//! The texts that a sender or an operator writes: signatures, timestamps, secrets. Each is taken exactly where its
//! grammar, written down here once more, takes it.
//!
//! The input: one byte for the kind of text (its low three bits) and the algorithm (the next two), and the text.

use std::sync::LazyLock;

use countersign::{Encoding, Provider, Reason, SecretEncoding, SigningSecret, TimestampUnit, check_keyring};

use crate::capture::{Capture, NOW};
use crate::oracle;
use crate::receiver::{KEY, Receiver, Verdict};

/// Reads one text as what its first byte says it is; true where it was taken.
pub fn run(input: &[u8]) -> bool {
    let Some((kind, text)) = input.split_first() else { return false };
    let signatures = |encoding: usize| &SIGNATURES[encoding][usize::from(kind / 8 % 4)];
    match kind % 8 {
        encoding @ 0..4 => signature(signatures(encoding.into()), text),
        4 => timestamp(&TIMES[0], text),
        5 => timestamp(&TIMES[1], text),
        6 => secret(SecretEncoding::Base64, text),
        _ => secret(SecretEncoding::Hex, text),
    }
}

/// Receivers that differ in how a signature is written, and in how long it is.
static SIGNATURES: LazyLock<[[Receiver; 4]; 4]> = LazyLock::new(|| {
    ["hex", "base64", "base64url", "base64url-nopad"].map(|encoding| {
        ["hmac-sha256", "hmac-sha1", "hmac-sha384", "hmac-sha512"]
            .map(|algorithm| receiver(algorithm, encoding, "{body}", ""))
    })
});

/// Receivers that differ in the unit of their timestamps.
static TIMES: LazyLock<[Receiver; 2]> = LazyLock::new(|| {
    ["s", "ms"].map(|unit| {
        let rule = format!("timestamp = {{ from = \"{{h:time}}\", unit = \"{unit}\", past = 300, future = 300 }}");
        receiver("hmac-sha256", "hex", "{h:time}.{body}", &rule)
    })
});

fn receiver(algorithm: &str, encoding: &str, content: &str, timestamp: &str) -> Receiver {
    let toml = format!(
        "name = \"decoders\"\n[[schemes]]\nalgorithm = \"{algorithm}\"\nsecret = {{ encoding = \"utf8\" }}\n\
         signature = {{ at = \"{{h:signature}}\", encoding = \"{encoding}\" }}\ncontent = \"{content}\"\n{timestamp}\n"
    );
    Receiver::new(Provider::from_toml(&toml).expect("the provider is well described"))
}

/// A signature is well-formed exactly if it is the canonical text of as many bytes as a MAC has, and right if they are
/// the MAC.
fn signature(receiver: &Receiver, text: &[u8]) -> bool {
    let scheme = &receiver.provider.schemes[0];
    let encoding = scheme.signature.encoding;
    let tag = oracle::mac(scheme.algorithm, KEY, BODY).unwrap_or_default();
    let bytes = oracle::decode(text.trim_ascii(), encoding).filter(|bytes| bytes.len() == tag.len());
    let request = request(vec![("signature".into(), text.to_vec())]);
    let expected = match &bytes {
        None => Verdict::Refused(Reason::SignatureMalformed),
        Some(bytes) if *bytes == tag => Verdict::Accepted { body: BODY.into(), sent_at: None },
        Some(_) => Verdict::Refused(Reason::SignatureMismatch),
    };
    assert_eq!(receiver.verify(&request, &[BODY]), expected, "{encoding:?} {:?}", text.escape_ascii().to_string());
    if let Some(bytes) = &bytes {
        let written = countersign::encode(bytes, encoding);
        let text = text.trim_ascii();
        let same =
            written.as_bytes() == text || (encoding == Encoding::Hex && text.eq_ignore_ascii_case(written.as_bytes()));
        assert!(same, "{written} is another text of the same bytes");
    }
    bytes.is_some()
}

/// A timestamp is taken exactly if it is digits without a leading zero, no more of them than its unit has.
fn timestamp(receiver: &Receiver, text: &[u8]) -> bool {
    let unit = receiver.provider.schemes[0].timestamp.as_ref().map_or(TimestampUnit::Seconds, |rule| rule.unit);
    let read = oracle::timestamp(text.trim_ascii(), unit);
    let signed = [text.trim_ascii(), b".", BODY].concat();
    let tag = oracle::mac(countersign::Algorithm::HmacSha256, KEY, &signed).unwrap_or_default();
    let signature = oracle::write(&tag, Encoding::Hex).into_bytes();
    let mut request = request(vec![("time".into(), text.to_vec()), ("signature".into(), signature)]);
    request.now = read.unwrap_or(NOW);
    let verdict = receiver.verify(&request, &[BODY]);
    let shown = text.escape_ascii().to_string();
    match (read, verdict) {
        (Some(_), verdict) => {
            assert_eq!(verdict, Verdict::Accepted { body: BODY.into(), sent_at: read }, "{unit:?} {shown:?}");
        }
        (None, Verdict::Refused(reason)) => assert!(
            [Reason::TimestampMalformed, Reason::TimestampUnit, Reason::SignedHeaderMalformed].contains(&reason),
            "{unit:?} {shown:?} was refused for another reason: {reason}"
        ),
        (None, Verdict::Accepted { .. }) => panic!("{unit:?} {shown:?} was taken for a time"),
    }
    read.is_some()
}

/// A secret is taken exactly if it is canonical text without white space around it.
fn secret(encoding: SecretEncoding, text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let mut provider = SIGNATURES[0][0].provider.clone();
    provider.schemes.to_mut()[0].secret.encoding = encoding;
    let written = if encoding == SecretEncoding::Hex { Encoding::Hex } else { Encoding::Base64 };
    let expected = !text.is_empty() && text.trim() == text && oracle::decode(text.as_bytes(), written).is_some();
    let taken = check_keyring(&provider, &SigningSecret::new(text).danger_accept_weak().into()).is_ok();
    assert_eq!(taken, expected, "{written:?} {text:?}");
    taken
}

const BODY: &[u8] = b"{\"id\":\"evt_1\"}";

fn request(headers: Vec<(String, Vec<u8>)>) -> Capture {
    Capture { provider: String::new(), now: NOW, method: "POST".into(), headers, body: BODY.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_canonical_text_of_each_kind_and_not_its_neighbours() {
        let tag = oracle::mac(countersign::Algorithm::HmacSha256, KEY, BODY).unwrap();
        let right = |encoding| oracle::write(&tag, encoding);
        let taken = [
            (0, right(Encoding::Hex)),
            (0, right(Encoding::Hex).to_uppercase()),
            (1, right(Encoding::Base64)),
            (2, right(Encoding::Base64url)),
            (3, right(Encoding::Base64urlNopad)),
            (4, "1750000000".into()),
            (4, "0".into()),
            (5, "99999999999999".into()),
            (6, "AP8=".into()),
            (7, "00fF".into()),
        ];
        for (kind, text) in taken {
            assert!(run(&[&[kind], text.as_bytes()].concat()), "{kind} {text}");
        }
        let refused = [
            (0, format!("0x{}", right(Encoding::Hex))),
            (1, right(Encoding::Base64urlNopad)),
            (3, right(Encoding::Base64url)),
            (4, "+1750000000".into()),
            (4, "01".into()),
            (4, "100000000000".into()),
            (5, "1750000000000.0".into()),
            (6, "AP9=".into()),
            (6, " AP8=".into()),
            (7, "0".into()),
        ];
        for (kind, text) in refused {
            assert!(!run(&[&[kind], text.as_bytes()].concat()), "{kind} {text}");
        }
    }

    /// A receiver of one grammar held against the grammar of another.
    #[test]
    #[should_panic(expected = "Base64")]
    fn a_decoder_with_another_grammar_is_found() {
        let mut other = receiver("hmac-sha256", "base64url-nopad", "{body}", "");
        other.provider = SIGNATURES[1][0].provider.clone();
        signature(&other, oracle::write(&[0; 32], Encoding::Base64).as_bytes());
    }

    #[test]
    #[should_panic(expected = "Milliseconds")]
    fn a_timestamp_in_another_unit_is_found() {
        let seconds = "timestamp = { from = \"{h:time}\", unit = \"s\", past = 300, future = 300 }";
        let mut other = receiver("hmac-sha256", "hex", "{h:time}.{body}", seconds);
        other.provider = TIMES[1].provider.clone();
        timestamp(&other, b"1750000000000");
    }
}
