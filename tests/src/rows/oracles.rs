//! A-158 to A-166: what a receiver gives away, in what it prints, logs and answers.

use std::collections::HashSet;
use std::error::Error as _;

use countersign::{Encoding, Endpoint, Keyring, MemoryStore, Reason, SigningSecret, TenantName, Tenants, encode};

use super::standard_webhooks;
use super::tenants::Directory;
use crate::clock::NOW;
use crate::journal;
use crate::receivers::Adapter;
use crate::row::Row;
use crate::script::{Reply, Script, Step};
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac};
use crate::spy::{Call, Fault};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::construction(
            "A-158",
            "`Debug` and `Display` of every public type that holds a key",
            "no four characters of it",
            printed_types,
        ),
        Row::story(
            "A-159",
            "panics, store errors, failed look-ups, logged at TRACE",
            "no secret, signature or body",
            failures_at_trace,
        ),
        Row::left_out(
            "A-160",
            "the heap after a secret was dropped",
            "reading freed memory needs `unsafe` and another process; keys are wiped by `zeroize`, which tests itself",
        ),
        Row::story(
            "A-161",
            "line ends, escapes, bidi marks and 1 MiB in ids and names",
            "escaped and cut at 128 bytes; nothing secret in the whole run",
            injected_lines,
        ),
        Row::story(
            "A-162",
            "many made-up ids, tenants and paths",
            "events carry reasons and names of a fixed set only",
            bounded_labels,
        ),
        Row::story(
            "A-163",
            "a stale time beside a bad signature, and every other failure",
            "the same bytes",
            same_bytes,
        ),
        Row::left_out(
            "A-164",
            "timing: first or last byte wrong, known or unknown key",
            "needs a detector of its own, with its own control; kept with the timing tests",
        ),
        Row::story(
            "A-165",
            "a forged duplicate beside a forged new event",
            "the same bytes; the store is not asked",
            no_store_oracle,
        ),
        Row::story("A-166", "the expected signature, in an answer or a log", "never", expected_signature),
    ]
}

fn printed_types() -> Finding {
    let secret = Secret::current();
    let signing = SigningSecret::new(secret.text.as_str()).id("main");
    let keyring = Keyring::new(signing.clone()).also_accept(Secret::other().text);
    let endpoint = Endpoint::builder("printed", standard_webhooks(), keyring.clone()).dedupe(MemoryStore::default());
    let endpoint = endpoint.build().map_err(|error| error.to_string())?;
    let bad = Keyring::new(signing.clone()).also_accept(SigningSecret::new(Secret::other().text).id("main"));
    let duplicate = endpoint.replace_keyring(bad).err().ok_or("a keyring with one id twice is taken")?;
    let foreign = SigningSecret::new(Secret::text_key().text.replace('m', "*"));
    let undecodable = endpoint.replace_keyring(foreign).err().ok_or("a secret that is not base64 is taken")?;
    let tower = countersign_tower::WebhookLayer::new(endpoint.clone());
    let actix = countersign_actix::Webhook::new(endpoint.clone());
    let shown = [
        format!("{signing:?} {signing:#?}"),
        format!("{keyring:?} {keyring:#?}"),
        format!("{endpoint:?} {endpoint:#?}"),
        format!("{tower:?} {actix:?}"),
        format!("{duplicate} {duplicate:?} {:?}", duplicate.source().map(ToString::to_string)),
        format!("{undecodable} {undecodable:?}"),
    ];
    for secret in [Secret::current(), Secret::other(), Secret::text_key()] {
        let text = secret.text.trim_start_matches("whsec_").to_owned();
        let forms = [text, encode(&secret.key, Encoding::Hex), format!("{:?}", secret.key)];
        for form in forms {
            for shown in &shown {
                let leak =
                    form.as_bytes().windows(4).find(|part| shown.as_bytes().windows(4).any(|seen| seen == *part));
                ensure(leak.is_none(), || {
                    format!("{shown} shows {:?}", leak.map(<[u8]>::escape_ascii).map(|l| l.to_string()))
                })?;
            }
        }
    }
    // The same look finds a secret that is printed (control).
    let printed = format!("{:?}", secret.text);
    ensure(printed.contains(&secret.text[10..14]), || "the control shows nothing".into())
}

fn failures_at_trace(adapter: Adapter) -> Finding {
    let receiver =
        Setup::standard().script(Script::new(|run| if run == 1 { Step::Panic } else { Step::Fail })).start(adapter);
    let request = Draft::new().standard();
    ensure_refused(receiver.deliver(&request), &receiver, 500, "handler_panicked")?;
    let failed = receiver.deliver(&request).map_err(|error| error.to_string())?;
    ensure(failed.status == 500, || format!("answered {}", failed.status))?;
    for fault in [Fault::Down, Fault::Corrupt, Fault::Full] {
        receiver.store.fail_always(Call::Claim, fault);
        let answer = receiver.deliver(&request).map_err(|error| error.to_string())?;
        ensure(answer.status == 503, || format!("answered {}", answer.status))?;
    }
    let events = journal::of(&receiver.name);
    ensure(events.len() >= 8, || format!("only {} events were logged", events.len()))?;
    nothing_leaked(&receiver.name)
}

/// Nothing concealed is in what was logged about the endpoint so far. The whole run is looked through at its end.
fn nothing_leaked(endpoint: &str) -> Finding {
    let leaks = journal::leaks_of(endpoint);
    ensure(leaks.is_empty(), || format!("logged {leaks:?}"))
}

