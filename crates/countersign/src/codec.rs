//! Strict decoding of signatures and secrets: hex and base64, canonical text only.
//!
//! Secrets are decoded once, by `data-encoding`. Signatures are decoded for every delivery, by the loops below: the
//! length is known before, the buffer is fixed, and they take a third of the time. A test holds them to
//! `data-encoding`'s verdict.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

use crate::scheme::Encoding;

/// The longest signature of any supported algorithm, in bytes.
const MAX_SIGNATURE: usize = 64;

/// A decoded signature.
#[derive(Clone, Copy)]
pub(crate) struct SignatureBytes {
    bytes: [u8; MAX_SIGNATURE],
    len: u8,
}

impl SignatureBytes {
    pub(crate) const EMPTY: Self = Self { bytes: [0; MAX_SIGNATURE], len: 0 };

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Decodes `text` into `signature` if it is the one canonical text of exactly `len` bytes, and says whether it is.
///
/// Refused: other lengths, missing or extra padding, stray bits, whitespace, the other alphabet, `0x`. Hex digits of
/// either case are taken: they decode to the same bytes, and no record is ever keyed on the text.
#[inline]
pub(crate) fn decode_signature(text: &[u8], encoding: Encoding, len: usize, signature: &mut SignatureBytes) -> bool {
    let Some(bytes) = signature.bytes.get_mut(..len) else { return false };
    signature.len = u8::try_from(len).unwrap_or(0);
    match encoding {
        Encoding::Hex => decode_hex(text, bytes),
        Encoding::Base64 => decode_base64(text, &STANDARD, Padding::Required, bytes),
        Encoding::Base64url => decode_base64(text, &URL_SAFE, Padding::Required, bytes),
        Encoding::Base64urlNopad => decode_base64(text, &URL_SAFE, Padding::Refused, bytes),
        // Read by `decode`: no scheme that streams is written so.
        Encoding::Base64Hex | Encoding::PercentBase64 | Encoding::Text => false,
    }
}

/// The value of each hexadecimal digit; other characters have [`OUTSIDE`].
const HEX: [u8; 256] = hex_values();
/// Set in the value of no digit.
const OUTSIDE: u8 = 0x80;

/// For each place in a group of four characters, what each character adds to the group's 24 bits. One look-up a
/// character, no shifts; characters outside the alphabet have [`FOREIGN`].
type Alphabet = [[u32; 256]; 4];

/// Set in no group of the alphabet.
const FOREIGN: u32 = 1 << 31;

static STANDARD: Alphabet = alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
static URL_SAFE: Alphabet = alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler only")]
const fn hex_values() -> [u8; 256] {
    let mut values = [OUTSIDE; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        values[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    values
}

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler only")]
const fn alphabet(characters: &[u8; 64]) -> Alphabet {
    let mut places = [[FOREIGN; 256]; 4];
    let mut place = 0;
    while place < 4 {
        let mut value = 0;
        while value < 64 {
            places[place][characters[value] as usize] = (value as u32) << (18 - 6 * place);
            value += 1;
        }
        place += 1;
    }
    places
}

fn decode_hex(text: &[u8], bytes: &mut [u8]) -> bool {
    let (pairs, odd) = text.as_chunks::<2>();
    if pairs.len() != bytes.len() || !odd.is_empty() {
        return false;
    }
    let value = |digit: &u8| HEX.get(usize::from(*digit)).copied().unwrap_or(OUTSIDE);
    let mut seen = 0;
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        let (high, low) = (value(high), value(low));
        seen |= high | low;
        *byte = high << 4 | low;
    }
    seen & OUTSIDE == 0
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Padding {
    Required,
    Refused,
}

fn decode_base64(text: &[u8], alphabet: &Alphabet, padding: Padding, bytes: &mut [u8]) -> bool {
    let (triples, last) = bytes.as_chunks_mut::<3>();
    let Some((whole, tail)) = text.split_at_checked(triples.len().saturating_mul(4)) else { return false };
    let [first, second, third, fourth] = alphabet;
    let add = |place: &[u32; 256], character: &u8| place.get(usize::from(*character)).copied().unwrap_or(FOREIGN);
    let mut seen = 0;
    let group = |[a, b, c, d]: &[u8; 4]| add(first, a) | add(second, b) | add(third, c) | add(fourth, d);
    // Two groups make six bytes, which are written in two steps instead of six.
    let (pairs, odd) = triples.as_chunks_mut::<2>();
    let (fours, odd_four) = whole.as_chunks::<4>().0.as_chunks::<2>();
    for ([four, next], pair) in fours.iter().zip(pairs) {
        let (left, right) = (group(four), group(next));
        seen |= left | right;
        let [_, _, six @ ..] = (u64::from(left) << 24 | u64::from(right)).to_be_bytes();
        pair.as_flattened_mut().copy_from_slice(&six);
    }
    for (four, triple) in odd_four.iter().zip(odd) {
        let group = group(four);
        seen |= group;
        [_, triple[0], triple[1], triple[2]] = group.to_be_bytes();
    }
    // The bits beyond the last byte must be zero, or one signature would have several texts.
    let beyond = match (padding, last, tail) {
        (_, [], []) => 0,
        (Padding::Required, [x], [a, b, b'=', b'=']) | (Padding::Refused, [x], [a, b]) => {
            let group = add(first, a) | add(second, b);
            seen |= group;
            *x = group.to_be_bytes()[1];
            group & 0xffff
        }
        (Padding::Required, [x, y], [a, b, c, b'=']) | (Padding::Refused, [x, y], [a, b, c]) => {
            let group = add(first, a) | add(second, b) | add(third, c);
            seen |= group;
            [_, *x, *y, _] = group.to_be_bytes();
            group & 0xff
        }
        _ => return false,
    };
    seen < FOREIGN && beyond == 0
}

/// Writes bytes as text.
pub fn encode(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Hex => HEXLOWER.encode(bytes),
        Encoding::Base64 => BASE64.encode(bytes),
        Encoding::Base64url => BASE64URL.encode(bytes),
        Encoding::Base64urlNopad => BASE64URL_NOPAD.encode(bytes),
        Encoding::Base64Hex => BASE64.encode(HEXLOWER.encode(bytes).as_bytes()),
        Encoding::PercentBase64 => {
            percent_encoding::utf8_percent_encode(&BASE64.encode(bytes), percent_encoding::NON_ALPHANUMERIC).to_string()
        }
        Encoding::Text => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Decodes a text of any length, or `None` where it is not canonical.
pub(crate) fn decode(text: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    // `data-encoding` reads several padded texts in a row as one: `AP8=AP8=`.
    let is_one_text = || text.split(|byte| *byte == b'=').skip(1).all(<[u8]>::is_empty);
    match encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
        Encoding::Base64 => BASE64.decode(text).ok().filter(|_| is_one_text()),
        Encoding::Base64url => BASE64URL.decode(text).ok().filter(|_| is_one_text()),
        Encoding::Base64urlNopad => BASE64URL_NOPAD.decode(text).ok(),
        Encoding::Base64Hex => decode(&decode(text, Encoding::Base64)?, Encoding::Hex),
        Encoding::PercentBase64 => {
            let plain: Vec<u8> = percent_encoding::percent_decode(text).collect();
            let writings = [Encoding::Base64, Encoding::Base64url, Encoding::Base64urlNopad];
            writings.into_iter().find_map(|encoding| decode(&plain, encoding))
        }
        Encoding::Text => Some(text.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = *b"\x00\x01\xfe\xff abcdefghijklmnopqrstuvwxyz!";

    fn decoded(text: &[u8], encoding: Encoding, len: usize) -> Option<SignatureBytes> {
        let mut signature = SignatureBytes::EMPTY;
        decode_signature(text, encoding, len, &mut signature).then_some(signature)
    }

    fn accepts(text: &str, encoding: Encoding) -> bool {
        decoded(text.as_bytes(), encoding, 32).is_some_and(|found| found.as_slice() == KEY)
    }

    #[test]
    fn takes_the_canonical_text_only() {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Base64urlNopad] {
            assert!(accepts(&encode(&KEY, encoding), encoding), "{encoding:?}");
        }
        let hex = encode(&KEY, Encoding::Hex);
        assert!(accepts(&hex.to_uppercase(), Encoding::Hex));
        for bad in [&hex[..62], &hex[..63], &format!("{hex}00"), &format!("0x{hex}"), &format!(" {hex}"), ""] {
            assert!(decoded(bad.as_bytes(), Encoding::Hex, 32).is_none(), "{bad}");
        }
        assert!(decoded(hex.replace('a', ":").as_bytes(), Encoding::Hex, 32).is_none());
    }

    #[test]
    fn refuses_base64_that_is_not_canonical() {
        let text = encode(&KEY, Encoding::Base64);
        assert!(text.ends_with("E="), "{text}");
        let stray_bits = text.replace("E=", "F=");
        let newline = format!("{}\n{}", &text[..20], &text[20..]);
        for bad in [text.trim_end_matches('='), &format!("{text}="), &stray_bits, &newline, &text.replace('/', "_")] {
            assert!(decoded(bad.as_bytes(), Encoding::Base64, 32).is_none(), "{bad}");
        }
        let long = "A".repeat(100_000);
        assert!(decoded(long.as_bytes(), Encoding::Base64, 32).is_none());
    }

    #[test]
    fn refuses_several_padded_texts_in_a_row() {
        assert_eq!(decode(b"AP8=", Encoding::Base64), Some(vec![0, 255]));
        for bad in ["AP8=AP8=", "AA==0000", "AP8=="] {
            assert_eq!(decode(bad.as_bytes(), Encoding::Base64), None, "{bad}");
        }
    }

    /// Every text one edit away from a canonical one, of every length that a signature has, gets the same verdict and
    /// the same bytes from both decoders.
    #[test]
    fn agrees_with_data_encoding() {
        let (mut accepted, mut refused) = (0, 0);
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Base64urlNopad] {
            for len in [20, 32, 48, 64] {
                let bytes: Vec<u8> = (0..len).map(|index| (index * 37 + 11) as u8).collect();
                let text = encode(&bytes, encoding).into_bytes();
                let mut texts =
                    vec![text.clone(), Vec::new(), [&text[..], b"="].concat(), [&text[..], b"AAAA"].concat()];
                for at in 0..text.len() {
                    texts.push([&text[..at], &text[at + 1..]].concat());
                    for byte in 0..=255 {
                        let mut changed = text.clone();
                        changed[at] = byte;
                        texts.push(changed);
                    }
                }
                for text in texts {
                    let oracle = decode(&text, encoding).filter(|bytes| bytes.len() == len);
                    let found = decoded(&text, encoding, len);
                    assert_eq!(found.map(|found| found.as_slice().to_vec()), oracle, "{encoding:?} {text:?}");
                    if oracle.is_some() { accepted += 1 } else { refused += 1 }
                }
            }
        }
        assert!(accepted > 10_000 && refused > 100_000, "{accepted} {refused}");
    }
}
