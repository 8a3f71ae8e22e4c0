//! What a signed header may hold, and how signatures are listed: the same where a scheme is hashed as the body arrives and
//! where it is judged over the whole request.

#![cfg(all(feature = "http", feature = "toml"))]

mod common;

use countersign::{Algorithm, Delivery, Encoding, Endpoint, Provider, Reason, UnixTime, encode, sign_mac};

const SECRET: &str = "a signing secret of more than sixteen bytes";
const BODY: &str = r#"{"id":"evt_1"}"#;

/// One scheme judged in both ways: as the body arrives, and, because of a condition that always holds, at its end.
fn both(content: &str, provider: &str) -> [Provider; 2] {
    ["", "require = \"{method}=POST\""].map(|condition| {
        let provider = Provider::from_toml(&format!(
            r#"
            name = "acme"
            {provider}
            [[schemes]]
            algorithm = "hmac-sha256"
            secret = {{ encoding = "utf8" }}
            signature = {{ at = "{{h:Acme-Signature}}", syntax = {{ list = {{ separator = ",", prefix = "v1=" }} }} }}
            content = "{content}"
            {condition}
            "#
        ));
        let provider = provider.unwrap();
        assert_eq!(provider.streams(), condition.is_empty());
        provider
    })
}

fn signature(content: &[u8]) -> String {
    encode(&sign_mac(Algorithm::HmacSha256, SECRET.as_bytes(), content).unwrap(), Encoding::Hex)
}

fn deliver(provider: &Provider, kind: &[u8], signature: &str) -> Result<Delivery, Reason> {
    let endpoint = Endpoint::builder("acme", provider.clone(), SECRET).build().unwrap();
    let request = http::Request::post("/").header("acme-kind", kind).header("acme-signature", signature);
    let request = request.body(()).unwrap();
    common::judge(&endpoint, &request, BODY, UnixTime::from_secs(0))
}

/// The verdicts on a header that is signed before the body, with `between` between them.
fn verdicts(kind: &[u8], between: &str) -> [Result<(), Reason>; 2] {
    let signature = signature(&[kind, between.as_bytes(), BODY.as_bytes()].concat());
    let providers = both(&format!("{{h:Acme-Kind}}{}{{body}}", between.replace('\n', "\\n")), "");
    providers.map(|provider| deliver(&provider, kind, &format!("v1={signature}")).map(|_| ()))
}

#[test]
fn a_signed_header_holds_any_text_of_one_line() {
    let long = "k".repeat(8 * 1024);
    for kind in ["application/json; charset=utf-8", "Tue, 03 Nov 2026 09:26:10 GMT", "caf\u{e9}", "k", &long] {
        assert_eq!(verdicts(kind.as_bytes(), "\n"), [Ok(()), Ok(())], "{kind}");
    }
    for kind in ["", "two\twords", &format!("{long}k")] {
        let malformed = Err(Reason::SignedHeaderMalformed);
        assert_eq!(verdicts(kind.as_bytes(), "\n"), [malformed, malformed], "{kind}");
    }
}

#[test]
fn a_signed_header_never_holds_what_it_stands_beside() {
    for (kind, between) in [("a.b", "."), ("a b", " "), ("; charset=utf-8", "; "), ("a\u{e9}", "\u{e9}")] {
        let malformed = Err(Reason::SignedHeaderMalformed);
        assert_eq!(verdicts(kind.as_bytes(), between), [malformed, malformed], "{kind}");
    }
    assert_eq!(verdicts(b"a b", "."), [Ok(()), Ok(())]);
}

#[test]
fn an_id_has_no_space() {
    let signature = format!("v1={}", signature(format!("a b.{BODY}").as_bytes()));
    let [streamed, whole] = both("{h:Acme-Kind}.{body}", "event_id = [\"{h:Acme-Kind}\"]");
    assert_eq!(deliver(&streamed, b"a b", &signature).map(|_| ()), Err(Reason::SignedHeaderMalformed));
    assert_eq!(deliver(&whole, b"a b", &signature).unwrap().event_id(), None);
    // The kind of event is no id.
    for provider in both("{h:Acme-Kind}.{body}", "event_type = \"{h:Acme-Kind}\"\nevent_id = [\"{j:/id}\"]") {
        let delivery = deliver(&provider, b"a b", &signature).unwrap();
        assert_eq!(delivery.event_type().as_deref(), Some("a b"));
    }
}

#[test]
fn signatures_are_listed_with_and_without_a_space() {
    let right = signature(format!("k.{BODY}").as_bytes());
    let wrong = "0".repeat(64);
    for provider in both("{h:Acme-Kind}.{body}", "") {
        for list in [format!("v1={wrong},v1={right}"), format!("v1={wrong}, v1={right}"), format!("v0=x, v1={right}")] {
            assert!(deliver(&provider, b"k", &list).is_ok(), "{list}");
        }
        // A space inside an entry is none of the list's.
        assert!(deliver(&provider, b"k", &format!("v1={wrong}, v1= {right}")).is_err());
    }
}

/// Some providers send the header once for each secret while one is rotated. Elsewhere a second line is one too many.
#[test]
fn a_signature_stands_on_several_lines_where_its_scheme_says_so() {
    let described = |at: &str| {
        let provider = Provider::from_toml(&format!(
            r#"
            name = "acme"
            [[schemes]]
            algorithm = "hmac-sha256"
            secret = {{ encoding = "utf8" }}
            signature = {{ at = "{at}", syntax = {{ list = {{ separator = ",", prefix = "v1=" }} }} }}
            content = "{{body}}"
            "#
        ));
        provider.unwrap()
    };
    let (right, wrong) = (signature(BODY.as_bytes()), signature(b"something else"));
    let judge = |at: &str, lines: &[String]| {
        let endpoint = Endpoint::builder("acme", described(at), SECRET).build().unwrap();
        let request =
            lines.iter().fold(http::Request::post("/"), |request, line| request.header("acme-signature", line));
        let request = request.body(()).unwrap();
        common::judge(&endpoint, &request, BODY, UnixTime::from_secs(0)).map(|_| ())
    };
    let [right, wrong] = [right, wrong].map(|signature| format!("v1={signature}"));
    let repeated = "{any:Acme-Signature}";
    for lines in [vec![right.clone()], vec![wrong.clone(), right.clone()], vec![format!("{wrong}, {right}")]] {
        assert_eq!(judge(repeated, &lines), Ok(()), "{lines:?}");
    }
    assert_eq!(judge(repeated, &[wrong.clone(), wrong.clone()]), Err(Reason::SignatureMismatch));
    assert_eq!(judge(repeated, &vec![right.clone(); 17]), Err(Reason::TooManySignatures));
    for at in ["{any:Acme-Signature,Acme-Other}", "{any:Acme-*}", "{h:Acme-Signature}"] {
        assert_eq!(judge(at, &[wrong.clone(), right.clone()]), Err(Reason::AmbiguousHeaders), "{at}");
    }
}
