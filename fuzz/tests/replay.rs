//! Every target on stable: over its committed corpus, and over random input made from it. What libFuzzer found once
//! and what a person thought of is tried each time; what neither found has ten thousand chances.

mod random;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use countersign_fuzz::{Body, TARGETS};

/// Random inputs for each target.
const INPUTS: usize = 10_000;

/// Another seed is another few thousand inputs; a failure prints the input itself.
const SEED: u64 = 0x5eed;

#[test]
fn every_target_has_a_shim_and_a_corpus() {
    let shims: Vec<String> = listed("fuzz_targets").iter().map(|path| stem(path)).collect();
    let corpora: Vec<String> = listed("corpus").iter().map(|path| stem(path)).collect();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(shims, names);
    assert_eq!(corpora, names);
}

#[test]
fn the_corpora_stay_small() {
    let sizes = TARGETS.iter().flat_map(|(name, _)| seeds(name)).map(|(_, seed)| seed.len());
    let total: usize = sizes.sum();
    assert!((1..200_000).contains(&total), "{total} bytes");
}

#[test]
fn every_target_holds_over_its_corpus() {
    for (name, body) in TARGETS {
        let seeds = seeds(name);
        let passed = seeds.iter().filter(|(path, seed)| holds(body, seed, &path.display().to_string())).count();
        // A corpus that reaches one side only would test half of the target.
        assert!(passed > 0 && passed < seeds.len(), "{name}: {passed} of {} seeds came through", seeds.len());
        println!("{name}: {} seeds, {passed} came through", seeds.len());
    }
}

#[test]
fn every_target_holds_over_random_input() {
    for (name, body) in TARGETS {
        let seeds: Vec<Vec<u8>> = seeds(name).into_iter().map(|(_, seed)| seed).collect();
        let inputs = random::Inputs::new(&seeds, SEED).take(INPUTS);
        let passed = inputs.filter(|input| holds(body, input, name)).count();
        assert!(passed > 0 && passed < INPUTS, "{name}: {passed} of {INPUTS} inputs came through");
        println!("{name}: {INPUTS} inputs of seed {SEED:#x}, {passed} came through");
    }
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
