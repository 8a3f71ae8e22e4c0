//! What a seed decides before anything happens: the settings, the workers, the events, and the faults with their times.

use crate::defect::Defect;
use crate::dice::Dice;
use crate::store::Way;
use crate::world::Millis;

/// The plan of one history. All times in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// No fault at all: then nothing but a handler's own failure is an excuse.
    pub(crate) quiet: bool,
    pub(crate) transactional: bool,
    /// The whole signed content is the event id: every attempt is an event, and only replays are duplicates.
    pub(crate) window_only: bool,
    pub(crate) in_memory: bool,
    pub(crate) workers: usize,
    pub(crate) skews: Vec<i64>,
    pub(crate) events: u64,
    pub(crate) lease: Millis,
    pub(crate) store_deadline: Millis,
    pub(crate) duplicate_wait: Millis,
    pub(crate) max_waiters: usize,
    pub(crate) handler_deadline: Option<Millis>,
    pub(crate) max_attempts: u32,
    pub(crate) strict_replay: bool,
    pub(crate) harm: u64,
    pub(crate) ways: Vec<Way>,
    pub(crate) longest: Millis,
    pub(crate) faults: Vec<(Millis, Fault)>,
    pub(crate) faults_until: Millis,
    /// How far the senders' clocks are ahead.
    pub(crate) ahead: i64,
    /// How long a sender waits for an answer.
    pub(crate) patience: Millis,
    /// How many handlers of a hundred fail in some way while there are faults.
    pub(crate) failing: u64,
}

/// Something that happens to a worker, or to the store's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Kill { worker: usize, down: Millis },
    Pause { worker: usize, span: Millis },
    Drain { worker: usize, grace: Millis, down: Millis },
    Cut { worker: usize, span: Millis },
    Outage { span: Millis },
    ClockStep { by: i64 },
    WorkerClockStep { worker: usize, by: i64 },
}

/// For how long there are faults.
const FAULTS: Millis = 40_000;

/// How wrong a worker's clock may be: what an endpoint allows for.
const CLOCK_ERROR: i64 = 10_000;

/// How long after its time a delivery is taken, and how long before.
pub(crate) const PAST: Millis = 300_000;
pub(crate) const FUTURE: Millis = 60_000;

impl Plan {
    pub(crate) fn draw(seed: u64, defect: Option<Defect>) -> Self {
        let mut dice = Dice::new(seed, 1);
        let dice = &mut dice;
        let quiet = dice.chance(15);
        let window_only = dice.chance(10);
        let workers = dice.index(3) + 1;
        let lease = dice.pick(&[1_000, 2_000, 5_000, 10_000, 30_000]);
        let longest = dice.pick(&[500, 3_000, 12_000]);
        let mut plan = Self {
            quiet,
            transactional: dice.chance(30),
            window_only,
            in_memory: dice.chance(25) && defect.is_none(),
            workers,
            skews: (0..workers).map(|_| dice.around_zero(CLOCK_ERROR)).collect(),
            events: dice.between(1, 3),
            lease,
            store_deadline: dice.pick(&[200, 500, 2_000]),
            duplicate_wait: dice.pick(&[0, 500, 2_000]),
            max_waiters: dice.pick(&[0, 1, 2, 1_024]),
            handler_deadline: dice.chance(40).then(|| dice.pick(&[1_000, 5_000])),
            max_attempts: if dice.chance(15) { 3 } else { u32::MAX },
            strict_replay: dice.chance(10),
            harm: if quiet { 0 } else { dice.pick(&[0, 3, 10, 30, 60]) },
            ways: if dice.chance(50) { Way::ALL.to_vec() } else { vec![dice.pick(&Way::ALL)] },
            longest,
            faults: Vec::new(),
            faults_until: FAULTS,
            ahead: 0,
            patience: dice.pick(&[1_000, 5_000, 15_000]),
            failing: dice.pick(&[0, 10, 40]),
        };
        if window_only {
            plan.ahead = dice.around_zero(i64::try_from(FUTURE).unwrap_or(0) - 2 * CLOCK_ERROR);
        }
        if !quiet {
            plan.draw_faults(dice);
        }
        plan
    }

    fn draw_faults(&mut self, dice: &mut Dice) {
        let kinds: Vec<u64> = if dice.chance(50) { (0..7).collect() } else { vec![dice.below(7)] };
        for _ in 0..dice.below(7) {
            let worker = dice.index(self.workers);
            let span = dice.pick(&[300, self.lease / 2, self.lease + 500, 2 * self.lease]);
            let fault = match dice.pick(&kinds) {
                0 => Fault::Kill { worker, down: dice.between(100, 5_000) },
                1 => Fault::Pause { worker, span },
                2 => Fault::Drain { worker, grace: dice.pick(&[0, 1_000, 5_000]), down: dice.between(100, 5_000) },
                3 => Fault::Cut { worker, span },
                4 => Fault::Outage { span },
                // What keeps replays out counts on the store's clock within its error.
                5 if self.window_only => Fault::Pause { worker, span },
                5 => Fault::ClockStep { by: dice.around_zero(dice_step(self.lease)) },
                _ => Fault::WorkerClockStep { worker, by: dice.around_zero(CLOCK_ERROR) },
            };
            self.faults.push((dice.between(0, FAULTS), fault));
        }
        self.faults.sort_by_key(|(at, _)| *at);
    }

    /// By when every event must be done, counted from the end of the faults: the last request on its way arrives and
    /// takes a lease, which ends; a handler that was begun runs out; and senders come back.
    pub(crate) fn recovery(&self) -> Millis {
        let steps = self.faults.iter().map(|(_, fault)| match fault {
            Fault::ClockStep { by } => by.unsigned_abs(),
            Fault::Drain { grace, down, .. } => grace + down + 10_000,
            _ => 0,
        });
        let backwards: Millis = steps.sum();
        let handler = 4 * self.lease;
        self.longest + 2 * self.lease + handler + backwards + 4 * self.patience + 60_000
    }
}

/// A step that matters for leases: up to twice the lease.
fn dice_step(lease: Millis) -> i64 {
    i64::try_from(lease * 2).unwrap_or(i64::MAX)
}
