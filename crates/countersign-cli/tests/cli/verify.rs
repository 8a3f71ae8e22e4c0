//! `verify` on captured requests.

use std::io::Write;
use std::process::Stdio;

use crate::common::{OTHER_SECRET, OTHER_VARIABLE, Ran, SECRET, VARIABLE, countersign, run, run_with};

const AT: &str = "1790000000";

/// A delivery of Standard Webhooks, signed at [`AT`], as it goes over the wire.
fn capture() -> String {
    let arguments = ["sign", "--provider", "standard-webhooks", "--secret-env", VARIABLE, "--id", "msg_1", "--at", AT];
    run(&arguments).stdout
}

fn verify(capture: &[u8], arguments: &[&str]) -> Ran {
    let all = [&["verify", "--provider", "standard-webhooks", "--json", "-"], arguments].concat();
    run_with(&all, capture)
}

#[test]
fn accepts_a_genuine_capture() {
    let ran = verify(capture().as_bytes(), &["--secret-env", VARIABLE, "--at", AT]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let verdict = &ran.objects()[0];
    assert_eq!(verdict["verdict"], "accept");
    assert_eq!((&verdict["key_id"], &verdict["event_id"]), (&"key-1".into(), &"msg_1".into()));
    assert_eq!((&verdict["sent_at"], &verdict["reason"]), (&1_790_000_000.into(), &().into()));

    let arguments = ["verify", "--provider", "standard-webhooks", "--secret-env", VARIABLE, "--at", AT, "-"];
    let for_people = run_with(&arguments, capture().as_bytes());
    assert!(for_people.stdout.starts_with("accept\n") && for_people.says("msg_1"), "{}", for_people.stdout);
}

#[test]
fn rejects_with_the_reason() {
    let secret = ["--secret-env", VARIABLE];
    let genuine = capture();
    for (capture, at, reason) in [
        (genuine.replace("Rosa", "Rosb"), AT, "signature_mismatch"),
        (genuine.clone(), "1790000301", "stale"),
        (genuine.clone(), "1789999699", "from_the_future"),
        (genuine.replace("webhook-signature", "x-signature"), AT, "signature_missing"),
        (genuine.replace("POST", "GET"), AT, "method_not_allowed"),
        (genuine.replace("webhook-id: msg_1", "webhook-id: msg_1\r\nwebhook-id: msg_1"), AT, "ambiguous_headers"),
    ] {
        let ran = verify(capture.as_bytes(), &[&secret[..], &["--at", at]].concat());
        assert_eq!(ran.status, 1, "{reason}");
        assert_eq!(ran.objects()[0]["reason"], reason);
    }
}

#[test]
fn takes_lf_heads_and_header_values_that_are_no_text() {
    let (head, body) = capture().split_once("\r\n\r\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let head = head.replace("\r\n", "\n") + "\nx-odd: ";
    let raw = [head.as_bytes(), b"\xff\xfe\n\n", body.as_bytes()].concat();
    assert_eq!(verify(&raw, &["--secret-env", VARIABLE, "--at", AT]).status, 0);
    // The body is not touched: a line end that an editor added makes it another one, and the capture says so.
    let longer = verify(&[&raw[..], b"\n"].concat(), &["--secret-env", VARIABLE, "--at", AT]);
    assert_eq!(longer.status, 1);
    assert!(longer.stderr.contains("content-length says"), "{}", longer.stderr);
}

/// A captured delivery whose stronger signature was left out.
#[test]
fn takes_the_schemes_that_are_named_alone() {
    let url = "https://hooks.example.com/crm";
    let common = ["--provider", "hubspot", "--secret-env", VARIABLE, "--url", url, "--at", AT];
    let signed = run(&[&["sign", "--scheme", "hubspot-v1"], &common[..]].concat()).stdout;
    let judge =
        |schemes: &[&str]| run_with(&[&["verify", "--json", "-"], &common[..], schemes].concat(), signed.as_bytes());
    assert_eq!((judge(&[]).status, judge(&["--scheme", "hubspot-v1"]).status), (0, 0));
    let refused = judge(&["--scheme", "hubspot-v3", "--scheme", "hubspot-v3-undecoded"]);
    assert_eq!((refused.status, &refused.objects()[0]["reason"]), (1, &"signature_missing".into()));
    let unknown = judge(&["--scheme", "hubspot-v4"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("--scheme: the schemes of hubspot are `hubspot-v3`, "), "{}", unknown.stderr);
}

#[test]
fn any_of_several_secrets_may_match() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let file = file.to_str().unwrap();
    let ran = verify(capture().as_bytes(), &["--secret-env", OTHER_VARIABLE, "--secret-file", file, "--at", AT]);
    assert_eq!((ran.status, &ran.objects()[0]["key_id"]), (0, &"key-2".into()));
    assert_eq!(verify(capture().as_bytes(), &["--secret-env", OTHER_VARIABLE, "--at", AT]).status, 1);
}

#[test]
fn warns_of_a_secret_on_the_command_line() {
    let ran = verify(capture().as_bytes(), &["--secret", SECRET, "--at", AT]);
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.starts_with("warning: other processes can see --secret"), "{}", ran.stderr);
}

#[test]
fn a_set_up_error_names_the_flag_and_the_mend() {
    verify(b"", &[]).is_set_up_error(&["no signing secret", "--secret-env NAME"]);
    verify(b"", &["--secret-env", "CLI_TEST_UNSET"]).is_set_up_error(&[
        "--secret-env",
        "`CLI_TEST_UNSET`",
        "export it",
    ]);
    // Secrets where a name or a path belongs; `run` looks for them in what is said.
    verify(b"", &["--secret-env", OTHER_SECRET]).is_set_up_error(&["--secret-env", "not the secret"]);
    verify(b"", &["--secret-file", OTHER_SECRET]).is_set_up_error(&["--secret-file", "not the secret"]);
    verify(b"", &["--secret", "whsec_c2hvcnQga2V5"]).is_set_up_error(&["secret `key-1`", "9 bytes"]);
    verify(b"", &["--secret-env", VARIABLE]).is_set_up_error(&["-: it is empty"]);
    verify(b"x", &["--secret-env", VARIABLE, "--at", "soon"]).is_set_up_error(&["--at", "whole seconds"]);
    let arguments = ["verify", "--provider", "strpe", "--secret-env", VARIABLE, "-"];
    run(&arguments).is_set_up_error(&["--provider", "did you mean `stripe`?"]);
    let arguments = ["verify", "--provider", "stripe", "--secret-env", VARIABLE, "no-such-file.http"];
    run(&arguments).is_set_up_error(&["no-such-file.http", "check the path"]);
    run(&["verify"]).is_set_up_error(&["--provider"]);
}

#[test]
fn an_error_of_the_library_is_told_in_flags() {
    let verify = |provider| run(&["verify", "--provider", provider, "--secret-env", VARIABLE, "-"]);
    let square = verify("square");
    square.is_set_up_error(&["--url: ", "`--url URL`", "`trusted_proxies`, which only a program can give"]);
    assert!(!square.says("public_url"), "{}", square.stderr);
    let asked = run(&["verify", "--provider", "square", "--secret-env", VARIABLE, "--url", "ftp://a/", "-"]);
    asked.is_set_up_error(&["--url: it must begin with"]);
    let paypal = ["verify", "--provider", "paypal", "--danger-accept-weak", "--secret-env", VARIABLE, "-"];
    run(&paypal).is_set_up_error(&["--config: ", "`--config webhook_id=VALUE`"]);
    run_with(&["verify", "--provider", "github", "--secret", "short", "-"], b"")
        .is_set_up_error(&["take it with `--danger-accept-weak`"]);
}

#[test]
fn whoever_reads_no_further_changes_no_verdict() {
    let signed = capture();
    for (capture, status) in [(signed.clone(), 0), (signed.replace("Rosa", "Rosb"), 1)] {
        let arguments = ["verify", "--provider", "standard-webhooks", "--secret-env", VARIABLE, "--at", AT, "-"];
        let (reader, stdout) = std::io::pipe().unwrap();
        drop(reader);
        let mut child =
            countersign(&arguments).stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(capture.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(status), &b""[..]));
    }
    let (reader, stdout) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(countersign(&["providers"]).stdout(stdout).status().unwrap().code(), Some(0));
}

#[test]
fn a_file_without_an_end_is_no_secret() {
    verify(b"", &["--secret-file", "/dev/zero"]).is_set_up_error(&["--secret-file", "64 KiB", "own file"]);
}

#[test]
fn a_weak_secret_needs_its_flag() {
    let weak = ["--secret", "whsec_c2hvcnQga2V5", "--danger-accept-weak", "--at", AT];
    let ran = verify(capture().as_bytes(), &weak);
    assert_eq!((ran.status, &ran.objects()[0]["reason"]), (1, &"signature_mismatch".into()));
}
