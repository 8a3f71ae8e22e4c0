//! What stands between a request and its handler once the request has an event key: `admit`, `attend`, `settle`. All
//! rules about waiting, leases and outcomes live here, for deliveries and for idempotency keys alike; adapters bring a
//! [`Timer`] and a runtime.

use core::fmt;
use core::future::{Future, poll_fn};
use core::mem;
use core::panic::AssertUnwindSafe;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::catch_unwind;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use crate::claim::{Claim, Ending, Lease};
use crate::error::ConfigError;
use crate::key::{EventKey, Fingerprint};
use crate::observe;
use crate::record::{ClaimRequest, Claimed, Nonce, Settled};
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
    /// Run the handler, then [`settle`](Gate::settle) the claim.
    Proceed(Claim),
    /// The event was handled: answer this.
    Duplicate(Outcome),
    /// The event is being handled by someone else: ask again later, or give up with [`Reason::StillRunning`].
    Running(Running),
}

/// What to do with a verified delivery, once all waiting is done.
#[derive(Debug)]
pub enum Decision {
    /// Run the handler, then [`settle`](Gate::settle) the claim.
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

/// The door of one endpoint: lets each event through to its handler once. Clones share it.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    name: Arc<str>,
    handler_deadline: Option<Duration>,
    records: Option<Records>,
    in_flight: AtomicUsize,
    /// No claim is begun any more.
    draining: AtomicBool,
    /// No handler goes on any more.
    halted: AtomicBool,
}

/// A store, and the rules by which it is asked.
struct Records {
    store: Box<dyn DynStore>,
    rules: ClaimRules,
    waiters: AtomicUsize,
}

/// What a store answered to a claim. A lease that it grants began at `asked` or later.
struct Reply {
    asked: Instant,
    reply: ClaimReply,
}

/// How events are claimed, waited for and settled.
#[derive(Debug, Clone)]
pub(crate) struct ClaimRules {
    pub(crate) retention: Duration,
    pub(crate) lease: Duration,
    pub(crate) duplicate_wait: Duration,
    pub(crate) max_waiters: usize,
    pub(crate) store_deadline: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) strict_replay: bool,
    pub(crate) stored_body_cap: usize,
    pub(crate) completes: Completes,
    pub(crate) continue_without_store: bool,
}

/// Which answers of a handler complete an event. All others release it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completes {
    /// 200 to 299: a sender of webhooks takes anything else for a failure, and comes back.
    Successes,
    /// 200 to 499, without the two that ask for a retry (408, 429): a client is owed the same answer again, an error
    /// too.
    Answers,
    /// As [`Answers`](Self::Answers), and 500 to 599.
    ServerErrorsToo,
}

/// One request between admission and settlement, counted.
pub(crate) struct InFlight(Gate);

/// How often a lease is renewed before it would end: two renewals may be lost.
const BEATS_PER_LEASE: f64 = 3.0;

/// How long a settlement is tried again while the store fails.
const SETTLE_FOR: Duration = Duration::from_secs(10);

/// The first pause between two looks at a running event, or two askings of a failing store; it doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// How often a store that fails at once is asked for one claim.
const MAX_ASKINGS: u32 = 3;

/// How often a running handler is looked at: how late it learns that the process goes down.
const LOOK: Duration = Duration::from_secs(1);

impl Default for ClaimRules {
    fn default() -> Self {
        Self {
            retention: Duration::from_secs(7 * 86_400),
            lease: Duration::from_secs(30),
            duplicate_wait: Duration::from_secs(2),
            max_waiters: 1_024,
            store_deadline: Duration::from_secs(2),
            max_attempts: u32::MAX,
            strict_replay: false,
            stored_body_cap: 64 * 1024,
            completes: Completes::Successes,
            continue_without_store: false,
        }
    }
}

