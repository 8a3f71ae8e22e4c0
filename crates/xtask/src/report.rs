//! Steps, one after the other: each is named before it runs, and all of them are in the table at the end.

use std::io::Write;
use std::time::{Duration, Instant};

/// What became of a step that did not fail.
pub(crate) enum Verdict {
    /// It held. The text, where there is one, stands in the table.
    Passed(String),
    /// It was not looked at, for this reason.
    Skipped(String),
}

impl Verdict {
    /// A step that held and has nothing to add.
    pub(crate) fn passed() -> Result<Self, String> {
        Ok(Self::Passed(String::new()))
    }
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    result: &'static str,
    took: Duration,
    note: String,
}

const FAILED: &str = "FAILED";

impl Report {
    /// Runs a step. A step that fails does not stop the next one, so that one run shows everything that is wrong.
    pub(crate) fn step(&mut self, name: &'static str, about: &str, work: impl FnOnce() -> Result<Verdict, String>) {
        println!("\n==> {name}: {about}");
        let started = Instant::now();
        let (result, note) = match work() {
            Ok(Verdict::Passed(note)) => ("ok", note),
            Ok(Verdict::Skipped(why)) => ("skipped", why),
            Err(problem) => (FAILED, problem),
        };
        if !note.is_empty() {
            println!("    {result}: {note}");
        }
        // Programs that are run write to the same place; what was said so far must stand before.
        let _ = std::io::stdout().flush();
        self.rows.push(Row { name, result, took: started.elapsed(), note });
    }

    /// Whether any step failed.
    pub(crate) fn failed(&self) -> bool {
        self.rows.iter().any(|row| row.result == FAILED)
    }

    /// Prints a line for each step, and one for all.
    pub(crate) fn print(&self) {
        println!("\n{self}");
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for row in &self.rows {
            let first_line = row.note.lines().next().unwrap_or_default();
            let line = format!("{:<24} {:<8} {:>7.1} s  {first_line}", row.name, row.result, row.took.as_secs_f64());
            writeln!(f, "{}", line.trim_end())?;
        }
        let failed = self.rows.iter().filter(|row| row.result == FAILED).count();
        let took: Duration = self.rows.iter().map(|row| row.took).sum();
        write!(f, "{} steps, {failed} failed, {:.1} s", self.rows.len(), took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_report_and_the_next_one_still_runs() {
        let mut report = Report::default();
        report.step("first", "holds", Verdict::passed);
        assert!(!report.failed());
        report.step("second", "does not hold", || Err("broken\nin two lines".into()));
        report.step("third", "is not looked at", || Ok(Verdict::Skipped("not here".into())));
        assert!(report.failed());
        let table = report.to_string();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[1].contains("FAILED") && lines[1].ends_with("broken"), "{table}");
        assert!(lines[2].contains("skipped") && lines[2].ends_with("not here"), "{table}");
        assert!(lines[3].starts_with("3 steps, 1 failed"), "{table}");
    }
}
