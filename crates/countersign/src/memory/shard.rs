//! One shard of the memory store's table: records packed small, each under a keyed fingerprint of its event key.

use core::hash::Hasher;
use core::time::Duration;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::clock::UnixTime;
use crate::key::Fingerprint;
use crate::record::{Fence, Nonce, Record, State};

/// The fingerprint of an event key: 80 bits under keys that no sender knows. Among ten million records one delivery
/// meets another's with a chance of one in 10^17.
pub(super) type Slot = [u8; 10];

type Table<R> = HashMap<Slot, R, BuildHasherDefault<TakeLow>>;

/// A part of the records. Outcomes, which are nearly all of them, are kept apart in half the bytes.
#[derive(Default)]
pub(super) struct Shard {
    open: Table<Open>,
    done: Table<Done>,
    /// The number of records at which expired ones are swept: twice what the last sweep left.
    sweep_at: usize,
}

/// A record that is running, released or parked.
struct Open {
    state: State,
    fence: Fence,
    attempts: u32,
    nonce: Option<Nonce>,
    fingerprint: Short,
    floor: UnixTime,
    expires: UnixTime,
}

/// A completed record, in bytes of no alignment: fences to 2^48, milliseconds until the year 10,889.
struct Done {
    fence: [u8; 6],
    fingerprint: Short,
    expires: [u8; 6],
    /// How long before `expires` the floor is, in milliseconds; 49 days at most, which moves an earlier floor later.
    floor_before: [u8; 4],
    status: [u8; 2],
}

/// A body's fingerprint, cut to 40 keyed bits: another body passes for it once in 10^12.
type Short = [u8; 5];

/// What a record costs at worst, in bytes: its entry in a table that holds seven in eight and has just doubled.
pub(super) const WORST_BYTES: usize = (size_of::<(Slot, Open)>() + 1) * 16 / 7;

/// The fewest records at which a shard is swept.
const MIN_SWEEP: usize = 64;

impl Shard {
    pub(super) fn get(&self, slot: &Slot) -> Option<Record> {
        self.open.get(slot).map(Open::to_record).or_else(|| self.done.get(slot).map(Done::to_record))
    }

    /// Puts a record in the place of any other under its slot.
    pub(super) fn put(&mut self, slot: Slot, record: &Record) {
        if let State::Completed { status } = record.state {
            self.open.remove(&slot);
            self.done.insert(slot, Done::new(record, status));
        } else {
            self.done.remove(&slot);
            self.open.insert(slot, Open::new(record));
        }
    }

    /// Returns whether there was a record.
    pub(super) fn remove(&mut self, slot: &Slot) -> bool {
        self.open.remove(slot).is_some() || self.done.remove(slot).is_some()
    }

    fn len(&self) -> usize {
        self.open.len().saturating_add(self.done.len())
    }

    /// Sweeps once the shard has doubled since the last sweep: the cost per claim stays constant, and dead records never
    /// outnumber live ones by more than two to one. Returns how many went.
    pub(super) fn sweep_if_due(&mut self, now: UnixTime) -> usize {
        if self.len() >= self.sweep_at.max(MIN_SWEEP) { self.sweep(now) } else { 0 }
    }

    /// Removes expired records; returns how many went.
    pub(super) fn sweep(&mut self, now: UnixTime) -> usize {
        let before = self.len();
        self.open.retain(|_, record| !record.to_record().is_expired(now));
        self.done.retain(|_, record| !record.to_record().is_expired(now));
        self.sweep_at = self.len().saturating_mul(2);
        before.saturating_sub(self.len())
    }

    /// The outcomes that may go under pressure, with the time from which they might.
    pub(super) fn may_go(&self, now: UnixTime) -> impl Iterator<Item = (UnixTime, Slot)> + '_ {
        let candidates = self.done.iter().map(|(slot, record)| (record.to_record(), *slot));
        candidates.filter(move |(record, _)| record.may_go(now)).map(|(record, slot)| (record.floor, slot))
    }
}

