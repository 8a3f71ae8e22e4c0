//! What the store's own clock ends: leases, retention, the wait after a failure.

use std::time::Duration;

use countersign::Outcome;
use countersign::record::{ClaimRequest, Claimed, Settled};

use crate::contract::probe::{Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// A claim holds until its lease ends and no longer; a renewal counts from the moment it is made; a lease outlives the
/// record's retention.
///
/// # Errors
///
/// A claim ended early, or never.
pub async fn leases_end_by_the_stores_clock<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let lease = ClaimRequest { lease: U::UNIT * 4, ..request(1) };
    let held = store.granted(&key, &lease, "a new event").await?;
    under.advance(U::UNIT * 2).await;
    store.running(&key, &lease, "halfway through the lease").await?;
    ensure!(store.renew(&key, held.fence, U::UNIT * 4).await? == Settled::Done, "the holder could not renew");
    under.advance(U::UNIT * 3).await;
    store.running(&key, &lease, "past the first lease, within the renewed one").await?;
    under.advance(U::UNIT * 2).await;
    let next = store.granted(&key, &lease, "past the renewed lease").await?;
    ensure!(next.takeover && next.attempt == 2, "a takeover was granted as {next:?}");

    let key = fresh_key();
    let short = ClaimRequest { lease: U::UNIT * 4, retention: U::UNIT, floor: Duration::ZERO, ..request(1) };
    store.granted(&key, &short, "a new event").await?;
    under.advance(U::UNIT * 2).await;
    store.running(&key, &short, "past the retention, within the lease").await
}

/// An outcome is there until its retention ends, counted from completion, and is gone afterwards.
///
/// # Errors
///
/// An outcome went early, or never.
pub async fn outcomes_are_kept_for_their_retention<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let brief = ClaimRequest { retention: U::UNIT * 4, floor: Duration::ZERO, lease: U::UNIT * 20, ..request(1) };
    let held = store.granted(&key, &brief, "a new event").await?;
    under.advance(U::UNIT * 2).await;
    let settled = store.complete_for(&key, held.fence, &Outcome::status_only(200), U::UNIT * 4).await?;
    ensure!(settled == Settled::Done, "the holder could not complete");
    under.advance(U::UNIT * 3).await;
    store.completed(&key, &brief, "within the retention that completion began").await?;
    under.advance(U::UNIT * 2).await;
    let anew = store.granted(&key, &brief, "past its retention").await?;
    ensure!(anew.attempt == 1 && !anew.takeover, "an event past its retention was granted as {anew:?}");

    // The floor holds a record where the retention would not.
    let key = fresh_key();
    let floored = ClaimRequest { floor: U::UNIT * 6, ..brief };
    let held = store.granted(&key, &floored, "a new event").await?;
    store.complete_for(&key, held.fence, &Outcome::status_only(200), U::UNIT).await?;
    under.advance(U::UNIT * 5).await;
    store.completed(&key, &floored, "past its retention, within its floor").await?;
    Ok(())
}

/// A released event may be claimed after its wait, as the next attempt; the fence of the claim before is stale.
///
/// # Errors
///
/// It was claimable too early or not at all, or the attempts were not counted.
pub async fn released_events_wait_and_count<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let mut held = store.granted(&key, &request(1), "a new event").await?;
    ensure!(held.attempt == 1 && !held.takeover, "a new event was granted as {held:?}");
    for attempt in 2..=4 {
        let settled = store.release(&key, held.fence, U::UNIT * 2).await?;
        ensure!(settled == Settled::Done, "the holder could not release");
        let claimed = store.claim(&key, &request(1)).await?.claimed;
        ensure!(matches!(claimed, Claimed::Waiting { .. }), "within its wait a claim was answered {claimed:?}");
        under.advance(U::UNIT * 3).await;
        held = store.granted(&key, &request(1), "past its wait").await?;
        ensure!(held.attempt == attempt && !held.takeover, "attempt {attempt} was granted as {held:?}");
    }
    Ok(())
}

/// An event that failed as often as it may is parked, and stays so.
///
/// # Errors
///
/// It was claimed once more, or parked too early.
pub async fn failed_events_are_parked<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let twice = ClaimRequest { max_attempts: 2, ..request(1) };
    for _ in 0..2 {
        let held = store.granted(&key, &twice, "an event with attempts left").await?;
        store.release(&key, held.fence, Duration::ZERO).await?;
    }
    for _ in 0..2 {
        let claimed = store.claim(&key, &twice).await?.claimed;
        ensure!(claimed == Claimed::Parked, "an event without attempts left was answered {claimed:?}");
        under.advance(U::UNIT * 2).await;
    }
    let claimed = store.claim(&key, &request(1)).await?.claimed;
    ensure!(claimed == Claimed::Parked, "a parked event was answered {claimed:?} to one who allows more attempts");
    Ok(())
}
