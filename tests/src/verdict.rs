//! How a receiver's answers are judged: against a case's expectation, and, for stories, one answer at a time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::raw::{Answer, NoAnswer, PATIENCE};
use crate::receivers::{Adapter, Receiver};
use crate::request::Request;
use crate::row::{Case, Expect};
use crate::sign::Draft;

/// The result of judging: what did not hold, in words that name the request.
pub type Finding = Result<(), String>;

/// Judges an adapter by single requests, each by itself.
pub(crate) fn judge_all(cases: &[Case], adapter: Adapter) -> Finding {
    let mut receivers: HashMap<&'static str, Receiver> = HashMap::new();
    let mut findings = Vec::new();
    for case in cases {
        let receiver = receivers.entry(case.lane.name).or_insert_with(|| (case.lane.setup)().start(adapter));
        if let Err(finding) = judge(case, adapter, receiver) {
            findings.push(format!("{} ({}): {finding}", case.note, case.lane.name));
        }
    }
    match findings.len() {
        0 => Ok(()),
        count => {
            findings.truncate(12);
            Err(format!("{count} of {} cases do not hold:\n  {}", cases.len(), findings.join("\n  ")))
        }
    }
}

/// What a receiver has done so far.
struct Tally {
    runs: u32,
    store_calls: u32,
    reasons: usize,
}

impl Tally {
    fn of(receiver: &Receiver) -> Self {
        Self { runs: receiver.script.runs(), store_calls: receiver.store.calls(), reasons: receiver.reasons().len() }
    }
}

fn judge(case: &Case, adapter: Adapter, receiver: &Receiver) -> Finding {
    let before = Tally::of(receiver);
    let mut connection = receiver.connect();
    let begun = Instant::now();
    connection.send(&case.bytes);
    if case.ends {
        connection.end();
    }
    let answer = connection.read(PATIENCE);
    let took = begun.elapsed();
    let expect = case.expected_of(adapter);
    check(expect, &answer, receiver, &before, case.body.as_deref())?;
    if took > PROMPT {
        return Err(format!("the answer took {} ms", took.as_millis()));
    }
    // The connection is usable or closed, never left hanging.
    if case.ends || answer.is_err() || *expect == Expect::BadRequestAndClosed {
        let closed = connection.is_closed_within(PATIENCE);
        return ensure(closed, || "the connection stays open".into());
    }
    connection.send(&probe().bytes());
    match connection.read(PATIENCE) {
        Ok(answer) => check_uniform(&answer),
        Err(NoAnswer::Closed) => Ok(()),
        Err(other) => Err(format!("the connection hangs: {other}")),
    }
}

/// How long an answer may take at most where nothing has to be waited for.
const PROMPT: Duration = Duration::from_secs(3);

/// A request that every lane refuses for its missing signature.
fn probe() -> Request {
    Request::post(Draft::of("probe").body)
}

fn check(
    expect: &Expect,
    answer: &Result<Answer, NoAnswer>,
    receiver: &Receiver,
    before: &Tally,
    body: Option<&[u8]>,
) -> Finding {
    let after = Tally::of(receiver);
    let runs = after.runs - before.runs;
    let store_calls = after.store_calls - before.store_calls;
    let reasons = receiver.reasons().split_off(before.reasons);
    let handled = matches!((expect, answer), (Expect::HandledOrBadRequest, Ok(answer)) if answer.status == 200);
    if handled || *expect == Expect::Handled {
        let answer = answer.as_ref().map_err(ToString::to_string)?;
        ensure(answer.status == 200, || format!("answered {} for {reasons:?} instead of 200", answer.status))?;
        ensure(runs == 1, || format!("the handler ran {runs} times instead of once"))?;
        let seen = receiver.script.seen().pop().map(|seen| seen.body);
        return match body {
            Some(sent) if seen.as_deref() != Some(sent) => Err("the handler saw another body than was sent".into()),
            _ => Ok(()),
        };
    }
    ensure(runs == 0, || format!("the handler ran {runs} times"))?;
    ensure(store_calls == 0, || format!("the store was asked {store_calls} times"))?;
    let answer = match (answer, expect) {
        (Ok(answer), _) => answer,
        (Err(NoAnswer::Closed), Expect::NothingRuns(_)) => return Ok(()),
        (Err(other), _) => return Err(other.to_string()),
    };
    ensure(answer.size() <= 1_024, || format!("the answer has {} bytes", answer.size()))?;
    match expect {
        Expect::Auth(allowed) => {
            check_uniform(answer).map_err(|finding| format!("{finding}; recorded {reasons:?}"))?;
            check_reason(&reasons, allowed)
        }
        Expect::Refused(status, reason) => {
            check_refusal(answer, *status, reason)?;
            check_reason(&reasons, &[reason])
        }
        Expect::BadHttp(statuses) if reasons.is_empty() => check_status(answer, statuses),
        Expect::BadHttp(_) => check_uniform(answer),
        Expect::BadRequestAndClosed | Expect::HandledOrBadRequest => check_status(answer, &[400]),
        Expect::NothingRuns(statuses) => check_status(answer, statuses),
        Expect::Handled => Ok(()),
    }
}

