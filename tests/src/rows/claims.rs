//! what a claim's holder may rely on, and what duplicates get of its answer.

use std::time::Duration;

use crate::raw::PATIENCE;
use crate::receivers::{Adapter, eventually};
use crate::row::Row;
use crate::rows::keyed;
use crate::script::{Reply, Script};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::spy::{Call, Fault};
use crate::stores::{Backing, over};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::over_stores("A-115", "a stored answer that set a cookie", "the cookie is not repeated", cookies),
        Row::on_every_store(
            "A-116",
            "a handler slower than its lease",
            "renewed; where it cannot be, taken over and fenced",
            slow_handler,
        ),
        Row::on_every_store(
            "A-117",
            "clients that hang up at every stage",
            "nothing is stuck, nothing runs twice",
            hang_ups,
        ),
    ]
}

fn cookies(adapter: Adapter, backing: Backing) -> Finding {
    over(backing, || cookies_of_a_webhook(adapter))?;
    keyed::cookies(adapter, backing)
}

fn cookies_of_a_webhook(adapter: Adapter) -> Finding {
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
        receiver.pass_in_store(Duration::from_millis(600));
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
    receiver.pass_in_store(Duration::from_millis(1_050));
    ensure_fresh(receiver.deliver(&request), 200)?;
    let lease = receiver.script.seen().into_iter().next().and_then(|seen| seen.lease);
    let lease = lease.ok_or("the handler was told of no lease")?;
    eventually("the first run learns that its lease is lost", || lease.is_lost())?;
    receiver.script.open_gate();
    let late = first.read(PATIENCE).map_err(|error| error.to_string())?;
    ensure(late.status == 503 && late.header("retry-after").is_some(), || {
        format!("the late run answered {}", late.status)
    })?;
    ensure(receiver.reasons().last().is_some_and(|reason| reason == "lease_lost"), || {
        format!("recorded {:?}", receiver.reasons())
    })?;
    ensure_repeated(receiver.deliver(&request), 200)?;
    ensure(receiver.script.attempts() == [1, 2], || format!("attempts {:?}", receiver.script.attempts()))
}

fn hang_ups(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
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
