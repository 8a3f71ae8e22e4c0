//! The verdict: what a ledger says of the invariants of the protocol. Which fault accounts for which second effect is
//! told in `excuse.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::excuse::{Strike, strikes};
use crate::ledger::{Entry, What};
use crate::receiver::LEASE;

/// What a campaign came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) events: usize,
    pub(crate) acknowledgements: usize,
    pub(crate) runs: usize,
    pub(crate) effects: usize,
    /// Faults by name.
    pub(crate) faults: BTreeMap<String, usize>,
    /// Second effects of an event for which a fault between effect and completion accounts, by that fault.
    pub(crate) crash_windows: BTreeMap<String, usize>,
    pub(crate) violations: Violations,
}

/// What no fault accounts for, by the invariant that it breaks.
#[derive(Debug, Default)]
pub(crate) struct Violations(BTreeMap<&'static str, Vec<String>>);

/// One attempt at an event: what its process did under one fence. Times are those of the ledger.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) fence: u64,
    pub(crate) pid: u32,
    pub(crate) started: u64,
    /// When its claim was asked for first, and when the store's grant was seen.
    pub(crate) claim: Option<(u64, u64)>,
    pub(crate) effect: Option<u64>,
    /// When its settlement was asked for first.
    pub(crate) settling: Option<u64>,
    /// When the store first said that the completion was done.
    pub(crate) done: Option<u64>,
    /// When the store first said that the claim was another's.
    pub(crate) fenced: Option<u64>,
}

impl Attempt {
    /// When its claim may have been granted at the earliest.
    pub(crate) fn begun(&self) -> u64 {
        self.claim.map_or(self.started, |(asked, _)| asked)
    }
}

/// How far a store's milliseconds may be from the ledger's microseconds.
const GRAIN: u64 = 5_000;

/// Judges a ledger. `transactional` effects are those of the database, as `(event, fence)`.
pub(crate) fn judge(entries: &[Entry], transactional: Option<&[(String, u64)]>) -> Verdict {
    let mut verdict = Verdict::default();
    for Entry { what, .. } in entries {
        if let What::Fault { name, .. } = what {
            *verdict.faults.entry(name.clone()).or_default() += 1;
        }
    }
    let strikes = strikes(entries);
    let attempts = attempts(entries, &strikes, &mut verdict.violations);
    let mut transacted: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (id, fence) in transactional.unwrap_or_default() {
        transacted.entry(id).or_default().push(*fence);
    }
    verdict.runs = attempts.values().map(Vec::len).sum();
    verdict.effects = match transactional {
        Some(effects) => effects.len(),
        None => attempts.values().flatten().filter(|attempt| attempt.effect.is_some()).count(),
    };
    acknowledged(entries, &attempts, transactional.map(|_| &transacted), &mut verdict);
    for (id, attempts) in &attempts {
        claims(id, attempts, &mut verdict.violations);
        effects(id, attempts, &strikes, &mut verdict);
    }
    for (id, fences) in transacted.iter().filter(|(_, fences)| fences.len() > 1) {
        verdict.violations.add("INV-02", format!("{id} took effect {} times, under {fences:?}", fences.len()));
    }
    verdict
}

/// Every event's attempts, by rising fence.
fn attempts<'a>(
    entries: &'a [Entry],
    strikes: &[Strike],
    violations: &mut Violations,
) -> BTreeMap<&'a str, Vec<Attempt>> {
    let mut attempts: BTreeMap<(u64, u32), (&str, Attempt)> = BTreeMap::new();
    let mut latest: BTreeMap<&str, u64> = BTreeMap::new();
    let mut events: BTreeMap<u64, &str> = BTreeMap::new();
    for Entry { at, what } in entries {
        let What::Start { id, fence, pid } = what else { continue };
        let (fence, pid) = (*fence, *pid);
        let last = latest.insert(id, fence);
        if last.is_some_and(|last| fence <= last) && !strikes.iter().any(|strike| strike.froze(pid, *at)) {
            violations.add("INV-06", format!("{id} ran under fence {fence} after {}", last.unwrap_or_default()));
        }
        if events.insert(fence, id).is_some_and(|other| other != id) {
            violations.add("INV-06", format!("fence {fence} was given to {id} and to another event"));
        }
        let attempt =
            Attempt { fence, pid, started: *at, claim: None, effect: None, settling: None, done: None, fenced: None };
        attempts.insert((fence, pid), (id, attempt));
    }
    for Entry { at, what } in entries {
        let (fence, pid) = match what {
            What::Claim { fence, pid, .. }
            | What::Effect { fence, pid, .. }
            | What::Settle { fence, pid }
            | What::Done { fence, pid }
            | What::Fenced { fence, pid } => (*fence, *pid),
            What::Start { .. } | What::Ack { .. } | What::Fault { .. } | What::Heal { .. } => continue,
        };
        // A process may be killed between its claim and the start of its handler.
        let Some((_, attempt)) = attempts.get_mut(&(fence, pid)) else { continue };
        match what {
            // One that is asked for again holds the lease that it had.
            What::Claim { asked, .. } => attempt.claim = attempt.claim.or(Some((*asked, *at))),
            What::Effect { .. } => attempt.effect = attempt.effect.or(Some(*at)),
            What::Settle { .. } => attempt.settling = attempt.settling.or(Some(*at)),
            What::Done { .. } => attempt.done = attempt.done.or(Some(*at)),
            _ => attempt.fenced = attempt.fenced.or(Some(*at)),
        }
    }
    let mut by_event: BTreeMap<&str, Vec<Attempt>> = BTreeMap::new();
    for (id, attempt) in attempts.into_values() {
        by_event.entry(id).or_default().push(attempt);
    }
    by_event
}

