//! `countersign verify`: the verdict on one captured request, or on every case of vector files.

use std::path::{Path, PathBuf};

use clap::Args;
use countersign::{Delivery, Endpoint, Provider, Reason, Shown, UnixTime};
use serde::Serialize;

use crate::capture::CapturedRequest;
use crate::failure::{Failure, Verdict};
use crate::flags;
use crate::output;
use crate::secrets::SecretFlags;
use crate::settings::{self, Place};
use crate::vectors;

/// Judges a captured request, or runs test vectors
///
/// A captured request is what went over the wire: request line, headers, an empty line, the body byte for byte.
#[derive(Args)]
pub(crate) struct Verify {
    /// A captured HTTP/1.1 request; `-` reads standard input
    #[arg(value_name = "FILE.http", required_unless_present = "vectors", conflicts_with = "vectors")]
    capture: Option<PathBuf>,

    /// Who sent it: a name of the catalogue, or a file that describes a provider, which vectors may then name too
    #[arg(long, value_name = "NAME|FILE.toml", value_parser = flags::provider, required_unless_present = "vectors")]
    provider: Option<&'static Provider>,

    /// The URL that it was sent to, as its provider knows it; needed where the URL is signed
    #[arg(long, value_name = "URL", conflicts_with = "vectors")]
    url: Option<String>,

    /// A value that the signature covers, such as webhook_id=…; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = flags::named_value, conflicts_with = "vectors")]
    config: Vec<(String, String)>,

    /// Takes this of the provider's schemes alone [default: each]; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "vectors")]
    scheme: Vec<String>,

    /// The receiver's time, in Unix seconds [default: now]
    #[arg(long, value_name = "UNIX", value_parser = flags::unix_seconds, conflicts_with = "vectors")]
    at: Option<UnixTime>,

    /// Runs vector files, or every .json file under a folder
    #[arg(long, value_name = "PATH", num_args = 1..)]
    vectors: Vec<PathBuf>,

    /// Runs the vectors of this provider alone; may be given several times
    #[arg(long, value_name = "NAME", requires = "vectors")]
    only: Vec<String>,

    /// Prints one JSON object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    secrets: SecretFlags,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        match (&self.capture, self.provider) {
            (Some(capture), Some(provider)) => self.judge(capture, provider),
            (_, described) => vectors::run(&self.vectors, described, &self.only, self.json),
        }
    }

    fn judge(&self, capture: &Path, provider: &'static Provider) -> Result<Verdict, Failure> {
        let keyring = self.secrets.keyring()?;
        let refused = |error| Failure::set_up(settings::told(&error, Place::Verify));
        let mut endpoint = Endpoint::builder("verify", provider, keyring);
        if let Some(url) = &self.url {
            endpoint = endpoint.public_url(url).map_err(refused)?;
        }
        if !self.scheme.is_empty() {
            endpoint = endpoint.only_schemes(self.scheme.iter().map(String::as_str));
        }
        let endpoint = self.config.iter().fold(endpoint, |endpoint, (name, value)| endpoint.config(name, value));
        let endpoint = endpoint.build().map_err(refused)?;
        let now = flags::time_or_now(self.at)?;
        let shown = capture.display();
        let raw = flags::read(capture).map_err(|error| Failure::set_up(format!("{shown}: {error}; check the path")))?;
        let request = CapturedRequest::parse(&raw).map_err(|problem| Failure::set_up(format!("{shown}: {problem}")))?;
        for doubt in request.doubts() {
            output::say(format_args!("warning: {shown}: {doubt}"));
        }
        let judged = request.judge(&endpoint, now);
        let judgement = Judgement::new(provider, &judged, now);
        if self.json {
            output::json(&judgement)?;
        } else {
            judgement.print()?;
        }
        Ok(Verdict::of(judged.is_ok()))
    }
}

/// What is said of one captured request.
#[derive(Serialize)]
struct Judgement {
    verdict: &'static str,
    reason: Option<&'static str>,
    provider: &'static str,
    key_id: Option<String>,
    event_id: Option<String>,
    event_type: Option<String>,
    sent_at: Option<u64>,
    checked_at: u64,
}

impl Judgement {
    fn new(provider: &'static Provider, judged: &Result<Delivery, Reason>, now: UnixTime) -> Self {
        let delivery = judged.as_ref().ok();
        Self {
            verdict: if delivery.is_some() { "accept" } else { "reject" },
            reason: judged.as_ref().err().map(|reason| reason.code()),
            provider: &provider.name,
            key_id: delivery.map(|delivery| delivery.key_id().to_owned()),
            event_id: delivery.and_then(Delivery::event_id),
            event_type: delivery.and_then(Delivery::event_type),
            sent_at: delivery.and_then(Delivery::sent_at).map(UnixTime::as_secs),
            checked_at: now.as_secs(),
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let fact = |label: &str, text: Option<&str>| match text {
            Some(text) => output::line(format_args!("{label:<14}{}", Shown(text))),
            None => Ok(()),
        };
        output::line(self.verdict)?;
        fact("  reason", self.reason)?;
        fact("  key id", self.key_id.as_deref())?;
        fact("  event id", self.event_id.as_deref())?;
        fact("  event type", self.event_type.as_deref())?;
        fact("  sent at", self.sent_at.map(time).as_deref())?;
        fact("  checked at", Some(&time(self.checked_at)))
    }
}

fn time(seconds: u64) -> String {
    format!("{seconds} ({})", flags::written(UnixTime::from_secs(seconds)))
}
