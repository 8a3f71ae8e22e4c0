//! EV-15 and EV-17 to EV-20: which deliveries share a record, and which never get one.

use countersign::Keyring;

use crate::clock::NOW;
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::Row;
use crate::script::Script;
use crate::setup::Setup;
use crate::sign::{Draft, Secret};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::story(
            "EV-15",
            "a duplicate with another body",
            "422; the stored answer where the sender is known to change it",
            fingerprint,
        ),
        Row::story("EV-17", "an authentic delivery without its event id", "400 or 401; nothing runs", id_missing),
        Row::story(
            "EV-18",
            "an id that is too long or of bad characters",
            "400 or 401 before the store is asked",
            bad_id,
        ),
        Row::story("EV-19", "one id at two endpoints", "independent records", two_endpoints),
        Row::story("EV-20", "the secret is rotated between two deliveries", "one record", rotated),
    ]
}

fn fingerprint(adapter: Adapter) -> Finding {
    let standard = Setup::standard().start(adapter);
    let draft = Draft::new();
    ensure_fresh(standard.deliver(&draft.standard()), 200)?;
    let counted = draft.clone().body(r#"{"id":"evt_1","attempt":2}"#);
    ensure_refused(standard.deliver(&counted.standard()), &standard, 422, "content_differs")?;
    ensure_runs(&standard, 1)?;
    // Stripe counts in the body, so another body is the same event.
    let stripe = Setup::stripe().start(adapter);
    let attempt = |number: u32| {
        Draft::new()
            .body(format!(r#"{{"id":"evt_counted","pending_webhooks":{number}}}"#))
            .at(NOW + u64::from(number))
            .stripe()
    };
    ensure_fresh(stripe.deliver(&attempt(1)), 200)?;
    ensure_repeated(stripe.deliver(&attempt(2)), 200)?;
    ensure_runs(&stripe, 1)
}

fn id_missing(adapter: Adapter) -> Finding {
    let standard = Setup::standard().start(adapter);
    ensure_refused(
        standard.deliver(&Draft::new().standard().without("webhook-id")),
        &standard,
        401,
        "signed_header_missing",
    )?;
    let stripe = Setup::stripe().start(adapter);
    for body in ["{}", "[]", r#"{"ID":"evt_1"}"#, r#"{"data":{"id":"evt_1"}}"#, r#"{"id":null}"#, "no json"] {
        ensure_refused(stripe.deliver(&Draft::new().body(body).stripe()), &stripe, 400, "event_id_missing")?;
    }
    for body in [r#"{"id":7}"#, r#"{"id":true}"#, r#"{"id":["evt_1"]}"#, r#"{"id":{"id":"evt_1"}}"#] {
        ensure_refused(stripe.deliver(&Draft::new().body(body).stripe()), &stripe, 400, "event_id_malformed")?;
    }
    // An empty id is no id: all deliveries that have one would be the same event, and only the first would be handled.
    let empty = stripe.deliver(&Draft::new().body(r#"{"id":""}"#).stripe()).map_err(|error| error.to_string())?;
    ensure(empty.status == 400, || format!("an empty id was answered {}", empty.status))?;
    for receiver in [&standard, &stripe] {
        ensure_runs(receiver, 0)?;
        ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    }
    Ok(())
}

fn bad_id(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    for id in ["i".repeat(256), "a b".into(), "a.b".into(), "a\u{e9}".into(), "a\tb".into()] {
        let request: Request = Draft::new().id(&id).standard();
        ensure_refused(receiver.deliver(&request), &receiver, 401, "signed_header_malformed")?;
    }
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_fresh(receiver.deliver(&Draft::new().id("i".repeat(255)).standard()), 200)?;
    ensure_runs(&receiver, 1)
}

fn two_endpoints(adapter: Adapter) -> Finding {
    let one = Setup::standard().script(Script::failing_first(1)).start(adapter);
    let other = Setup::standard().sharing(&one).start(adapter);
    let request = Draft::new().standard();
    ensure_fresh(one.deliver(&request), 500)?;
    ensure_fresh(other.deliver(&request), 200)?;
    ensure_repeated(other.deliver(&request), 200)?;
    ensure_fresh(one.deliver(&request), 200)?;
    ensure(one.script.attempts() == [1, 2] && other.script.attempts() == [1], || "attempts were mixed up".into())
}

fn rotated(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let draft = Draft::new();
    ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    let keyring = Keyring::new(Secret::other().text).also_accept(Secret::current().text);
    receiver.endpoint.replace_keyring(keyring).map_err(|error| error.to_string())?;
    let renewed = draft.clone().at(NOW + 5);
    ensure_repeated(receiver.deliver(&renewed.standard_with(renewed.v1(&Secret::other().key))), 200)?;
    ensure_runs(&receiver, 1)
}
