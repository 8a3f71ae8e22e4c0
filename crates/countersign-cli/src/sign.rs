//! `countersign sign`: prints a signed delivery, as raw HTTP, as a curl command or as JSON.

use clap::{Args, ValueEnum};
use countersign::Provider;
use countersign_sign::SignedDelivery;
use data_encoding::BASE64;
use http::Uri;
use serde::Serialize;

use crate::delivery::{self, DeliveryFlags};
use crate::failure::{Failure, Verdict};
use crate::flags;
use crate::output;

/// Prints a signed delivery
///
/// Where a provider sends the secret itself instead of signing, the printed delivery has it.
#[derive(Args)]
pub(crate) struct Sign {
    /// Who seems to send it
    #[arg(long, value_name = "NAME|FILE.toml", value_parser = flags::provider)]
    provider: &'static Provider,

    #[command(flatten)]
    delivery: DeliveryFlags,

    /// Where it is meant to go; signed as it stands, where the provider signs the URL
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/", value_parser = flags::url)]
    url: Uri,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Http)]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy)]
enum Format {
    /// The raw request, as `verify` reads it
    Http,
    /// A command for a POSIX shell
    Curl,
    /// One object: method, url, headers, `body_base64`
    Json,
}

impl Sign {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        let sender = self.delivery.sender(self.provider)?;
        let delivery = sender.draft(&self.url.to_string()).sign().map_err(|error| delivery::refused(&error))?;
        match self.format {
            Format::Http => output::write(&as_http(&delivery, &self.url)?),
            Format::Curl => output::write(format!("{}\n", as_curl(&delivery)).as_bytes()),
            Format::Json => output::json(&AsJson::of(&delivery)),
        }?;
        Ok(Verdict::Right)
    }
}

/// The request as it goes over the wire.
fn as_http(delivery: &SignedDelivery, url: &Uri) -> Result<Vec<u8>, Failure> {
    // Signing may have added to the query.
    let signed: Uri = delivery.url.parse().map_err(|error| Failure::set_up(format!("--url {url}: {error}")))?;
    let target = signed.path_and_query().map_or("/", |target| target.as_str());
    let host = url.authority().map_or("", |authority| authority.as_str());
    let length = delivery.body.len();
    let mut head = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n", delivery.method);
    // A length that is signed is the same one.
    for (name, value) in delivery.headers.iter().filter(|(name, _)| name != "content-length") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    Ok([head.as_bytes(), &delivery.body].concat())
}

/// A command that sends exactly this delivery.
fn as_curl(delivery: &SignedDelivery) -> String {
    // A body that no shell word can hold, or none of that length, comes through a pipe.
    const LONGEST_WORD: usize = 64 * 1024;
    let text = core::str::from_utf8(&delivery.body).ok();
    let word = text.filter(|text| !text.contains('\0') && text.len() <= LONGEST_WORD);
    let (pipe, body) = match word {
        Some(text) => (String::new(), format!("--data-raw {}", quoted(text))),
        None => {
            let encoded = BASE64.encode(&delivery.body);
            (format!("printf %s {encoded} | base64 -d | "), "--data-binary @-".to_owned())
        }
    };
    let mut command = format!("{pipe}curl -sS -i -X {} {}", quoted(&delivery.method), quoted(&delivery.url));
    let own = |name: &str| delivery.header(name).is_some();
    // Headers that curl adds unless it is told otherwise.
    let added = ["accept", "content-type", "user-agent"].into_iter().filter(|name| !own(name));
    let unwanted = added.map(|name| format!("{name}:"));
    // To curl, a header without a value is one to leave out, unless it ends in a semicolon.
    let wanted = delivery.headers.iter().map(|(name, value)| match value.as_str() {
        "" => format!("{name};"),
        value => format!("{name}: {value}"),
    });
    for header in wanted.chain(unwanted) {
        command.push_str(&format!(" \\\n  -H {}", quoted(&header)));
    }
    format!("{command} \\\n  {body}")
}

/// One word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[derive(Serialize)]
struct AsJson<'d> {
    method: &'d str,
    url: &'d str,
    headers: &'d [(String, String)],
    body_base64: String,
}

impl<'d> AsJson<'d> {
    fn of(delivery: &'d SignedDelivery) -> Self {
        Self {
            method: &delivery.method,
            url: &delivery.url,
            headers: &delivery.headers,
            body_base64: BASE64.encode(&delivery.body),
        }
    }
}
