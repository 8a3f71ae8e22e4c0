//! What became of each event, seen from outside: every step of the store and every act of a worker is noted here, and
//! judged against the invariants (INV-…) as it happens. Nothing here shares code with what is judged.

use std::collections::{BTreeMap, BTreeSet};

use countersign::record::{ClaimRequest, Claimed, Nonce, Record, Settled, State};
use countersign::{EventKey, Fingerprint, Outcome, UnixTime};

/// The ledger.
#[derive(Default)]
pub(crate) struct History {
    events: BTreeMap<[u8; 32], Event>,
    last_fence: u64,
    /// Claims whose askers may not hear the answer, though the claim may be made later.
    unheard: BTreeSet<Nonce>,
    violations: Vec<String>,
    transactional: bool,
    window_only: bool,
    pub(crate) counts: Counts,
}

/// What happened, in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Deliveries that reached a worker.
    pub deliveries: u64,
    /// Calls of the store.
    pub calls: u64,
    /// Calls that were slow, failed, or had no answer.
    pub harmed_calls: u64,
    /// Handlers begun.
    pub runs: u64,
    /// Effects.
    pub effects: u64,
    /// Claims over an ended lease.
    pub takeovers: u64,
    /// Events given back.
    pub releases: u64,
    /// Events done.
    pub completions: u64,
    /// Late workers that were told so.
    pub fenced: u64,
    /// Duplicates answered from the record.
    pub repeats: u64,
    /// Processes killed.
    pub kills: u64,
    /// Processes paused.
    pub pauses: u64,
    /// Processes shut down in order.
    pub drains: u64,
    /// Replays at the end of their freshness that were answered from the record.
    pub late_repeats: u64,
    /// Steps of the store's clock.
    pub clock_steps: u64,
    /// Effects done under a lease that had ended, while its worker did not know.
    pub unaware_effects: u64,
}

/// One event, in the store and in the world.
#[derive(Default)]
struct Event {
    /// Since the record began: the claims granted, and the greatest of their fences.
    granted: u32,
    /// Over all records of the event.
    takeovers: u32,
    releases: u32,
    generation: u32,
    starts: BTreeSet<u64>,
    claims: BTreeMap<u64, Grant>,
    effects: Vec<Effect>,
    completed: Option<Done>,
}

struct Grant {
    nonce: Option<Nonce>,
    fingerprint: Fingerprint,
    attempt: u32,
    /// Why its lease may end although its worker wants to keep it.
    excuse: bool,
    released: bool,
}

struct Effect {
    fence: u64,
    generation: u32,
}

struct Done {
    fence: u64,
    outcome: Outcome,
    fingerprint: Fingerprint,
    generation: u32,
}

impl History {
    pub(crate) fn new(transactional: bool, window_only: bool) -> Self {
        Self { transactional, window_only, ..Self::default() }
    }

    pub(crate) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(crate) fn violation(&mut self, found: impl Into<String>) {
        self.violations.push(found.into());
    }

