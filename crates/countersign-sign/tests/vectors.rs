//! Every accepted vector whose key also signs, signed again: the verifier takes it, and where a signature has one form
//! only it is the vector's, byte for byte.
//!
//! `COUNTERSIGN_VECTORS` names another folder of vector files.

mod common;

use std::path::{Path, PathBuf};

use common::verify;
use countersign::{Clock, Endpoint, Provider, PublicUrl, Scheme, Syntax, Token, UnixTime, parse_single, providers};
use countersign_sign::{Draft, SignedDelivery, Signer};
use data_encoding::BASE64;
use serde_json::Value;

#[derive(Clone, Copy)]
struct Fixed(UnixTime);

impl Clock for Fixed {
    fn now(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

fn files() -> Vec<PathBuf> {
    let root = std::env::var("COUNTERSIGN_VECTORS")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors"), PathBuf::from);
    let folders = [root.clone(), root.join("unconfirmed")];
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    files
}

fn text<'v>(case: &'v Value, member: &str) -> &'v str {
    case[member].as_str().unwrap_or_default()
}

fn secrets(case: &Value) -> Vec<String> {
    let of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match case["secrets"].as_array() {
        Some(several) => several.iter().map(of).collect(),
        None => vec![of(&case["secret"])],
    }
}

fn config(case: &Value) -> Vec<(String, String)> {
    let members = case["config"].as_object().into_iter().flatten();
    members
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

fn endpoint(case: &Value, provider: &Provider) -> Option<Endpoint> {
    let url = text(case, "url").split(['?', '#']).next().unwrap_or_default();
    let builder = Endpoint::builder("vectors", provider, common::keyring(&secrets(case)));
    let builder = builder.signed_url(PublicUrl::as_registered(url).ok()?);
    config(case).into_iter().fold(builder, |builder, (name, value)| builder.config(name, value)).build().ok()
}

/// Where the signatures of a scheme stand, if that is in headers.
fn headers_of(scheme: &Scheme) -> Vec<String> {
    match parse_single(&scheme.signature.at) {
        Ok(Token::Header(names) | Token::AnyHeader(names)) => names,
        _ => Vec::new(),
    }
}

/// What stands beside a vector's signature.
fn params(scheme: &Scheme, line: &str) -> Vec<(String, String)> {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match &scheme.signature.syntax {
        Syntax::Pairs { separator, assign, pick, .. } if pick == "*" => {
            let first = line.split(*separator).next().and_then(|pair| pair.split_once(*assign));
            first.map(|(name, _)| own("name", name)).into_iter().collect()
        }
        Syntax::Pairs { separator, assign, pick, .. } => {
            let pairs = line.split(*separator).filter_map(|pair| pair.trim_start().split_once(*assign));
            pairs.filter(|(name, _)| name != pick).map(|(name, value)| own(name, value)).collect()
        }
        Syntax::Fields { separator, names } => {
            let named = names.split(*separator).zip(line.split(*separator));
            let is_param = |name: &str| !name.starts_with('=') && !name.starts_with("signature");
            named.filter(|(name, _)| is_param(name)).map(|(name, value)| own(name, value)).collect()
        }
        Syntax::Json { pick } => {
            let object: Value = BASE64
                .decode(line.as_bytes())
                .ok()
                .and_then(|json| serde_json::from_slice(&json).ok())
                .unwrap_or_default();
            let members = object.as_object().into_iter().flatten().filter(|(name, _)| *name != pick.as_ref());
            members.filter_map(|(name, value)| Some(own(name, value.as_str()?))).collect()
        }
        _ => Vec::new(),
    }
}

/// The vector's delivery without its signature.
fn draft(case: &Value, signer: &Signer, scheme: &Scheme) -> Draft {
    let all: Vec<String> = signer.provider().schemes.iter().flat_map(headers_of).collect();
    let is_signature = |name: &str| {
        all.iter().any(|known| match known.strip_suffix('*') {
            Some(beginning) => name.to_ascii_lowercase().starts_with(beginning),
            None => name.eq_ignore_ascii_case(known),
        }) || name.eq_ignore_ascii_case("signature-input") && all.iter().any(|known| known == "signature")
    };
    let body = BASE64.decode(text(case, "body_base64").as_bytes()).unwrap();
    let mut draft = signer.delivery().method(text(case, "method")).url(text(case, "url"));
    for header in case["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        if !is_signature(name) {
            draft = draft.header(name, value);
        } else if let Some(set) = headers_of(scheme).iter().position(|known| known.eq_ignore_ascii_case(name)) {
            // Alternatives of one header, save where each is a place of its own.
            draft = if scheme.signature.at.starts_with("{h:") { draft.header_set(set) } else { draft };
            draft = params(scheme, value).into_iter().fold(draft, |draft, (name, value)| draft.param(name, value));
        }
    }
    // A form's own signature says who signs, where the pair is named so.
    if let Ok(Token::Field(name)) = parse_single(&scheme.signature.at)
        && let Some((_, line)) = form_urlencoded::parse(&body).find(|(known, _)| *known == name)
    {
        draft = params(scheme, &line).into_iter().fold(draft, |draft, (name, value)| draft.param(name, value));
    }
    draft = config(case).into_iter().fold(draft, |draft, (name, value)| draft.config(name, value));
    draft = draft.body(body);
    if scheme.name.is_empty() { draft } else { draft.scheme(scheme.name.as_ref()) }
}

