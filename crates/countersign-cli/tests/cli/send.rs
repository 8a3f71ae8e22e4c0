//! `send`, against the program's own receiver and against ones that get it wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use crate::common::{Ran, VARIABLE, run};
use crate::listen::Receiver;

fn send(to: &str, arguments: &[&str]) -> Ran {
    run(&[&["send", "--provider", "standard-webhooks", "--secret-env", VARIABLE, "--to", to, "--json"], arguments]
        .concat())
}

/// A receiver that gives one answer to everything, in a thread that ends with the test.
fn careless(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn new_events_are_all_accepted() {
    let receiver = Receiver::start(&["--provider", "standard-webhooks", "--secret-env", VARIABLE]);
    let ran = send(receiver.url(), &["--repeat", "20", "--concurrency", "4"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let objects = ran.objects();
    assert_eq!(objects.len(), 21);
    assert_eq!((&objects[0]["status"], &objects[0]["ok"]), (&200.into(), &true.into()));
    assert_eq!(objects[20]["statuses"], serde_json::json!({"200": 20}));
    assert_eq!(receiver.stop().count("delivery"), 20);
}

#[test]
fn one_event_may_be_sent_many_times() {
    let receiver = Receiver::start(&["--provider", "standard-webhooks", "--secret-env", VARIABLE]);
    assert_eq!(send(receiver.url(), &["--repeat", "3", "--id", "msg_1"]).status, 0);
    let stopped = receiver.stop();
    assert_eq!((stopped.count("delivery"), stopped.count("duplicate")), (1, 2));
}

#[test]
fn every_hostile_kind_is_refused_by_the_receiver() {
    let receiver = Receiver::start(&["--provider", "standard-webhooks", "--secret-env", VARIABLE]);
    let kinds = run(&["send", "--hostile", "list", "--json"]).objects();
    assert!(kinds.len() >= 10);
    for kind in kinds.iter().map(|kind| kind["kind"].as_str().unwrap()) {
        let ran = send(receiver.url(), &["--hostile", kind]);
        assert_eq!(ran.status, 0, "{kind}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.objects().len() > 1, "{kind}");
    }
}

#[test]
fn a_receiver_that_is_wrong_is_found_wanting() {
    let takes_all = send(&careless("200 OK"), &["--hostile", "tampered"]);
    assert_eq!((takes_all.status, &takes_all.objects()[0]["ok"]), (1, &false.into()));
    assert_eq!(send(&careless("401 Unauthorized"), &["--hostile", "tampered"]).status, 0);
    assert_eq!(send(&careless("500 Internal Server Error"), &["--hostile", "tampered"]).status, 1);

    let refuses_all = send(&careless("401 Unauthorized"), &[]);
    assert_eq!((refuses_all.status, &refuses_all.objects()[1]["unexpected"]), (1, &1.into()));
    assert_eq!(send(&careless("204 No Content"), &[]).status, 0);
}

#[test]
fn a_set_up_error_names_the_flag_and_the_mend() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = send(&format!("http://{free}/"), &[]);
    assert_eq!(nobody.status, 2);
    assert!(nobody.stderr.contains("is the receiver running?"), "{}", nobody.stderr);
    let given_up = send(&format!("http://{free}/"), &["--repeat", "1000"]);
    assert_eq!((given_up.status, given_up.objects().len()), (2, 5), "{}", given_up.stderr);
    send("https://example.test/", &[]).is_set_up_error(&["--to", "--format curl"]);
    send("example.test", &[]).is_set_up_error(&["--to", "whole URL"]);
    send("http://127.0.0.1:9/", &["--hostile", "stael"]).is_set_up_error(&["did you mean `stale`?", "--hostile list"]);
    run(&["send", "--hostile", "stale"]).is_set_up_error(&["--provider NAME is missing"]);
    let untimed = ["send", "--provider", "github", "--to", "http://127.0.0.1:9/", "--secret-env", VARIABLE];
    run(&[&untimed[..], &["--hostile", "stale"]].concat()).is_set_up_error(&["hostile `stale`", "no signed time"]);
}
