//! A request in the making: a method, a target, header lines in order and a body, turned into bytes as they are.

use std::fmt::Write as _;

/// An HTTP/1.1 request. Nothing is checked or mended: what is put in goes onto the wire.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A `POST /hook` with `body`.
    pub fn post(body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST".into(),
            target: "/hook".into(),
            headers: vec![
                ("Host".into(), b"receiver.example".to_vec()),
                ("Content-Type".into(), b"application/json".to_vec()),
            ],
            body: body.into(),
        }
    }

    /// With another method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// With another request target.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// With one header line more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Without any line of this header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    /// With the header on one line, whatever it was before.
    #[must_use]
    pub fn set(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).header(name, value)
    }

    /// With every line of the header under another name.
    #[must_use]
    pub fn rename(mut self, from: &str, to: &str) -> Self {
        for (name, _) in self.headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(from)) {
            to.clone_into(name);
        }
        self
    }

    /// With another body under the same headers.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The first value of a header, as text.
    ///
    /// # Panics
    ///
    /// It is absent, or no text.
    pub fn value(&self, name: &str) -> String {
        let (_, value) =
            self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).expect("the header is there");
        String::from_utf8(value.clone()).expect("the header is text")
    }

    /// The request with its length declared.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(&[&format!("Content-Length: {}", self.body.len())]);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The request in chunks of at most `size` bytes, with these trailer lines.
    pub fn chunked(&self, size: usize, trailers: &[&str]) -> Vec<u8> {
        let mut bytes = self.head(&["Transfer-Encoding: chunked"]);
        for chunk in self.body.chunks(size) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n");
        for trailer in trailers {
            bytes.extend_from_slice(format!("{trailer}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// The head alone, with these lines about the body's framing.
    pub fn head(&self, framing: &[&str]) -> Vec<u8> {
        let mut start = String::new();
        let _ = write!(start, "{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut bytes = start.into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        for line in framing {
            bytes.extend_from_slice(line.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}
