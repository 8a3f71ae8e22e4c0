//! `countersign providers`: the catalogue as a table, one entry in full, or JSON. The entries themselves are the core's.

use std::time::Duration;

use clap::Args;
use countersign::{Provider, Scheme, Text, providers};
use serde::Serialize;

use crate::failure::{Failure, Verdict};
use crate::flags;
use crate::output::{self, Table};

/// Lists the providers whose deliveries can be verified and signed
#[derive(Args)]
pub(crate) struct Providers {
    /// Shows everything known of one provider
    #[arg(value_name = "NAME|FILE.toml", value_parser = flags::provider)]
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
    aliases: &'p [Text],
    methods: &'p [Text],
    /// How it signs, in one line.
    in_words: String,
    schemes: Vec<SchemeEntry<'p>>,
    /// How much of the body its signatures cover: `whole`, `part` or `nothing`.
    body_authenticated: &'static str,
    /// Whether the endpoint must be told its URL.
    public_url: bool,
    /// What else it must be told.
    config: Vec<String>,
    optional_config: Vec<String>,
    event_id: &'p [Text],
    event_id_reason: &'p str,
    event_type: Option<&'p str>,
    unsigned_id: Option<&'p str>,
    ack_deadline: Option<u64>,
    retry_horizon: Option<u64>,
    redelivery_horizon: Option<u64>,
    retries: &'static str,
    retry_changes_body: bool,
    success: &'static str,
    stable_id: Option<bool>,
    body_cap: Option<u64>,
    handshake: &'p str,
    /// Whether an endpoint can answer it without a handler.
    answers_handshake: bool,
    secret: &'p str,
    evidence: &'static str,
    source: &'p str,
    notes: &'p str,
}

#[derive(Serialize)]
struct SchemeEntry<'p> {
    name: &'p str,
    /// Where the signature stands, how it is written, and what it is of.
    in_words: String,
    algorithm: &'static str,
    signs: &'p str,
    place: &'p str,
    written: String,
    encoding: &'static str,
    secret_encoding: &'static str,
    secret_prefixes: &'p [Text],
    body_authenticated: &'static str,
    uncovered: &'p str,
    require: &'p str,
    equal: &'p str,
    each: &'p str,
    key_id: &'p str,
    keys_at: &'p str,
    features: Vec<&'static str>,
    timestamp: Option<&'p str>,
    tolerance_past: Option<u64>,
    tolerance_future: Option<u64>,
}

impl<'p> Entry<'p> {
    fn of(provider: &'p Provider) -> Self {
        let (needs, sender) = (provider.needs(), &provider.sender);
        Self {
            name: &provider.name,
            title: &provider.title,
            aliases: &provider.aliases,
            methods: &provider.methods,
            in_words: provider.in_words(),
            schemes: provider.schemes.iter().map(SchemeEntry::of).collect(),
            body_authenticated: provider.covers_body().name(),
            public_url: needs.public_url,
            config: needs.config,
            optional_config: needs.optional_config,
            event_id: &provider.event_id,
            event_id_reason: &provider.event_id_reason,
            event_type: provider.event_type.as_deref(),
            unsigned_id: provider.unsigned_id.as_deref(),
            ack_deadline: sender.ack_deadline,
            retry_horizon: sender.retry_horizon,
            redelivery_horizon: sender.redelivery_horizon,
            retries: sender.retries.name(),
            retry_changes_body: sender.retry_changes_body,
            success: sender.success.name(),
            stable_id: sender.stable_id,
            body_cap: sender.body_cap,
            handshake: &provider.handshake,
            answers_handshake: !provider.handshakes.is_empty(),
            secret: &provider.secret_hint,
            evidence: provider.evidence.name(),
            source: &provider.source,
            notes: &provider.notes,
        }
    }
}

