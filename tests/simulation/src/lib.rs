//! The claim protocol in simulated time: several workers, each a real [`Endpoint`](countersign::Endpoint), over one
//! store whose every call may be slow, fail before or after it is done, or be lost. Everything is chosen by a seed, and a
//! ledger outside says whether the promises held. See `main.rs` for the command.

mod campaign;
mod defect;
mod delivery;
mod dice;
mod handler;
mod history;
pub mod model;
mod plan;
mod records;
mod sender;
mod store;
mod worker;
mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use campaign::Campaign;
pub use defect::Defect;
pub use history::Counts;

use crate::dice::Dice;
use crate::history::History;
use crate::plan::{FUTURE, Fault, PAST, Plan};
use crate::records::Records;
use crate::sender::{Events, Senders};
use crate::store::{Network, SimStore, Trace};
use crate::worker::{Pace, Worker};
use crate::world::{Millis, OUTSIDE, Runner, SimClock, World, lock};

/// What came of one seed.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// The invariants that did not hold, in the order in which they broke.
    pub violations: Vec<String>,
    /// What happened.
    pub counts: Counts,
    /// How much time passed in the simulation, without the days that nothing happens in.
    pub simulated: Duration,
    /// How long after the last fault every event was done.
    pub recovery: Duration,
    /// The longest admission.
    pub admission: Duration,
    /// The longest settlement.
    pub settlement: Duration,
    /// How often a task was polled.
    pub polls: u64,
}

/// Plays the history of one seed, with a bug planted or none. `trace` prints what happens.
pub fn play(seed: u64, defect: Option<Defect>, trace: bool) -> Verdict {
    Scene::new(seed, defect, trace).play()
}

/// Everything in one history.
struct Scene {
    seed: u64,
    plan: Arc<Plan>,
    world: World,
    runner: Runner,
    history: Arc<Mutex<History>>,
    network: Arc<Mutex<Network>>,
    store_clock: SimClock,
    cast: Arc<Cast>,
}

/// The workers, and what starts another in the place of one that went.
pub(crate) struct Cast {
    workers: Mutex<Vec<Worker>>,
    store: SimStore,
    plan: Arc<Plan>,
    clocks: Vec<SimClock>,
    pace: Arc<Mutex<Pace>>,
}

/// How long after everything is done an event is delivered once more: past any retention.
const MUCH_LATER: Millis = 60 * 86_400_000;

impl Scene {
    fn new(seed: u64, defect: Option<Defect>, trace: bool) -> Self {
        let plan = Arc::new(Plan::draw(seed, defect));
        let trace = Trace(trace);
        let world = World::new(Dice::new(seed, 2));
        trace.say(&world, || format!("{plan:#?}"));
        let store_clock = SimClock::new(&world, 0);
        let history = Arc::new(Mutex::new(History::new(plan.transactional, plan.window_only)));
        let records = Arc::new(Mutex::new(Records::new(store_clock.clone(), plan.in_memory, defect)));
        let network = Network {
            harm: plan.harm,
            ways: plan.ways.clone(),
            cut_until: vec![0; plan.workers],
            longest: plan.longest,
            store_deadline: plan.store_deadline,
        };
        let network = Arc::new(Mutex::new(network));
        let store = SimStore {
            world: world.clone(),
            records,
            history: Arc::clone(&history),
            network: Arc::clone(&network),
            worker: 0,
            draining_since: Arc::default(),
            pauses: Arc::default(),
            asking: Arc::default(),
            defect,
            trace,
        };
        let cast = Arc::new(Cast {
            workers: Mutex::default(),
            store,
            plan: Arc::clone(&plan),
            clocks: plan.skews.iter().map(|skew| SimClock::new(&world, *skew)).collect(),
            pace: Arc::default(),
        });
        let runner = Runner::new(&world);
        Self { seed, plan, world, runner, history, network, store_clock, cast }
    }

    fn play(mut self) -> Verdict {
        for worker in 0..self.plan.workers {
            let started = self.cast.start(worker);
            lock(&self.cast.workers).push(started);
        }
        let events = Events::draw(self.seed, &self.plan);
        let senders = Senders::new(&self.world, &self.cast, &self.plan);
        senders.begin(&events);
        for (at, fault) in self.plan.faults.clone() {
            self.plan_fault(at, fault);
        }
        self.run(self.plan.faults_until, || false);
        self.end_faults();
        let limit = self.world.now() + self.plan.recovery();
        let all = Arc::clone(&senders);
        self.run(limit, move || all.are_done());
        let recovery = self.world.now() - self.plan.faults_until;
        for open in senders.open() {
            lock(&self.history).violation(format!("INV-10: {open} is not done {recovery} ms after the last fault"));
        }
        // What is still on its way arrives, and what was begun ends: then nothing may be in flight.
        let replays = if self.plan.window_only { PAST + FUTURE } else { 0 };
        self.run(self.world.now() + self.plan.recovery() + replays, || false);
        self.check_rest();
        let simulated = self.world.now();
        if lock(&self.history).violations().is_empty() {
            self.deliver_much_later(&senders, &events);
        }
        let history = lock(&self.history);
        let pace = *lock(&self.cast.pace);
        Verdict {
            seed: self.seed,
            violations: history.violations().to_vec(),
            counts: history.counts,
            simulated: Duration::from_millis(simulated),
            recovery: Duration::from_millis(recovery),
            admission: Duration::from_millis(pace.admission),
            settlement: Duration::from_millis(pace.settlement),
            polls: self.runner.polls(),
        }
    }

