//! `countersign verify --vectors`: runs cases through the public path and holds each verdict against the expected one.
//! The files' format is read here and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::{Endpoint, Provider, PublicUrl, Shown, SigningSecret, UnixTime, providers};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::capture::CapturedRequest;
use crate::failure::{Failure, Verdict};
use crate::output;
use crate::secrets;

#[derive(Deserialize)]
struct VectorFile {
    cases: Vec<Case>,
}

/// One delivery and the verdict that is right for it.
#[derive(Deserialize)]
struct Case {
    id: String,
    provider: String,
    scheme: Option<String>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_base64: String,
    /// A text, or for some asymmetric schemes an object.
    secret: Option<Value>,
    /// Where it is there, any of them may match, and it stands for `secret` too.
    secrets: Option<Vec<Value>>,
    /// What the endpoint is configured with beside its secret.
    config: Option<serde_json::Map<String, Value>>,
    now_unix: u64,
    expect: Expect,
}

#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Accept,
    Reject,
}

/// What became of one case.
#[derive(Serialize)]
struct Ran<'c> {
    id: &'c str,
    provider: &'c str,
    expected: Expect,
    verdict: Expect,
    reason: &'static str,
    ok: bool,
    supported: bool,
}

#[derive(Serialize, Default)]
struct Summary {
    cases: usize,
    wrong: usize,
    unsupported: usize,
}

/// What is no sender and so not in the catalogue, but has vectors: primitives by themselves, with the signature in hex in
/// one header, over the body.
const PRIMITIVES: &str = "wycheproof-";

/// Runs every case of every file, or those of the providers in `only`. Cases may also be of the provider in `described`,
/// by its name.
pub(crate) fn run(
    paths: &[PathBuf],
    described: Option<&'static Provider>,
    only: &[String],
    json: bool,
) -> Result<Verdict, Failure> {
    let mut files = Vec::new();
    for path in paths {
        find(path, &mut files)?;
    }
    let mut summary = Summary::default();
    for file in &files {
        for case in load(file)?.cases {
            if !only.is_empty() && !only.contains(&case.provider) {
                continue;
            }
            let ran =
                case.run(described).map_err(|problem| Failure::set_up(format!("{}: {problem}", file.display())))?;
            summary.count(&ran);
            if json { output::json(&ran) } else { output::line(ran.line()) }?;
        }
    }
    if summary.cases == 0 {
        return Err(Failure::set_up(
            "--vectors: no case was found there; give vector files, or a folder that has some",
        ));
    }
    if json { output::json(&summary) } else { output::line(summary.line()) }?;
    Ok(Verdict::of(summary.wrong == 0 && summary.unsupported == 0))
}

/// Adds a file, or the .json files under a folder, in the order of their names.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error| Failure::set_up(format!("--vectors {}: {error}; check the path", path.display()));
    let entries: Result<Vec<_>, _> = fs::read_dir(path).map_err(unreadable)?.collect();
    let mut entries: Vec<PathBuf> = entries.map_err(unreadable)?.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    // The schema stands beside the files that it describes.
    let is_file = |entry: &Path| entry.extension().is_some_and(|end| end == "json") && !entry.ends_with("schema.json");
    let wanted = |entry: &&PathBuf| entry.is_dir() || is_file(entry);
    entries.iter().filter(wanted).try_for_each(|entry| find(entry, files))
}

fn load(file: &Path) -> Result<VectorFile, Failure> {
    let shown = file.display();
    let text =
        fs::read(file).map_err(|error| Failure::set_up(format!("--vectors {shown}: {error}; check the path")))?;
    // The parser's own text may quote a value, and one of the values is a secret.
    serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::set_up(format!("--vectors {shown}: line {line}, column {column} is not as vector files have it"))
    })
}

