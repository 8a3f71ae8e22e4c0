//! `countersign records`: what a store holds, for operators. Changing a record asks first, and leaves an audit line.

mod audit;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign::admin::{Entry, Page};
use countersign::record::{Record, State};
use countersign::{EventKey, UnixTime};
use serde::Serialize;

use crate::failure::{Failure, Verdict};
use crate::flags::written;
use crate::output::{self, Table};
use crate::runtime;
use crate::store::{Durable, StoreName};

use audit::Audit;

/// Lists, shows, counts, forgets and purges the records of handled events
#[derive(Args)]
pub(crate) struct Records {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists records in the order of their keys
    List {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        of: Of,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Only those after this key: the last one of the page before
        #[arg(long, value_name = "KEY")]
        after: Option<EventKey>,
        /// Prints one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Shows one record; exit status 1 where there is none
    Show {
        #[command(flatten)]
        at: At,
        /// The record's key, as `records list` and the lines of `listen` write it
        key: EventKey,
        /// Prints one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Counts records by state
    Count {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        of: Of,
        /// Prints one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Forgets an event, so that its next delivery is handled again
    Forget {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        change: Change,
    },
    /// Gives a parked event its attempts back
    Redrive {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        change: Change,
    },
    /// Removes expired records now; stores do so by themselves too
    Purge {
        #[command(flatten)]
        at: At,
        /// At most this many
        #[arg(long, default_value_t = 10_000)]
        limit: u32,
    },
}

#[derive(Args)]
struct At {
    /// The store: `sqlite:PATH`, `redis://…` or `postgres://…`
    #[arg(long, value_name = "STORE")]
    store: StoreName,
}

#[derive(Args)]
struct Of {
    /// Only the records of this endpoint
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,
}

#[derive(Args)]
struct Change {
    /// The record's key, as `records list` and the lines of `listen` write it
    key: EventKey,
    /// Does not ask
    #[arg(long)]
    yes: bool,
    /// Appends to this file what is to be done, and once it is done the audit line; nothing is done if it cannot be
    /// written
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
}

impl Of {
    fn prefix(&self) -> Option<[u8; 4]> {
        self.endpoint.as_deref().map(EventKey::endpoint_prefix)
    }
}

impl Records {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        runtime()?.block_on(self.act())
    }

    async fn act(&self) -> Result<Verdict, Failure> {
        match &self.action {
            Action::List { at, of, limit, after, json } => {
                let store = Durable::open(&at.store).await?;
                let page = Page { endpoint: of.prefix(), after: *after, limit: *limit };
                let listing = store.list(&page).await?;
                let shown = listing.entries.iter().map(|entry| Shown::of(entry, listing.now));
                if *json {
                    shown.into_iter().try_for_each(|one| output::json(&one))?
                } else {
                    print(shown)?
                }
                Ok(Verdict::Right)
            }
            Action::Show { at, key, json } => {
                let store = Durable::open(&at.store).await?;
                let Some(entry) = store.show(key).await? else { return none(key) };
                // A single record is not read against the store's clock.
                let shown = Shown::of(&entry, UnixTime::from_secs(0));
                if *json {
                    output::json(&shown)?
                } else {
                    shown.print_in_full()?
                }
                Ok(Verdict::Right)
            }
            Action::Count { at, of, json } => {
                let counts = Durable::open(&at.store).await?.count(of.prefix()).await?;
                let rows = [
                    ("running", counts.running),
                    ("completed", counts.completed),
                    ("released", counts.released),
                    ("parked", counts.parked),
                    ("expired", counts.expired),
                ];
                if *json {
                    let object: serde_json::Map<String, serde_json::Value> =
                        rows.iter().map(|(state, count)| ((*state).to_owned(), (*count).into())).collect();
                    output::json(&object)?;
                } else {
                    rows.iter().try_for_each(|(state, count)| output::line(format!("{count:>10}  {state}")))?;
                    output::line(format!("{:>10}  in all", counts.total()))?;
                }
                Ok(Verdict::Right)
            }
            Action::Forget { at, change } => {
                let store = Durable::open(&at.store).await?;
                let Some(entry) = store.show(&change.key).await? else { return none(&change.key) };
                if !change.is_wanted("forget this event, so that its next delivery is handled again", &entry)? {
                    return Ok(Verdict::Wanting);
                }
                let audit = change.audit("forget", &entry)?;
                let forgotten = store.forget(&change.key).await?;
                audit.end(forgotten)?;
                Ok(Verdict::of(forgotten))
            }
            Action::Redrive { at, change } => {
                let store = Durable::open(&at.store).await?;
                let Some(entry) = store.show(&change.key).await? else { return none(&change.key) };
                if entry.record.state != State::Parked {
                    let shown = Shown::of(&entry, UnixTime::from_secs(0));
                    output::say(format_args!("nothing to redrive: the event is {}, {}", shown.state, shown.detail));
                    return Ok(Verdict::Wanting);
                }
                if !change.is_wanted("give this event its attempts back", &entry)? {
                    return Ok(Verdict::Wanting);
                }
                let audit = change.audit("redrive", &entry)?;
                let redriven = store.redrive(&change.key).await?;
                audit.end(redriven)?;
                Ok(Verdict::of(redriven))
            }
            Action::Purge { at, limit } => {
                let gone = Durable::open(&at.store).await?.purge(*limit).await?;
                output::line(format!("{gone} expired records removed"))?;
                Ok(Verdict::Right)
            }
        }
    }
}

fn none(key: &EventKey) -> Result<Verdict, Failure> {
    output::say(format_args!("there is no record {key}"));
    Ok(Verdict::Wanting)
}

impl Change {
    /// Whether the operator says yes. Without a terminal nobody can: `--yes` must have said so.
    fn is_wanted(&self, what: &str, entry: &Entry) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::set_up("standard input is no terminal, so nobody can be asked; say --yes"));
        }
        Shown::of(entry, UnixTime::from_secs(0)).print_in_full()?;
        let mut terminal = io::stderr().lock();
        write!(terminal, "{what}? [y/N] ").and_then(|()| terminal.flush()).map_err(Failure::set_up)?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(Failure::set_up)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    fn audit(&self, action: &str, entry: &Entry) -> Result<Audit<'_>, Failure> {
        let Record { state: before, fence, attempts, .. } = &entry.record;
        let (key, before, fence) = (self.key, state(before), fence.get());
        let was = format!("was {before} under fence {fence} after {attempts} attempts");
        Audit::begin(format!("{action} {key}"), was, self.audit.as_deref())
    }
}

