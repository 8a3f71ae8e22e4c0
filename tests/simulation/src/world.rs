//! Simulated time and the tasks in it: one thread, processes that can be paused and killed, and a schedule that the seed
//! chooses. What runs in it is elsewhere.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering as Order};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use countersign::{Clock, Timer, UnixTime};

use crate::dice::Dice;

/// Milliseconds of simulated time.
pub(crate) type Millis = u64;

/// A process: its tasks stand still together and die together.
pub(crate) type Process = usize;

/// The process of whatever is never harmed.
pub(crate) const OUTSIDE: Process = 0;

/// Where simulated time starts, in Unix milliseconds.
const EPOCH: u64 = 1_795_451_732_000;

/// More polls than any history needs while no time passes: whoever takes them turns in a circle.
const MOST_POLLS: u64 = 20_000;

/// Simulated time. Clones are the same world.
#[derive(Clone)]
pub(crate) struct World(Arc<Shared>);

struct Shared {
    now: AtomicU64,
    inner: Mutex<Inner>,
    ready: Mutex<Vec<usize>>,
}

struct Inner {
    count: u64,
    due: BinaryHeap<Due>,
    spawned: Vec<(Process, Boxed)>,
    processes: Vec<Standing>,
    killed: Vec<Process>,
    dice: Dice,
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Standing {
    alive: bool,
    paused_until: Millis,
    /// The tasks that were ready while it was paused.
    waiting: Vec<Waker>,
}

impl Standing {
    fn new() -> Self {
        Self { alive: true, paused_until: 0, waiting: Vec::new() }
    }
}

/// Something that happens at a time; of two at the same time, the one that was planned first.
struct Due {
    at: Millis,
    count: u64,
    what: What,
}

enum What {
    Wake(Waker),
    Do(Box<dyn FnOnce() + Send>),
}

/// The tasks of a world, and what polls them.
pub(crate) struct Runner {
    world: World,
    tasks: Vec<Option<Task>>,
    polls: u64,
    polls_before_now: u64,
}

struct Task {
    process: Process,
    future: Boxed,
    waker: Waker,
    queued: Arc<Queued>,
}

/// Whether a task stands in the list of the ready ones.
struct Queued {
    id: usize,
    is: AtomicBool,
    world: World,
}

impl Wake for Queued {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is.swap(true, Order::Relaxed) {
            lock(&self.world.0.ready).push(self.id);
        }
    }
}

impl World {
    pub(crate) fn new(dice: Dice) -> Self {
        let inner = Inner {
            count: 0,
            due: BinaryHeap::new(),
            spawned: Vec::new(),
            processes: vec![Standing::new()],
            killed: Vec::new(),
            dice,
        };
        Self(Arc::new(Shared { now: AtomicU64::new(0), inner: Mutex::new(inner), ready: Mutex::default() }))
    }

    /// How long the world has existed.
    pub(crate) fn now(&self) -> Millis {
        self.0.now.load(Order::Relaxed)
    }

    pub(crate) fn choose<T>(&self, choice: impl FnOnce(&mut Dice) -> T) -> T {
        choice(&mut lock(&self.0.inner).dice)
    }

    /// Does something at a time, or at once if that has passed.
    pub(crate) fn at(&self, at: Millis, action: impl FnOnce() + Send + 'static) {
        self.plan(at, What::Do(Box::new(action)));
    }

    fn plan(&self, at: Millis, what: What) {
        let mut inner = lock(&self.0.inner);
        inner.count += 1;
        let count = inner.count;
        inner.due.push(Due { at, count, what });
    }

    pub(crate) fn sleep(&self, millis: Millis) -> Sleep {
        Sleep { until: self.now() + millis, planned: false, world: self.clone() }
    }

    /// Adds a process.
    pub(crate) fn start(&self) -> Process {
        let mut inner = lock(&self.0.inner);
        inner.processes.push(Standing::new());
        inner.processes.len() - 1
    }

    /// Lets a process run a task.
    pub(crate) fn spawn(&self, process: Process, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.0.inner).spawned.push((process, Box::pin(task)));
    }

    /// No task of the process is polled until `until`.
    pub(crate) fn pause(&self, process: Process, until: Millis) {
        let mut inner = lock(&self.0.inner);
        let paused_until = &mut inner.processes[process].paused_until;
        *paused_until = until.max(*paused_until);
        drop(inner);
        let world = self.clone();
        self.at(until, move || world.go_on(process, until));
    }

    /// Ends the pauses of a process that last no longer than `until`.
    pub(crate) fn go_on(&self, process: Process, until: Millis) {
        let mut inner = lock(&self.0.inner);
        let standing = &mut inner.processes[process];
        if standing.paused_until > until {
            return;
        }
        standing.paused_until = 0;
        let waiting = mem::take(&mut standing.waiting);
        drop(inner);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Drops all tasks of the process.
    pub(crate) fn kill(&self, process: Process) {
        let mut inner = lock(&self.0.inner);
        inner.processes[process].alive = false;
        inner.killed.push(process);
    }

    pub(crate) fn is_alive(&self, process: Process) -> bool {
        lock(&self.0.inner).processes[process].alive
    }
}

impl Runner {
    pub(crate) fn new(world: &World) -> Self {
        Self { world: world.clone(), tasks: Vec::new(), polls: 0, polls_before_now: 0 }
    }

    pub(crate) fn polls(&self) -> u64 {
        self.polls
    }

