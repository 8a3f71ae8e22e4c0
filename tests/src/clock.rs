//! A clock that stands still until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign::{Clock, UnixTime};

/// Where every clock of this crate starts, in Unix seconds.
pub const NOW: u64 = 1_795_451_732;

/// Before 1970: no reading.
const BROKEN: u64 = u64::MAX;

/// A clock in the hands of a test. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct HandClock(Arc<AtomicU64>);

impl HandClock {
    /// A clock that stands at `seconds` since 1970.
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds * 1_000)))
    }

    /// Moves the clock to `seconds` since 1970, forwards or backwards.
    pub fn set(&self, seconds: u64) {
        self.0.store(seconds * 1_000, Ordering::SeqCst);
    }

    /// Moves the clock forwards.
    pub fn advance(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).expect("a span of a test fits");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Makes the clock one that stands before 1970.
    pub fn break_down(&self) {
        self.0.store(BROKEN, Ordering::SeqCst);
    }
}

impl Default for HandClock {
    fn default() -> Self {
        Self::at(NOW)
    }
}

impl Clock for HandClock {
    fn now(&self) -> Option<UnixTime> {
        let millis = self.0.load(Ordering::SeqCst);
        (millis != BROKEN).then_some(UnixTime::from_millis(millis))
    }
}
