//! EV-01 to EV-04, EV-12 to EV-14 and EV-16: how a handler ends, and what of its answer is kept.

use std::time::{Duration, Instant};

use crate::raw::PATIENCE;
use crate::receivers::{Adapter, eventually};
use crate::row::Row;
use crate::rows::keyed;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::spy::Call;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::story("EV-01", "the handler panics, or returns an error", "500, released; the next delivery runs", panics),
        Row::left_out("EV-02", "the process is killed", "a memory store dies with it; held with the durable stores"),
        Row::story(
            "EV-03",
            "the client hangs up while the handler runs",
            "the handler runs to its end; a retry gets its answer",
            hangs_up,
        ),
        Row::story(
            "EV-04",
            "the handler runs out of time",
            "503, dropped and released; the next delivery runs",
            timeout,
        ),
        Row::story("EV-12", "an answer too large to store", "repeated without its body, and marked so", large_answer),
        Row::story("EV-13", "a streamed answer", "repeated without its body, and marked so", streamed_answer),
        Row::story(
            "EV-14",
            "an answer's headers",
            "an allow-list is repeated, in order; length and date are new",
            kept_headers,
        ),
        Row::story(
            "EV-16",
            "a duplicate of a running delivery",
            "its answer when it comes in time, else 503 with Retry-After",
            in_progress,
        ),
        Row::left_out("EV-22", "inbox mode", "there is no inbox yet"),
    ]
}

fn panics(adapter: Adapter) -> Finding {
    let receiver = Setup::standard()
        .script(Script::new(|run| match run {
            1 => Step::Panic,
            2 => Step::PanicWhenOpen,
            3 => Step::Fail,
            _ => Step::Answer(Reply::new(200)),
        }))
        .start(adapter);
    receiver.script.open_gate();
    let request = Draft::new().standard();
    for _ in 0..2 {
        ensure_refused(receiver.deliver(&request), &receiver, 500, "handler_panicked")?;
    }
    let failed = ensure_fresh(receiver.deliver(&request), 500)?;
    ensure(!failed.text().contains("panicked"), || format!("the answer says {:?}", failed.text()))?;
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(receiver.script.attempts() == [1, 2, 3, 4], || format!("attempts {:?}", receiver.script.attempts()))?;
    ensure(receiver.store.count(Call::Release) == 3, || format!("{} releases", receiver.store.count(Call::Release)))?;
    eventually("nothing is in flight", || receiver.endpoint.in_flight() == 0)
}

fn hangs_up(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let request = Draft::new().standard();
    let client = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    client.hang_up();
    let mut retry = receiver.begin(&request);
    eventually("the retry asks for the event", || receiver.store.count(Call::Claim) > 1)?;
    receiver.script.open_gate();
    ensure_repeated(retry.read(PATIENCE), 200)?;
    ensure(receiver.script.answered() == 1 && receiver.script.dropped() == 0, || "the handler was dropped".into())?;
    ensure_runs(&receiver, 1)
}

fn timeout(adapter: Adapter) -> Finding {
    let script = Script::new(|run| if run == 1 { Step::Hang } else { Step::Answer(Reply::new(200)) });
    let setup = Setup::standard().with(|builder| builder.handler_deadline(Duration::from_millis(200)));
    let receiver = setup.script(script).start(adapter);
    let request = Draft::new().standard();
    let asked = Instant::now();
    ensure_refused(receiver.deliver(&request), &receiver, 503, "handler_timeout")?;
    ensure(asked.elapsed() >= Duration::from_millis(200), || "it was refused before its time".into())?;
    ensure(receiver.script.dropped() == 1, || "the handler still runs".into())?;
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure(receiver.script.attempts() == [1, 2], || format!("attempts {:?}", receiver.script.attempts()))
}

