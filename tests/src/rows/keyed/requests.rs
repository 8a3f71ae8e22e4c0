//! IK-04, IK-05, IK-07, IK-08 and IK-13: what is the same request, and what only has its key.

use std::time::{Duration, Instant};

use crate::keyed::{
    KeyedReceiver, KeyedSetup, ensure_keyed_runs, ensure_problem, keyed_payment, new_key, paid, payment, under,
};
use crate::raw::{Answer, PATIENCE};
use crate::receivers::{Adapter, eventually};
use crate::request::Request;
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::spy::Call;
use crate::stores::Backing;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::over_stores("IK-04", "one key, another request", "422; neither runs nor gets the answer", another_request),
        Row::over_stores(
            "IK-05",
            "one key, the first request still running",
            "409 with Retry-After; the answer where waiting is allowed",
            still_running,
        ),
        Row::over_stores("IK-07", "one key, many requests at once", "one runs; the others get 422", many_at_once),
        Row::over_stores("IK-08", "bytes moved between what the fingerprint covers", "422", moved_bytes),
        Row::over_stores(
            "IK-13",
            "a client that mends its request",
            "runs; after 409 the same request gets the answer",
            mended,
        ),
    ]
}

/// A request that differs, and in what.
fn different(request: &Request) -> [(&'static str, Request); 9] {
    [
        ("the body", request.clone().with_body(r#"{"amount":9900,"to":"DE89370400440532013000"}"#)),
        ("a body without its last byte", request.clone().with_body(&request.body()[..request.body().len() - 1])),
        ("no body", request.clone().with_body("")),
        ("the path", request.clone().target("/refunds?dry_run=true")),
        ("no query", request.clone().target("/payments")),
        ("the query", request.clone().target("/payments?dry_run=false")),
        ("an empty query", request.clone().target("/payments?")),
        ("the method", request.clone().method("PATCH")),
        ("the content type", request.clone().set("Content-Type", "application/x-www-form-urlencoded")),
    ]
}

fn another_request(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let request = keyed_payment().target("/payments?dry_run=true");
    let first = ensure_fresh(receiver.send(&request), 201)?;
    for (what, other) in different(&request) {
        let problem = ensure_problem(receiver.send(&other), &receiver, 422, "content_differs")
            .map_err(|finding| format!("{what} differs: {finding}"))?;
        ensure(!problem.to_string().contains("payment\""), || format!("the answer got out: {problem}"))?;
    }
    // What does not belong to the request does not tell it apart (control), and its answer is still there.
    let retried = request.clone().header("User-Agent", "retrying/2").header("traceparent", "00-1-2-01");
    let again = ensure_repeated(receiver.send(&retried), 201)?;
    ensure(again.body == first.body, || "the kept answer has changed".into())?;
    ensure_keyed_runs(&receiver, 1)?;
    // A header counts once the API says so.
    let covering =
        |keys: countersign::IdempotencyKeysBuilder| keys.fingerprint_headers(["Content-Type", "Api-Version"]);
    let receiver = KeyedSetup::over(backing).with(covering).start(adapter);
    let request = keyed_payment().header("Api-Version", "1");
    ensure_fresh(receiver.send(&request), 201)?;
    ensure_problem(receiver.send(&request.clone().set("Api-Version", "2")), &receiver, 422, "content_differs")?;
    ensure_problem(receiver.send(&request.clone().without("Api-Version")), &receiver, 422, "content_differs")?;
    ensure_repeated(receiver.send(&request), 201)?;
    ensure_keyed_runs(&receiver, 1)
}

/// The first run waits for the gate.
fn held_open() -> Script {
    Script::new(|run| if run == 1 { Step::AnswerWhenOpen(paid(run)) } else { Step::Answer(paid(run)) })
}

fn still_running(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).script(held_open()).start(adapter);
    let request = keyed_payment();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let asked = Instant::now();
    let running = receiver.send(&request);
    let wait = running.as_ref().ok().and_then(|answer| answer.header("retry-after")?.parse::<u64>().ok());
    ensure_problem(running, &receiver, 409, "key_in_use")?;
    ensure(asked.elapsed() < Duration::from_secs(1), || format!("it waited {:?}", asked.elapsed()))?;
    ensure(wait.is_some_and(|wait| (1..=30).contains(&wait)), || format!("Retry-After is {wait:?}"))?;
    // Another request gets no 409: waiting would not help it.
    ensure_problem(receiver.send(&request.clone().target("/refunds")), &receiver, 422, "content_differs")?;
    receiver.script.open_gate();
    let first = ensure_fresh(first.read(PATIENCE), 201)?;
    let again = ensure_repeated(receiver.send(&request), 201)?;
    ensure(again.body == first.body, || "the repeated answer is another".into())?;
    ensure_keyed_runs(&receiver, 1)?;
    waits_where_allowed(adapter, backing)?;
    hangs_up(adapter, backing)
}

fn waits_where_allowed(adapter: Adapter, backing: Backing) -> Finding {
    let waiting = |keys: countersign::IdempotencyKeysBuilder| keys.duplicate_wait(PATIENCE);
    let receiver = KeyedSetup::over(backing).with(waiting).script(held_open()).start(adapter);
    let request = keyed_payment();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    let mut second = receiver.begin(&request);
    eventually("the repeat asks for the answer", || receiver.store.count(Call::Claim) > 1)?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 201)?;
    ensure_repeated(second.read(PATIENCE), 201)?;
    ensure_keyed_runs(&receiver, 1)
}

fn hangs_up(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).script(held_open()).start(adapter);
    let request = keyed_payment();
    let client = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    client.hang_up();
    receiver.script.open_gate();
    // Not when the store is asked to: it takes a while, and a repeat meanwhile gets 409.
    eventually("the outcome is recorded", || receiver.keys.gate().in_flight() == 0)?;
    let again = ensure_repeated(receiver.send(&request), 201)?;
    ensure(again.body == b"{\"payment\":1}", || format!("{again:?}"))?;
    ensure(receiver.script.dropped() == 0, || "the handler was dropped".into())?;
    ensure_keyed_runs(&receiver, 1)
}

