//! Plays very many histories and says what it found, then shows that it would have found something: each planted bug
//! must break an invariant in the same run.
//!
//! ```sh
//! cargo run --release -p countersign-simulation -- --seeds 100000
//! cargo run --release -p countersign-simulation -- --seed 91             # one history, told as it happens
//! cargo run --release -p countersign-simulation -- --seed 3 --defect no-lease
//! ```

use std::process::ExitCode;

use clap::Parser;
use countersign_simulation::{Campaign, Defect, Verdict, play};

/// The claim protocol in simulated time.
#[derive(Parser)]
struct Args {
    /// How many seeds are played.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many threads play.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Within how many seeds each planted bug must be found.
    #[arg(long, default_value_t = 2_000)]
    control_seeds: u64,
    /// Plays this seed alone, and tells what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Plants a bug in the history of `--seed`.
    #[arg(long)]
    defect: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let holds = match args.seed {
        Some(seed) => tell(seed, args.defect.as_deref()),
        None => campaign(&args),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(seed: u64, defect: Option<&str>) -> bool {
    let planted = defect.map(|name| Defect::ALL.into_iter().find(|defect| defect.name() == name));
    if planted == Some(None) {
        let names = Defect::ALL.map(Defect::name).join(", ");
        eprintln!("error: `--defect` takes one of {names}");
        return false;
    }
    let verdict = play(seed, planted.flatten(), true);
    print_violations(&verdict);
    verdict.violations.is_empty()
}

fn campaign(args: &Args) -> bool {
    let campaign = Campaign::play(args.from, args.seeds, args.threads);
    print!("{campaign}");
    campaign.failed.iter().take(10).for_each(print_violations);
    let mut found_all = true;
    for defect in Defect::ALL {
        match Campaign::find(defect, args.control_seeds) {
            Some(verdict) => {
                let first = verdict.violations.first().map_or("", String::as_str);
                println!("control: {:<24} found by seed {:<4} {first}", defect.name(), verdict.seed);
            }
            None => {
                found_all = false;
                println!("control: {:<24} NOT FOUND in {} seeds", defect.name(), args.control_seeds);
            }
        }
    }
    campaign.failed.is_empty() && found_all
}

fn print_violations(verdict: &Verdict) {
    for violation in &verdict.violations {
        println!("seed {}: {violation}", verdict.seed);
    }
    if !verdict.violations.is_empty() {
        println!("repeat: cargo run --release -p countersign-simulation -- --seed {}", verdict.seed);
    }
}
