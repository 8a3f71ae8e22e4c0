//! IK-06, IK-09 and IK-15, and what A-115, EV-12, EV-13 and EV-14 ask of kept answers: which are kept, how long, and
//! what of them.

use std::time::Duration;

use crate::keyed::{KeyedSetup, ensure_keyed_runs, ensure_problem, keyed_payment, new_key, paid, payment, under};
use crate::receivers::Adapter;
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::stores::{Backing, stores};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::over_stores(
            "IK-06",
            "the same request after its answer",
            "the answer again, an error below 500 too; others run again",
            repeats,
        ),
        Row::over_stores(
            "IK-09",
            "a key past its retention",
            "24 h by default, never below 1 h; then it is new",
            expiry,
        ),
        Row::over_stores(
            "IK-15",
            "refused before anything was done",
            "not recorded: the mended request runs",
            not_executed,
        ),
    ]
}

fn repeats(adapter: Adapter, backing: Backing) -> Finding {
    for status in [200, 201, 202, 204, 302, 400, 401, 404, 409, 410, 422, 451] {
        let receiver = KeyedSetup::over(backing).answering(Reply::new(status)).start(adapter);
        let request = keyed_payment();
        let first = ensure_fresh(receiver.send(&request), status)?;
        for _ in 0..2 {
            let again = ensure_repeated(receiver.send(&request), status)?;
            ensure(again.body == first.body, || format!("{status}: the body is another"))?;
        }
        ensure_keyed_runs(&receiver, 1).map_err(|finding| format!("{status}: {finding}"))?;
    }
    for status in [408, 429, 500, 502, 503, 504] {
        ensure_runs_again(adapter, KeyedSetup::over(backing), status)?;
    }
    // Kept where the API wants it so, as the first version of Stripe's does.
    let keeping = || KeyedSetup::over(backing).with(|keys| keys.keep_server_errors());
    for status in [500, 503] {
        let receiver = keeping().answering(Reply::new(status)).start(adapter);
        let request = keyed_payment();
        ensure_fresh(receiver.send(&request), status)?;
        ensure_repeated(receiver.send(&request), status)?;
        ensure_keyed_runs(&receiver, 1)?;
    }
    ensure_runs_again(adapter, keeping(), 429)?;
    // No answer is no answer, whatever is kept.
    for setup in [KeyedSetup::over(backing), keeping()] {
        let script = Script::new(|run| if run == 1 { Step::Panic } else { Step::Answer(paid(run)) });
        let receiver = setup.script(script).start(adapter);
        let request = keyed_payment();
        ensure_problem(receiver.send(&request), &receiver, 500, "handler_panicked")?;
        ensure_fresh(receiver.send(&request), 201)?;
        ensure_repeated(receiver.send(&request), 201)?;
    }
    Ok(())
}

fn ensure_runs_again(adapter: Adapter, setup: KeyedSetup, status: u16) -> Finding {
    let script = Script::new(move |run| Step::Answer(if run == 1 { Reply::new(status) } else { paid(run) }));
    let receiver = setup.script(script).start(adapter);
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), status)?;
    ensure_fresh(receiver.send(&request), 201).map_err(|finding| format!("after {status}: {finding}"))?;
    ensure_repeated(receiver.send(&request), 201)?;
    ensure(receiver.script.attempts() == [1, 2], || format!("attempts {:?}", receiver.script.attempts()))
}

fn expiry(adapter: Adapter, backing: Backing) -> Finding {
    const DAY: Duration = Duration::from_secs(86_400);
    const HOUR: Duration = Duration::from_secs(3_600);
    let receiver = KeyedSetup::over(backing).start(adapter);
    ensure(receiver.keys.retention() == DAY, || format!("the default is {:?}", receiver.keys.retention()))?;
    let request = keyed_payment();
    ensure_fresh(receiver.send(&request), 201)?;
    ensure_repeated(receiver.send(&request), 201)?;
    if backing.on_hand_clock {
        receiver.store_clock.advance(DAY - Duration::from_secs(1));
        ensure_repeated(receiver.send(&request), 201)?;
        ensure_keyed_runs(&receiver, 1)?;
        receiver.store_clock.advance(Duration::from_secs(2));
        ensure_fresh(receiver.send(&request), 201)?;
        ensure_keyed_runs(&receiver, 2)?;
    }
    let chosen = |span: Duration| KeyedSetup::over(backing).with(move |keys| keys.retention(span)).try_build();
    let kept = chosen(HOUR).map_err(|error| error.to_string())?.retention();
    ensure(kept == HOUR, || format!("an hour became {kept:?}"))?;
    let refused = chosen(HOUR - Duration::from_secs(1));
    ensure(refused.is_err_and(|error| error.setting() == "retention"), || "less than an hour was taken".into())
}

