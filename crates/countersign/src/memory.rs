//! Records in memory: a sharded table that never drops a live record. Responses lie in a cache beside it, because
//! losing one only costs its duplicates a body.

mod shard;

use core::hash::BuildHasher;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::hash::RandomState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;

use crate::clock::{Clock, UnixTime};
use crate::key::{EventKey, Fingerprint};
use crate::observe;
use crate::record::{self, ClaimRequest, Claimed, Fence, Record, Settled};
use crate::store::{ClaimReply, Outcome, Store, StoreError};
use shard::{Shard, Slot, WORST_BYTES};

/// A store in this process's memory.
///
/// Right for one process: another replica has its own, and a restart forgets everything, so a delivery that is still
/// fresh could be handled twice. Clones share the records.
///
/// # Room
///
/// The size is set in bytes. When it is used up, expired records go first, then outcomes past their floor, oldest
/// first; when nothing may go, claims are refused (503, and the sender keeps the event). A live record is never
/// dropped: a cache that evicts would let the evicted delivery's replay pass as new.
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    shards: Vec<Mutex<Shard>>,
    /// Keys for the fingerprints of keys and bodies, drawn at random: no sender can aim two events at one slot.
    hashers: [RandomState; 2],
    clock: Arc<dyn Clock>,
    max_records: usize,
    records: AtomicUsize,
    last_fence: AtomicU64,
    forgotten: AtomicU64,
    refused: AtomicU64,
    responses: moka::sync::Cache<(Slot, Fence), Arc<Outcome>>,
}

/// What a [`MemoryStore`] holds and has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryStats {
    /// Records held, expired ones that were not yet swept included.
    pub records: usize,
    /// Room for records.
    pub capacity: usize,
    /// Outcomes dropped before their retention ended, past their floor, to make room.
    pub forgotten: u64,
    /// Claims refused because nothing might go.
    pub refused: u64,
}

const SHARDS: usize = 64;

/// Set in the status of a record whose response had no header that is kept and an empty body, as that of most handlers:
/// nothing lies in the cache then. Statuses have three digits.
const EMPTY: u16 = 0x8000;

const DEFAULT_BYTES: usize = 64 * 1024 * 1024;
const DEFAULT_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;

impl MemoryStore {
    /// A store whose records take at most `bytes` of memory. 64 MiB, the default, hold 380,000 records: an event every
    /// two seconds at seven days of retention. That counts with the worst, a record that runs in a table that has just
    /// doubled; ten million outcomes take about 63 bytes each. Responses take up to 16 MiB more.
    pub fn with_bytes(bytes: usize) -> Self {
        Self::build(bytes, Arc::new(Monotonic::new()))
    }

    /// A store on a clock of the caller's, for tests.
    pub fn with_clock(bytes: usize, clock: Arc<dyn Clock>) -> Self {
        Self::build(bytes, clock)
    }

    fn build(bytes: usize, clock: Arc<dyn Clock>) -> Self {
        let weigh = |_: &_, outcome: &Arc<Outcome>| {
            let headers = outcome.headers.iter().map(|(name, value)| name.len().saturating_add(value.len()));
            let body = outcome.body.as_ref().map_or(0, Bytes::len);
            u32::try_from(headers.fold(body.saturating_add(128), usize::saturating_add)).unwrap_or(u32::MAX)
        };
        Self {
            inner: Arc::new(Inner {
                shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect(),
                hashers: [RandomState::new(), RandomState::new()],
                clock,
                max_records: (bytes / WORST_BYTES).max(1),
                records: AtomicUsize::new(0),
                last_fence: AtomicU64::new(0),
                forgotten: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                responses: moka::sync::Cache::builder().max_capacity(DEFAULT_RESPONSE_BYTES).weigher(weigh).build(),
            }),
        }
    }

    /// What the store holds and has done so far.
    pub fn stats(&self) -> MemoryStats {
        MemoryStats {
            records: self.inner.records.load(Ordering::Relaxed),
            capacity: self.inner.max_records,
            forgotten: self.inner.forgotten.load(Ordering::Relaxed),
            refused: self.inner.refused.load(Ordering::Relaxed),
        }
    }

    /// Forgets an event, so that its next delivery is handled again (SM-14). For operators: no sender can ask for it.
    /// Leaves an event in the log. Returns whether there was a record.
    pub fn forget(&self, key: &EventKey) -> bool {
        let slot = self.inner.slot_of(key);
        let mut shard = self.inner.shard(&slot);
        let removed = shard.remove(&slot);
        if removed {
            self.inner.give_back(1);
            observe::by_operator("forget", key);
        }
        removed
    }

    /// Gives a parked event its attempts back (SM-13). For operators. Leaves an event in the log. Returns whether the
    /// event was parked.
    pub fn redrive(&self, key: &EventKey) -> bool {
        let slot = self.inner.slot_of(key);
        let mut shard = self.inner.shard(&slot);
        let redriven = shard.get(&slot).and_then(|record| record::redrive(&record, self.inner.now()));
        if let Some(record) = &redriven {
            shard.put(slot, record);
            observe::by_operator("redrive", key);
        }
        redriven.is_some()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_bytes(DEFAULT_BYTES)
    }
}

