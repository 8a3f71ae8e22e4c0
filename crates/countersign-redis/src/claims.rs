//! Claims that are asked for while others are under way go to the server together, in one call. A lone one goes at once,
//! and on its caller's own task.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use countersign::record::ClaimRequest;
use countersign::{Fence, StoreError};
use redis::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::line::Line;
use crate::script::{CLOCK, RECORD, Replicas, Script};
use crate::store::{bytes, run, unexpected};
use crate::wire;

static CLAIM: LazyLock<Script> =
    LazyLock::new(|| Script::new(&[CLOCK, include_str!("lua/fresh.lua"), RECORD, include_str!("lua/claim.lua")]));

/// The most claims in one call, so that a call never holds the server up for long.
const LARGEST: usize = 128;

/// How many calls are under way at once: one is answered while the next is gathered.
const UNDER_WAY: usize = 2;

/// The way of claims to a server.
pub(crate) struct Claims {
    shared: Arc<Shared>,
}

struct Shared {
    connection: Line,
    last_fence: String,
    replicas: Option<Replicas>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    under_way: usize,
}

/// One claim, as the script takes it.
struct Asked {
    name: String,
    rules: wire::Rules,
    middle: wire::Middle,
}

/// The script's answer about one event.
pub(crate) enum Answer {
    /// It is new, and claimed under this fence.
    New(Fence),
    /// A letter, and the record where there is more to say.
    Known(Vec<u8>),
}

struct Waiting {
    asked: Asked,
    answer: oneshot::Sender<Result<Answer, StoreError>>,
}

impl Claims {
    pub(crate) fn new(connection: Line, last_fence: String, replicas: Option<Replicas>) -> Self {
        Self { shared: Arc::new(Shared { connection, last_fence, replicas, queue: Mutex::default() }) }
    }

    /// Claims the record called `name`; returns the script's answer.
    pub(crate) async fn ask(&self, name: String, request: &ClaimRequest) -> Result<Answer, StoreError> {
        let asked = Asked { name, rules: wire::Rules::of(request), middle: wire::middle(request) };
        let answered = {
            let mut queue = self.shared.queue();
            if queue.under_way < UNDER_WAY {
                queue.under_way = queue.under_way.saturating_add(1);
                Err(asked)
            } else {
                let (answer, answered) = oneshot::channel();
                queue.waiting.push(Waiting { asked, answer });
                Ok(answered)
            }
        };
        match answered {
            Ok(answered) => answered.await.unwrap_or_else(|_| Err(StoreError::unavailable("its runtime has ended"))),
            Err(asked) => {
                let _place = Place { shared: Arc::clone(&self.shared), begun: true };
                let mut answers = self.shared.call(&[&asked]).await?;
                answers.pop().map_or_else(|| Err(unexpected()), read)
            }
        }
    }
}

/// One of the calls under way. Where it ends, by cancellation too, what has gathered meanwhile goes in its place.
struct Place {
    shared: Arc<Shared>,
    /// Whether whoever it was handed to has begun. A runtime that ends begins nothing more.
    begun: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        match Handle::try_current() {
            Ok(runtime) if self.begun && !queue.waiting.is_empty() => {
                // First: a runtime that ends drops what it is given, and this is called again.
                drop(queue);
                drop(runtime.spawn(work(Self { shared: Arc::clone(&self.shared), begun: false })));
            }
            // Nobody could go: those who wait learn it.
            _ => {
                queue.waiting.clear();
                queue.under_way = queue.under_way.saturating_sub(1);
            }
        }
    }
}

/// Sends what has gathered, until nothing has.
async fn work(mut place: Place) {
    place.begun = true;
    loop {
        let batch = place.shared.gathered();
        if batch.is_empty() {
            return;
        }
        let asked: Vec<&Asked> = batch.iter().map(|waiting| &waiting.asked).collect();
        match place.shared.call(&asked).await {
            Ok(answers) => {
                for (waiting, answer) in batch.into_iter().zip(answers) {
                    // A caller that went away has nobody to be told.
                    let _ = waiting.answer.send(read(answer));
                }
            }
            Err(error) => batch.into_iter().for_each(|waiting| drop(waiting.answer.send(Err(error.clone())))),
        }
        // Whoever can run now may ask before the next call is put together: one for many costs the server less.
        tokio::task::yield_now().await;
    }
}

fn read(answer: Value) -> Result<Answer, StoreError> {
    match answer {
        Value::Int(fence) => Ok(Answer::New(Fence::new(u64::try_from(fence).map_err(|_| unexpected())?))),
        answer => bytes(answer).map(Answer::Known),
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what has gathered and goes by the same rules as the first, without callers that went away: they have
    /// claimed nothing, and now will not.
    fn gathered(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        queue.waiting.retain(|waiting| !waiting.answer.is_closed());
        let Some(rules) = queue.waiting.first().map(|first| first.asked.rules) else { return Vec::new() };
        let mut room = LARGEST;
        let goes = |waiting: &mut Waiting| {
            let goes = room > 0 && waiting.asked.rules == rules;
            room = room.saturating_sub(usize::from(goes));
            goes
        };
        queue.waiting.extract_if(.., goes).collect()
    }

    /// One call for all of them; one answer for each.
    async fn call(&self, asked: &[&Asked]) -> Result<Vec<Value>, StoreError> {
        let mut call = CLAIM.call(asked.len().saturating_add(1));
        call.arg(&self.last_fence);
        for asked in asked {
            call.arg(&asked.name);
        }
        call.arg(asked.first().map_or(&[][..], |first| first.rules.as_bytes()));
        for asked in asked {
            call.arg(asked.middle.as_slice());
        }
        match run(&CLAIM, &self.connection, &call, self.replicas).await? {
            Value::Array(answers) if answers.len() == asked.len() => Ok(answers),
            _ => Err(unexpected()),
        }
    }
}
