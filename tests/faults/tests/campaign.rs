//! Short campaigns over every durable store, and the planted defects that a campaign must find. Long ones are commands:
//! see CONTRIBUTING.md.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One campaign after the other: each takes a whole machine.
static ALONE: Mutex<()> = Mutex::new(());

/// A whole deck of faults, over any store: each kind comes up.
const CYCLES: &str = "36";

const STORES: [&str; 3] = ["redis", "postgres", "sqlite"];

/// Whether what was promised held, and what was said.
fn run(arguments: &[&str]) -> (bool, String) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(env!("CARGO_BIN_EXE_countersign-faults")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// A campaign in which every fault that concerns the store strikes.
fn holds(store: &str, arguments: &[&str]) {
    let (holds, said) = run(&[&["campaign", "--cycles", CYCLES, "--store", store], arguments].concat());
    assert!(holds, "{said}");
    let faults = said.lines().find(|line| line.starts_with("faults ")).unwrap();
    let everywhere = ["kill", "freeze", "terminate", "clock"].into_iter();
    let servers = ["store-kill", "store-restart", "store-freeze", "cut", "deaf", "delay"].into_iter();
    let full = (store == "sqlite" || cfg!(target_os = "linux")).then_some("disk-full");
    let memory = (store == "redis").then_some("memory-full");
    let expected = everywhere.chain(servers.filter(|_| store != "sqlite")).chain(full).chain(memory);
    for fault in expected {
        assert!(faults.contains(&format!(" {fault} ")), "{fault} did not strike: {said}");
    }
}

/// A defect shows by chance, so it has several campaigns to show in, of the faults that bring it out; it must break the
/// invariant that it is a breach of.
fn is_found(defect: &str, invariant: &str, faults: impl Fn(&str) -> &'static str, arguments: &[&str]) {
    for store in STORES {
        let campaign = ["campaign", "--store", store, "--defect", defect, "--faults", faults(store)];
        let found = (0..5).any(|_| {
            let (holds, said) = run(&[&campaign, arguments].concat());
            assert!(holds || said.contains("violations "), "it ended for another reason: {said}");
            said.contains(&format!("  {invariant}: "))
        });
        assert!(found, "{defect} was not found over {store}");
    }
}

#[test]
fn redis_keeps_its_promises_under_faults() {
    holds("redis", &[]);
}

#[test]
fn postgres_keeps_its_promises_under_faults() {
    holds("postgres", &[]);
}

#[test]
fn sqlite_keeps_its_promises_under_faults() {
    holds("sqlite", &[]);
}

#[test]
fn effects_in_a_transaction_of_postgres_happen_once() {
    holds("postgres", &["--transactional"]);
}

#[test]
fn effects_in_a_transaction_of_sqlite_happen_once() {
    holds("sqlite", &["--transactional"]);
}

#[test]
fn a_look_before_the_act_is_found() {
    is_found("check-then-act", "INV-07", |_| "kill", &["--cycles", "3"]);
}

#[test]
fn a_lease_by_the_receivers_own_clock_is_found() {
    is_found("own-clock", "INV-07", |_| "clock", &["--cycles", "2"]);
}

#[test]
fn a_completion_without_a_fence_is_found() {
    // Many events with few copies: more handlers run when their process is frozen.
    is_found("unfenced-completion", "INV-04", |_| "freeze", &["--cycles", "4", "--copies", "3", "--width", "150"]);
}

#[test]
fn an_event_marked_before_its_handler_is_found() {
    is_found("marks-first", "INV-08", |_| "kill", &["--cycles", "3"]);
}

#[test]
fn a_store_that_fails_open_is_found() {
    let faults = |store: &str| if store == "sqlite" { "disk-full" } else { "store-kill" };
    is_found("fails-open", "INV-15", faults, &["--cycles", "1"]);
}

#[test]
fn a_receiver_that_never_recovers_is_named_once() {
    let campaign = ["campaign", "--store", "redis", "--cycles", "3", "--faults", "store-kill"];
    let (holds, said) = run(&[&campaign[..], &["--defect", "stays-silent"]].concat());
    assert!(!holds);
    let violations: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("violations ")).collect();
    assert_eq!(violations.len(), 3, "{said}");
    assert_eq!(violations[..2], ["violations       1", "  INV-10: 1"]);
    assert!(violations[2].contains("the receiver on port ") && violations[2].contains("took no delivery"), "{said}");
}

#[test]
fn many_duplicates_through_several_processes_take_effect_once() {
    for store in ["redis", "postgres"] {
        let (holds, said) = run(&["storm", "--store", store, "--events", "200", "--copies", "50"]);
        assert!(holds, "{said}");
    }
}