    /// Lets everything happen that happens up to `until`, or until `done`.
    ///
    /// # Errors
    ///
    /// The tasks turn in a circle.
    pub(crate) fn run(&mut self, until: Millis, mut done: impl FnMut() -> bool) -> Result<(), String> {
        loop {
            self.settle_in();
            if let Some(id) = self.next_ready() {
                self.poll(id);
                if self.polls - self.polls_before_now > MOST_POLLS {
                    return Err(format!("a task turns in a circle at {} ms", self.world.now()));
                }
                continue;
            }
            if done() {
                return Ok(());
            }
            let mut inner = lock(&self.world.0.inner);
            let ended = inner.due.peek().is_none_or(|next| next.at > until);
            let next = if ended { None } else { inner.due.pop() };
            drop(inner);
            let Some(next) = next else { break };
            if self.world.0.now.fetch_max(next.at, Order::Relaxed) < next.at {
                self.polls_before_now = self.polls;
            }
            match next.what {
                What::Wake(waker) => waker.wake(),
                What::Do(action) => action(),
            }
        }
        self.world.0.now.fetch_max(until, Order::Relaxed);
        Ok(())
    }

    /// How many tasks of living processes have not ended.
    pub(crate) fn unfinished(&self) -> usize {
        self.tasks.iter().flatten().filter(|task| task.process != OUTSIDE).count()
    }

    fn settle_in(&mut self) {
        let mut inner = lock(&self.world.0.inner);
        let (spawned, killed) = (mem::take(&mut inner.spawned), mem::take(&mut inner.killed));
        drop(inner);
        for (process, future) in spawned {
            let queued = Queued { id: self.tasks.len(), is: AtomicBool::new(false), world: self.world.clone() };
            let queued = Arc::new(queued);
            queued.wake_by_ref();
            let waker = Waker::from(Arc::clone(&queued));
            self.tasks.push(Some(Task { process, future, waker, queued }));
        }
        for process in killed {
            for task in &mut self.tasks {
                drop(task.take_if(|task| task.process == process));
            }
        }
    }

    /// A ready task of a process that is neither dead nor paused. Which one, the dice say.
    fn next_ready(&mut self) -> Option<usize> {
        loop {
            let mut ready = lock(&self.world.0.ready);
            if ready.is_empty() {
                return None;
            }
            let chosen = if ready.len() == 1 { 0 } else { self.world.choose(|dice| dice.index(ready.len())) };
            let id = ready.swap_remove(chosen);
            drop(ready);
            let Some(task) = &self.tasks[id] else { continue };
            task.queued.is.store(false, Order::Relaxed);
            let mut inner = lock(&self.world.0.inner);
            let standing = &mut inner.processes[task.process];
            if !standing.alive {
                drop(inner);
                self.tasks[id] = None;
            } else if standing.paused_until > self.world.now() {
                standing.waiting.push(task.waker.clone());
            } else {
                return Some(id);
            }
        }
    }

    fn poll(&mut self, id: usize) {
        self.polls += 1;
        let Some(task) = &mut self.tasks[id] else { return };
        let waker = task.waker.clone();
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks[id] = None;
        }
    }
}

impl Drop for Runner {
    /// What is still planned knows the world, and the world knows what is planned.
    fn drop(&mut self) {
        self.tasks.clear();
        let mut inner = lock(&self.world.0.inner);
        let planned = (mem::take(&mut inner.due), mem::take(&mut inner.spawned), mem::take(&mut inner.processes));
        drop(inner);
        drop(planned);
    }
}

/// Completes when its time has come.
pub(crate) struct Sleep {
    world: World,
    until: Millis,
    planned: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Not ready when first asked, however short: a timer that is would hide whoever sleeps for no time in a loop.
        if self.planned && self.world.now() >= self.until {
            return Poll::Ready(());
        }
        if !mem::replace(&mut self.planned, true) {
            self.world.plan(self.until, What::Wake(cx.waker().clone()));
        }
        Poll::Pending
    }
}

impl Timer for World {
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        // Up, as a runtime's timer does: never early.
        Self::sleep(self, u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX / 2))
    }
}

/// A clock that may be wrong. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct SimClock {
    world: World,
    wrong_by: Arc<AtomicI64>,
}

impl SimClock {
    pub(crate) fn new(world: &World, wrong_by: i64) -> Self {
        Self { world: world.clone(), wrong_by: Arc::new(AtomicI64::new(wrong_by)) }
    }

    pub(crate) fn step(&self, by: i64) {
        self.wrong_by.fetch_add(by, Order::Relaxed);
    }

    pub(crate) fn set(&self, wrong_by: i64) {
        self.wrong_by.store(wrong_by, Order::Relaxed);
    }

    pub(crate) fn time(&self) -> UnixTime {
        let right = EPOCH + self.world.now();
        UnixTime::from_millis(right.saturating_add_signed(self.wrong_by.load(Order::Relaxed)))
    }
}

impl Clock for SimClock {
    fn now(&self) -> Option<UnixTime> {
        Some(self.time())
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    /// The earliest is the greatest: a heap gives out its greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.count).cmp(&(self.at, self.count))
    }
}

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` for at most `limit`.
pub(crate) async fn within<T>(world: &World, limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut alarm) = (pin!(work), pin!(world.sleep(limit)));
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => alarm.as_mut().poll(cx).map(|()| None),
    })
    .await
}
