//! A clock that stands still until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign::{Clock, UnixTime};

/// A clock that shows the time it was set to. Clones show the same time: give one to the endpoint, one to the store,
/// and move the third.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use countersign::{Endpoint, MemoryStore, UnixTime, providers};
/// use countersign_testkit::FixedClock;
///
/// let clock = FixedClock::at(UnixTime::from_secs(1_790_000_000));
/// let endpoint = Endpoint::builder("billing", providers::STRIPE, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH")
///     .dedupe(MemoryStore::with_clock(1 << 20, Arc::new(clock.clone())))
///     .clock(clock.clone())
///     .build()?;
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(endpoint.now()?.as_secs(), 1_790_000_060);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FixedClock {
    millis: Arc<AtomicU64>,
}

impl FixedClock {
    /// A clock that shows `time`.
    pub fn at(time: UnixTime) -> Self {
        Self { millis: Arc::new(AtomicU64::new(time.as_millis())) }
    }

    /// The time it shows.
    pub fn time(&self) -> UnixTime {
        UnixTime::from_millis(self.millis.load(Ordering::Acquire))
    }

    /// Sets it to `time`, earlier or later.
    pub fn set(&self, time: UnixTime) {
        self.millis.store(time.as_millis(), Ordering::Release);
    }

    /// Moves it on, in whole milliseconds.
    pub fn advance(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(millis, Ordering::AcqRel);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Option<UnixTime> {
        Some(self.time())
    }
}
