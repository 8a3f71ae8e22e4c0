//! Measures countersign beside its peers and beside the bare hash, in one run on one machine. A figure is a ratio of
//! medians of interleaved rounds; allocations and instructions are exact counts; absolute times are context.
//!
//! ```sh
//! cargo xtask bench [--quick]     # everything; tables here, JSON and plots in benches/results
//! ```

mod contenders;
mod goals;
mod http;
mod load;
mod plot;
mod report;
mod scaling;
mod timing;
mod trees;
mod uploads;
mod verify;

use std::process::ExitCode;

/// Allocations and allocated bytes of this process so far, where its allocator counts.
pub type Counter = fn() -> (u64, u64);

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// Few rounds and no large bodies: whether it runs, and roughly what comes out.
    Quick,
    Full,
}

impl Effort {
    fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

const USAGE: &str = "\
usage: countersign-benches [verify | http | scaling | uploads | trees]... [--quick]

  verify    one delivery by several libraries: time, instructions, allocations; what a refusal costs
  http      one server behind axum or actix: processor time and allocations a request
  scaling   how cost grows with the body, with live records, with endpoints and with keys
  uploads   memory of a thousand uploads that never end
  trees     crates that a receiver brings, and what they cost to build
";

/// Does what the command line says. `counter` is there in the program whose allocator counts.
pub fn run(counter: Option<Counter>) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["step", scheme, contender, bytes, calls] => verify::step(scheme, contender, number(bytes), number(calls)),
        ["allocations", scheme, contender, bytes, case] => {
            verify::allocations(scheme, contender, number(bytes), case, counter)
        }
        ["serve", framework, stack] => http::serve(framework, stack, counter),
        _ => return measure(&words),
    }
    ExitCode::SUCCESS
}

fn measure(words: &[&str]) -> ExitCode {
    let (flags, parts): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('-'));
    let known = ["verify", "http", "scaling", "uploads", "trees"];
    if flags.iter().any(|flag| *flag != "--quick") || parts.iter().any(|part| !known.contains(part)) {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    }
    let effort = if flags.is_empty() { Effort::Full } else { Effort::Quick };
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let machine = report::Machine::look();
    println!("{machine}\n");
    type Part = (&'static str, fn(Effort) -> serde_json::Value);
    let all: [Part; 5] = [
        ("verify", verify::measure),
        ("http", http::measure),
        ("scaling", scaling::measure),
        ("uploads", uploads::measure),
        ("trees", trees::measure),
    ];
    let mut results = serde_json::Map::new();
    for (part, measure) in all.into_iter().filter(|(part, _)| wanted(part)) {
        let measured = measure(effort);
        machine.save(part, effort, &measured);
        results.insert(part.to_owned(), measured);
    }
    let table = goals::table(&results.into());
    println!("{}", report::Table::from(&table));
    // Half a run is no comparison.
    if parts.is_empty() && effort == Effort::Full {
        report::compare(&machine, &table);
    }
    ExitCode::SUCCESS
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

/// The program whose allocator counts: it lies beside this one.
fn counted() -> std::process::Command {
    let program = std::env::current_exe().expect("this program has a path");
    std::process::Command::new(program.with_file_name("counted"))
}
