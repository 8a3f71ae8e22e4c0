//! The store as a worker sees it: over a network that is slow, fails before or after the step, loses requests and
//! answers, and does a step twice. A request that is on its way arrives, whatever became of the one who sent it.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use countersign::record::{ClaimRequest, Fence, Settled};
use countersign::{ClaimReply, EventKey, Outcome, Store, StoreError};

use crate::defect::Defect;
use crate::delivery::Asked;
use crate::history::History;
use crate::records::{Answer, Records, Step};
use crate::world::{Millis, World, lock};

/// One worker's connection to the shared records.
#[derive(Clone)]
pub(crate) struct SimStore {
    pub(crate) world: World,
    pub(crate) records: Arc<Mutex<Records>>,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) network: Arc<Mutex<Network>>,
    pub(crate) worker: usize,
    /// When this worker's process began to shut down.
    pub(crate) draining_since: Arc<Mutex<Option<Millis>>>,
    /// When this worker's process is paused, and until when.
    pub(crate) pauses: Arc<Mutex<Vec<(Millis, Millis)>>>,
    /// The delivery that is being admitted in this poll.
    pub(crate) asking: Arc<Mutex<Option<Arc<Asked>>>>,
    pub(crate) defect: Option<Defect>,
    pub(crate) trace: Trace,
}

/// Prints what happens, where a single seed is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Trace(pub(crate) bool);

/// How the network fails now.
pub(crate) struct Network {
    /// Calls harmed, of a hundred.
    pub(crate) harm: u64,
    /// Which of the ways below are taken, and how often each.
    pub(crate) ways: Vec<Way>,
    /// Until when nothing of a worker's arrives.
    pub(crate) cut_until: Vec<Millis>,
    /// The longest way of a request, in milliseconds.
    pub(crate) longest: Millis,
    /// How long a claim that was asked before a shutdown may still be tried.
    pub(crate) store_deadline: Millis,
}

/// A way in which a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Slow,
    NotDone,
    DoneButFailed,
    RequestLost,
    AnswerLost,
    Twice,
}

impl Way {
    pub(crate) const ALL: [Self; 6] =
        [Self::Slow, Self::NotDone, Self::DoneButFailed, Self::RequestLost, Self::AnswerLost, Self::Twice];
}

/// What becomes of one call: when it is done, and when and how it is answered.
struct Fate {
    harmed: bool,
    done: [Option<Millis>; 2],
    answered: Option<(Millis, bool)>,
}

#[derive(Default)]
struct Call {
    applied: Option<Result<Answer, StoreError>>,
    answer: Option<Result<Answer, StoreError>>,
    waker: Option<Waker>,
}

/// A caller that may be gone before its answer comes.
struct Caller<'a> {
    store: &'a SimStore,
    key: EventKey,
    step: Step,
    answered: bool,
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.store.excuse(&self.key, &self.step);
        }
    }
}

