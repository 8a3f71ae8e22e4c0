//! Outcomes as bytes: what stores keep of an answer beside its status. No I/O.

use bytes::Bytes;

use crate::store::Outcome;

impl Outcome {
    /// The headers and the body as bytes, for a store to keep beside the status; [`decode`](Self::decode) reads them.
    pub fn encode(&self) -> Vec<u8> {
        let mut written = length(self.headers.len()).to_vec();
        for (name, value) in &self.headers {
            for text in [name.as_bytes(), value] {
                written.extend_from_slice(&length(text.len()));
                written.extend_from_slice(text);
            }
        }
        written.push(u8::from(self.body.is_some()));
        written.extend_from_slice(self.body.as_deref().unwrap_or_default());
        written
    }

    /// Reads what [`encode`](Self::encode) wrote, or `None` where it did not: the record is corrupt.
    pub fn decode(status: u16, mut written: &[u8]) -> Option<Self> {
        let rest = &mut written;
        let count = u32::from_be_bytes(take(rest)?);
        let mut headers = Vec::new();
        for _ in 0..count {
            let name = String::from_utf8(sized(rest)?.to_vec()).ok()?;
            headers.push((name, sized(rest)?.to_vec()));
        }
        let body = match take(rest)? {
            [0] if rest.is_empty() => None,
            [1] => Some(Bytes::copy_from_slice(rest)),
            _ => return None,
        };
        Some(Self { status, headers, body })
    }
}

/// A length in four bytes; no answer that is kept comes near their end.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

fn sized<'v>(rest: &mut &'v [u8]) -> Option<&'v [u8]> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes() -> [Outcome; 3] {
        let header = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
        [
            Outcome::status_only(204),
            Outcome { body: Some(Bytes::new()), ..Outcome::status_only(200) },
            Outcome {
                status: 201,
                headers: vec![header("link", b"</a>"), header("link", b"\xff\0"), header("etag", b"")],
                body: Some(Bytes::from_static(b"\0body\xff")),
            },
        ]
    }

    #[test]
    fn an_outcome_is_read_as_it_is_written() {
        for outcome in outcomes() {
            assert_eq!(Outcome::decode(outcome.status, &outcome.encode()), Some(outcome));
        }
    }

    #[test]
    fn an_outcome_cut_short_is_not_one() {
        let written = outcomes()[2].encode();
        let headers = written.len() - 7;
        for length in 0..=headers {
            assert_eq!(Outcome::decode(201, &written[..length]), None, "{length}");
        }
        assert_eq!(Outcome::decode(204, &[0, 0, 0, 0, 0, 9]), None);
        assert_eq!(Outcome::decode(204, &[255, 255, 255, 255]), None);
    }
}
