//! A record as a row of a database: read with suspicion, because anyone may write there.

use countersign::record::{Nonce, Record, State};
use countersign::{Fence, Fingerprint, StoreError, UnixTime};

pub(crate) const RUNNING: i64 = 1;
pub(crate) const COMPLETED: i64 = 2;
pub(crate) const RELEASED: i64 = 3;
pub(crate) const PARKED: i64 = 4;

/// The columns of a record, as they are written.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) state: i64,
    pub(crate) fence: i64,
    pub(crate) attempts: i64,
    pub(crate) nonce: Option<i64>,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) floor: i64,
    pub(crate) expires: i64,
    pub(crate) until: i64,
    pub(crate) status: i64,
}

impl Row {
    #[cfg(feature = "sqlite")]
    pub(crate) fn of(record: &Record) -> Self {
        let (state, until, status) = match record.state {
            State::Running { lease_until } => (RUNNING, lease_until.as_millis(), 0),
            State::Completed { status } => (COMPLETED, 0, status),
            State::Released { claimable_from } => (RELEASED, claimable_from.as_millis(), 0),
            State::Parked => (PARKED, 0, 0),
        };
        Self {
            state,
            fence: whole(record.fence.get()),
            attempts: record.attempts.into(),
            nonce: record.nonce.map(nonce),
            fingerprint: record.fingerprint.as_bytes().to_vec(),
            floor: whole(record.floor.as_millis()),
            expires: whole(record.expires.as_millis()),
            until: whole(until),
            status: status.into(),
        }
    }

    /// The record, if the row is one.
    pub(crate) fn record(&self) -> Result<Record, StoreError> {
        self.read().ok_or_else(|| StoreError::corrupt("a column of the record holds what it never does"))
    }

    fn read(&self) -> Option<Record> {
        let time = |millis: i64| u64::try_from(millis).ok().map(UnixTime::from_millis);
        let state = match self.state {
            RUNNING => State::Running { lease_until: time(self.until)? },
            COMPLETED => State::Completed { status: u16::try_from(self.status).ok()? },
            RELEASED => State::Released { claimable_from: time(self.until)? },
            PARKED => State::Parked,
            _ => return None,
        };
        Some(Record {
            state,
            fence: Fence::new(u64::try_from(self.fence).ok().filter(|fence| *fence > 0)?),
            attempts: u32::try_from(self.attempts).ok()?,
            nonce: self.nonce.and_then(|nonce| Nonce::new(nonce.cast_unsigned())),
            fingerprint: Fingerprint::new(self.fingerprint.as_slice().try_into().ok()?),
            floor: time(self.floor)?,
            expires: time(self.expires)?,
        })
    }
}

/// A nonce in a database's signed integers, bit for bit.
pub(crate) fn nonce(nonce: Nonce) -> i64 {
    nonce.get().cast_signed()
}

/// A number in a database's signed integers; none of the protocol's is that large.
pub(crate) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The first and the last key of an endpoint, or of all.
pub(crate) fn range(endpoint: Option<[u8; 4]>) -> (Vec<u8>, Vec<u8>) {
    let with = |fill: u8| endpoint.into_iter().flatten().chain(std::iter::repeat(fill)).take(32).collect();
    (with(0), with(u8::MAX))
}
