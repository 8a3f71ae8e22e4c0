//! Time: all cases in turn, round after round, so that a disturbance meets them alike. Slices are shorter than a
//! scheduler's, so that another process on the core spoils few of them; medians pass over those.

use std::time::{Duration, Instant};

use crate::Effort;

const SLICE: Duration = Duration::from_millis(1);

/// How long one call takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// The median of the rounds, in nanoseconds.
    pub(crate) nanos: f64,
    /// The median of the rounds' ratios to the first case in the same round.
    pub(crate) to_first: f64,
}

/// The time of one call, for each case.
pub(crate) fn measure(effort: Effort, cases: &mut [Box<dyn FnMut() + '_>]) -> Vec<Timing> {
    let calls: Vec<u32> = cases.iter_mut().map(|case| calls_in(SLICE, case)).collect();
    let rounds = effort.pick(41, 301);
    let mut samples = vec![Vec::with_capacity(rounds); cases.len()];
    for _ in 0..rounds {
        for ((case, calls), samples) in cases.iter_mut().zip(&calls).zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..*calls {
                case();
            }
            samples.push(start.elapsed().as_nanos() as f64 / f64::from(*calls));
        }
    }
    let first = samples[0].clone();
    let timing = |samples: Vec<f64>| {
        let ratios = samples.iter().zip(&first).map(|(sample, first)| sample / first).collect();
        Timing { nanos: median(samples), to_first: median(ratios) }
    };
    samples.into_iter().map(timing).collect()
}

/// How many calls fit a slice of time, at least one.
fn calls_in(slice: Duration, call: &mut dyn FnMut()) -> u32 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < slice {
        call();
        calls += 1;
    }
    calls.max(1)
}

pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
