//! IK-11 and A-113: whose key it is.

use crate::keyed::{KeyedSetup, ensure_keyed_runs, ensure_refused_unasked, keyed_payment, new_key, payment, under};
use crate::receivers::Adapter;
use crate::row::Row;
use crate::stores::Backing;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::over_stores(
            "IK-11",
            "one key of two callers",
            "independent; without a caller 500, and nothing runs",
            scopes,
        ),
        Row::over_stores(
            "A-113",
            "a guessed Idempotency-Key",
            "runs as new; nothing of the other caller's is told",
            guessed,
        ),
    ]
}

fn scopes(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let key = new_key();
    let of = |caller: &str| under(&key, payment()).set("Authorization", format!("Bearer {caller}"));
    let callers = ["alice", "bob", "ab+c", "a+bc"];
    for (run, caller) in (1..).zip(callers) {
        let answer = ensure_fresh(receiver.send(&of(caller)), 201)?;
        ensure(answer.text() == format!("{{\"payment\":{run}}}"), || format!("{caller}: {answer:?}"))?;
    }
    for (run, caller) in (1..).zip(callers) {
        let answer = ensure_repeated(receiver.send(&of(caller)), 201)?;
        ensure(answer.text() == format!("{{\"payment\":{run}}}"), || format!("{caller}: {answer:?}"))?;
    }
    // Nobody's keys are not everybody's: they are refused.
    for caller in ["mallory", "nameless"] {
        ensure_refused_unasked(&receiver, &of(caller), 500, "scope_missing")?;
    }
    ensure_refused_unasked(&receiver, &of("alice").without("Authorization"), 500, "scope_missing")?;
    ensure_keyed_runs(&receiver, 4)?;
    // Nor do two APIs meet in one store.
    let other = KeyedSetup::over(backing).sharing(&receiver).start(adapter);
    ensure_fresh(other.send(&of("alice")), 201)?;
    ensure_repeated(receiver.send(&of("alice")), 201).map(|_| ())
}

fn guessed(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let hers = keyed_payment();
    let first = ensure_fresh(receiver.send(&hers), 201)?;
    // The very same request, and another one under her key: his own, both times, as if she had never sent any.
    let his = hers.clone().set("Authorization", "Bearer bob");
    let answer = ensure_fresh(receiver.send(&his), 201)?;
    ensure(answer.body != first.body, || "he got her answer".into())?;
    let unused = keyed_payment().set("Authorization", "Bearer bob").with_body("{}");
    let taken = under(&new_key(), unused.clone());
    ensure_fresh(receiver.send(&taken), 201)?;
    ensure_fresh(receiver.send(&unused), 201)?;
    ensure_keyed_runs(&receiver, 4)?;
    let again = ensure_repeated(receiver.send(&hers), 201)?;
    ensure(again.body == first.body, || "her answer has changed".into())
}
