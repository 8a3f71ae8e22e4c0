//! Fences: they rise, and a stale one changes nothing.

use std::time::Duration;

use countersign::record::{ClaimRequest, Settled};
use countersign::{EventKey, Fence, Outcome, Store};
use tokio::task::JoinSet;

use crate::contract::probe::{LEASE, Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// Fences rise over the store's whole life: across keys, across handles, after a release and after a record has gone;
/// and no two claims share one.
///
/// # Errors
///
/// A fence was not higher than one before it, or came twice.
pub async fn fences_rise<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let (store, replica) = (Probe::on(under).await, Probe::on(under).await);
    let mut last = Fence::new(0);
    let mut rises = |fence: Fence, when: &str| {
        ensure!(fence > last, "{when}: fence {} came after {}", fence.get(), last.get());
        last = fence;
        Ok(())
    };
    for _ in 0..16 {
        let key = fresh_key();
        let fence = store.granted(&key, &request(1), "a new event").await?.fence;
        rises(fence, "across keys")?;
        store.release(&key, fence, Duration::ZERO).await?;
        let fence = replica.granted(&key, &request(1), "a released event").await?.fence;
        rises(fence, "after a release, on another handle")?;
    }
    let key = fresh_key();
    let brief = ClaimRequest { lease: U::UNIT, retention: U::UNIT, floor: Duration::ZERO, ..request(1) };
    rises(store.granted(&key, &brief, "a new event").await?.fence, "across keys")?;
    under.advance(U::UNIT * 2).await;
    rises(store.granted(&key, &brief, "a record past its time").await?.fence, "after the record had gone")?;

    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let store = if index % 2 == 0 { store.clone() } else { replica.clone() };
        tasks.spawn(async move { store.granted(&fresh_key(), &request(1), "a new event").await });
    }
    let mut fences = vec![last];
    while let Some(joined) = tasks.join_next().await {
        let grant = joined.map_err(|error| Breach::of(format!("a claim panicked: {error}")))??;
        ensure!(grant.fence > last, "fence {} came after {}", grant.fence.get(), last.get());
        fences.push(grant.fence);
    }
    fences.sort_unstable();
    let count = fences.len();
    fences.dedup();
    ensure!(fences.len() == count, "{} of {count} claims shared a fence", count.saturating_sub(fences.len()));
    Ok(())
}

/// Under a fence that is not the event's current one, renewing, completing and releasing change nothing and say so.
///
/// # Errors
///
/// A stale fence changed a record, or was not refused.
pub async fn stale_fences_change_nothing<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    no_one_settles(&store, &key, Fence::new(1), "an event that was never claimed").await?;

    // A worker that stalls, and the one that took over.
    let brief = ClaimRequest { lease: U::UNIT, ..request(1) };
    let stale = store.granted(&key, &brief, "a new event").await?.fence;
    under.advance(U::UNIT * 2).await;
    let current = store.granted(&key, &request(1), "an event whose lease had ended").await?.fence;
    no_one_settles(&store, &key, stale, "an event that was taken over").await?;
    store.running(&key, &request(1), "after a stale worker came back").await?;
    no_one_settles(&store, &key, Fence::new(current.get().saturating_add(1)), "a fence not given out yet").await?;
    store.running(&key, &request(1), "after a fence of the future").await?;

    let settled = store.complete(&key, current, &Outcome::status_only(201)).await?;
    ensure!(settled == Settled::Done, "the current holder could not complete");
    no_one_settles(&store, &key, stale, "a completed event").await?;
    let outcome = store.completed(&key, &request(1), "after a stale worker came back").await?;
    ensure!(outcome.status == 201, "a stale worker replaced the outcome by {}", outcome.status);

    // A released claim is no longer the worker's either.
    let key = fresh_key();
    let fence = store.granted(&key, &request(1), "a new event").await?.fence;
    store.release(&key, fence, Duration::ZERO).await?;
    let late = store.complete(&key, fence, &Outcome::status_only(200)).await?;
    ensure!(late == Settled::Fenced, "a worker completed the event that it had released");
    let late = store.renew(&key, fence, LEASE).await?;
    ensure!(late == Settled::Fenced, "a worker renewed the claim that it had released");
    store.granted(&key, &request(1), "a released event").await?;
    Ok(())
}

async fn no_one_settles<S: Store>(store: &Probe<S>, key: &EventKey, fence: Fence, what: &str) -> Result<(), Breach> {
    let steps = [
        ("renewed", store.renew(key, fence, LEASE).await?),
        ("completed", store.complete(key, fence, &Outcome::status_only(299)).await?),
        ("released", store.release(key, fence, Duration::ZERO).await?),
    ];
    for (step, settled) in steps {
        ensure!(settled == Settled::Fenced, "{what} was {step} under a stale fence");
    }
    Ok(())
}
