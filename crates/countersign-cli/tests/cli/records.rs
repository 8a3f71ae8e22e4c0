//! `records`, over a SQLite file that `listen` writes: what survives the receiver, and what an operator can change.

use std::fs;

use crate::common::run;
use crate::listen::{Receiver, STANDARD_WEBHOOKS, signed, with_config};

#[test]
fn what_a_receiver_handled_is_known_to_the_next_and_can_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("records.db").display());
    let listen = [&STANDARD_WEBHOOKS[..], &["--store", &store]].concat();
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);

    let receiver = Receiver::start(&listen);
    assert_eq!(receiver.post(&delivery).0, 200);
    let stopped = receiver.stop();
    assert_eq!(stopped.count("delivery"), 1);
    let first = stopped.records()[0].to_owned();

    // Another process: the event is known.
    let receiver = Receiver::start(&listen);
    assert_eq!(receiver.post(&delivery).0, 200);
    assert_eq!(receiver.post(&signed("standard-webhooks", &["--id", "msg_2"])).0, 200);
    let stopped = receiver.stop();
    assert_eq!([stopped.count("delivery"), stopped.count("duplicate")], [1, 1]);
    assert_eq!(stopped.records()[0], first);

    let list = ["records", "list", "--store", &store, "--json"];
    let records = run(&list).objects();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record["state"] == "completed" && record["detail"] == "answered 200"));
    let of = |endpoint: &str| run(&[&list[..], &["--endpoint", endpoint]].concat()).objects().len();
    assert_eq!([of("standard-webhooks"), of("another")], [2, 0]);
    let counts = run(&["records", "count", "--store", &store, "--json"]).objects();
    assert_eq!((&counts[0]["completed"], &counts[0]["running"]), (&2.into(), &0.into()));

    let least = records[0]["key"].as_str().unwrap();
    let page = run(&[&list[..], &["--limit", "5", "--after", least]].concat()).objects();
    assert_eq!(page, records[1..]);
    let first = first.as_str();
    assert!(records.iter().any(|record| record["key"] == first), "the log names what is listed");
    let shown = run(&["records", "show", "--store", &store, first]);
    assert!(shown.status == 0 && shown.says(first) && shown.says("answered 200"), "{}", shown.stdout);

    // Nobody is there to be asked, so nothing is forgotten without a word.
    let forget = |more: &[&str]| run(&[&["records", "forget", "--store", &store, first], more].concat());
    forget(&[]).is_set_up_error(&["--yes"]);
    // What cannot be written down is not done.
    for unwritable in ["/no/such/folder/audit.log", "/dev/full"] {
        forget(&["--yes", "--audit", unwritable]).is_set_up_error(&["--audit", unwritable]);
        assert_eq!(run(&list).objects(), records);
    }
    let redriven = run(&["records", "redrive", "--store", &store, first, "--yes"]);
    assert_eq!(redriven.status, 1);
    assert!(redriven.stderr.contains("the event is completed, answered 200"), "{}", redriven.stderr);
    let audit = folder.path().join("audit.log");
    let forgotten = forget(&["--yes", "--audit", audit.to_str().unwrap()]);
    assert_eq!(forgotten.status, 0, "{}", forgotten.stderr);
    let written = fs::read_to_string(&audit).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    let [before, line] = lines[..] else { panic!("{written}") };
    assert!(before.ends_with(": to be done") && line.ends_with(": done"), "{written}");
    assert!(line.contains("forget") && line.contains(first) && line.contains("completed"), "{line}");
    assert!(forgotten.says(line));
    assert_eq!(forget(&["--yes"]).status, 1, "it was forgotten before");

    let receiver = Receiver::start(&listen);
    for id in ["msg_1", "msg_2"] {
        assert_eq!(receiver.post(&signed("standard-webhooks", &["--id", id])).0, 200);
    }
    let stopped = receiver.stop();
    assert_eq!([stopped.count("delivery"), stopped.count("duplicate")], [1, 1], "only the forgotten one ran again");
}

#[test]
fn a_parked_event_is_found_by_its_line_and_redriven() {
    let (folder, file) = with_config(
        "[[endpoint]]\nname = \"a\"\npath = \"/\"\nprovider = \"standard-webhooks\"\nmax_attempts = 1\n\
         forward_to = \"http://127.0.0.1:9/\"\nsecrets = [{ id = \"only\", env = \"CLI_TEST_SECRET\" }]",
    );
    let store = format!("sqlite:{}", folder.path().join("records.db").display());
    let receiver = Receiver::start(&["--config", &file, "--store", &store]);
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);
    assert_eq!([receiver.post(&delivery).0, receiver.post(&delivery).0], [502, 503]);
    let stopped = receiver.stop();
    assert_eq!([stopped.count("delivery"), stopped.count("rejected")], [1, 1]);
    let [failed, parked] = stopped.records()[..] else { panic!("{:?}", stopped.records()) };
    assert_eq!(failed, parked);

    let redrive = || run(&["records", "redrive", "--store", &store, parked, "--yes"]);
    let redriven = redrive();
    assert!(redriven.status == 0 && redriven.stderr.contains("was parked"), "{}", redriven.stderr);
    let again = redrive();
    assert!(again.status == 1 && again.stderr.contains("the event is released, claimable"), "{}", again.stderr);
}

#[test]
fn a_store_or_a_key_that_cannot_be_is_named() {
    run(&["records", "list", "--store", "memory"]).is_set_up_error(&["--store memory", "outlives"]);
    run(&["records", "list", "--store", "mongo://h"]).is_set_up_error(&["--store", "`redis://…`"]);
    let folder = tempfile::tempdir().unwrap();
    let typo = format!("sqlite:{}", folder.path().join("typo.db").display());
    let key = "0".repeat(64);
    for action in [&["list"][..], &["count"], &["purge"], &["show", &key], &["forget", "--yes", &key]] {
        run(&[&["records"], action, &["--store", &typo]].concat()).is_set_up_error(&[&typo, "check the path"]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    run(&["records", "show", "--store", "sqlite:a.db", "12"]).is_set_up_error(&["64 hexadecimal digits"]);
    run(&["records", "count", "--store", "redis://127.0.0.1:1/"]).is_set_up_error(&["--store"]);
}