    fn run(&mut self, until: Millis, done: impl FnMut() -> bool) {
        if let Err(stuck) = self.runner.run(until, done) {
            lock(&self.history).violation(stuck);
        }
    }

    fn plan_fault(&self, at: Millis, fault: Fault) {
        let (world, cast) = (self.world.clone(), Arc::clone(&self.cast));
        let (network, clock) = (Arc::clone(&self.network), self.store_clock.clone());
        self.world.at(at, move || {
            let now = world.now();
            cast.store.trace.say(&world, || format!("{fault:?}"));
            let mut history = lock(&cast.store.history);
            match fault {
                Fault::Kill { worker, down } => {
                    history.counts.kills += 1;
                    history.excuse_all();
                    drop(history);
                    cast.kill(worker, down);
                }
                Fault::Pause { worker, span } => {
                    history.counts.pauses += 1;
                    history.excuse_all();
                    drop(history);
                    let worker = cast.worker(worker);
                    lock(&worker.store.pauses).push((now, now + span));
                    world.pause(worker.process, now + span);
                }
                Fault::Drain { worker, grace, down } => {
                    history.counts.drains += 1;
                    drop(history);
                    cast.drain(worker, grace, down);
                }
                Fault::Cut { worker, span } => {
                    let mut network = lock(&network);
                    if let Some(until) = network.cut_until.get_mut(worker) {
                        *until = (now + span).max(*until);
                    }
                }
                Fault::Outage { span } => {
                    let mut network = lock(&network);
                    network.cut_until.iter_mut().for_each(|until| *until = (now + span).max(*until));
                }
                Fault::ClockStep { by } => {
                    history.counts.clock_steps += 1;
                    history.excuse_all();
                    clock.step(by);
                }
                Fault::WorkerClockStep { worker, by } => {
                    if let Some(clock) = cast.clocks.get(worker) {
                        clock.set(by);
                    }
                }
            }
        });
    }

    fn end_faults(&self) {
        let now = self.world.now();
        let mut network = lock(&self.network);
        network.harm = 0;
        network.cut_until.iter_mut().for_each(|until| *until = now);
        drop(network);
        for worker in 0..self.plan.workers {
            self.world.go_on(self.cast.worker(worker).process, Millis::MAX);
        }
    }

    fn check_rest(&self) {
        let mut history = lock(&self.history);
        let unfinished = self.runner.unfinished();
        if unfinished > 0 {
            history.violation(format!("INV-18: {unfinished} requests never end"));
        }
        for worker in lock(&self.cast.workers).iter() {
            let (in_flight, waiting) = (worker.endpoint.in_flight(), worker.waiting());
            if (in_flight, waiting) != (0, 0) {
                history.violation(format!("INV-19: {in_flight} in flight and {waiting} waiting when all has ended"));
            }
        }
    }

    /// Once its record's time has passed, an event is a new one.
    fn deliver_much_later(&mut self, senders: &Arc<Senders>, events: &Events) {
        if self.plan.window_only || lock(&self.history).counts.completions == 0 {
            return;
        }
        self.run(self.world.now() + MUCH_LATER, || false);
        let before = lock(&self.history).counts.runs;
        let once_more = senders.once_more(events);
        let limit = self.world.now() + 2 * self.plan.recovery();
        let all = Arc::clone(senders);
        self.run(limit, move || all.are_done());
        let runs = lock(&self.history).counts.runs - before;
        if runs < once_more {
            let found = format!("INV-17: {once_more} events past their retention were delivered, and {runs} ran");
            lock(&self.history).violation(found);
        }
    }
}

impl Cast {
    pub(crate) fn worker(&self, index: usize) -> Worker {
        lock(&self.workers)[index].clone()
    }

    fn start(&self, index: usize) -> Worker {
        let store =
            SimStore { worker: index, draining_since: Arc::default(), pauses: Arc::default(), ..self.store.clone() };
        Worker::start(store, &self.plan, &self.clocks[index], &self.pace)
    }

    /// Ends a process and starts another in its place after a while.
    fn kill(self: &Arc<Self>, index: usize, down: Millis) {
        let process = self.worker(index).process;
        let world = &self.store.world;
        if !world.is_alive(process) {
            return;
        }
        world.kill(process);
        let cast = Arc::clone(self);
        world.at(world.now() + down, move || {
            let started = cast.start(index);
            lock(&cast.workers)[index] = started;
        });
    }

    /// Lets a process shut down in order.
    fn drain(self: &Arc<Self>, index: usize, grace: Millis, down: Millis) {
        let worker = self.worker(index);
        let world = self.store.world.clone();
        if !world.is_alive(worker.process) || lock(&worker.store.draining_since).is_some() {
            return;
        }
        if self.store.defect != Some(Defect::ClaimsWhileDraining) {
            *lock(&worker.store.draining_since) = Some(world.now());
        }
        let cast = Arc::clone(self);
        world.spawn(worker.process, async move {
            let left = worker.drain(grace).await;
            let world = &cast.store.world;
            // From outside: a task cannot end its own process while it is polled.
            let (going, process) = (Arc::clone(&cast), worker.process);
            world.spawn(OUTSIDE, async move {
                if going.worker(index).process == process {
                    if left > 0 {
                        lock(&going.store.history).excuse_all();
                    }
                    going.kill(index, down);
                }
            });
        });
    }
}
