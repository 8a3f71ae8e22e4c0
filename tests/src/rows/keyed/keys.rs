//! IK-01 to IK-03, IK-10, IK-12, A-112 and A-114: what a key looks like, and which requests have one.

use crate::keyed::{
    KeyedReceiver, KeyedSetup, ensure_keyed_runs, ensure_refused_unasked, ensure_unasked, keyed_payment, new_key,
    payment, under,
};
use crate::raw::NoAnswer;
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::Row;
use crate::stores::Backing;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::over_stores("IK-01", "a key with quotes, and without", "taken; 400, unless bare keys are allowed", quoted),
        Row::over_stores("IK-02", "two `Idempotency-Key` lines", "400, whether or not they say the same", two_lines),
        Row::over_stores("IK-03", "no key where one is needed", "400 with a link; runs where it is optional", missing),
        Row::over_stores("IK-10", "keys that break the format", "400 before the store is asked", format),
        Row::over_stores("IK-12", "a key of too few characters", "400 where the API asks for more", too_short),
        Row::over_stores(
            "A-112",
            "malformed Idempotency-Key headers",
            "400 each, before the store is asked",
            malformed,
        ),
        Row::over_stores("A-114", "Idempotency-Key on GET and HEAD", "ignored: the request passes", other_methods),
    ]
}

/// The request runs once, and its repeat gets the answer.
fn ensure_taken(receiver: &KeyedReceiver, request: &Request) -> Finding {
    let runs = receiver.script.runs();
    let first = ensure_fresh(receiver.send(request), 201)?;
    let again = ensure_repeated(receiver.send(request), 201)?;
    ensure(first.body == again.body, || "the repeated answer is another".into())?;
    ensure_keyed_runs(receiver, runs + 1)
}

fn quoted(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    ensure_taken(&receiver, &keyed_payment())?;
    ensure_taken(&receiver, &payment().set("Idempotency-Key", r#""with \"escapes\" and \\""#.replace(' ', "_")))?;
    let bare = new_key();
    ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", &bare), 400, "key_malformed")?;
    // Allowed, a bare key is the same as the quoted one.
    let receiver = KeyedSetup::over(backing).with(|keys| keys.allow_unquoted_keys()).start(adapter);
    ensure_taken(&receiver, &payment().set("Idempotency-Key", &bare))?;
    ensure_repeated(receiver.send(&under(&bare, payment())), 201)?;
    for two in ["a,b", "a, b", "a;x=1", "\"a\";x=1", "a\"b"] {
        ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", two), 400, "key_malformed")?;
    }
    Ok(())
}

fn two_lines(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let request = keyed_payment();
    for second in [request.value("Idempotency-Key"), format!("\"{}\"", new_key()), String::new()] {
        let doubled = request.clone().header("idempotency-key", second);
        ensure_refused_unasked(&receiver, &doubled, 400, "key_repeated")?;
    }
    // Joined by a proxy, they are no key either.
    let joined = format!("\"{}\", \"{}\"", new_key(), new_key());
    ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", joined), 400, "key_malformed")?;
    ensure_taken(&receiver, &request)
}

fn missing(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    for method in ["POST", "PATCH"] {
        let problem = ensure_refused_unasked(&receiver, &payment().method(method), 400, "key_missing")?;
        ensure(problem["type"].as_str().is_some_and(|kind| kind.ends_with("#key-missing")), || problem.to_string())?;
    }
    let page = "https://api.example/docs/idempotency";
    let documented = KeyedSetup::over(backing).with(move |keys| keys.documentation(page)).start(adapter);
    let answer = documented.send(&payment()).map_err(|error| error.to_string())?;
    let link = answer.header("link").unwrap_or_default();
    ensure(answer.status == 400 && link == format!("<{page}>; rel=\"describedby\""), || format!("{answer:?}"))?;
    // Optional: without a key it runs as often as it is sent, with one it runs once.
    let receiver = KeyedSetup::over(backing).with(|keys| keys.danger_allow_missing_key()).start(adapter);
    for _ in 0..2 {
        ensure_fresh(receiver.send(&payment()), 201)?;
    }
    ensure(receiver.tally() == (2, 0), || format!("runs and store calls: {:?}", receiver.tally()))?;
    ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", "\"\""), 400, "key_length")?;
    ensure_taken(&receiver, &keyed_payment())
}

