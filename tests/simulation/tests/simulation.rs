//! The short form of the simulation; `main.rs` is the long one.

use countersign_simulation::{Campaign, Defect, play};

const SEEDS: u64 = 5_000;

/// Within how many seeds a planted bug is found. The rarest took 500.
const CONTROL_SEEDS: u64 = 2_000;

#[test]
fn no_history_breaks_an_invariant() {
    let campaign = Campaign::play(0, SEEDS, 2);
    print!("{campaign}");
    if let Some(first) = campaign.failed.first() {
        panic!("`cargo run --release -p countersign-simulation -- --seed {}` repeats {first:#?}", first.seed);
    }
    // What was never tried shows nothing.
    let counts = campaign.counts;
    for (what, count) in [
        ("harmed calls", counts.harmed_calls),
        ("takeovers", counts.takeovers),
        ("fenced steps", counts.fenced),
        ("repeats", counts.repeats),
        ("late repeats", counts.late_repeats),
        ("kills", counts.kills),
        ("pauses", counts.pauses),
        ("drains", counts.drains),
        ("clock steps", counts.clock_steps),
    ] {
        assert!(count > 100, "only {count} {what}");
    }
}

#[test]
fn every_planted_bug_is_found() {
    for defect in Defect::ALL {
        let found = Campaign::find(defect, CONTROL_SEEDS);
        let found = found.unwrap_or_else(|| panic!("{defect:?} was not found in {CONTROL_SEEDS} seeds"));
        println!("{}: seed {}, {}", defect.name(), found.seed, found.violations[0]);
    }
}

#[test]
fn a_seed_plays_the_same_history_every_time() {
    for seed in 0..200 {
        let [first, again] = [(); 2].map(|()| play(seed, None, false));
        let told = |verdict: &countersign_simulation::Verdict| {
            format!("{:?} {:?} {} {:?}", verdict.counts, verdict.simulated, verdict.polls, verdict.recovery)
        };
        assert_eq!(told(&first), told(&again), "seed {seed}");
    }
}
