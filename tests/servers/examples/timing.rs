//! Measures how long the servers take to start: the median of some starts each.

use std::time::{Duration, Instant};

use countersign_test_servers::{Postgres, Redis};

fn median<T>(what: &str, rounds: usize, mut step: impl FnMut() -> T) {
    let mut took: Vec<Duration> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            let result = step();
            let took = started.elapsed();
            drop(result);
            took
        })
        .collect();
    took.sort_unstable();
    println!("{what}: {:?} (of {rounds}, at most {:?})", took[rounds / 2], took[rounds - 1]);
}

fn main() {
    let durable = [("appendonly", "yes"), ("appendfsync", "always")];
    median("redis start", 11, || Redis::start().unwrap());
    median("redis start, appendonly", 11, || Redis::with(&durable).unwrap());
    median("valkey start", 11, || Redis::valkey(&[]).unwrap());
    let redis = Redis::with(&durable).unwrap();
    median("redis kill and restart", 11, || redis.kill().and_then(|()| redis.restart()).unwrap());
    for settings in [&[][..], &[("fsync", "off")][..]] {
        println!("postgres with {settings:?}");
        median("  start", 7, || Postgres::with(settings).unwrap());
        let postgres = Postgres::with(settings).unwrap();
        median("  create_database", 7, || postgres.create_database().unwrap());
        median("  kill and restart", 7, || postgres.kill().and_then(|()| postgres.restart()).unwrap());
    }
}
