//! Stores with one defect each: what the suite is there to catch. Without a defect, a store that keeps the contract.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record, Settled, State};
use countersign::{ClaimReply, EventKey, Fence, Fingerprint, Outcome, Store, StoreError, UnixTime};
use countersign_testkit::FixedClock;
use countersign_testkit::contract::StoreUnderTest;
use moka::ops::compute::Op;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// Looks, and later acts.
    CheckThenAct,
    /// Completes whatever the fence.
    UnfencedCompletion,
    /// Keeps records in a cache that drops live ones under pressure.
    Evicts,
    /// Grants without a record when there is no room.
    FailsOpen,
    /// Counts fences for each key apart.
    FencesPerKey,
    /// Reads no clock.
    Timeless,
    /// Writes a claim in two steps.
    HalfAClaim,
    /// Forgets a released event, and its attempts with it.
    ForgetsReleased,
    /// Forgets the body's fingerprint on completion.
    ForgetsBody,
    /// Sorts headers.
    SortsHeaders,
    /// Lets the last completion win.
    LastOutcomeWins,
    /// Forgets who asked.
    ForgetsNonces,
    /// Takes a record that cannot be read for an absent one.
    SkipsCorrupt,
    /// Tells keys apart by their first bytes.
    ShortKeys,
}

/// A store with a defect, as the suite takes it.
pub(crate) struct Planted {
    clock: FixedClock,
    store: PlantedStore,
}

#[derive(Clone)]
pub(crate) struct PlantedStore {
    inner: Arc<Inner>,
}

struct Inner {
    defect: Defect,
    clock: FixedClock,
    rows: Rows,
    room: usize,
    last_fence: AtomicU64,
}

enum Rows {
    Table(Mutex<HashMap<EventKey, Row>>),
    Cache(moka::sync::Cache<EventKey, Row>),
}

#[derive(Clone)]
struct Row {
    record: Record,
    outcome: Option<Outcome>,
    corrupt: bool,
}

impl Row {
    fn new(record: Record, outcome: Option<Outcome>) -> Self {
        Self { record, outcome, corrupt: false }
    }
}

impl Planted {
    pub(crate) fn new(defect: Defect) -> Self {
        let clock = FixedClock::at(UnixTime::from_secs(1_790_000_000));
        Self { store: PlantedStore::new(defect, clock.clone(), 1 << 20), clock }
    }
}

impl StoreUnderTest for Planted {
    type Store = PlantedStore;

    async fn store(&self) -> PlantedStore {
        self.store.clone()
    }

    async fn small(&self, records: usize) -> Option<PlantedStore> {
        Some(PlantedStore::new(self.store.inner.defect, self.clock.clone(), records))
    }

    async fn corrupt(&self, key: &EventKey) -> bool {
        self.store.step(key, |row, _| {
            let broken = row.map(|row| Row { corrupt: true, ..row.clone() });
            let there = broken.is_some();
            (broken, there)
        })
    }

    async fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }
}

impl PlantedStore {
    fn new(defect: Defect, clock: FixedClock, room: usize) -> Self {
        let rows = match defect {
            Defect::Evicts => Rows::Cache(moka::sync::Cache::builder().max_capacity(room as u64).build()),
            _ => Rows::Table(Mutex::default()),
        };
        Self { inner: Arc::new(Inner { defect, clock, rows, room, last_fence: AtomicU64::new(0) }) }
    }

    fn has(&self, defect: Defect) -> bool {
        self.inner.defect == defect
    }

    fn now(&self) -> UnixTime {
        if self.has(Defect::Timeless) { UnixTime::from_secs(1_790_000_000) } else { self.inner.clock.time() }
    }

    fn key(&self, key: &EventKey) -> EventKey {
        let mut bytes = *key.as_bytes();
        if self.has(Defect::ShortKeys) {
            bytes[8..].fill(0);
        }
        EventKey::from_bytes(bytes)
    }

    /// One atomic step: a look and a change that nothing comes between.
    fn step<T>(&self, key: &EventKey, step: impl FnOnce(Option<&Row>, usize) -> (Option<Row>, T)) -> T {
        let key = self.key(key);
        match &self.inner.rows {
            Rows::Table(table) => {
                let mut table = table.lock().unwrap();
                let now = self.now();
                table.retain(|_, row| !row.record.is_expired(now));
                let (row, answer) = step(table.get(&key), table.len());
                if let Some(row) = row {
                    table.insert(key, row);
                }
                answer
            }
            Rows::Cache(cache) => {
                let mut answer = None;
                cache.entry(key).and_compute_with(|row| {
                    let row = row.map(moka::Entry::into_value);
                    let (row, found) = step(row.as_ref(), 0);
                    answer = Some(found);
                    row.map_or(Op::Nop, Op::Put)
                });
                answer.unwrap()
            }
        }
    }

