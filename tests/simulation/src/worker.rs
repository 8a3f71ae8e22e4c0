//! A worker: the verbs of a real endpoint in the order in which the adapters call them. The planted bugs of a worker are
//! here.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use countersign::{
    Claim, Decision, Delivery, Encoding, Ending, Endpoint, Fingerprint, Lease, Outcome, Rejection, Tolerance, encode,
    providers,
};

use crate::defect::Defect;
use crate::delivery::{Asked, Asking, Exchange, KEY, Reply, Signed};
use crate::handler::{Run, outcome};
use crate::plan::{FUTURE, PAST, Plan};
use crate::records::Step;
use crate::store::SimStore;
use crate::world::{Millis, Process, SimClock, World, lock};

/// A running process with its endpoint.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) process: Process,
    pub(crate) endpoint: Endpoint,
    pub(crate) store: SimStore,
    pub(crate) defect: Option<Defect>,
    plan: Arc<Plan>,
    pace: Arc<Mutex<Pace>>,
    /// How many duplicates wait now, and how many claims are in the hands of handlers.
    waiting: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
}

/// How long things took at most, over all workers of a history.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) admission: Millis,
    pub(crate) settlement: Millis,
}

/// What the rules of an endpoint promise, whatever the store does: a margin over what timers round.
const MARGIN: Millis = 100;

/// How long a settlement is tried again, and the longest pause between two tries.
const SETTLE_FOR: Millis = 10_000;
const SETTLE_PAUSE: Millis = 1_000;

impl Worker {
    pub(crate) fn start(store: SimStore, plan: &Arc<Plan>, clock: &SimClock, pace: &Arc<Mutex<Pace>>) -> Self {
        let defect = store.defect;
        let millis = Duration::from_millis;
        let secret = format!("whsec_{}", encode(KEY, Encoding::Base64));
        let mut builder = Endpoint::builder("simulated", providers::STANDARD_WEBHOOKS, secret)
            .dedupe(store.clone())
            .clock(clock.clone())
            .lease(millis(plan.lease))
            .store_deadline(millis(plan.store_deadline))
            .duplicate_wait(millis(plan.duplicate_wait))
            .max_waiters(plan.max_waiters)
            .max_attempts(plan.max_attempts)
            .tolerance(Tolerance { past: millis(PAST), future: millis(FUTURE) });
        if let Some(deadline) = plan.handler_deadline {
            builder = builder.handler_deadline(millis(deadline));
        }
        if plan.strict_replay {
            builder = builder.strict_replay();
        }
        if plan.window_only {
            builder = builder.replay_window_only();
        }
        builder = match defect {
            Some(Defect::FailsOpen) => builder.danger_continue_without_store(),
            Some(Defect::AnyNumberWaits) => builder.max_waiters(usize::MAX),
            Some(Defect::WaitsTooLong) => builder.duplicate_wait(millis(3_600_000)),
            _ => builder,
        };
        let endpoint = builder.build().expect("the settings fit together");
        let process = store.world.start();
        Self {
            process,
            endpoint,
            store,
            defect,
            plan: Arc::clone(plan),
            pace: Arc::clone(pace),
            waiting: Arc::default(),
            running: Arc::default(),
        }
    }

    /// Shuts down in order: at most `grace` for what runs. Returns how many requests could not be settled.
    pub(crate) async fn drain(&self, grace: Millis) -> usize {
        if self.defect == Some(Defect::ClaimsWhileDraining) {
            *lock(&self.store.draining_since) = Some(self.world().now());
            self.world().sleep(grace + SETTLE_FOR).await;
            return self.endpoint.in_flight();
        }
        let left = self.endpoint.drain(Duration::from_millis(grace), self.world()).await;
        let running = self.running.load(Ordering::Relaxed);
        self.ensure(left > 0 || running == 0, || format!("EV-21: {running} handlers run after a drain that left none"));
        left
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn world(&self) -> &World {
        &self.store.world
    }

    fn say(&self, what: impl FnOnce() -> String) {
        self.store.trace.say(self.world(), || format!("worker {}: {}", self.store.worker, what()));
    }

    fn ensure(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            lock(&self.store.history).violation(what());
        }
    }

    /// Takes one request from its arrival to its answer.
    pub(crate) async fn serve(self, request: Signed, exchange: Arc<Exchange>) {
        lock(&self.store.history).counts.deliveries += 1;
        if let Some(reply) = self.answer(&request, &exchange).await {
            self.say(|| format!("{} is answered {reply:?}", request.id));
            exchange.answer(reply);
        }
    }

    /// `None` where the client was gone before anything was claimed.
    async fn answer(&self, request: &Signed, exchange: &Exchange) -> Option<Reply> {
        let delivery = match self.verify(request) {
            Ok(delivery) => delivery,
            Err(rejection) => return Some(Reply::Refused(rejection.reason())),
        };
        let asked = Arc::new(Asked::default());
        let decision = self.admit(&delivery, exchange, &asked).await?;
        match decision {
            Err(rejection) => Some(Reply::Refused(rejection.reason())),
            Ok(Decision::Repeat(outcome)) => {
                let Asking { key, body, .. } = asked.so_far();
                if let Some((key, body)) = key.zip(body) {
                    let age = delivery.sent_at().map_or(Duration::ZERO, |sent| delivery.received_at().since(sent));
                    let late = age > Duration::from_millis(PAST - 20_000);
                    lock(&self.store.history).answered_duplicate(&key, &outcome, (body, late));
                }
                Some(Reply::Repeated(outcome.status))
            }
            Ok(Decision::Handle(claim)) => match claim.lease().cloned() {
                Some(lease) => {
                    let body = asked.so_far().body.unwrap_or(Fingerprint::new([0; 32]));
                    Some(self.handle(claim, &lease, body).await)
                }
                None => {
                    lock(&self.store.history).started_without_claim();
                    Some(Reply::Handled(200))
                }
            },
        }
    }

