//! The replay and duplicate decision, and what follows a handler: `admit`, `attend`, `settle`. All rules about
//! waiting, leases and outcomes live here; adapters bring a [`Timer`] and a runtime.

use core::future::{Future, poll_fn};
use core::panic::AssertUnwindSafe;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::Poll;
use core::time::Duration;
use std::panic::catch_unwind;
use std::sync::Arc;

use crate::clock::Tolerance;
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::error::ConfigError;
use crate::key::EventKey;
use crate::observe;
use crate::provider::Provider;
use crate::record::{ClaimRequest, Claimed, Fence, Settled};
use crate::rejection::{Reason, Rejection};
use crate::store::{ClaimReply, DynStore, Outcome, StoreError, StoreErrorKind};

/// How an adapter sleeps. The core decides how long; it never sleeps by itself.
pub trait Timer: Send + Sync {
    /// Completes after `span`.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// What to do with a verified delivery.
#[derive(Debug)]
pub enum Admission {
    /// Run the handler, then [`settle`](Endpoint::settle) the claim.
    Proceed(Claim),
    /// The event was handled: answer this.
    Duplicate(Outcome),
    /// The event is being handled by someone else: ask again later, or give up with [`Reason::StillRunning`].
    Running(Running),
}

/// What to do with a verified delivery, once all waiting is done.
#[derive(Debug)]
pub enum Decision {
    /// Run the handler, then [`settle`](Endpoint::settle) the claim.
    Handle(Claim),
    /// The event was handled: answer this.
    Repeat(Outcome),
}

/// A delivery whose event is being handled elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// How long its claim still holds unless it is renewed.
    pub lease_left: Duration,
}

/// The right to handle an event now.
///
/// Every claim must be settled. One that is dropped leaves the event to its lease: it runs again when that ends.
#[derive(Debug)]
#[must_use = "an unsettled claim blocks its event until the lease ends"]
pub struct Claim {
    lease: Option<Lease>,
    _in_flight: InFlight,
}

/// What a handler may know of its claim. Taken from the request's extensions; absent where the endpoint keeps no
/// records.
#[derive(Debug, Clone)]
pub struct Lease {
    key: EventKey,
    fence: Fence,
    attempt: u32,
    lost: Arc<AtomicBool>,
}

impl Lease {
    /// The key of the event's record.
    pub fn key(&self) -> &EventKey {
        &self.key
    }

    /// The claim's number: hand it to storages that refuse writes under a lower one than they have seen.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// Which attempt at the event this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the claim was taken over, or could not be renewed in time. A handler that learns this should stop
    /// before its next effect: another one is running.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

impl Claim {
    /// What the handler may know of the claim, or `None` where the endpoint keeps no records.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }
}

/// How a handler ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It answered. 200 to 299 completes the event, anything else releases it.
    Answered(Outcome),
    /// It panicked, ran out of time or was dropped: the event is released.
    Failed,
}

/// One request between admission and settlement, counted.
#[derive(Debug)]
struct InFlight(Endpoint);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight_counter().fetch_sub(1, Ordering::SeqCst);
    }
}

/// How an endpoint treats duplicates.
pub(crate) struct Dedupe {
    store: Box<dyn DynStore>,
    settings: DedupeSettings,
    retention: Duration,
    /// The longest time a delivery can stay fresh, with clock error; `None` where no time is signed.
    window: Option<Tolerance>,
    compare_fingerprint: bool,
    waiters: AtomicUsize,
}

pub(crate) struct DedupeSettings {
    pub(crate) rule: EventIdRule,
    pub(crate) event_id: Vec<String>,
    pub(crate) retention: Option<Duration>,
    pub(crate) lease: Duration,
    pub(crate) duplicate_wait: Duration,
    pub(crate) max_waiters: usize,
    pub(crate) store_deadline: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) strict_replay: bool,
    pub(crate) stored_body_cap: usize,
    pub(crate) continue_without_store: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventIdRule {
    /// The event id comes from signed bytes.
    Signed,
    /// The event id comes from a header that nobody vouches for.
    Unsigned,
    /// The whole signed content is the id, for as long as it is fresh.
    ReplayWindow,
}

