//! Who gets an event: one claim of many, per key, for one body.

use std::sync::Arc;
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Nonce, Settled};
use countersign::{EventKey, Outcome, Store, StoreError, StoreErrorKind};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::contract::probe::{Grant, LEASE, Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// How many tasks race for one event.
const RACERS: usize = 1_000;

/// How many handles they share: as many replicas of a receiver.
const REPLICAS: usize = 4;

/// Of a thousand claims at once on a new event, one is granted and the others find it running. Then the same, several
/// times, for an event that was released.
///
/// # Errors
///
/// More than one claim was granted, or none.
pub async fn one_claim_wins<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let handles = handles(under).await;
    race(&handles, fresh_key(), request(1), RACERS, "a new event").await?;
    let key = fresh_key();
    let mut held = first(&handles)?.granted(&key, &request(1), "a new event").await?;
    for _ in 0..8 {
        let released = first(&handles)?.release(&key, held.fence, Duration::ZERO).await?;
        ensure!(released == Settled::Done, "the holder of a claim could not release it");
        held = race(&handles, key, request(1), 64, "a released event").await?;
    }
    Ok(())
}

/// Of many claims at once on an event whose lease has ended, one takes it over.
///
/// # Errors
///
/// More than one claim was granted, or none.
pub async fn one_takeover_wins<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let handles = handles(under).await;
    let key = fresh_key();
    let short = ClaimRequest { lease: U::UNIT * 2, ..request(1) };
    first(&handles)?.granted(&key, &short, "a new event").await?;
    under.advance(U::UNIT * 3).await;
    let grant = race(&handles, key, request(1), 64, "an event whose lease had ended").await?;
    ensure!(grant.takeover && grant.attempt == 2, "a takeover was granted as {grant:?}");
    Ok(())
}

/// Keys that differ in one bit are different events: nothing that happens to one touches another.
///
/// # Errors
///
/// A claim on one key met the record of another.
pub async fn keys_are_apart<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let fence = store.granted(&key, &request(1), "a new event").await?.fence;
    ensure!(
        store.complete(&key, fence, &Outcome::status_only(200)).await? == Settled::Done,
        "a claim did not complete"
    );
    for bit in 0..256usize {
        let mut bytes = *key.as_bytes();
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        let other = EventKey::from_bytes(bytes);
        let grant = store.granted(&other, &request(2), &format!("a key that differs in bit {bit}")).await?;
        ensure!(grant.attempt == 1, "a key that differs in bit {bit} inherited attempts");
        let settled = store.complete(&key, grant.fence, &Outcome::status_only(500)).await?;
        ensure!(settled == Settled::Fenced, "the fence of one key completed another");
        store.release(&other, grant.fence, LEASE).await?;
    }
    let outcome = store.completed(&key, &request(1), "after 256 other keys").await?;
    ensure!(outcome.status == 200, "the outcome of one key was changed through another");
    Ok(())
}

/// A running and a completed event refuse another body where bodies are compared, and only there; a released one takes
/// it.
///
/// # Errors
///
/// Another body was taken for the event, or the event's own was not.
pub async fn bodies_are_told_apart<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let (own, other) = (request(1), request(2));
    let lax = ClaimRequest { compare_fingerprint: false, ..other };
    let held = store.granted(&key, &own, "a new event").await?;
    differs(&store, &key, &other, "a running event").await?;
    store.running(&key, &own, "its own body").await?;
    store.running(&key, &lax, "another body, not compared").await?;
    store.release(&key, held.fence, Duration::ZERO).await?;
    let held = store.granted(&key, &other, "another body after a release").await?;
    differs(&store, &key, &own, "an event that runs with another body").await?;
    ensure!(
        store.complete(&key, held.fence, &Outcome::status_only(200)).await? == Settled::Done,
        "it did not complete"
    );
    differs(&store, &key, &own, "a completed event").await?;
    store.completed(&key, &other, "its own body").await?;
    store.completed(&key, &lax, "another body, not compared").await?;
    Ok(())
}