    fn ensure(&mut self, holds: bool, invariant: &str, what: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(format!("{invariant}: {}", what()));
        }
    }

    fn event(&mut self, key: &EventKey) -> &mut Event {
        self.events.entry(*key.as_bytes()).or_default()
    }

    /// A claim was applied: what the record was, what it is, and what was answered.
    pub(crate) fn claimed(
        &mut self,
        key: &EventKey,
        request: &ClaimRequest,
        (before, after): (Option<&Record>, Option<&Record>),
        (claimed, outcome): (Claimed, Option<&Outcome>),
        now: UnixTime,
    ) {
        let live = before.filter(|record| !past(record, now));
        if let (Some(before), None) = (live, after) {
            self.violation(format!("INV-16: a live record {before:?} is gone"));
        }
        match claimed {
            Claimed::Granted { fence, attempt, takeover } => {
                self.granted(key, request, live, (fence.get(), attempt, takeover), now);
                return;
            }
            Claimed::Completed { status } => self.repeated(key, request, live, status, outcome),
            Claimed::Running { .. } => {
                let held =
                    matches!(live, Some(Record { state: State::Running { lease_until }, .. }) if now <= *lease_until);
                self.ensure(held, "INV-09", || format!("told to wait for {live:?}"));
                let same = self.same_body(live, request);
                self.ensure(same, "INV-12", || "another body waits for this one's outcome".into());
            }
            Claimed::Differs => {
                let differs = live.is_some_and(|live| live.fingerprint != request.fingerprint);
                self.ensure(differs, "INV-09", || format!("refused as another body than {live:?}"));
            }
            Claimed::Waiting { .. } | Claimed::Parked => {
                let failed = live.is_some_and(|live| matches!(live.state, State::Released { .. } | State::Parked));
                self.ensure(failed, "INV-09", || format!("{claimed:?} although {live:?}"));
            }
        }
        let parked = matches!(after, Some(Record { state: State::Parked, .. }));
        self.ensure(parked || before == after, "INV-05", || format!("{claimed:?} changed {before:?} to {after:?}"));
    }

    fn same_body(&self, live: Option<&Record>, request: &ClaimRequest) -> bool {
        !request.compare_fingerprint || live.is_none_or(|live| live.fingerprint == request.fingerprint)
    }

    fn granted(
        &mut self,
        key: &EventKey,
        request: &ClaimRequest,
        live: Option<&Record>,
        (fence, attempt, takeover): (u64, u32, bool),
        now: UnixTime,
    ) {
        if let Some(Record { state: State::Running { lease_until }, fence: held, nonce, .. }) = live
            && now <= *lease_until
        {
            let again = *nonce == request.nonce && nonce.is_some() && held.get() == fence;
            self.ensure(again, "INV-07", || {
                format!("fence {fence} was granted while {} holds a valid lease", held.get())
            });
            if again {
                return;
            }
        }
        let done = live.is_some_and(|live| matches!(live.state, State::Completed { .. }));
        self.ensure(!done, "INV-01", || format!("fence {fence} was granted although the event is done"));
        let closed = matches!(live, Some(Record { state: State::Parked, .. }))
            || matches!(live, Some(Record { state: State::Released { claimable_from }, .. }) if now < *claimable_from);
        self.ensure(!closed, "INV-20", || format!("fence {fence} was granted although {live:?}"));
        let last = self.last_fence;
        self.ensure(fence > last, "INV-06", || format!("fence {fence} after {last}"));
        self.last_fence = last.max(fence);
        let ran_out = live.is_some_and(|live| matches!(live.state, State::Running { .. }));
        let same = !ran_out || self.same_body(live, request);
        self.ensure(same, "INV-12", || "another body took the event over".into());
        let held = live.map(|live| live.fence.get());
        let excuse = request.nonce.is_some_and(|nonce| self.unheard.contains(&nonce));
        let event = self.event(key);
        if live.is_none() {
            event.granted = 0;
            event.generation += 1;
        }
        event.granted += 1;
        event.takeovers += u32::from(ran_out);
        let counted = event.granted;
        let excused = !ran_out || held.and_then(|held| event.claims.get(&held)).is_none_or(|earlier| earlier.excuse);
        event.claims.insert(
            fence,
            Grant { nonce: request.nonce, fingerprint: request.fingerprint, attempt, excuse, released: false },
        );
        self.counts.takeovers += u64::from(ran_out);
        self.ensure(excused, "INV-03", || {
            format!("the lease of {held:?} ended although nothing happened to its worker, its calls or the clock")
        });
        self.ensure(attempt == counted && takeover == ran_out, "INV-20", || {
            format!("claim {counted} of the record (takeover: {ran_out}) counts as {attempt} (takeover: {takeover})")
        });
    }

    fn repeated(
        &mut self,
        key: &EventKey,
        request: &ClaimRequest,
        live: Option<&Record>,
        status: u16,
        outcome: Option<&Outcome>,
    ) {
        let recorded = matches!(live, Some(Record { state: State::Completed { .. }, .. }));
        self.ensure(recorded, "INV-17", || format!("an outcome was repeated from {live:?}"));
        let same = self.same_body(live, request);
        self.ensure(same, "INV-12", || "another body gets this one's outcome".into());
        let event = self.event(key);
        let first = event.completed.as_ref().map(|done| done.outcome.clone());
        let kept = first.as_ref().is_some_and(|first| {
            let whole =
                outcome.is_none_or(|outcome| outcome == first || *outcome == Outcome::status_only(first.status));
            first.status == status && whole
        });
        self.ensure(kept, "INV-11", || format!("{status} {outcome:?} is repeated instead of {first:?}"));
    }

    /// A renewal, a completion or a release was applied.
    pub(crate) fn settled(
        &mut self,
        key: &EventKey,
        (what, fence): (&'static str, u64),
        (before, after): (Option<&Record>, Option<&Record>),
        (settled, outcome): (Settled, Option<&Outcome>),
        now: UnixTime,
    ) {
        let live = before.filter(|record| !past(record, now) && record.fence.get() == fence);
        let Some(live) = live else {
            self.counts.fenced += 1;
            self.ensure(before == after && settled == Settled::Fenced, "INV-05", || {
                format!("a {what} under the stale fence {fence}: {settled:?}, {before:?} became {after:?}")
            });
            return;
        };
        if let (State::Completed { .. }, Some(after)) = (live.state, after) {
            self.ensure(live == after, "INV-04", || format!("a {what} changed the outcome {live:?} to {after:?}"));
        }
        let Some(after) = after else {
            self.violation(format!("INV-16: a {what} removed the live record {live:?}"));
            return;
        };
        let done = matches!((live.state, after.state), (State::Running { .. }, State::Completed { .. }));
        let released = matches!((live.state, after.state), (State::Running { .. }, State::Released { .. }));
        let fingerprint = live.fingerprint;
        let event = self.event(key);
        if released {
            event.releases += 1;
            if let Some(grant) = event.claims.get_mut(&fence) {
                grant.released = true;
            }
            self.counts.releases += 1;
        } else if done {
            let generation = event.generation;
            let again = event.completed.as_ref().is_some_and(|done| done.generation == generation);
            let outcome = outcome.cloned().unwrap_or(Outcome::status_only(0));
            event.completed = Some(Done { fence, outcome, fingerprint, generation });
            self.counts.completions += 1;
            self.ensure(!again, "INV-04", || "the event was completed twice".into());
        }
    }

    /// Something happened to the worker that holds `fence`, or to a call of its: its lease may end.
    pub(crate) fn excuse(&mut self, key: &EventKey, fence: u64) {
        if let Some(grant) = self.event(key).claims.get_mut(&fence) {
            grant.excuse = true;
        }
    }

    /// The same for a claim whose answer may not arrive.
    pub(crate) fn excuse_nonce(&mut self, key: &EventKey, nonce: Option<Nonce>) {
        self.unheard.extend(nonce);
        for grant in self.event(key).claims.values_mut().filter(|grant| grant.nonce == nonce) {
            grant.excuse = true;
        }
    }

    /// Every lease may end: the store's clock made a step.
    pub(crate) fn excuse_all(&mut self) {
        self.events.values_mut().flat_map(|event| event.claims.values_mut()).for_each(|grant| grant.excuse = true);
    }

    /// A handler begins.
    pub(crate) fn started(&mut self, key: &EventKey, fence: u64, attempt: u32, body: Fingerprint) {
        self.counts.runs += 1;
        let window_only = self.window_only;
        let event = self.event(key);
        // The key is the delivery's own content: what is handled after its completion is a replay.
        let replay = window_only && event.completed.is_some();
        let twice = !event.starts.insert(fence);
        let starts = u32::try_from(event.starts.len()).unwrap_or(u32::MAX);
        let allowed = event.generation + event.takeovers + event.releases;
        let grant = event.claims.get(&fence).map(|grant| (grant.attempt, grant.fingerprint));
        self.ensure(!replay, "RP-02", || format!("fence {fence} runs a delivery that was handled"));
        self.ensure(!twice, "INV-01", || format!("two handlers ran under fence {fence}"));
        self.ensure(starts <= allowed, "INV-01", || format!("{starts} runs where {allowed} are allowed"));
        self.ensure(grant.is_some(), "INV-15", || format!("a handler ran under fence {fence}, which nobody granted"));
        if let Some((counted, fingerprint)) = grant {
            self.ensure(counted == attempt, "INV-20", || format!("attempt {counted} was told to be {attempt}"));
            self.ensure(fingerprint == body, "INV-12", || "the handler got another body than was claimed".into());
        }
    }

    /// A handler begins without a claim.
    pub(crate) fn started_without_claim(&mut self) {
        self.violation("INV-15: a handler ran without a claim");
    }

    /// A handler has its effect. `ended`: its lease had ended, and its worker does not know.
    pub(crate) fn effect(&mut self, key: &EventKey, fence: u64, unaware: bool) {
        self.counts.effects += 1;
        self.counts.unaware_effects += u64::from(unaware);
        let transactional = self.transactional;
        let event = self.event(key);
        let generation = event.generation;
        let released = event.claims.get(&fence).is_some_and(|grant| grant.released);
        // Of the effects before this one, one may have been under a claim that was completed: then this is one too many.
        let after_completion =
            event.completed.as_ref().is_some_and(|done| done.generation == generation && done.fence == fence);
        let earlier = event.effects.iter().filter(|effect| effect.generation == generation).count();
        let twice = event.effects.iter().any(|effect| effect.fence == fence);
        event.effects.push(Effect { fence, generation });
        self.ensure(!released, "EV-04", || format!("an effect under fence {fence}, which its own worker released"));
        self.ensure(!twice, "INV-01", || format!("two effects under fence {fence}"));
        self.ensure(transactional || !after_completion, "INV-08", || {
            format!("an effect under fence {fence} after it was completed")
        });
        self.ensure(!transactional || earlier == 0, "INV-02", || {
            format!("effect {} of the event, in transactions", earlier + 1)
        });
    }

    /// A success is answered to the delivery that was handled under `fence`.
    pub(crate) fn acknowledged(&mut self, key: &EventKey, fence: u64) {
        let transactional = self.transactional;
        let event = self.event(key);
        let recorded = event.completed.as_ref().is_some_and(|done| done.fence == fence);
        let effects = event.effects.iter().filter(|effect| effect.fence == fence).count();
        self.ensure(effects == 1, "INV-08", || format!("a success under fence {fence} with {effects} effects"));
        self.ensure(recorded, if transactional { "INV-08" } else { "INV-23" }, || {
            format!("a success under fence {fence} was answered and not recorded")
        });
    }

    /// A recorded answer is repeated to a duplicate.
    pub(crate) fn answered_duplicate(&mut self, key: &EventKey, outcome: &Outcome, (body, late): (Fingerprint, bool)) {
        self.counts.repeats += 1;
        self.counts.late_repeats += u64::from(late);
        let event = self.event(key);
        let (first, effects) = match &event.completed {
            Some(done) => (
                outcome.status == done.outcome.status && done.fingerprint == body,
                event.effects.iter().filter(|effect| effect.fence == done.fence).count(),
            ),
            None => (false, 0),
        };
        self.ensure(first, "INV-11", || format!("{outcome:?} is repeated"));
        self.ensure(effects == 1, "INV-08", || format!("a success is repeated with {effects} effects under its claim"));
    }
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (count, more) in [
            (&mut self.deliveries, other.deliveries),
            (&mut self.calls, other.calls),
            (&mut self.harmed_calls, other.harmed_calls),
            (&mut self.runs, other.runs),
            (&mut self.effects, other.effects),
            (&mut self.takeovers, other.takeovers),
            (&mut self.releases, other.releases),
            (&mut self.completions, other.completions),
            (&mut self.fenced, other.fenced),
            (&mut self.repeats, other.repeats),
            (&mut self.kills, other.kills),
            (&mut self.pauses, other.pauses),
            (&mut self.drains, other.drains),
            (&mut self.late_repeats, other.late_repeats),
            (&mut self.clock_steps, other.clock_steps),
            (&mut self.unaware_effects, other.unaware_effects),
        ] {
            *count += more;
        }
        self
    }
}

/// Whether a record's time has passed, by its fields alone.
fn past(record: &Record, now: UnixTime) -> bool {
    let kept = match record.state {
        State::Running { lease_until } => record.expires.max(lease_until),
        _ => record.expires,
    };
    now > kept
}