const DAY: Duration = Duration::from_secs(86_400);

/// The error of any clock involved, and the time that a delivery may spend between the freshness check and its claim.
const CLOCK_ERROR: Duration = Duration::from_secs(10);

/// Where nothing is known of a provider's retries.
const DEFAULT_RETENTION: Duration = Duration::from_secs(7 * 86_400);

/// Where no time is signed, a replay is possible for ever; a store under pressure keeps outcomes at least this long.
const UNTIMED_FLOOR: Duration = DAY;

/// How often a lease is renewed before it would end: two renewals may be lost.
const BEATS_PER_LEASE: f64 = 3.0;

/// How long a settlement is tried again while the store fails.
const SETTLE_FOR: Duration = Duration::from_secs(10);

/// The first pause between two looks at a running event; it doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(250);

impl Default for DedupeSettings {
    fn default() -> Self {
        Self {
            rule: EventIdRule::Signed,
            event_id: Vec::new(),
            retention: None,
            lease: Duration::from_secs(30),
            duplicate_wait: Duration::from_secs(2),
            max_waiters: 1_024,
            store_deadline: Duration::from_secs(2),
            max_attempts: u32::MAX,
            strict_replay: false,
            stored_body_cap: 64 * 1024,
            continue_without_store: false,
        }
    }
}

impl Dedupe {
    pub(crate) fn new(
        store: Box<dyn DynStore>,
        settings: DedupeSettings,
        provider: &Provider,
        window: Option<Tolerance>,
    ) -> Result<Self, ConfigError> {
        let horizon = Duration::from_secs(provider.sender.retry_horizon.unwrap_or(0));
        let redelivery = Duration::from_secs(provider.sender.redelivery_horizon.unwrap_or(0));
        let replayable = window.map(longest_freshness);
        let (least, default) = match (settings.rule, replayable) {
            (EventIdRule::ReplayWindow, None) => {
                return Err(ConfigError::new(
                    "replay_window_only",
                    "this provider signs no time, so a replay never stops being fresh; choose `event_id(…)`",
                ));
            }
            (EventIdRule::ReplayWindow, Some(window)) => (window, window),
            (_, window) => {
                let least = horizon.max(window.unwrap_or_default());
                (least, least.max(redelivery).max(DEFAULT_RETENTION))
            }
        };
        let retention = settings.retention.unwrap_or(default);
        if retention < least {
            return Err(ConfigError::new(
                "retention",
                format!(
                    "{} s is less than the {} s for which {} may still deliver the event again; keep outcomes that long",
                    retention.as_secs(),
                    least.as_secs(),
                    provider.name
                ),
            ));
        }
        if settings.lease < Duration::from_secs(1) {
            return Err(ConfigError::new("lease", "below one second a short stall loses the claim"));
        }
        if settings.max_attempts == 0 {
            return Err(ConfigError::new("max_attempts", "zero would park every event before it runs"));
        }
        Ok(Self {
            store,
            retention,
            window,
            compare_fingerprint: !provider.sender.retry_changes_body,
            settings,
            waiters: AtomicUsize::new(0),
        })
    }

    /// Says once what the store can carry.
    pub(crate) fn announce(&self, endpoint: &str) {
        if let Some(records) = self.store.capacity() {
            observe::capacity(endpoint, records, self.retention);
        }
    }

    /// For how long the delivery's record may not go: until its replay would no longer pass as fresh.
    fn floor(&self, delivery: &Delivery) -> Duration {
        match (self.window, delivery.sent_at()) {
            (Some(window), Some(sent_at)) => {
                let errors = CLOCK_ERROR.saturating_mul(2).saturating_add(self.settings.store_deadline);
                sent_at.saturating_add(window.past).saturating_add(errors).since(delivery.received_at())
            }
            _ => UNTIMED_FLOOR,
        }
    }

