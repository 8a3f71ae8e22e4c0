//! The verdict: what a ledger says of the invariants of the protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ledger::{Entry, What};

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
    /// What no fault accounts for.
    pub(crate) violations: Vec<String>,
}

/// A fault and the time for which it lasted.
struct Strike<'a> {
    name: &'a str,
    pid: u32,
    from: u64,
    to: u64,
}

/// A handler's run, or its effect.
#[derive(Clone, Copy)]
struct Deed {
    at: u64,
    fence: u64,
    pid: u32,
}

/// How long after a fault its consequences may come: a settlement is tried again for so long.
const AFTERMATH: u64 = 2_000_000;

/// Judges a ledger. `transactional` effects are those of the database, as `(event, fence)`.
pub(crate) fn judge(entries: &[Entry], transactional: Option<&[(String, u64)]>) -> Verdict {
    let mut verdict = Verdict::default();
    let strikes = strikes(entries, &mut verdict);
    let mut starts: BTreeMap<&str, Vec<Deed>> = BTreeMap::new();
    let mut effects: BTreeMap<&str, Vec<Deed>> = BTreeMap::new();
    let mut acks: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for Entry { at, what } in entries {
        match what {
            What::Start { id, fence, pid } => {
                starts.entry(id).or_default().push(Deed { at: *at, fence: *fence, pid: *pid });
            }
            What::Effect { id, fence, pid } => {
                effects.entry(id).or_default().push(Deed { at: *at, fence: *fence, pid: *pid });
            }
            What::Ack { id, body } => acks.entry(id).or_default().push((*at, body)),
            What::Fault { .. } | What::Heal { .. } => {}
        }
    }
    let mut transacted: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (id, fence) in transactional.unwrap_or_default() {
        transacted.entry(id).or_default().push(*fence);
    }
    verdict.events = acks.len();
    verdict.acknowledgements = acks.values().map(Vec::len).sum();
    verdict.runs = starts.values().map(Vec::len).sum();
    for (id, acks) in &acks {
        let bodies: BTreeSet<&str> = acks.iter().map(|(_, body)| *body).collect();
        if bodies.len() > 1 {
            verdict.violate(format!("INV-11: {id} was answered in {} ways: {bodies:?}", bodies.len()));
        }
        let fences: Vec<u64> = match transactional {
            Some(_) => transacted.get(id).cloned().unwrap_or_default(),
            None => effects.get(id).map(|deeds| deeds.iter().map(|deed| deed.fence).collect()).unwrap_or_default(),
        };
        let answered = bodies.iter().filter_map(|body| body.split('-').next()?.parse::<u64>().ok());
        if fences.is_empty() || !answered.clone().any(|fence| fences.contains(&fence)) {
            verdict.violate(format!(
                "INV-08: {id} was acknowledged ({bodies:?}) and its effect is not there ({fences:?})"
            ));
        }
    }
    if transactional.is_some() {
        verdict.effects = transacted.values().map(Vec::len).sum();
        for (id, fences) in transacted.iter().filter(|(_, fences)| fences.len() > 1) {
            verdict.violate(format!("INV-02: {id} took effect {} times, under {fences:?}", fences.len()));
        }
    } else {
        verdict.effects = effects.values().map(Vec::len).sum();
        for (id, deeds) in &effects {
            for pair in deeds.windows(2) {
                let [first, second] = pair else { continue };
                match strikes.iter().find(|strike| strike.accounts_for(first, second)) {
                    Some(strike) => *verdict.crash_windows.entry(strike.name.to_owned()).or_default() += 1,
                    None => verdict.violate(format!(
                        "INV-03: {id} took effect under {} and again under {}, {} ms later, and nothing happened between",
                        first.fence,
                        second.fence,
                        second.at.saturating_sub(first.at) / 1_000
                    )),
                }
            }
        }
    }
    for (id, deeds) in &starts {
        for pair in deeds.windows(2) {
            let [first, second] = pair else { continue };
            let frozen = strikes.iter().any(|strike| {
                strike.pid == second.pid && strike.from <= second.at && strike.to.saturating_add(AFTERMATH) >= second.at
            });
            if second.fence <= first.fence && !frozen {
                verdict.violate(format!("INV-06: {id} ran under fence {} after {}", second.fence, first.fence));
            }
        }
    }
    verdict
}

