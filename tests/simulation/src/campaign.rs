//! Very many seeds, and what they come to.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Counts, Defect, Verdict, play};

/// What came of a range of seeds.
#[derive(Debug, Default)]
pub struct Campaign {
    /// The seeds that broke an invariant.
    pub failed: Vec<Verdict>,
    /// How many seeds were played.
    pub seeds: u64,
    /// How long that took.
    pub took: Duration,
    /// What happened in them, together.
    pub counts: Counts,
    /// How often a task was polled.
    pub polls: u64,
    /// How much time passed in them.
    pub simulated: Duration,
    /// The longest time from the last fault until every event was done.
    pub recovery: Duration,
    /// The longest admission.
    pub admission: Duration,
    /// The longest settlement.
    pub settlement: Duration,
}

impl Campaign {
    /// Plays `seeds` seeds from `from` on.
    ///
    /// # Panics
    ///
    /// A history panicked, which none should.
    pub fn play(from: u64, seeds: u64, threads: u64) -> Self {
        let begun = Instant::now();
        let threads = threads.max(1);
        let mut whole = thread::scope(|scope| {
            let parts: Vec<_> = (0..threads)
                .map(|part| {
                    scope.spawn(move || {
                        let mine = (from..from + seeds).filter(|seed| seed % threads == part);
                        mine.fold(Self::default(), |so_far, seed| so_far.and_seed(play(seed, None, false)))
                    })
                })
                .collect();
            parts.into_iter().fold(Self::default(), |whole, part| whole.and(part.join().expect("a history ends")))
        });
        whole.failed.sort_by_key(|verdict| verdict.seed);
        whole.took = begun.elapsed();
        whole
    }

    /// The first seed, of at most so many, that notices a planted bug.
    pub fn find(defect: Defect, seeds: u64) -> Option<Verdict> {
        (0..seeds).map(|seed| play(seed, Some(defect), false)).find(|verdict| !verdict.violations.is_empty())
    }

    fn and_seed(mut self, verdict: Verdict) -> Self {
        self.seeds += 1;
        self.counts = self.counts.and(&verdict.counts);
        self.polls += verdict.polls;
        self.simulated += verdict.simulated;
        self.recovery = self.recovery.max(verdict.recovery);
        self.admission = self.admission.max(verdict.admission);
        self.settlement = self.settlement.max(verdict.settlement);
        if !verdict.violations.is_empty() {
            self.failed.push(verdict);
        }
        self
    }

    fn and(mut self, other: Self) -> Self {
        self.failed.extend(other.failed);
        self.seeds += other.seeds;
        self.counts = self.counts.and(&other.counts);
        self.polls += other.polls;
        self.simulated += other.simulated;
        self.recovery = self.recovery.max(other.recovery);
        self.admission = self.admission.max(other.admission);
        self.settlement = self.settlement.max(other.settlement);
        self
    }
}

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            deliveries,
            calls,
            harmed_calls,
            runs,
            effects,
            takeovers,
            releases,
            completions,
            fenced,
            repeats,
            kills,
            pauses,
            drains,
            late_repeats,
            clock_steps,
            unaware_effects,
        } = self.counts;
        #[expect(clippy::cast_precision_loss, reason = "a rate, rounded")]
        let rate = self.seeds as f64 / self.took.as_secs_f64();
        writeln!(
            f,
            "{} seeds, {} with a violation; {:.1} s, {rate:.0} a second; {} polls, {:.1} days simulated",
            self.seeds,
            self.failed.len(),
            self.took.as_secs_f64(),
            self.polls,
            self.simulated.as_secs_f64() / 86_400.0,
        )?;
        writeln!(
            f,
            "{deliveries} deliveries, {calls} store calls ({harmed_calls} harmed), {kills} kills, {pauses} pauses, \
             {drains} drains, {clock_steps} clock steps"
        )?;
        writeln!(
            f,
            "{runs} runs, {effects} effects, {completions} completions, {releases} releases, {takeovers} takeovers, \
             {fenced} steps fenced, {repeats} repeats ({late_repeats} of them in the last moments of freshness), {unaware_effects} effects under a lease that had ended unknown to \
             its worker"
        )?;
        writeln!(
            f,
            "longest: recovery {:.1} s, admission {:.1} s, settlement {:.1} s",
            self.recovery.as_secs_f64(),
            self.admission.as_secs_f64(),
            self.settlement.as_secs_f64()
        )
    }
}
