//! A-129 to A-132 and A-134 to A-136: the URL that a provider signed, and who may say what it is.

use countersign::{Algorithm, Encoding, TenantName, Tenants, providers};

use super::{STANDARD, standard_webhooks};
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac, mac_of};
use crate::verdict::{Finding, ensure_fresh, ensure_refused, ensure_runs};

/// Signs the URL and the body. The URL is configured without a path: the path is the one that is sent.
const SQUARE: Lane = Lane { name: "square", setup: || square_at(BASE) };
/// Signs the URL and the fields of a form.
pub(super) const TWILIO: Lane = Lane {
    name: "twilio",
    setup: || Setup::by_text_key(providers::TWILIO).with(|builder| builder.public_url(BASE).expect("a URL")),
};
/// Square behind a proxy on this host, which is trusted.
const PROXIED: Lane = Lane { name: "square, a trusted proxy", setup: || behind("127.0.0.0/8") };
/// Square behind a proxy elsewhere: who connects from here is none.
const UNTRUSTED: Lane = Lane { name: "square, another proxy is trusted", setup: || behind("192.0.2.7") };

const BASE: &str = "https://hooks.example";
const MISMATCH: &[&str] = &["signature_mismatch"];
const UNKNOWN: &[&str] = &["url_unknown"];

fn square_at(url: &'static str) -> Setup {
    Setup::by_text_key(providers::SQUARE).with(move |builder| builder.public_url(url).expect("a URL"))
}

fn behind(proxy: &'static str) -> Setup {
    Setup::by_text_key(providers::SQUARE).with(move |builder| builder.trusted_proxies([proxy]).expect("an address"))
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases(
            "A-129",
            "forged `X-Forwarded-*`, `Forwarded`, `X-Original-URL`",
            "ignored, save for two from a trusted proxy's address; else 401",
            forwarded,
        ),
        Row::cases(
            "A-130",
            "`Host`: another, a port, upper case, a trailing dot, an address, none, two",
            "no part of the signed URL",
            hosts,
        ),
        Row::cases(
            "A-131",
            "paths that mean the same: `//`, `..`, escapes, `/`, `;x=1`, case",
            "401 unless signed as sent",
            paths,
        ),
        Row::cases(
            "A-132",
            "queries that mean the same: order, repetition, `+`, `?` alone",
            "401 unless signed as sent",
            queries,
        ),
        Row::cases("A-134", "`X-HTTP-Method-Override` and its kin", "ignored", overrides),
        Row::cases(
            "A-135",
            "request targets in absolute, authority and asterisk form",
            "the path counts, never the host in it",
            forms,
        ),
        Row::story(
            "A-136",
            "a router mounted under a prefix, which its framework takes off",
            "the URL as sent counts",
            mounted,
        ),
    ]
}

