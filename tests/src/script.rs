//! A handler that does what a row says, and counts what it did.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use countersign::Lease;
use tokio::sync::watch;

/// What a handler answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines, in order.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Bytes,
    /// Whether the body goes out as a stream of unknown length.
    pub streamed: bool,
    /// Whether the handler says that it did nothing yet.
    pub not_executed: bool,
}

impl Reply {
    /// A reply with a status and a short body.
    pub fn new(status: u16) -> Self {
        let body = if status == 204 { Bytes::new() } else { Bytes::from_static(b"noted") };
        Self { status, headers: Vec::new(), body, streamed: false, not_executed: false }
    }

    /// With one header line more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With another body.
    #[must_use]
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Marked as an answer before anything was done.
    #[must_use]
    pub fn not_executed(self) -> Self {
        Self { not_executed: true, ..self }
    }

    /// With its body sent as a stream.
    #[must_use]
    pub fn streamed(self) -> Self {
        Self { streamed: true, ..self }
    }
}

/// What one run of a handler does.
#[derive(Debug, Clone)]
pub enum Step {
    /// Answers at once.
    Answer(Reply),
    /// Answers as soon as the script's gate is open.
    AnswerWhenOpen(Reply),
    /// Returns its framework's error.
    Fail,
    /// Panics.
    Panic,
    /// Panics as soon as the gate is open.
    PanicWhenOpen,
    /// Never ends by itself.
    Hang,
}

/// What one run of a handler saw.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The request's body.
    pub body: Bytes,
    /// The claim it ran under, where the endpoint keeps records.
    pub lease: Option<Lease>,
    /// What it was told of the body: whether all of it is signed. `None` where no layer stood before the handler.
    pub body_authenticated: Option<bool>,
}

impl Seen {
    /// What a run sees that no request led to.
    pub fn nothing() -> Self {
        Self { body: Bytes::new(), lease: None, body_authenticated: None }
    }
}

/// The framework's error, for a handler that fails.
#[derive(Debug)]
pub struct Failed;

/// A scripted handler. Clones are the same handler.
#[derive(Clone)]
pub struct Script(Arc<Inner>);

struct Inner {
    steps: Box<dyn Fn(u32) -> Step + Send + Sync>,
    started: AtomicU32,
    answered: AtomicU32,
    dropped: AtomicU32,
    seen: Mutex<Vec<Seen>>,
    gate: watch::Sender<bool>,
}

impl Script {
    /// A handler whose run number `n`, from 1, does `steps(n)`.
    pub fn new(steps: impl Fn(u32) -> Step + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            steps: Box::new(steps),
            started: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            dropped: AtomicU32::new(0),
            seen: Mutex::default(),
            gate: watch::Sender::new(false),
        }))
    }

    /// A handler that answers 200 every time.
    pub fn accepting() -> Self {
        Self::answering(Reply::new(200))
    }

    /// A handler that answers the same every time.
    pub fn answering(reply: Reply) -> Self {
        Self::new(move |_| Step::Answer(reply.clone()))
    }

    /// A handler that answers 500 in its first `failures` runs and 200 from then on.
    pub fn failing_first(failures: u32) -> Self {
        Self::new(move |run| Step::Answer(Reply::new(if run <= failures { 500 } else { 200 })))
    }

    /// A handler whose first run waits for the gate; later ones answer at once.
    pub fn held_open() -> Self {
        Self::new(|run| match run {
            1 => Step::AnswerWhenOpen(Reply::new(200)),
            _ => Step::Answer(Reply::new(200)),
        })
    }

    /// Lets the runs that wait go on, and all later ones through.
    pub fn open_gate(&self) {
        self.0.gate.send_replace(true);
    }

    /// How many runs have begun.
    pub fn runs(&self) -> u32 {
        self.0.started.load(Ordering::SeqCst)
    }

    /// How many runs have come to an answer, an error included.
    pub fn answered(&self) -> u32 {
        self.0.answered.load(Ordering::SeqCst)
    }

    /// How many runs ended without an answer: dropped half-way, or by a panic.
    pub fn dropped(&self) -> u32 {
        self.0.dropped.load(Ordering::SeqCst)
    }

    /// What the runs saw, in the order in which they began.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().clone()
    }

    /// The attempt numbers that the runs were told, in the order in which they began.
    pub fn attempts(&self) -> Vec<u32> {
        self.lock().iter().filter_map(|seen| seen.lease.as_ref().map(Lease::attempt)).collect()
    }

    /// Runs the handler once.
    ///
    /// # Errors
    ///
    /// The script says so.
    ///
    /// # Panics
    ///
    /// The script says so.
    pub async fn run(&self, seen: Seen) -> Result<Reply, Failed> {
        let run = self.0.started.fetch_add(1, Ordering::SeqCst) + 1;
        self.lock().push(seen);
        let mut ending = Ending { script: self, answered: false };
        let step = (self.0.steps)(run);
        if matches!(step, Step::AnswerWhenOpen(_) | Step::PanicWhenOpen) {
            let mut gate = self.0.gate.subscribe();
            let _ = gate.wait_for(|open| *open).await;
        }
        match step {
            Step::Answer(reply) | Step::AnswerWhenOpen(reply) => {
                ending.answered = true;
                Ok(reply)
            }
            Step::Fail => {
                ending.answered = true;
                Err(Failed)
            }
            // Unwinds as `panic!` does, without a report on standard error for a panic that is meant.
            Step::Panic | Step::PanicWhenOpen => resume_unwind(Box::new("the script says so")),
            Step::Hang => pending().await,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts how a run ended, whichever way it did.
struct Ending<'a> {
    script: &'a Script,
    answered: bool,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let ended = if self.answered { &self.script.0.answered } else { &self.script.0.dropped };
        ended.fetch_add(1, Ordering::SeqCst);
    }
}