    /// Refuses a broken record, or forgets it.
    fn check(&self, key: &EventKey) -> Result<(), StoreError> {
        let corrupt = self.step(key, |row, _| (None, row.is_some_and(|row| row.corrupt)));
        match corrupt {
            true if self.has(Defect::SkipsCorrupt) => {
                if let Rows::Table(table) = &self.inner.rows {
                    table.lock().unwrap().remove(key);
                }
                Ok(())
            }
            true => Err(StoreError::corrupt("planted")),
            false => Ok(()),
        }
    }

    fn next_fence(&self, row: Option<&Row>) -> Fence {
        match row {
            _ if !self.has(Defect::FencesPerKey) => {
                Fence::new(self.inner.last_fence.fetch_add(1, Ordering::Relaxed) + 1)
            }
            Some(row) => Fence::new(row.record.fence.get() + 1),
            None => Fence::new(1),
        }
    }

    fn try_claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        self.step(key, |row, records| {
            let (record, claimed) =
                record::claim(row.map(|row| &row.record), request, self.now(), self.next_fence(row));
            if row.is_none() && records >= self.inner.room {
                let open = Ok(ClaimReply { claimed, outcome: None });
                return (None, if self.has(Defect::FailsOpen) { open } else { Err(StoreError::full()) });
            }
            let outcome = match claimed {
                Claimed::Completed { .. } => row.and_then(|row| row.outcome.clone()),
                _ => None,
            };
            (record.map(|record| Row::new(record, None)), Ok(ClaimReply { claimed, outcome }))
        })
    }

    fn settle(&self, key: &EventKey, change: impl FnOnce(&Record) -> (Option<Record>, Settled)) -> Settled {
        self.step(key, |row, _| match row {
            None => (None, Settled::Fenced),
            Some(row) => {
                let (record, settled) = change(&row.record);
                (record.map(|record| Row::new(record, row.outcome.clone())), settled)
            }
        })
    }
}

impl Store for PlantedStore {
    fn capacity(&self) -> Option<u64> {
        Some(self.inner.room as u64)
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        self.check(key)?;
        let nonce = request.nonce.filter(|_| !self.has(Defect::ForgetsNonces));
        let request = &ClaimRequest { nonce, ..*request };
        if self.has(Defect::CheckThenAct) {
            let seen = self.step(key, |row, _| (None, row.cloned()));
            // Long enough that another claim surely comes between, however busy the machine.
            tokio::time::sleep(Duration::from_millis(2)).await;
            let (record, claimed) = record::claim(
                seen.as_ref().map(|row| &row.record),
                request,
                self.now(),
                self.next_fence(seen.as_ref()),
            );
            self.step(key, |_, _| (record.map(|record| Row::new(record, None)), ()));
            let outcome = seen.and_then(|row| row.outcome);
            return Ok(ClaimReply { claimed, outcome });
        }
        if self.has(Defect::HalfAClaim) {
            let endless = ClaimRequest { lease: Duration::from_secs(1 << 40), ..*request };
            let free = matches!(self.try_claim(key, &endless)?.claimed, Claimed::Granted { .. });
            tokio::task::yield_now().await;
            if free {
                self.step(key, |row, _| {
                    let row = row.cloned().map(|mut row| {
                        row.record.state = State::Running { lease_until: self.now() };
                        row
                    });
                    (row, ())
                });
                self.inner.clock.advance(Duration::from_millis(1));
            }
        }
        self.try_claim(key, request)
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.check(key)?;
        Ok(self.settle(key, |record| record::renew(Some(record), fence, lease, self.now())))
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        self.check(key)?;
        let mut kept = outcome.clone();
        if self.has(Defect::SortsHeaders) {
            kept.headers.sort();
        }
        Ok(self.step(key, |row, _| {
            let Some(row) = row else { return (None, Settled::Fenced) };
            let fence = if self.has(Defect::UnfencedCompletion) { row.record.fence } else { fence };
            let mut before = row.record.clone();
            let again = matches!(before.state, State::Completed { .. }) && before.fence == fence;
            if self.has(Defect::LastOutcomeWins) && again {
                before.state = State::Running { lease_until: self.now() };
            }
            let (record, settled) = record::complete(Some(&before), fence, kept.status, retention, self.now());
            let record = record.map(|mut record| {
                if self.has(Defect::ForgetsBody) {
                    record.fingerprint = Fingerprint::new([0; 32]);
                }
                record
            });
            (record.map(|record| Row::new(record, Some(kept))), settled)
        }))
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.check(key)?;
        Ok(self.settle(key, |record| {
            let (record, settled) = record::release(Some(record), fence, wait, self.now());
            let record = record.map(|record| match self.has(Defect::ForgetsReleased) {
                true => Record { expires: UnixTime::from_secs(0), ..record },
                false => record,
            });
            (record, settled)
        }))
    }
}
