//! `sign`

use std::process::Command;

use crate::common::{VARIABLE, fixture, run, run_with};

fn sign(arguments: &[&str]) -> String {
    let ran = run(&[&["sign", "--secret-env", VARIABLE], arguments].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    ran.stdout
}

/// Whatever needs no more than a shared text, which `countersign-sign` is held to for the whole catalogue.
#[test]
fn what_is_signed_is_accepted_for_every_provider() {
    let names = run(&["providers", "--json"]).objects();
    let mut accepted = 0;
    // A delivery that carries the secret itself is not for a terminal: `run` refuses to see it.
    let is_token = |object: &&serde_json::Value| {
        object["schemes"].as_array().unwrap().iter().any(|scheme| scheme["algorithm"] == "token")
    };
    for object in names.iter().filter(|object| !is_token(object)) {
        let name = object["name"].as_str().unwrap();
        let signed = run(&["sign", "--secret-env", VARIABLE, "--provider", name]);
        if signed.status == 2 {
            let known = ["secret `key-1`", "keyring: ", "--url: ", "--config: "];
            assert!(known.iter().any(|setting| signed.stderr.contains(setting)), "{name}: {}", signed.stderr);
            continue;
        }
        let arguments = ["verify", "--provider", name, "--secret-env", VARIABLE, "-"];
        let ran = run_with(&arguments, signed.stdout.as_bytes());
        let lacks_a_setting = ran.status == 2 && (ran.stderr.contains("--url: ") || ran.stderr.contains("--config: "));
        assert!(ran.status == 0 || lacks_a_setting, "{name}: {}{}", ran.stdout, ran.stderr);
        accepted += usize::from(ran.status == 0);
    }
    assert!(accepted > 100, "only {accepted} were accepted");
}

#[test]
fn the_url_settings_and_the_scheme_are_the_callers() {
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&sign(&[arguments, &["--format", "json"]].concat())).unwrap()
    };
    let url = "https://hooks.example.com/in?a=b";
    let legacy = json(&["--provider", "recharge", "--url", url, "--scheme", "recharge-legacy"]);
    assert_eq!(legacy["url"], url);
    let has = |name: &str| legacy["headers"].as_array().unwrap().iter().any(|header| header[0] == name);
    assert!(has("x-recharge-hmac-sha256") && !has("x-recharge-webhook-signature"));
    // The signature stands in the query.
    let capture = sign(&["--provider", "paymob", "--url", url]);
    assert!(capture.starts_with("POST /in?a=b&hmac="), "{capture}");
    let refused = |arguments: &[&str]| run(&[&["sign", "--secret-env", VARIABLE, "--provider"], arguments].concat());
    refused(&["recharge", "--scheme", "x"]).is_set_up_error(&["--scheme", "recharge-legacy"]);
    refused(&["recharge", "--config", "x"]).is_set_up_error(&["--config", "NAME=VALUE"]);
}

#[test]
fn json_has_the_delivery_in_parts() {
    let body = fixture("stripe.json");
    let url = "http://example.test/hooks?a=b";
    let arguments = ["--provider", "standard-webhooks", "--id", "msg_1", "--at", "1790000000", "--url", url];
    let printed = sign(&[&arguments[..], &["--body", body.to_str().unwrap(), "--format", "json"]].concat());
    let delivery: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&delivery["method"], &delivery["url"]), (&"POST".into(), &url.into()));
    let header = |name: &str| {
        let headers = delivery["headers"].as_array().unwrap();
        headers.iter().find(|header| header[0] == name).map(|header| header[1].clone()).unwrap()
    };
    assert_eq!((header("webhook-id"), header("webhook-timestamp")), ("msg_1".into(), "1790000000".into()));
    let body = data_encoding::BASE64.encode(&std::fs::read(body).unwrap());
    assert_eq!(delivery["body_base64"], body);
}

#[test]
fn the_curl_command_sends_exactly_the_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    let text: &[u8] = b"@it's \"quoted\" $HOME `id` \\ \n\r\nend";
    for body in [text, b"\0\xff binary"] {
        std::fs::write(&file, body).unwrap();
        let arguments = ["--provider", "github", "--body", file.to_str().unwrap(), "--format", "curl"];
        let command = sign(&arguments);
        // A `curl` that prints its last argument, or what it is piped for `@-`.
        let curl = r#"curl() { for last; do :; done; case $last in @-) cat;; *) printf %s "$last";; esac; }"#;
        let ran = Command::new("sh").arg("-c").arg(format!("{curl}\n{command}")).output().unwrap();
        assert_eq!(ran.stdout, body, "{command}");
    }
}

#[test]
fn a_flag_that_cannot_be_followed_is_named() {
    let body = fixture("stripe.json");
    let body = body.to_str().unwrap();
    let sign = |arguments: &[&str]| run(&[&["sign", "--secret-env", VARIABLE, "--provider"], arguments].concat());
    sign(&["stripe", "--body", body, "--id", "evt_1"]).is_set_up_error(&["--id", "{j:/id}"]);
    sign(&["stripe", "--body", "no-such-file"]).is_set_up_error(&["--body no-such-file", "check the path"]);
    sign(&["stripe", "--url", "/hooks"]).is_set_up_error(&["--url", "whole URL"]);
    sign(&["stripe", "--method", "PO ST"]).is_set_up_error(&["--method"]);
    sign(&["standard-webhooks", "--id", "a.b"]).is_set_up_error(&["--id", "webhook-id"]);
    run(&["sign", "--provider", "stripe"]).is_set_up_error(&["no signing secret"]);
}