impl Completes {
    const fn covers(self, status: u16) -> bool {
        match (self, status) {
            (_, 200..=299) => true,
            (Self::Successes, _) | (_, 408 | 429) => false,
            (_, 300..=499) => true,
            (Self::ServerErrorsToo, 500..=599) => true,
            _ => false,
        }
    }
}

impl ClaimRules {
    fn check(&self) -> Result<(), ConfigError> {
        if self.lease < Duration::from_secs(1) {
            return Err(ConfigError::new("lease", "below one second a short stall loses the claim"));
        }
        if self.max_attempts == 0 {
            return Err(ConfigError::new("max_attempts", "zero would park every event before it runs"));
        }
        Ok(())
    }

    pub(crate) fn request(&self, fingerprint: Fingerprint, compare_fingerprint: bool, floor: Duration) -> ClaimRequest {
        ClaimRequest {
            fingerprint,
            compare_fingerprint,
            lease: self.lease,
            retention: self.retention,
            floor,
            max_attempts: self.max_attempts,
            nonce: Some(fresh_nonce()),
        }
    }
}

/// A nonce that no other claim has: a start that each process draws at random, and a count from there.
fn fresh_nonce() -> Nonce {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(RandomState::new().build_hasher().finish()));
    Nonce::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(Nonce::MAX)
}

impl Gate {
    /// A gate that lets everything through: it keeps no records.
    pub(crate) fn open(name: Arc<str>, handler_deadline: Option<Duration>) -> Self {
        Self::build(name, handler_deadline, None)
    }

    pub(crate) fn new(
        name: Arc<str>,
        handler_deadline: Option<Duration>,
        store: Box<dyn DynStore>,
        rules: ClaimRules,
    ) -> Result<Self, ConfigError> {
        rules.check()?;
        if let Some(records) = store.capacity() {
            observe::capacity(&name, records, rules.retention);
        }
        if !store.is_durable() {
            observe::not_durable(&name);
        }
        Ok(Self::build(name, handler_deadline, Some(Records { store, rules, waiters: AtomicUsize::new(0) })))
    }

    fn build(name: Arc<str>, handler_deadline: Option<Duration>, records: Option<Records>) -> Self {
        let flag = || AtomicBool::new(false);
        let (in_flight, draining, halted) = (AtomicUsize::new(0), flag(), flag());
        Self { inner: Arc::new(Inner { name, handler_deadline, records, in_flight, draining, halted }) }
    }

    /// Whether records are kept, so that a handler's outcome must be known even when its client is gone.
    pub fn keeps_records(&self) -> bool {
        self.inner.records.is_some()
    }

    /// The longest response body worth keeping for duplicates, in bytes.
    pub fn stored_body_cap(&self) -> usize {
        self.rules().map_or(0, |rules| rules.stored_body_cap)
    }

    /// Whether an answer with this status completes an event, so that duplicates get it again.
    pub fn completes(&self, status: u16) -> bool {
        self.rules().is_some_and(|rules| rules.completes.covers(status))
    }

    pub(crate) fn rules(&self) -> Option<&ClaimRules> {
        self.inner.records.as_ref().map(|records| &records.rules)
    }

    /// A claim without a record.
    pub(crate) fn pass(&self) -> Result<Claim, Rejection> {
        Ok(Claim { lease: None, _in_flight: self.enter()? })
    }

    /// Asks the store once.
    pub(crate) async fn admit(&self, key: &EventKey, request: &ClaimRequest) -> Result<Admission, Rejection> {
        let Some(records) = &self.inner.records else { return self.pass().map(Admission::Proceed) };
        let entered = self.enter()?;
        let reply = records.ask(key, request).await;
        self.admission(records, key, request, reply, entered)
    }

