//! Every row through every adapter, one test each; then the checks of the checks: receivers with planted bugs must be
//! noticed by the same rows, in the same run. At the end, everything that was logged is looked through.

use std::fs;
use std::process::ExitCode;

use countersign_tests::receivers::{ADAPTERS, Adapter, Bug};
use countersign_tests::row::{Held, Row};
use countersign_tests::stores::stores;
use countersign_tests::{journal, rows, table};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    journal::open();
    let arguments = Arguments::from_args();
    let rows: Vec<&'static Row> = Vec::leak(rows::all()).iter().collect();
    let mut trials = Vec::new();
    for row in rows.iter().copied() {
        trials.extend(trials_of(row));
    }
    trials.extend(controls(&rows));
    trials.push(Trial::test("table: the committed one is up to date", table_is_up_to_date));
    let ran = libtest_mimic::run(&arguments, trials);
    countersign_tests::stores::stop();
    // What only the whole run can show comes after it.
    let whole_run = [
        Trial::test("whole run: no event shows a secret, a signature or a body", nothing_leaked),
        Trial::test("whole run: no event can break a line of a log", nothing_breaks_lines),
    ];
    let looked_through = libtest_mimic::run(&arguments, whole_run.into());
    if ran.has_failed() || looked_through.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn trials_of(row: &'static Row) -> Vec<Trial> {
    let name = |adapter: &str| format!("{adapter}: {} {}", row.id, row.what);
    let judge = |adapter: Adapter| move || row.judge(adapter).map_err(Failed::from);
    match row.held {
        Held::LeftOut(_) => Vec::new(),
        Held::Construction(_) => vec![Trial::test(name("construction"), judge(Adapter::Axum))],
        Held::OverStores(_) | Held::OnEveryStore(_) => {
            let trials = ADAPTERS.into_iter().flat_map(|adapter| {
                stores().into_iter().map(move |store| {
                    let name = name(&format!("{}, {}", adapter.name(), store.name));
                    Trial::test(name, move || row.judge_over(adapter, store).map_err(Failed::from))
                })
            });
            trials.collect()
        }
        Held::Cases(_) | Held::Story(_) => {
            ADAPTERS.map(|adapter| Trial::test(name(&adapter.name()), judge(adapter))).into()
        }
    }
}

/// Each planted bug, and the rows that must notice it.
fn controls(rows: &[&'static Row]) -> Vec<Trial> {
    let uniform: Vec<_> = rows.iter().copied().filter(|row| row.expects_uniform_refusal()).collect();
    let named = |ids: &[&str]| rows.iter().copied().filter(|row| ids.contains(&row.id)).collect::<Vec<_>>();
    let watched = [
        (Bug::AcceptsEverything, uniform.clone()),
        (Bug::TellsTheReason, uniform.clone()),
        (Bug::AsksTheStoreFirst, uniform.clone()),
        (Bug::RunsTheHandlerFirst, uniform),
        (Bug::RunsTwice, named(&["A-011", "A-059", "A-094", "A-096", "A-101", "A-116", "EV-03", "EV-06"])),
        (
            Bug::ForgetsEvents,
            named(&[
                "A-029", "A-051", "A-094", "A-096", "A-097", "A-099", "A-103", "A-104", "A-106", "A-110", "A-111",
                "A-115", "A-169", "A-170", "EV-16",
            ]),
        ),
        (
            Bug::AcceptsEverything,
            named(&["IK-02", "IK-03", "IK-04", "IK-05", "IK-06", "IK-10", "IK-12", "IK-14", "A-112"]),
        ),
        (Bug::SharesScopes, named(&["IK-11", "A-113"])),
        (Bug::ForgetsKeys, named(&["IK-01", "IK-04", "IK-05", "IK-06", "IK-07", "IK-08", "IK-09", "IK-13"])),
        (Bug::BlindToContent, named(&["IK-04", "IK-07", "IK-08", "IK-13"])),
        (Bug::KeepsEverything, named(&["IK-15"])),
    ];
    let mut trials: Vec<Trial> = watched
        .into_iter()
        .flat_map(|(bug, rows)| {
            rows.into_iter()
                .map(move |row| Trial::test(format!("control: {} notices {bug:?}", row.id), move || notices(row, bug)))
        })
        .collect();
    for (bug, id, message) in
        [(Bug::LogsSignatures, "A-094", "a signature arrived"), (Bug::LogsKeys, "IK-13", "a key arrived")]
    {
        let name = format!("control: the journal notices {bug:?}");
        trials.push(Trial::test(name, move || journal_notices(bug, id, message)));
    }
    trials
}

fn notices(row: &Row, bug: Bug) -> Result<(), Failed> {
    match row.judge(Adapter::Wrong(bug)) {
        Err(_) => Ok(()),
        Ok(()) => Err("the row holds, so it proves nothing".into()),
    }
}

/// A receiver that logs what it should not leaves it in the journal, where it is found.
fn journal_notices(bug: Bug, id: &str, message: &str) -> Result<(), Failed> {
    let row = rows::all().into_iter().find(|row| row.id == id).ok_or("the id is a row's")?;
    row.judge(Adapter::Wrong(bug))?;
    let planted = |entry: &journal::Entry| entry.target == journal::CONTROL && entry.message == message;
    if journal::leaks().iter().any(planted) { Ok(()) } else { Err("nothing was found".into()) }
}

fn nothing_leaked() -> Result<(), Failed> {
    let leaks: Vec<_> = journal::leaks().into_iter().filter(|entry| entry.target != journal::CONTROL).take(5).collect();
    println!("{} events looked through", journal::len());
    if leaks.is_empty() { Ok(()) } else { Err(format!("leaked: {leaks:#?}").into()) }
}

fn nothing_breaks_lines() -> Result<(), Failed> {
    let breaking: Vec<_> = journal::line_breaking().into_iter().take(5).collect();
    if breaking.is_empty() { Ok(()) } else { Err(format!("unprintable: {breaking:#?}").into()) }
}

fn table_is_up_to_date() -> Result<(), Failed> {
    let written = table::write(&rows::all());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(table::PATH, &written)?;
    }
    let committed = fs::read_to_string(table::PATH).unwrap_or_default();
    if committed == written { Ok(()) } else { Err("ATTACKS.md is out of date; run the test with UPDATE=1".into()) }
}
