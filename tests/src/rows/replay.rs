//! A-094 to A-118: the same delivery again, the same event again, and what only looks like it.

use std::time::{Duration, Instant};

use countersign::{Tenants, TenantName, providers};

use super::standard_webhooks;
use crate::clock::NOW;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::{Adapter, Receiver, Setup, eventually};
use crate::row::{
    Finding, Held, Row, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs,
};
use crate::rows::tenants::Directory;
use crate::script::{Reply, Script, Step};
use crate::sign::{Draft, Secret};
use crate::spy::{Call, Fault};

pub(super) fn rows() -> Vec<Row> {
    let story = |id, what, expects, story| Row { id, what, expects, held: Held::Story(story) };
    let left_out = |id, what, why| Row { id, what, expects: "-", held: Held::LeftOut(why) };
    vec![
        story("A-094", "a delivery again after it was handled", "the stored answer; the handler does not run", after_success),
        story("A-095", "a delivery again after its handler failed", "the handler runs again, as attempt 2", after_failure),
        story("A-096", "a delivery 1,000 times at once", "one run; the stored answer, or 503 with Retry-After", thousandfold),
        story("A-097", "a replay at the last moment of the longest gap", "the stored answer", longest_gap),
        story("A-098", "a replay after its record's lifetime", "401: stale", after_the_lifetime),
        story("A-099", "a handled id with another valid body", "422; the first answer stands", another_body),
        story("A-100", "a running id with another valid body", "422 at once", another_body_meanwhile),
        story("A-101", "one id on another tenant, endpoint, provider", "each runs", other_scopes),
        story("A-102", "names and ids that join to the same text", "each runs", joined_names),
        story("A-103", "a replay under another text of its signature", "the stored answer", other_signature_text),
        story("A-104", "GitHub: the same body under a new delivery id", "the stored answer", new_unsigned_id),
        story("A-105", "GitHub: the delivery id removed", "no new event; 400 where the endpoint was told to use it", no_unsigned_id),
        story("A-106", "an id again after its retention", "the handler runs", after_retention),
        story("A-107", "an id sent ahead under a bad signature", "the real delivery runs", sent_ahead),
        story("A-108", "5,000 ids under bad signatures", "nothing is stored", many_forgeries),
        left_out("A-109", "10 million valid ids of a hostile tenant", "quotas of tenants are not built yet"),
        left_out("A-110", "a receiver restarted before the replay", "held with the durable stores"),
        left_out("A-111", "a replay to a second instance", "held with the shared stores"),
        left_out("A-112", "malformed Idempotency-Key headers", "the Idempotency-Key profile is not built yet"),
        left_out("A-113", "a guessed Idempotency-Key", "the Idempotency-Key profile is not built yet"),
        left_out("A-114", "Idempotency-Key on GET", "the Idempotency-Key profile is not built yet"),
        story("A-115", "a stored answer that set a cookie", "the cookie is not repeated", cookies),
        story("A-116", "a handler slower than its lease", "renewed; where it cannot be, taken over and fenced", slow_handler),
        story("A-117", "clients that hang up at every stage", "nothing is stuck, nothing runs twice", hang_ups),
        story("A-118", "ids that are patterns, commands, or very long", "events like any other, or 401", odd_ids),
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

type Sign = fn(&Draft) -> crate::request::Request;

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
fn delivered_early(adapter: Adapter) -> Result<(Receiver, crate::request::Request), String> {
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

fn another_body(adapter: Adapter) -> Finding {
    let script = Script::new(|run| Step::Answer(Reply::new(200).body(format!("run {run}"))));
    let receiver = Setup::standard().script(script).start(adapter);
    let draft = Draft::new();
    let first = ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    let other = draft.clone().body(r#"{"id":"evt_other"}"#).standard();
    for _ in 0..2 {
        ensure_refused(receiver.deliver(&other), &receiver, 422, "content_differs")?;
    }
    let again = ensure_repeated(receiver.deliver(&draft.standard()), 200)?;
    ensure(again.body == first.body, || format!("the first answer became {:?}", again.text()))?;
    ensure_runs(&receiver, 1)
}

fn another_body_meanwhile(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let draft = Draft::new();
    let mut first = receiver.begin(&draft.standard());
    eventually("the first is running", || receiver.script.runs() == 1)?;
    let asked = Instant::now();
    let other = draft.clone().body("other").standard();
    ensure_refused(receiver.deliver(&other), &receiver, 422, "content_differs")?;
    ensure(asked.elapsed() < Duration::from_secs(1), || "the refusal waited for the first to end".into())?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 200)?;
    ensure_runs(&receiver, 1)
}

fn other_scopes(adapter: Adapter) -> Finding {
    let request = Draft::of("evt_scope").standard();
    let one = Setup::standard().start(adapter);
    let other = Setup::standard().sharing(&one).start(adapter);
    let svix = Setup::new(providers::SVIX, Secret::current().text).named(&one.name).sharing(&one).start(adapter);
    for receiver in [&one, &other, &svix] {
        ensure_fresh(receiver.deliver(&request), 200)?;
        ensure_repeated(receiver.deliver(&request), 200)?;
        ensure_runs(receiver, 1)?;
    }
    // The same endpoint in another process is no other scope (control).
    let twin = Setup::standard().named(&one.name).sharing(&one).start(adapter);
    ensure_repeated(twin.deliver(&request), 200)?;
    let directory = Directory::of(&[("acme", Secret::current()), ("umbrella", Secret::current())]);
    let tenants = Tenants::new(TenantName::PathSegment(1), directory);
    let shared = Setup::new(standard_webhooks(), tenants).start(adapter);
    for path in ["/hooks/acme", "/hooks/umbrella"] {
        ensure_fresh(shared.deliver(&request.clone().target(path)), 200)?;
        ensure_repeated(shared.deliver(&request.clone().target(path)), 200)?;
    }
    ensure_runs(&shared, 2)
}

fn joined_names(adapter: Adapter) -> Finding {
    let wide = Setup::standard().named("joined-a").start(adapter);
    let narrow = Setup::standard().named("joined").sharing(&wide).start(adapter);
    let body = r#"{"joined":true}"#;
    ensure_fresh(wide.deliver(&Draft::of("-b").body(body).standard()), 200)?;
    ensure_fresh(narrow.deliver(&Draft::of("-a-b").body(body).standard()), 200)?;
    // The delimiters of other stores cannot stand in an endpoint's name at all.
    for name in ["joined:a", "joined/a", "joined a", "joined\0a", ""] {
        ensure(Setup::standard().named(name).try_start(adapter).is_err(), || format!("{name:?} is an endpoint's name"))?;
    }
    let directory = Directory::of(&[("a:b", Secret::current()), ("a", Secret::current())]);
    let tenants = Tenants::new(TenantName::Header("X-Tenant".into()), directory);
    let receiver = Setup::new(standard_webhooks(), tenants).start(adapter);
    for (tenant, id) in [("a:b", "c"), ("a", "b:c")] {
        let request = Draft::of(id).body(body).standard().header("X-Tenant", tenant);
        ensure_fresh(receiver.deliver(&request), 200)?;
    }
    ensure_runs(&receiver, 2)
}

fn other_signature_text(adapter: Adapter) -> Finding {
    let receiver = Setup::standard_both().start(adapter);
    let draft = Draft::new();
    let entry = draft.v1(&Secret::current().key);
    ensure_fresh(receiver.deliver(&draft.standard_with(&entry)), 200)?;
    let texts = [format!("v2,AAAA {entry}"), format!("{entry} v1,AAAA"), format!("{entry} {entry}"), draft.v1a()];
    for text in &texts {
        ensure_repeated(receiver.deliver(&draft.standard_with(text)), 200)?;
    }
    // The provider's own retry: a later time, a new signature, the same event.
    let retry = draft.clone().at(NOW + 5);
    ensure_repeated(receiver.deliver(&retry.standard()), 200)?;
    ensure_runs(&receiver, 1)
}

fn new_unsigned_id(adapter: Adapter) -> Finding {
    let receiver = Setup::github().start(adapter);
    let request = Draft::new().github();
    ensure_fresh(receiver.deliver(&request), 200)?;
    for id in ["evt_new", "0b989ba4-242f-11e5-81e1-c7b6966d2516"] {
        ensure_repeated(receiver.deliver(&request.clone().set("X-GitHub-Delivery", id)), 200)?;
    }
    ensure_runs(&receiver, 1)
}

fn no_unsigned_id(adapter: Adapter) -> Finding {
    let receiver = Setup::github().start(adapter);
    let request = Draft::new().github();
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_repeated(receiver.deliver(&request.without("X-GitHub-Delivery")), 200)?;
    ensure_runs(&receiver, 1)?;
    let trusting = Setup::github().with(|builder| builder.danger_accept_unsigned_id("X-GitHub-Delivery")).start(adapter);
    let request = Draft::new().github();
    ensure_refused(trusting.deliver(&request.clone().without("X-GitHub-Delivery")), &trusting, 400, "event_id_missing")?;
    ensure(trusting.store.calls() == 0, || "the store was asked".into())?;
    ensure_fresh(trusting.deliver(&request), 200)?;
    ensure_runs(&trusting, 1)
}

fn after_retention(adapter: Adapter) -> Finding {
    const WEEK: u64 = 7 * 86_400;
    let receiver = Setup::standard().start(adapter);
    let draft = Draft::new();
    ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    receiver.pass(Duration::from_secs(WEEK));
    ensure_repeated(receiver.deliver(&draft.clone().at(NOW + WEEK).standard()), 200)?;
    receiver.pass(Duration::from_secs(1));
    ensure_fresh(receiver.deliver(&draft.clone().at(NOW + WEEK).standard()), 200)?;
    ensure_runs(&receiver, 2)
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
    ensure(receiver.store.records().stats().records == 0, || "a record was stored".into())?;
    // One that is right is stored (control).
    ensure_fresh(receiver.deliver(&Draft::new().standard()), 200)?;
    ensure(receiver.store.records().stats().records == 1, || "the honest delivery left no record".into())
}

fn cookies(adapter: Adapter) -> Finding {
    let secret_headers = [
        ("set-cookie", "session=5d41402a; HttpOnly"),
        ("authorization", "Bearer 5d41402a"),
        ("proxy-authenticate", "Basic"),
        ("www-authenticate", "Bearer"),
        ("x-api-key", "5d41402a"),
    ];
    let reply = Reply::new(200).header("content-type", "application/json").header("etag", "\"7\"");
    let reply = secret_headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value));
    let receiver = Setup::standard().script(Script::answering(reply.body("{}"))).start(adapter);
    let request = Draft::new().standard();
    let first = ensure_fresh(receiver.deliver(&request), 200)?;
    let again = ensure_repeated(receiver.deliver(&request), 200)?;
    for (name, value) in secret_headers {
        ensure(first.header(name).as_deref() == Some(value), || format!("`{name}` is missing from the first answer"))?;
        ensure(again.header_values(name).is_empty(), || format!("`{name}` was repeated"))?;
    }
    for (name, value) in [("content-type", "application/json"), ("etag", "\"7\"")] {
        ensure(again.header(name).as_deref() == Some(value), || format!("`{name}` was not repeated"))?;
    }
    ensure(again.body == first.body, || "the body was not repeated".into())
}

fn slow_handler(adapter: Adapter) -> Finding {
    let setup = || {
        let setup = Setup::standard().script(Script::held_open());
        setup.with(|builder| builder.lease(Duration::from_secs(1)).duplicate_wait(Duration::from_millis(20)))
    };
    // Renewed: four times 0.6 s on the store's clock are beyond any single lease.
    let receiver = setup().start(adapter);
    let request = Draft::new().standard();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    for _ in 0..4 {
        let renewed = receiver.store.count(Call::Renew);
        receiver.store_clock.advance(Duration::from_millis(600));
        eventually("the lease is renewed", || receiver.store.count(Call::Renew) > renewed)?;
    }
    ensure_refused(receiver.deliver(&request), &receiver, 503, "still_running")?;
    receiver.script.open_gate();
    ensure_fresh(first.read(PATIENCE), 200)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    // Not renewed: another run takes over, and the first one's outcome comes too late.
    let receiver = setup().start(adapter);
    receiver.store.fail_always(Call::Renew, Fault::Down);
    let request = Draft::new().standard();
    let mut first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    receiver.store_clock.advance(Duration::from_millis(1_001));
    ensure_fresh(receiver.deliver(&request), 200)?;
    let lease = receiver.script.seen().into_iter().next().and_then(|seen| seen.lease);
    let lease = lease.ok_or("the handler was told of no lease")?;
    eventually("the first run learns that its lease is lost", || lease.is_lost())?;
    receiver.script.open_gate();
    let late = first.read(PATIENCE).map_err(|error| error.to_string())?;
    ensure(late.status == 503 && late.header("retry-after").is_some(), || format!("the late run answered {}", late.status))?;
    ensure(receiver.reasons().last().is_some_and(|reason| reason == "lease_lost"), || {
        format!("recorded {:?}", receiver.reasons())
    })?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(receiver.script.attempts() == [1, 2], || format!("attempts {:?}", receiver.script.attempts()))
}

fn hang_ups(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let bytes = Draft::new().standard().bytes();
    // In the head, and in the body: nothing was claimed, so the same delivery runs later.
    let request = Draft::new().standard();
    let whole = request.bytes();
    for cut in [20, whole.len() - request.body().len() - 3, whole.len() - 1] {
        let mut connection = receiver.connect();
        connection.send(&whole[..cut]);
        connection.hang_up();
    }
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    drop(bytes);
    // While the handler runs: it runs to its end, and the retry gets its outcome.
    let receiver = Setup::standard().script(Script::held_open()).start(adapter);
    let request = Draft::new().standard();
    let first = receiver.begin(&request);
    eventually("the handler is running", || receiver.script.runs() == 1)?;
    first.hang_up();
    // While it waits as a duplicate.
    receiver.begin(&request).hang_up();
    receiver.script.open_gate();
    eventually("the handler has answered", || receiver.script.answered() == 1)?;
    eventually("its outcome is recorded", || receiver.store.count(Call::Complete) == 1)?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(receiver.script.runs() == 1 && receiver.script.dropped() == 0, || {
        format!("{} runs, {} dropped", receiver.script.runs(), receiver.script.dropped())
    })?;
    // While the answer is written: it is larger than any socket's buffer, and nobody reads it.
    let large = Reply::new(200).body(vec![b'x'; 8 * 1024 * 1024]);
    let receiver = Setup::standard().script(Script::answering(large)).start(adapter);
    let request = Draft::new().standard();
    let connection = receiver.begin(&request);
    eventually("the outcome is recorded", || receiver.store.count(Call::Complete) == 1)?;
    connection.hang_up();
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 1)?;
    eventually("nothing is in flight", || receiver.endpoint.in_flight() == 0)
}