    /// Asks the store until it has answered and no other worker has the event, within the bounds of the rules.
    pub(crate) async fn admit_within(
        &self,
        key: &EventKey,
        request: &ClaimRequest,
        timer: &impl Timer,
    ) -> Result<Decision, Rejection> {
        let Some(records) = &self.inner.records else { return self.pass().map(Decision::Handle) };
        let mut place = None;
        let mut bound = None;
        let mut pause = FIRST_PAUSE;
        loop {
            // Anew each time: what waits is not in flight, and stops waiting when the endpoint shuts down.
            let entered = self.enter()?;
            let reply = records.claim(&self.inner.name, key, request, timer).await;
            match self.admission(records, key, request, reply, entered)? {
                Admission::Running(running) => {
                    if place.is_none() && !records.rules.duplicate_wait.is_zero() {
                        place = Waiter::take(records);
                    }
                    // Counts the time that the store takes, too: a slow one must not multiply the wait.
                    let bound = bound.get_or_insert_with(|| Alarm::new(timer.sleep(records.rules.duplicate_wait)));
                    if place.is_none() || bound.has_rung().await {
                        let wait = running.lease_left.clamp(Duration::from_secs(1), Duration::from_secs(5));
                        return Err(Rejection::new(Reason::StillRunning).with_retry_after(wait));
                    }
                    bound.or(timer.sleep(pause)).await;
                    pause = pause.saturating_mul(2).min(LAST_PAUSE);
                }
                Admission::Proceed(claim) => return Ok(Decision::Handle(claim)),
                Admission::Duplicate(outcome) => return Ok(Decision::Repeat(outcome)),
            }
        }
    }

    fn admission(
        &self,
        records: &Records,
        key: &EventKey,
        request: &ClaimRequest,
        reply: Result<Reply, StoreError>,
        entered: InFlight,
    ) -> Result<Admission, Rejection> {
        let Reply { asked, reply } = match reply {
            Ok(reply) => reply,
            Err(error) => {
                observe::store_failed(&self.inner.name, "claim", &error);
                if records.rules.continue_without_store && error.kind() == StoreErrorKind::Unavailable {
                    observe::continued_without_store(&self.inner.name);
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
                    observe::lease_takeover(&self.inner.name, attempt);
                }
                let lease = Lease::new(*key, fence, attempt, request.retention, asked);
                Ok(Admission::Proceed(Claim { lease: Some(lease), _in_flight: entered }))
            }
            // The store's clock may differ from this one, so what is left of the lease is not computed across them.
            Claimed::Running { .. } => Ok(Admission::Running(Running { lease_left: request.lease })),
            Claimed::Waiting { .. } => Err(Reason::StillRunning.into()),
            Claimed::Completed { .. } if records.rules.strict_replay => Err(Reason::Replayed.into()),
            Claimed::Completed { status } => {
                Ok(Admission::Duplicate(reply.outcome.unwrap_or(Outcome::status_only(status))))
            }
            Claimed::Differs => Err(Reason::ContentDiffers.into()),
            Claimed::Parked => Err(Reason::Parked.into()),
        }
    }

    /// Counts a request as in flight, from before its claim: a drain that saw none in flight has seen the last.
    fn enter(&self) -> Result<InFlight, Rejection> {
        self.inner.in_flight.fetch_add(1, Ordering::SeqCst);
        let entered = InFlight(self.clone());
        if self.inner.draining.load(Ordering::SeqCst) {
            return Err(Reason::ShuttingDown.into());
        }
        Ok(entered)
    }

