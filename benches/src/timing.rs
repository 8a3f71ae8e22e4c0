//! Time: all contenders in turn, round after round, so that a disturbance meets them alike; the median of the rounds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contenders::{Contender, Delivery};

const ROUNDS: usize = 41;
const SLICE: Duration = Duration::from_millis(4);

/// The median time of one call in nanoseconds, for each contender.
pub(crate) fn medians(bytes: usize) -> Vec<f64> {
    let delivery = Delivery::valid(bytes);
    let prepared: Vec<_> = Contender::ALL.iter().map(|contender| contender.prepare()).collect();
    let calls: Vec<u32> = prepared.iter().map(|one| calls_in(SLICE, || {
        black_box(one.verify(&delivery));
    })).collect();
    let mut samples = vec![Vec::with_capacity(ROUNDS); prepared.len()];
    for _ in 0..ROUNDS {
        for ((one, calls), samples) in prepared.iter().zip(&calls).zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..*calls {
                black_box(one.verify(black_box(&delivery)));
            }
            samples.push(start.elapsed().as_nanos() as f64 / f64::from(*calls));
        }
    }
    samples.into_iter().map(median).collect()
}

/// How many calls fit a slice of time, at least one.
fn calls_in(slice: Duration, mut call: impl FnMut()) -> u32 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < slice {
        call();
        calls += 1;
    }
    calls.max(1)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