fn many_at_once(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    for _ in 0..10 {
        let (key, runs) = (new_key(), receiver.script.runs());
        let begun: Vec<_> = (0..8)
            .map(|amount| receiver.begin(&under(&key, payment().with_body(format!("{{\"amount\":{amount}}}")))))
            .collect();
        let answers: Result<Vec<Answer>, _> = begun.into_iter().map(|mut one| one.read(PATIENCE)).collect();
        let mut statuses: Vec<u16> =
            answers.map_err(|error| error.to_string())?.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        ensure(statuses == [201, 422, 422, 422, 422, 422, 422, 422], || format!("answered {statuses:?}"))?;
        ensure_keyed_runs(&receiver, runs + 1)?;
    }
    // The same request as often at once runs once too; the others get its answer or are told to wait.
    let (request, runs) = (keyed_payment(), receiver.script.runs());
    let begun: Vec<_> = (0..8).map(|_| receiver.begin(&request)).collect();
    for mut one in begun {
        let answer = one.read(PATIENCE).map_err(|error| error.to_string())?;
        ensure(matches!(answer.status, 201 | 409), || format!("{answer:?}"))?;
    }
    ensure_keyed_runs(&receiver, runs + 1)
}

fn moved_bytes(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let moved = |from: Request, to: Request| -> Finding {
        let key = new_key();
        ensure_fresh(receiver.send(&under(&key, from.clone())), 201)?;
        ensure_problem(receiver.send(&under(&key, to)), &receiver, 422, "content_differs")?;
        ensure_repeated(receiver.send(&under(&key, from)), 201).map(|_| ())
    };
    let of = |target: &str, kind: &str, body: &str| payment().target(target).set("Content-Type", kind).with_body(body);
    moved(of("/pay", "text/plain", "ab"), of("/pay", "text/plaina", "b"))?;
    moved(of("/pay", "text/plain", "ab"), of("/payt", "ext/plain", "ab"))?;
    moved(of("/pay?a=1", "text/plain", "b"), of("/pay?a=", "1text/plain", "b"))?;
    moved(of("/pay", "text/plain", ""), of("/pay", "text/plain", "\0"))?;
    moved(of("/pay", "a", "b"), of("/pay", "a", "b").header("Content-Type", "a"))?;
    moved(of("/pay", "a", "").header("Content-Type", "bc"), of("/pay", "ab", "").header("Content-Type", "c"))?;
    moved(of("/pay", "", "b"), of("/pay", "a", "b").without("Content-Type"))?;
    // However its body is framed, it is the same request (control).
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), 201)?;
    ensure_repeated(receiver.send_bytes(&request.chunked(3, &[])), 201).map(|_| ())
}

fn mended(adapter: Adapter, backing: Backing) -> Finding {
    // After 400: the header is mended.
    let receiver = KeyedSetup::over(backing).start(adapter);
    let key = new_key();
    ensure_problem(receiver.send(&payment().set("Idempotency-Key", &key)), &receiver, 400, "key_malformed")?;
    let request = under(&key, payment());
    ensure_fresh(receiver.send(&request), 201)?;
    // After 422: the other request gets a key of its own.
    let other = payment().target("/refunds");
    ensure_problem(receiver.send(&under(&key, other.clone())), &receiver, 422, "content_differs")?;
    ensure_fresh(receiver.send(&under(&new_key(), other)), 201)?;
    ensure_keyed_runs(&receiver, 2)?;
    // After 409: nothing has to be mended.
    let receiver = KeyedSetup::over(backing).script(held_open()).start(adapter);
    let request = keyed_payment();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    ensure_problem(receiver.send(&request), &receiver, 409, "key_in_use")?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 201)?;
    ensure_repeated(receiver.send(&request), 201)?;
    ensure_keyed_runs(&receiver, 1)?;
    // After a failure: the same request runs again, and so may another one under its key.
    let receiver = failing_once(adapter, backing);
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), 500)?;
    ensure_fresh(receiver.send(&request.clone().with_body("{}")), 201)?;
    ensure_problem(receiver.send(&request), &receiver, 422, "content_differs").map(|_| ())
}

fn failing_once(adapter: Adapter, backing: Backing) -> KeyedReceiver {
    let script = Script::new(|run| Step::Answer(if run == 1 { Reply::new(500) } else { paid(run) }));
    KeyedSetup::over(backing).script(script).start(adapter)
}
