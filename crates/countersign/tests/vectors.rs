//! Every vector of every provider in the catalogue, through the public path, and what each entry may claim by them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use countersign::{
    Endpoint, EndpointBuilder, Evidence, Keyring, MemoryStore, PublicUrl, Reason, SigningSecret, UnixTime, providers,
};
use data_encoding::BASE64;
use serde_json::Value;

#[test]
fn every_vector_gets_the_verdict_it_deserves() {
    let mut wrong = Vec::new();
    let mut verdicts = [0, 0];
    for case in cases() {
        let verdict = verdict(&case);
        verdicts[usize::from(verdict.is_ok())] += 1;
        if verdict.is_ok() != (case["expect"] == "accept") {
            wrong.push(format!("{} {}: {verdict:?}, expected {}", case["id"], case["name"], case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(verdicts.iter().all(|count| *count > 500), "too few vectors ran: {verdicts:?}");
}

#[test]
fn every_provider_has_a_vector_to_accept_and_one_to_refuse() {
    let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let provider = providers::by_name(text(&case["provider"])).expect("a provider of the catalogue");
        expected.entry(&provider.name).or_default().insert(text(&case["expect"]).to_owned());
    }
    let lacking = providers::all().filter(|provider| {
        let lone = PROFILES.contains(&provider.name.as_ref());
        expected.get(provider.name.as_ref()).map_or(0, BTreeSet::len) < 2 && !lone
    });
    let lacking: Vec<_> = lacking.map(|provider| &provider.name).collect();
    assert!(lacking.is_empty(), "{lacking:?} lack a vector to accept or one to refuse");
}

#[test]
fn the_evidence_of_a_provider_is_that_of_its_vectors() {
    let mut shown: BTreeMap<&str, Evidence> = BTreeMap::new();
    for case in cases() {
        let provider = providers::by_name(text(&case["provider"])).expect("a provider of the catalogue");
        let is_confirmed = case["sdk_confirmed"].as_array().is_some_and(|packages| !packages.is_empty());
        let evidence = shown.entry(&provider.name).or_insert(Evidence::Documented);
        match (case["origin"].as_str(), *evidence) {
            (Some("published"), _) => *evidence = Evidence::Published,
            (_, Evidence::Documented) if is_confirmed => *evidence = Evidence::Sdk,
            _ => {}
        }
    }
    let claims = providers::all().filter(|provider| !PROFILES.contains(&provider.name.as_ref()));
    let differing = claims.filter_map(|provider| {
        let shown = shown.get(provider.name.as_ref()).copied().unwrap_or_default();
        let claimed = provider.evidence;
        (shown != claimed).then(|| format!("{}: {} claimed, {} shown", provider.name, claimed.name(), shown.name()))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn an_endpoint_is_built_with_what_its_provider_needs_and_with_no_less() {
    let mut built = BTreeSet::new();
    for case in cases() {
        let provider = providers::by_name(text(&case["provider"])).expect("a provider of the catalogue");
        let needs = provider.needs();
        let all = usize::from(needs.public_url) + needs.config.len();
        // Everything, and everything but one.
        for left_out in 0..=all {
            let endpoint = Endpoint::builder("needs", provider, keyring(&case));
            let endpoint = match needs.public_url && left_out != 1 {
                true => endpoint.public_url("https://hooks.example.com/needs").unwrap(),
                false => endpoint,
            };
            let first = usize::from(needs.public_url) + 1;
            let given = needs.config.iter().enumerate().filter(|(index, _)| left_out != first + index);
            let endpoint = given.fold(endpoint, |endpoint, (_, name)| endpoint.config(name, "a value"));
            let endpoint =
                if provider.event_id.is_empty() { endpoint } else { endpoint.dedupe(MemoryStore::default()) };
            assert_eq!(
                endpoint.build().map(drop).map_err(|error| error.to_string()).is_ok(),
                left_out == 0,
                "{}",
                case["id"]
            );
        }
        built.insert(&provider.name);
    }
    assert!(built.len() > 150, "{} were built", built.len());
}

#[test]
fn no_two_cases_have_one_id() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        assert!(seen.insert(text(&case["id"]).to_owned()), "there are two cases {}", case["id"]);
    }
}

/// Profiles of a published specification whose vectors stand under the specification's own name.
const PROFILES: [&str; 1] = ["http-signature-webhook"];

fn cases() -> impl Iterator<Item = Value> {
    vector_files().into_iter().flat_map(|file| {
        let mut vectors: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        vectors["cases"].as_array_mut().map(std::mem::take).unwrap()
    })
}

fn vector_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let folders = [root.clone(), root.join("unconfirmed")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json") && !path.ends_with("schema.json"))
        .collect();
    files.sort();
    files
}

fn verdict(case: &Value) -> Result<(), Reason> {
    let endpoint = endpoint(case);
    let mut request = http::Request::builder().method(text(&case["method"])).uri(text(&case["url"]));
    for header in case["headers"].as_array().unwrap() {
        request = request.header(text(&header[0]), text(&header[1]));
    }
    let request = request.body(()).unwrap();
    let body = BASE64.decode(text(&case["body_base64"]).as_bytes()).unwrap();
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

/// The receiver that a case describes: with its keys, at its URL, with its settings.
fn endpoint(case: &Value) -> Endpoint {
    let provider = providers::by_name(text(&case["provider"])).expect("a provider of the catalogue");
    let url = text(&case["url"]).split(['?', '#']).next().unwrap();
    let url = PublicUrl::as_registered(url).unwrap();
    let endpoint = Endpoint::builder("vectors", provider, keyring(case)).signed_url(url);
    let settings = case["config"].as_object().into_iter().flatten();
    let endpoint = settings.fold(endpoint, |endpoint: EndpointBuilder, (name, value)| match value.as_str() {
        Some(value) => endpoint.config(name, value),
        None => endpoint.config(name, value.to_string()),
    });
    endpoint.build().unwrap_or_else(|error| panic!("case {}: {error}", case["id"]))
}

fn keyring(case: &Value) -> Keyring {
    let secrets = match case["secrets"].as_array() {
        Some(several) => several.iter().collect(),
        None => vec![&case["secret"]],
    };
    // Keys may be objects. Published vectors use secrets that no one should: short ones, and words.
    let secrets = secrets.into_iter().map(|secret| secret.as_str().map_or_else(|| secret.to_string(), str::to_owned));
    let mut secrets = secrets.map(|secret| SigningSecret::new(secret).danger_accept_weak());
    let keyring = secrets.by_ref().take(1).map(Keyring::new).next().unwrap();
    secrets.fold(keyring, Keyring::also_accept)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