fn odd_ids(adapter: Adapter) -> Finding {
    let long = "i".repeat(255);
    let standard = ["*", "?", "[a-z]*", "{tag}", "';DROP--", "%00", "%2e%2e/x", "<b>", "\u{24}{jndi}", &long];
    let stripe = ["*", "? ", "a\nb", "a\r\nb", "{tag}", "'; DROP TABLE records; --", "\u{0}", "\u{202e}x", &"i".repeat(60_000)];
    let in_header = Setup::standard().start(adapter);
    let in_body = Setup::stripe().start(adapter);
    let escaped = |id: &str| id.chars().flat_map(escape_json).collect::<String>();
    let requests = standard.iter().map(|id| (&in_header, Draft::new().id(id).standard()));
    let bodies = stripe.iter().map(|id| (&in_body, Draft::new().body(format!(r#"{{"id":"{}"}}"#, escaped(id))).stripe()));
    for (receiver, request) in requests.chain(bodies) {
        let before = receiver.script.runs();
        ensure_fresh(receiver.deliver(&request), 200)?;
        ensure_repeated(receiver.deliver(&request), 200)?;
        ensure_runs(receiver, before + 1)?;
    }
    let calls = in_header.store.calls();
    for length in [256, 64 * 1024] {
        let long = Draft::new().id("i".repeat(length)).standard();
        ensure_refused(in_header.deliver(&long), &in_header, 401, "signed_header_malformed")?;
    }
    ensure(in_header.store.calls() == calls, || "the store was asked for an id that is too long".into())
}

/// A character as JSON writes it inside a string.
fn escape_json(c: char) -> Vec<char> {
    match c {
        '"' | '\\' => vec!['\\', c],
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)).chars().collect(),
        c => vec![c],
    }
}
