//! Texts that a lax decoder reads as the same bytes.

use countersign::{Encoding, encode};

/// Every other way to write `bytes` that a lax decoder may take for `canonical`, with what is wrong with it.
pub(super) fn lax(bytes: &[u8], encoding: Encoding) -> Vec<(&'static str, String)> {
    let canonical = encode(bytes, encoding);
    let mut texts = match encoding {
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
        _ => {
            let unpadded = canonical.trim_end_matches('=');
            vec![
                ("base64 without its padding", unpadded.to_owned()),
                ("base64 with more padding", format!("{canonical}=")),
                ("base64 in the other alphabet", other_alphabet(&canonical)),
                ("base64 with stray bits behind the last byte", stray_bits(bytes, &canonical)),
                ("hexadecimal where base64 is expected", encode(bytes, Encoding::Hex)),
            ]
        }
    };
    // Not every signature has a padding or a character in which the alphabets differ.
    texts.retain(|(_, text)| *text != canonical);
    texts
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
                let texts = lax(&bytes, encoding);
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
