//! A long random walk through the protocol, beside the pure functions that specify it.

use std::collections::HashMap;
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record};
use countersign::{EventKey, Fence, Outcome, Store, UnixTime};

use crate::contract::probe::{LEASE, Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

const STEPS: u32 = 2_000;
const KEYS: usize = 4;

/// Two thousand random steps on a few events are answered as [`record`](countersign::record) says, step by step: every
/// state, every fence, with time passing between them where the store's clock can be set.
///
/// # Errors
///
/// The first step that was answered otherwise, with the steps that led to it.
pub async fn follows_the_protocol<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let mut walk = Walk::new(Probe::on(under).await, U::UNIT, U::SLEEPS);
    for _ in 0..STEPS {
        if let Some(span) = walk.pause() {
            under.advance(span).await;
        }
        walk.step().await?;
    }
    Ok(())
}

/// The store, and the record of each event as the specification has it.
struct Walk<S> {
    store: Probe<S>,
    unit: Duration,
    sleeps: bool,
    /// The model's clock. Only differences count.
    now: UnixTime,
    keys: Vec<EventKey>,
    records: HashMap<EventKey, Record>,
    fences: HashMap<EventKey, Vec<Fence>>,
    last_fence: Fence,
    dice: Dice,
    trail: Vec<String>,
}

impl<S: Store> Walk<S> {
    fn new(store: Probe<S>, unit: Duration, sleeps: bool) -> Self {
        Self {
            store,
            unit,
            sleeps,
            now: UnixTime::from_secs(1_000_000_000),
            keys: std::iter::repeat_with(fresh_key).take(KEYS).collect(),
            records: HashMap::new(),
            fences: HashMap::new(),
            last_fence: Fence::new(0),
            dice: Dice(0x9e37_79b9_7f4a_7c15),
            trail: Vec::new(),
        }
    }

    /// Sometimes some time passes: whole units, where every span of the protocol is an odd number of halves, so that no
    /// step falls on the very moment at which something ends.
    fn pause(&mut self) -> Option<Duration> {
        if self.sleeps || self.dice.below(5) > 0 {
            return None;
        }
        let span = self.unit * u32::try_from(self.dice.below(12)).unwrap_or(0);
        self.now = self.now.saturating_add(span);
        self.trail.push(format!("{span:?} passed"));
        Some(span)
    }

    /// An odd number of half units, or so long that it never ends where the store sleeps.
    fn span(&mut self) -> Duration {
        if self.sleeps {
            return LEASE;
        }
        self.unit / 2 * u32::try_from(self.dice.below(12).saturating_mul(2).saturating_add(1)).unwrap_or(1)
    }

    async fn step(&mut self) -> Result<(), Breach> {
        let index = self.dice.below(KEYS);
        let Some(key) = self.keys.get(index).copied() else { return Ok(()) };
        let fences = self.fences.get(&key).cloned().unwrap_or_default();
        // Mostly the latest fence, sometimes an older one.
        let back = if self.dice.below(4) == 0 { self.dice.below(fences.len().max(1)) } else { 0 };
        // A record past its time may be gone or may still be there to be settled: both are right, so none is settled.
        let past = self.records.get(&key).is_none_or(|record| record.is_expired(self.now));
        let fence = fences.iter().rev().nth(back).copied().filter(|_| !past);
        match (self.dice.below(8), fence) {
            (0, Some(fence)) => self.renew(index, &key, fence).await,
            (1, Some(fence)) => self.complete(index, &key, fence).await,
            (2 | 3, Some(fence)) => self.release(index, &key, fence).await,
            _ => self.claim(index, &key).await,
        }
    }

    async fn claim(&mut self, index: usize, key: &EventKey) -> Result<(), Breach> {
        let request = ClaimRequest {
            compare_fingerprint: self.dice.below(4) > 0,
            lease: self.span(),
            retention: self.span() * 3,
            floor: self.span(),
            max_attempts: 3,
            ..request(u8::from(self.dice.below(4) == 0))
        };
        let reply = self.store.claim(key, &request).await?;
        let fence = match reply.claimed {
            Claimed::Granted { fence, .. } => fence,
            _ => Fence::new(u64::MAX),
        };
        let (record, expected) = record::claim(self.records.get(key), &request, self.now, fence);
        self.trail.push(format!("claim of event {index}: {:?}", reply.claimed));
        ensure!(same(reply.claimed, expected), "{}\nexpected {expected:?}", self.story());
        if let Claimed::Granted { fence, .. } = reply.claimed {
            ensure!(fence > self.last_fence, "{}\nthe fence did not rise", self.story());
            self.last_fence = fence;
            self.fences.entry(*key).or_default().push(fence);
        }
        self.keep(key, record);
        Ok(())
    }

    async fn renew(&mut self, index: usize, key: &EventKey, fence: Fence) -> Result<(), Breach> {
        let lease = self.span();
        let settled = self.store.renew(key, fence, lease).await?;
        let (record, expected) = record::renew(self.records.get(key), fence, lease, self.now);
        self.trail.push(format!("renewal of event {index} under {}: {settled:?}", fence.get()));
        ensure!(settled == expected, "{}\nexpected {expected:?}", self.story());
        self.keep(key, record);
        Ok(())
    }

    async fn complete(&mut self, index: usize, key: &EventKey, fence: Fence) -> Result<(), Breach> {
        let retention = self.span() * 3;
        let status = 200u16.saturating_add(u16::try_from(self.dice.below(100)).unwrap_or(0));
        let settled = self.store.complete_for(key, fence, &Outcome::status_only(status), retention).await?;
        let (record, expected) = record::complete(self.records.get(key), fence, status, retention, self.now);
        self.trail.push(format!("completion of event {index} under {} with {status}: {settled:?}", fence.get()));
        ensure!(settled == expected, "{}\nexpected {expected:?}", self.story());
        self.keep(key, record);
        Ok(())
    }

    async fn release(&mut self, index: usize, key: &EventKey, fence: Fence) -> Result<(), Breach> {
        let wait = if self.sleeps || self.dice.below(2) == 0 { Duration::ZERO } else { self.span() };
        let settled = self.store.release(key, fence, wait).await?;
        let (record, expected) = record::release(self.records.get(key), fence, wait, self.now);
        self.trail.push(format!("release of event {index} under {} for {wait:?}: {settled:?}", fence.get()));
        ensure!(settled == expected, "{}\nexpected {expected:?}", self.story());
        self.keep(key, record);
        Ok(())
    }

    fn keep(&mut self, key: &EventKey, record: Option<Record>) {
        if let Some(record) = record {
            self.records.insert(*key, record);
        }
    }

    /// The last steps, for the report.
    fn story(&self) -> String {
        let from = self.trail.len().saturating_sub(12);
        self.trail.get(from..).unwrap_or_default().join("\n")
    }
}

/// Whether two answers say the same. Times are the store's own and are not compared.
fn same(answer: Claimed, expected: Claimed) -> bool {
    match (answer, expected) {
        (Claimed::Running { .. }, Claimed::Running { .. }) | (Claimed::Waiting { .. }, Claimed::Waiting { .. }) => true,
        (answer, expected) => answer == expected,
    }
}

/// A xorshift generator: the same walk every time, so that a failure can be walked again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = u64::try_from(sides).unwrap_or(1).max(1);
        usize::try_from(self.0 % sides).unwrap_or(0)
    }
}
