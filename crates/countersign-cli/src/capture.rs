//! One captured HTTP/1.1 request: read from raw bytes, and judged through the library's public path.

use bytes::Bytes;
use countersign::{Delivery, Endpoint, Reason, RequestHead, UnixTime};

/// A request as it was captured. Its body is what followed the head, byte for byte.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CapturedRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case. Values are bytes: no rule makes them UTF-8.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Bytes,
}

impl CapturedRequest {
    /// Reads a request line, header lines, an empty line and a body. Lines end in CRLF or LF.
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, String> {
        let mut rest = raw;
        let request_line = next_line(&mut rest).ok_or("it is empty or has no line end")?;
        let (method, target) = parse_request_line(request_line)
            .ok_or("its first line is no HTTP/1.1 request line, such as `POST /hooks HTTP/1.1`")?;
        let mut headers = Vec::new();
        loop {
            let number = headers.len() + 2;
            let line = next_line(&mut rest).ok_or("no empty line ends its headers")?;
            if line.is_empty() {
                return Ok(Self { method, target, headers, body: Bytes::copy_from_slice(rest) });
            }
            headers.push(parse_header(line).ok_or_else(|| format!("its line {number} is no header `Name: value`"))?);
        }
    }

    /// What the library says of it at a given time.
    pub(crate) fn judge(&self, endpoint: &Endpoint, now: UnixTime) -> Result<Delivery, Reason> {
        let verdict = endpoint.open(self).and_then(|mut intake| {
            intake.push(self.body.clone())?;
            intake.finish(now)
        });
        verdict.map_err(|rejection| rejection.reason())
    }

    /// What the head says of the body that the capture does not bear out. It changes no verdict, and explains many.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let value = |wanted: &str| {
            let found = self.headers.iter().find(|(name, _)| name == wanted)?;
            core::str::from_utf8(&found.1).ok()
        };
        let mut doubts = Vec::new();
        if let Some(declared) = value("content-length").and_then(|text| text.parse::<usize>().ok())
            && declared != self.body.len()
        {
            let found = self.body.len();
            doubts.push(format!("content-length says {declared} bytes of body, and {found} follow the empty line"));
        }
        if value("transfer-encoding").is_some() {
            doubts
                .push("the body was sent in chunks; it is taken as it stands here, so save it without them".to_owned());
        }
        doubts
    }
}

impl RequestHead for CapturedRequest {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        self.target.split('#').next().unwrap_or("/")
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in &self.headers {
            visit(name, value);
        }
    }
}

/// Takes the next line off `rest`, without its end.
fn next_line<'r>(rest: &mut &'r [u8]) -> Option<&'r [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = (rest.get(..end)?, rest.get(end + 1..)?);
    *rest = after;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn parse_request_line(line: &[u8]) -> Option<(String, String)> {
    let mut words = core::str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let fits = is_token(method.as_bytes()) && !target.is_empty() && version.starts_with("HTTP/");
    (fits && words.next().is_none()).then(|| (method.to_owned(), target.to_owned()))
}

fn parse_header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let name = core::str::from_utf8(name).ok().filter(|name| is_token(name.as_bytes()))?;
    Some((name.to_ascii_lowercase(), trim(value).to_vec()))
}

/// Drops the blanks around a value (RFC 9110, section 5.5): spaces and tabs, and no other white space.
fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_body_byte_for_byte_under_either_line_end() {
        for head in ["POST /a?b HTTP/1.1\r\nX-One:  1 \r\nx-two:\r\n\r\n", "POST /a?b HTTP/1.1\nX-One: 1\nx-two: \n\n"]
        {
            let raw = [head.as_bytes(), b"\r\n{}\n\xff\0\r\n\r\n"].concat();
            let request = CapturedRequest::parse(&raw).unwrap();
            assert_eq!((request.method.as_str(), request.path()), ("POST", "/a"));
            assert_eq!(request.headers, [("x-one".to_owned(), b"1".to_vec()), ("x-two".to_owned(), Vec::new())]);
            assert_eq!(request.body, &b"\r\n{}\n\xff\0\r\n\r\n"[..]);
        }
    }

    #[test]
    fn takes_header_values_that_are_no_text() {
        let request = CapturedRequest::parse(b"POST / HTTP/1.1\nx: \xff\xfe\n\n").unwrap();
        assert_eq!(request.headers, [("x".to_owned(), b"\xff\xfe".to_vec())]);
    }

    #[test]
    fn says_where_a_capture_is_broken() {
        let problem = |raw: &[u8]| CapturedRequest::parse(raw).unwrap_err();
        assert!(problem(b"").contains("empty"));
        assert!(problem(b"HTTP/1.1 200 OK\n\n").contains("first line"));
        assert!(problem(b"POST / HTTP/1.1\na: b\n folded\n\n").contains("line 3"));
        assert!(problem(b"POST / HTTP/1.1\na: b\n").contains("no empty line"));
    }

    #[test]
    fn doubts_a_body_of_another_length() {
        let doubts = |raw: &[u8]| CapturedRequest::parse(raw).unwrap().doubts().len();
        assert_eq!(doubts(b"POST / HTTP/1.1\ncontent-length: 2\n\n{}"), 0);
        assert_eq!(doubts(b"POST / HTTP/1.1\ncontent-length: 2\n\n{}\n"), 1);
        assert_eq!(doubts(b"POST / HTTP/1.1\ntransfer-encoding: chunked\n\n{}"), 1);
    }
}
