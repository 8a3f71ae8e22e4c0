//! Every target on stable: over its committed corpus, and over random input made from it. What libFuzzer found once
//! and what a person thought of is tried each time; what neither found has ten thousand chances.

mod random;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// A target's body.
type Body = fn(&[u8]) -> bool;

/// Random inputs for each target.
const INPUTS: usize = 10_000;

/// Another seed is another ten thousand inputs; a failure prints the input itself.
const SEED: u64 = 0x5eed;

macro_rules! targets {
    ($($target:ident),*) => {
        const TARGETS: &[&str] = &[$(stringify!($target)),*];

        $(mod $target {
            use countersign_fuzz::$target::run;

            #[test]
            fn holds_over_its_corpus() {
                super::replay(stringify!($target), run);
            }

            #[test]
            fn holds_over_random_input() {
                super::try_random(stringify!($target), run);
            }
        })*
    };
}

targets!(decoders, envelope, intake, records, roundtrip);

#[test]
fn every_target_has_a_shim_and_a_corpus() {
    for directory in ["fuzz_targets", "corpus"] {
        let found: Vec<String> = listed(directory).iter().map(|path| stem(path)).collect();
        assert_eq!(found, TARGETS, "{directory}");
    }
}

#[test]
fn the_corpora_stay_small() {
    let total: usize = TARGETS.iter().flat_map(|target| seeds(target)).map(|(_, seed)| seed.len()).sum();
    assert!((1..200_000).contains(&total), "{total} bytes");
}

fn replay(target: &str, body: Body) {
    let seeds = seeds(target);
    let passed = seeds.iter().filter(|(path, seed)| holds(body, seed, &path.display().to_string())).count();
    // A corpus that reaches one side only would test half of the target.
    assert!(passed > 0 && passed < seeds.len(), "{target}: {passed} of {} seeds came through", seeds.len());
}

fn try_random(target: &str, body: Body) {
    let seeds: Vec<Vec<u8>> = seeds(target).into_iter().map(|(_, seed)| seed).collect();
    let inputs = random::Inputs::new(&seeds, SEED).take(INPUTS);
    let passed = inputs.filter(|input| holds(body, input, target)).count();
    assert!(passed > 0 && passed < INPUTS, "{target}: {passed} of {INPUTS} inputs came through");
    println!("{target}: {INPUTS} inputs of seed {SEED:#x}, {passed} came through");
}

/// Runs a body, and names the input where it panics.
fn holds(body: Body, input: &[u8], origin: &str) -> bool {
    catch_unwind(|| body(input)).unwrap_or_else(|_| panic!("{origin} fails over b\"{}\"", input.escape_ascii()))
}

/// The files of a target's corpus.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = listed(&format!("corpus/{target}"));
    paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("a seed can be read"))).collect()
}

/// What is in a directory of this crate, sorted.
fn listed(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory can be listed").path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