/// Delivers twice; gives the first answer's body and checks that the second has none, and says so.
fn repeated_without_body(adapter: Adapter, reply: Reply) -> Result<Vec<u8>, String> {
    let receiver = Setup::standard().script(Script::answering(reply.header("content-type", "text/csv"))).start(adapter);
    let request = Draft::new().standard();
    let first = ensure_fresh(receiver.deliver(&request), 202)?;
    let again = ensure_repeated(receiver.deliver(&request), 202)?;
    ensure(again.body.is_empty(), || format!("{} bytes were repeated", again.body.len()))?;
    ensure(again.header("idempotency-body").as_deref() == Some("omitted"), || "the answer does not say so".into())?;
    ensure(again.header("content-type").as_deref() == Some("text/csv"), || "its headers are lost".into())?;
    ensure_runs(&receiver, 1)?;
    Ok(first.body)
}

fn large_answer(adapter: Adapter) -> Finding {
    const CAP: usize = 64 * 1024;
    let body = vec![b'y'; CAP + 1];
    let first = repeated_without_body(adapter, Reply::new(202).body(body.clone()))?;
    ensure(first == body, || "the first answer was cut".into())?;
    // At the cap it is repeated whole (control).
    let receiver = Setup::standard().script(Script::answering(Reply::new(200).body(vec![b'y'; CAP]))).start(adapter);
    let request = Draft::new().standard();
    ensure_fresh(receiver.deliver(&request), 200)?;
    let again = ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(again.body.len() == CAP && again.header("idempotency-body").is_none(), || "the body is lost".into())?;
    keyed::large_answer(adapter)
}

fn streamed_answer(adapter: Adapter) -> Finding {
    let first = repeated_without_body(adapter, Reply::new(202).body("streamed").streamed())?;
    ensure(first == b"streamed", || "the first answer was cut".into())?;
    keyed::streamed_answer(adapter)
}

fn kept_headers(adapter: Adapter) -> Finding {
    let reply = Reply::new(200)
        .header("link", "</a>; rel=next")
        .header("set-cookie", "a=1")
        .header("link", "</b>; rel=prev")
        .header("date", "Thu, 01 Jan 1970 00:00:00 GMT")
        .header("x-trace", "7")
        .header("content-language", "sv");
    let receiver = Setup::standard().script(Script::answering(reply.body("four"))).start(adapter);
    let request = Draft::new().standard();
    let first = ensure_fresh(receiver.deliver(&request), 200)?;
    let again = ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(first.header("x-trace").is_some() && first.header("set-cookie").is_some(), || {
        "the first answer was changed".into()
    })?;
    ensure(again.header_values("link") == ["</a>; rel=next", "</b>; rel=prev"], || {
        format!("`link` became {:?}", again.header_values("link"))
    })?;
    ensure(again.header("content-language").as_deref() == Some("sv"), || "`content-language` is lost".into())?;
    ensure(again.header("content-length").as_deref() == Some("4"), || "the length is not its own".into())?;
    let others = ["set-cookie", "x-trace"].iter().find(|name| !again.header_values(name).is_empty());
    ensure(others.is_none(), || format!("{others:?} was repeated"))?;
    keyed::kept_headers(adapter)
}

fn in_progress(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let request = Draft::new().standard();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let asked = Instant::now();
    ensure_refused(receiver.deliver(&request), &receiver, 503, "still_running")?;
    let waited = asked.elapsed();
    ensure((Duration::from_millis(1_900)..Duration::from_secs(4)).contains(&waited), || {
        format!("it waited {} ms instead of 2 s", waited.as_millis())
    })?;
    let claims = receiver.store.count(Call::Claim);
    let mut second = receiver.begin(&request);
    eventually("the duplicate asks for the event", || receiver.store.count(Call::Claim) > claims)?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 200)?;
    ensure_repeated(second.read(PATIENCE), 200)?;
    ensure_runs(&receiver, 1)?;
    // A duplicate whose first run fails while it waits takes the event over.
    let script = Script::new(|run| match run {
        1 => Step::AnswerWhenOpen(Reply::new(500)),
        _ => Step::Answer(Reply::new(200)),
    });
    let receiver = Setup::standard().script(script).start(adapter);
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let mut second = receiver.begin(&request);
    eventually("the duplicate asks for the event", || receiver.store.count(Call::Claim) > 1)?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 500)?;
    ensure_fresh(second.read(PATIENCE), 200)?;
    ensure_runs(&receiver, 2)
}
