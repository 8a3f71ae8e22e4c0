//! A request as a text that a person can write and a fuzzer can break: any bytes are one.
//!
//! ```text
//! stripe 1750000000000 POST
//! Stripe-Signature: t=1750000000,v1={sig}
//! Content-Type: application/json
//!
//! {"id":"evt_1"}
//! ```
//!
//! The first line names the provider, the receiver's clock in Unix milliseconds, and the method; what is missing or
//! cannot be read is made up. `{sig}` in a header stands for the right signature, `{old}` for one under the previous
//! key: a fuzzer does not guess them.

use std::fmt;

use countersign::RequestHead;

/// The clock where a capture names none: 2025-06-15T15:06:40Z, in milliseconds.
pub const NOW: u64 = 1_750_000_000_000;

/// One request, and the receiver's clock when it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    /// What the first line calls the provider.
    pub provider: String,
    /// The receiver's clock in Unix milliseconds.
    pub now: u64,
    /// The method.
    pub method: String,
    /// Header lines in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Capture {
    /// Reads any bytes as a request.
    pub fn parse(input: &[u8]) -> Self {
        let (first, mut rest) = line(input);
        let first = String::from_utf8_lossy(first);
        let mut words = first.split_whitespace();
        let provider = words.next().unwrap_or_default().to_owned();
        let now = words.next().and_then(|number| number.parse().ok()).unwrap_or(NOW);
        let method = words.next().unwrap_or("POST").to_owned();
        let mut headers = Vec::new();
        while !rest.is_empty() {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            let colon = header.iter().position(|byte| *byte == b':').unwrap_or(header.len());
            let (name, value) = header.split_at(colon);
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            headers.push((name, value.get(1..).unwrap_or_default().to_vec()));
        }
        Self { provider, now, method, headers, body: rest.to_vec() }
    }

    /// The value of the first line with that name, without the white space around it.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim_ascii())
    }

    /// Whether `mark` stands in a header.
    pub fn asks_for(&self, mark: &[u8]) -> bool {
        self.headers.iter().any(|(_, value)| value.windows(mark.len()).any(|part| part == mark))
    }

    /// Puts `text` in the place of `mark` in every header.
    pub fn replace(&mut self, mark: &[u8], text: &[u8]) {
        for (_, value) in &mut self.headers {
            while let Some(at) = value.windows(mark.len()).position(|part| part == mark) {
                value.splice(at..at + mark.len(), text.iter().copied());
            }
        }
    }
}

impl RequestHead for Capture {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        "/"
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in &self.headers {
            visit(name, value);
        }
    }
}

/// Shows the text that [`Capture::parse`] reads, with escapes.
impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {:?}", self.provider, self.now, self.method)?;
        for (name, value) in &self.headers {
            write!(f, " | {name:?}:{}", value.escape_ascii())?;
        }
        write!(f, " || {}", self.body.escape_ascii())
    }
}

/// The first line and what follows its end.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_person_writes() {
        let capture = Capture::parse(b"stripe 5 PUT\nStripe-Signature: t=5,v1={sig}\nX-Empty\n\n{}\n\n");
        assert_eq!((capture.provider.as_str(), capture.now, capture.method.as_str()), ("stripe", 5, "PUT"));
        assert_eq!(capture.header("stripe-signature"), Some(&b"t=5,v1={sig}"[..]));
        assert_eq!(capture.header("x-empty"), Some(&b""[..]));
        assert_eq!(capture.body, b"{}\n\n");
    }

    #[test]
    fn any_bytes_are_a_request() {
        for input in [&b""[..], b"\n", b"\n\n\n", b"\xff\xfe", b"a b c d", b"x\n:\n\n"] {
            let capture = Capture::parse(input);
            assert_eq!(capture.now, NOW);
        }
    }
}
