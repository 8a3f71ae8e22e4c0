//! Short campaigns over every durable store, and the planted defects that a campaign must find. Long ones are commands:
//! see CONTRIBUTING.md.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One campaign after the other: each takes a whole machine.
static ALONE: Mutex<()> = Mutex::new(());

/// Whether what was promised held, and what was said.
fn run(arguments: &[&str]) -> (bool, String) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(env!("CARGO_BIN_EXE_countersign-faults")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn holds(arguments: &[&str]) {
    let (holds, said) = run(&[&["campaign", "--cycles", "40"], arguments].concat());
    assert!(holds, "{said}");
}

/// A defect shows by chance, so it has several campaigns to show in.
fn is_found(defect: &str) {
    for _ in 0..5 {
        let (holds, said) = run(&["campaign", "--store", "postgres", "--cycles", "25", "--defect", defect]);
        if !holds {
            assert!(said.contains("INV-"), "it ended for another reason: {said}");
            return;
        }
    }
    panic!("{defect} was not found");
}

#[test]
fn redis_keeps_its_promises_under_faults() {
    holds(&["--store", "redis"]);
}

#[test]
fn postgres_keeps_its_promises_under_faults() {
    holds(&["--store", "postgres"]);
}

#[test]
fn sqlite_keeps_its_promises_under_faults() {
    holds(&["--store", "sqlite"]);
}

#[test]
fn effects_in_a_transaction_of_postgres_happen_once() {
    holds(&["--store", "postgres", "--transactional"]);
}

#[test]
fn effects_in_a_transaction_of_sqlite_happen_once() {
    holds(&["--store", "sqlite", "--transactional"]);
}

#[test]
fn a_look_before_the_act_is_found() {
    is_found("check-then-act");
}

#[test]
fn a_completion_without_a_fence_is_found() {
    is_found("unfenced-completion");
}

#[test]
fn an_event_marked_before_its_handler_is_found() {
    is_found("marks-first");
}

#[test]
fn a_store_that_fails_open_is_found() {
    is_found("fails-open");
}

#[test]
fn many_duplicates_through_several_processes_take_effect_once() {
    for store in ["redis", "postgres"] {
        let (holds, said) = run(&["storm", "--store", store, "--events", "200", "--copies", "50"]);
        assert!(holds, "{said}");
    }
}
