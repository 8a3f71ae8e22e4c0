//! Every vector of every provider in the catalogue, through the public path.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use countersign::{Endpoint, Keyring, Reason, SigningSecret, UnixTime, providers};
use data_encoding::BASE64;
use serde_json::Value;

fn vector_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let folders = [root.clone(), root.join("unconfirmed")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect()
}

fn verdict(case: &Value) -> Result<(), Reason> {
    let provider = providers::by_name(case["provider"].as_str().unwrap()).expect("a provider of the catalogue");
    let secrets = match case["secrets"].as_array() {
        Some(several) => several.iter().map(|secret| secret.as_str().unwrap()).collect(),
        None => vec![case["secret"].as_str().unwrap()],
    };
    // Published vectors use secrets that no one should: short ones, and words.
    let mut secrets = secrets.into_iter().map(|secret| SigningSecret::new(secret).danger_accept_weak());
    let keyring = secrets.by_ref().take(1).map(Keyring::new).next().unwrap();
    let keyring = secrets.fold(keyring, Keyring::also_accept);
    let endpoint = Endpoint::builder("vectors", provider, keyring).build().unwrap();

    let mut request =
        http::Request::builder().method(case["method"].as_str().unwrap()).uri(case["url"].as_str().unwrap());
    for header in case["headers"].as_array().unwrap() {
        request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    let request = request.body(()).unwrap();
    let body = BASE64.decode(case["body_base64"].as_str().unwrap().as_bytes()).unwrap();
    let now = UnixTime::from_secs(case["now_unix"].as_u64().unwrap());

    let mut intake = endpoint.open(&request).map_err(|rejection| rejection.reason())?;
    // In two chunks, as it may arrive.
    let (head, tail) = body.split_at(body.len() / 2);
    for chunk in [head, tail] {
        intake.push(Bytes::copy_from_slice(chunk)).map_err(|rejection| rejection.reason())?;
    }
    let delivery = intake.finish(now).map_err(|rejection| rejection.reason())?;
    assert_eq!(delivery.body(), &body, "the body that was verified is the body that is handed on");
    Ok(())
}

#[test]
fn every_vector_gets_the_verdict_it_deserves() {
    let mut wrong = Vec::new();
    let mut verdicts = [0, 0];
    for file in vector_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let vectors: Value = serde_json::from_str(&text).unwrap();
        for case in vectors["cases"].as_array().unwrap() {
            if cfg!(not(feature = "ed25519")) && case["scheme"].as_str().unwrap().ends_with("-v1a") {
                continue;
            }
            let verdict = verdict(case);
            verdicts[usize::from(verdict.is_ok())] += 1;
            if verdict.is_ok() != (case["expect"] == "accept") {
                wrong.push(format!("{} {}: {verdict:?}, expected {}", case["id"], case["name"], case["expect"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(verdicts.iter().all(|count| *count > 50), "too few vectors ran: {verdicts:?}");
}