impl Case {
    fn run(&self, described: Option<&Provider>) -> Result<Ran<'_>, String> {
        let unreadable = |what: &str| format!("case `{}`: {what}", Shown(&self.id));
        let body = BASE64.decode(self.body_base64.as_bytes()).map_err(|_| unreadable("body_base64 is not base64"))?;
        let request = CapturedRequest {
            method: self.method.clone(),
            target: path_of(&self.url).to_owned(),
            headers: self.headers.iter().map(lower_case).collect(),
            body: body.into(),
        };
        Ok(match self.endpoint(described) {
            Err(why) => self.ran(Expect::Reject, why, false),
            Ok(endpoint) => match request.judge(&endpoint, UnixTime::from_secs(self.now_unix)) {
                Ok(_) => self.ran(Expect::Accept, "-", true),
                Err(reason) => self.ran(Expect::Reject, reason.code(), true),
            },
        })
    }

    /// The receiver that the case describes, or why this build cannot be it. A refusal to start would count as a
    /// refusal of the delivery, and every hostile case would seem right; so it is told apart.
    fn endpoint(&self, described: Option<&Provider>) -> Result<Endpoint, &'static str> {
        let provider = self.provider(described).ok_or("unknown_provider")?;
        let secrets = self.secrets.iter().flatten();
        let secrets = secrets.chain(self.secret.iter().filter(|_| self.secrets.is_none()));
        // Published vectors use secrets that no one should: short ones, and words. Keys may be objects.
        let secrets = secrets.map(|secret| secret.as_str().map_or_else(|| secret.to_string(), str::to_owned));
        let secrets: Vec<_> = secrets.map(|text| SigningSecret::new(text).danger_accept_weak()).collect();
        let keyring = secrets::keyring(secrets).ok_or("no_secret")?;
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let url = PublicUrl::as_registered(url).map_err(|_| "unknown_url")?;
        let endpoint = Endpoint::builder("vectors", provider.clone(), keyring).signed_url(url);
        // A case may say more of its sender than its signature reads.
        let known = provider.config_names();
        let config = self.config.iter().flatten().filter(|(name, _)| known.contains(name));
        let endpoint = config.fold(endpoint, |endpoint, (name, value)| match value.as_str() {
            Some(value) => endpoint.config(name, value),
            None => endpoint.config(name, value.to_string()),
        });
        endpoint.build().map_err(|_| "unknown_secret_format")
    }

    /// The provider that was described or is in the catalogue, or what makes a primitive one.
    fn provider(&self, described: Option<&Provider>) -> Option<Provider> {
        let described = described.filter(|described| described.name == self.provider);
        described.or_else(|| providers::by_name(&self.provider)).cloned().or_else(|| {
            let algorithm = self.scheme.as_deref()?.strip_prefix(PRIMITIVES)?;
            let secret = if algorithm.starts_with("hmac") { "hex" } else { "public-key" };
            let toml = format!(
                "name = \"primitive\"\n[[schemes]]\nalgorithm = \"{algorithm}\"\nsecret = {{ encoding = \"{secret}\" }}\n\
                 signature = {{ at = \"{{h:x-tag}}\", encoding = \"hex\" }}\ncontent = \"{{body}}\"\n"
            );
            Provider::from_toml(&toml).ok()
        })
    }

    fn ran(&self, verdict: Expect, reason: &'static str, supported: bool) -> Ran<'_> {
        let (id, provider) = (&self.id, &self.provider);
        Ran { id, provider, expected: self.expect, verdict, reason, ok: supported && verdict == self.expect, supported }
    }
}

fn lower_case((name, value): &(String, String)) -> (String, Vec<u8>) {
    (name.to_ascii_lowercase(), value.as_bytes().to_vec())
}

fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/")
}

impl Ran<'_> {
    fn line(&self) -> String {
        let verdict = if self.verdict == Expect::Accept { "accept" } else { "reject" };
        let found = match self {
            Self { supported: false, .. } => "UNSUPPORTED",
            Self { ok: true, .. } => "ok",
            _ => "WRONG",
        };
        format!("{} {verdict} {} {found}", Shown(self.id), self.reason)
    }
}

impl Summary {
    fn count(&mut self, ran: &Ran<'_>) {
        self.cases += 1;
        self.unsupported += usize::from(!ran.supported);
        self.wrong += usize::from(ran.supported && !ran.ok);
    }

    fn line(&self) -> String {
        format!("{} cases, {} wrong, {} unsupported", self.cases, self.wrong, self.unsupported)
    }
}
