//! `countersign demo`: a real receiver on loopback, genuine deliveries and the classic attacks, and a verdict on every
//! answer.

mod scenes;
mod stage;

use std::fmt::Display;

use clap::Args;
use serde::Serialize;

use crate::failure::{Failure, Verdict};
use crate::output::{self, Table};
use crate::runtime;

use stage::Stage;

/// Starts a receiver on a free loopback port, attacks it, and shows that every answer is right
#[derive(Args)]
pub(crate) struct Demo {
    /// Prints one JSON object a line
    #[arg(long)]
    json: bool,
}

/// One line of the table: what was sent, what came of it, and whether that is right.
#[derive(Serialize)]
struct Row {
    delivery: String,
    sent: String,
    answers: Vec<u16>,
    why: Vec<&'static str>,
    /// How often the handler ran.
    ran: usize,
    ok: bool,
}

impl Demo {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        let rows = runtime()?.block_on(async { scenes::play(&mut Stage::open().await?).await })?;
        let wrong = rows.iter().filter(|row| !row.ok).count();
        if self.json {
            #[derive(Serialize)]
            struct Summary {
                rows: usize,
                wrong: usize,
            }
            rows.iter().try_for_each(output::json)?;
            output::json(&Summary { rows: rows.len(), wrong })?;
        } else {
            print(&rows)?;
            output::line(format_args!("\n{} rows, {wrong} wrong", rows.len()))?;
        }
        Ok(Verdict::of(wrong == 0))
    }
}

fn print(rows: &[Row]) -> Result<(), Failure> {
    let mut table = Table::titled(["DELIVERY", "WHAT WAS SENT", "ANSWER", "WHY", "HANDLED", "VERDICT"]);
    for row in rows {
        let verdict = if row.ok { "ok" } else { "WRONG" };
        let (answers, why) = (counted(&row.answers), counted(&row.why));
        table.row([row.delivery.clone(), row.sent.clone(), answers, why, row.ran.to_string(), verdict.to_owned()]);
    }
    table.print()
}

/// Each word once, in the order of its first appearance, with how often it came.
fn counted<T: Display + PartialEq>(words: &[T]) -> String {
    let mut counts: Vec<(&T, usize)> = Vec::new();
    for word in words {
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let text = |(word, count): &(&T, usize)| if *count > 1 { format!("{count} × {word}") } else { word.to_string() };
    counts.iter().map(text).collect::<Vec<_>>().join(", ")
}
