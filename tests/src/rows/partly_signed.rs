//! A-169 and A-170: signatures that leave something open, and what one of them can be used for again.

use countersign::{Encoding, providers};

use super::tokens::{TOKEN, with_token};
use super::urls::{Fields, TWILIO, status_callback, twilio_signature, twilio_with};
use crate::receivers::{Adapter, Receiver};
use crate::request::Request;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::on_every_store(
            "A-169",
            "a signature that covers no byte of the event: another body under it",
            "verified and marked as not authenticated; never another event than the first, 422",
            replaced_body,
        ),
        Row::on_every_store(
            "A-170",
            "a form whose fields are signed sorted, without marks: in another order, written otherwise, cut anew",
            "the same event, 422; never a new one",
            rewritten_form,
        ),
    ]
}

/// Whether the handler was told that all of the body is signed.
fn ensure_told(receiver: &Receiver, authenticated: bool) -> Finding {
    let told = receiver.script.seen().pop().and_then(|seen| seen.body_authenticated);
    ensure(told == Some(authenticated), || format!("the handler was told {told:?} of the body"))
}

/// A Mailgun event: `time` and `token` are signed.
fn mailgun(time: &str, token: &str, signature: &str, event: &str) -> Request {
    let signed = format!(r#"{{"timestamp":"{time}","token":"{token}","signature":"{signature}"}}"#);
    Draft::new().body(format!(r#"{{"signature":{signed},"event-data":{{"event":"{event}"}}}}"#)).post()
}

fn replaced_body(adapter: Adapter) -> Finding {
    let receiver = Setup::by_text_key(providers::MAILGUN).start(adapter);
    let time = "1795451732";
    let new = || {
        let token = format!("0a{:0>48}", String::from_utf8_lossy(&Draft::new().id).replace("evt_", ""));
        let signature = mac(&Secret::text_key().key, format!("{time}{token}").as_bytes(), Encoding::Hex);
        (token, signature)
    };
    let (token, signature) = new();
    let first = mailgun(time, &token, &signature, "delivered");
    ensure_fresh(receiver.deliver(&first), 200)?;
    ensure_told(&receiver, false)?;
    ensure_repeated(receiver.deliver(&first), 200)?;
    let differs = |request: &Request| ensure_refused(receiver.deliver(request), &receiver, 422, "content_differs");
    differs(&mailgun(time, &token, &signature, "complained"))?;
    differs(&mailgun(time, &token, &signature.to_uppercase(), "complained"))?;
    let spaced = String::from_utf8_lossy(first.body()).replace(':', ": ");
    differs(&first.clone().with_body(spaced))?;
    // The same bytes are signed where the boundary between time and token lies elsewhere: then the time is another one.
    let cut = [
        (mailgun(&time[..9], &format!("2{token}"), &signature, "complained"), "stale"),
        (mailgun(&format!("{time}{}", &token[..1]), &token[1..], &signature, "complained"), "from_the_future"),
        (mailgun(&format!("{time}{}", &token[..4]), &token[4..], &signature, "complained"), "timestamp_malformed"),
    ];
    for (request, reason) in cut {
        ensure_refused(receiver.deliver(&request), &receiver, 401, reason)?;
    }
    // As the form that mail comes in.
    let form = format!("timestamp={time}&token={token}&signature={signature}&subject=x");
    differs(&first.clone().with_body(form).set("Content-Type", "application/x-www-form-urlencoded"))?;
    ensure_runs(&receiver, 1)?;
    // A signature of another time or token is none.
    let other = mailgun("1795451733", &token, &signature, "delivered");
    ensure_refused(receiver.deliver(&other), &receiver, 401, "signature_mismatch")?;
    let (other, signed) = new();
    ensure_refused(
        receiver.deliver(&mailgun(time, &other, &signature, "delivered")),
        &receiver,
        401,
        "signature_mismatch",
    )?;
    ensure_fresh(receiver.deliver(&mailgun(time, &other, &signed, "delivered")), 200)?;
    ensure_runs(&receiver, 2)?;
    // A token binds nothing either; a signature over the body does (control).
    let receiver = (TOKEN.setup)().start(adapter);
    ensure_fresh(receiver.deliver(&with_token(&Draft::new())), 200)?;
    ensure_told(&receiver, false)?;
    let receiver = Setup::standard().start(adapter);
    ensure_fresh(receiver.deliver(&Draft::new().standard()), 200)?;
    ensure_told(&receiver, true)
}

/// A part that has no mark at its end names no event, save beside all that is signed.
fn ids_without_marks() -> Finding {
    let builds = |setup: Setup, id: &'static str| {
        setup.with(move |builder| builder.event_id(id)).try_start(Adapter::Axum).is_ok()
    };
    let mailgun = || Setup::by_text_key(providers::MAILGUN);
    for id in ["{f:MessageSid}", "{f:MessageSid} {f:MessageStatus}", "{q:id}"] {
        ensure(!builds((TWILIO.setup)(), id), || format!("Twilio's events are named by {id}"))?;
    }
    for id in ["{j:/signature/token}", "{v:/signature/token}", "{f:token}", "{j:/event-data/id}"] {
        ensure(!builds(mailgun(), id), || format!("Mailgun's events are named by {id}"))?;
    }
    ensure(builds((TWILIO.setup)(), "{f:CallSid} {content}"), || {
        "a field beside all that is signed is refused".into()
    })?;
    ensure(builds(mailgun(), "{content}"), || "all that is signed is refused".into())
}

fn rewritten_form(adapter: Adapter) -> Finding {
    ids_without_marks()?;
    let receiver = (TWILIO.setup)().start(adapter);
    let url = "https://hooks.example/hook";
    let fields = status_callback();
    let signature = twilio_signature(url, &fields);
    let send = |fields: &Fields| receiver.deliver(&twilio_with("/hook", fields, &signature));
    ensure_fresh(send(&fields), 200)?;
    ensure_told(&receiver, true)?;
    ensure_repeated(send(&fields), 200)?;
    // In another order, and with a pair twice, which is signed once.
    let differs = |request: &Request| ensure_refused(receiver.deliver(request), &receiver, 422, "content_differs");
    let rewritten = |fields: &Fields| differs(&twilio_with("/hook", fields, &signature));
    rewritten(&fields.iter().rev().cloned().collect())?;
    rewritten(&[&fields[4..], &fields[..4]].concat())?;
    rewritten(&[&fields[..], &fields[..1]].concat())?;
    // Other escapes of the same fields.
    let request = twilio_with("/hook", &fields, &signature);
    let body = String::from_utf8_lossy(request.body()).into_owned();
    for body in
        [body.replace("%2B", "%2b"), body.replace("delivered", "%64elivered"), format!("{body}&"), format!("&{body}")]
    {
        differs(&request.clone().with_body(body))?;
    }
    ensure_runs(&receiver, 1)?;
    // The signed text has no marks: from each field on, what follows can be one long value, or a value with its name can
    // become the name. Whatever is made of it, it is what was signed, and was handled.
    let mut tried = 0;
    for at in 0..fields.len() {
        for cut in 0..3 {
            let tail = &fields[at..];
            let joined: String = tail.iter().map(|(name, value)| format!("{name}{value}")).collect();
            let name = &tail[0].0;
            let cut = [name.len(), 2, joined.len() - 1][cut];
            let (name, value) = joined.split_at(cut);
            let merged = [&fields[..at], &[(name.to_owned(), value.to_owned())]].concat();
            if merged == fields || twilio_signature(url, &merged) != signature {
                continue;
            }
            tried += 1;
            let answer = send(&merged).map_err(|error| error.to_string())?;
            ensure(matches!(answer.status, 400 | 422), || {
                format!("cut anew at {at}, {cut}: answered {}", answer.status)
            })?;
        }
    }
    ensure(tried > 5, || format!("only {tried} forms are cut anew and signed"))?;
    // Nor where an id is made of what was another field, beside all others as they were.
    let sid = &fields[3].1;
    let mut recut = fields.clone();
    recut.splice(
        3..6,
        [
            ("MessageSid".to_owned(), format!("{sid}MessageStatus")),
            ("delivered".to_owned(), "RawDlrDoneDate2611030926".to_owned()),
        ],
    );
    let mut longer = fields.clone();
    longer.splice(4..6, [("MessageStatus".to_owned(), "deliveredRawDlrDoneDate2611030926".to_owned())]);
    for (note, fields) in [("a longer sid", recut), ("a longer status", longer)] {
        let answer = send(&fields).map_err(|error| error.to_string())?;
        ensure(matches!(answer.status, 400 | 401 | 422), || format!("{note}: answered {}", answer.status))?;
    }
    ensure_runs(&receiver, 1)?;
    // Another message is another event (control).
    let other = status_callback();
    let request = twilio_with("/hook", &other, &twilio_signature(url, &other));
    ensure_fresh(receiver.deliver(&request), 200)?;
    ensure_runs(&receiver, 2)
}