/// The head and the body that every authentication failure has, byte for byte, save for the date.
fn check_uniform(answer: &Answer) -> Finding {
    check_refusal(answer, 401, "")
}

fn check_refusal(answer: &Answer, status: u16, reason: &str) -> Finding {
    check_status(answer, &[status])?;
    let retried = status == 503;
    let body = if retried { "delivery not taken, try again later\n" } else { "delivery refused\n" };
    let length = body.len().to_string();
    let mut headers = vec![
        ("cache-control", "no-store"),
        ("content-length", length.as_str()),
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
    ];
    match status {
        401 => headers.push(("www-authenticate", "Signature")),
        405 => headers.push(("allow", "POST")),
        _ => {}
    }
    headers.sort_unstable();
    // Whether the connection is kept and when to retry depend on the request's framing and on the receiver's load,
    // never on why it was refused.
    let mut found = answer.sorted_headers();
    found.retain(|(name, _)| name != "connection" && !(retried && name == "retry-after"));
    let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ensure(found == headers, || format!("the headers of a {status} for `{reason}` are {found:?}"))?;
    ensure(answer.text() == body, || format!("the body is {:?}", answer.text()))?;
    ensure(!retried || answer.header("retry-after").is_some(), || "there is no Retry-After".into())
}

fn check_status(answer: &Answer, statuses: &[u16]) -> Finding {
    ensure(statuses.contains(&answer.status), || {
        format!("answered {} {:?} instead of {statuses:?}", answer.status, answer.text())
    })
}

fn check_reason(recorded: &[String], allowed: &[&str]) -> Finding {
    let [reason] = recorded else { return Err(format!("recorded {recorded:?} instead of one reason")) };
    ensure(allowed.contains(&reason.as_str()), || format!("recorded `{reason}` instead of {allowed:?}"))
}

/// Turns a condition into a finding.
///
/// # Errors
///
/// It does not hold.
pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Finding {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// An answer of the handler's own, given now.
///
/// # Errors
///
/// It has another status, or is a repeated one.
pub fn ensure_fresh(answer: Result<Answer, NoAnswer>, status: u16) -> Result<Answer, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    check_status(&answer, &[status])?;
    ensure(answer.header("idempotency-replayed").is_none(), || "the answer is a repeated one".into())?;
    Ok(answer)
}

/// A stored answer, given again.
///
/// # Errors
///
/// It has another status, or was given now.
pub fn ensure_repeated(answer: Result<Answer, NoAnswer>, status: u16) -> Result<Answer, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    check_status(&answer, &[status])?;
    ensure(answer.header("idempotency-replayed").as_deref() == Some("true"), || {
        "the answer is no repeated one".into()
    })?;
    Ok(answer)
}

/// A refusal with this status, and this as the last recorded reason.
///
/// # Errors
///
/// It is another answer, or recorded otherwise.
pub fn ensure_refused(
    answer: Result<Answer, NoAnswer>,
    receiver: &Receiver,
    status: u16,
    reason: &str,
) -> Result<Answer, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let recorded = receiver.reasons();
    check_refusal(&answer, status, reason).map_err(|finding| format!("{finding}; recorded {:?}", recorded.last()))?;
    ensure(recorded.last().is_some_and(|last| last == reason), || {
        format!("recorded {:?} instead of `{reason}`", recorded.last())
    })?;
    Ok(answer)
}

/// A handler that has run this often.
///
/// # Errors
///
/// It has run more or less often.
pub fn ensure_runs(receiver: &Receiver, runs: u32) -> Finding {
    let found = receiver.script.runs();
    ensure(found == runs, || format!("the handler ran {found} times instead of {runs}"))
}
