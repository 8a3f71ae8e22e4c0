//! the same delivery again, and deliveries sent ahead of the right one.

use std::time::Duration;

use crate::clock::NOW;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::{Adapter, Receiver, eventually};
use crate::request::Request;
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::spy::Call;
use crate::stores::{Backing, over};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::on_every_store(
            "A-094",
            "a delivery again after it was handled",
            "the stored answer; the handler does not run",
            after_success,
        ),
        Row::on_every_store(
            "A-095",
            "a delivery again after its handler failed",
            "the handler runs again, as attempt 2",
            after_failure,
        ),
        Row::on_every_store(
            "A-096",
            "a delivery 1,000 times at once",
            "one run; the stored answer, or 503 with Retry-After",
            thousandfold,
        ),
        Row::on_every_store(
            "A-097",
            "a replay at the last moment of the longest gap",
            "the stored answer",
            longest_gap,
        ),
        Row::on_every_store("A-098", "a replay after its record's lifetime", "401: stale", after_the_lifetime),
        Row::on_every_store("A-107", "an id sent ahead under a bad signature", "the real delivery runs", sent_ahead),
        Row::on_every_store("A-108", "5,000 ids under bad signatures", "nothing is stored", many_forgeries),
        Row::left_out("A-109", "10 million valid ids of a hostile tenant", "quotas of tenants are not built yet"),
        Row::over_stores(
            "A-110",
            "a receiver restarted before the replay",
            "the stored answer; in memory 503 for what was signed before the start, if so set",
            restarted,
        ),
        Row::over_stores(
            "A-111",
            "a replay to a second instance",
            "one run; the stored answer, or 503 while it runs",
            second_instance,
        ),
    ]
}

fn after_success(adapter: Adapter) -> Finding {
    for (setup, sign) in every_kind() {
        let script = Script::new(|run| Step::Answer(Reply::new(201).body(format!("run {run}"))));
        let receiver = setup().script(script).start(adapter);
        let request = sign(&Draft::new());
        let first = ensure_fresh(receiver.deliver(&request), 201)?;
        for _ in 0..3 {
            let again = ensure_repeated(receiver.deliver(&request), 201)?;
            ensure(again.body == first.body, || format!("the replay was answered {:?}", again.text()))?;
        }
        ensure_runs(&receiver, 1)?;
        ensure(receiver.store.count(Call::Complete) == 1, || "the event was completed more than once".into())?;
    }
    Ok(())
}

type Sign = fn(&Draft) -> Request;

/// A receiver of each kind of event id: a signed header, a place in the body, the body's digest.
fn every_kind() -> [(fn() -> Setup, Sign); 4] {
    [
        (Setup::standard, Draft::standard),
        (Setup::stripe, Draft::stripe),
        (Setup::github, Draft::github),
        (Setup::slack, Draft::slack),
    ]
}

fn after_failure(adapter: Adapter) -> Finding {
    for (setup, sign) in every_kind() {
        let receiver = setup().script(Script::failing_first(2)).start(adapter);
        let request = sign(&Draft::new());
        ensure_fresh(receiver.deliver(&request), 500)?;
        ensure_fresh(receiver.deliver(&request), 500)?;
        ensure_fresh(receiver.deliver(&request), 200)?;
        ensure_repeated(receiver.deliver(&request), 200)?;
        ensure(receiver.script.attempts() == [1, 2, 3], || format!("attempts {:?}", receiver.script.attempts()))?;
    }
    // Whatever is no success releases the event, redirections and client errors included.
    for status in [301, 400, 404, 408, 409, 410, 429, 503] {
        let script = Script::new(move |run| Step::Answer(Reply::new(if run == 1 { status } else { 204 })));
        let receiver = Setup::standard().script(script).start(adapter);
        let request = Draft::new().standard();
        ensure_fresh(receiver.deliver(&request), status)?;
        ensure_fresh(receiver.deliver(&request), 204)?;
        ensure_repeated(receiver.deliver(&request), 204)?;
        ensure_runs(&receiver, 2)?;
    }
    Ok(())
}

fn thousandfold(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let request = Draft::new().standard();
    let first = receiver.begin(&request);
    eventually("the first is running", || receiver.script.runs() == 1)?;
    let mut connections: Vec<Connection> = (1..1_000).map(|_| receiver.begin(&request)).collect();
    connections.push(first);
    receiver.script.open_gate();
    let (mut fresh, mut repeated, mut later) = (0, 0, 0);
    for mut connection in connections {
        let answer = connection.read(PATIENCE).map_err(|error| error.to_string())?;
        match (answer.status, answer.header("idempotency-replayed")) {
            (200, None) => fresh += 1,
            (200, Some(_)) => repeated += 1,
            (503, None) if answer.header("retry-after").is_some() => later += 1,
            (status, _) => return Err(format!("answered {status}")),
        }
    }
    ensure(fresh == 1 && fresh + repeated + later == 1_000, || {
        format!("{fresh} fresh, {repeated} repeated, {later} told to come back")
    })?;
    ensure(repeated > 0, || "no duplicate waited for the outcome".into())?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)
}

const PAST: u64 = 300;
const FUTURE: u64 = 60;

