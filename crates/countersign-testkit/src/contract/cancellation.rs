//! Futures that are dropped half-way: a client hung up, a deadline passed.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Settled};
use countersign::{EventKey, Fence, Outcome, Store};

use crate::contract::probe::{LEASE, Probe, RETENTION, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// The most wake-ups of one step that are tried as the moment to drop it.
const MOMENTS: usize = 32;

/// Each step is dropped at every moment at which it waits. The record is then as it was or as it would have been: an
/// event is never stuck, and an honest settlement afterwards still takes. Neither does the store's next answer belong
/// to a question that was dropped.
///
/// # Errors
///
/// An event was stuck, lost its holder, or got an answer to another question.
pub async fn a_dropped_step_leaves_no_half<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let sentinel = Sentinel::new(&store).await?;
    let mut claimed = Vec::new();
    for polls in 0..MOMENTS {
        let key = fresh_key();
        let brief = ClaimRequest { lease: U::UNIT * 2, ..request(1) };
        let whole = drop_after(polls, store.store().claim(&key, &brief)).await;
        sentinel.check(&store, "claim").await?;
        claimed.push(key);
        if whole {
            break;
        }
    }
    for polls in 0..MOMENTS {
        let held = Held::new(&store).await?;
        let whole = drop_after(polls, store.store().renew(&held.key, held.fence, LEASE)).await;
        sentinel.check(&store, "renewal").await?;
        held.completes(&store, "renewal").await?;
        if whole {
            break;
        }
    }
    for polls in 0..MOMENTS {
        let held = Held::new(&store).await?;
        let outcome = Outcome::status_only(200);
        let whole = drop_after(polls, store.store().complete(&held.key, held.fence, &outcome, RETENTION)).await;
        sentinel.check(&store, "completion").await?;
        held.completes(&store, "completion").await?;
        if whole {
            break;
        }
    }
    for polls in 0..MOMENTS {
        let held = Held::new(&store).await?;
        let whole = drop_after(polls, store.store().release(&held.key, held.fence, Duration::ZERO)).await;
        sentinel.check(&store, "release").await?;
        let again = store.release(&held.key, held.fence, Duration::ZERO).await?;
        ensure!(again == Settled::Done, "after a dropped release the holder could not release");
        store.granted(&held.key, &request(1), "after a dropped release and a whole one").await?;
        if whole {
            break;
        }
    }
    // A dropped claim may have been made: then its lease ends it.
    under.advance(U::UNIT * 3).await;
    for key in claimed {
        store.granted(&key, &request(1), "after a dropped claim and its lease").await?;
    }
    Ok(())
}

/// An event whose answer is known: a store that hands out the answer to a dropped question gives another.
struct Sentinel {
    key: EventKey,
}

impl Sentinel {
    const STATUS: u16 = 298;

    async fn new<S: Store>(store: &Probe<S>) -> Result<Self, Breach> {
        let Held { key, fence } = Held::new(store).await?;
        store.complete(&key, fence, &Outcome::status_only(Self::STATUS)).await?;
        Ok(Self { key })
    }

    async fn check<S: Store>(&self, store: &Probe<S>, dropped: &str) -> Result<(), Breach> {
        let when = format!("another event, after a dropped {dropped}");
        let outcome = store.completed(&self.key, &request(1), &when).await?;
        ensure!(outcome.status == Self::STATUS, "{when}: status {}", outcome.status);
        Ok(())
    }
}

/// A claim under test.
struct Held {
    key: EventKey,
    fence: Fence,
}

impl Held {
    async fn new<S: Store>(store: &Probe<S>) -> Result<Self, Breach> {
        let key = fresh_key();
        let fence = store.granted(&key, &request(1), "a new event").await?.fence;
        Ok(Self { key, fence })
    }

    /// The event is the holder's to complete, whatever became of the dropped step.
    async fn completes<S: Store>(&self, store: &Probe<S>, dropped: &str) -> Result<(), Breach> {
        let claimed = store.claim(&self.key, &request(1)).await?.claimed;
        let known = matches!(claimed, Claimed::Running { .. } | Claimed::Completed { status: 200 });
        ensure!(known, "after a dropped {dropped} a claim was answered {claimed:?}");
        let settled = store.complete(&self.key, self.fence, &Outcome::status_only(200)).await?;
        ensure!(settled == Settled::Done, "after a dropped {dropped} the holder could not complete");
        let when = format!("after a dropped {dropped} and a whole completion");
        store.completed(&self.key, &request(1), &when).await.map(|_| ())
    }
}

/// Polls a step up to `polls` times, each time it asks for it, and drops it. Returns whether it was done by then.
async fn drop_after(polls: usize, step: impl Future) -> bool {
    let mut step = pin!(step);
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left = left.saturating_sub(1);
        match step.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