    /// Runs a handler under its claim: its lease is renewed while it runs, its deadline is kept, and a panic ends it
    /// and not the process.
    ///
    /// # Errors
    ///
    /// [`Reason::HandlerPanicked`], [`Reason::HandlerTimeout`], or [`Reason::ShuttingDown`] where the handler outlived
    /// the grace of a [`drain`](Self::drain); it was dropped. [`Reason::LeaseLost`] where the lease was over before the
    /// handler began, as after a pause of the process; it did not begin. The claim is still to be settled.
    pub async fn attend<F: Future>(
        &self,
        claim: &Claim,
        handler: F,
        timer: &impl Timer,
    ) -> Result<F::Output, Rejection> {
        if let Some((rules, lease)) = self.rules().zip(claim.lease.as_ref())
            && lease.age() >= rules.lease
        {
            lease.lose();
            observe::lease_lost(&self.inner.name);
            return Err(Reason::LeaseLost.into());
        }
        let deadline = self.inner.handler_deadline;
        let mut handler = pin!(handler);
        let mut alarm = pin!(async {
            match deadline {
                Some(deadline) => timer.sleep(deadline).await,
                None => core::future::pending().await,
            }
        });
        let mut halted = pin!(self.until_halted(timer));
        let mut renewals = pin!(self.renew_until_lost(claim, timer));
        let (mut begun, mut over) = (false, false);
        poll_fn(|cx| {
            // Before the handler, so that one that was paused with its process learns that its lease has ended before it
            // goes on. Not the first time: a handler that need not wait costs no timer.
            if begun && !over {
                over = renewals.as_mut().poll(cx).is_ready();
            }
            // The handler's state is not looked at again after a panic: it is dropped with this future.
            match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                Ok(Poll::Ready(output)) => return Poll::Ready(Ok(output)),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(Err(Reason::HandlerPanicked.into())),
            }
            if !mem::replace(&mut begun, true) {
                over = renewals.as_mut().poll(cx).is_ready();
            }
            if alarm.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Reason::HandlerTimeout.into()));
            }
            halted.as_mut().poll(cx).map(|()| Err(Reason::ShuttingDown.into()))
        })
        .await
    }

    /// Ends when the gate was halted.
    async fn until_halted(&self, timer: &impl Timer) {
        while !self.inner.halted.load(Ordering::SeqCst) {
            timer.sleep(LOOK).await;
        }
    }

    /// Renews the claim's lease. Ends when there is nothing left to renew: the lease was lost, or the claim was settled
    /// by a transaction.
    async fn renew_until_lost(&self, claim: &Claim, timer: &impl Timer) {
        let Some((records, lease)) = self.inner.records.as_ref().zip(claim.lease.as_ref()) else { return };
        let span = records.rules.lease;
        let beat = span.div_f64(BEATS_PER_LEASE);
        // Not counted from here: the grant may have been on its way for most of the lease.
        let age = lease.age();
        let mut until_beat = beat.saturating_sub(age);
        // When the lease ends as far as this worker can know, whatever the store is doing.
        let mut end = pin!(timer.sleep(span.saturating_sub(age)));
        loop {
            let renewal = async {
                timer.sleep(mem::replace(&mut until_beat, beat)).await;
                let next_end = timer.sleep(span);
                let step = records.store.renew(lease.key(), lease.fence(), span);
                (within(timer, records.rules.store_deadline, step).await, next_end)
            };
            match before(end.as_mut(), renewal).await {
                Some((Some(Ok(Settled::Done)), next_end)) => end.set(next_end),
                Some((Some(Ok(Settled::Fenced)), _)) if lease.is_left_to_transaction() => return,
                Some((Some(Ok(Settled::Fenced)), _)) | None => {
                    lease.lose();
                    return observe::lease_lost(&self.inner.name);
                }
                // The next beat tries again, until the end.
                Some((Some(Err(_)) | None, _)) => {}
            }
        }
    }

    /// Records how the handler ended: an answer that [`completes`](Self::completes) the event is kept, everything else
    /// releases it.
    ///
    /// A store that fails is asked again for ten seconds at most, or a lease if that is shorter. Completing and releasing
    /// twice under one fence changes nothing, so asking again is safe when the first answer was lost.
    ///
    /// A claim that was completed in the handler's own transaction is not completed here. Its release is tried, which
    /// changes nothing where the transaction was committed, and gives the event back where it was rolled back. Where
    /// nothing was changed and a success is to be answered, the completion is asked for once more: it is there if the
    /// transaction was committed, and refused if another worker took the event over after a rollback.
    ///
    /// # Errors
    ///
    /// A success could not be recorded: [`Reason::LeaseLost`] where another worker has the event,
    /// [`Reason::RolledBack`] where the transaction that was to complete it was not committed,
    /// [`Reason::StoreUnavailable`] where the store failed. It must not be answered then; the sender is to come back.
    /// A release that fails is no error: the lease ends by itself.
    pub async fn settle(&self, claim: Claim, ending: &Ending, timer: &impl Timer) -> Result<(), Rejection> {
        let (Some(records), Some(lease)) = (&self.inner.records, &claim.lease) else { return Ok(()) };
        let (key, fence) = (lease.key(), lease.fence());
        let success = matches!(ending, Ending::Answered(outcome) if self.completes(outcome.status));
        let unsettled = |reason: Reason| if success { Err(reason.into()) } else { Ok(()) };
        // Left to a transaction: whether it was rolled back is asked first, then whether it was this claim's.
        let mut asks_for_rollback = lease.is_left_to_transaction();
        let mut bound = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let step = async {
                match ending {
                    Ending::Answered(outcome) if success && !asks_for_rollback => {
                        records.store.complete(key, fence, outcome, records.rules.retention).await
                    }
                    _ => records.store.release(key, fence, Duration::ZERO).await,
                }
            };
            let result = within(timer, records.rules.store_deadline, step).await;
            match result.unwrap_or_else(|| Err(StoreError::timed_out())) {
                Ok(Settled::Done) if asks_for_rollback => return unsettled(Reason::RolledBack),
                Ok(Settled::Fenced) if asks_for_rollback && success => {
                    asks_for_rollback = false;
                    continue;
                }
                Ok(Settled::Fenced) if asks_for_rollback => return Ok(()),
                Ok(Settled::Done) => return Ok(()),
                Ok(Settled::Fenced) => {
                    observe::lease_lost(&self.inner.name);
                    return unsettled(Reason::LeaseLost);
                }
                Err(error) => {
                    observe::store_failed(&self.inner.name, "settle", &error);
                    // Counts the time that the store takes to fail, too.
                    let limit = SETTLE_FOR.min(records.rules.lease);
                    if bound.get_or_insert_with(|| Alarm::new(timer.sleep(limit))).has_rung().await {
                        return unsettled(Reason::StoreUnavailable);
                    }
                }
            }
            timer.sleep(pause).await;
            pause = pause.saturating_mul(2).min(Duration::from_secs(1));
        }
    }

    /// How many requests are between admission and settlement.
    pub fn in_flight(&self) -> usize {
        self.inner.in_flight.load(Ordering::SeqCst)
    }

    /// Stops claiming: what comes in is answered 503 from now on. Waits until everything in flight is settled; after
    /// `grace`, handlers that still run are dropped and their events released, so that another process takes them over
    /// at once. Returns how many could not be settled even so: their leases are left to end.
    pub async fn drain(&self, grace: Duration, timer: &impl Timer) -> usize {
        self.inner.draining.store(true, Ordering::SeqCst);
        self.until_empty(grace, timer).await;
        self.inner.halted.store(true, Ordering::SeqCst);
        let store_deadline = self.rules().map_or(Duration::ZERO, |rules| rules.store_deadline);
        self.until_empty(LOOK.saturating_mul(2).saturating_add(store_deadline), timer).await;
        self.in_flight()
    }

    async fn until_empty(&self, limit: Duration, timer: &impl Timer) {
        let mut waited = Duration::ZERO;
        while self.in_flight() > 0 && waited < limit {
            let nap = LAST_PAUSE.min(limit.saturating_sub(waited));
            timer.sleep(nap).await;
            waited = waited.saturating_add(nap);
        }
    }
}