/// The part of a fingerprint that the table keeps, as it stands in the records it gives out.
pub(super) fn shorten(keyed: u64) -> Fingerprint {
    let [_, _, _, short @ ..] = keyed.to_be_bytes();
    widen(&short)
}

fn widen(short: &Short) -> Fingerprint {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(short) {
        *to = *from;
    }
    Fingerprint::new(bytes)
}

fn narrow(fingerprint: &Fingerprint) -> Short {
    fingerprint.as_bytes().first_chunk().copied().unwrap_or_default()
}

impl Open {
    fn new(record: &Record) -> Self {
        Self {
            state: record.state,
            fence: record.fence,
            attempts: record.attempts,
            nonce: record.nonce,
            fingerprint: narrow(&record.fingerprint),
            floor: record.floor,
            expires: record.expires,
        }
    }

    fn to_record(&self) -> Record {
        Record {
            state: self.state,
            fence: self.fence,
            attempts: self.attempts,
            nonce: self.nonce,
            fingerprint: widen(&self.fingerprint),
            floor: self.floor,
            expires: self.expires,
        }
    }
}

impl Done {
    fn new(record: &Record, status: u16) -> Self {
        Self {
            fence: low_bytes(record.fence.get()),
            fingerprint: narrow(&record.fingerprint),
            expires: low_bytes(record.expires.as_millis()),
            floor_before: u32::try_from(record.expires.since(record.floor).as_millis())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
            status: status.to_be_bytes(),
        }
    }

    /// The record; how many attempts it took counts for nothing once it is done.
    fn to_record(&self) -> Record {
        let expires = UnixTime::from_millis(number(self.expires));
        let floor_before = Duration::from_millis(u32::from_be_bytes(self.floor_before).into());
        Record {
            state: State::Completed { status: u16::from_be_bytes(self.status) },
            fence: Fence::new(number(self.fence)),
            attempts: 0,
            nonce: None,
            fingerprint: widen(&self.fingerprint),
            floor: expires.saturating_sub(floor_before),
            expires,
        }
    }
}

/// The low 48 bits, or all ones for what needs more: a fence counts from one, and no time of a record is that far off.
fn low_bytes(number: u64) -> [u8; 6] {
    match number.to_be_bytes() {
        [0, 0, low @ ..] => low,
        _ => [u8::MAX; 6],
    }
}

fn number([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// A hasher for keys that are hashes already: takes their first 64 bits.
#[derive(Default)]
pub(super) struct TakeLow(u64);

impl Hasher for TakeLow {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(self.0, |low| u64::from_ne_bytes(*low));
    }

    /// The length of the array, which hashing an array writes first, says nothing.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(state: State) -> Record {
        Record {
            state,
            fence: Fence::new(0x0000_8765_4321_0fed),
            attempts: 0,
            nonce: None,
            fingerprint: shorten(0x0102_0304_0506_0708),
            floor: UnixTime::from_millis(1_889_000_000_123),
            expires: UnixTime::from_millis(1_890_000_000_456),
        }
    }

    #[test]
    fn a_packed_record_is_read_back_whole() {
        let mut shard = Shard::default();
        let slot = [7; 10];
        let released = State::Released { claimable_from: UnixTime::from_millis(5) };
        for state in [State::Parked, State::Completed { status: 204 }, State::Completed { status: 299 }, released] {
            let record = record(state);
            shard.put(slot, &record);
            assert_eq!((shard.get(&slot), shard.len()), (Some(record), 1), "{state:?}");
        }
        assert!(shard.remove(&slot) && !shard.remove(&slot));
    }

    #[test]
    fn times_beyond_what_is_packed_saturate() {
        let far = Record { expires: UnixTime::from_millis(u64::MAX), ..record(State::Completed { status: 200 }) };
        let packed = Done::new(&far, 200).to_record();
        assert_eq!(packed.expires.as_millis(), (1 << 48) - 1);
        assert!(packed.floor >= far.floor, "a floor only moves later");
    }

    #[test]
    fn an_outcome_and_its_key_take_33_bytes() {
        assert_eq!(size_of::<(Slot, Done)>(), 33);
    }
}