/// A Square delivery of a new event, signed for `url` and sent to `target`.
fn square(url: &str, target: &str) -> Request {
    let draft = Draft::new();
    let id = String::from_utf8_lossy(&draft.id).into_owned();
    let draft = draft.body(format!(r#"{{"merchant_id":"6SSW7HV8K2ST5","type":"payment.updated","event_id":"{id}"}}"#));
    let content = [url.as_bytes(), &draft.body].concat();
    let signature = mac(&Secret::text_key().key, &content, Encoding::Base64);
    draft.post().target(target).header("x-square-hmacsha256-signature", signature)
}

/// A form as Twilio sends it: its fields, in this order.
pub(super) type Fields = Vec<(String, String)>;

/// The fields of a status callback about a new message.
pub(super) fn status_callback() -> Fields {
    let draft = Draft::new();
    let sid = format!("SM{}", String::from_utf8_lossy(&draft.id));
    let fields = [
        ("AccountSid", "AC5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3"),
        ("ApiVersion", "2010-04-01"),
        ("From", "+46700000001"),
        ("MessageSid", &sid),
        ("MessageStatus", "delivered"),
        ("RawDlrDoneDate", "2611030926"),
        ("SmsSid", &sid),
        ("To", "+46700000002"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// What Twilio signs: the URL, then the fields sorted, equal pairs once, nothing between.
pub(super) fn twilio_signature(url: &str, fields: &[(String, String)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort();
    sorted.dedup();
    let joined: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
    mac_of(Algorithm::HmacSha1, &Secret::text_key().key, format!("{url}{joined}").as_bytes(), Encoding::Base64)
}

/// A form with these fields in this order, under any signature.
pub(super) fn twilio_with(target: &str, fields: &[(String, String)], signature: &str) -> Request {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let request = Draft::new().body(pairs.join("&")).post().target(target);
    request
        .set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        .header("X-Twilio-Signature", signature)
}

fn twilio(url: &str, target: &str) -> Request {
    let fields = status_callback();
    twilio_with(target, &fields, &twilio_signature(url, &fields))
}

fn escaped(text: &str) -> String {
    let write = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(write).collect()
}

fn forwarded() -> Vec<Case> {
    // Everything that says where a request was sent to, by the sender of the request.
    let claims = |request: Request, host: &str, proto: &str| {
        let url = format!("{proto}://{host}/hook");
        request
            .header("X-Forwarded-Host", host)
            .header("X-Forwarded-Proto", proto)
            .header("X-Forwarded-Port", "443")
            .header("X-Forwarded-Prefix", "/hook")
            .header("X-Forwarded-Server", host)
            .header("X-Forwarded-For", "127.0.0.1")
            .header("Forwarded", format!("for=127.0.0.1;host={host};proto={proto}"))
            .header("X-Original-URL", &url)
            .header("X-Original-Host", host)
            .header("X-Rewrite-URL", "/hook")
            .header("X-Host", host)
            .set("Host", host)
    };
    let evil = "https://evil.example/hook";
    let right = "https://hooks.example/hook";
    let mut cases = vec![
        Case::new(SQUARE, "signed for what they say", &claims(square(evil, "/hook"), "evil.example", "https"))
            .refused(MISMATCH),
        Case::new(TWILIO, "signed for what they say", &claims(twilio(evil, "/hook"), "evil.example", "https"))
            .refused(MISMATCH),
        Case::new(
            SQUARE,
            "they say http",
            &claims(square("http://hooks.example/hook", "/hook"), "hooks.example", "http"),
        )
        .refused(MISMATCH),
        Case::new(SQUARE, "they lie (control)", &claims(square(right, "/hook"), "evil.example", "http"))
            .meets(Expect::Handled),
        Case::new(TWILIO, "they lie (control)", &claims(twilio(right, "/hook"), "evil.example", "http"))
            .meets(Expect::Handled),
        Case::new(UNTRUSTED, "signed for what they say", &claims(square(evil, "/hook"), "evil.example", "https"))
            .refused(UNKNOWN),
        Case::new(UNTRUSTED, "signed for the right URL", &claims(square(right, "/hook"), "hooks.example", "https"))
            .refused(UNKNOWN),
        Case::new(UNTRUSTED, "nothing said", &square(right, "/hook")).refused(UNKNOWN),
    ];
    // From the proxy: two headers count, and of a list what the proxy itself added last.
    let said = |signed: &str, lines: &[(&str, &str)]| {
        lines.iter().fold(square(signed, "/hook"), |request, (name, value)| request.header(name, value))
    };
    let (host, proto) = ("X-Forwarded-Host", "X-Forwarded-Proto");
    let own = [(host, "hooks.example"), (proto, "https")];
    cases.extend([
        Case::new(PROXIED, "as the proxy says (control)", &said(right, &own)).meets(Expect::Handled),
        Case::new(PROXIED, "signed for another host", &said(evil, &own)).refused(MISMATCH),
        Case::new(PROXIED, "signed for http", &said("http://hooks.example/hook", &own)).refused(MISMATCH),
        Case::new(
            PROXIED,
            "the client's host first (control)",
            &said(right, &[(host, "evil.example, hooks.example"), (proto, "http, https")]),
        )
        .meets(Expect::Handled),
        Case::new(
            PROXIED,
            "the client's host first, signed for it",
            &said(evil, &[(host, "evil.example, hooks.example"), (proto, "https")]),
        )
        .refused(MISMATCH),
        Case::new(
            PROXIED,
            "the host on two lines",
            &said(right, &[(host, "evil.example"), (host, "hooks.example"), (proto, "https")]),
        )
        .refused(UNKNOWN),
        Case::new(
            PROXIED,
            "the scheme on two lines",
            &said(right, &[(host, "hooks.example"), (proto, "https"), (proto, "https")]),
        )
        .refused(UNKNOWN),
        Case::new(PROXIED, "no host", &said(right, &own[1..])).refused(UNKNOWN),
        Case::new(PROXIED, "no scheme", &said(right, &own[..1])).refused(UNKNOWN),
        Case::new(PROXIED, "Forwarded alone", &said(right, &[("Forwarded", "host=hooks.example;proto=https")]))
            .refused(UNKNOWN),
        Case::new(
            PROXIED,
            "others beside (control)",
            &said(
                right,
                &[
                    own[0],
                    own[1],
                    ("Forwarded", "host=evil.example"),
                    ("X-Original-URL", "/evil"),
                    ("X-Forwarded-Prefix", "/evil"),
                    ("X-Forwarded-Port", "8443"),
                ],
            ),
        )
        .meets(Expect::Handled),
    ]);
    for bad in [
        "",
        "hooks.example/evil",
        "hooks.example?x",
        "u@hooks.example",
        "hooks.example#",
        "hooks.example,",
        "h\u{f6}oks.example",
        "a b",
    ] {
        let signed = format!("https://{bad}/hook");
        cases.push(
            Case::new(PROXIED, format!("the host {bad:?}"), &said(&signed, &[(host, bad), own[1]])).refused(UNKNOWN),
        );
    }
    for bad in ["", "ftp", "HTTPS", "https:", "https://evil.example/", "javascript"] {
        let signed = format!("{bad}://hooks.example/hook");
        cases.push(
            Case::new(PROXIED, format!("the scheme {bad:?}"), &said(&signed, &[own[0], (proto, bad)])).refused(UNKNOWN),
        );
    }
    cases
}

fn hosts() -> Vec<Case> {
    let mut cases = Vec::new();
    for host in [
        "evil.example",
        "hooks.example:8443",
        "HOOKS.EXAMPLE",
        "hooks.example.",
        "127.0.0.1",
        "[::1]",
        "hooks.example:443",
        "localhost",
    ] {
        for (lane, sign) in [(SQUARE, square as fn(&str, &str) -> Request), (TWILIO, twilio)] {
            let right = sign("https://hooks.example/hook", "/hook").set("Host", host);
            cases.push(Case::new(lane, format!("{host} (control)"), &right).meets(Expect::Handled));
            // A default port is Twilio's to write or to leave out.
            if !(lane.name == TWILIO.name && host == "hooks.example:443") {
                let claimed = sign(&format!("https://{host}/hook"), "/hook").set("Host", host);
                cases.push(Case::new(lane, format!("{host}, signed so"), &claimed).refused(MISMATCH));
            }
        }
    }
    let right = || square("https://hooks.example/hook", "/hook");
    let nothing = square("https:///hook", "/hook").without("Host");
    cases.extend([
        Case::new(SQUARE, "none", &right().without("Host")).meets(Expect::HandledOrBadRequest),
        Case::new(SQUARE, "two", &right().header("Host", "evil.example")).meets(Expect::HandledOrBadRequest),
        Case::new(SQUARE, "empty", &right().set("Host", "")).meets(Expect::HandledOrBadRequest),
        Case::new(SQUARE, "none, signed so", &nothing).meets(Expect::BadHttp(&[400])),
        Case::new(TWILIO, "the default port signed (control)", &twilio("https://hooks.example:443/hook", "/hook"))
            .meets(Expect::Handled),
        Case::new(TWILIO, "another port signed", &twilio("https://hooks.example:8443/hook", "/hook")).refused(MISMATCH),
    ]);
    cases
}

/// Each other target is refused under the signature of the first, and handled where it is signed as it is sent.
fn as_sent(signed: &str, others: &[&str]) -> Vec<Case> {
    let url = |target: &str| format!("{BASE}{target}");
    let mut cases = Vec::new();
    for other in others {
        for (lane, sign) in [(SQUARE, square as fn(&str, &str) -> Request), (TWILIO, twilio)] {
            cases.push(Case::new(lane, format!("{other} for {signed}"), &sign(&url(signed), other)).refused(MISMATCH));
            cases.push(Case::new(lane, format!("{signed} for {other}"), &sign(&url(other), signed)).refused(MISMATCH));
            let same = sign(&url(other), other);
            cases.push(Case::new(lane, format!("{other} as signed (control)"), &same).meets(Expect::Handled));
        }
    }
    cases
}

fn paths() -> Vec<Case> {
    as_sent(
        "/hook",
        &[
            "//hook",
            "/hook/",
            "/hook//",
            "/./hook",
            "/a/../hook",
            "/../hook",
            "/%2e%2e/hook",
            "/%2E/hook",
            "/hook%2F",
            "/hook%2f",
            "/%68ook",
            "/hook;x=1",
            "/hook;",
            "/Hook",
            "/hook%00",
            "/hook%20",
            "/hook.",
            "/\\hook",
            "/hook%3Fa=1",
            "/",
        ],
    )
}

fn queries() -> Vec<Case> {
    let mut cases = as_sent(
        "/hook?a=1&b=x%20y",
        &[
            "/hook",
            "/hook?",
            "/hook?b=x%20y&a=1",
            "/hook?a=1&b=x+y",
            "/hook?a=1&b=x%20y&",
            "/hook?&a=1&b=x%20y",
            "/hook?a=1&a=1&b=x%20y",
            "/hook?a=1;b=x%20y",
            "/hook?a=1&b=x%20Y",
            "/hook?a=1&b=%78%20y",
            "/hook?%61=1&b=x%20y",
            "/hook?a=1&b=x%20y?",
            "/hook??a=1&b=x%20y",
        ],
    );
    cases.extend(as_sent("/hook", &["/hook?", "/hook?&", "/hook?="]));
    let dropped = "the server's parser of targets drops a fragment, which no client sends, before anyone is asked";
    for (lane, request) in [
        (SQUARE, square("https://hooks.example/hook?a=1", "/hook?a=1#b")),
        (TWILIO, twilio("https://hooks.example/hook?a=1", "/hook?a=1#b")),
    ] {
        let case = Case::new(lane, "a fragment behind it", &request).refused(MISMATCH);
        cases.push(case.but(Adapter::Axum, Expect::Handled, dropped).but(Adapter::Actix, Expect::Handled, dropped));
    }
    cases
}

fn overrides() -> Vec<Case> {
    let names = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
    let mut cases = Vec::new();
    for name in names {
        for method in ["GET", "DELETE", "PUT"] {
            let request = Draft::new().standard().header(name, method);
            cases.push(Case::new(STANDARD, format!("POST, {name}: {method}"), &request).meets(Expect::Handled));
            let square = square("https://hooks.example/hook", "/hook").header(name, method);
            cases.push(Case::new(SQUARE, format!("POST, {name}: {method}"), &square).meets(Expect::Handled));
            let hidden = Draft::new().standard().method(method).header(name, "POST");
            let refused = Expect::Refused(405, "method_not_allowed");
            cases.push(Case::new(STANDARD, format!("{method}, {name}: POST"), &hidden).meets(refused));
        }
    }
    let query = Draft::new().standard().method("PUT").target("/hook?_method=POST");
    cases.push(Case::new(STANDARD, "PUT, ?_method=POST", &query).meets(Expect::Refused(405, "method_not_allowed")));
    cases
}

fn forms() -> Vec<Case> {
    let right = "https://hooks.example/hook";
    let mut cases = Vec::new();
    for target in [
        "http://evil.example/hook",
        "https://hooks.example/hook",
        "http://evil.example:8080/hook",
        "HTTP://EVIL.EXAMPLE/hook",
    ] {
        cases.push(
            Case::new(SQUARE, format!("{target}, signed for the path (control)"), &square(right, target))
                .meets(Expect::Handled),
        );
        cases.push(
            Case::new(TWILIO, format!("{target}, signed for the path (control)"), &twilio(right, target))
                .meets(Expect::Handled),
        );
        if target != right {
            cases.push(
                Case::new(SQUARE, format!("{target}, signed as it stands"), &square(target, target)).refused(MISMATCH),
            );
        }
        let joined = format!("{BASE}{target}");
        cases.push(
            Case::new(SQUARE, format!("{target}, signed behind the base"), &square(&joined, target)).refused(MISMATCH),
        );
    }
    let nothing = || Expect::NothingRuns(&[400, 401, 404, 405, 501]);
    for target in ["evil.example:443", "*", "hook", "", "?a=1", "hooks.example/hook"] {
        cases.push(Case::new(SQUARE, format!("the target {target:?}"), &square(right, target)).meets(nothing()));
    }
    let connect = square(right, "hooks.example:443").method("CONNECT");
    cases.push(Case::new(SQUARE, "CONNECT", &connect).meets(nothing()));
    let asterisk = square(right, "*").method("OPTIONS");
    cases.push(Case::new(SQUARE, "OPTIONS *", &asterisk).meets(nothing()));
    cases
}

fn mounted(adapter: Adapter) -> Finding {
    for (lane, sign) in [(SQUARE, square as fn(&str, &str) -> Request), (TWILIO, twilio)] {
        let receiver = (lane.setup)().under("/api/v1").start(adapter);
        let to = |url: &str, target: &str| receiver.deliver(&sign(&format!("{BASE}{url}"), target));
        // Signed for what the nested router sees: another receiver's URL.
        ensure_refused(to("/hook", "/api/v1/hook"), &receiver, 401, "signature_mismatch")?;
        ensure_refused(to("/hook?a=1", "/api/v1/hook?a=1"), &receiver, 401, "signature_mismatch")?;
        ensure_refused(to("/api/v1", "/api/v1/hook"), &receiver, 401, "signature_mismatch")?;
        ensure_runs(&receiver, 0)?;
        ensure_fresh(to("/api/v1/hook", "/api/v1/hook"), 200)?;
        ensure_fresh(to("/api/v1/hook?a=1", "/api/v1/hook?a=1"), 200)?;
        ensure_runs(&receiver, 2)?;
    }
    // A tenant's place in the path is counted from the path's beginning too.
    let directory = super::tenants::Directory::of(&[("acme", Secret::current()), ("v1", Secret::other())]);
    let tenants = Tenants::new(TenantName::PathSegment(2), directory);
    let receiver = Setup::new(standard_webhooks(), tenants).under("/api/v1").start(adapter);
    ensure_fresh(receiver.deliver(&Draft::new().standard().target("/api/v1/acme")), 200)?;
    let other = Draft::new();
    let other = other.standard_with(other.v1(&Secret::other().key)).target("/api/v1/acme");
    ensure_refused(receiver.deliver(&other), &receiver, 401, "signature_mismatch")?;
    ensure_runs(&receiver, 1)
}