/// A record as it is printed.
#[derive(Serialize)]
struct Shown {
    key: String,
    state: &'static str,
    /// The status that was answered, the lease's end, or the time of the next attempt.
    detail: String,
    attempts: u32,
    fence: u64,
    fingerprint: String,
    expires: String,
    expired: bool,
}

impl Shown {
    fn of(entry: &Entry, now: UnixTime) -> Self {
        let record = &entry.record;
        Self {
            key: entry.key.to_string(),
            state: state(&record.state),
            detail: match record.state {
                State::Running { lease_until } => format!("lease until {}", written(lease_until)),
                State::Completed { status } => format!("answered {status}"),
                State::Released { claimable_from } => format!("claimable from {}", written(claimable_from)),
                State::Parked => "waits for `countersign records redrive`".to_owned(),
            },
            attempts: record.attempts,
            fence: record.fence.get(),
            fingerprint: countersign::encode(record.fingerprint.as_bytes(), countersign::Encoding::Hex),
            expires: written(record.expires),
            expired: record.is_expired(now),
        }
    }

    fn print_in_full(&self) -> Result<(), Failure> {
        output::line(format!("key          {}", self.key))?;
        output::line(format!("state        {}, {}", self.state, self.detail))?;
        output::line(format!("attempts     {}", self.attempts))?;
        output::line(format!("fence        {}", self.fence))?;
        output::line(format!("body digest  {}", self.fingerprint))?;
        output::line(format!("kept until   {}", self.expires))
    }
}

fn print(shown: impl Iterator<Item = Shown>) -> Result<(), Failure> {
    let mut table = Table::titled(["key", "state", "", "attempts", "fence", "kept until"]);
    for one in shown {
        let state = if one.expired { format!("{}, expired", one.state) } else { one.state.to_owned() };
        table.row([one.key, state, one.detail, one.attempts.to_string(), one.fence.to_string(), one.expires]);
    }
    table.print()
}

fn state(state: &State) -> &'static str {
    match state {
        State::Running { .. } => "running",
        State::Completed { .. } => "completed",
        State::Released { .. } => "released",
        State::Parked => "parked",
    }
}