impl Records {
    /// Claims within the store's deadline. A store that fails before that is asked again under the same nonce: if the
    /// first asking was answered and the answer was lost, the claim is found, not guessed. So is a store whose grant
    /// comes when the lease, which began after the asking, may have ended: by then the event may be another worker's.
    async fn claim(
        &self,
        endpoint: &str,
        key: &EventKey,
        request: &ClaimRequest,
        timer: &impl Timer,
    ) -> Result<Reply, StoreError> {
        let ask = async {
            let mut pause = FIRST_PAUSE;
            let mut reply = self.ask(key, request).await;
            for _ in 1..MAX_ASKINGS {
                match &reply {
                    Err(error) if error.kind() == StoreErrorKind::Unavailable => {
                        observe::store_failed(endpoint, "claim", error);
                    }
                    _ => return reply,
                }
                timer.sleep(pause).await;
                pause = pause.saturating_mul(2);
                reply = self.ask_again(key, request).await;
            }
            reply
        };
        within(timer, self.rules.store_deadline, ask).await.unwrap_or_else(|| Err(StoreError::timed_out()))
    }

    /// Asks once. A process that is paused while its grant is on the way comes back to a lease that is over.
    async fn ask(&self, key: &EventKey, request: &ClaimRequest) -> Result<Reply, StoreError> {
        let asked = Instant::now();
        let reply = self.store.claim(key, request).await?;
        match reply.claimed {
            Claimed::Granted { .. } if asked.elapsed() >= request.lease => Err(StoreError::timed_out()),
            _ => Ok(Reply { asked, reply }),
        }
    }

