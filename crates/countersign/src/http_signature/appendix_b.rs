//! RFC 9421, appendix B: every signature of a request there has exactly the base that the RFC prints, and no covered bit
//! can change without changing it. That the signatures hold over these bases is in the vectors, `rfc9421-appendix-b`.
//!
//! B.2.4 signs a response, which this receiver never reads: its `@status` is refused.

use super::tests::Sent;
use super::*;

/// A signature of the appendix: its request, its `Signature-Input`, and its base without the last line.
struct Example {
    name: &'static str,
    sent: Sent,
    input: &'static str,
    lines: String,
}

const DIGEST_LINE: &str = r#""content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"#;

const CLIENT_CERT: &str = ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:";

fn examples() -> Vec<Example> {
    let b2 = |name, input, lines: &[&str]| Example { name, sent: Sent::example(), input, lines: lines.join("\n") };
    let mut proxied = Sent::example().without("content-digest").without("host");
    proxied.authority = "service.internal.example";
    vec![
        b2("B.2.1 minimal", r#"();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#, &[]),
        b2(
            "B.2.2 selective",
            r#"("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example""#,
            &[r#""@authority": example.com"#, DIGEST_LINE, r#""@query-param";name="Pet": dog"#],
        ),
        b2(
            "B.2.3 full",
            r#"("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#,
            &[
                r#""date": Tue, 20 Apr 2021 02:07:55 GMT"#,
                r#""@method": POST"#,
                r#""@path": /foo"#,
                r#""@query": ?param=Value&Pet=dog"#,
                r#""@authority": example.com"#,
                r#""content-type": application/json"#,
                DIGEST_LINE,
                r#""content-length": 18"#,
            ],
        ),
        b2(
            "B.2.5 hmac-sha256",
            r#"("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
            &[
                r#""date": Tue, 20 Apr 2021 02:07:55 GMT"#,
                r#""@authority": example.com"#,
                r#""content-type": application/json"#,
            ],
        ),
        b2(
            "B.2.6 ed25519",
            r#"("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
            &[
                r#""date": Tue, 20 Apr 2021 02:07:55 GMT"#,
                r#""@method": POST"#,
                r#""@path": /foo"#,
                r#""@authority": example.com"#,
                r#""content-type": application/json"#,
                r#""content-length": 18"#,
            ],
        ),
        Example {
            name: "B.3 TLS-terminating proxy",
            sent: proxied.with("client-cert", CLIENT_CERT),
            input: r#"("@path" "@query" "@method" "@authority" "client-cert");created=1618884473;keyid="test-key-ecc-p256""#,
            lines: [
                r#""@path": /foo"#,
                r#""@query": ?param=Value&Pet=dog"#,
                r#""@method": POST"#,
                r#""@authority": service.internal.example"#,
                &format!(r#""client-cert": {CLIENT_CERT}"#),
            ]
            .join("\n"),
        },
        Example {
            name: "B.4 transformations",
            sent: transformed("/demo?name1=Value1&Name2=value2", &["application/json", "*/*"]),
            input: r#"("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519""#,
            lines: [
                r#""@method": GET"#,
                r#""@path": /demo"#,
                r#""@authority": example.org"#,
                r#""accept": application/json, */*"#,
            ]
            .join("\n"),
        },
    ]
}

/// The request of B.4 with another target and other `Accept` lines.
fn transformed(target: &str, accept: &[&str]) -> Sent {
    let mut sent = Sent::example().at(target);
    sent.method = "GET";
    sent.authority = "example.org";
    sent.headers.clear();
    sent.body.clear();
    sent = sent.with("date", "Fri, 15 Jul 2022 14:24:55 GMT");
    accept.iter().fold(sent, |sent, accept| sent.with("accept", *accept))
}

#[test]
fn every_base_is_what_the_rfc_prints() {
    for Example { name, sent, input, lines } in examples() {
        let base = sent.ask(|request| base(request, input)).unwrap();
        let separator = if lines.is_empty() { "" } else { "\n" };
        let expected = format!("{lines}{separator}\"@signature-params\": {input}");
        assert_eq!(String::from_utf8(base).unwrap(), expected, "{name}");
    }
}

#[test]
fn no_covered_bit_can_change() {
    let mut changes = 0;
    for Example { name, sent, input, lines } in examples() {
        let original = sent.base(input);
        assert_eq!(original.as_ref(), Ok(&lines), "{name}");
        for line in lines.lines() {
            let (identifier, value) = line.split_once("\": ").unwrap();
            let component = identifier.trim_start_matches('"').split('"').next().unwrap();
            let mut flipped = 0;
            for (index, bit) in (0..value.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
                let Some(changed) = flip(&sent, component, value, index, bit) else { continue };
                assert_ne!(changed.base(input), original, "{name}: {component}, byte {index}, bit {bit}");
                flipped += 1;
            }
            assert!(
                flipped >= 7 * value.len().saturating_sub(2),
                "{name}: {component} was changed {flipped} times only"
            );
            changes += flipped;
        }
    }
    assert!(changes > 8_000, "{changes}");
}

/// The request with one bit of a component's value changed, or `None` where that is no text that a server hands on.
fn flip(sent: &Sent, component: &str, value: &str, index: usize, bit: u8) -> Option<Sent> {
    let mut sent = sent.clone();
    let flipped = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        String::from_utf8(bytes).ok()
    };
    match component {
        "@method" => sent.method = flipped(sent.method, index)?.leak(),
        "@authority" => sent.authority = flipped(sent.authority, index)?.leak(),
        "@path" => sent.target = flipped(&sent.target, index)?,
        "@query" => sent.target = flipped(&sent.target, sent.target.find('?')? + index)?,
        "@query-param" => sent.target = flipped(&sent.target, sent.target.rfind(value)? + index)?,
        header => {
            // The value joins the lines with a comma and a space.
            let mut start = 0;
            for (_, line) in sent.headers.iter_mut().filter(|(name, _)| *name == header) {
                if let Some(byte) = index.checked_sub(start).and_then(|index| line.get_mut(index)) {
                    *byte ^= 1 << bit;
                    return Some(sent);
                }
                start += line.len() + 2;
            }
            return None;
        }
    }
    Some(sent)
}

#[test]
fn no_bit_of_a_body_under_a_covered_digest_can_change() {
    for Example { name, sent, input, lines } in examples() {
        let signed = |sent: Sent| {
            sent.with("signature-input", format!("sig={input}")).with("signature", format!("sig=:{}:", "A".repeat(44)))
        };
        let read = |sent: &Sent| {
            sent.ask(|request| read(request, Algorithm::RsaPssSha512, &["content-digest"], "").map(|found| found.len()))
        };
        if !lines.contains("content-digest") {
            assert_eq!(read(&signed(sent)), Err(Reason::NotCovered), "{name}");
            continue;
        }
        assert_eq!(read(&signed(sent.clone())), Ok(1), "{name}");
        for (index, bit) in (0..sent.body.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
            let mut changed = signed(sent.clone());
            changed.body[index] ^= 1 << bit;
            assert_eq!(read(&changed), Err(Reason::DigestMismatch), "{name}, byte {index}, bit {bit}");
        }
    }
}

#[test]
fn transformations_that_keep_the_meaning_keep_the_base() {
    let example = examples().pop().unwrap();
    let query = "/demo?name1=Value1&Name2=value2";
    for (sent, kept) in [
        (transformed("/demo?name1=Value1&Name2=value2&param=added", &["application/json", "*/*"]), true),
        (
            transformed(query, &["application/json, */*"])
                .without("date")
                .with("referer", "https://developer.example.org/demo"),
            true,
        ),
        (transformed(query, &["application/json", "*/*"]).with("accept-language", "en-US,en;q=0.5"), true),
        (transformed(query, &["*/*", "application/json"]), false),
        (Sent { method: "POST", authority: "example.com", ..transformed(query, &["application/json", "*/*"]) }, false),
    ] {
        assert_eq!(sent.base(example.input) == Ok(example.lines.clone()), kept);
    }
}