impl Store for MemoryStore {
    fn capacity(&self) -> Option<u64> {
        u64::try_from(self.inner.max_records).ok()
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let inner = &*self.inner;
        let slot = inner.slot_of(key);
        let request = ClaimRequest { fingerprint: inner.shorten(request), ..*request };
        let (claimed, fence) = loop {
            let now = inner.now();
            let mut shard = inner.shard(&slot);
            let known = shard.get(&slot);
            let next_fence = Fence::new(inner.last_fence.fetch_add(1, Ordering::Relaxed).saturating_add(1));
            let (changed, claimed) = record::claim(known.as_ref(), &request, now, next_fence);
            if let Some(changed) = changed {
                if known.is_none() && !inner.take_room() {
                    drop(shard);
                    if inner.make_room(now) {
                        continue;
                    }
                    inner.refused.fetch_add(1, Ordering::Relaxed);
                    return Err(StoreError::full());
                }
                shard.put(slot, &changed);
                inner.give_back(shard.sweep_if_due(now));
            }
            break (claimed, known.map_or(next_fence, |known| known.fence));
        };
        let Claimed::Completed { status: marked } = claimed else { return Ok(ClaimReply { claimed, outcome: None }) };
        let status = marked & !EMPTY;
        let outcome = match inner.responses.get(&(slot, fence)) {
            Some(kept) => (*kept).clone(),
            None if marked != status => Outcome { body: Some(Bytes::new()), ..Outcome::status_only(status) },
            None => Outcome::status_only(status),
        };
        Ok(ClaimReply { claimed: Claimed::Completed { status }, outcome: Some(outcome) })
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        Ok(self.inner.change(key, |known, now| record::renew(known, fence, lease, now)))
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        let mut status = outcome.status;
        if outcome.headers.is_empty() && outcome.body.as_ref().is_none_or(Bytes::is_empty) {
            // Nothing to keep beside the record.
            status |= if outcome.body.is_some() { EMPTY } else { 0 };
        } else {
            // Before the record says "completed", so that no duplicate finds an outcome without its response. The
            // fence in the key keeps a late worker from replacing another's response.
            let at = (self.inner.slot_of(key), fence);
            self.inner.responses.entry(at).or_insert_with(|| Arc::new(outcome.clone()));
        }
        Ok(self.inner.change(key, |known, now| record::complete(known, fence, status, retention, now)))
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        Ok(self.inner.change(key, |known, now| record::release(known, fence, wait, now)))
    }
}

impl Inner {
    fn now(&self) -> UnixTime {
        self.clock.now().unwrap_or(UnixTime::from_secs(0))
    }

    /// The fingerprint of a key.
    fn slot_of(&self, key: &EventKey) -> Slot {
        let [low, high] = self.hashers.each_ref().map(|hasher| hasher.hash_one(key.as_bytes()).to_be_bytes());
        let mut slot = Slot::default();
        for (to, from) in slot.iter_mut().zip(low.into_iter().chain(high)) {
            *to = from;
        }
        slot
    }

    fn shorten(&self, request: &ClaimRequest) -> Fingerprint {
        let [hasher, _] = &self.hashers;
        shard::shorten(hasher.hash_one(request.fingerprint.as_bytes()))
    }

    fn shard(&self, slot: &Slot) -> MutexGuard<'_, Shard> {
        let last = slot.last().copied().map_or(0, usize::from);
        let shard = self.shards.get(last % SHARDS).or_else(|| self.shards.first());
        // `build` makes SHARDS of them, so the index is always there.
        lock(shard.expect("a memory store has shards"))
    }

    fn change(
        &self,
        key: &EventKey,
        step: impl FnOnce(Option<&Record>, UnixTime) -> (Option<Record>, Settled),
    ) -> Settled {
        let slot = self.slot_of(key);
        let mut shard = self.shard(&slot);
        let known = shard.get(&slot);
        let (changed, settled) = step(known.as_ref(), self.now());
        if let Some(changed) = changed {
            shard.put(slot, &changed);
        }
        settled
    }

    /// Reserves room for one record.
    fn take_room(&self) -> bool {
        let grow = |records: usize| (records < self.max_records).then(|| records.saturating_add(1));
        self.records.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow).is_ok()
    }

    fn give_back(&self, records: usize) {
        self.records.fetch_sub(records, Ordering::Relaxed);
    }

    /// Frees room, expired records first, then outcomes past their floor, oldest first. Called without any lock held.
    fn make_room(&self, now: UnixTime) -> bool {
        let mut freed = 0usize;
        for shard in &self.shards {
            freed = freed.saturating_add(lock(shard).sweep(now));
        }
        self.give_back(freed);
        if freed > 0 {
            return true;
        }
        let mut candidates: Vec<(UnixTime, Slot)> = Vec::new();
        for shard in &self.shards {
            candidates.extend(lock(shard).may_go(now));
        }
        // A sixteenth at a time, so that a full store does not search for every single claim.
        let batch = candidates.len().div_ceil(16);
        candidates.sort_unstable();
        for (_, slot) in candidates.iter().take(batch) {
            let mut shard = self.shard(slot);
            if shard.get(slot).is_some_and(|record| record.may_go(now)) {
                shard.remove(slot);
                self.give_back(1);
                freed = freed.saturating_add(1);
                self.forgotten.fetch_add(1, Ordering::Relaxed);
            }
        }
        freed > 0
    }
}

/// Takes a shard even after a panic in another thread: every step leaves a shard whole.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Unix time that only moves forward: read once, then advanced by the monotonic clock, so that a step of the system's
/// clock neither ends a lease nor shortens a retention.
struct Monotonic {
    base: UnixTime,
    start: Instant,
}

impl Monotonic {
    fn new() -> Self {
        Self { base: UnixTime::now().unwrap_or(UnixTime::from_secs(0)), start: Instant::now() }
    }
}

impl Clock for Monotonic {
    fn now(&self) -> Option<UnixTime> {
        Some(self.base.saturating_add(self.start.elapsed()))
    }
}
