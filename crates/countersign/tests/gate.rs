//! How long a gate waits, and what it takes a lost lease for, whatever its store does. In paused time: no test here takes
//! as long as it says.

#![cfg(feature = "http")]

use std::future::{Future, pending};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use countersign::record::{ClaimRequest, Claimed, Fence, Settled};
use countersign::{
    Algorithm, Claim, ClaimReply, Clock, Decision, Encoding, Ending, Endpoint, EndpointBuilder, EventKey, Outcome,
    Reason, Rejection, Store, StoreError, Timer, UnixTime, encode, providers, sign_mac,
};
use tokio::time::{Instant, advance, sleep};

const KEY: &[u8] = b"twenty-four bytes of key";
const NOW: u64 = 1_795_451_732;

#[derive(Clone, Copy)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Option<UnixTime> {
        Some(UnixTime::from_secs(NOW))
    }
}

/// Tokio's time, and how often it was asked for.
#[derive(Default)]
struct Counted(AtomicU32);

impl Timer for Counted {
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        let sleeps = self.0.fetch_add(1, Ordering::Relaxed);
        assert!(sleeps < 10_000, "whoever sleeps so often turns in a circle");
        sleep(span)
    }
}

/// What a store answers to a step, and after how long.
#[derive(Clone, Copy)]
enum Does<T> {
    Answers(T),
    AnswersAfter(Duration, T),
    /// Fails the first asking, and answers the others.
    FailsFirst(&'static AtomicU32, T),
    /// Answers the first asking after the machine's clock, and no timer, has counted a second; the others at once.
    StandsStill(&'static AtomicU32, T, T),
    Hangs,
}

impl<T> Does<T> {
    async fn done(self) -> Result<T, StoreError> {
        match self {
            Self::Answers(answer) => Ok(answer),
            Self::AnswersAfter(span, answer) => {
                sleep(span).await;
                Ok(answer)
            }
            Self::FailsFirst(asked, answer) => match asked.fetch_add(1, Ordering::Relaxed) {
                0 => Err(StoreError::timed_out()),
                _ => Ok(answer),
            },
            Self::StandsStill(asked, first, then) => {
                if asked.fetch_add(1, Ordering::Relaxed) > 0 {
                    return Ok(then);
                }
                std::thread::sleep(SECOND);
                Ok(first)
            }
            Self::Hangs => pending().await,
        }
    }
}

/// A store that does what a test says.
#[derive(Clone, Copy)]
struct Scripted {
    claim: Does<Claimed>,
    renew: Does<Settled>,
    complete: Does<Settled>,
    release: Does<Settled>,
}

const GRANTED: Claimed = Claimed::Granted { fence: Fence::new(1), attempt: 1, takeover: false };
const WORKS: Scripted = Scripted {
    claim: Does::Answers(GRANTED),
    renew: Does::Answers(Settled::Done),
    complete: Does::Answers(Settled::Done),
    release: Does::Answers(Settled::Done),
};

impl Store for Scripted {
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, _: &EventKey, _: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        Ok(ClaimReply { claimed: self.claim.done().await?, outcome: None })
    }

    async fn renew(&self, _: &EventKey, _: Fence, _: Duration) -> Result<Settled, StoreError> {
        self.renew.done().await
    }

    async fn complete(&self, _: &EventKey, _: Fence, _: &Outcome, _: Duration) -> Result<Settled, StoreError> {
        self.complete.done().await
    }

    async fn release(&self, _: &EventKey, _: Fence, _: Duration) -> Result<Settled, StoreError> {
        self.release.done().await
    }
}

fn endpoint(store: Scripted, adjust: impl FnOnce(EndpointBuilder) -> EndpointBuilder) -> Endpoint {
    let secret = format!("whsec_{}", encode(KEY, Encoding::Base64));
    let builder = Endpoint::builder("gate", providers::STANDARD_WEBHOOKS, secret).clock(Standing).dedupe(store);
    adjust(builder).build().unwrap()
}

async fn admit(endpoint: &Endpoint, timer: &impl Timer) -> Result<Decision, Rejection> {
    static EVENTS: AtomicU64 = AtomicU64::new(1);
    let id = format!("evt_{}", EVENTS.fetch_add(1, Ordering::Relaxed));
    let mac = sign_mac(Algorithm::HmacSha256, KEY, format!("{id}.{NOW}.{{}}").as_bytes()).unwrap();
    let head = http::Request::post("/")
        .header("webhook-id", id)
        .header("webhook-timestamp", NOW)
        .header("webhook-signature", format!("v1,{}", encode(&mac, Encoding::Base64)))
        .body(())
        .unwrap();
    let mut intake = endpoint.open(&head).unwrap();
    intake.push(Bytes::from_static(b"{}")).unwrap();
    endpoint.admit_within(&intake.finish(UnixTime::from_secs(NOW)).unwrap(), timer).await
}

async fn claim(endpoint: &Endpoint) -> Claim {
    match admit(endpoint, &Counted::default()).await {
        Ok(Decision::Handle(claim)) => claim,
        other => panic!("not granted: {other:?}"),
    }
}

fn success() -> Ending {
    Ending::Answered(Outcome::status_only(200))
}

const SECOND: Duration = Duration::from_secs(1);

/// It slept for no time, again and again, until the handler ended.
#[tokio::test(start_paused = true)]
async fn a_lease_that_was_lost_is_not_renewed_in_a_circle() {
    let endpoint = endpoint(Scripted { renew: Does::Answers(Settled::Fenced), ..WORKS }, |builder| builder);
    let (claim, timer) = (claim(&endpoint).await, Counted::default());
    endpoint.attend(&claim, sleep(SECOND * 600), &timer).await.unwrap();
    assert!(claim.lease().unwrap().is_lost());
    let sleeps = timer.0.load(Ordering::Relaxed);
    assert!((600..700).contains(&sleeps), "{sleeps} sleeps in ten minutes of one look a second");
}

/// Only what failed was counted, not how long it took to fail: a lease of a second was thought good for nine.
#[tokio::test(start_paused = true)]
async fn a_lease_is_lost_when_it_ends_however_the_store_hangs() {
    let endpoint = endpoint(Scripted { renew: Does::Hangs, ..WORKS }, |builder| builder.lease(SECOND));
    let claim = claim(&endpoint).await;
    let lease = claim.lease().unwrap().clone();
    let handler = async {
        sleep(SECOND - Duration::from_millis(10)).await;
        let before = lease.is_lost();
        sleep(Duration::from_millis(20)).await;
        (before, lease.is_lost())
    };
    assert_eq!(endpoint.attend(&claim, handler, &Counted::default()).await.unwrap(), (false, true));
}

/// The handler was polled first, and had its effect under a lease that had ended long ago.
#[tokio::test(start_paused = true)]
async fn a_handler_that_was_paused_learns_that_its_lease_has_ended_before_it_goes_on() {
    let endpoint = endpoint(Scripted { renew: Does::Hangs, ..WORKS }, |builder| builder);
    let claim = claim(&endpoint).await;
    let lease = claim.lease().unwrap().clone();
    let handler = async {
        sleep(SECOND).await;
        lease.is_lost()
    };
    let timer = Counted::default();
    let attended = endpoint.attend(&claim, handler, &timer);
    // The process stands still: time passes, and nobody is polled.
    let stop = async {
        tokio::task::yield_now().await;
        advance(SECOND * 60).await;
    };
    let (attended, ()) = tokio::join!(attended, stop);
    assert!(attended.unwrap());
}

/// The wait was counted by its naps alone, and a slow store multiplied it by ten.
#[tokio::test(start_paused = true)]
async fn a_slow_store_does_not_lengthen_the_wait_of_a_duplicate() {
    let running = Claimed::Running { lease_until: UnixTime::from_secs(NOW + 30) };
    let slow = Does::AnswersAfter(Duration::from_millis(1_900), running);
    let endpoint = endpoint(Scripted { claim: slow, ..WORKS }, |builder| builder.duplicate_wait(SECOND * 2));
    let begun = Instant::now();
    let refused = admit(&endpoint, &Counted::default()).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::StillRunning);
    let took = begun.elapsed();
    assert!((SECOND * 2..SECOND * 6).contains(&took), "{took:?}");
}