/// First delivered as early as it can be, on an endpoint that keeps records no longer than it must.
fn delivered_early(adapter: Adapter) -> Result<(Receiver, Request), String> {
    let setup = Setup::standard().tolerance(PAST, FUTURE).with(|builder| builder.replay_window_only());
    let receiver = setup.start(adapter);
    let request = Draft::new().at(NOW + FUTURE).standard();
    ensure_fresh(receiver.deliver(&request), 200)?;
    Ok((receiver, request))
}

fn longest_gap(adapter: Adapter) -> Finding {
    let (receiver, request) = delivered_early(adapter)?;
    receiver.pass(Duration::from_secs(FUTURE + PAST - 1));
    ensure_repeated(receiver.deliver(&request), 200)?;
    receiver.pass(Duration::from_secs(1));
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)
}

fn after_the_lifetime(adapter: Adapter) -> Finding {
    let (receiver, request) = delivered_early(adapter)?;
    for span in [FUTURE + PAST + 1, 20, 20, 1_000] {
        receiver.pass(Duration::from_secs(span));
        ensure_refused(receiver.deliver(&request), &receiver, 401, "stale")?;
    }
    ensure_runs(&receiver, 1)
}

/// The error of clocks that an endpoint allows for, in seconds.
const CLOCK_ERROR: u64 = 10;

fn restarted(adapter: Adapter, backing: Backing) -> Finding {
    over(backing, || {
        let setup = || Setup::standard().tolerance(PAST, FUTURE);
        let gone = setup().start(adapter);
        let request = Draft::new().standard();
        ensure_fresh(gone.deliver(&request), 200)?;
        let cautious = setup().after(&gone);
        if !backing.on_hand_clock {
            drop(gone);
            let receiver = cautious.start(adapter);
            ensure_repeated(receiver.deliver(&request), 200)?;
            return ensure_runs(&receiver, 0);
        }
        // Nothing is left in memory: without the setting the replay runs (control).
        let forgetful = setup().after(&gone);
        drop(gone);
        let forgetful = forgetful.start(adapter);
        ensure_fresh(forgetful.deliver(&request), 200)?;
        let receiver = cautious.with(|builder| builder.refuse_from_before_start()).start(adapter);
        ensure_refused(receiver.deliver(&request), &receiver, 503, "cold_start")?;
        // What a sender whose clock is ahead may have signed before the start, and the first that it may not.
        let known_from = FUTURE + CLOCK_ERROR;
        receiver.pass(Duration::from_secs(known_from));
        let early = Draft::new().at(NOW + known_from - 1).standard();
        ensure_refused(receiver.deliver(&early), &receiver, 503, "cold_start")?;
        ensure_fresh(receiver.deliver(&Draft::new().at(NOW + known_from).standard()), 200)?;
        ensure_refused(receiver.deliver(&request), &receiver, 503, "cold_start")?;
        receiver.pass(Duration::from_secs(PAST));
        ensure_refused(receiver.deliver(&request), &receiver, 401, "stale")?;
        ensure_runs(&receiver, 1)
    })
}

fn second_instance(adapter: Adapter, backing: Backing) -> Finding {
    over(backing, || {
        let brief = || Setup::standard().with(|builder| builder.duplicate_wait(Duration::from_millis(20)));
        let one = brief().script(Script::held_open()).start(adapter);
        // In memory both are in one process; elsewhere each has a connection of its own.
        let other = if backing.on_hand_clock { brief().named(&one.name).sharing(&one) } else { brief().after(&one) };
        let other = other.start(adapter);
        let request = Draft::new().standard();
        let mut first = one.begin(&request);
        eventually("the first is running", || one.script.runs() == 1)?;
        ensure_refused(other.deliver(&request), &other, 503, "still_running")?;
        one.script.open_gate();
        let first = ensure_fresh(first.read(PATIENCE), 200)?;
        for receiver in [&other, &one] {
            let again = ensure_repeated(receiver.deliver(&request), 200)?;
            ensure(again.body == first.body, || format!("the replay was answered {:?}", again.text()))?;
        }
        ensure_runs(&one, 1)?;
        ensure_runs(&other, 0)
    })
}

fn sent_ahead(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let draft = Draft::new();
    let forged = draft.standard_with(draft.v1(b"a key that nobody has"));
    for _ in 0..3 {
        ensure_refused(receiver.deliver(&forged), &receiver, 401, "signature_mismatch")?;
    }
    ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    ensure_runs(&receiver, 1)
}

fn many_forgeries(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let mut connection = receiver.connect();
    for _ in 0..5_000 {
        let draft = Draft::new();
        connection.send(&draft.standard_with(draft.v1(b"a key that nobody has")).bytes());
        let answer = connection.read(PATIENCE).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("answered {}", answer.status))?;
    }
    ensure(receiver.store.calls() == 0, || format!("the store was asked {} times", receiver.store.calls()))?;
    // One that is right is stored (control).
    let honest = Draft::new().standard();
    ensure_fresh(receiver.deliver(&honest), 200)?;
    ensure_repeated(receiver.deliver(&honest), 200)?;
    ensure(receiver.store.count(Call::Claim) == 2, || "the honest delivery was not looked up".into())
}
