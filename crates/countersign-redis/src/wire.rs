//! Records as bytes: the header that the scripts write. What stands behind it is the outcome. No I/O.

use std::time::Duration;

use countersign::record::{ClaimRequest, Nonce, Record, State};
use countersign::{EventKey, Fence, Fingerprint, UnixTime};

/// What stands before every record.
const MAGIC: &[u8; 3] = b"cs1";

/// The rules that claims of one call have in common, as `lua/claim.lua` unpacks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules([u8; 1 + 3 * 8 + 4]);

impl Rules {
    pub(crate) fn of(request: &ClaimRequest) -> Self {
        let span = |span| (millis(span) as f64).to_be_bytes();
        Self(packed([
            &[u8::from(request.compare_fingerprint)],
            &span(request.lease),
            &span(request.retention),
            &span(request.floor),
            &request.max_attempts.to_be_bytes(),
        ]))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What the record of a new event holds between its fence and its times: attempts, nonce, body digest.
pub(crate) type Middle = [u8; 4 + 8 + 32];

pub(crate) fn middle(request: &ClaimRequest) -> Middle {
    let nonce = request.nonce.map_or([0; 8], |nonce| nonce.get().to_be_bytes());
    packed([&1u32.to_be_bytes(), &nonce, request.fingerprint.as_bytes()])
}

fn packed<const N: usize, const FIELDS: usize>(fields: [&[u8]; FIELDS]) -> [u8; N] {
    let mut packed = [0; N];
    for (room, byte) in packed.iter_mut().zip(fields.into_iter().flatten()) {
        *room = *byte;
    }
    packed
}

/// The hexadecimal digits of a key, as its `Display` writes them and many times as fast: each claim needs them.
pub(crate) fn digits(key: &EventKey) -> impl Iterator<Item = char> {
    let digit = |value: u8| char::from(if value < 10 { b'0'.wrapping_add(value) } else { b'W'.wrapping_add(value) });
    key.as_bytes().iter().flat_map(move |byte| [digit(byte >> 4), digit(byte & 15)])
}

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

/// Milliseconds as the scripts read them.
pub(crate) fn millis(span: Duration) -> u64 {
    // Beyond 2^53 a script's numbers are no longer whole; no span of the protocol is 285,000 years long.
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).min(1 << 53)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

fn time(rest: &mut &[u8]) -> Option<UnixTime> {
    whole(take(rest)?).map(UnixTime::from_millis)
}

/// A whole number that a script kept as a double.
fn whole(bytes: [u8; 8]) -> Option<u64> {
    let number = f64::from_be_bytes(bytes);
    let fits = (0.0..1e18).contains(&number) && number.fract() == 0.0;
    fits.then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_digits_that_it_displays() {
        let key = EventKey::from_bytes(std::array::from_fn(|index| u8::try_from(index * 8).unwrap_or(0xff)));
        assert_eq!(digits(&key).collect::<String>(), key.to_string());
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
