//! EV-21: a receiver that shuts down claims nothing more and leaves nothing unfinished.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use countersign::Timer;
use countersign_tower::TokioTimer;

use crate::raw::PATIENCE;
use crate::receivers::{Adapter, Receiver, eventually};
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::spy::{Call, Fault};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![Row::story("EV-21", "the receiver shuts down", "what runs is finished, new deliveries get 503", shutdown)]
}

fn shutdown(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let running = Draft::new().standard();
    let mut first = receiver.begin(&running);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let drained = begin_drain(&receiver)?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 200)?;
    let left = drained.join().map_err(|_| "the drain panicked")?;
    ensure(left == 0, || format!("{left} deliveries were left"))?;
    ensure(receiver.store.count(Call::Complete) == 1, || "the running delivery was not recorded".into())?;
    ensure_runs(&receiver, 1)?;
    no_late_duplicate(adapter)?;
    no_late_claim(adapter)
}

/// A duplicate that waited for a run that failed does not begin another one: nothing is claimed any more.
fn no_late_duplicate(adapter: Adapter) -> Finding {
    let script = Script::new(|run| match run {
        1 => Step::AnswerWhenOpen(Reply::new(500)),
        _ => Step::Answer(Reply::new(200)),
    });
    let receiver = Setup::standard().script(script).start(adapter);
    let request = Draft::new().standard();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let mut duplicate = receiver.begin(&request);
    eventually("the duplicate asks for the event", || receiver.store.count(Call::Claim) > 1)?;
    let drained = begin_drain(&receiver)?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 500)?;
    let answer = duplicate.read(PATIENCE).map_err(|error| error.to_string())?;
    drained.join().map_err(|_| "the drain panicked")?;
    ensure_runs(&receiver, 1).map_err(|finding| format!("a duplicate that waited was handled: {finding}"))?;
    ensure(answer.status == 503, || format!("the duplicate was answered {}", answer.status))
}

/// A claim that was on its way to the store when the drain began is waited for, or given back.
fn no_late_claim(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    receiver.store.fail_next(Call::Claim, Fault::Wait, 1);
    let mut late = receiver.begin(&Draft::new().standard());
    eventually("the claim is on its way", || receiver.store.count(Call::Claim) == 1)?;
    let drained = begin_drain(&receiver)?;
    thread::sleep(Duration::from_millis(100));
    let ended_first = drained.is_finished();
    receiver.store.open_gate();
    let _ = late.read(PATIENCE);
    drained.join().map_err(|_| "the drain panicked")?;
    let ran = receiver.script.runs() > 0;
    ensure(!(ended_first && ran), || "a handler began after the drain had ended with none in flight".into())
}

/// Begins to drain the endpoint: new deliveries are told to come back from here on.
fn begin_drain(receiver: &Receiver) -> Result<JoinHandle<usize>, String> {
    let endpoint = receiver.endpoint.clone();
    let drain = move |grace| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(endpoint.drain(grace, &Quick))
    };
    // Without any grace it returns at once, so that what follows does not depend on another thread's start.
    drain(Duration::ZERO);
    ensure_refused(receiver.deliver(&Draft::new().standard()), receiver, 503, "shutting_down")?;
    Ok(thread::spawn(move || drain(PATIENCE)))
}

/// The adapters' timer, at ten times its speed.
struct Quick;

impl Timer for Quick {
    async fn sleep(&self, span: Duration) {
        TokioTimer.sleep(span / 10).await;
    }
}
