//! `countersign send`: signs deliveries, sends them, and holds the answers against what a correct receiver gives.

mod answer;
mod bar;

use std::time::Instant;

use clap::Args;
use countersign::Provider;
use countersign_sign::{Expected, Hostile, HostileDelivery, SignError};
use futures_util::{StreamExt, stream};
use http::Uri;
use serde::Serialize;

use crate::client::Client;
use crate::delivery::{self, DeliveryFlags, Sender};
use crate::failure::{Failure, Verdict};
use crate::output::{self, Table};
use crate::{flags, runtime};

pub(crate) use answer::is_right;
use answer::{Answer, Summary};
use bar::Bar;

/// Signs and sends deliveries
///
/// Each delivery is a new event, unless --id or a body of yours makes all of them attempts at one. The exit status is 0
/// where every answer is that of a correct receiver.
#[derive(Args)]
pub(crate) struct Send {
    /// Who seems to send them
    #[arg(long, value_name = "NAME|FILE.toml", value_parser = flags::provider, required_unless_present = "hostile")]
    provider: Option<&'static Provider>,

    /// The receiver
    #[arg(long, value_name = "URL", value_parser = flags::plain_url, required_unless_present = "hostile")]
    to: Option<Uri>,

    /// The URL that the provider has, where it signs the URL and the receiver stands behind a proxy [default: --to]
    #[arg(long, value_name = "URL", value_parser = flags::url)]
    url: Option<Uri>,

    #[command(flatten)]
    delivery: DeliveryFlags,

    /// How many deliveries to send; of a hostile kind, how many times all its forms
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    repeat: u64,

    /// How many to have under way at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,

    /// Sends what a correct receiver does not handle; `list` names the kinds
    #[arg(long, value_name = "KIND", value_parser = probe)]
    hostile: Option<Probe>,

    /// Prints one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Where deliveries go, and under which URL they are signed.
struct Route<'u> {
    to: &'u Uri,
    signed: &'u str,
}

impl Route<'_> {
    /// Where a delivery goes that was signed for `url`: to the receiver, with the query that was signed.
    fn of(&self, url: &str) -> String {
        let to = self.to.to_string();
        match url.split_once('?') {
            Some((_, query)) => format!("{}?{query}", to.split('?').next().unwrap_or_default()),
            None => to,
        }
    }
}

#[derive(Clone, Copy)]
enum Probe {
    List,
    Kind(Hostile),
}

fn probe(name: &str) -> Result<Probe, String> {
    if name == "list" {
        return Ok(Probe::List);
    }
    Hostile::from_name(name).map(Probe::Kind).ok_or_else(|| {
        let near = flags::nearest(name, Hostile::ALL.iter().map(|kind| kind.name()));
        let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        format!("there is no hostile kind of that name; {hint}`--hostile list` names them all")
    })
}

impl Send {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        let kind = match self.hostile {
            Some(Probe::List) => return list(self.json),
            Some(Probe::Kind(kind)) => Some(kind),
            None => None,
        };
        let provider = self.provider.ok_or_else(|| Failure::set_up("--provider NAME is missing; name the sender"))?;
        let to = self.to.as_ref().ok_or_else(|| Failure::set_up("--to URL is missing; name the receiver"))?;
        let sender = self.delivery.sender(provider)?;
        let signed = self.url.as_ref().unwrap_or(to).to_string();
        let route = Route { to, signed: &signed };
        // Whatever cannot be signed once cannot be signed a thousand times either.
        forms(&sender, &route, kind).map_err(|error| delivery::refused(&error))?;
        runtime()?.block_on(self.send(&sender, &route, kind))
    }

    async fn send(&self, sender: &Sender<'_>, route: &Route<'_>, kind: Option<Hostile>) -> Result<Verdict, Failure> {
        let to = route.to;
        let client = Client::new();
        let bar = Bar::new(self.repeat);
        let mut summary = Summary::default();
        let rounds = (0..self.repeat).map(|_| round(&client, sender, route, kind));
        let mut rounds = stream::iter(rounds).buffer_unordered(self.concurrency.into());
        while let Some(answers) = rounds.next().await {
            for answer in answers? {
                bar.beside(|| if self.json { output::json(&answer) } else { output::line(answer.line()) })?;
                summary.count(answer);
            }
            bar.advance();
            if summary.is_hopeless() {
                break;
            }
        }
        bar.finish();
        if let (0, Some(problem)) = (summary.answered(), &summary.problem) {
            return Err(Failure::set_up(format!("--to {to}: {problem}; is the receiver running?")));
        }
        if self.json { output::json(&summary) } else { output::line(summary.line()) }?;
        Ok(Verdict::of(summary.unexpected == 0))
    }
}

fn list(json: bool) -> Result<Verdict, Failure> {
    #[derive(Serialize)]
    struct Kind {
        kind: &'static str,
        summary: &'static str,
    }
    let mut table = Table::titled(["KIND", "WHAT IS SENT"]);
    for kind in Hostile::ALL {
        if json {
            output::json(&Kind { kind: kind.name(), summary: kind.summary() })?;
        } else {
            table.row([kind.name().to_owned(), kind.summary().to_owned()]);
        }
    }
    if json { Ok(()) } else { table.print() }.map(|()| Verdict::Right)
}

/// What is sent in one round: one honest delivery, or every form of a hostile kind.
fn forms(sender: &Sender<'_>, route: &Route<'_>, kind: Option<Hostile>) -> Result<Vec<HostileDelivery>, SignError> {
    let draft = sender.draft(route.signed);
    match kind {
        Some(kind) => draft.hostile(kind),
        None => draft.sign().map(|delivery| {
            vec![HostileDelivery { what: "signed".to_owned(), expected: Expected::Accepted, delivery }]
        }),
    }
}

/// Sends one round, its deliveries in order: a replay only is one after the first was answered.
async fn round(
    client: &Client,
    sender: &Sender<'_>,
    route: &Route<'_>,
    kind: Option<Hostile>,
) -> Result<Vec<Answer>, Failure> {
    let to = route.to;
    let mut answers = Vec::new();
    for form in forms(sender, route, kind).map_err(|error| delivery::refused(&error))? {
        let HostileDelivery { what, expected, mut delivery } = form;
        delivery.url = route.of(&delivery.url);
        let request = delivery.into_request().map_err(|error| Failure::set_up(format!("--to {to}: {error}")))?;
        let started = Instant::now();
        let answered = client.send(request).await.map(|response| response.status().as_u16());
        answers.push(Answer::new(what, expected, started.elapsed(), answered));
    }
    Ok(answers)
}