/// Only the pauses between its failures were counted: each asking added the store's deadline.
#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_asked_to_settle_for_ten_seconds() {
    let endpoint = endpoint(Scripted { complete: Does::Hangs, ..WORKS }, |builder| builder.lease(SECOND * 30));
    let claim = claim(&endpoint).await;
    let begun = Instant::now();
    let refused = endpoint.settle(claim, &success(), &Counted::default()).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::StoreUnavailable);
    let took = begun.elapsed();
    assert!((SECOND * 10..SECOND * 15).contains(&took), "{took:?}");
}

/// Nothing was left to give back, which was taken for a commit: the event was answered as done, and was another worker's
/// to lose.
#[tokio::test(start_paused = true)]
async fn a_transaction_that_was_rolled_back_before_a_takeover_is_no_success() {
    for (complete, expected) in [(Settled::Done, None), (Settled::Fenced, Some(Reason::LeaseLost))] {
        let store = Scripted { release: Does::Answers(Settled::Fenced), complete: Does::Answers(complete), ..WORKS };
        let endpoint = endpoint(store, |builder| builder);
        let claim = claim(&endpoint).await;
        claim.lease().unwrap().leave_to_transaction();
        let settled = endpoint.settle(claim, &success(), &Counted::default()).await;
        assert_eq!(settled.err().map(|rejection| rejection.reason()), expected);
    }
    // Rolled back, and still this worker's: the event is given back, and nothing is completed.
    let endpoint = endpoint(Scripted { complete: Does::Hangs, ..WORKS }, |builder| builder);
    let claim = claim(&endpoint).await;
    claim.lease().unwrap().leave_to_transaction();
    let rejection = endpoint.settle(claim, &success(), &Counted::default()).await.unwrap_err();
    assert_eq!(rejection.reason(), Reason::RolledBack);
}

