//! How often keys are fetched that were never seen: made-up ids must not become a stream of requests to the provider.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A bucket of fetches, filled as time goes. Ids that once named a key are outside it, so that a flood of made-up ones
/// keeps no known key from being fetched anew.
pub(crate) struct Pace {
    /// How many fetches are put into the bucket each second.
    pub(crate) per_second: u32,
    state: Mutex<State>,
}

struct State {
    known: HashSet<String>,
    left: u64,
    filled: Instant,
}

/// The fetches that a full bucket holds.
const BURST: u64 = 32;

/// How many ids are known at most. Real ones are few, and no other gets in.
const MAX_KNOWN: usize = 1024;

impl Pace {
    pub(crate) fn new() -> Self {
        Self { per_second: 1, state: Mutex::new(State { known: HashSet::new(), left: BURST, filled: Instant::now() }) }
    }

    /// Whether `id` may be fetched now.
    pub(crate) fn allows(&self, id: &str) -> bool {
        self.allows_at(id, Instant::now())
    }

    fn allows_at(&self, id: &str, now: Instant) -> bool {
        let mut state = self.state();
        if state.known.contains(id) {
            return true;
        }
        let seconds = now.saturating_duration_since(state.filled).as_secs();
        if seconds > 0 {
            let filled = seconds.saturating_mul(self.per_second.into());
            state.left = state.left.saturating_add(filled).min(BURST.max(self.per_second.into()));
            state.filled = now;
        }
        let left = state.left.checked_sub(1);
        state.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Remembers that `id` names a key.
    pub(crate) fn learn(&self, id: &str) {
        let mut state = self.state();
        if state.known.len() < MAX_KNOWN && !state.known.contains(id) {
            state.known.insert(id.to_owned());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn made_up_ids_are_paced_and_known_ones_are_not() {
        let (pace, start) = (Pace::new(), Instant::now());
        pace.learn("known");
        let allowed = (0..1_000).filter(|id| pace.allows_at(&id.to_string(), start)).count();
        assert_eq!(allowed, 32);
        assert!(pace.allows_at("known", start));
        let later = start + Duration::from_secs(3);
        assert_eq!((0..1_000).filter(|id| pace.allows_at(&id.to_string(), later)).count(), 3);
        let much_later = start + Duration::from_secs(3_600);
        assert_eq!((0..1_000).filter(|id| pace.allows_at(&id.to_string(), much_later)).count(), 32);
    }
}