    fn verify(&self, request: &Signed) -> Result<Delivery, Rejection> {
        let mut intake = self.endpoint.open(request)?;
        intake.push(request.body.clone())?;
        intake.finish(self.endpoint.now()?)
    }

    /// Admits a delivery; its client may hang up until that is done, as in the adapters.
    async fn admit(
        &self,
        delivery: &Delivery,
        exchange: &Exchange,
        asked: &Arc<Asked>,
    ) -> Option<Result<Decision, Rejection>> {
        let begun = self.world().now();
        let mut admission = pin!(self.endpoint.admit_within(delivery, self.world()));
        let mut place = Place { waiting: &self.waiting, taken: false };
        let decision = poll_fn(|cx| {
            if exchange.is_hung_up(cx.waker()) {
                return Poll::Ready(None);
            }
            *lock(&self.store.asking) = Some(Arc::clone(asked));
            let polled = admission.as_mut().poll(cx).map(Some);
            *lock(&self.store.asking) = None;
            if polled.is_pending() && asked.so_far().waits {
                place.take();
                let waiting = self.waiting.load(Ordering::Relaxed);
                let room = self.plan.max_waiters;
                self.ensure(waiting <= room, || format!("INV-18: {waiting} duplicates wait where {room} may"));
            }
            polled
        })
        .await?;
        let took = self.world().now() - begun;
        let most = self.plan.duplicate_wait + 2 * self.plan.store_deadline + MARGIN + self.store.paused_since(begun);
        self.ensure(took <= most, || format!("INV-18: an admission took {took} ms where {most} are the most"));
        let mut pace = lock(&self.pace);
        pace.admission = pace.admission.max(took);
        Some(decision)
    }

    async fn handle(&self, claim: Claim, lease: &Lease, body: Fingerprint) -> Reply {
        let (key, fence) = (*lease.key(), lease.fence().get());
        lock(&self.store.history).started(&key, fence, lease.attempt(), body);
        let mut running = Place { waiting: &self.running, taken: false };
        running.take();
        let (now, plan) = (self.world().now(), Arc::clone(&self.plan));
        let run = self.world().choose(|dice| Run::draw(dice, &plan, now, self.defect));
        self.say(|| format!("fence {fence}: {run:?}"));
        if self.defect == Some(Defect::CompletesFirst) {
            let _ = self.store.ask(&key, Step::Complete(lease.fence(), outcome(fence), lease.retention())).await;
        }
        let handler = run.play(self.store.clone(), self.plan.transactional, lease.clone());
        let attended = match self.defect {
            Some(Defect::NoHeartbeat) => Ok(handler.await),
            Some(Defect::ReleasesWhileRunning) => self.attend_badly(&claim, handler).await,
            _ => self.endpoint.attend(&claim, handler, self.world()).await,
        };
        let ending = match &attended {
            Ok(outcome) => Ending::Answered(outcome.clone()),
            Err(_) => Ending::Failed,
        };
        let begun = self.world().now();
        let settled = self.endpoint.settle(claim, &ending, self.world()).await;
        self.check_settlement(begun);
        let reply = match (attended, settled) {
            (Err(rejection), _) => Reply::Refused(rejection.reason()),
            (Ok(outcome), Err(_)) if self.defect == Some(Defect::AcksUnrecorded) => Reply::Handled(outcome.status),
            (Ok(_), Err(rejection)) => Reply::Refused(rejection.reason()),
            (Ok(outcome), Ok(())) => Reply::Handled(outcome.status),
        };
        if matches!(reply, Reply::Handled(200..=299)) {
            lock(&self.store.history).acknowledged(&key, fence);
        }
        reply
    }

    fn check_settlement(&self, begun: Millis) {
        let took = self.world().now() - begun;
        let most = SETTLE_FOR.min(self.plan.lease) + SETTLE_PAUSE + 2 * self.plan.store_deadline;
        let most = most + MARGIN + self.store.paused_since(begun);
        self.ensure(took <= most, || format!("EV-06: a settlement took {took} ms where {most} are the most"));
        let mut pace = lock(&self.pace);
        pace.settlement = pace.settlement.max(took);
    }

    /// What a worker does that releases at the deadline and lets the handler go on.
    async fn attend_badly(
        &self,
        claim: &Claim,
        handler: impl Future<Output = Outcome> + Send + 'static,
    ) -> Result<Outcome, Rejection> {
        let done = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&done);
        self.world().spawn(self.process, async move {
            let outcome = handler.await;
            *lock(&tell) = Some(outcome);
        });
        let ended = async {
            loop {
                if let Some(outcome) = lock(&done).take() {
                    return outcome;
                }
                self.world().sleep(10).await;
            }
        };
        self.endpoint.attend(claim, ended, self.world()).await
    }
}

/// A place among those that wait or run, given back when dropped.
struct Place<'a> {
    waiting: &'a AtomicUsize,
    taken: bool,
}

impl Place<'_> {
    fn take(&mut self) {
        if !self.taken {
            self.taken = true;
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(usize::from(self.taken), Ordering::Relaxed);
    }
}
