//! `records`, over a SQLite file that `listen` writes: what survives the receiver, and what an operator can change.

use std::fs;

use crate::common::run;
use crate::listen::{Receiver, STANDARD_WEBHOOKS, signed};

#[test]
fn what_a_receiver_handled_is_known_to_the_next_and_can_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("records.db").display());
    let listen = [&STANDARD_WEBHOOKS[..], &["--store", &store]].concat();
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);

    let receiver = Receiver::start(&listen);
    assert_eq!(receiver.post(&delivery).0, 200);
    assert_eq!(receiver.stop().count("delivery"), 1);

    // Another process: the event is known.
    let receiver = Receiver::start(&listen);
    assert_eq!(receiver.post(&delivery).0, 200);
    assert_eq!(receiver.post(&signed("standard-webhooks", &["--id", "msg_2"])).0, 200);
    let stopped = receiver.stop();
    assert_eq!([stopped.count("delivery"), stopped.count("duplicate")], [1, 1]);

    let list = ["records", "list", "--store", &store, "--json"];
    let records = run(&list).objects();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record["state"] == "completed" && record["detail"] == "answered 200"));
    let of = |endpoint: &str| run(&[&list[..], &["--endpoint", endpoint]].concat()).objects().len();
    assert_eq!([of("standard-webhooks"), of("another")], [2, 0]);
    let counts = run(&["records", "count", "--store", &store, "--json"]).objects();
    assert_eq!((&counts[0]["completed"], &counts[0]["running"]), (&2.into(), &0.into()));

    let first = records[0]["key"].as_str().unwrap();
    let page = run(&[&list[..], &["--limit", "5", "--after", first]].concat()).objects();
    assert_eq!(page, records[1..]);
    let shown = run(&["records", "show", "--store", &store, first]);
    assert!(shown.status == 0 && shown.says(first) && shown.says("answered 200"), "{}", shown.stdout);

    // Nobody is there to be asked, so nothing is forgotten without a word.
    let forget = |more: &[&str]| run(&[&["records", "forget", "--store", &store, first], more].concat());
    forget(&[]).is_set_up_error(&["--yes"]);
    let audit = folder.path().join("audit.log");
    let forgotten = forget(&["--yes", "--audit", audit.to_str().unwrap()]);
    assert_eq!(forgotten.status, 0, "{}", forgotten.stderr);
    let line = fs::read_to_string(&audit).unwrap();
    assert!(line.contains("forget") && line.contains(first) && line.contains("completed"), "{line}");
    assert!(forgotten.says(line.trim_end()));
    assert_eq!(forget(&["--yes"]).status, 1, "it was forgotten before");

    let receiver = Receiver::start(&listen);
    for id in ["msg_1", "msg_2"] {
        assert_eq!(receiver.post(&signed("standard-webhooks", &["--id", id])).0, 200);
    }
    let stopped = receiver.stop();
    assert_eq!([stopped.count("delivery"), stopped.count("duplicate")], [1, 1], "only the forgotten one ran again");
}

#[test]
fn a_store_or_a_key_that_cannot_be_is_named() {
    run(&["records", "list", "--store", "memory"]).is_set_up_error(&["--store memory", "outlives"]);
    run(&["records", "list", "--store", "mongo://h"]).is_set_up_error(&["--store", "`redis://…`"]);
    run(&["records", "show", "--store", "sqlite:a.db", "12"]).is_set_up_error(&["64 hexadecimal digits"]);
    run(&["records", "count", "--store", "redis://127.0.0.1:1/"]).is_set_up_error(&["--store"]);
}
