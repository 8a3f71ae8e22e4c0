//! A raw HTTP/1.1 client: sends any bytes whatever, reads answers within a deadline. Knows nothing of webhooks.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer may take where a row says nothing else. Far more than any answer needs, far less than for ever.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// One connection to a receiver.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// What was read beyond the last answer.
    ahead: Vec<u8>,
}

/// An answer, as it came.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head without its `Date` line, byte for byte.
    pub head: Vec<u8>,
    /// The body, with any transfer coding taken off.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The receiver closed the connection before it answered.
    Closed,
    /// Nothing came within the deadline.
    TimedOut,
    /// What came is no HTTP answer.
    Garbled(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed without an answer"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Garbled(what) => write!(f, "no HTTP answer: {what}"),
        }
    }
}

impl std::error::Error for NoAnswer {}

impl Answer {
    /// The values of a header, in order.
    pub fn header_values(&self, name: &str) -> Vec<String> {
        let lines = self.lines().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value).collect()
    }

    /// The only value of a header, or `None` where it is absent or repeated.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut values = self.header_values(name);
        values.pop().filter(|_| values.is_empty())
    }

    /// The header lines, names in lower case, sorted.
    pub fn sorted_headers(&self) -> Vec<(String, String)> {
        let mut lines: Vec<_> = self.lines().collect();
        lines.sort();
        lines
    }

    /// Whether another answer says the same: status, header lines in any order, body. actix-web writes the lines of
    /// equal answers in changing order. `Connection` is no part of what is said: it belongs to the one hop, and a
    /// server closes the connection of a request whose body it did not read, which the sender knows anyway.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let said = |answer: &Self| {
            let mut lines = answer.sorted_headers();
            lines.retain(|(name, _)| name != "connection");
            lines
        };
        self.status == other.status && said(self) == said(other) && self.body == other.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How long the answer is, in bytes.
    pub fn size(&self) -> usize {
        self.head.len() + self.body.len()
    }

    fn lines(&self) -> impl Iterator<Item = (String, String)> {
        let head = String::from_utf8_lossy(&self.head).into_owned();
        let lines: Vec<_> = head
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        lines.into_iter()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.status, self.sorted_headers(), shown(&self.body))
    }
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Nobody listens at `address`.
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, ahead: Vec::new() })
    }

    /// Sends bytes. A receiver that has closed already is no error: its answer may still be there to read.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Ends the sending half: the receiver reads an end of file.
    pub fn end(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Hangs up.
    pub fn hang_up(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Reads one answer, and says before it which interim ones (1xx) came.
    ///
    /// # Errors
    ///
    /// There is none within `deadline`.
    pub fn read_all(&mut self, deadline: Duration) -> Result<(Vec<u16>, Answer), NoAnswer> {
        let until = Instant::now() + deadline;
        let mut interim = Vec::new();
        loop {
            let head = self.take_head(until)?;
            let status = status(&head).ok_or_else(|| NoAnswer::Garbled(shown(&head)))?;
            if status < 200 {
                interim.push(status);
                continue;
            }
            let body = self.take_body(&head, status, until)?;
            return Ok((interim, Answer { status, head: without_date(&head), body }));
        }
    }

    /// Reads one answer.
    ///
    /// # Errors
    ///
    /// There is none within `deadline`.
    pub fn read(&mut self, deadline: Duration) -> Result<Answer, NoAnswer> {
        self.read_all(deadline).map(|(_, answer)| answer)
    }

    /// Whether the receiver closes the connection within `deadline` without another byte.
    pub fn is_closed_within(&mut self, deadline: Duration) -> bool {
        self.ahead.is_empty() && self.fill(Instant::now() + deadline) == Err(NoAnswer::Closed)
    }

    fn take_head(&mut self, until: Instant) -> Result<Vec<u8>, NoAnswer> {
        loop {
            if let Some(end) = find(&self.ahead, b"\r\n\r\n") {
                return Ok(self.ahead.drain(..end + 4).collect());
            }
            self.fill(until)?;
        }
    }

    fn take_body(&mut self, head: &[u8], status: u16, until: Instant) -> Result<Vec<u8>, NoAnswer> {
        let answer = Answer { status, head: head.to_vec(), body: Vec::new() };
        if matches!(status, 204 | 304) {
            return Ok(Vec::new());
        }
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.take_chunks(until);
        }
        match answer.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| NoAnswer::Garbled(format!("content-length: {length}")))?;
                self.take(length, until)
            }
            None => loop {
                match self.fill(until) {
                    Ok(()) => {}
                    Err(NoAnswer::Closed) => return Ok(std::mem::take(&mut self.ahead)),
                    Err(other) => return Err(other),
                }
            },
        }
    }

    fn take_chunks(&mut self, until: Instant) -> Result<Vec<u8>, NoAnswer> {
        let mut body = Vec::new();
        loop {
            while find(&self.ahead, b"\r\n").is_none() {
                self.fill(until)?;
            }
            let end = find(&self.ahead, b"\r\n").unwrap_or_default();
            let line: Vec<u8> = self.ahead.drain(..end + 2).collect();
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| NoAnswer::Garbled(shown(&line)))?;
            let chunk = self.take(size + 2, until)?;
            body.extend_from_slice(chunk.get(..size).unwrap_or_default());
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize, until: Instant) -> Result<Vec<u8>, NoAnswer> {
        while self.ahead.len() < length {
            self.fill(until)?;
        }
        Ok(self.ahead.drain(..length).collect())
    }

    fn fill(&mut self, until: Instant) -> Result<(), NoAnswer> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(NoAnswer::TimedOut);
        }
        let mut buffer = [0; 16 * 1024];
        self.stream.set_read_timeout(Some(left)).map_err(|error| NoAnswer::Garbled(error.to_string()))?;
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(NoAnswer::Closed),
            Ok(read) => {
                self.ahead.extend_from_slice(buffer.get(..read).unwrap_or_default());
                Ok(())
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Err(NoAnswer::TimedOut),
                ErrorKind::Interrupted => Ok(()),
                _ => Err(NoAnswer::Closed),
            },
        }
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(head).lines().next()?.to_owned();
    line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?.get(..3)?.parse().ok()
}

/// The head without the one line that differs between equal answers.
fn without_date(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head).into_owned();
    let lines = text.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
    lines.collect::<Vec<_>>().join("\r\n").into_bytes()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(80).flat_map(char::escape_default).collect()
}