    fn request(&self, delivery: &Delivery) -> Result<(EventKey, ClaimRequest), Reason> {
        let fingerprint = delivery.fingerprint();
        let key = delivery.event_key(&delivery.endpoint.plan().event_id, &fingerprint)?;
        let request = ClaimRequest {
            fingerprint,
            compare_fingerprint: self.compare_fingerprint,
            lease: self.settings.lease,
            retention: self.retention,
            floor: self.floor(delivery),
            max_attempts: self.settings.max_attempts,
        };
        Ok((key, request))
    }
}

/// From the first moment at which a delivery may be taken to the last, with an error on both clocks: P + F + 2e, and
/// the time that a claim may take.
fn longest_freshness(window: Tolerance) -> Duration {
    let span = window.past.saturating_add(window.future);
    span.saturating_add(CLOCK_ERROR.saturating_mul(3))
}

impl Endpoint {
    /// Whether the endpoint keeps records, so that a handler's outcome must be known even when its client is gone.
    pub fn keeps_records(&self) -> bool {
        self.dedupe().is_some()
    }

    /// The longest response body worth keeping for duplicates, in bytes.
    pub fn stored_body_cap(&self) -> usize {
        self.dedupe().map_or(0, |dedupe| dedupe.settings.stored_body_cap)
    }

    /// Claims the delivery's event: one round trip to the store, none where the endpoint keeps no records.
    ///
    /// # Errors
    ///
    /// The event id is missing or ambiguous (400), the id was taken with another body (422), the event was handled and
    /// replays are refused (409), or the store cannot take it now (503).
    pub async fn admit(&self, delivery: &Delivery) -> Result<Admission, Rejection> {
        let entered = self.enter()?;
        let Some(dedupe) = self.dedupe() else {
            return Ok(Admission::Proceed(Claim { lease: None, _in_flight: entered }));
        };
        let (key, request) = dedupe.request(delivery)?;
        let reply = dedupe.store.claim(&key, &request).await;
        self.admission(dedupe, delivery, key, &request, reply, entered)
    }