    /// Asks under a nonce that was asked for before. What is granted may be the first asking's, and as old: it is renewed,
    /// so that its age is known.
    async fn ask_again(&self, key: &EventKey, request: &ClaimRequest) -> Result<Reply, StoreError> {
        let again = self.ask(key, request).await?;
        let Claimed::Granted { fence, .. } = again.reply.claimed else { return Ok(again) };
        let asked = Instant::now();
        match self.store.renew(key, fence, request.lease).await? {
            Settled::Done if asked.elapsed() < request.lease => Ok(Reply { asked, ..again }),
            _ => Err(StoreError::timed_out()),
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.inner.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InFlight")
    }
}

/// A duplicate's place among the waiting, given back when dropped.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn take(records: &'a Records) -> Option<Self> {
        let grow = |waiting: usize| (waiting < records.rules.max_waiters).then(|| waiting.saturating_add(1));
        let taken = records.waiters.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow).is_ok();
        // Made only where a place was taken: one that is dropped gives its place back.
        taken.then(|| Self(&records.waiters))
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A time to come, looked at while other things are done.
struct Alarm<F> {
    sleep: Pin<Box<F>>,
    rung: bool,
}

impl<F: Future<Output = ()>> Alarm<F> {
    fn new(sleep: F) -> Self {
        Self { sleep: Box::pin(sleep), rung: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        self.rung = self.rung || self.sleep.as_mut().poll(cx).is_ready();
        self.rung
    }

    /// Whether the time has come.
    async fn has_rung(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.poll(cx))).await
    }

    /// Ends with `other`, or when the time has come.
    async fn or(&mut self, other: impl Future<Output = ()>) {
        let mut other = pin!(other);
        poll_fn(|cx| if self.poll(cx) { Poll::Ready(()) } else { other.as_mut().poll(cx) }).await;
    }
}

/// Runs `work` until `end` has come.
async fn before<F: Future>(mut end: Pin<&mut impl Future<Output = ()>>, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Runs `work` for at most `limit`, counted from when it first has to wait: work that is done at once, as a store in
/// memory is or a body that has arrived, sets no timer and asks no clock.
pub async fn within<F: Future>(timer: &impl Timer, limit: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut alarm = pin!(async { timer.sleep(limit).await });
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => alarm.as_mut().poll(cx).map(|()| None),
    })
    .await
}