/// A process that stood still while its grant was on the way ran its handler beside, or after, the next worker's.
#[tokio::test(start_paused = true)]
async fn a_grant_that_comes_when_its_lease_has_ended_is_asked_for_again() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let claim = Does::StandsStill(&ASKED, GRANTED, Claimed::Completed { status: 201 });
    let endpoint = endpoint(Scripted { claim, ..WORKS }, |builder| builder.lease(SECOND));
    match admit(&endpoint, &Counted::default()).await {
        Ok(Decision::Repeat(outcome)) => assert_eq!(outcome.status, 201),
        other => panic!("{other:?}"),
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
}

/// The lease was counted from the handler's start: one whose grant took half of it was thought good for half as long
/// again.
#[tokio::test(start_paused = true)]
async fn a_lease_is_counted_from_when_it_was_asked_for() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let store = Scripted { claim: Does::StandsStill(&ASKED, GRANTED, GRANTED), renew: Does::Hangs, ..WORKS };
    let endpoint = endpoint(store, |builder| builder.lease(SECOND * 5));
    let claim = claim(&endpoint).await;
    let lease = claim.lease().unwrap().clone();
    let handler = async {
        sleep(SECOND).await;
        let before = lease.is_lost();
        sleep(SECOND * 3).await;
        (before, lease.is_lost())
    };
    assert_eq!(endpoint.attend(&claim, handler, &Counted::default()).await.unwrap(), (false, true));
}

/// The first renewal came a third of a lease after the handler's start, which was after the lease's end.
#[tokio::test(start_paused = true)]
async fn a_lease_whose_grant_was_slow_is_renewed_at_once() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    // Only counts: it answers the first asking at once, too.
    static RENEWED: AtomicU32 = AtomicU32::new(1);
    let claim = Does::StandsStill(&ASKED, GRANTED, GRANTED);
    let renew = Does::StandsStill(&RENEWED, Settled::Done, Settled::Done);
    let endpoint = endpoint(Scripted { claim, renew, ..WORKS }, |builder| builder.lease(SECOND * 5 / 2));
    let claim = self::claim(&endpoint).await;
    endpoint.attend(&claim, sleep(SECOND / 100), &Counted::default()).await.unwrap();
    assert_eq!(RENEWED.load(Ordering::Relaxed), 2);
}

/// The grant of an asking whose answer was lost is found under its nonce, and its lease is as old as that asking: it was
/// counted from the one that found it.
#[tokio::test(start_paused = true)]
async fn a_grant_that_is_found_again_is_renewed_before_it_counts() {
    static ASKED: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
    static RENEWED: AtomicU32 = AtomicU32::new(1);
    let renew = Does::StandsStill(&RENEWED, Settled::Done, Settled::Done);
    let found = Scripted { claim: Does::FailsFirst(&ASKED[0], GRANTED), renew, ..WORKS };
    let endpoint = self::endpoint(found, |builder| builder);
    let _claim = claim(&endpoint).await;
    assert_eq!(RENEWED.load(Ordering::Relaxed), 2);
    // Lost meanwhile: it is no grant.
    let renew = Does::Answers(Settled::Fenced);
    let lost = Scripted { claim: Does::FailsFirst(&ASKED[1], GRANTED), renew, ..WORKS };
    let endpoint = self::endpoint(lost, |builder| builder);
    let refused = admit(&endpoint, &Counted::default()).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::StoreUnavailable);
}

/// The process stood still between grant and handler.
#[tokio::test(start_paused = true)]
async fn a_handler_does_not_begin_under_a_lease_that_is_over() {
    let endpoint = endpoint(WORKS, |builder| builder.lease(SECOND));
    let claim = claim(&endpoint).await;
    std::thread::sleep(SECOND);
    let refused = endpoint.attend(&claim, async { panic!("it began") }, &Counted::default()).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::LeaseLost);
    assert!(claim.lease().unwrap().is_lost());
}