fn strikes<'a>(entries: &'a [Entry], verdict: &mut Verdict) -> Vec<Strike<'a>> {
    let mut strikes: Vec<Strike<'a>> = Vec::new();
    for Entry { at, what } in entries {
        match what {
            What::Fault { name, pid } => {
                *verdict.faults.entry(name.clone()).or_default() += 1;
                strikes.push(Strike { name, pid: *pid, from: *at, to: u64::MAX });
            }
            What::Heal { name, pid } => {
                let open = strikes.iter_mut().rev().find(|strike| strike.name == name && strike.pid == *pid);
                if let Some(strike) = open {
                    strike.to = *at;
                }
            }
            _ => {}
        }
    }
    strikes
}

impl Strike<'_> {
    /// Whether the fault accounts for two effects of one event: it struck the store, or the process whose claim was
    /// taken over, which is the one with the lower fence. That one may have been frozen between its claim and its effect,
    /// and then takes effect after its successor.
    fn accounts_for(&self, first: &Deed, second: &Deed) -> bool {
        let overtaken = if first.fence < second.fence { first } else { second };
        let concerned = self.pid == overtaken.pid || self.pid == 0;
        concerned && self.from <= second.at && self.to.saturating_add(AFTERMATH) >= first.at
    }
}

impl Verdict {
    pub(crate) fn violate(&mut self, violation: String) {
        self.violations.push(violation);
    }

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
        writeln!(f, "violations       {}", self.violations.len())?;
        self.violations.iter().take(20).try_for_each(|violation| writeln!(f, "  {violation}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(lines: &[&str]) -> Vec<Entry> {
        lines.iter().map(|line| line.parse().unwrap()).collect()
    }

    const CALM: [&str; 3] = ["10 start a 1 7", "20 effect a 1 7", "30 ack a 1-x"];

    #[test]
    fn a_calm_ledger_holds() {
        let verdict = judge(&entries(&CALM), None);
        assert!(verdict.holds(), "{verdict}");
        assert_eq!((verdict.events, verdict.runs, verdict.effects), (1, 1, 1));
    }

    #[test]
    fn a_second_effect_needs_a_fault_that_struck_its_worker_or_the_store() {
        let with = |between: &[&str]| {
            let mut lines = vec!["10 start a 1 7", "20 effect a 1 7"];
            lines.extend_from_slice(between);
            lines.extend(["900 start a 2 8", "910 effect a 2 8", "920 ack a 2-y"]);
            judge(&entries(&lines), None)
        };
        assert!(!with(&[]).holds());
        assert!(!with(&["30 fault kill 9", "40 heal kill 9"]).holds());
        assert_eq!(with(&["30 fault kill 7", "40 heal kill 7"]).crash_windows.values().sum::<usize>(), 1);
        assert!(with(&["30 fault cut 0", "40 heal cut 0"]).holds());
    }

    #[test]
    fn a_thawed_process_may_take_effect_after_its_successor() {
        let frozen = |pid| {
            let (from, to) = (format!("12 fault freeze {pid}"), format!("40 heal freeze {pid}"));
            let lines =
                ["10 start a 1 7", &from, "20 start a 2 8", "30 effect a 2 8", &to, "50 effect a 1 7", "60 ack a 2-y"];
            judge(&entries(&lines), None)
        };
        assert!(frozen(7).holds());
        assert!(!frozen(8).holds());
    }

    #[test]
    fn an_acknowledged_event_without_its_effect_is_lost() {
        assert!(!judge(&entries(&["10 start a 1 7", "30 ack a 1-x"]), None).holds());
        assert!(!judge(&entries(&["20 effect a 1 7", "30 ack a early"]), None).holds());
        assert!(!judge(&entries(&CALM), Some(&[])).holds());
        assert!(judge(&entries(&CALM), Some(&[("a".into(), 1)])).holds());
    }

    #[test]
    fn two_answers_two_transactions_or_a_falling_fence_do_not_hold() {
        assert!(!judge(&entries(&[&CALM[..], &["40 ack a 1-z"]].concat()), None).holds());
        let twice = [("a".to_owned(), 1), ("a".to_owned(), 2)];
        assert!(!judge(&entries(&CALM), Some(&twice)).holds());
        assert!(!judge(&entries(&[&CALM[..], &["40 start a 1 8"]].concat()), None).holds());
    }
}
