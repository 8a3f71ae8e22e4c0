//! Claims that are asked for while others are under way go to the server together, in one call. A lone one goes at once,
//! and on its caller's own task.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use countersign::StoreError;
use countersign::record::ClaimRequest;
use redis::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::line::Line;
use crate::script::{Replicas, Script};
use crate::store::{bytes, run, unexpected};
use crate::wire;

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/claim.lua")));

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
    request: [u8; wire::REQUEST],
}

struct Waiting {
    asked: Asked,
    answer: oneshot::Sender<Result<Vec<u8>, StoreError>>,
}

impl Claims {
    pub(crate) fn new(connection: Line, last_fence: String, replicas: Option<Replicas>) -> Self {
        Self { shared: Arc::new(Shared { connection, last_fence, replicas, queue: Mutex::default() }) }
    }

    /// Claims the record called `name`; returns the script's answer.
    pub(crate) async fn ask(&self, name: String, request: &ClaimRequest) -> Result<Vec<u8>, StoreError> {
        let asked = Asked { name, request: wire::request(request) };
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
                let _place = Place(Arc::clone(&self.shared));
                let mut answers = self.shared.call(&[&asked]).await?;
                answers.pop().map_or_else(|| Err(unexpected()), bytes)
            }
        }
    }
}

/// One of the calls under way. Where it ends, by cancellation too, what has gathered meanwhile goes in its place.
struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        match Handle::try_current() {
            Ok(runtime) if !queue.waiting.is_empty() => {
                drop(runtime.spawn(work(Self(Arc::clone(&self.0)))));
            }
            // Without a runtime nobody could go: those who wait learn it.
            _ => {
                queue.waiting.clear();
                queue.under_way = queue.under_way.saturating_sub(1);
            }
        }
    }
}

/// Sends what has gathered, until nothing has.
async fn work(place: Place) {
    loop {
        let batch = place.0.gathered();
        if batch.is_empty() {
            return;
        }
        let asked: Vec<&Asked> = batch.iter().map(|waiting| &waiting.asked).collect();
        match place.0.call(&asked).await {
            Ok(answers) => {
                for (waiting, answer) in batch.into_iter().zip(answers) {
                    // A caller that went away has nobody to be told.
                    let _ = waiting.answer.send(bytes(answer));
                }
            }
            Err(error) => batch.into_iter().for_each(|waiting| drop(waiting.answer.send(Err(error.clone())))),
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what has gathered, without callers that went away: they have claimed nothing, and now will not.
    fn gathered(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        queue.waiting.retain(|waiting| !waiting.answer.is_closed());
        let most = queue.waiting.len().min(LARGEST);
        queue.waiting.drain(..most).collect()
    }

    /// One call for all of them; one answer for each.
    async fn call(&self, asked: &[&Asked]) -> Result<Vec<Value>, StoreError> {
        let mut call = CLAIM.call(asked.len().saturating_add(1));
        call.arg(&self.last_fence);
        for asked in asked {
            call.arg(&asked.name);
        }
        for asked in asked {
            call.arg(asked.request.as_slice());
        }
        match run(&CLAIM, &self.connection, &call, self.replicas).await? {
            Value::Array(answers) if answers.len() == asked.len() => Ok(answers),
            _ => Err(unexpected()),
        }
    }
}
