//! A-099 to A-106 and A-118: what is the same event, and what only looks like it.

use std::time::{Duration, Instant};

use countersign::{TenantName, Tenants, providers};

use super::standard_webhooks;
use super::tenants::Directory;
use crate::clock::NOW;
use crate::raw::PATIENCE;
use crate::receivers::{Adapter, eventually};
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::{Draft, Secret};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::on_every_store(
            "A-099",
            "a handled id with another valid body",
            "422; the first answer stands",
            another_body,
        ),
        Row::on_every_store("A-100", "a running id with another valid body", "422 at once", another_body_meanwhile),
        Row::on_every_store("A-101", "one id on another tenant, endpoint, provider", "each runs", other_scopes),
        Row::on_every_store("A-102", "names and ids that join to the same text", "each runs", joined_names),
        Row::on_every_store(
            "A-103",
            "a replay under another text of its signature",
            "the stored answer",
            other_signature_text,
        ),
        Row::on_every_store(
            "A-104",
            "GitHub: the same body under a new delivery id",
            "the stored answer",
            new_unsigned_id,
        ),
        Row::on_every_store(
            "A-105",
            "GitHub: the delivery id removed",
            "no new event; 400 where the endpoint was told to use it",
            no_unsigned_id,
        ),
        Row::on_every_store("A-106", "an id again after its retention", "the handler runs", after_retention),
        Row::on_every_store(
            "A-118",
            "ids that are patterns, commands, or very long",
            "events like any other, or 401",
            odd_ids,
        ),
    ]
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
        ensure(Setup::standard().named(name).try_start(adapter).is_err(), || {
            format!("{name:?} is an endpoint's name")
        })?;
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
    let trusting =
        Setup::github().with(|builder| builder.danger_accept_unsigned_id("X-GitHub-Delivery")).start(adapter);
    let request = Draft::new().github();
    ensure_refused(
        trusting.deliver(&request.clone().without("X-GitHub-Delivery")),
        &trusting,
        400,
        "event_id_missing",
    )?;
    ensure(trusting.store.calls() == 0, || "the store was asked".into())?;
    ensure_fresh(trusting.deliver(&request), 200)?;
    ensure_runs(&trusting, 1)
}

fn after_retention(adapter: Adapter) -> Finding {
    const WEEK: u64 = 7 * 86_400;
    // Where the store's clock cannot be moved, a week is two seconds long, and its last moment too short to be met.
    const SHORT_WEEK: Duration = Duration::from_secs(2);
    let setup = Setup::standard();
    setup.store.shorten(302_400);
    let receiver = setup.start(adapter);
    let draft = Draft::new();
    ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    receiver.pass(Duration::from_secs(WEEK));
    ensure_repeated(receiver.deliver(&draft.clone().at(NOW + WEEK).standard()), 200)?;
    receiver.pass(Duration::from_secs(1));
    if !receiver.store.is_on_hand_clock() {
        receiver.pass_in_store(SHORT_WEEK);
    }
    ensure_fresh(receiver.deliver(&draft.clone().at(NOW + WEEK).standard()), 200)?;
    ensure_runs(&receiver, 2)
}

fn odd_ids(adapter: Adapter) -> Finding {
    let long = "i".repeat(255);
    let standard = ["*", "?", "[a-z]*", "{tag}", "';DROP--", "%00", "%2e%2e/x", "<b>", "\u{24}{jndi}", &long];
    let stripe =
        ["*", "? ", "a\nb", "a\r\nb", "{tag}", "'; DROP TABLE records; --", "\u{0}", "\u{202e}x", &"i".repeat(60_000)];
    let in_header = Setup::standard().start(adapter);
    let in_body = Setup::stripe().start(adapter);
    let escaped = |id: &str| id.chars().flat_map(escape_json).collect::<String>();
    let requests = standard.iter().map(|id| (&in_header, Draft::new().id(id).standard()));
    let bodies =
        stripe.iter().map(|id| (&in_body, Draft::new().body(format!(r#"{{"id":"{}"}}"#, escaped(id))).stripe()));
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
