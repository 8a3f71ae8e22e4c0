//! IK-14: what a refused client is told.

use std::time::Duration;

use crate::keyed::{
    KeyedReceiver, KeyedSetup, ensure_keyed_runs, ensure_problem, ensure_refused_unasked, keyed_payment, new_key,
    payment, under,
};
use crate::raw::PATIENCE;
use crate::receivers::Adapter;
use crate::row::Row;
use crate::spy::{Call, Fault};
use crate::stores::Backing;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated};

pub(super) fn rows() -> Vec<Row> {
    vec![Row::over_stores(
        "IK-14",
        "every refusal",
        "problem details: what to do, and nothing of other callers",
        problems,
    )]
}

const BASE: &str = "https://api.example/problems/";

fn problems(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing)
        .with(|keys| keys.problem_types(BASE).body_cap(100).read_deadline(Duration::from_millis(200)))
        .start(adapter);
    let kind = |found: &serde_json::Value, slug: &str| {
        ensure(found["type"] == format!("{BASE}{slug}"), || format!("the type is {} instead of {slug}", found["type"]))
    };
    kind(&ensure_refused_unasked(&receiver, &payment(), 400, "key_missing")?, "key-missing")?;
    let doubled = keyed_payment().header("Idempotency-Key", "\"b\"");
    kind(&ensure_refused_unasked(&receiver, &doubled, 400, "key_repeated")?, "key-repeated")?;
    let malformed = payment().set("Idempotency-Key", "bare");
    kind(&ensure_refused_unasked(&receiver, &malformed, 400, "key_malformed")?, "key-malformed")?;
    kind(&ensure_refused_unasked(&receiver, &under("", payment()), 400, "key_length")?, "key-length")?;
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), 201)?;
    let other = request.clone().with_body("{\"amount\":1}");
    let reused = ensure_problem(receiver.send(&other), &receiver, 422, "content_differs")?;
    kind(&reused, "key-reused")?;
    // The same words for every caller, and for every key.
    let other = under(&new_key(), payment()).set("Authorization", "Bearer bob");
    ensure_fresh(receiver.send(&other), 201)?;
    let same = ensure_problem(receiver.send(&other.with_body("{}")), &receiver, 422, "content_differs")?;
    ensure(same == reused, || format!("{same} is not {reused}"))?;
    bodies(&receiver)?;
    outages(adapter, backing)
}

fn bodies(receiver: &KeyedReceiver) -> Finding {
    let long = keyed_payment().with_body(vec![b'x'; 101]);
    ensure_refused_unasked(receiver, &long, 413, "body_too_large")?;
    let before = receiver.tally();
    ensure_problem(receiver.send_bytes(&long.chunked(50, &[])), receiver, 413, "body_too_large")?;
    // Half a body, and nothing more.
    let slow = keyed_payment();
    let mut connection = receiver.begin(&slow.clone().with_body(""));
    let _ = connection.read(PATIENCE);
    let mut head = slow.head(&["Content-Length: 50"]);
    head.extend_from_slice(b"{\"amount\":");
    let runs = receiver.script.runs();
    ensure_problem(receiver.send_bytes(&head), receiver, 408, "body_timeout")?;
    ensure(receiver.script.runs() == runs, || "half a body was run".into())?;
    ensure(receiver.tally().0 == before.0 + 1, || "a body over the cap was run".into())?;
    // At the cap it runs (control).
    ensure_fresh(receiver.send(&keyed_payment().with_body(vec![b'x'; 100])), 201).map(|_| ())
}

fn outages(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    for (fault, reason) in [(Fault::Down, "store_unavailable"), (Fault::Full, "store_full")] {
        receiver.store.fail_always(Call::Claim, fault);
        ensure_problem(receiver.send(&keyed_payment()), &receiver, 503, reason)?;
        receiver.store.mend(Call::Claim);
    }
    ensure_keyed_runs(&receiver, 0)?;
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), 201)?;
    // Down where the outcome is recorded: no answer goes out that a repeat would not get.
    let quick = |keys: countersign::IdempotencyKeysBuilder| keys.lease(Duration::from_secs(1));
    let receiver = KeyedSetup::over(backing).with(quick).start(adapter);
    receiver.store.fail_always(Call::Complete, Fault::Down);
    let request = keyed_payment();
    ensure_problem(receiver.send(&request), &receiver, 503, "store_unavailable")?;
    ensure_keyed_runs(&receiver, 1)?;
    // Told to go on, it goes on, each time anew.
    let going_on = |keys: countersign::IdempotencyKeysBuilder| keys.danger_continue_without_store();
    let receiver = KeyedSetup::over(backing).with(going_on).start(adapter);
    receiver.store.fail_always(Call::Claim, Fault::Down);
    for _ in 0..2 {
        ensure_fresh(receiver.send(&request), 201)?;
    }
    receiver.store.mend(Call::Claim);
    ensure_fresh(receiver.send(&request), 201)?;
    ensure_repeated(receiver.send(&request), 201)?;
    ensure_keyed_runs(&receiver, 3)
}
