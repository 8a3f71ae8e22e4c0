//! A-071 to A-078, A-085 to A-090, A-092, A-093 and A-133: the body, its framing, and the method.

use countersign::{Encoding, providers};

use super::urls::{TWILIO, status_callback, twilio_signature, twilio_with};
use super::{GITHUB, STANDARD, STRIPE, tokens};
use crate::clock::NOW;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

const MISMATCH: &[&str] = &["signature_mismatch"];

/// A cap that a row can go beyond quickly, in bytes.
const CAP: usize = 64 * 1024;

fn capped() -> Setup {
    Setup::standard().with(|builder| builder.body_cap(CAP as u64))
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-071", "one bit of the body flipped at its start, middle and end", "401", || {
            tampered(|body, place| {
                let at = [0, body.len() / 2, body.len() - 1][place];
                body[at] ^= 1;
            })
        }),
        Row::cases("A-072", "an empty body, rightly signed", "handled; 400 where the id stands in the body", || {
            let empty = || Draft::new().body("");
            vec![
                Case::new(STANDARD, "id in a header", &empty().standard()).meets(Expect::Handled),
                Case::new(GITHUB, "id is the body's digest", &empty().github()).meets(Expect::Handled),
                Case::new(STRIPE, "id in the body", &empty().stripe()).meets(Expect::Refused(400, "event_id_missing")),
            ]
        }),
        Row::cases("A-073", "the body one byte longer, or shorter", "401", || {
            tampered(|body, place| match place {
                0 => body.push(b' '),
                1 => body.insert(0, b' '),
                _ => drop(body.pop()),
            })
        }),
        Row::cases("A-074", "a declared length that does not come", "400 or closed; nothing runs", || {
            let short = |missing: usize| {
                let request = Draft::new().standard();
                let length = format!("Content-Length: {}", request.body().len() + missing);
                [request.head(&[&length]), request.body().to_vec()].concat()
            };
            let nothing = || Expect::NothingRuns(&[400]);
            vec![
                Case::raw(STANDARD, "one byte short", short(1)).then_ends().meets(nothing()),
                Case::raw(STANDARD, "all but the head", short(1_000)[..200].to_vec()).then_ends().meets(nothing()),
                Case::raw(STANDARD, "a chunked body without its end", unended()).then_ends().meets(nothing()),
            ]
        }),
        Row::cases(
            "A-075",
            "two framings at once, two lengths, lengths that are no number",
            "400, and closed",
            framings,
        ),
        Row::cases(
            "A-076",
            "chunks of a bad size, with long extensions, with trailers",
            "400, or read normally within the cap",
            chunks,
        ),
        Row::story(
            "A-077",
            "a declared length above the cap",
            "413 before a byte of the body is read",
            declared_above_the_cap,
        ),
        Row::story("A-078", "a chunked body that outgrows the cap", "413 at the cap", outgrows_the_cap),
        Row::cases("A-085", "a body that is not UTF-8, rightly signed", "handled, byte for byte", || {
            let bodies: [&[u8]; 3] = [b"\xff\xfe\x00\x01", b"{\"id\":\"\xc3\x28\"}", &[0x80; 300]];
            as_sent(&bodies)
        }),
        Row::cases(
            "A-086",
            "a byte order mark, line ends, NUL bytes: signed as sent",
            "handled, byte for byte; ids are read strictly",
            || {
                let bodies: [&[u8]; 5] = [
                    "\u{feff}{\"id\":\"evt_1\"}".as_bytes(),
                    b"{\"id\":\"evt_1\"}\n",
                    b"{\r\n\"id\":\"evt_1\"}\r\n",
                    b"a\0b",
                    b"\r\n\r\n",
                ];
                let missing = || Expect::Refused(400, "event_id_missing");
                let stripe = |body: &str| Draft::new().body(body).stripe();
                let mut cases = as_sent(&bodies);
                cases.extend([
                    Case::new(STRIPE, "a byte order mark", &stripe("\u{feff}{\"id\":\"evt_2\"}")).meets(missing()),
                    Case::new(STRIPE, "a NUL byte", &stripe("{\"id\":\"evt_2\"}\0")).meets(missing()),
                    Case::new(STRIPE, "a second document", &stripe("{\"id\":\"evt_2\"}{}")).meets(missing()),
                    Case::new(STRIPE, "a line end (control)", &stripe("{\"id\":\"evt_3\"}\r\n")).meets(Expect::Handled),
                ]);
                cases
            },
        ),
        Row::cases("A-087", "the id stands twice in the JSON body", "400, never the first or the last", || {
            let bodies = [
                r#"{"id":"evt_4","id":"evt_5"}"#,
                r#"{"id":"evt_4","id":"evt_4"}"#,
                r#"{"id":"evt_4","\u0069d":"evt_5"}"#,
                r#"{"\u0069d":"evt_4","id":"evt_5"}"#,
            ];
            let refused = |body: &str| {
                let request = Draft::new().body(body).stripe();
                Case::new(STRIPE, body, &request).meets(Expect::Refused(400, "event_id_malformed"))
            };
            let elsewhere = Draft::new().body(r#"{"id":"evt_6","x":1,"x":2,"y":{"id":"evt_7"}}"#).stripe();
            let control = Case::new(STRIPE, "another key twice (control)", &elsewhere).meets(Expect::Handled);
            let canonical =
                [r#"{"to":"evil","to":"rosa"}"#, r#"{"\u0074o":"evil","to":"rosa"}"#, r#"{"to":"rosa","to":"rosa"}"#];
            let twice = canonical.into_iter().map(|sent| {
                let case = Case::new(INNGEST, sent, &inngest(r#"{"to":"rosa"}"#, sent));
                case.refused(&["signed_header_malformed"])
            });
            let written = inngest(r#"{"to":"rosa","x":1}"#, r#"{ "x": 1.0, "to": "rosa" }"#);
            let canonical = Case::new(INNGEST, "written otherwise, signed in one way (control)", &written);
            let controls = [control, canonical.meets(Expect::Handled)];
            bodies.into_iter().map(refused).chain(twice).chain(controls).collect()
        }),
        Row::cases(
            "A-088",
            "the id is a number, an exponent, a truth, null, a list, an object, empty, escaped",
            "400 unless it has the one type that the provider writes",
            typed_ids,
        ),
        Row::cases("A-089", "JSON 100,000 deep, or 300,000 values", "no stack is used up; in time", deep),
        Row::cases(
            "A-090",
            "a form field that stands twice",
            "the id's: 400; others as the provider signs them",
            repeated_fields,
        ),
        Row::story(
            "A-092",
            "`Expect: 100-continue` with a length above the cap",
            "413; actix-web sends 100 before anyone is asked",
            expects_continue,
        ),
        Row::cases(
            "A-093",
            "a wrong `Content-Type`, or none, rightly signed",
            "no part of most schemes: handled; 401 where it chooses what is signed",
            content_types,
        ),
        Row::cases("A-133", "GET, PUT, DELETE, TRACE, `post`, with a valid signature", "405", || {
            let methods = ["GET", "PUT", "DELETE", "TRACE", "PATCH", "OPTIONS", "post", "POSTS"];
            let request = |method: &str| Draft::new().standard().method(method);
            let case = |method: &&str| {
                let case = Case::new(STANDARD, *method, &request(method));
                case.meets(Expect::Refused(405, "method_not_allowed"))
            };
            methods.iter().map(case).collect()
        }),
    ]
}

/// Signs the body as canonical JSON (RFC 8785).
const INNGEST: Lane = Lane {
    name: "inngest",
    setup: || Setup::by_text_key(providers::INNGEST).with(countersign::EndpointBuilder::replay_window_only),
};
/// The id is an unsigned integer.
const TELEGRAM: Lane = Lane { name: "telegram", setup: || Setup::by_text_key(providers::TELEGRAM) };

/// An Inngest request with one body, signed for another.
fn inngest(signed: &str, sent: &str) -> Request {
    let mac = mac(&Secret::text_key().key, format!("{signed}{NOW}").as_bytes(), Encoding::Hex);
    Draft::new().body(sent).post().header("X-Inngest-Signature", format!("t={NOW}&s={mac}"))
}

fn telegram(body: &str) -> Request {
    Draft::new().body(body).post().header("X-Telegram-Bot-Api-Secret-Token", Secret::text_key().text)
}

fn typed_ids() -> Vec<Case> {
    let bad = || Expect::Refused(400, "event_id_malformed");
    let none = || Expect::Refused(400, "event_id_missing");
    let text = |id: &str| Draft::new().body(format!(r#"{{"id":{id}}}"#)).stripe();
    let number = |id: &str| telegram(&format!(r#"{{"update_id":{id}}}"#));
    let mut cases = Vec::new();
    for id in [
        "7",
        "1e3",
        "-1",
        "1.5",
        "18446744073709551616",
        "true",
        "false",
        "[]",
        r#"["evt_1"]"#,
        "{}",
        r#"{"id":"evt_1"}"#,
        r#""""#,
    ] {
        cases.push(Case::new(STRIPE, format!("a text: {id}"), &text(id)).meets(bad()));
    }
    for id in ["-1", "1.0", "1e3", "1E3", "18446744073709551616", "true", "[7]", "{}", r#""7""#, r#""""#] {
        cases.push(Case::new(TELEGRAM, format!("a number: {id}"), &number(id)).meets(bad()));
    }
    for id in ["07", "+7", "0x7", ".5", "7.", "Infinity", "NaN", ""] {
        cases.push(Case::new(TELEGRAM, format!("no JSON: {id}"), &number(id)).meets(none()));
    }
    let nested = Draft::new().body(r#"{"data":{"id":"evt_1"}}"#).stripe();
    cases.extend([
        Case::new(STRIPE, "null", &text("null")).meets(none()),
        Case::new(TELEGRAM, "null", &number("null")).meets(none()),
        Case::new(STRIPE, "elsewhere", &nested).meets(none()),
        Case::new(STRIPE, "a list of events", &Draft::new().body(r#"[{"id":"evt_1"}]"#).stripe()).meets(none()),
        Case::new(STRIPE, "a lone surrogate", &text(r#""\ud83d""#)).meets(none()),
        Case::new(STRIPE, "an escaped name (control)", &Draft::new().body(r#"{"\u0069d":"evt_88_1"}"#).stripe())
            .meets(Expect::Handled),
        Case::new(STRIPE, "an escaped text (control)", &text(r#""\u0065vt_88_2""#)).meets(Expect::Handled),
        Case::new(TELEGRAM, "the largest (control)", &number("18446744073709551615")).meets(Expect::Handled),
        Case::new(TELEGRAM, "zero (control)", &number("0")).meets(Expect::Handled),
    ]);
    cases
}

fn deep() -> Vec<Case> {
    const DEPTH: usize = 100_000;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(DEPTH), close.repeat(DEPTH));
    let lists = nested("[", "]");
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH), "}".repeat(DEPTH));
    let many = format!("[{}1]", "1,".repeat(300_000));
    let long = "x".repeat(900_000);
    let stripe = |id: &str, x: &str| Draft::new().body(format!(r#"{{"id":"{id}","x":{x}}}"#)).stripe();
    let unsigned = |body: String| Request::post(body);
    let mut cases = vec![
        Case::new(STRIPE, "lists beside the id", &stripe("evt_89_1", &lists)).meets(Expect::Handled),
        Case::new(STRIPE, "objects beside the id", &stripe("evt_89_2", &objects)).meets(Expect::Handled),
        Case::new(STRIPE, "300,000 values", &stripe("evt_89_3", &many)).meets(Expect::Handled),
        Case::new(STRIPE, "a text of 900,000 characters", &stripe("evt_89_4", &format!("\"{long}\"")))
            .meets(Expect::Handled),
        Case::new(STRIPE, "lists in the id's place", &Draft::new().body(format!(r#"{{"id":{lists}}}"#)).stripe())
            .meets(Expect::Refused(400, "event_id_malformed")),
        Case::new(STRIPE, "lists alone", &Draft::new().body(lists.clone()).stripe())
            .meets(Expect::Refused(400, "event_id_missing")),
        Case::new(STRIPE, "lists that do not end", &Draft::new().body("[".repeat(DEPTH)).stripe())
            .meets(Expect::Refused(400, "event_id_missing")),
        Case::new(INNGEST, "lists, signed", &inngest(&lists, &lists)).refused(&["signed_header_malformed"]),
        Case::new(INNGEST, "objects, signed", &inngest(&objects, &objects)).refused(&["signed_header_malformed"]),
    ];
    // Where the signature stands in the body, anyone can have it read.
    let any: &[&str] = &[
        "signature_missing",
        "signature_malformed",
        "signature_mismatch",
        "no_such_scheme",
        "signed_header_malformed",
        "signed_header_missing",
    ];
    for (note, x) in [("lists", &lists), ("objects", &objects), ("values", &many)] {
        let places = [
            format!(r#"{{"signature":{x}}}"#),
            format!(r#"{{"x":{x},"signature":{{"timestamp":"1","token":"2","signature":"{}"}}}}"#, "0".repeat(64)),
            format!(r#"{{"signature":{{"timestamp":{x},"token":"2","signature":"{}"}}}}"#, "0".repeat(64)),
            x.clone(),
        ];
        for (place, body) in places.into_iter().enumerate() {
            cases.push(Case::new(MAILGUN, format!("{note}, place {place}"), &unsigned(body)).refused(any));
        }
    }
    cases
}

/// The signature stands in the body.
const MAILGUN: Lane = Lane { name: "mailgun", setup: || Setup::by_text_key(providers::MAILGUN) };

fn repeated_fields() -> Vec<Case> {
    let url = "https://hooks.example/hook";
    let with = |more: &[(&str, &str)]| {
        let mut fields = status_callback();
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let signature = twilio_signature(url, &fields);
        twilio_with("/hook", &fields, &signature)
    };
    let bad = || Expect::Refused(400, "event_id_malformed");
    let twice = {
        let mut fields = status_callback();
        fields.push(fields[3].clone());
        let signature = twilio_signature(url, &fields);
        twilio_with("/hook", &fields, &signature)
    };
    let unsigned = {
        let fields = status_callback();
        let signature = twilio_signature(url, &fields);
        let more = [&fields[..], &[("MessageSid".to_owned(), "SM0".to_owned())]].concat();
        twilio_with("/hook", &more, &signature)
    };
    vec![
        Case::new(TWILIO, "the id, two values", &with(&[("MessageSid", "SM0")])).meets(bad()),
        Case::new(TWILIO, "the id, empty too", &with(&[("MessageSid", "")])).meets(bad()),
        Case::new(TWILIO, "the id, one value twice", &twice).meets(bad()),
        Case::new(TWILIO, "the id, added", &unsigned).refused(MISMATCH),
        Case::new(TWILIO, "another field, two values (control)", &with(&[("Tag", "a"), ("Tag", "b"), ("Tag", "a")]))
            .meets(Expect::Handled),
    ]
}

/// A length above the cap is refused before the sender is told to go on, where the server leaves that to the adapter.
fn expects_continue(adapter: Adapter) -> Finding {
    let receiver = capped().start(adapter);
    let request = Draft::new().body(vec![b'x'; CAP]).standard().header("Expect", "100-continue");
    let sent = |length: usize| {
        let mut connection = receiver.connect();
        connection.send(&request.head(&[&format!("Content-Length: {length}")]));
        connection
    };
    let (interim, answer) = sent(CAP + 1).read_all(PATIENCE).map_err(|error| error.to_string())?;
    ensure_refused(Ok(answer), &receiver, 413, "body_too_large")?;
    let expected: &[u16] = if adapter == Adapter::Actix { &[100] } else { &[] };
    ensure(interim == expected, || format!("{interim:?} came before the answer"))?;
    // What its head refuses is not asked for either.
    let unsigned = request.clone().without("Webhook-Signature");
    let mut connection = receiver.connect();
    connection.send(&unsigned.head(&[&format!("Content-Length: {CAP}")]));
    let (interim, answer) = connection.read_all(PATIENCE).map_err(|error| error.to_string())?;
    ensure_refused(Ok(answer), &receiver, 401, "signature_missing")?;
    ensure(interim == expected, || format!("{interim:?} came before the answer"))?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    // Within the cap (control).
    let mut connection = sent(CAP);
    connection.send(request.body());
    let (interim, answer) = connection.read_all(PATIENCE).map_err(|error| error.to_string())?;
    ensure(interim == [100], || format!("{interim:?} came before the answer"))?;
    ensure_fresh(Ok(answer), 200)?;
    ensure_runs(&receiver, 1)
}

fn content_types() -> Vec<Case> {
    let types = [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-7",
        "x",
        "",
    ];
    let mut cases = Vec::new();
    for kind in types {
        let note = format!("{kind:?}");
        cases.push(
            Case::new(STANDARD, note.clone(), &Draft::new().standard().set("Content-Type", kind))
                .meets(Expect::Handled),
        );
        cases.push(
            Case::new(STRIPE, note.clone(), &Draft::new().stripe().set("Content-Type", kind)).meets(Expect::Handled),
        );
        cases.push(
            Case::new(tokens::TOKEN, note, &tokens::with_token(&Draft::new()).set("Content-Type", kind))
                .meets(Expect::Handled),
        );
    }
    cases.push(Case::new(STANDARD, "none", &Draft::new().standard().without("Content-Type")).meets(Expect::Handled));
    // Of a form the fields are signed, of anything else nothing but the URL: which, says the type.
    let form = || {
        let fields = status_callback();
        let signature = twilio_signature("https://hooks.example/hook", &fields);
        twilio_with("/hook", &fields, &signature)
    };
    let chosen: &[&str] = &["no_such_scheme", "signature_mismatch", "binding_broken"];
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedx",
        "x application/x-www-form-urlencoded",
        "",
    ] {
        cases.push(Case::new(TWILIO, format!("a form as {kind:?}"), &form().set("Content-Type", kind)).refused(chosen));
    }
    let lines = form().header("Content-Type", "application/json");
    let bare = Draft::new()
        .body("{}")
        .post()
        .header("X-Twilio-Signature", twilio_signature("https://hooks.example/hook", &[]));
    cases.extend([
        Case::new(TWILIO, "a form without a type", &form().without("Content-Type")).refused(chosen),
        Case::new(TWILIO, "two types", &lines).refused(&[
            "no_such_scheme",
            "signature_mismatch",
            "binding_broken",
            "ambiguous_headers",
        ]),
        Case::new(TWILIO, "a body under a signature of the URL alone", &bare).refused(chosen),
        Case::new(
            TWILIO,
            "a form as a form body of nothing",
            &bare.clone().set("Content-Type", "application/x-www-form-urlencoded"),
        )
        .refused(chosen),
        Case::new(TWILIO, "in upper case (control)", &form().set("Content-Type", "Application/X-WWW-Form-URLEncoded"))
            .meets(Expect::Handled),
    ]);
    cases
}

/// Three requests of three providers whose bodies were changed after they were signed.
fn tampered(change: impl Fn(&mut Vec<u8>, usize)) -> Vec<Case> {
    let mut cases = Vec::new();
    for place in 0..3 {
        let lanes =
            [(STANDARD, Draft::new().standard()), (GITHUB, Draft::new().github()), (STRIPE, Draft::new().stripe())];
        for (lane, request) in lanes {
            let mut body = request.body().to_vec();
            change(&mut body, place);
            cases.push(Case::new(lane, format!("change {place}"), &request.with_body(body)).refused(MISMATCH));
        }
    }
    cases
}

fn as_sent(bodies: &[&[u8]]) -> Vec<Case> {
    let case = |body: &&[u8]| Case::new(STANDARD, body.escape_ascii().to_string(), &Draft::new().body(body).standard());
    bodies.iter().map(|body| case(body).meets(Expect::Handled)).collect()
}

fn unended() -> Vec<u8> {
    let whole = Draft::new().standard().chunked(32, &[]);
    whole[..whole.len() - 5].to_vec()
}

fn framings() -> Vec<Case> {
    // What is framed is one valid delivery each time: only the framing can be refused.
    let framed = |note: &str, lines: &dyn Fn(usize) -> Vec<String>, chunked: bool| {
        let request = Draft::new().standard();
        let lines = lines(request.body().len());
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let whole = format!("{:x}\r\n{}\r\n0\r\n\r\n", request.body().len(), String::from_utf8_lossy(request.body()));
        let body = if chunked { whole.into_bytes() } else { request.body().to_vec() };
        Case::raw(STANDARD, note, [request.head(&lines), body].concat()).meets(Expect::BadRequestAndClosed)
    };
    let length = |text: String| format!("Content-Length: {text}");
    let coding = |text: &str| format!("Transfer-Encoding: {text}");
    let taken_as_chunked = "hyper takes a length beside `chunked` as absent and closes afterwards, as RFC 9112 allows";
    let mut cases = vec![
        framed("length, then chunked", &|len| vec![length(len.to_string()), coding("chunked")], true).but(
            Adapter::Axum,
            Expect::Handled,
            taken_as_chunked,
        ),
        framed("chunked, then length", &|len| vec![coding("chunked"), length(len.to_string())], true).but(
            Adapter::Axum,
            Expect::Handled,
            taken_as_chunked,
        ),
        framed("one length twice", &|len| vec![length(len.to_string()); 2], false).but(
            Adapter::Axum,
            Expect::Handled,
            "hyper takes two equal lengths as one, as RFC 9112 allows",
        ),
        framed("chunked twice", &|_| vec![coding("chunked, chunked")], true).but(
            Adapter::Axum,
            Expect::Handled,
            "hyper looks at the last transfer coding only",
        ),
        framed("two lengths", &|len| vec![length(len.to_string()), length((len + 1).to_string())], false),
    ];
    let lengths: [&dyn Fn(usize) -> String; 6] = [
        &|len| format!("+{len}"),
        &|len| format!("0x{len:x}"),
        &|len| format!("-{len}"),
        &|len| format!("{len}, {len}"),
        &|len| format!("{len}a"),
        &|_| "9".repeat(40),
    ];
    cases.extend(
        lengths.map(|text| framed(&format!("a length of {}", text(10)), &|len| vec![length(text(len))], false)),
    );
    let codings = ["gzip, chunked, identity", "identity", "\u{b}chunked", "xchunked"];
    cases.extend(codings.map(|name| framed(&format!("a coding of {name:?}"), &|_| vec![coding(name)], true)));
    cases
}

fn chunks() -> Vec<Case> {
    let signed = || Draft::new().standard();
    let body = |request: &Request| String::from_utf8_lossy(request.body()).into_owned();
    let head = |request: &Request| request.head(&["Transfer-Encoding: chunked"]);
    let framed = |request: &Request, chunks: String| [head(request), chunks.into_bytes()].concat();
    let bad = ["zz", "-5", "+5", "0x5", "5g", "ffffffffffffffffffff", "", "5 5"].map(|size| {
        let request = signed();
        let bytes = framed(&request, format!("{size}\r\n{}\r\n0\r\n\r\n", body(&request)));
        Case::raw(STANDARD, format!("size {size:?}"), bytes).then_ends().meets(Expect::NothingRuns(&[400, 401]))
    });
    let with_extension = |length: usize| {
        let request = signed();
        let text = body(&request);
        framed(&request, format!("{:x};x={}\r\n{text}\r\n0\r\n\r\n", text.len(), "x".repeat(length)))
    };
    let (trailers, control) = (signed(), signed());
    let mut cases: Vec<Case> = bad.into();
    cases.extend([
        Case::raw(STANDARD, "an extension of 1 MiB", with_extension(1024 * 1024)).meets(Expect::HandledOrBadRequest),
        Case::raw(STANDARD, "a short extension", with_extension(4)).meets(Expect::Handled),
        Case::raw(STANDARD, "trailers", trailers.chunked(16, &["X-Checksum: 1", "Webhook-Id: evt_0"]))
            .meets(Expect::Handled),
        Case::raw(STANDARD, "one byte a chunk (control)", control.chunked(1, &[])).meets(Expect::Handled),
    ]);
    cases
}

fn declared_above_the_cap(adapter: Adapter) -> Finding {
    let receiver = capped().start(adapter);
    for length in [(CAP + 1).to_string(), "9223372036854775807".into()] {
        let request = Draft::new().body(vec![b'x'; 10]).standard();
        let mut connection = receiver.connect();
        // The head alone: an answer can only come before the body.
        connection.send(&request.head(&[&format!("Content-Length: {length}")]));
        ensure_refused(connection.read(PATIENCE), &receiver, 413, "body_too_large")?;
    }
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    // At the cap (control).
    ensure_fresh(receiver.deliver(&Draft::new().body(vec![b'x'; CAP]).standard()), 200)?;
    Ok(())
}

fn outgrows_the_cap(adapter: Adapter) -> Finding {
    let receiver = capped().start(adapter);
    let request = Draft::new().body(vec![b'x'; CAP]).standard();
    let begin = |bytes: usize| -> Connection {
        let mut connection = receiver.connect();
        connection.send(&request.head(&["Transfer-Encoding: chunked"]));
        let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
        for _ in 0..bytes / 0x1000 {
            connection.send(&chunk);
        }
        connection
    };
    // One byte beyond, and nothing after it: the answer comes at the cap, not at an end that never comes.
    let mut beyond = begin(CAP);
    beyond.send(b"1\r\nx\r\n");
    ensure_refused(beyond.read(PATIENCE), &receiver, 413, "body_too_large")?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    // Exactly the cap (control).
    let mut at_the_cap = begin(CAP);
    at_the_cap.send(b"0\r\n\r\n");
    ensure_fresh(at_the_cap.read(PATIENCE), 200)?;
    Ok(())
}
