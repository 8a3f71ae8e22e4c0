//! Gathering: what is asked for while a step is under way goes together in the next one. A lone caller never waits for
//! company.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::StoreError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Runs many askings in one step of the database.
pub(crate) trait Batch: Send + Sync + 'static {
    type Asking: Send + 'static;
    type Answer: Send + 'static;

    /// What steps hand on that follow each other without a pause, such as a connection.
    type Session: Default + Send;

    /// Whether a lone asking runs on its caller's own task, and is dropped with it half-way. Else it is handed to
    /// another task, which costs a hop and lets it end.
    const ALONE_ON_CALLER: bool;

    /// Whether two askings may not go in one step.
    fn collide(a: &Self::Asking, b: &Self::Asking) -> bool;

    /// Answers every asking, in order. An error is everyone's.
    fn run(
        &self,
        askings: Vec<Self::Asking>,
        session: &mut Self::Session,
    ) -> impl Future<Output = Vec<Result<Self::Answer, StoreError>>> + Send;
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
pub(crate) const LARGEST: usize = 128;

/// After how many steps what they hand on is given back: others may wait for it.
const SESSION: u64 = 16;

impl<B: Batch> Gather<B> {
    /// At most `most_under_way` steps run at once.
    pub(crate) fn new(batch: B, most_under_way: usize) -> Self {
        let queue = Queue { waiting: VecDeque::new(), under_way: 0 };
        Self { batch: Arc::new(batch), queue: Arc::new(Mutex::new(queue)), most_under_way }
    }

    /// Asks, and waits for the answer. A caller that goes away leaves its asking to be answered to nobody, or takes it
    /// out of the queue.
    pub(crate) async fn ask(&self, asking: B::Asking) -> Result<B::Answer, StoreError> {
        let (answered, begin) = {
            let mut queue = lock(&self.queue);
            let begin = queue.under_way < self.most_under_way;
            queue.under_way = queue.under_way.saturating_add(usize::from(begin));
            if begin && B::ALONE_ON_CALLER && queue.waiting.is_empty() {
                (Err(asking), begin)
            } else {
                let (answer, answered) = oneshot::channel();
                queue.waiting.push_back(Waiting { asking, answer });
                (Ok(answered), begin)
            }
        };
        let under_way = begin.then(|| UnderWay { gather: self.shared(), begun: true, given_back: false });
        let answered = match answered {
            Ok(answered) => answered,
            Err(asking) => {
                // Dropped last: what has gathered meanwhile goes in this step's place.
                let _under_way = under_way;
                return self
                    .batch
                    .run(vec![asking], &mut B::Session::default())
                    .await
                    .pop()
                    .unwrap_or_else(|| Err(unanswered()));
            }
        };
        if let Some(under_way) = under_way {
            // On a task of its own: a step is everyone's, whoever began it.
            tokio::spawn(work(under_way));
        }
        answered.await.unwrap_or_else(|_| Err(unanswered()))
    }

    fn shared(&self) -> Self {
        let (batch, queue) = (Arc::clone(&self.batch), Arc::clone(&self.queue));
        Self { batch, queue, most_under_way: self.most_under_way }
    }
}

fn unanswered() -> StoreError {
    StoreError::unavailable("the step ended without an answer")
}

/// The right to run steps. Where it is dropped, by a caller that ends or goes away or by a step that panics, what waits
/// goes on with it.
struct UnderWay<B: Batch> {
    gather: Gather<B>,
    /// Whether whoever it was handed to has begun. A runtime that ends begins nothing more.
    begun: bool,
    given_back: bool,
}

impl<B: Batch> UnderWay<B> {
    /// What goes into the next step. With nothing, the right is given back under the same lock: what is asked from then
    /// on begins a step of its own.
    fn take(&mut self) -> Vec<Waiting<B>> {
        let mut queue = lock(&self.gather.queue);
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
        if self.given_back {
            return;
        }
        let mut queue = lock(&self.gather.queue);
        match Handle::try_current() {
            Ok(runtime) if self.begun && !queue.waiting.is_empty() => {
                // First: a runtime that ends drops what it is given, and this is called again.
                drop(queue);
                drop(runtime.spawn(work(Self { gather: self.gather.shared(), begun: false, given_back: false })));
            }
            // Nobody could go on: those who wait learn it.
            _ => {
                queue.waiting.clear();
                queue.under_way = queue.under_way.saturating_sub(1);
            }
        }
    }
}

/// Runs steps until nothing waits any more.
async fn work<B: Batch>(mut under_way: UnderWay<B>) {
    under_way.begun = true;
    let mut session = B::Session::default();
    for step in 0u64.. {
        if step % SESSION == 0 {
            session = B::Session::default();
        }
        let taken = under_way.take();
        if taken.is_empty() {
            return;
        }
        let (askings, answers): (Vec<_>, Vec<_>) =
            taken.into_iter().map(|waiting| (waiting.asking, waiting.answer)).unzip();
        for (answer, result) in answers.into_iter().zip(under_way.gather.batch.run(askings, &mut session).await) {
            // A caller that went away has nobody to be told.
            let _ = answer.send(result);
        }
        // Whoever can run now may ask before the next step is put together: a step costs nearly the same for many.
        tokio::task::yield_now().await;
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
