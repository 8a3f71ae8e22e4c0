//! Texts that a lax decoder reads as the same signature.

use countersign::{Algorithm, Encoding, Scheme, Syntax, encode};

use crate::entry::encoding;

/// Every other way to write a signature that a lax verifier may take for the canonical one, with what is wrong with it.
pub(super) fn lax(bytes: &[u8], scheme: &Scheme) -> Vec<(&'static str, String)> {
    let writing = encoding(scheme);
    let canonical = encode(bytes, writing);
    // Structured fields have their own rules of base64: padding and stray bits do not count there (RFC 8941, 4.2.7).
    let mut texts = match scheme.signature.syntax {
        Syntax::HttpSignature { .. } => {
            vec![
                ("base64 in the other alphabet", other_alphabet(&canonical)),
                ("hexadecimal where base64 is expected", encode(bytes, Encoding::Hex)),
            ]
        }
        _ => lax_texts(bytes, writing, &canonical),
    };
    let numbers = other_numbers(bytes, scheme.algorithm).into_iter();
    texts.extend(numbers.map(|(what, bytes)| (what, encode(&bytes, writing))));
    // Not every signature has a padding or a character in which the alphabets differ.
    texts.retain(|(_, text)| *text != canonical);
    texts
}

fn lax_texts(bytes: &[u8], writing: Encoding, canonical: &str) -> Vec<(&'static str, String)> {
    match writing {
        Encoding::Hex => {
            let odd = canonical.get(1..).unwrap_or_default().to_owned();
            let colons = canonical.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":");
            vec![
                ("hexadecimal behind 0x", format!("0x{canonical}")),
                ("an odd number of hexadecimal digits", odd),
                ("hexadecimal with colons", colons),
                ("base64 where hexadecimal is expected", encode(bytes, Encoding::Base64)),
            ]
        }
        // A token is its text. White space around it does not count in a header.
        Encoding::Text => vec![
            ("the token in quotation marks", format!("\"{canonical}\"")),
            ("the token in base64", encode(bytes, Encoding::Base64)),
            ("the token in another case", swap_case(canonical)),
        ],
        // Providers write it with and without the escapes and the padding, in either alphabet.
        Encoding::PercentBase64 => vec![
            ("base64 escaped twice", canonical.replace('%', "%25")),
            ("hexadecimal where base64 is expected", encode(bytes, Encoding::Hex)),
        ],
        Encoding::Base64Hex => vec![
            ("base64 without its padding", canonical.trim_end_matches('=').to_owned()),
            ("base64 with more padding", format!("{canonical}=")),
            ("base64 of the bytes", encode(bytes, Encoding::Base64)),
            ("hexadecimal where base64 is expected", encode(bytes, Encoding::Hex)),
        ],
        _ => vec![
            ("base64 without its padding", canonical.trim_end_matches('=').to_owned()),
            ("base64 with more padding", format!("{canonical}=")),
            ("base64 in the other alphabet", other_alphabet(canonical)),
            ("base64 with stray bits behind the last byte", stray_bits(bytes, canonical)),
            ("hexadecimal where base64 is expected", encode(bytes, Encoding::Hex)),
        ],
    }
}

/// Bytes that stand for the same numbers as a public-key signature's. That (r, n − s) is as good as (r, s) is ECDSA's
/// own and accepted by design.
fn other_numbers(bytes: &[u8], algorithm: Algorithm) -> Vec<(&'static str, Vec<u8>)> {
    match algorithm {
        Algorithm::Ed25519 => match bytes.split_at_checked(32) {
            Some((r, s)) => vec![("an Ed25519 number beyond the group's order", [r, &plus_order(s)].concat())],
            None => Vec::new(),
        },
        Algorithm::EcdsaP256Sha1 | Algorithm::EcdsaP256Sha256 => {
            let [0x30, length, rest @ ..] = bytes else { return Vec::new() };
            let [0x02, r_length, numbers @ ..] = rest else { return Vec::new() };
            let long = [&[0x30, 0x81, *length], rest].concat();
            let padded = [&[0x30, length.wrapping_add(1), 0x02, r_length.wrapping_add(1), 0], numbers].concat();
            vec![("DER with a length in its long form", long), ("DER with a needless zero before a number", padded)]
        }
        Algorithm::RsaPkcs1Sha1
        | Algorithm::RsaPkcs1Sha256
        | Algorithm::RsaPkcs1Sha384
        | Algorithm::RsaPkcs1Sha512
        | Algorithm::RsaPssSha256
        | Algorithm::RsaPssSha384
        | Algorithm::RsaPssSha512
        | Algorithm::RsaPssSha512AnySalt => vec![("a zero before an RSA signature", [&[0], bytes].concat())],
        _ => Vec::new(),
    }
}

/// A number of 32 bytes, lowest first, with the order of Ed25519's group added: 2^252 and then some.
fn plus_order(number: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    let add = |(a, b): (&u8, u8)| {
        let sum = u16::from(*a).wrapping_add(u16::from(b)).wrapping_add(carry);
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    };
    number.iter().zip(ORDER).map(add).collect()
}

fn swap_case(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

fn other_alphabet(text: &str) -> String {
    let swap = |c| match c {
        '+' => '-',
        '/' => '_',
        '-' => '+',
        '_' => '/',
        c => c,
    };
    text.chars().map(swap).collect()
}

/// Sets the lowest of the bits that the last character has beyond the last byte, where it has some.
fn stray_bits(bytes: &[u8], canonical: &str) -> String {
    // The last character before the padding stands for 6 bits, of which 2 or 4 are not needed and written as zero.
    // Its value is therefore even, and the next value is the next character of its alphabet.
    let at = canonical.trim_end_matches('=').len().saturating_sub(1);
    let mut text = canonical.as_bytes().to_vec();
    if !bytes.len().is_multiple_of(3)
        && let Some(last) = text.get_mut(at)
    {
        *last = last.saturating_add(1);
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_lax_text_is_the_canonical_one() {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Base64urlNopad] {
            for length in [20, 32, 48, 64] {
                let bytes = vec![0xfb; length];
                let canonical = encode(&bytes, encoding);
                let field = countersign::SignatureField::new("{h:X}", Syntax::Plain, encoding);
                let texts = lax(&bytes, &Scheme::new(Algorithm::HmacSha256, field, "{body}"));
                assert!(texts.len() >= 3, "{encoding:?} {length}");
                assert!(texts.iter().all(|(_, text)| *text != canonical), "{encoding:?} {length}");
            }
        }
    }

    #[test]
    fn stray_bits_change_one_character_and_no_byte() {
        let bytes = [0u8; 32];
        let canonical = encode(&bytes, Encoding::Base64);
        assert_eq!(stray_bits(&bytes, &canonical), canonical.replace("A=", "B="));
        assert_eq!(stray_bits(&[0; 48], &encode(&[0; 48], Encoding::Base64)), encode(&[0; 48], Encoding::Base64));
    }
}