/// Whether the same content has one signature only.
fn is_deterministic(scheme: &Scheme) -> bool {
    !scheme.algorithm.is_public_key()
        && !matches!(scheme.signature.syntax, Syntax::Jws { .. } | Syntax::HttpSignature { .. } | Syntax::Json { .. })
}

/// Whether what was signed is what the vector has, where headers carry the signature.
fn is_the_same(case: &Value, scheme: &Scheme, signed: &SignedDelivery) -> bool {
    let names = headers_of(scheme);
    let theirs = |header: &&Value| names.iter().any(|name| name.eq_ignore_ascii_case(header[0].as_str().unwrap()));
    let headers = case["headers"].as_array().unwrap();
    let normal = |text: &str| text.to_ascii_lowercase().replace("\u{20}", "");
    headers.iter().filter(theirs).all(|header| {
        let ours = signed.header(header[0].as_str().unwrap()).map(normal);
        ours == Some(normal(header[1].as_str().unwrap()))
    })
}

#[test]
fn what_a_vector_has_signed_is_signed_the_same_way() {
    let (mut wrong, mut signed, mut equal, mut other) = (Vec::new(), 0, 0, Vec::new());
    for file in files() {
        let vectors: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for case in vectors["cases"].as_array().unwrap().iter().filter(|case| case["expect"] == "accept") {
            let known = |member| providers::by_name(text(case, member));
            let Some(provider) = known("provider").or_else(|| known("scheme")) else { continue };
            let named = |scheme: &&Scheme| scheme.name == text(case, "scheme");
            let schemes = provider.schemes.iter();
            let schemes: Vec<&Scheme> = match schemes.clone().filter(named).count() {
                0 => schemes.collect(),
                _ => schemes.filter(named).collect(),
            };
            let Some(endpoint) = endpoint(case, provider) else { continue };
            let case_name = format!("{} ({})", text(case, "id"), text(case, "name"));
            if schemes.iter().all(|scheme| scheme.algorithm.is_public_key()) {
                continue;
            }
            let signer = match Signer::new(provider, common::keyring(&secrets(case))) {
                Ok(signer) => signer.clock(Fixed(UnixTime::from_secs(case["now_unix"].as_u64().unwrap()))),
                Err(error) => {
                    wrong.push(format!("{case_name}: {error}"));
                    continue;
                }
            };
            let now = UnixTime::from_secs(case["now_unix"].as_u64().unwrap());
            let mut problems = Vec::new();
            // Some vectors do not say by which of several schemes they are signed: one of them must do.
            let found = schemes.iter().filter(|scheme| !scheme.algorithm.is_public_key()).find(|scheme| {
                let delivery = match draft(case, &signer, scheme).sign() {
                    Ok(delivery) => delivery,
                    Err(error) => {
                        problems.push(error.to_string());
                        return false;
                    }
                };
                match verify(&endpoint, &delivery, now) {
                    Err(why) => problems.push(format!("{:?}", why.reason())),
                    Ok(_) if is_deterministic(scheme) && !is_the_same(case, scheme, &delivery) => {
                        problems.push("another signature".to_owned());
                    }
                    Ok(_) => return true,
                }
                false
            });
            signed += 1;
            match found {
                Some(scheme) => equal += usize::from(is_deterministic(scheme)),
                None if problems.iter().all(|problem| problem == "another signature") => other.push(case_name),
                None => wrong.push(format!("{case_name}: {}", problems.join("; "))),
            }
        }
    }
    println!("{signed} signed, {equal} byte for byte, {} otherwise:\n{}", other.len(), other.join("\n"));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(equal > 50, "only {equal} of {signed} were compared");
    // Vectors with several signatures, or with entries of other versions, hold more than one signer writes.
    assert!(other.len() * 10 < signed, "{} of {signed} are signed otherwise", other.len());
}