    /// [`admit`](Self::admit), with everything that takes time: the store has its deadline, and a duplicate of a
    /// running delivery waits for the outcome within its bound.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit), and [`Reason::StillRunning`] (503) where the outcome did not come in time.
    pub async fn admit_within(&self, delivery: &Delivery, timer: &impl Timer) -> Result<Decision, Rejection> {
        let Some(dedupe) = self.dedupe() else {
            return Ok(Decision::Handle(Claim { lease: None, _in_flight: self.enter()? }));
        };
        let (key, request) = dedupe.request(delivery)?;
        let mut place = None;
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            // Anew each time: what waits is not in flight, and stops waiting when the endpoint shuts down.
            let entered = self.enter()?;
            let claim = dedupe.store.claim(&key, &request);
            let reply = within(timer, dedupe.settings.store_deadline, claim).await;
            let reply = reply.unwrap_or_else(|| Err(StoreError::timed_out()));
            match self.admission(dedupe, delivery, key, &request, reply, entered)? {
                Admission::Running(running) => {
                    let left = dedupe.settings.duplicate_wait.saturating_sub(waited);
                    if place.is_none() {
                        place = Waiter::take(dedupe);
                    }
                    if left.is_zero() || place.is_none() {
                        let wait = running.lease_left.clamp(Duration::from_secs(1), Duration::from_secs(5));
                        return Err(Rejection::new(Reason::StillRunning).with_retry_after(wait));
                    }
                    let nap = pause.min(left);
                    timer.sleep(nap).await;
                    waited = waited.saturating_add(nap);
                    pause = pause.saturating_mul(2).min(LAST_PAUSE);
                }
                Admission::Proceed(claim) => return Ok(Decision::Handle(claim)),
                Admission::Duplicate(outcome) => return Ok(Decision::Repeat(outcome)),
            }
        }
    }

    fn admission(
        &self,
        dedupe: &Dedupe,
        delivery: &Delivery,
        key: EventKey,
        request: &ClaimRequest,
        reply: Result<ClaimReply, StoreError>,
        entered: InFlight,
    ) -> Result<Admission, Rejection> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                observe::store_failed(self.name(), "claim", &error);
                if dedupe.settings.continue_without_store && error.kind() == StoreErrorKind::Unavailable {
                    observe::continued_without_store(self.name());
                    return Ok(Admission::Proceed(Claim { lease: None, _in_flight: entered }));
                }
                return Err(match error.kind() {
                    StoreErrorKind::Full => Reason::StoreFull.into(),
                    _ => Reason::StoreUnavailable.into(),
                });
            }
        };
        match reply.claimed {
            Claimed::Granted { fence, attempt, takeover } => {
                if takeover {
                    observe::lease_takeover(delivery, attempt);
                }
                let lease = Lease { key, fence, attempt, lost: Arc::default() };
                Ok(Admission::Proceed(Claim { lease: Some(lease), _in_flight: entered }))
            }
            // The store's clock may differ from this one, so what is left of the lease is not computed across them.
            Claimed::Running { .. } => Ok(Admission::Running(Running { lease_left: request.lease })),
            Claimed::Waiting { .. } => Err(Reason::StillRunning.into()),
            Claimed::Completed { .. } if dedupe.settings.strict_replay => Err(Reason::Replayed.into()),
            Claimed::Completed { status } => {
                Ok(Admission::Duplicate(reply.outcome.unwrap_or(Outcome::status_only(status))))
            }
            Claimed::Differs => Err(Reason::ContentDiffers.into()),
            Claimed::Parked => Err(Reason::Parked.into()),
        }
    }

    /// Counts a delivery as in flight, from before its claim: a drain that saw none in flight has seen the last.
    fn enter(&self) -> Result<InFlight, Rejection> {
        self.in_flight_counter().fetch_add(1, Ordering::SeqCst);
        let entered = InFlight(self.clone());
        if self.draining().load(Ordering::SeqCst) {
            return Err(Reason::ShuttingDown.into());
        }
        Ok(entered)
    }

    /// Runs a handler under its claim: its lease is renewed while it runs, its deadline is kept, and a panic ends it
    /// and not the process.
    ///
    /// # Errors
    ///
    /// [`Reason::HandlerPanicked`] or [`Reason::HandlerTimeout`]; the claim is still to be settled.
    pub async fn attend<F: Future>(
        &self,
        claim: &Claim,
        handler: F,
        timer: &impl Timer,
    ) -> Result<F::Output, Rejection> {
        let deadline = self.limits().handler_deadline;
        let mut handler = pin!(handler);
        let mut alarm = pin!(async {
            match deadline {
                Some(deadline) => timer.sleep(deadline).await,
                None => core::future::pending().await,
            }
        });
        let mut heartbeat = pin!(self.keep_alive(claim, timer));
        poll_fn(|cx| {
            // The handler's state is not looked at again after a panic: it is dropped with this future.
            match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                Ok(Poll::Ready(output)) => return Poll::Ready(Ok(output)),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(Err(Reason::HandlerPanicked.into())),
            }
            if alarm.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Reason::HandlerTimeout.into()));
            }
            let _ = heartbeat.as_mut().poll(cx);
            Poll::Pending
        })
        .await
    }

    /// Renews the claim's lease until it is lost; then waits for ever.
    async fn keep_alive(&self, claim: &Claim, timer: &impl Timer) {
        if let (Some(dedupe), Some(lease)) = (self.dedupe(), &claim.lease) {
            let beat = dedupe.settings.lease.div_f64(BEATS_PER_LEASE);
            let mut missed = Duration::ZERO;
            loop {
                timer.sleep(beat).await;
                let renewal = dedupe.store.renew(&lease.key, lease.fence, dedupe.settings.lease);
                match within(timer, dedupe.settings.store_deadline, renewal).await {
                    Some(Ok(Settled::Done)) => missed = Duration::ZERO,
                    Some(Ok(Settled::Fenced)) => break,
                    Some(Err(_)) | None => missed = missed.saturating_add(beat),
                }
                if missed >= dedupe.settings.lease {
                    break;
                }
            }
            lease.lost.store(true, Ordering::Release);
            observe::lease_lost(self.name());
        }
        core::future::pending().await
    }

    /// Records how the handler ended: 200 to 299 completes the event, everything else releases it.
    ///
    /// A store that fails is asked again for ten seconds at most; the lease bounds what follows. Completing and
    /// releasing twice under one fence changes nothing, so asking again is safe when the first answer was lost.
    ///
    /// # Errors
    ///
    /// A success could not be recorded: [`Reason::LeaseLost`] where another worker has the event,
    /// [`Reason::StoreUnavailable`] where the store failed. It must not be answered then; the sender is to come back.
    /// A release that fails is no error: the lease ends by itself.
    pub async fn settle(&self, claim: Claim, ending: &Ending, timer: &impl Timer) -> Result<(), Rejection> {
        let (Some(dedupe), Some(lease)) = (self.dedupe(), &claim.lease) else { return Ok(()) };
        let success = matches!(ending, Ending::Answered(outcome) if outcome.is_success());
        let unsettled = |reason: Reason| if success { Err(reason.into()) } else { Ok(()) };
        let mut spent = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            let step = async {
                match ending {
                    Ending::Answered(outcome) if success => {
                        dedupe.store.complete(&lease.key, lease.fence, outcome, dedupe.retention).await
                    }
                    _ => dedupe.store.release(&lease.key, lease.fence, Duration::ZERO).await,
                }
            };
            let result = within(timer, dedupe.settings.store_deadline, step).await;
            match result.unwrap_or_else(|| Err(StoreError::timed_out())) {
                Ok(Settled::Done) => return Ok(()),
                Ok(Settled::Fenced) => {
                    observe::lease_lost(self.name());
                    return unsettled(Reason::LeaseLost);
                }
                Err(error) => {
                    observe::store_failed(self.name(), "settle", &error);
                    if spent >= SETTLE_FOR.min(dedupe.settings.lease) {
                        return unsettled(Reason::StoreUnavailable);
                    }
                }
            }
            timer.sleep(pause).await;
            spent = spent.saturating_add(pause);
            pause = pause.saturating_mul(2).min(Duration::from_secs(1));
        }
    }

    /// How many deliveries are between admission and settlement.
    pub fn in_flight(&self) -> usize {
        self.in_flight_counter().load(Ordering::SeqCst)
    }

    /// Stops claiming: verified deliveries are answered 503 from now on. Waits until those in flight are settled, at
    /// most for `grace`; returns how many were left.
    pub async fn drain(&self, grace: Duration, timer: &impl Timer) -> usize {
        self.draining().store(true, Ordering::SeqCst);
        let mut waited = Duration::ZERO;
        while self.in_flight() > 0 && waited < grace {
            let nap = LAST_PAUSE.min(grace.saturating_sub(waited));
            timer.sleep(nap).await;
            waited = waited.saturating_add(nap);
        }
        self.in_flight()
    }
}

/// A duplicate's place among the waiting, given back when dropped.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn take(dedupe: &'a Dedupe) -> Option<Self> {
        let grow = |waiting: usize| (waiting < dedupe.settings.max_waiters).then(|| waiting.saturating_add(1));
        let taken = dedupe.waiters.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow).is_ok();
        // Made only where a place was taken: one that is dropped gives its place back.
        taken.then(|| Self(&dedupe.waiters))
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `work` for at most `limit`.
async fn within<F: Future>(timer: &impl Timer, limit: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    // Asleep only once the work has to wait: a store in memory never sets a timer.
    let mut alarm = pin!(async { timer.sleep(limit).await });
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => alarm.as_mut().poll(cx).map(|()| None),
    })
    .await
}