fn injected_lines(adapter: Adapter) -> Finding {
    let long = format!("tenant-{}", "n".repeat(110));
    let name = "a%0d%0aERROR";
    let directory = Directory::of(&[(name, Secret::current()), (&long, Secret::current())]);
    let tenants = Tenants::new(TenantName::Header("X-Tenant".into()), directory);
    let receiver = Setup::new(standard_webhooks(), tenants).start(adapter);
    for tenant in [name, &long] {
        ensure_fresh(receiver.deliver(&Draft::new().standard().header("X-Tenant", tenant)), 200)?;
    }
    for tenant in ["a\u{1b}[31m", "a\u{202e}b", "\u{9b}31m", &"m".repeat(300_000)] {
        let answer = receiver.deliver(&Draft::new().standard().header("X-Tenant", tenant));
        let status = answer.map(|answer| answer.status).unwrap_or(400);
        ensure(matches!(status, 400 | 401 | 431), || format!("answered {status}"))?;
    }
    let stripe = Setup::stripe().start(adapter);
    for id in [r"a\r\nERROR fake", r"\u001b[31m", r"\u202e", &"k".repeat(1024 * 1024 - 100)] {
        let body = format!(r#"{{"id":"{id}"}}"#);
        ensure_fresh(stripe.deliver(&Draft::new().body(body).stripe()), 200)?;
    }
    for name in [&receiver.name, &stripe.name] {
        for entry in journal::of(name) {
            ensure(!entry.breaks_a_line(), || format!("a line of the log can be broken: {:?}", entry.text))?;
            ensure(entry.text.len() < 1_024, || format!("an event has {} bytes", entry.text.len()))?;
        }
        nothing_leaked(name)?;
    }
    Ok(())
}

fn bounded_labels(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    for index in 0..200 {
        let id = format!("made-up-id-{index}");
        let target = format!("/made-up-path-{index}");
        let draft = Draft::of(&id);
        let forged = draft.standard_with(draft.v1(b"a key that nobody has")).target(&target).header("X-Made-Up", &id);
        ensure_refused(receiver.deliver(&forged), &receiver, 401, "signature_mismatch")?;
    }
    let events = journal::of(&receiver.name);
    let shapes: HashSet<(String, Option<String>)> =
        events.iter().map(|event| (event.message.clone(), event.reason.clone())).collect();
    ensure(events.len() >= 200 && shapes.len() <= 4, || {
        format!("{} shapes among {} events", shapes.len(), events.len())
    })?;
    ensure(events.iter().all(|event| !event.text.contains("made-up")), || "an event shows a sender's text".into())
}

fn same_bytes(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let draft = Draft::new();
    let old = Draft::new().at(NOW - 1_000);
    let ahead = Draft::new().at(NOW + 1_000);
    let expired = Draft::new().time("01795451732");
    let requests = [
        (draft.standard_with(draft.v1(b"a key that nobody has")), Reason::SignatureMismatch),
        (old.standard(), Reason::Stale),
        (ahead.standard(), Reason::FromTheFuture),
        (draft.unsigned_standard(), Reason::SignatureMissing),
        (draft.standard_with("v1,"), Reason::SignatureMalformed),
        (expired.standard(), Reason::TimestampMalformed),
        (draft.standard().without("webhook-id"), Reason::SignedHeaderMissing),
        (draft.standard().header("webhook-id", "x"), Reason::AmbiguousHeaders),
        (draft.standard_with("v1,AAAA ".repeat(17)), Reason::TooManySignatures),
    ];
    let mut first = None;
    for (request, reason) in requests {
        let answer = ensure_refused(receiver.deliver(&request), &receiver, 401, reason.code())?;
        let first = first.get_or_insert_with(|| answer.clone());
        ensure(answer.says_the_same_as(first), || {
            format!("`{reason}` is answered {answer:?}, the first was {first:?}")
        })?;
    }
    ensure_runs(&receiver, 0)
}

fn no_store_oracle(adapter: Adapter) -> Finding {
    let large = Script::answering(Reply::new(200).body(vec![b'x'; 40_000]));
    let receiver = Setup::standard().script(large).start(adapter);
    let known = Draft::new();
    ensure_fresh(receiver.deliver(&known.standard()), 200)?;
    let calls = receiver.store.calls();
    let forged = |draft: &Draft| draft.standard_with(draft.v1(b"a key that nobody has"));
    let duplicate = ensure_refused(receiver.deliver(&forged(&known)), &receiver, 401, "signature_mismatch")?;
    let new = ensure_refused(receiver.deliver(&forged(&Draft::new())), &receiver, 401, "signature_mismatch")?;
    ensure(duplicate.says_the_same_as(&new), || format!("{duplicate:?} differs from {new:?}"))?;
    ensure(receiver.store.calls() == calls, || "the store was asked".into())
}

fn expected_signature(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    let draft = Draft::new();
    let forms = [Encoding::Hex, Encoding::Base64, Encoding::Base64url]
        .map(|encoding| mac(&Secret::current().key, &draft.content(), encoding));
    for entry in [draft.v1(b"a key that nobody has"), "v1,AAAA".into(), String::new()] {
        let answer = receiver.deliver(&draft.standard_with(entry)).map_err(|error| error.to_string())?;
        let shown = format!("{}{}", String::from_utf8_lossy(&answer.head), answer.text());
        for form in &forms {
            ensure(!shown.contains(&form[..12]), || format!("the answer shows it: {shown}"))?;
        }
    }
    nothing_leaked(&receiver.name)
}