impl SimStore {
    pub(crate) async fn ask(&self, key: &EventKey, step: Step) -> Result<Answer, StoreError> {
        let mut caller = Caller { store: self, key: *key, step: step.clone(), answered: false };
        let call = Arc::new(Mutex::new(Call::default()));
        self.send(key, step, &call);
        let answer = poll_fn(|cx| {
            let mut call = lock(&call);
            match call.answer.take() {
                Some(answer) => Poll::Ready(answer),
                None => {
                    call.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await;
        caller.answered = true;
        self.trace.say(&self.world, || format!("worker {}: {} -> {answer:?}", self.worker, caller.step.name()));
        answer
    }

    fn send(&self, key: &EventKey, step: Step, call: &Arc<Mutex<Call>>) {
        let now = self.world.now();
        let fate = self.fate(now);
        let mut history = lock(&self.history);
        history.counts.calls += 1;
        history.counts.harmed_calls += u64::from(fate.harmed);
        if matches!(step, Step::Claim(_)) {
            let late = lock(&self.network).store_deadline;
            if lock(&self.draining_since).is_some_and(|since| now > since + late + self.paused_since(since)) {
                history.violation(format!("EV-21: worker {} claims although it shuts down", self.worker));
            }
        }
        drop(history);
        for delay in fate.done.into_iter().flatten() {
            let (store, key, step, call) = (self.clone(), *key, step.clone(), Arc::clone(call));
            self.soon(delay, move || store.arrives(&key, &step, &call, fate.harmed));
        }
        if let Some((delay, truly)) = fate.answered {
            let call = Arc::clone(call);
            self.soon(delay, move || {
                let mut call = lock(&call);
                let unanswered = Err(StoreError::timed_out());
                call.answer = Some(if truly { call.applied.clone().unwrap_or(unanswered) } else { unanswered });
                let waker = call.waker.take();
                drop(call);
                waker.into_iter().for_each(Waker::wake);
            });
        }
        if fate.harmed {
            self.excuse(key, &step);
        }
    }

    /// At once where there is no delay: then the caller need not wait, as with a store in memory.
    fn soon(&self, delay: Millis, action: impl FnOnce() + Send + 'static) {
        if delay == 0 { action() } else { self.world.at(self.world.now() + delay, action) }
    }

    fn arrives(&self, key: &EventKey, step: &Step, call: &Arc<Mutex<Call>>, harmed: bool) {
        let (mut records, mut history) = (lock(&self.records), lock(&self.history));
        let answer = match step {
            Step::Claim(request) if self.defect == Some(Defect::CheckThenAct) => {
                if let Some(looked) = records.look(key, request) {
                    let (store, key, request, call) = (self.clone(), *key, *request, Arc::clone(call));
                    // Before the answer goes out, which takes longer.
                    self.world.at(self.world.now() + 1, move || {
                        let (mut records, mut history) = (lock(&store.records), lock(&store.history));
                        lock(&call).applied = Some(Ok(records.act(&key, &request, looked, &mut history)));
                    });
                    return;
                }
                records.apply(key, step, &mut history)
            }
            _ => records.apply(key, step, &mut history),
        };
        self.trace.say(&self.world, || format!("store: {step:?} of worker {} -> {answer:?}", self.worker));
        drop((records, history));
        let now = self.world.now();
        if harmed || lock(&self.pauses).iter().any(|(from, until)| (*from..=*until).contains(&now)) {
            self.excuse(key, step);
        }
        lock(call).applied.get_or_insert(answer);
    }

    /// For how long this worker stood still since then.
    pub(crate) fn paused_since(&self, since: Millis) -> Millis {
        let pauses = lock(&self.pauses);
        pauses.iter().map(|(from, until)| until.saturating_sub(since.max(*from))).sum()
    }

    /// Whoever holds the claim that this step is about may lose it without any fault of its own.
    fn excuse(&self, key: &EventKey, step: &Step) {
        match step {
            Step::Claim(request) => lock(&self.history).excuse_nonce(key, request.nonce),
            _ => step.fence().into_iter().for_each(|fence| lock(&self.history).excuse(key, fence.get())),
        }
    }

    fn fate(&self, now: Millis) -> Fate {
        let network = lock(&self.network);
        let cut = network.cut_until.get(self.worker).is_some_and(|until| now < *until);
        let check_then_act = self.defect == Some(Defect::CheckThenAct);
        self.world.choose(|dice| {
            if cut {
                return Fate { harmed: true, done: [None, None], answered: None };
            }
            let way = dice.chance(network.harm).then(|| dice.pick(&network.ways));
            let there = if dice.chance(50) && !check_then_act { 0 } else { dice.between(1, 20) };
            let back = there + if there == 0 { 0 } else { dice.between(2, 20) };
            let long = dice.between(50, network.longest);
            let (done, answered) = match way {
                None => ([Some(there), None], Some((back, true))),
                Some(Way::Slow) => ([Some(long), None], Some((long + back + 2, true))),
                Some(Way::NotDone) => ([None, None], Some((back, false))),
                Some(Way::DoneButFailed) => {
                    // The failure may be known before the step is done: it is still on its way.
                    let done = if dice.chance(50) { there } else { long };
                    ([Some(done), None], Some((back, false)))
                }
                Some(Way::RequestLost) => ([None, None], None),
                Some(Way::AnswerLost) => ([Some(if dice.chance(50) { there } else { long }), None], None),
                Some(Way::Twice) => ([Some(there), Some(long)], Some((back, true))),
            };
            Fate { harmed: way.is_some(), done, answered }
        })
    }

    async fn settled(&self, key: &EventKey, step: Step) -> Result<Settled, StoreError> {
        match self.ask(key, step).await? {
            Answer::Settled(settled) => Ok(settled),
            Answer::Claimed(_) => Err(StoreError::unavailable("an answer to another question")),
        }
    }
}

impl Store for SimStore {
    fn capacity(&self) -> Option<u64> {
        None
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn claim(&self, key: &EventKey, request: &ClaimRequest) -> Result<ClaimReply, StoreError> {
        let asked = lock(&self.asking).clone();
        if let Some(asked) = &asked {
            asked.claims(key, request.fingerprint);
        }
        match self.ask(key, Step::Claim(*request)).await? {
            Answer::Claimed(reply) => {
                asked.into_iter().for_each(|asked| asked.answered(reply.claimed));
                Ok(reply)
            }
            Answer::Settled(_) => Err(StoreError::unavailable("an answer to another question")),
        }
    }

    fn renew(
        &self,
        key: &EventKey,
        fence: Fence,
        lease: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send {
        self.settled(key, Step::Renew(fence, lease))
    }

    fn complete(
        &self,
        key: &EventKey,
        fence: Fence,
        outcome: &Outcome,
        retention: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send {
        self.settled(key, Step::Complete(fence, outcome.clone(), retention))
    }

    fn release(
        &self,
        key: &EventKey,
        fence: Fence,
        wait: Duration,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send {
        self.settled(key, Step::Release(fence, wait))
    }
}

impl Trace {
    pub(crate) fn say(self, world: &World, what: impl FnOnce() -> String) {
        if self.0 {
            println!("{:>8} ms  {}", world.now(), what());
        }
    }
}
