//! The memory store under pressure: it refuses, it expires by its own clock, and it forgets no live record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign::record::{ClaimRequest, Claimed, Settled};
use countersign::{Clock, EventKey, Fence, Fingerprint, MemoryStore, Outcome, Store, StoreErrorKind, UnixTime};

#[derive(Clone, Default)]
struct Hands(Arc<AtomicU64>);

impl Hands {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Option<UnixTime> {
        Some(UnixTime::from_secs(self.0.load(Ordering::SeqCst)))
    }
}

fn key(number: u32) -> EventKey {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    EventKey::from_bytes(bytes)
}

const REQUEST: ClaimRequest = ClaimRequest {
    fingerprint: Fingerprint::new([1; 32]),
    compare_fingerprint: true,
    lease: Duration::from_secs(30),
    retention: Duration::from_secs(1_000),
    floor: Duration::from_secs(100),
    max_attempts: u32::MAX,
    nonce: None,
};

async fn grant(store: &MemoryStore, number: u32) -> Result<Fence, StoreErrorKind> {
    match store.claim(&key(number), &REQUEST).await {
        Ok(reply) => match reply.claimed {
            Claimed::Granted { fence, .. } => Ok(fence),
            other => panic!("{number}: {other:?}"),
        },
        Err(error) => Err(error.kind()),
    }
}

async fn finish(store: &MemoryStore, number: u32, fence: Fence) {
    let settled = store.complete(&key(number), fence, &Outcome::status_only(204), REQUEST.retention).await;
    assert_eq!(settled.unwrap(), Settled::Done);
}

/// Room for about a hundred records, on a clock of the test's.
fn small() -> (MemoryStore, Hands, u32) {
    let clock = Hands::default();
    let store = MemoryStore::with_clock(19_200, Arc::new(clock.clone()));
    let room = u32::try_from(store.stats().capacity).unwrap();
    (store, clock, room)
}

#[tokio::test]
async fn refuses_when_full_of_live_records_and_forgets_none() {
    let (store, _, room) = small();
    for number in 0..room {
        let fence = grant(&store, number).await.unwrap();
        finish(&store, number, fence).await;
    }
    for number in room..room * 10 {
        assert_eq!(grant(&store, number).await, Err(StoreErrorKind::Full));
    }
    for number in 0..room {
        let reply = store.claim(&key(number), &REQUEST).await.unwrap();
        assert_eq!(reply.claimed, Claimed::Completed { status: 204 }, "a flood made it forget {number}");
    }
    assert_eq!((store.stats().forgotten, store.stats().refused), (0, u64::from(room) * 9));
}

#[tokio::test]
async fn past_their_floor_the_oldest_outcomes_make_room_first() {
    let (store, clock, room) = small();
    for number in 0..room {
        if number == room / 2 {
            clock.advance(50);
        }
        let fence = grant(&store, number).await.unwrap();
        finish(&store, number, fence).await;
    }
    clock.advance(60);
    // The first half is past its floor of 100 seconds, the second is not.
    assert!(grant(&store, room).await.is_ok() || store.stats().refused > 0);
    clock.advance(45);
    assert!(grant(&store, room + 1).await.is_ok());
    assert!(store.stats().forgotten > 0);
    for number in room / 2..room {
        let reply = store.claim(&key(number), &REQUEST).await.unwrap();
        assert_eq!(reply.claimed, Claimed::Completed { status: 204 }, "{number} went before an older one");
    }
}

#[tokio::test]
async fn running_and_released_records_never_make_room() {
    let (store, clock, room) = small();
    for number in 0..room {
        let fence = grant(&store, number).await.unwrap();
        if number % 2 == 0 {
            assert_eq!(store.release(&key(number), fence, Duration::ZERO).await.unwrap(), Settled::Done);
        }
    }
    clock.advance(500);
    assert_eq!(grant(&store, room).await, Err(StoreErrorKind::Full));
    clock.advance(501);
    assert!(grant(&store, room).await.is_ok(), "expired records make room");
}

#[tokio::test]
async fn expires_by_its_own_clock() {
    let (store, clock, _) = small();
    let fence = grant(&store, 1).await.unwrap();
    finish(&store, 1, fence).await;
    clock.advance(1_000);
    assert_eq!(store.claim(&key(1), &REQUEST).await.unwrap().claimed, Claimed::Completed { status: 204 });
    clock.advance(1);
    assert!(grant(&store, 1).await.unwrap() > fence, "fences rise past an expired record");
}

#[tokio::test]
async fn a_late_worker_cannot_replace_the_response() {
    let (store, clock, _) = small();
    let late = grant(&store, 1).await.unwrap();
    clock.advance(31);
    let owner = grant(&store, 1).await.unwrap();
    let answer = |text: &'static str| Outcome { status: 200, headers: vec![], body: Some(text.into()) };
    assert_eq!(store.complete(&key(1), owner, &answer("first"), REQUEST.retention).await.unwrap(), Settled::Done);
    assert_eq!(store.complete(&key(1), late, &answer("late"), REQUEST.retention).await.unwrap(), Settled::Fenced);
    assert_eq!(store.complete(&key(1), owner, &answer("again"), REQUEST.retention).await.unwrap(), Settled::Done);
    assert_eq!(store.claim(&key(1), &REQUEST).await.unwrap().outcome, Some(answer("first")));
}

#[tokio::test]
async fn an_operator_can_forget_an_event() {
    let (store, _, _) = small();
    let fence = grant(&store, 1).await.unwrap();
    finish(&store, 1, fence).await;
    assert!(store.forget(&key(1)));
    assert!(!store.forget(&key(1)));
    assert!(grant(&store, 1).await.is_ok());
}

#[tokio::test]
async fn an_operator_can_redrive_a_parked_event_and_no_other() {
    let (store, _, _) = small();
    let once = ClaimRequest { max_attempts: 1, ..REQUEST };
    let fence = grant(&store, 1).await.unwrap();
    assert!(!store.redrive(&key(1)), "a running event is not parked");
    store.release(&key(1), fence, Duration::ZERO).await.unwrap();
    assert_eq!(store.claim(&key(1), &once).await.unwrap().claimed, Claimed::Parked);
    assert!(store.redrive(&key(1)));
    assert!(matches!(store.claim(&key(1), &once).await.unwrap().claimed, Claimed::Granted { attempt: 1, .. }));
}
