//! The table of the designs: what an exhaustive search finds under each fault. That the designs that must fail do fail
//! is what the others' verdict is worth.

use countersign_simulation::model::{Bounds, Design, Fault, Found};

const MIXES: [(&str, &[Fault]); 8] = [
    ("no fault", &[]),
    ("handler error", &[Fault::HandlerError]),
    ("kill", &[Fault::Kill]),
    ("pause > lease", &[Fault::Pause]),
    ("failover", &[Fault::Failover]),
    ("outage, fail open", &[Fault::OutageFailOpen]),
    ("outage, fail closed", &[Fault::OutageFailClosed]),
    ("any but fail open", &[Fault::HandlerError, Fault::Kill, Fault::Pause, Fault::Failover, Fault::OutageFailClosed]),
];

const DESIGNS: [Design; 7] = [
    Design::CheckThenAct,
    Design::MarkBeforeRun,
    Design::NoLease,
    Design::NoFence,
    Design::LeaseAndFence,
    Design::Recheck,
    Design::Transaction,
];

/// What is wrong, in words; `ok` where nothing is.
fn verdict(found: Found) -> String {
    let wrong =
        [(found.effects > 1, "2"), (found.overwritten, "overwritten"), (found.loss, "loss"), (found.stuck, "stuck")];
    let words: Vec<_> = wrong.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    if words.is_empty() { "ok".into() } else { words.join(" ") }
}

#[test]
fn the_table_of_designs_is_as_it_was_worked_out() {
    let mut states = 0;
    let mut rows = Vec::new();
    for design in DESIGNS {
        let row: Vec<String> = MIXES
            .iter()
            .map(|(_, faults)| {
                let found = Bounds::SMALL.search(design, faults);
                states += found.states;
                verdict(found)
            })
            .collect();
        println!("{:<14} | {}", format!("{design:?}"), row.join(" | "));
        rows.push((design, row));
    }
    println!("{states} states of {} designs under {} mixes of faults", DESIGNS.len(), MIXES.len());
    for ((design, row), expected) in rows.iter().zip(EXPECTED) {
        assert_eq!(row, &expected, "{design:?}");
    }
}

const EXPECTED: [[&str; 8]; 7] = [
    ["2 overwritten"; 8],
    ["ok", "loss", "loss", "ok", "2", "2", "ok", "2 loss"],
    // A completion that is lost leaves a claim that never ends.
    ["ok", "ok", "stuck", "ok", "2 stuck", "2", "ok", "2 stuck"],
    ["ok", "ok", "2", "2 overwritten", "2 overwritten", "2", "ok", "2 overwritten"],
    ["ok", "ok", "2", "2", "2", "2", "ok", "2"],
    ["ok", "ok", "2", "2", "2", "2", "ok", "2"],
    ["ok", "ok", "ok", "ok", "loss", "2", "ok", "loss"],
];

/// With its lease made sure of before the effect, a handler that was paused before it has none.
#[test]
fn what_the_protocol_itself_promises_holds_under_every_fault() {
    let any = [Fault::HandlerError, Fault::Kill, Fault::Pause, Fault::OutageFailClosed];
    for design in [Design::LeaseAndFence, Design::Recheck, Design::Transaction] {
        let found = Bounds::SMALL.search(design, &any);
        println!("{design:?}: {} states", found.states);
        assert!(!found.two_leases && !found.overwritten && !found.loss && !found.stuck, "{design:?}: {found:?}");
        let effects = if design == Design::Transaction { 1 } else { 2 };
        assert_eq!(found.effects, effects, "{design:?}");
    }
}

#[test]
fn the_protocol_holds_with_one_delivery_and_one_fault_more() {
    let bounds = Bounds { deliveries: 4, faults: 2, ..Bounds::SMALL };
    let any = [Fault::HandlerError, Fault::Kill, Fault::Pause, Fault::OutageFailClosed];
    for (design, effects) in [(Design::LeaseAndFence, 3), (Design::Recheck, 3), (Design::Transaction, 1)] {
        let found = bounds.search(design, &any);
        println!("{design:?}: {} states", found.states);
        assert!(!found.two_leases && !found.overwritten && !found.loss && !found.stuck, "{design:?}: {found:?}");
        assert_eq!(found.effects, effects, "{design:?}");
    }
}
