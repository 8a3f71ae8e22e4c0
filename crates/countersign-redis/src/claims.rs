//! Claims that are asked for while others are under way go to the server together, in one call. A lone one never waits
//! for company.

use std::sync::{Arc, LazyLock};

use countersign::StoreError;
use countersign::record::ClaimRequest;
use redis::Value;
use redis::aio::ConnectionManager;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::script::{Replicas, Script};
use crate::store::{bytes, run, unexpected};
use crate::wire;

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/claim.lua")));

/// The most claims in one call, so that a call never holds the server up for long.
const LARGEST: usize = 128;

/// How many calls are under way at once: one is answered while the next is gathered.
const UNDER_WAY: usize = 2;

/// The queue of claims. Its worker ends with it.
pub(crate) struct Claims {
    queue: mpsc::UnboundedSender<Asked>,
}

struct Asked {
    name: String,
    request: [u8; wire::REQUEST],
    answer: oneshot::Sender<Result<Vec<u8>, StoreError>>,
}

/// What every call needs.
struct Server {
    connection: ConnectionManager,
    last_fence: String,
    replicas: Option<Replicas>,
}

impl Claims {
    pub(crate) fn new(connection: ConnectionManager, last_fence: String, replicas: Option<Replicas>) -> Self {
        let (queue, asked) = mpsc::unbounded_channel();
        tokio::spawn(work(Arc::new(Server { connection, last_fence, replicas }), asked));
        Self { queue }
    }

    /// Claims the record called `name`; returns the script's answer.
    pub(crate) async fn ask(&self, name: String, request: &ClaimRequest) -> Result<Vec<u8>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let _ = self.queue.send(Asked { name, request: wire::request(request), answer });
        // A worker that is gone has dropped what was asked.
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::unavailable("the runtime that the store was made in has ended")))
    }
}

async fn work(server: Arc<Server>, mut queue: mpsc::UnboundedReceiver<Asked>) {
    let under_way = Arc::new(Semaphore::new(UNDER_WAY));
    loop {
        let Ok(permit) = Arc::clone(&under_way).acquire_owned().await else { return };
        let mut asked = Vec::new();
        if queue.recv_many(&mut asked, LARGEST).await == 0 {
            return;
        }
        // A caller that went away has not claimed anything yet, and now will not.
        asked.retain(|asked| !asked.answer.is_closed());
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            server.claim(asked).await;
            drop(permit);
        });
    }
}

impl Server {
    async fn claim(&self, asked: Vec<Asked>) {
        if asked.is_empty() {
            return;
        }
        let mut call = CLAIM.call(asked.len().saturating_add(1));
        call.arg(&self.last_fence);
        for asked in &asked {
            call.arg(&asked.name);
        }
        for asked in &asked {
            call.arg(asked.request.as_slice());
        }
        match run(&CLAIM, &self.connection, &call, self.replicas).await {
            Ok(Value::Array(answers)) if answers.len() == asked.len() => {
                for (asked, answer) in asked.into_iter().zip(answers) {
                    // A caller that went away has nobody to be told.
                    let _ = asked.answer.send(bytes(answer));
                }
            }
            answered => {
                let error = answered.err().unwrap_or_else(unexpected);
                asked.into_iter().for_each(|asked| drop(asked.answer.send(Err(error.clone()))));
            }
        }
    }
}
