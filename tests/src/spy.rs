//! A store, in memory unless it is another, that is watched and, when a row says so, fails: every call is counted, any
//! of them can be refused, lost on its way back, or left hanging.

use std::collections::VecDeque;
use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{ClaimReply, EventKey, MemoryStore, Outcome, Store, StoreError};
use tokio::sync::watch;

use crate::clock::HandClock;

/// A step of the claim protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `claim`
    Claim,
    /// `renew`
    Renew,
    /// `complete`
    Complete,
    /// `release`
    Release,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The store is down: nothing is done, and the caller learns it.
    Down,
    /// The step is done, and its answer is lost.
    AnswerLost,
    /// The step is neither done nor answered.
    Hang,
    /// The step waits until the store is let go on, and is done then.
    Wait,
    /// The store has no room.
    Full,
    /// The record is there and cannot be read.
    Corrupt,
}

/// A watched store. Clones share records, counts and faults.
#[derive(Clone)]
pub struct SpyStore(Arc<Inner>);

struct Inner {
    records: Box<dyn Watched>,
    /// The same records, where they are in memory.
    memory: Option<MemoryStore>,
    /// Opens the same place anew, where it outlives a process.
    again: Option<Box<dyn Fn() -> SpyStore + Send + Sync>>,
    /// By what the time is divided for which records are kept.
    shortened: AtomicU32,
    calls: [AtomicU32; 4],
    faults: [Mutex<Faults>; 4],
    gate: watch::Sender<bool>,
}

#[derive(Default)]
struct Faults {
    next: VecDeque<Fault>,
    always: Option<Fault>,
}

const ROOM: usize = 4 * 1024 * 1024;

impl SpyStore {
    /// A store on `clock`, with room for more than any row needs.
    pub fn on(clock: &HandClock) -> Self {
        Self::with_room(clock, ROOM)
    }

    /// A store on `clock` whose records take at most `bytes`.
    pub fn with_room(clock: &HandClock, bytes: usize) -> Self {
        let memory = MemoryStore::with_clock(bytes, Arc::new(clock.clone()));
        Self::build(memory.clone(), Some(memory), None)
    }

    /// Any store that outlives a process, and what opens it anew.
    pub fn over(store: impl Store, again: impl Fn() -> Self + Send + Sync + 'static) -> Self {
        Self::build(store, None, Some(Box::new(again)))
    }