impl<'p> SchemeEntry<'p> {
    fn of(scheme: &'p Scheme) -> Self {
        let rule = scheme.timestamp.as_ref();
        Self {
            name: &scheme.name,
            in_words: scheme.in_words(),
            algorithm: scheme.algorithm.name(),
            signs: &scheme.content,
            place: &scheme.signature.at,
            written: scheme.written(),
            encoding: scheme.signature.encoding.name(),
            secret_encoding: scheme.secret.encoding.name(),
            secret_prefixes: &scheme.secret.strip,
            body_authenticated: scheme.covers_body().name(),
            uncovered: &scheme.uncovered,
            require: &scheme.require,
            equal: &scheme.equal,
            each: &scheme.each,
            key_id: &scheme.key_id,
            keys_at: &scheme.keys_at,
            features: scheme.features(),
            timestamp: rule.map(|rule| rule.from.as_ref()),
            tolerance_past: rule.map(|rule| rule.past),
            tolerance_future: rule.map(|rule| rule.future),
        }
    }

    fn tolerance(&self) -> String {
        match (self.tolerance_past.map(seconds), self.tolerance_future.map(seconds)) {
            (Some(past), Some(future)) if past == future => format!("± {past}"),
            (Some(past), Some(future)) => format!("- {past}, + {future}"),
            _ => "none: no signed time is judged".to_owned(),
        }
    }
}

fn print_table(shown: &[&Provider]) -> Result<(), Failure> {
    let mut table = Table::titled(["NAME", "ALGORITHM", "EVENT ID", "TOLERANCE", "RETRIES FOR", "EVIDENCE"]);
    for entry in shown.iter().map(|provider| Entry::of(provider)) {
        let mut algorithms: Vec<&str> = entry.schemes.iter().map(|scheme| scheme.algorithm).collect();
        algorithms.dedup();
        let event_ids: Vec<&str> = entry.event_id.iter().map(AsRef::as_ref).collect();
        table.row([
            entry.name.to_owned(),
            first_two(&algorithms, ", ").unwrap_or_default(),
            first_two(&event_ids, " or ").unwrap_or_else(|| "none: choose one".to_owned()),
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
    fact("also", &entry.aliases.join(", "))?;
    fact("methods", &entry.methods.join(", "))?;
    fact("signs", &entry.in_words)?;
    for scheme in &entry.schemes {
        fact("scheme", &scheme.in_words)?;
        fact("  algorithm", scheme.algorithm)?;
        fact("  signs", scheme.signs)?;
        fact("  not signed", scheme.uncovered)?;
        fact("  requires", scheme.require)?;
        fact("  compares", scheme.equal)?;
        fact("  key id", scheme.key_id)?;
        fact("  time", scheme.timestamp.unwrap_or("none"))?;
        fact("  tolerance", &scheme.tolerance())?;
    }
    match entry.body_authenticated {
        "nothing" => fact("body", "NOT COVERED: nothing that is signed says what the body is")?,
        "part" => fact("body", "COVERED IN PART: other bodies can be sent under the same signature")?,
        _ => {}
    }
    fact("must be set", &must_be_set(entry))?;
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
    fact("source", entry.source)?;
    fact("notes", entry.notes)
}

fn must_be_set(entry: &Entry<'_>) -> String {
    let url = entry.public_url.then(|| "the endpoint's URL".to_owned());
    url.into_iter().chain(entry.config.iter().map(|name| format!("`{name}`"))).collect::<Vec<_>>().join(", ")
}

/// The first two of several, and a mark where there are more.
fn first_two(several: &[&str], between: &str) -> Option<String> {
    match several {
        [] => None,
        [first, second, _, ..] => Some([first, second, "…"].join(between)),
        few => Some(few.join(between)),
    }
}

/// A provider that retries for no time does not retry.
fn horizon(span: u64) -> String {
    if span == 0 { "never".to_owned() } else { seconds(span) }
}

fn seconds(seconds: u64) -> String {
    flags::span(Duration::from_secs(seconds))
}
