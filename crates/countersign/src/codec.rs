//! Strict decoding of signatures and secrets: hex and base64, canonical text only, into fixed buffers.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use crate::scheme::Encoding;

/// Room for the longest signature, 64 bytes, and for what a decoder writes before it sees the padding.
const ROOM: usize = 72;

/// A decoded signature.
#[derive(Clone, Copy)]
pub(crate) struct SignatureBytes {
    bytes: [u8; ROOM],
    len: usize,
}

impl SignatureBytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Decodes `text` if it is the one canonical text of exactly `len` bytes.
///
/// Refused: other lengths, missing or extra padding, stray bits, whitespace, the other alphabet, `0x`. Hex digits of
/// either case are taken: they decode to the same bytes, and no record is ever keyed on the text.
pub(crate) fn decode_signature(text: &[u8], encoding: Encoding, len: usize) -> Option<SignatureBytes> {
    let engine = engine(encoding);
    if engine.decode_len(text.len()).ok()? > ROOM {
        return None;
    }
    let mut bytes = [0; ROOM];
    let output = bytes.get_mut(..engine.decode_len(text.len()).ok()?)?;
    let decoded = engine.decode_mut(text, output).ok()?;
    (decoded == len).then_some(SignatureBytes { bytes, len })
}

/// Writes bytes as text.
pub fn encode(bytes: &[u8], encoding: Encoding) -> String {
    engine(encoding).encode(bytes)
}

/// Decodes a text of any length, or `None` where it is not canonical.
pub(crate) fn decode(text: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    engine(encoding).decode(text).ok()
}

fn engine(encoding: Encoding) -> data_encoding::Encoding {
    match encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE,
        Encoding::Base64 => BASE64,
        Encoding::Base64url => BASE64URL,
        Encoding::Base64urlNopad => BASE64URL_NOPAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = *b"\x00\x01\xfe\xff abcdefghijklmnopqrstuvwxyz!";

    fn accepts(text: &str, encoding: Encoding) -> bool {
        decode_signature(text.as_bytes(), encoding, 32).is_some_and(|found| found.as_slice() == KEY)
    }

    #[test]
    fn takes_the_canonical_text_only() {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Base64urlNopad] {
            assert!(accepts(&encode(&KEY, encoding), encoding), "{encoding:?}");
        }
        let hex = encode(&KEY, Encoding::Hex);
        assert!(accepts(&hex.to_uppercase(), Encoding::Hex));
        for bad in [&hex[..62], &hex[..63], &format!("{hex}00"), &format!("0x{hex}"), &format!(" {hex}"), ""] {
            assert!(decode_signature(bad.as_bytes(), Encoding::Hex, 32).is_none(), "{bad}");
        }
        assert!(decode_signature(hex.replace('a', ":").as_bytes(), Encoding::Hex, 32).is_none());
    }

    #[test]
    fn refuses_base64_that_is_not_canonical() {
        let text = encode(&KEY, Encoding::Base64);
        assert!(text.ends_with("E="), "{text}");
        let stray_bits = text.replace("E=", "F=");
        let newline = format!("{}\n{}", &text[..20], &text[20..]);
        for bad in [text.trim_end_matches('='), &format!("{text}="), &stray_bits, &newline, &text.replace('/', "_")] {
            assert!(decode_signature(bad.as_bytes(), Encoding::Base64, 32).is_none(), "{bad}");
        }
        let long = "A".repeat(100_000);
        assert!(decode_signature(long.as_bytes(), Encoding::Base64, 32).is_none());
    }
}
