//! Gathering: what is asked for while a step is under way goes together in the next one. A lone caller never waits for
//! company.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::StoreError;
use tokio::sync::oneshot;

/// Runs many askings in one step of the database.
pub(crate) trait Batch: Send + Sync + 'static {
    type Asking: Send + 'static;
    type Answer: Send + 'static;

    /// Whether two askings may not go in one step.
    fn collide(a: &Self::Asking, b: &Self::Asking) -> bool;

    /// Answers every asking, in order. An error is everyone's.
    fn run(&self, askings: Vec<Self::Asking>) -> impl Future<Output = Vec<Result<Self::Answer, StoreError>>> + Send;
}

/// The queue before a [`Batch`].
pub(crate) struct Gather<B: Batch> {
    batch: Arc<B>,
    queue: Arc<Mutex<Queue<B>>>,
    most_under_way: usize,
}

struct Queue<B: Batch> {
    waiting: VecDeque<Waiting<B>>,
    under_way: usize,
}

struct Waiting<B: Batch> {
    asking: B::Asking,
    answer: oneshot::Sender<Result<B::Answer, StoreError>>,
}

/// The most askings in one step: more would only make each of them wait.
const LARGEST: usize = 128;

impl<B: Batch> Gather<B> {
    /// At most `most_under_way` steps run at once.
    pub(crate) fn new(batch: B, most_under_way: usize) -> Self {
        let queue = Queue { waiting: VecDeque::new(), under_way: 0 };
        Self { batch: Arc::new(batch), queue: Arc::new(Mutex::new(queue)), most_under_way }
    }

    /// Asks, and waits for the answer. A caller that goes away leaves its asking to be answered to nobody, or takes it
    /// out of the queue.
    pub(crate) async fn ask(&self, asking: B::Asking) -> Result<B::Answer, StoreError> {
        let (answer, answered) = oneshot::channel();
        let begin = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(Waiting { asking, answer });
            let begin = queue.under_way < self.most_under_way;
            queue.under_way = queue.under_way.saturating_add(usize::from(begin));
            begin
        };
        if begin {
            // On a task of its own: a step is everyone's, whoever began it.
            tokio::spawn(work(Arc::clone(&self.batch), UnderWay { queue: Arc::clone(&self.queue), given_back: false }));
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::unavailable("the step ended without an answer")))
    }
}

/// The right to run steps, given back when it is dropped: also where a step panics or its runtime ends.
struct UnderWay<B: Batch> {
    queue: Arc<Mutex<Queue<B>>>,
    given_back: bool,
}

impl<B: Batch> UnderWay<B> {
    /// What goes into the next step. With nothing, the right is given back under the same lock: what is asked from then
    /// on begins a step of its own.
    fn take(&mut self) -> Vec<Waiting<B>> {
        let mut queue = lock(&self.queue);
        let taken = queue.take();
        if taken.is_empty() {
            queue.under_way = queue.under_way.saturating_sub(1);
            self.given_back = true;
        }
        taken
    }
}

impl<B: Batch> Drop for UnderWay<B> {
    fn drop(&mut self) {
        if !self.given_back {
            let mut queue = lock(&self.queue);
            queue.under_way = queue.under_way.saturating_sub(1);
        }
    }
}

/// Runs steps until nothing waits any more.
async fn work<B: Batch>(batch: Arc<B>, mut under_way: UnderWay<B>) {
    loop {
        let taken = under_way.take();
        if taken.is_empty() {
            return;
        }
        let (askings, answers): (Vec<_>, Vec<_>) =
            taken.into_iter().map(|waiting| (waiting.asking, waiting.answer)).unzip();
        for (answer, result) in answers.into_iter().zip(batch.run(askings).await) {
            // A caller that went away has nobody to be told.
            let _ = answer.send(result);
        }
    }
}

impl<B: Batch> Queue<B> {
    /// Takes those that can go together; what collides with one of them stays for the next step.
    fn take(&mut self) -> Vec<Waiting<B>> {
        let mut taken: Vec<Waiting<B>> = Vec::new();
        let mut left = VecDeque::new();
        while taken.len() < LARGEST
            && let Some(waiting) = self.waiting.pop_front()
        {
            if waiting.answer.is_closed() {
                continue;
            }
            let collides = taken.iter().any(|other| B::collide(&other.asking, &waiting.asking));
            if collides { left.push_back(waiting) } else { taken.push(waiting) }
        }
        left.append(&mut self.waiting);
        self.waiting = left;
        taken
    }
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
