//! Where results go: tables on the terminal, JSON in `results`, and the machine, versions and commit they belong to.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::Effort;
use crate::goals::Row;

/// The crates whose versions belong to a result.
const CRATES: [&str; 11] = [
    "actix-web",
    "async-stripe-webhook",
    "axum",
    "hmac",
    "http",
    "moka",
    "sha2",
    "standardwebhooks",
    "svix",
    "tokio",
    "webhook-verify",
];

/// What a result depends on.
pub(crate) struct Machine {
    facts: Value,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
            line.and_then(|line| line.split_once(':')).map_or("unknown", |(_, value)| value.trim()).to_owned()
        };
        let has_sha = field("flags").split(' ').any(|flag| flag == "sha_ni");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let lock = include_str!("../Cargo.lock");
        let versions = |name: &str| -> Vec<&str> {
            let head = format!("name = \"{name}\"\nversion = \"");
            lock.split(&head).skip(1).filter_map(|rest| rest.split('"').next()).collect()
        };
        let versions: serde_json::Map<String, Value> =
            CRATES.iter().map(|name| ((*name).to_owned(), versions(name).join(", ").into())).collect();
        let facts = json!({
            "date": said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            "commit": said("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
            "cpu": field("model name"),
            "cores": cores,
            "sha_instructions": has_sha,
            "kernel": said("uname", &["-sr"]),
            "rustc": said("rustc", &["--version"]),
            "profile": "release, as Cargo has it",
            "load": std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next(),
            "versions": versions,
        });
        Self { facts }
    }

    /// Writes a part's results to `results/NAME.json`. A quick run is no result and leaves the files alone.
    pub(crate) fn save(&self, name: &str, effort: Effort, results: &Value) {
        if effort == Effort::Quick {
            return;
        }
        let text = serde_json::to_string_pretty(&json!({ "machine": self.facts, "results": results })).expect("JSON");
        write(&format!("{name}.json"), &(text + "\n"));
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fact = |name: &str| self.facts[name].as_str().unwrap_or("?").to_owned();
        writeln!(f, "{}, commit {}, {}", fact("date"), fact("commit"), fact("rustc"))?;
        write!(
            f,
            "{}, {} cores, load {}, SHA instructions: {}",
            fact("cpu"),
            self.facts["cores"],
            fact("load"),
            self.facts["sha_instructions"]
        )
    }
}

/// Puts the goals into `COMPARE.md`, between the lines that mark their place.
pub(crate) fn compare(machine: &Machine, goals: &[Row]) {
    const BEGIN: &str = "<!-- what `cargo xtask bench` measured -->\n";
    const END: &str = "<!-- end -->";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../COMPARE.md");
    let text = std::fs::read_to_string(&path).expect("COMPARE.md");
    let (before, rest) = text.split_once(BEGIN).expect("COMPARE.md marks where the goals begin");
    let (_, after) = rest.split_once(END).expect("COMPARE.md marks where the goals end");
    let mut table = String::from("| | goal | measured | |\n| --- | --- | --- | --- |\n");
    for Row { what, goal, measured, holds } in goals {
        table += &format!("| {what} | {goal} | {measured} | {} |\n", if *holds { "" } else { "missed" });
    }
    let machine = machine.to_string().replace('\n', "; ");
    let text = format!("{before}{BEGIN}{machine}.\n\n{table}{END}{after}");
    std::fs::write(path, text).expect("room for COMPARE.md");
}

pub(crate) fn write(name: &str, text: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&folder).expect("a folder for results");
    std::fs::write(folder.join(name), text).expect("room for results");
}

fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or("unknown".to_owned(), |text| text.trim().to_owned())
}

/// Rows under headings, in columns as wide as they need to be.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl From<&Vec<Row>> for Table {
    fn from(goals: &Vec<Row>) -> Self {
        let mut table = Self::new(&["", "goal", "measured", ""]);
        for Row { what, goal, measured, holds } in goals {
            let missed = if *holds { "" } else { "missed" };
            table.row([what.clone(), goal.clone(), measured.clone(), missed.to_owned()]);
        }
        table
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        for row in &self.rows {
            let cells = (0..columns).map(|column| {
                format!("{:<1$}", row.get(column).map_or("", String::as_str), width(column).unwrap_or(0))
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A size in bytes, in words.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1_048_576 && bytes % 1_048_576 == 0 => format!("{} MiB", bytes / 1_048_576),
        bytes if bytes >= 1_024 && bytes % 1_024 == 0 => format!("{} KiB", bytes / 1_024),
        bytes => format!("{bytes} B"),
    }
}
