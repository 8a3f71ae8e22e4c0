//! The handler: it waits, has its effect, waits again, and ends in the way that the dice say.

use std::future::pending;
use std::panic::resume_unwind;

use bytes::Bytes;
use countersign::record::Settled;
use countersign::{Lease, Outcome};

use crate::defect::Defect;
use crate::dice::Dice;
use crate::plan::Plan;
use crate::records::{Answer, Step};
use crate::store::SimStore;
use crate::world::{Millis, lock, within};

/// What one run of a handler does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    before: Millis,
    after: Millis,
    asks_for_its_lease: bool,
    ends: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Succeeds,
    FailsBefore,
    FailsAfter,
    Panics,
    Hangs,
    /// Answers a success, though its transaction was rolled back.
    ForgetsToCommit,
}

/// How long a database's driver waits for an answer.
const DRIVER_PATIENCE: Millis = 3_000;

impl Run {
    /// What a handler is going to do. Once the faults have ended, it succeeds.
    pub(crate) fn draw(dice: &mut Dice, plan: &Plan, now: Millis, defect: Option<Defect>) -> Self {
        let goes_on = defect == Some(Defect::ReleasesWhileRunning);
        let slow = if dice.chance(30) { plan.lease * 2 } else { 100 };
        let mut run = Self {
            before: dice.between(0, slow),
            after: dice.between(0, slow),
            asks_for_its_lease: dice.chance(50),
            ends: End::Succeeds,
        };
        let faults = now < plan.faults_until;
        if faults && dice.chance(plan.failing) {
            run.ends = dice.pick(&[End::FailsBefore, End::FailsAfter, End::Panics, End::Hangs]);
            if plan.transactional && dice.chance(50) {
                run.ends = End::ForgetsToCommit;
            }
            // One that nothing ends keeps its event for ever, as it should.
            if run.ends == End::Hangs && (plan.handler_deadline.is_none() || goes_on) {
                run.ends = End::FailsAfter;
            }
        }
        if let Some(deadline) = plan.handler_deadline.filter(|_| !faults || plan.quiet) {
            run.before = run.before.min(deadline / 4);
            run.after = run.after.min(deadline / 4);
        }
        run
    }

    /// The handler.
    pub(crate) async fn play(self, store: SimStore, transactional: bool, lease: Lease) -> Outcome {
        let (key, fence) = (*lease.key(), lease.fence().get());
        let failed = Outcome::status_only(500);
        store.world.sleep(self.before).await;
        if self.ends == End::FailsBefore || (self.asks_for_its_lease && lease.is_lost()) {
            return failed;
        }
        if transactional {
            if !transact(&store, &lease, self.ends == End::ForgetsToCommit).await {
                return failed;
            }
        } else {
            let unaware = !lease.is_lost() && !lock(&store.records).is_held(&key, fence);
            lock(&store.history).effect(&key, fence, unaware);
        }
        store.world.sleep(self.after).await;
        match self.ends {
            End::FailsBefore | End::FailsAfter => failed,
            End::Panics => resume_unwind(Box::new("the seed says so")),
            End::Hangs => pending().await,
            End::Succeeds | End::ForgetsToCommit => outcome(fence),
        }
    }
}

/// The effect and the completion, both or neither. Whether the handler thinks that it has both.
async fn transact(store: &SimStore, lease: &Lease, forgets: bool) -> bool {
    // As long as a database's driver waits for an answer.
    let done = async |step| {
        let answer = within(&store.world, DRIVER_PATIENCE, store.ask(lease.key(), step)).await;
        matches!(answer, Some(Ok(Answer::Settled(Settled::Done))))
    };
    if !done(Step::CompleteIn(lease.fence())).await {
        return false;
    }
    lease.leave_to_transaction();
    forgets || done(Step::Commit(lease.fence(), outcome(lease.fence().get()), lease.retention())).await
}

/// What the handler answers under a fence: no two runs the same.
pub(crate) fn outcome(fence: u64) -> Outcome {
    let header = ("etag".to_owned(), fence.to_string().into_bytes());
    Outcome { status: 200, headers: vec![header], body: Some(Bytes::from(format!("run under {fence}"))) }
}
