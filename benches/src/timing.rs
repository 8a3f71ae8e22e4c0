//! Time: all contenders in turn, round after round, so that a disturbance meets them alike. Slices are shorter than a
//! scheduler's, so that another process on the core spoils few of them; medians pass over those.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contenders::{Contender, Delivery};

const ROUNDS: usize = 201;
const SLICE: Duration = Duration::from_millis(1);

/// How long one call takes.
pub(crate) struct Timing {
    /// The median of the rounds, in nanoseconds.
    pub(crate) nanos: f64,
    /// The median of the rounds' ratios to the first contender in the same round.
    pub(crate) to_first: f64,
}

/// The time of one call, for each contender.
pub(crate) fn measure(bytes: usize) -> Vec<Timing> {
    let delivery = Delivery::valid(bytes);
    let prepared: Vec<_> = Contender::ALL.iter().map(|contender| contender.prepare()).collect();
    let calls: Vec<u32> = prepared
        .iter()
        .map(|one| {
            calls_in(SLICE, || {
                black_box(one.verify(&delivery));
            })
        })
        .collect();
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
    let first = samples[0].clone();
    samples
        .into_iter()
        .map(|samples| {
            let ratios = samples.iter().zip(&first).map(|(sample, first)| sample / first).collect();
            Timing { nanos: median(samples), to_first: median(ratios) }
        })
        .collect()
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
