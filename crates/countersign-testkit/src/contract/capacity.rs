//! What a store does when its room is used up: it refuses, and forgets nothing that lives.

use countersign::record::{ClaimRequest, Claimed, Settled};
use countersign::{EventKey, Fence, Outcome, Store, StoreErrorKind};

use crate::contract::probe::{Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// How many records the small store is asked to hold.
const ROOM: usize = 64;

/// How many times its stated room a store is filled before it counts as one that never refuses.
const OVERFLOW: u64 = 4;

/// A store whose room is used up by live records refuses new events with
/// [`StoreError::full`](countersign::StoreError::full), settles those it has, and takes new ones once records have
/// passed their time.
///
/// # Errors
///
/// It took more than it says it holds, refused in another way, or never took an event again.
pub async fn a_full_store_refuses<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = small(under).await?;
    let brief = ClaimRequest { lease: U::UNIT * 4, retention: U::UNIT * 4, floor: U::UNIT * 4, ..request(1) };
    let filled = fill(&store, &brief).await?;
    ensure!(filled.refused, "it granted {} claims and never refused", filled.granted.len());
    let (key, fence) = *filled.granted.last().ok_or_else(|| Breach::of("it refused the very first claim"))?;
    let settled = store.complete_for(&key, fence, &Outcome::status_only(200), U::UNIT * 4).await?;
    ensure!(settled == Settled::Done, "a full store could not complete what it holds");
    under.advance(U::UNIT * 6).await;
    store.granted(&fresh_key(), &brief, "after all records had passed their time").await?;
    Ok(())
}

/// However many events come, every record that was granted and is still within its floor is there, running or
/// completed.
///
/// # Errors
///
/// A live record was forgotten: its replay would pass as new.
pub async fn live_records_are_kept<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = small(under).await?;
    let filled = fill(&store, &request(1)).await?;
    for (index, (key, fence)) in filled.granted.iter().enumerate() {
        if index % 2 == 0 {
            let settled = store.complete(key, *fence, &Outcome::status_only(200)).await?;
            ensure!(settled == Settled::Done, "record {index} of {} was forgotten while it ran", filled.granted.len());
        }
    }
    // More pressure, now that completed records tempt.
    fill(&store, &request(1)).await?;
    let mut forgotten = 0usize;
    for (key, _) in &filled.granted {
        match store.store().claim(key, &request(1)).await.map(|reply| reply.claimed) {
            Ok(Claimed::Running { .. } | Claimed::Completed { .. }) => {}
            _ => forgotten = forgotten.saturating_add(1),
        }
    }
    ensure!(forgotten == 0, "{forgotten} of {} live records were forgotten", filled.granted.len());
    Ok(())
}

async fn small<U: StoreUnderTest>(under: &U) -> Result<Probe<U::Store>, Breach> {
    let store = under.small(ROOM).await;
    store.map(Probe::over).ok_or_else(|| Breach::not_tried("the store has no bound of its own"))
}

struct Filled {
    granted: Vec<(EventKey, Fence)>,
    refused: bool,
}

/// Claims new events until the store refuses, or has taken several times what it says it holds.
async fn fill<S: Store>(store: &Probe<S>, request: &ClaimRequest) -> Result<Filled, Breach> {
    let room = store.store().capacity().unwrap_or(ROOM as u64);
    let mut filled = Filled { granted: Vec::new(), refused: false };
    for _ in 0..room.saturating_mul(OVERFLOW) {
        let key = fresh_key();
        match store.store().claim(&key, request).await {
            Ok(reply) => match reply.claimed {
                Claimed::Granted { fence, .. } => filled.granted.push((key, fence)),
                other => return Err(Breach::of(format!("a claim on a new event was answered {other:?}"))),
            },
            Err(error) if error.kind() == StoreErrorKind::Full => {
                filled.refused = true;
                break;
            }
            Err(error) => return Err(Breach::of(format!("a full store refused in another way: {error}"))),
        }
    }
    Ok(filled)
}
