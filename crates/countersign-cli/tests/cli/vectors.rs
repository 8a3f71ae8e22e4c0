//! `verify --vectors`

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::{Ran, SECRET, VARIABLE, fixture, run};

/// How a case is changed.
type Change = fn(&mut Value);

fn verify(path: &Path, arguments: &[&str]) -> Ran {
    run(&[&["verify", "--vectors", path.to_str().unwrap()], arguments].concat())
}

/// Writes the first accepted case of the Stripe vectors, changed, to a file of its own and runs it.
fn run_changed(change: impl FnOnce(&mut Value)) -> Ran {
    let text = fs::read_to_string(fixture("stripe.json")).unwrap();
    let mut vectors: Value = serde_json::from_str(&text).unwrap();
    let cases = vectors["cases"].as_array_mut().unwrap();
    let mut case = cases.iter().find(|case| case["expect"] == "accept").unwrap().clone();
    change(&mut case);
    *cases = vec![case];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed.json");
    fs::write(&file, vectors.to_string()).unwrap();
    verify(&file, &["--json"])
}

#[test]
fn published_vectors_get_the_verdict_they_deserve() {
    for (provider, cases) in [("stripe", 5), ("github", 8)] {
        let file = fixture(&format!("{provider}.json"));
        let ran = verify(&file, &[]);
        assert_eq!(ran.status, 0, "{}", ran.stdout);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines.last(), Some(&format!("{cases} cases, 0 wrong, 0 unsupported").as_str()));
        assert_eq!(lines.len(), cases + 1);
        for line in &lines[..cases] {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words[0].starts_with(provider) && words[3] == "ok" && words.len() == 4, "{line}");
            assert!(
                matches!(words[1], "accept") && words[2] == "-" || words[1] == "reject" && words[2] != "-",
                "{line}"
            );
        }
        assert!(lines.iter().any(|line| line.contains(" accept ")), "nothing was accepted");
        assert!(lines.iter().any(|line| line.contains(" reject ")), "nothing was rejected");
    }
}

#[test]
fn a_broken_vector_is_reported_wrong() {
    let unchanged = run_changed(|_| {});
    assert_eq!((unchanged.status, &unchanged.objects()[0]["ok"]), (0, &true.into()));

    let expected_otherwise = run_changed(|case| case["expect"] = "reject".into());
    let case = &expected_otherwise.objects()[0];
    assert_eq!((expected_otherwise.status, &case["verdict"], &case["ok"]), (1, &"accept".into(), &false.into()));

    let tampered = run_changed(|case| case["body_base64"] = "e30=".into());
    let case = &tampered.objects()[0];
    assert_eq!((tampered.status, &case["reason"], &case["ok"]), (1, &"signature_mismatch".into(), &false.into()));
    assert_eq!(tampered.objects()[1], serde_json::json!({"cases": 1, "wrong": 1, "unsupported": 0}));
}

#[test]
fn the_name_of_a_case_is_a_word_on_its_line() {
    let ran = run_changed(|case| case["id"] = "a ok\n\u{1b}[2Jb\u{202e}".into());
    assert!(ran.says("a ok\\n\\u001b[2Jb\\u202e"), "{}", ran.stdout);
    assert_eq!(ran.objects()[0]["id"], "a ok\n\u{1b}[2Jb\u{202e}");
    let text = fs::read_to_string(fixture("stripe.json")).unwrap();
    let mut vectors: Value = serde_json::from_str(&text).unwrap();
    vectors["cases"][0]["id"] = "a ok\n\u{1b}[2Jb\u{202e}".into();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("steering.json");
    fs::write(&file, vectors.to_string()).unwrap();
    let first = verify(&file, &[]).stdout;
    assert!(first.starts_with("a ok\\n\\u{1b}[2Jb\\u{202e} "), "{first}");
}

#[test]
fn what_this_build_cannot_run_never_counts_as_a_refusal() {
    let changes: [(&str, Change); 3] = [
        ("unknown_provider", |case| case["provider"] = "no-such-provider".into()),
        ("unknown_secret_format", |case| case["secret"] = serde_json::json!({"kty": "oct"})),
        ("unknown_secret_format", |case| case["secret"] = "".into()),
    ];
    for (reason, change) in changes {
        let ran = run_changed(|case| {
            case["expect"] = "reject".into();
            change(case);
        });
        let case = &ran.objects()[0];
        assert_eq!((ran.status, &case["reason"]), (1, &reason.into()));
        assert_eq!((&case["ok"], &case["supported"]), (&false.into(), &false.into()));
        assert_eq!(ran.objects()[1]["unsupported"], 1);
    }
}