/// What the sender was told must be true, and always the same.
fn acknowledged(
    entries: &[Entry],
    attempts: &BTreeMap<&str, Vec<Attempt>>,
    transacted: Option<&BTreeMap<&str, Vec<u64>>>,
    verdict: &mut Verdict,
) {
    let mut acks: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for Entry { at, what } in entries {
        if let What::Ack { id, body } = what {
            acks.entry(id).or_default().push((*at, body));
        }
    }
    verdict.events = acks.len();
    verdict.acknowledgements = acks.values().map(Vec::len).sum();
    for (id, acks) in &acks {
        let bodies: BTreeSet<&str> = acks.iter().map(|(_, body)| *body).collect();
        if bodies.len() > 1 {
            verdict.violations.add("INV-11", format!("{id} was answered in {} ways: {bodies:?}", bodies.len()));
        }
        let happened = |at: u64, body: &str| {
            let Some(fence) = body.split('-').next().and_then(|fence| fence.parse::<u64>().ok()) else { return false };
            match transacted {
                Some(transacted) => transacted.get(id).is_some_and(|fences| fences.contains(&fence)),
                None => attempts.get(id).is_some_and(|attempts| {
                    attempts
                        .iter()
                        .any(|attempt| attempt.fence == fence && attempt.effect.is_some_and(|then| then <= at))
                }),
            }
        };
        if let Some((_, body)) = acks.iter().find(|(at, body)| !happened(*at, body)) {
            verdict.violations.add("INV-08", format!("{id} was acknowledged ({body}) before that had taken effect"));
        }
    }
}

/// No claim is granted while another holds, or after one was completed; no handler runs without.
fn claims(id: &str, attempts: &[Attempt], violations: &mut Violations) {
    for attempt in attempts.iter().filter(|attempt| attempt.claim.is_none()) {
        violations.add("INV-15", format!("{id} ran under {} in {} without a claim", attempt.fence, attempt.pid));
    }
    for pair in attempts.windows(2) {
        let [first, second] = pair else { continue };
        let (Some((asked, _)), Some((_, granted))) = (first.claim, second.claim) else { continue };
        let given_back = first.settling.is_some_and(|settling| settling <= granted);
        let held_until = asked.saturating_add(micros(LEASE)).saturating_sub(GRAIN);
        if granted < held_until && !given_back {
            violations.add(
                "INV-07",
                format!(
                    "{id} was granted under {} {} ms before the lease of {} ended",
                    second.fence,
                    (held_until - granted) / 1_000,
                    first.fence
                ),
            );
        }
    }
    let completed: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.done.is_some()).collect();
    if completed.len() > 1 {
        let fences: Vec<u64> = completed.iter().map(|attempt| attempt.fence).collect();
        violations.add("INV-04", format!("{id} was completed {} times, under {fences:?}", fences.len()));
    }
    let Some(first) = completed.iter().filter_map(|attempt| attempt.done).min() else { return };
    if let Some(late) = attempts.iter().find(|attempt| attempt.claim.is_some_and(|(asked, _)| asked > first)) {
        violations.add("INV-16", format!("{id} was granted under {} after it had been completed", late.fence));
    }
}

/// Each effect but one needs a fault that cut its very attempt between effect and completion.
fn effects(id: &str, attempts: &[Attempt], strikes: &[Strike], verdict: &mut Verdict) {
    let took: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.effect.is_some()).collect();
    for pair in took.windows(2) {
        let [first, second] = pair else { continue };
        match strikes.iter().find(|strike| strike.accounts_for(first, second)) {
            Some(strike) => *verdict.crash_windows.entry(strike.name.to_owned()).or_default() += 1,
            None => verdict.violations.add(
                "INV-03",
                format!(
                    "{id} took effect under {} in {} and again under {} in {}, and no fault cut the first",
                    first.fence, first.pid, second.fence, second.pid
                ),
            ),
        }
    }
}

pub(crate) fn micros(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Violations {
    pub(crate) fn add(&mut self, invariant: &'static str, violation: String) {
        self.0.entry(invariant).or_default().push(violation);
    }

    pub(crate) fn extend(&mut self, others: Self) {
        for (invariant, violations) in others.0 {
            self.0.entry(invariant).or_default().extend(violations);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Violations {
    /// By invariant: how often it was broken, and the first three times.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "violations       {}", self.0.values().map(Vec::len).sum::<usize>())?;
        for (invariant, violations) in &self.0 {
            writeln!(f, "  {invariant}: {}", violations.len())?;
            violations.iter().take(3).try_for_each(|violation| writeln!(f, "    {violation}"))?;
        }
        Ok(())
    }
}

impl Verdict {
    pub(crate) fn holds(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<String, usize>| {
            let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
        };
        writeln!(f, "faults           {}", list(&self.faults))?;
        writeln!(f, "events           {} acknowledged, {} times", self.events, self.acknowledgements)?;
        writeln!(f, "runs, effects    {}, {}", self.runs, self.effects)?;
        writeln!(f, "crash windows    {}", list(&self.crash_windows))?;
        write!(f, "{}", self.violations)
    }
}

#[cfg(test)]
mod tests;
