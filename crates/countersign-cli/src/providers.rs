//! `countersign providers`: the catalogue as a table, one entry in full, or JSON. The entries themselves are the core's.

use std::time::Duration;

use clap::Args;
use countersign::{Encoding, Provider, Scheme, Syntax, providers};
use serde::Serialize;

use crate::failure::{Failure, Verdict};
use crate::flags;
use crate::output::{self, Table};

/// Lists the providers whose deliveries can be verified and signed
#[derive(Args)]
pub(crate) struct Providers {
    /// Shows everything known of one provider
    #[arg(value_name = "NAME", value_parser = flags::provider)]
    name: Option<&'static Provider>,

    /// Prints one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Providers {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        let shown: Vec<&Provider> = match self.name {
            Some(provider) => vec![provider],
            None => providers::all().collect(),
        };
        if self.json {
            shown.iter().try_for_each(|provider| output::json(&Entry::of(provider)))?;
        } else if let Some(provider) = self.name {
            print_in_full(&Entry::of(provider))?;
        } else {
            print_table(&shown)?;
        }
        Ok(Verdict::Right)
    }
}

/// A provider as it is printed.
#[derive(Serialize)]
struct Entry<'p> {
    name: &'p str,
    title: &'p str,
    schemes: Vec<SchemeEntry<'p>>,
    event_id: &'p [countersign::Text],
    event_id_reason: &'p str,
    event_type: Option<&'p str>,
    unsigned_id: Option<&'p str>,
    ack_deadline: Option<u64>,
    retry_horizon: Option<u64>,
    redelivery_horizon: Option<u64>,
    body_cap: Option<u64>,
    handshake: &'p str,
    secret: &'p str,
    evidence: &'static str,
    source: &'p str,
}

#[derive(Serialize)]
struct SchemeEntry<'p> {
    /// The signature header in one line.
    scheme: String,
    algorithm: &'static str,
    signs: &'p str,
    timestamp: Option<&'p str>,
    tolerance_past: Option<u64>,
    tolerance_future: Option<u64>,
}

impl<'p> Entry<'p> {
    fn of(provider: &'p Provider) -> Self {
        Self {
            name: &provider.name,
            title: &provider.title,
            schemes: provider.schemes.iter().map(SchemeEntry::of).collect(),
            event_id: &provider.event_id,
            event_id_reason: &provider.event_id_reason,
            event_type: provider.event_type.as_deref(),
            unsigned_id: provider.unsigned_id.as_deref(),
            ack_deadline: provider.sender.ack_deadline,
            retry_horizon: provider.sender.retry_horizon,
            redelivery_horizon: provider.sender.redelivery_horizon,
            body_cap: provider.sender.body_cap,
            handshake: &provider.handshake,
            secret: &provider.secret_hint,
            evidence: provider.evidence.name(),
            source: &provider.source,
        }
    }
}

impl<'p> SchemeEntry<'p> {
    fn of(scheme: &'p Scheme) -> Self {
        let rule = scheme.timestamp.as_ref();
        Self {
            scheme: one_line(scheme),
            algorithm: scheme.algorithm.name(),
            signs: &scheme.content,
            timestamp: rule.map(|rule| rule.from.as_ref()),
            tolerance_past: rule.map(|rule| rule.past),
            tolerance_future: rule.map(|rule| rule.future),
        }
    }

    fn tolerance(&self) -> String {
        match (self.tolerance_past.map(seconds), self.tolerance_future.map(seconds)) {
            (Some(past), Some(future)) if past == future => format!("± {past}"),
            (Some(past), Some(future)) => format!("- {past}, + {future}"),
            _ => "no time signed".to_owned(),
        }
    }
}

/// `Stripe-Signature: v1=<hex>, …`
fn one_line(scheme: &Scheme) -> String {
    let header = scheme.signature.at.trim_start_matches("{h:").trim_end_matches('}').replace('|', " or ");
    let signature = match scheme.signature.encoding {
        Encoding::Hex => "<hex>",
        _ => "<base64>",
    };
    match &scheme.signature.syntax {
        Syntax::Prefix(prefix) => format!("{header}: {prefix}{signature}"),
        Syntax::List { separator, prefix } => {
            format!("{header}: {prefix}{signature}, a list parted by `{separator}`")
        }
        Syntax::Pairs { separator, assign, pick, .. } => {
            format!("{header}: {pick}{assign}{signature}, among values parted by `{separator}`")
        }
        _ => format!("{header}: {signature}"),
    }
}

fn print_table(shown: &[&Provider]) -> Result<(), Failure> {
    let mut table = Table::titled(["NAME", "ALGORITHM", "EVENT ID", "TOLERANCE", "RETRIES FOR", "EVIDENCE"]);
    for entry in shown.iter().map(|provider| Entry::of(provider)) {
        let mut algorithms: Vec<&str> = entry.schemes.iter().map(|scheme| scheme.algorithm).collect();
        algorithms.dedup();
        let event_id =
            if entry.event_id.is_empty() { "none: choose one".to_owned() } else { entry.event_id.join(" or ") };
        table.row([
            entry.name.to_owned(),
            algorithms.join(", "),
            event_id,
            entry.schemes.first().map(SchemeEntry::tolerance).unwrap_or_default(),
            entry.retry_horizon.map_or_else(|| "unknown".to_owned(), horizon),
            entry.evidence.to_owned(),
        ]);
    }
    table.print()?;
    output::line(format_args!(
        "\n{} providers; `countersign providers NAME` shows all that is known of one",
        shown.len()
    ))
}

fn print_in_full(entry: &Entry<'_>) -> Result<(), Failure> {
    let fact = |label: &str, text: &str| match text {
        "" => Ok(()),
        text => output::line(format_args!("{label:<16}{text}")),
    };
    let for_seconds = |span: Option<u64>| span.map(seconds).unwrap_or_default();
    fact("name", entry.name)?;
    fact("title", entry.title)?;
    for scheme in &entry.schemes {
        fact("scheme", &scheme.scheme)?;
        fact("  algorithm", scheme.algorithm)?;
        fact("  signs", scheme.signs)?;
        fact("  time", scheme.timestamp.unwrap_or("none"))?;
        fact("  tolerance", &scheme.tolerance())?;
    }
    let event_id = if entry.event_id.is_empty() { "none".to_owned() } else { entry.event_id.join(" or ") };
    fact("event id", &event_id)?;
    fact("", entry.event_id_reason)?;
    fact("event type", entry.event_type.unwrap_or_default())?;
    fact("unsigned id", entry.unsigned_id.unwrap_or_default())?;
    fact("answer within", &for_seconds(entry.ack_deadline))?;
    fact("retries for", &entry.retry_horizon.map(horizon).unwrap_or_default())?;
    fact("redelivers for", &for_seconds(entry.redelivery_horizon))?;
    fact("body cap", &entry.body_cap.map(|bytes| format!("{bytes} bytes")).unwrap_or_default())?;
    fact("handshake", entry.handshake)?;
    fact("secret", entry.secret)?;
    fact("evidence", entry.evidence)?;
    fact("source", entry.source)
}

/// A provider that retries for no time does not retry.
fn horizon(span: u64) -> String {
    if span == 0 { "never".to_owned() } else { seconds(span) }
}

fn seconds(seconds: u64) -> String {
    flags::span(Duration::from_secs(seconds))
}