/// A claim asked for again with its nonce is the same claim, under the same fence and the same attempt, while it runs; for
/// everyone else the event is running. Once the event has moved on, the nonce counts for nothing.
///
/// # Errors
///
/// A caller whose answer was lost could not find its claim, or another caller found it.
pub async fn a_lost_answer_can_be_asked_for_again<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let [mine, other] = [1, 2].map(|nonce| ClaimRequest { nonce: Nonce::new(nonce), ..request(1) });
    let held = store.granted(&key, &mine, "a new event").await?;
    for _ in 0..2 {
        let again = store.granted(&key, &mine, "the same nonce again").await?;
        ensure!(
            again.fence == held.fence && again.attempt == held.attempt && !again.takeover,
            "asking again turned {held:?} into {again:?}"
        );
    }
    store.running(&key, &other, "another nonce").await?;
    store.running(&key, &request(1), "no nonce").await?;
    store.release(&key, held.fence, Duration::ZERO).await?;
    let held = store.granted(&key, &mine, "a released event").await?;
    ensure!(held.attempt == 2, "a claim after a release was taken for the one before it");
    store.complete(&key, held.fence, &Outcome::status_only(200)).await?;
    store.completed(&key, &mine, "the same nonce after the completion").await?;
    Ok(())
}

/// A record that cannot be read refuses its event with [`StoreErrorKind::Corrupt`], at each step: never an absent
/// record, which would let the event run again.
///
/// # Errors
///
/// A step on the broken record was answered otherwise.
pub async fn a_corrupt_record_refuses<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let held = store.granted(&key, &request(1), "a new event").await?;
    if !under.corrupt(&key).await {
        return Err(Breach::not_tried("nothing outside the store can reach a record of it"));
    }
    let kind = |error: StoreError| error.kind();
    let store = store.store();
    let outcome = Outcome::status_only(200);
    let answers = [
        ("claim", store.claim(&key, &request(1)).await.map(|_| ()).map_err(kind)),
        ("renewal", store.renew(&key, held.fence, LEASE).await.map(|_| ()).map_err(kind)),
        ("completion", store.complete(&key, held.fence, &outcome, LEASE).await.map(|_| ()).map_err(kind)),
        ("release", store.release(&key, held.fence, Duration::ZERO).await.map(|_| ()).map_err(kind)),
        ("second claim", store.claim(&key, &request(1)).await.map(|_| ()).map_err(kind)),
    ];
    for (step, answer) in answers {
        ensure!(answer == Err(StoreErrorKind::Corrupt), "a {step} on a broken record was answered {answer:?}");
    }
    Ok(())
}

async fn differs<S: Store>(store: &Probe<S>, key: &EventKey, request: &ClaimRequest, when: &str) -> Result<(), Breach> {
    let claimed = store.claim(key, request).await?.claimed;
    ensure!(claimed == Claimed::Differs, "{when}: a claim with another body was answered {claimed:?}");
    Ok(())
}

async fn handles<U: StoreUnderTest>(under: &U) -> Vec<Probe<U::Store>> {
    let mut handles = Vec::with_capacity(REPLICAS);
    for _ in 0..REPLICAS {
        handles.push(Probe::on(under).await);
    }
    handles
}

fn first<S: Store>(handles: &[Probe<S>]) -> Result<&Probe<S>, Breach> {
    handles.first().ok_or_else(|| Breach::not_tried("there is no handle"))
}

/// Lets `racers` tasks claim one event at the same moment; exactly one must get it.
async fn race<S: Store>(
    handles: &[Probe<S>],
    key: EventKey,
    request: ClaimRequest,
    racers: usize,
    what: &str,
) -> Result<Grant, Breach> {
    let start = Arc::new(Barrier::new(racers));
    let mut tasks = JoinSet::new();
    for handle in handles.iter().cycle().take(racers) {
        let (handle, start) = (handle.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            handle.claim(&key, &request).await
        });
    }
    let mut grants = Vec::new();
    while let Some(joined) = tasks.join_next().await {
        match joined.map_err(|error| Breach::of(format!("a claim panicked: {error}")))??.claimed {
            Claimed::Granted { fence, attempt, takeover } => grants.push(Grant { fence, attempt, takeover }),
            Claimed::Running { .. } => {}
            other => return Err(Breach::of(format!("{what}: a racing claim was answered {other:?}"))),
        }
    }
    match grants.as_slice() {
        [grant] => Ok(*grant),
        grants => Err(Breach::of(format!("{what}: {} of {racers} claims were granted", grants.len()))),
    }
}