fn not_executed(adapter: Adapter, backing: Backing) -> Finding {
    let validating = |reply: fn(u16) -> Reply| {
        Script::new(move |run| Step::Answer(if run == 1 { reply(422).body("no such account") } else { paid(run) }))
    };
    let marked = validating(|status| Reply::new(status).not_executed());
    let receiver = KeyedSetup::over(backing).script(marked).start(adapter);
    let key = new_key();
    let refused = ensure_fresh(receiver.send(&under(&key, payment().with_body("{}"))), 422)?;
    ensure(refused.body == b"no such account", || format!("{refused:?}"))?;
    let mended = under(&key, payment());
    ensure_fresh(receiver.send(&mended), 201)?;
    ensure_repeated(receiver.send(&mended), 201)?;
    ensure_keyed_runs(&receiver, 2)?;
    // Without the mark it is an answer like any other (control).
    let receiver = KeyedSetup::over(backing).script(validating(Reply::new)).start(adapter);
    let key = new_key();
    let first = under(&key, payment().with_body("{}"));
    ensure_fresh(receiver.send(&first), 422)?;
    ensure_repeated(receiver.send(&first), 422)?;
    ensure_problem(receiver.send(&under(&key, payment())), &receiver, 422, "content_differs")?;
    ensure_keyed_runs(&receiver, 1)
}

/// A-115 over one store.
pub(in crate::rows) fn cookies(adapter: Adapter, backing: Backing) -> Finding {
    let reply = paid(1)
        .header("set-cookie", "session=5d41402a; HttpOnly")
        .header("authorization", "Bearer 5d41402a")
        .header("www-authenticate", "Bearer");
    let receiver = KeyedSetup::over(backing).answering(reply).start(adapter);
    let request = keyed_payment();
    let first = ensure_fresh(receiver.send(&request), 201)?;
    let again = ensure_repeated(receiver.send(&request), 201)?;
    for name in ["set-cookie", "authorization", "www-authenticate"] {
        ensure(first.header(name).is_some(), || format!("`{name}` is missing from the first answer"))?;
        ensure(again.header_values(name).is_empty(), || format!("`{name}` was repeated"))?;
    }
    ensure(again.header("content-type").as_deref() == Some("application/json"), || format!("{again:?}"))
}

/// EV-12 over every store.
pub(in crate::rows) fn large_answer(adapter: Adapter) -> Finding {
    const CAP: usize = 256 * 1024;
    stores().into_iter().try_for_each(|backing| {
        without_body(adapter, backing, paid(1).body(vec![b'y'; CAP + 1]))?;
        let receiver = KeyedSetup::over(backing).answering(paid(1).body(vec![b'y'; CAP])).start(adapter);
        let request = keyed_payment();
        ensure_fresh(receiver.send(&request), 201)?;
        let again = ensure_repeated(receiver.send(&request), 201)?;
        ensure(again.body.len() == CAP && again.header("idempotency-body").is_none(), || "the body is lost".into())
    })
}

/// EV-13 over every store.
pub(in crate::rows) fn streamed_answer(adapter: Adapter) -> Finding {
    stores().into_iter().try_for_each(|backing| without_body(adapter, backing, paid(1).streamed()))
}

fn without_body(adapter: Adapter, backing: Backing, reply: Reply) -> Finding {
    let receiver = KeyedSetup::over(backing).answering(reply.clone()).start(adapter);
    let request = keyed_payment();
    let first = ensure_fresh(receiver.send(&request), 201)?;
    ensure(first.body == reply.body, || "the first answer was cut".into())?;
    let again = ensure_repeated(receiver.send(&request), 201)?;
    ensure(again.body.is_empty(), || format!("{} bytes were repeated", again.body.len()))?;
    ensure(again.header("idempotency-body").as_deref() == Some("omitted"), || "the answer does not say so".into())?;
    ensure_keyed_runs(&receiver, 1)
}

/// EV-14 over every store.
pub(in crate::rows) fn kept_headers(adapter: Adapter) -> Finding {
    stores().into_iter().try_for_each(|backing| {
        let reply = paid(1)
            .header("location", "/payments/1")
            .header("link", "</a>; rel=next")
            .header("date", "Thu, 01 Jan 1970 00:00:00 GMT")
            .header("link", "</b>; rel=prev")
            .header("x-trace", "7");
        let receiver = KeyedSetup::over(backing).answering(reply).start(adapter);
        let request = keyed_payment();
        ensure_fresh(receiver.send(&request), 201)?;
        let again = ensure_repeated(receiver.send(&request), 201)?;
        ensure(again.header("location").as_deref() == Some("/payments/1"), || format!("{again:?}"))?;
        ensure(again.header_values("link") == ["</a>; rel=next", "</b>; rel=prev"], || format!("{again:?}"))?;
        ensure(again.header("content-length").as_deref() == Some("13"), || format!("{again:?}"))?;
        ensure(again.header("x-trace").is_none(), || "`x-trace` was repeated".into())
    })
}