#[test]
fn runs_folders_and_one_provider_out_of_them() {
    let folder = fixture("");
    assert!(verify(&folder, &[]).stdout.ends_with("13 cases, 0 wrong, 0 unsupported\n"));
    assert!(verify(&folder, &["--only", "github"]).stdout.ends_with("8 cases, 0 wrong, 0 unsupported\n"));
}

#[test]
fn nothing_to_run_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    verify(folder.path(), &[]).is_set_up_error(&["--vectors", "no case was found"]);
    verify(&fixture(""), &["--only", "gitlab"]).is_set_up_error(&["no case was found"]);
    verify(Path::new("no-such-folder"), &[]).is_set_up_error(&["no-such-folder", "check the path"]);
    let file = folder.path().join("broken.json");
    fs::write(&file, r#"{"cases":[{"id":"a","secret":5,"now_unix":"sensitive"}]}"#).unwrap();
    let ran = verify(&file, &[]);
    ran.is_set_up_error(&["broken.json", "line 1"]);
    assert!(!ran.says("sensitive"));
}

/// A provider of one's own, in a file: signed for, judged, and held to vectors that bear its name.
#[test]
fn a_provider_described_in_a_file_is_one_like_any_other() {
    const HARBOUR: &str = r#"
        name = "harbour"
        event_id = ["{h:Harbour-Event}"]
        [[schemes]]
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        signature = { at = "{h:Harbour-Signature}", syntax = { prefix = "sha256=" }, encoding = "hex" }
        content = "{h:Harbour-Event}.{body}"
    "#;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("harbour.toml"), HARBOUR).unwrap();
    fs::write(at("arrival.json"), r#"{"ship":"Rosalind"}"#).unwrap();
    let harbour = at("harbour.toml");
    let harbour = ["--provider", harbour.to_str().unwrap()];
    let secret = ["--secret-env", VARIABLE];

    let body = at("arrival.json");
    let sign = ["sign", "--id", "a7", "--format", "json", "--body", body.to_str().unwrap()];
    let signed = run(&[&sign[..], &harbour, &secret].concat());
    let signed = &signed.objects()[0];
    let case = |id: &str, body: &Value, expect: &str| {
        let headers: Vec<_> = signed["headers"].as_array().unwrap().clone();
        json!({
            "id": id, "provider": "harbour", "method": "POST", "url": signed["url"], "headers": headers,
            "body_base64": body, "secret": SECRET, "now_unix": 1_790_000_000, "expect": expect,
        })
    };
    let cases = [
        case("genuine", &signed["body_base64"], "accept"),
        case("tampered", &"eyJzaGlwIjoiUmV2ZW5nZSJ9".into(), "reject"),
    ];
    fs::write(at("harbour-vectors.json"), json!({ "cases": cases }).to_string()).unwrap();
    let vectors = at("harbour-vectors.json");
    let ran = verify(&vectors, &harbour);
    assert_eq!((ran.status, ran.stdout.ends_with("2 cases, 0 wrong, 0 unsupported\n")), (0, true), "{}", ran.stdout);
    assert!(verify(&vectors, &[]).stdout.ends_with("2 cases, 0 wrong, 2 unsupported\n"));

    fs::write(at("harbour.toml"), HARBOUR.replace("sha256\"", "sha257\"")).unwrap();
    run(&[&["sign"][..], &harbour, &secret].concat()).is_set_up_error(&[
        "line 5, column 21",
        "`schemes.algorithm`",
        "hmac-sha256",
    ]);
    // The secret itself in the place of its description: whatever is said is searched for it.
    for misplaced in [SECRET.to_owned(), HARBOUR.replace("\"hmac-sha256\"", &format!("\"{SECRET}\""))] {
        fs::write(at("harbour.toml"), misplaced).unwrap();
        run(&[&["sign"][..], &harbour, &secret].concat()).is_set_up_error(&["harbour.toml", "line "]);
        run(&["providers", harbour[1]]).is_set_up_error(&["harbour.toml", "line "]);
    }
    fs::write(at("harbour.toml"), HARBOUR.replace(".{body}", "")).unwrap();
    run(&[&["sign"][..], &harbour, &secret].concat()).is_set_up_error(&["harbour.toml", "{body}"]);
}
