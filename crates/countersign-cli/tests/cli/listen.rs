//! `listen`, over a raw connection, until SIGTERM.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{SECRET, VARIABLE, countersign, key_text, run};

pub(crate) const STANDARD_WEBHOOKS: [&str; 4] = ["--provider", "standard-webhooks", "--secret-env", VARIABLE];

/// A running receiver on a free port.
pub(crate) struct Receiver {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    url: String,
}

/// A receiver that has ended by itself, with everything it printed after its first line.
pub(crate) struct Stopped {
    status: Option<i32>,
    lines: Vec<Value>,
    stderr: String,
}

impl Receiver {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = countersign(&[&["listen", "--bind", "127.0.0.1:0", "--json"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let first: Value = serde_json::from_str(&first).expect("it says where it listens");
        assert_eq!(first["event"], "listening");
        let url = first["url"].as_str().unwrap().to_owned();
        Self { child, stdout, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// Sends raw bytes and reads the whole answer: its status, and all of it.
    pub(crate) fn post(&self, raw: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let raw = raw.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        stream.write_all(raw.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    /// The next line that it prints.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect(&line)
    }

    /// Sends SIGTERM and waits for the end, which is to be a good one.
    pub(crate) fn stop(self) -> Stopped {
        let stopped = self.end();
        assert_eq!(stopped.status, Some(0), "{}", stopped.stderr);
        stopped
    }

    /// Sends SIGTERM and waits for the end.
    fn end(mut self) -> Stopped {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let status = self.child.wait().unwrap().code();
        for printed in [&rest, &stderr] {
            assert!(!printed.contains(key_text(SECRET)), "a secret was printed");
        }
        Stopped { status, lines: rest.lines().map(|line| serde_json::from_str(line).expect(line)).collect(), stderr }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stopped {
    /// The records that those lines name, one for each line.
    pub(crate) fn records(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line["record"].as_str().unwrap_or("none")).collect()
    }

    /// How many lines of a kind came after those that were read before.
    pub(crate) fn count(&self, event: &str) -> usize {
        self.lines.iter().filter(|line| line["event"] == event).count()
    }
}

/// A signed delivery as it goes over the wire.
pub(crate) fn signed(provider: &str, arguments: &[&str]) -> String {
    let ran = run(&[&["sign", "--provider", provider, "--secret-env", VARIABLE], arguments].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn prints_one_line_for_each_answer_and_ends_on_sigterm() {
    let mut receiver = Receiver::start(&STANDARD_WEBHOOKS);
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);

    assert_eq!(receiver.post(&delivery).0, 200);
    let line = receiver.line();
    assert_eq!(
        (&line["event"], &line["event_id"], &line["status"]),
        (&"delivery".into(), &"msg_1".into(), &200.into())
    );
    assert_eq!((&line["key_id"], &line["event_type"]), (&"key-1".into(), &"contact.created".into()));
    assert_eq!(line.get("body"), None);
    let record = &line["record"];
    assert_eq!(record.as_str().unwrap().len(), 64);

    assert_eq!(receiver.post(&delivery).0, 200);
    let duplicate = json!({"event": "duplicate", "endpoint": "standard-webhooks", "record": record, "status": 200});
    assert_eq!(receiver.line(), duplicate);

    let (status, answer) = receiver.post(&delivery.replace("Rosa", "Rosb"));
    assert_eq!(status, 401);
    assert!(answer.ends_with("\r\n\r\ndelivery refused\n"), "{answer}");
    let rejected = json!({
        "event": "rejected", "endpoint": "standard-webhooks", "reason": "signature_mismatch", "record": null,
        "status": 401
    });
    assert_eq!(receiver.line(), rejected);

    assert_eq!(receiver.post("GET / HTTP/1.1\r\nhost: a\r\n\r\n").0, 405);
    assert_eq!(receiver.line()["reason"], "method_not_allowed");
    assert!(receiver.stop().lines.is_empty());
}

#[test]
fn receives_on_any_path_and_shows_bodies_when_asked() {
    let mut receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--show-body"]].concat());
    let delivery = signed("standard-webhooks", &["--url", "http://127.0.0.1/any/path?at=all"]);
    assert_eq!(receiver.post(&delivery).0, 200);
    assert!(receiver.line()["body"].as_str().unwrap().contains("Rosa"));
}

#[test]
fn a_provider_without_event_ids_is_received_without_dedupe_unless_one_is_chosen() {
    let secret = ["--provider", "shopify", "--secret-env", VARIABLE];
    let delivery = signed("shopify", &[]);
    for (arguments, expected, noted) in [(&[][..], [2, 0], true), (&["--event-id", "{content}"], [1, 1], false)] {
        let receiver = Receiver::start(&[&secret[..], arguments].concat());
        assert_eq!([receiver.post(&delivery).0, receiver.post(&delivery).0], [200, 200]);
        let stopped = receiver.stop();
        assert_eq!([stopped.count("delivery"), stopped.count("duplicate")], expected);
        assert_eq!(stopped.stderr.contains("choose what does with --event-id"), noted, "{}", stopped.stderr);
    }
}

/// An upstream that answers one request and gives it back.
fn upstream(answer: &'static str) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in?from=countersign", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        // The sample's last byte is its only double closing brace.
        while !request.ends_with(b"}}") {
            let read = stream.read(&mut chunk).unwrap();
            request.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        tell.send(String::from_utf8(request).unwrap()).unwrap();
    });
    (url, told)
}

#[test]
fn the_answer_of_the_upstream_is_the_answer() {
    let answer =
        "HTTP/1.1 202 Accepted\r\ncontent-type: text/x-ours\r\nset-cookie: a=b\r\ncontent-length: 4\r\n\r\ndone";
    let (url, received) = upstream(answer);
    let mut receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--forward-to", &url]].concat());
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);

    let (status, answer) = receiver.post(&delivery);
    assert_eq!((status, &receiver.line()["event"]), (202, &"delivery".into()));
    assert!(answer.ends_with("\r\n\r\ndone") && answer.contains("content-type: text/x-ours"), "{answer}");
    assert!(!answer.contains("set-cookie"), "{answer}");

    let forwarded = received.recv().unwrap();
    assert!(forwarded.starts_with("POST /in?from=countersign HTTP/1.1\r\n"), "{forwarded}");
    assert!(forwarded.contains("webhook-id: msg_1\r\n") && !forwarded.contains("connection: close"), "{forwarded}");
    assert_eq!(forwarded.split_once("\r\n\r\n").unwrap().1, delivery.split_once("\r\n\r\n").unwrap().1);

    // The upstream is gone, and the repeated answer does not need it.
    let (status, answer) = receiver.post(&delivery);
    assert_eq!((status, &receiver.line()["event"]), (202, &"duplicate".into()));
    assert!(answer.ends_with("\r\n\r\ndone"), "{answer}");
}

#[test]
fn an_upstream_that_is_down_leaves_the_event_to_its_sender() {
    let (url, _received) = upstream("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    let mut receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--forward-to", &url]].concat());
    let delivery = signed("standard-webhooks", &["--id", "msg_1"]);
    // Refused by the upstream, then no upstream at all: the event is offered to it each time.
    for expected in [503, 502, 502] {
        assert_eq!(receiver.post(&delivery).0, expected);
        let line = receiver.line();
        assert_eq!((&line["event"], &line["status"]), (&"delivery".into(), &expected.into()));
    }
}

/// The body of an answer that a duplicate gets is read under the headers that it gets.
#[test]
fn an_answer_that_is_repeated_can_be_read() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-encoding: x-rot13\r\ncontent-length: 4\r\n\r\nqbar";
    let (url, received) = upstream(answer);
    let receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--forward-to", &url]].concat());
    let delivery = signed("standard-webhooks", &[]);
    let delivery = delivery.replacen("\r\n", "\r\naccept-encoding: gzip\r\n", 1);
    for _ in 0..2 {
        let (status, answer) = receiver.post(&delivery);
        assert!(status == 200 && answer.contains("content-encoding: x-rot13\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nqbar"), "{answer}");
    }
    // The next to ask may not read what this sender reads.
    let forwarded = received.recv().unwrap();
    assert!(forwarded.contains("accept-encoding: identity\r\n") && !forwarded.contains("gzip"), "{forwarded}");
    assert_eq!(receiver.stop().count("duplicate"), 1);
}

#[test]
fn answers_handshakes_when_told_to() {
    let question = |token: &str| {
        format!(
            "GET /?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444 HTTP/1.1\r\nhost: x\r\n\r\n"
        )
    };
    let meta = ["--provider", "meta", "--secret-env", VARIABLE, "--event-id", "{content}"];
    let told = [&meta[..], &["--handshakes", "--set", "verify_token=harbour"]].concat();
    let mut receiver = Receiver::start(&told);
    let (status, answer) = receiver.post(&question("harbour"));
    assert_eq!(status, 200, "{answer}");
    assert!(answer.ends_with("\r\n\r\n1158201444"), "{answer}");
    assert_eq!(receiver.line(), json!({ "event": "handshake", "endpoint": "meta", "status": 200 }));
    assert_eq!(receiver.post(&question("other")).0, 403);
    assert_eq!(receiver.line()["reason"], "handshake_refused");
    receiver.stop();
    let silent = Receiver::start(&meta);
    assert_eq!(silent.post(&question("harbour")).0, 405);
    silent.stop();
    let unset = run(&[&["listen", "--bind", "127.0.0.1:0"], &meta[..], &["--handshakes"]].concat());
    unset.is_set_up_error(&["--set: this provider's handshake needs `--set verify_token=VALUE`"]);
    let handshakes = |provider: &str| {
        let listen = ["listen", "--bind", "127.0.0.1:0", "--secret-env", VARIABLE, "--provider", provider];
        run(&[&listen[..], &["--handshakes"]].concat())
    };
    handshakes("xero").is_set_up_error(&["--handshakes: ", "remove `--handshakes`"]);
    handshakes("asana").is_set_up_error(&["--handshakes: ", "only a program can give; leave out `--handshakes`"]);
}

/// Writes a configuration file for `listen`.
pub(crate) fn with_config(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hooks.toml");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

const ENDPOINTS: &str = r#"
    [[endpoint]]
    name = "billing"
    path = "/hooks/stripe"
    provider = "stripe"
    secrets = [
        { id = "next", env = "CLI_TEST_OTHER_SECRET" },
        { id = "2026-11", env = "CLI_TEST_SECRET", not_after = 2100-01-01T00:00:00Z, environment = "test" },
    ]

    [[endpoint]]
    name = "acme"
    path = "/hooks/acme/{tenant}"
    secrets = [{ id = "only", env = "CLI_TEST_SECRET" }]
    event_id = ["{j:/id}"]
    tolerance_past = 60
    body_cap = 2048

    [endpoint.scheme]
    algorithm = "hmac-sha256"
    secret = { encoding = "utf8" }
    signature = { at = "{h:Stripe-Signature}", syntax = { pairs = { separator = ",", assign = "=", pick = "v1" } }, encoding = "hex" }
    content = "{p:t}.{body}"
    timestamp = { from = "{p:t}", unit = "s", past = 300, future = 60 }
"#;

#[test]
fn each_endpoint_of_a_file_has_its_path_and_its_rules() {
    let (_folder, file) = with_config(ENDPOINTS);
    let mut receiver = Receiver::start(&["--config", &file]);
    let to = |path: &str| signed("stripe", &["--url", &format!("http://127.0.0.1{path}"), "--id", "evt_1"]);

    assert_eq!(receiver.post(&to("/hooks/stripe")).0, 200);
    let line = receiver.line();
    assert_eq!((&line["endpoint"], &line["key_id"]), (&"billing".into(), &"2026-11".into()));
    assert_eq!(line["environment"], "test");

    // The same event at another endpoint is another event.
    assert_eq!(receiver.post(&to("/hooks/acme/north")).0, 200);
    let line = receiver.line();
    assert_eq!(
        (&line["endpoint"], &line["provider"], &line["event_id"]),
        (&"acme".into(), &"acme".into(), &"evt_1".into())
    );
    assert_eq!(receiver.post(&to("/hooks/acme/south")).0, 200);
    assert_eq!(receiver.line()["event"], "duplicate");

    assert_eq!(receiver.post(&to("/hooks")).0, 404);
    let rejected = json!({
        "event": "rejected", "endpoint": null, "reason": "no_endpoint", "record": null, "status": 404
    });
    assert_eq!(receiver.line(), rejected);
}

#[test]
fn a_description_lies_beside_the_file_that_names_it() {
    let (_, scheme) = ENDPOINTS.split_once("[endpoint.scheme]").unwrap();
    let (folder, file) = with_config(
        "[[endpoint]]\nname = \"acme\"\npath = \"/acme\"\nprovider = \"own/acme.toml\"\n\
         secrets = [{ id = \"only\", env = \"CLI_TEST_SECRET\" }]",
    );
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let description = format!("name = \"acme\"\nevent_id = [\"{{j:/id}}\"]\n[[schemes]]{scheme}");
    std::fs::write(folder.path().join("own/acme.toml"), description).unwrap();
    let mut receiver = Receiver::start(&["--config", &file]);
    assert_eq!(receiver.post(&signed("stripe", &["--url", "http://127.0.0.1/acme", "--id", "evt_1"])).0, 200);
    assert_eq!(receiver.line()["provider"], "acme");
}

#[test]
fn a_file_that_cannot_be_followed_is_refused_with_the_mend() {
    let listen = |text: &str| {
        let (_folder, file) = with_config(text);
        run(&["listen", "--bind", "127.0.0.1:0", "--config", &file])
    };
    let refused = |from: &str, to: &str, words: &[&str]| {
        assert!(ENDPOINTS.contains(from));
        listen(&ENDPOINTS.replacen(from, to, 1)).is_set_up_error(&[&["--config", "hooks.toml"], words].concat());
    };
    refused("body_cap", "body_cup", &["line 17", "unknown key `body_cup`; did you mean `body_cap`?"]);
    refused("algorithm", "algoritm", &["did you mean `algorithm`?"]);
    refused("\"stripe\"\n", "\"strpie\"\n", &["endpoint `billing`", "did you mean `stripe`?"]);
    refused("CLI_TEST_SECRET", "CLI_TEST_UNSET", &["secret `2026-11`", "`CLI_TEST_UNSET` is not set"]);
    refused("name = \"acme\"", "name = \"billing\"", &["endpoint `billing`", "names must differ"]);
    refused("/hooks/acme/{tenant}", "/hooks/stripe", &["path `/hooks/stripe`", "paths must differ"]);
    refused("/hooks/acme/{tenant}", "/hooks/:tenant", &["path `/hooks/:tenant`", "/hooks/{tenant}"]);
    refused("2100-01-01T00:00:00Z", "2100-01-01", &["secret `2026-11`", "not_after", "offset"]);
    refused("event_id = [\"{j:/id}\"]", "event_id = [\"{h:x-id}\"]", &["endpoint `acme`", "event_id"]);
    refused("event_id = [\"{j:/id}\"]", "store = \"mysql:a\"", &["endpoint `acme`: store", "`memory`"]);
    refused("env = \"CLI_TEST_OTHER_SECRET\"", "file = \"/dev/zero\"", &["secret `next`", "64 KiB"]);
    refused("\"stripe\"\n", "\"square\"\n", &["public_url: ", "`public_url = \"https://…\"`"]);
    refused("\"stripe\"\n", "\"strpie\\n\\u001b[2J\"\n", &["provider `strpie\\n\\u{1b}[2J`"]);
    listen("").is_set_up_error(&["endpoint"]);
}

#[test]
fn a_set_up_error_names_the_flag_and_the_mend() {
    let listen = |arguments: &[&str]| run(&[&["listen"], &STANDARD_WEBHOOKS[..], arguments].concat());
    listen(&["--store", "disk"]).is_set_up_error(&["--store", "`sqlite:PATH`"]);
    listen(&["--store", "sqlite:/no/such/folder/records.db"]).is_set_up_error(&["--store"]);
    listen(&["--forward-to", "https://example.test/"]).is_set_up_error(&["--forward-to", "plain HTTP"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    listen(&["--bind", &address]).is_set_up_error(&[&format!("--bind {address}"), "choose another address"]);
    listen(&["--event-id", "{h:x-id}"]).is_set_up_error(&["--event-id: ", "which only a program can give"]);
    listen(&["--secret", "whsec_c2hvcnQga2V5"]).is_set_up_error(&["take it with `--danger-accept-weak`"]);
    let file = ["listen", "--config", "hooks.toml"];
    for secret in [["--secret-env", VARIABLE], ["--secret-file", "secret"]] {
        run(&[&file[..], &secret].concat()).is_set_up_error(&["--config", "cannot be used with"]);
    }
    run(&["listen"]).is_set_up_error(&["--provider"]);
    run(&["listen", "--provider", "stripe"]).is_set_up_error(&["no signing secret"]);
}

#[test]
fn a_delivery_under_way_is_finished_before_the_end() {
    let (url, received) = upstream("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--forward-to", &url]].concat());
    // All but the last byte of the body: the request is under way when the receiver is told to stop.
    let delivery = signed("standard-webhooks", &[]);
    let (most, last) = delivery.split_at(delivery.len() - 1);
    let mut stream = TcpStream::connect(receiver.address()).unwrap();
    stream.write_all(most.as_bytes()).unwrap();
    // Another connection is answered after the first was accepted.
    assert_eq!(receiver.post("GET / HTTP/1.1\r\nhost: a\r\n\r\n").0, 405);
    let stopping = std::thread::spawn(|| receiver.stop());
    stream.write_all(last.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    // Either it was admitted before the receiver heard of its end, or its sender is to come back.
    match answer.split(' ').nth(1) {
        Some("200") => assert!(received.recv().is_ok()),
        Some("503") => assert!(received.try_recv().is_err()),
        _ => panic!("{answer}"),
    }
    let stopped = stopping.join().unwrap();
    assert_eq!(stopped.count("delivery") + stopped.count("rejected"), 2);
}

/// Ten seconds are what container runtimes give a receiver. This one takes them all, so that there is one such test.
#[test]
fn a_delivery_that_outlasts_the_grace_is_told_of() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let receiver = Receiver::start(&[&STANDARD_WEBHOOKS[..], &["--forward-to", &url]].concat());
    let mut stream = TcpStream::connect(receiver.address()).unwrap();
    stream.write_all(signed("standard-webhooks", &[]).as_bytes()).unwrap();
    let _forwarded = silent.accept().unwrap();
    let stopped = receiver.end();
    assert_eq!(stopped.status, Some(1));
    let warnings: Vec<&str> = stopped.stderr.lines().collect();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("warning: 1 of the deliveries under way took longer"),
        "{warnings:?}"
    );
    assert_eq!(stopped.count("rejected"), 1);
}

#[test]
fn the_end_does_not_wait_for_what_never_became_a_request() {
    let receiver = Receiver::start(&STANDARD_WEBHOOKS);
    let delivery = signed("standard-webhooks", &[]);
    let opened = |sent: &str| {
        let mut stream = TcpStream::connect(receiver.address()).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream
    };
    let _open = [opened(""), opened("POST / HTTP/1.1\r\nhost: a\r\n"), opened(&delivery[..delivery.len() - 1])];
    let mut idle = opened(&delivery);
    idle.read_exact(&mut [0; 12]).unwrap();
    let began = Instant::now();
    assert_eq!(receiver.stop().count("delivery"), 1);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn people_see_what_was_sent_and_their_terminal_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    std::fs::write(&body, "{\"type\":\"a\\u001b\",\"to\":\"Zoë\",\"by\":\"\u{202e}x\u{9b}\"}").unwrap();
    let delivery = signed("standard-webhooks", &["--body", body.to_str().unwrap()]);
    for json in [&[][..], &["--json"]] {
        let arguments = [&["listen", "--bind", "127.0.0.1:0", "--show-body"], &STANDARD_WEBHOOKS[..], json].concat();
        let mut child = countersign(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        let (_, address) = first.split_once("http://").unwrap();
        let mut stream = TcpStream::connect(address.split('/').next().unwrap()).unwrap();
        stream.write_all(delivery.as_bytes()).unwrap();
        let shown: String = lines.by_ref().take(if json.is_empty() { 2 } else { 1 }).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(shown.contains("Zoë") && shown.to_lowercase().contains("202e"), "{shown}");
        assert!(!shown.contains(['\u{202e}', '\u{9b}', '\u{1b}']), "{shown:?}");
        if let Ok(line) = serde_json::from_str::<Value>(&shown) {
            assert!(line["body"].as_str().unwrap().contains("\u{202e}x\u{9b}"), "{shown}");
        }
    }
}
