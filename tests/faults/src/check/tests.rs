//! Ledgers written by hand: what must pass, and beside each what must not.

use super::*;

/// Judges lines, each of `at` in milliseconds and what the ledger has after it.
fn verdict_of(lines: &[String], transactional: Option<&[(String, u64)]>) -> Verdict {
    let mut entries: Vec<Entry> = lines
        .iter()
        .map(|line| {
            let (at, what) = line.split_once(' ').unwrap();
            format!("{} {what}", at.parse::<u64>().unwrap() * 1_000).parse().unwrap()
        })
        .collect();
    entries.sort_by_key(|entry| entry.at);
    judge(&entries, transactional)
}

/// One attempt at event `a` in the making: asked for at `at`, granted and started at once, done 20 ms later.
struct Run(Vec<String>);

fn run(at: u64, fence: u64, pid: u32) -> Run {
    let asked = at * 1_000;
    Run(vec![format!("{at} claim {fence} {pid} {asked}"), format!("{at} start a {fence} {pid}")])
}

impl Run {
    fn then(mut self, line: &str) -> Self {
        self.0.push(line.to_owned());
        self
    }

    fn beside(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The invariants that are broken, and how many second effects a fault accounts for.
    fn judged(&self) -> (Vec<&'static str>, usize) {
        let verdict = verdict_of(&self.0, None);
        (verdict.violations.0.keys().copied().collect(), verdict.crash_windows.values().sum())
    }

    fn breaks(&self, invariants: &[&str]) {
        let (broken, _) = self.judged();
        assert_eq!(broken, invariants, "{:#?}", self.0);
    }

    fn is_a_crash_window(&self) {
        assert_eq!(self.judged(), (vec![], 1), "{:#?}", self.0);
    }
}

/// Process 7 takes effect at 20 and asks for completion at 25; process 8 gets the event at 1,500 and completes it.
fn twice() -> Run {
    let first = run(10, 1, 7).then("20 effect a 1 7").then("25 settle 1 7");
    let second = run(1_500, 2, 8).then("1510 effect a 2 8").then("1515 settle 2 8").then("1520 done 2 8");
    first.beside(second).then("1530 ack a 2-y")
}

fn calm() -> Run {
    run(10, 1, 7).then("20 effect a 1 7").then("25 settle 1 7").then("27 done 1 7").then("30 ack a 1-x")
}

#[test]
fn a_calm_ledger_holds() {
    let verdict = verdict_of(&calm().0, None);
    assert!(verdict.holds(), "{verdict}");
    assert_eq!((verdict.events, verdict.runs, verdict.effects), (1, 1, 1));
}

#[test]
fn a_second_effect_without_a_fault_is_a_violation() {
    twice().breaks(&["INV-03"]);
}

#[test]
fn a_kill_accounts_for_the_attempt_that_it_cut_and_for_no_other() {
    let killed = |from: u64, to: u64, pid: u32| {
        twice().then(&format!("{from} fault kill {pid}")).then(&format!("{to} heal kill {pid}"))
    };
    killed(30, 40, 7).is_a_crash_window();
    killed(15, 40, 7).is_a_crash_window();
    // Another process; before the effect; after the second attempt had started.
    killed(30, 40, 9).breaks(&["INV-03"]);
    killed(30, 40, 8).breaks(&["INV-03"]);
    killed(12, 15, 7).breaks(&["INV-03"]);
    killed(1_505, 1_600, 7).breaks(&["INV-03"]);
}

#[test]
fn a_kill_long_after_the_effect_cut_nothing() {
    let late = run(10, 1, 7).then("20 effect a 1 7").then("9000 fault kill 7").then("9010 heal kill 7");
    late.beside(run(9_500, 2, 8).then("9510 effect a 2 8")).breaks(&["INV-03"]);
}

#[test]
fn a_completion_that_was_answered_is_not_cut_any_more() {
    let killed = |answer: &str| twice().then(answer).then("30 fault kill 7").then("40 heal kill 7");
    killed("28 fenced 1 7").breaks(&["INV-03"]);
    // And one that was done never lets a second attempt run.
    killed("28 done 1 7").breaks(&["INV-03", "INV-04", "INV-16"]);
    let dropped = twice().then("28 done 1 7").then("30 fault store-kill 0").then("40 heal store-kill 0");
    dropped.breaks(&["INV-03", "INV-04", "INV-16"]);
}

#[test]
fn a_late_completion_without_a_fence_is_no_crash_window() {
    let frozen = |answer: &str| twice().then("22 fault freeze 7").then("1600 heal freeze 7").then(answer);
    frozen("1610 fenced 1 7").is_a_crash_window();
    frozen("1610 done 1 7").breaks(&["INV-03", "INV-04"]);
}

#[test]
fn an_acknowledgement_before_its_effect_is_a_violation_whatever_happens_to_the_process() {
    let early = run(10, 1, 7).then("12 ack a 1-x").then("20 effect a 1 7").then("25 settle 1 7").then("27 done 1 7");
    early.breaks(&["INV-08"]);
    let cut = run(10, 1, 7).then("12 ack a 1-x").then("15 fault kill 7").then("18 heal kill 7");
    cut.breaks(&["INV-08"]);
    run(10, 1, 7)
        .then("20 effect a 1 7")
        .then("25 settle 1 7")
        .then("27 done 1 7")
        .then("30 ack a early")
        .breaks(&["INV-08"]);
}

#[test]
fn a_frozen_process_may_take_effect_after_its_successor() {
    let frozen = |pid: u32| {
        let thawed = run(10, 1, 7).then("1610 effect a 1 7").then("1611 settle 1 7").then("1612 fenced 1 7");
        let successor = run(1_300, 2, 8).then("1310 effect a 2 8").then("1311 settle 2 8").then("1312 done 2 8");
        let strike = [format!("12 fault freeze {pid}"), format!("1600 heal freeze {pid}")];
        thawed.beside(successor).then(&strike[0]).then(&strike[1]).then("1620 ack a 2-y")
    };
    frozen(7).is_a_crash_window();
    frozen(8).breaks(&["INV-03"]);
}

#[test]
fn a_grant_that_is_asked_for_again_holds_the_lease_that_it_had() {
    // Asked at 10, and again when the grant came at 500; process 8 gets the event once that lease has ended.
    let again = |second: u64| {
        let first = ["500 claim 1 7 10000", "510 claim 1 7 509000", "510 start a 1 7"];
        Run(first.map(str::to_owned).to_vec()).beside(run(second, 2, 8))
    };
    again(1_300).breaks(&[]);
    again(900).breaks(&["INV-07"]);
}

#[test]
fn a_process_that_was_frozen_while_its_claim_was_granted_may_run_late() {
    let frozen = |from: u64, to: u64| {
        let lines =
            ["1440 claim 1 7 10000", "1440 start a 1 7", "1450 effect a 1 7", "1453 settle 1 7", "1492 fenced 1 7"];
        let successor = run(1_130, 2, 8).then("1135 effect a 2 8").then("1138 settle 2 8").then("1143 done 2 8");
        let late = Run(lines.map(str::to_owned).to_vec()).beside(successor);
        late.then(&format!("{from} fault freeze 7")).then(&format!("{to} heal freeze 7"))
    };
    frozen(12, 1_434).is_a_crash_window();
    // Before it had asked.
    frozen(2, 8).breaks(&["INV-03"]);
}

#[test]
fn a_fault_of_the_store_accounts_for_a_completion_that_it_met_and_for_no_other() {
    let struck = |name: &str, from: u64, to: u64| {
        twice().then(&format!("{from} fault {name} 0")).then(&format!("{to} heal {name} 0"))
    };
    struck("cut", 15, 30).is_a_crash_window();
    struck("disk-full", 15, 1_400).is_a_crash_window();
    // Begun when the second attempt ran already.
    struck("store-kill", 1_501, 1_600).breaks(&["INV-03"]);
    // Long over when the first took effect.
    let later = run(5_000, 1, 7).then("5010 effect a 1 7").beside(run(6_500, 2, 8).then("6510 effect a 2 8"));
    later.then("100 fault cut 0").then("200 heal cut 0").breaks(&["INV-03"]);
}

#[test]
fn a_clock_that_steps_accounts_for_nothing() {
    twice().then("12 fault clock 7").then("1400 heal clock 7").breaks(&["INV-03"]);
}

#[test]
fn a_claim_is_not_granted_while_another_holds() {
    let granted = |at: u64| run(10, 1, 7).beside(run(at, 2, 8));
    granted(1_020).breaks(&[]);
    granted(600).breaks(&["INV-07"]);
    // It was given back, by a release or a completion.
    granted(600).then("500 settle 1 7").breaks(&[]);
    granted(600).then("700 settle 1 7").breaks(&["INV-07"]);
    // Not even where the process is gone: others wait for the lease's end.
    granted(600).then("20 fault kill 7").then("30 heal kill 7").breaks(&["INV-07"]);
}

#[test]
fn a_lease_is_counted_from_its_first_asking() {
    // Granted at the first asking, whose answer was lost, and found at the second.
    let lines = ["700 claim 1 7 10000", "700 start a 1 7"].map(str::to_owned).to_vec();
    Run(lines).beside(run(1_020, 2, 8)).breaks(&[]);
}

#[test]
fn a_handler_without_a_claim_is_a_violation() {
    Run(vec!["10 start a 1 7".into(), "20 effect a 1 7".into()]).breaks(&["INV-15"]);
    let lines = ["10 start a 1 7", "20 effect a 1 7", "15 fault cut 0", "30 heal cut 0"].map(str::to_owned).to_vec();
    Run(lines).beside(run(1_500, 2, 8).then("1510 effect a 2 8")).breaks(&["INV-03", "INV-15"]);
    // Another process's claim is not its own.
    run(10, 1, 7).then("15 start a 1 8").breaks(&["INV-06", "INV-15"]);
}

#[test]
fn an_event_that_was_completed_is_not_granted_again() {
    calm().beside(run(700_000, 2, 8)).breaks(&["INV-16"]);
}

#[test]
fn fences_rise_except_in_a_process_that_was_frozen() {
    let falling = || run(10, 2, 7).beside(run(1_500, 1, 8));
    let (broken, _) = falling().judged();
    assert!(broken.contains(&"INV-06"));
    let late = Run(["5 claim 1 7 5000", "1300 start a 1 7"].map(str::to_owned).to_vec()).beside(run(1_100, 2, 8));
    late.then("6 fault freeze 7").then("1290 heal freeze 7").breaks(&[]);
}

#[test]
fn an_acknowledged_event_without_its_effect_is_lost() {
    run(10, 1, 7).then("30 ack a 1-x").breaks(&["INV-08"]);
    Run(vec!["30 ack a 1-x".into()]).breaks(&["INV-08"]);
    assert!(!verdict_of(&calm().0, Some(&[])).holds());
    assert!(verdict_of(&calm().0, Some(&[("a".into(), 1)])).holds());
}

#[test]
fn two_answers_or_two_transactions_do_not_hold() {
    let (broken, _) = calm().then("40 ack a 1-z").judged();
    assert_eq!(broken, ["INV-11"]);
    let twice = [("a".to_owned(), 1), ("a".to_owned(), 2)];
    assert!(!verdict_of(&calm().0, Some(&twice)).holds());
}

#[test]
fn violations_are_told_by_kind_with_their_number_and_a_few_examples() {
    let mut violations = Violations::default();
    (0..264).for_each(|number| violations.add("INV-12", format!("number {number}")));
    violations.add("INV-10", "the receiver on port 1".into());
    let told = violations.to_string();
    assert_eq!(told.lines().count(), 7, "{told}");
    assert!(told.contains("violations       265") && told.contains("INV-12: 264"), "{told}");
}
