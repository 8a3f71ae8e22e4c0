//! Records as bytes: the header that the scripts write, and the outcome that stands behind it. No I/O.

use std::time::Duration;

use bytes::Bytes;
use countersign::record::{Nonce, Record, State};
use countersign::{Fence, Fingerprint, Outcome, UnixTime};

/// What stands before every record.
const MAGIC: &[u8; 3] = b"cs1";

/// Reads the header of a record, and what stands behind it. `None` where it is not one.
pub(crate) fn read_record(value: &[u8]) -> Option<(Record, &[u8])> {
    let mut rest = value.strip_prefix(MAGIC)?;
    let [state] = take(&mut rest)?;
    let fence = whole(take(&mut rest)?)?;
    let attempts = u32::from_be_bytes(take(&mut rest)?);
    let nonce = Nonce::new(u64::from_be_bytes(take(&mut rest)?));
    let fingerprint = Fingerprint::new(take(&mut rest)?);
    let [floor, expires, until] = [time(&mut rest)?, time(&mut rest)?, time(&mut rest)?];
    let status = u16::from_be_bytes(take(&mut rest)?);
    let state = match state {
        b'R' => State::Running { lease_until: until },
        b'C' => State::Completed { status },
        b'L' => State::Released { claimable_from: until },
        b'P' => State::Parked,
        _ => return None,
    };
    Some((Record { state, fence: Fence::new(fence), attempts, nonce, fingerprint, floor, expires }, rest))
}

/// Writes what duplicates will be answered with: the headers, then the body if it is kept.
pub(crate) fn write_outcome(outcome: &Outcome) -> Vec<u8> {
    let mut written = Vec::new();
    put(&mut written, &u32::try_from(outcome.headers.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (name, value) in &outcome.headers {
        put_sized(&mut written, name.as_bytes());
        put_sized(&mut written, value);
    }
    match &outcome.body {
        None => put(&mut written, &[0]),
        Some(body) => {
            put(&mut written, &[1]);
            put(&mut written, body);
        }
    }
    written
}

/// Reads what [`write_outcome`] wrote, or `None` where it did not.
pub(crate) fn read_outcome(status: u16, mut written: &[u8]) -> Option<Outcome> {
    let rest = &mut written;
    let count = u32::from_be_bytes(take(rest)?);
    let mut headers = Vec::new();
    for _ in 0..count {
        let name = String::from_utf8(sized(rest)?.to_vec()).ok()?;
        headers.push((name, sized(rest)?.to_vec()));
    }
    let [kept] = take(rest)?;
    let body = match kept {
        0 if rest.is_empty() => None,
        1 => Some(Bytes::copy_from_slice(rest)),
        _ => return None,
    };
    Some(Outcome { status, headers, body })
}

/// Milliseconds as the scripts read them.
pub(crate) fn millis(span: Duration) -> u64 {
    // Beyond 2^53 a script's numbers are no longer whole; no span of the protocol is 285,000 years long.
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).min(1 << 53)
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(bytes);
}

fn put_sized(to: &mut Vec<u8>, bytes: &[u8]) {
    put(to, &u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    put(to, bytes);
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

fn time(rest: &mut &[u8]) -> Option<UnixTime> {
    whole(take(rest)?).map(UnixTime::from_millis)
}

/// A whole number that a script kept as a double.
fn whole(bytes: [u8; 8]) -> Option<u64> {
    let number = f64::from_be_bytes(bytes);
    let fits = number >= 0.0 && number < 1e18 && number.fract() == 0.0;
    fits.then_some(number as u64)
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
            assert_eq!(read_outcome(outcome.status, &write_outcome(&outcome)), Some(outcome));
        }
    }

    #[test]
    fn an_outcome_cut_short_is_not_one() {
        let written = write_outcome(&outcomes()[2]);
        let headers = written.len() - 7;
        for length in 0..=headers {
            assert_eq!(read_outcome(201, &written[..length]), None, "{length}");
        }
        assert_eq!(read_outcome(204, &[0, 0, 0, 0, 0, 9]), None);
        assert_eq!(read_outcome(204, &[255, 255, 255, 255]), None);
    }

    #[test]
    fn only_a_whole_header_is_a_record() {
        let header = [&b"cs1P"[..], &[0; 78]].concat();
        assert!(read_record(&header).is_some());
        for bad in [&header[..81], &[b"cs2", &header[3..]].concat(), &[b"cs1Q", &header[4..]].concat(), b""] {
            assert!(read_record(bad).is_none());
        }
        let fraction = [&b"cs1P"[..], &1.5f64.to_be_bytes(), &[0; 70]].concat();
        assert!(read_record(&fraction).is_none());
    }
}
