//! The `Idempotency-Key` header: a String of RFC 8941, or a bare key where the API takes one.

use crate::rejection::Reason;

/// What a key must look like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyFormat {
    pub(crate) min: usize,
    pub(crate) max: usize,
    /// Whether a key without quotes is taken.
    pub(crate) bare: bool,
}

impl KeyFormat {
    /// The key in a field value.
    pub(crate) fn read(&self, value: &[u8]) -> Result<Vec<u8>, Reason> {
        let value = value.trim_ascii();
        let key = match value.strip_prefix(b"\"") {
            Some(rest) => unquote(rest),
            None if self.bare && !value.is_empty() => Some(value.to_vec()).filter(|key| is_bare(key)),
            None => None,
        };
        let key = key.filter(|key| key.iter().all(u8::is_ascii_graphic)).ok_or(Reason::KeyMalformed)?;
        if !(self.min..=self.max).contains(&key.len()) {
            return Err(Reason::KeyLength);
        }
        Ok(key)
    }
}

/// The rest of a string after its opening quote, by RFC 8941, section 4.2.5, to the end of the value: what follows the
/// closing quote would be a parameter, or a second member.
fn unquote(rest: &[u8]) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(rest.len());
    let mut rest = rest.iter();
    loop {
        match rest.next()? {
            b'"' => return rest.next().is_none().then_some(key),
            b'\\' => match rest.next()? {
                escaped @ (b'"' | b'\\') => key.push(*escaped),
                _ => return None,
            },
            byte => key.push(*byte),
        }
    }
}

/// Whether a key may stand without quotes: nothing in it could be the end of one field and the start of the next (two
/// lines that a proxy joined), a parameter, or part of a quoted key.
fn is_bare(key: &[u8]) -> bool {
    key.iter().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: KeyFormat = KeyFormat { min: 1, max: 255, bare: false };
    const LENIENT: KeyFormat = KeyFormat { bare: true, ..STRICT };

    #[test]
    fn a_key_is_a_quoted_string_and_nothing_else() {
        for (field, key) in [
            ("\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
            ("\"a\"", "a"),
            (" \"a\" ", "a"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("\"a,b;c=1\"", "a,b;c=1"),
        ] {
            assert_eq!(STRICT.read(field.as_bytes()), Ok(key.as_bytes().to_vec()), "{field}");
            assert_eq!(LENIENT.read(field.as_bytes()), Ok(key.as_bytes().to_vec()), "{field}");
        }
        for field in [
            "a",
            "",
            "\"",
            "\"a",
            "a\"",
            "\"a\"b",
            "\"a\";x=1",
            "\"a\" ;x",
            "\"a\", \"b\"",
            "\"a\"\"b\"",
            "'a'",
            ":YQ==:",
            "\"a\\n\"",
            "\"a\\",
            "\"a b\"",
            "\"a\tb\"",
            "\"caf\u{e9}\"",
            "\"a\u{7f}\"",
            "\"a\0\"",
            "(\"a\")",
            "?1",
        ] {
            assert_eq!(STRICT.read(field.as_bytes()), Err(Reason::KeyMalformed), "{field:?}");
        }
    }

    #[test]
    fn a_bare_key_is_taken_only_where_it_is_allowed_and_cannot_be_two() {
        for key in ["8e03978e-40d5-43e8-bc93-6894a57f9324", "order:7/a=b+c", "'a'"] {
            assert_eq!(STRICT.read(key.as_bytes()), Err(Reason::KeyMalformed), "{key}");
            assert_eq!(LENIENT.read(key.as_bytes()), Ok(key.as_bytes().to_vec()), "{key}");
        }
        for field in ["a,b", "a, b", "a;x=1", "a b", "a\"b", "a\\b", "", "\"a", "caf\u{e9}"] {
            assert_eq!(LENIENT.read(field.as_bytes()), Err(Reason::KeyMalformed), "{field:?}");
        }
    }

    #[test]
    fn the_length_is_that_of_the_key_not_of_its_text() {
        let quoted = |length: usize| format!("\"{}\"", "\\\"".repeat(length));
        assert!(STRICT.read(quoted(255).as_bytes()).is_ok());
        assert_eq!(STRICT.read(quoted(256).as_bytes()), Err(Reason::KeyLength));
        assert_eq!(STRICT.read(b"\"\""), Err(Reason::KeyLength));
        let long = KeyFormat { min: 16, ..STRICT };
        assert!(long.read(quoted(16).as_bytes()).is_ok());
        assert_eq!(long.read(quoted(15).as_bytes()), Err(Reason::KeyLength));
    }
}