fn format(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let of = |length: usize| under(&"k".repeat(length), payment());
    for length in [1, 255] {
        ensure_taken(&receiver, &of(length))?;
    }
    for length in [0, 256, 4_000] {
        ensure_refused_unasked(&receiver, &of(length), 400, "key_length")?;
    }
    ensure_refused_unasked(&receiver, &under("two words", payment()), 400, "key_malformed")?;
    // Characters that mean something to a store are a key like any other.
    for odd in ["*", "'; DROP TABLE records;--", "{tag}", "a/../b", "%00"] {
        ensure_taken(&receiver, &under(&odd.replace(' ', "_"), payment()))?;
    }
    Ok(())
}

fn too_short(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).with(|keys| keys.min_key_length(16).max_key_length(64)).start(adapter);
    for length in [15, 65] {
        let problem = ensure_refused_unasked(&receiver, &under(&"k".repeat(length), payment()), 400, "key_length")?;
        let detail = problem["detail"].as_str().unwrap_or_default();
        ensure(detail.contains("16 to 64"), || format!("the detail does not say what is allowed: {detail}"))?;
    }
    for length in [16, 64] {
        ensure_taken(&receiver, &under(&"k".repeat(length), payment()))?;
    }
    ensure(receiver.keys.key_lengths() == (16, 64), || "the lengths cannot be published".into())
}

fn malformed(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    ensure_refused_unasked(&receiver, &payment(), 400, "key_missing")?;
    ensure_refused_unasked(&receiver, &keyed_payment().header("Idempotency-Key", "\"b\""), 400, "key_repeated")?;
    let malformed =
        ["", "a", "\"", "\"a", "a\"", "\"a\"b", "\"a\";x=1", "\"a\" ;x", "\"a\\n\"", "\"a\\", "'a'", ":YQ==:"];
    for value in malformed {
        ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", value), 400, "key_malformed")?;
    }
    for value in ["\"\"".to_owned(), format!("\"{}\"", "k".repeat(256))] {
        ensure_refused_unasked(&receiver, &payment().set("Idempotency-Key", value), 400, "key_length")?;
    }
    // Here a server may be the first to refuse; nothing behind it is reached.
    let megabyte = [b"\"".as_slice(), &vec![b'k'; 1024 * 1024], b"\""].concat();
    let foreign: [&[u8]; 6] =
        [b"\"caf\xc3\xa9\"", b"\"a\xff\"", b"\"a\x07b\"", b"\"a\x00b\"", b"\"a\x7fb\"", &megabyte];
    for value in foreign {
        let before = receiver.tally();
        match receiver.send(&payment().set("Idempotency-Key", value)) {
            Ok(answer) => ensure(matches!(answer.status, 400 | 431), || format!("{} bytes: {answer:?}", value.len()))?,
            Err(NoAnswer::Closed) => {}
            Err(other) => return Err(format!("{} bytes: {other}", value.len())),
        }
        ensure_unasked(&receiver, before)?;
    }
    // A tab beside the key is white space of the field's, not of the key's (control).
    ensure_taken(&receiver, &payment().set("Idempotency-Key", format!("\t \"{}\" \t", new_key())))
}

fn other_methods(adapter: Adapter, backing: Backing) -> Finding {
    let receiver = KeyedSetup::over(backing).start(adapter);
    let request = keyed_payment();
    let passes = [
        request.clone().method("GET"),
        payment().method("GET"),
        payment().method("GET").set("Idempotency-Key", "no key at all"),
        request.clone().method("PUT"),
        request.clone().method("DELETE"),
    ];
    for (index, passing) in (1..).zip(passes) {
        for _ in 0..2 {
            ensure_fresh(receiver.send(&passing), 201)?;
        }
        ensure(receiver.tally() == (index * 2, 0), || format!("runs and store calls: {:?}", receiver.tally()))?;
    }
    // The answer to HEAD has no body to read, whatever its length says.
    let mut head = receiver.begin(&request.clone().method("HEAD"));
    crate::receivers::eventually("HEAD runs", || receiver.script.runs() == 11)?;
    head.end();
    ensure(receiver.tally() == (11, 0), || format!("runs and store calls: {:?}", receiver.tally()))?;
    // PUT counts where the API says so.
    let receiver = KeyedSetup::over(backing).with(|keys| keys.methods(["POST", "PUT"])).start(adapter);
    ensure_taken(&receiver, &keyed_payment().method("PUT"))?;
    ensure_fresh(receiver.send(&payment().method("PATCH")), 201)?;
    let refused = KeyedSetup::over(backing).with(|keys| keys.methods(["GET"])).try_build();
    ensure(refused.is_err_and(|error| error.setting() == "methods"), || "a policy for GET was built".into())
}