    fn build(
        store: impl Store,
        memory: Option<MemoryStore>,
        again: Option<Box<dyn Fn() -> Self + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner {
            records: Box::new(store),
            memory,
            again,
            shortened: AtomicU32::new(1),
            calls: Default::default(),
            faults: Default::default(),
            gate: watch::Sender::new(false),
        }))
    }

    /// The records themselves.
    ///
    /// # Panics
    ///
    /// They are not in memory.
    pub fn records(&self) -> &MemoryStore {
        self.0.memory.as_ref().expect("this row is about records in memory")
    }

    /// Whether it runs on the clock it was opened with, and so in memory.
    pub fn is_on_hand_clock(&self) -> bool {
        self.0.memory.is_some()
    }

    /// The store as another process finds it: the same place over a connection of its own, or, in memory, nothing.
    pub fn reopened(&self, clock: &HandClock) -> Self {
        self.0.again.as_ref().map_or_else(|| Self::on(clock), |again| again())
    }

    /// Lets records be kept for a fraction of their time, on a store whose own clock cannot be moved.
    pub fn shorten(&self, by: u32) {
        if !self.is_on_hand_clock() {
            self.0.shortened.store(by, Ordering::SeqCst);
        }
    }

    fn shortened(&self, span: Duration) -> Duration {
        span / self.0.shortened.load(Ordering::SeqCst)
    }

    /// How often a step was called.
    pub fn count(&self, call: Call) -> u32 {
        self.0.calls.get(call as usize).map_or(0, |calls| calls.load(Ordering::SeqCst))
    }

    /// How often any step was called.
    pub fn calls(&self) -> u32 {
        self.0.calls.iter().map(|calls| calls.load(Ordering::SeqCst)).sum()
    }

    /// Lets the next `times` calls of a step go wrong.
    pub fn fail_next(&self, call: Call, fault: Fault, times: usize) {
        self.faults(call, |faults| faults.next.extend(std::iter::repeat_n(fault, times)));
    }

    /// Lets every call of a step go wrong from now on.
    pub fn fail_always(&self, call: Call, fault: Fault) {
        self.faults(call, |faults| faults.always = Some(fault));
    }

    /// Lets the calls that wait go on, and all later ones through.
    pub fn open_gate(&self) {
        self.0.gate.send_replace(true);
    }

    /// Lets every call of a step work again.
    pub fn mend(&self, call: Call) {
        self.faults(call, |faults| *faults = Faults::default());
    }

    fn faults<T>(&self, call: Call, change: impl FnOnce(&mut Faults) -> T) -> T {
        let faults = self.0.faults.get(call as usize).expect("one plan for each call");
        change(&mut faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn through<T>(&self, call: Call, step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if let Some(calls) = self.0.calls.get(call as usize) {
            calls.fetch_add(1, Ordering::SeqCst);
        }
        match self.faults(call, |faults| faults.next.pop_front().or(faults.always)) {
            None => step.await,
            Some(Fault::Down) => Err(StoreError::unavailable("connection refused")),
            Some(Fault::AnswerLost) => step.await.and(Err(StoreError::timed_out())),
            Some(Fault::Hang) => pending().await,
            Some(Fault::Wait) => {
                let mut gate = self.0.gate.subscribe();
                let _ = gate.wait_for(|open| *open).await;
                step.await
            }
            Some(Fault::Full) => Err(StoreError::full()),
            Some(Fault::Corrupt) => Err(StoreError::corrupt("checksum differs")),
        }
    }
}

impl Store for SpyStore {
    fn capacity(&self) -> Option<u64> {
        self.0.records.capacity()
    }

    fn is_durable(&self) -> bool {
        self.0.records.is_durable()
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let (retention, floor) = (self.shortened(request.retention), self.shortened(request.floor));
        let request = ClaimRequest { retention, floor, ..*request };
        self.through(Call::Claim, self.0.records.claim(key, &request)).await
    }

    async fn renew(&self, key: &EventKey, fence: Fence, lease: Duration) -> Result<Settled, StoreError> {
        self.through(Call::Renew, self.0.records.renew(key, fence, lease)).await
    }

    async fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> Result<Settled, StoreError> {
        let retention = self.shortened(retention);
        self.through(Call::Complete, self.0.records.complete(key, fence, (outcome, retention))).await
    }

    async fn release(&self, key: &EventKey, fence: Fence, wait: Duration) -> Result<Settled, StoreError> {
        self.through(Call::Release, self.0.records.release(key, fence, wait)).await
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`Store`] behind a pointer: what is watched may be any.
trait Watched: Send + Sync {
    fn capacity(&self) -> Option<u64>;
    fn is_durable(&self) -> bool;
    fn claim<'a>(&'a self, key: &'a EventKey, request: &'a ClaimRequest) -> Boxed<'a, ClaimReply>;
    fn renew<'a>(&'a self, key: &'a EventKey, fence: Fence, lease: Duration) -> Boxed<'a, Settled>;
    fn complete<'a>(&'a self, key: &'a EventKey, fence: Fence, kept: (&'a Outcome, Duration)) -> Boxed<'a, Settled>;
    fn release<'a>(&'a self, key: &'a EventKey, fence: Fence, wait: Duration) -> Boxed<'a, Settled>;
}

impl<S: Store> Watched for S {
    fn capacity(&self) -> Option<u64> {
        Store::capacity(self)
    }

    fn is_durable(&self) -> bool {
        Store::is_durable(self)
    }

    fn claim<'a>(&'a self, key: &'a EventKey, request: &'a ClaimRequest) -> Boxed<'a, ClaimReply> {
        Box::pin(Store::claim(self, key, request))
    }

    fn renew<'a>(&'a self, key: &'a EventKey, fence: Fence, lease: Duration) -> Boxed<'a, Settled> {
        Box::pin(Store::renew(self, key, fence, lease))
    }

    fn complete<'a>(&'a self, key: &'a EventKey, fence: Fence, kept: (&'a Outcome, Duration)) -> Boxed<'a, Settled> {
        Box::pin(Store::complete(self, key, fence, kept.0, kept.1))
    }

    fn release<'a>(&'a self, key: &'a EventKey, fence: Fence, wait: Duration) -> Boxed<'a, Settled> {
        Box::pin(Store::release(self, key, fence, wait))
    }
}
