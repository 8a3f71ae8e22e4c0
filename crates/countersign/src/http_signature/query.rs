//! One named parameter of a query, as RFC 9421, section 2.2.8, writes it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::rejection::Reason;

/// The value of the parameter whose encoded name is `name`: decoded as a form is, and encoded anew.
///
/// # Errors
///
/// The parameter is absent; it stands there twice, however its names are escaped; its value is not UTF-8, for which the
/// RFC would write the same for differing bytes.
pub(super) fn parameter(query: &str, name: &str) -> Result<String, Reason> {
    let mut found = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if recoded(key).as_deref() == Some(name) && found.replace(value).is_some() {
            return Err(Reason::SignedHeaderMalformed);
        }
    }
    recoded(found.ok_or(Reason::SignedHeaderMissing)?).ok_or(Reason::SignedHeaderMalformed)
}

/// A text of a form, decoded and encoded again, or `None` where it is not UTF-8. Not `form_urlencoded`: it puts a sign
/// in place of what is not UTF-8, and writes spaces as `+`.
fn recoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(utf8_percent_encode(&decoded, FORM).to_string())
}

/// What the WHATWG's form encoding escapes.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
