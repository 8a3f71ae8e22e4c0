//! Runs each example as a process of its own and holds it to what it says; `testing.rs` has its tests in itself.
//! `cargo test` builds examples before the tests of their package. With `--test` alone it does not: an old one runs then.

use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use countersign::providers;
use countersign_sign::{Hostile, SignedDelivery};
use countersign_test_servers::{Postgres, Redis};
use countersign_testkit::TestSender;

const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const INVOICE: &str = include_str!("../invoice.json");

#[test]
fn axum_takes_an_invoice_once() {
    takes_an_invoice_once("axum", "paid: in_1TQk2mLkdIwHu7ixa8Vd4Qpz 4200 eur");
}

#[test]
fn actix_takes_an_invoice_once() {
    takes_an_invoice_once("actix", "paid: in_1TQk2mLkdIwHu7ixa8Vd4Qpz 4200 eur");
}

#[test]
fn hyper_takes_an_invoice_once() {
    takes_an_invoice_once("hyper", "invoice.paid: evt_1TQk2nLkdIwHu7ixR9sT0mWe");
}

#[test]
fn axum_over_redis_takes_an_invoice_once_in_all_processes() {
    let redis = Redis::start().unwrap();
    let at = [("REDIS_URL", redis.url())];
    let (one, other) = (Server::over("axum_redis", &at), Server::over("axum_redis", &at));
    let stripe = TestSender::new(providers::STRIPE, SECRET).url("/hooks/stripe").in_parts();
    let first = one.send(&stripe.event(INVOICE));
    assert!(first.starts_with("HTTP/1.1 204 ") && !first.contains("idempotency-replayed"), "{first}");
    for server in [&other, &one] {
        let again = server.send(&stripe.retry());
        assert!(again.starts_with("HTTP/1.1 204 ") && again.contains("idempotency-replayed: true"), "{again}");
    }
    let printed = one.stop() + &other.stop();
    assert_eq!(printed.matches("paid: in_1TQk2mLkdIwHu7ixa8Vd4Qpz 4200 eur").count(), 1, "{printed}");
}

#[test]
fn axum_over_sqlite_forgets_nothing_when_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let at = [("EVENTS_FILE", folder.path().join("events.db").display().to_string())];
    let stripe = TestSender::new(providers::STRIPE, SECRET).url("/hooks/stripe").in_parts();
    let mut server = Server::over("axum_sqlite", &at);
    let first = server.send(&stripe.event(INVOICE));
    assert!(first.starts_with("HTTP/1.1 204 "), "{first}");
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    let server = Server::over("axum_sqlite", &at);
    let again = server.send(&stripe.retry());
    assert!(again.starts_with("HTTP/1.1 204 ") && again.contains("idempotency-replayed: true"), "{again}");
    assert!(!server.stop().contains("paid: "));
}

#[test]
fn actix_over_postgres_books_a_payment_with_its_event() {
    let postgres = Postgres::start().unwrap();
    let at = [("DATABASE_URL", postgres.url())];
    let stripe = TestSender::new(providers::STRIPE, SECRET).url("/hooks/stripe").in_parts();
    let mut server = Server::over("actix_postgres", &at);
    let booked = || postgres.psql(&postgres.url(), "SELECT count(*) FROM payments").unwrap();
    // The transaction fails after the payment was inserted: neither stands.
    postgres.psql(&postgres.url(), "ALTER TABLE countersign_records ADD CONSTRAINT no CHECK (state <> 2)").unwrap();
    let refused = server.send(&stripe.event(INVOICE));
    assert!(refused.starts_with("HTTP/1.1 500 "), "{refused}");
    assert_eq!(booked(), "0");
    postgres.psql(&postgres.url(), "ALTER TABLE countersign_records DROP CONSTRAINT no").unwrap();
    let first = server.send(&stripe.retry());
    assert!(first.starts_with("HTTP/1.1 204 ") && !first.contains("idempotency-replayed"), "{first}");
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    let server = Server::over("actix_postgres", &at);
    let again = server.send(&stripe.retry());
    assert!(again.starts_with("HTTP/1.1 204 ") && again.contains("idempotency-replayed: true"), "{again}");
    assert_eq!(booked(), "1");
    server.stop();
}

fn takes_an_invoice_once(example: &str, handled: &str) {
    let server = Server::start(example);
    let stripe = TestSender::new(providers::STRIPE, SECRET).url("/hooks/stripe").in_parts();
    for kind in [Hostile::Tampered, Hostile::WrongSecret, Hostile::Stale, Hostile::Unsigned] {
        for attack in stripe.hostile(kind) {
            let answer = server.send(&attack.request);
            assert!(answer.starts_with("HTTP/1.1 401 "), "{}: {answer}", attack.what);
        }
    }
    let first = server.send(&stripe.event(INVOICE));
    assert!(first.starts_with("HTTP/1.1 204 "), "{first}");
    assert!(!first.contains("idempotency-replayed"), "{first}");
    for again in [stripe.retry(), stripe.replay()] {
        let answer = server.send(&again);
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        assert!(answer.contains("idempotency-replayed: true"), "{answer}");
    }
    let printed = server.stop();
    assert_eq!(printed.matches(handled).count(), 1, "{printed}");
    assert!(printed.contains("countersign send --provider stripe"), "{printed}");
    assert!(printed.contains("reason=\"signature_mismatch\""), "{printed}");
}

#[test]
fn a_server_without_its_secret_names_the_variable() {
    for example in ["axum", "actix", "hyper"] {
        let ended = command(example).output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success(), "{example}");
        assert!(told.starts_with("Error: STRIPE_SIGNING_SECRET: set it to "), "{example}: {told}");
    }
}

#[test]
fn a_server_with_another_kind_of_key_says_which_is_wanted() {
    for example in ["axum", "actix", "hyper"] {
        let ended = command(example).env("STRIPE_SIGNING_SECRET", "sk_live_4eC39HqLyjWDarjtT1zdp7dc").output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert!(told.contains("begins with `sk_"), "{example}: {told}");
        assert!(!told.contains("4eC39HqLyjWDarjtT1zdp7dc"), "{example}: {told}");
    }
}

#[test]
fn a_payment_is_made_once_for_each_account_and_key() {
    let server = Server::serving("idempotency_key", "/payments");
    let pay = |account: &str, key: &str, body: &str| {
        let key = if key.is_empty() { String::new() } else { format!("idempotency-key: \"{key}\"\r\n") };
        server.exchange(format!(
            "POST /payments HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token-of-{account}\r\n\
             content-type: application/json\r\n{key}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    let payment = r#"{"amount":4200,"to":"bo"}"#;
    let refused = pay("ada", "", payment);
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("application/problem+json"), "{refused}");
    let unknown = pay("eve", "k-1", payment);
    assert!(unknown.starts_with("HTTP/1.1 401 "), "{unknown}");
    let misfit = pay("ada", "k-1", r#"{"amount":"a lot"}"#);
    assert!(misfit.starts_with("HTTP/1.1 422 ") && !misfit.contains("problem+json"), "{misfit}");
    for repeated in [false, true] {
        let answer = pay("ada", "k-1", payment);
        assert!(answer.starts_with("HTTP/1.1 201 ") && answer.ends_with("{\"payment\":1}"), "{answer}");
        assert_eq!(answer.contains("idempotency-replayed: true"), repeated, "{answer}");
    }
    let another = pay("ada", "k-1", r#"{"amount":9900,"to":"bo"}"#);
    assert!(another.starts_with("HTTP/1.1 422 ") && another.contains("#key-reused"), "{another}");
    let own = pay("bo", "k-1", payment);
    assert!(own.ends_with("{\"payment\":2}") && !own.contains("idempotency-replayed"), "{own}");
    let printed = server.stop();
    assert_eq!(printed.matches("ada pays 4200 to bo").count(), 1, "{printed}");
    assert!(printed.contains("keys are good for 86400 s"), "{printed}");
}

#[test]
fn a_certificate_from_elsewhere_is_not_fetched() {
    let server =
        Server::run("fetched_keys", "/hooks/sns", &[("SNS_TOPIC", "arn:aws:sns:eu-north-1:1:tides".to_owned())]);
    let message = r#"{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-north-1:1:tides","Message":"m","Timestamp":"2026-11-03T09:26:10.344Z","SignatureVersion":"2","Signature":"c2ln","SigningCertURL":"https://sns.s3.amazonaws.com/SimpleNotificationService-0a1b.pem"}"#;
    let answer = server.exchange(format!(
        "POST /hooks/sns HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{message}",
        message.len()
    ));
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn a_rotation_loses_nothing_and_ends_the_old_secret() {
    let expected = "\
monday: the receiver knows the old secret
  signed with the old one: accepted by key spring
  signed with the new one: refused, signature_mismatch
an hour later: it knows both, the old one for a day
  signed with the old one: accepted by key spring
  signed with the new one: accepted by key autumn
wednesday: the old one has ended by itself
  signed with the old one: refused, key_expired
  signed with the new one: accepted by key autumn
";
    assert_eq!(run("rotation"), expected);
}

#[test]
fn a_provider_from_toml_is_verified_and_deduplicated() {
    let expected = "\
an arrival: handled ship.arrived arrival-7
the same again: answered 204 as before, not handled
a forged one: refused with 401, signature_mismatch
";
    assert_eq!(run("custom_scheme"), expected);
}

/// Runs an example that ends by itself; gives what it printed.
fn run(example: &str) -> String {
    let ended = command(example).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

fn command(example: &str) -> Command {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("examples").join(format!("{example}{EXE_SUFFIX}"));
    assert!(path.is_file(), "{} is not there; run `cargo build --examples` first", path.display());
    let mut command = Command::new(path);
    command.env_remove("STRIPE_SIGNING_SECRET").env_remove("BIND").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// An example that serves until it is told to stop.
struct Server {
    process: Child,
    address: String,
    /// Kept open: a server that prints into a closed pipe ends.
    output: BufReader<ChildStdout>,
    printed: String,
}

impl Server {
    fn start(example: &str) -> Self {
        Self::serving(example, "/hooks/stripe")
    }

    fn serving(example: &str, path: &str) -> Self {
        Self::run(example, path, &[])
    }

    /// With the address of its store.
    fn over(example: &str, address: &[(&str, String)]) -> Self {
        Self::run(example, "/hooks/stripe", address)
    }

    fn run(example: &str, path: &str, variables: &[(&str, String)]) -> Self {
        let mut command = command(example);
        command.env("STRIPE_SIGNING_SECRET", SECRET).envs(variables.iter().map(|(name, value)| (name, value)));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut printed = String::new();
        while !printed.contains(&format!("{path}\n")) {
            assert_ne!(output.read_line(&mut printed).unwrap(), 0, "{example} ended: {printed}");
        }
        let (_, url) = printed.split_once("listening on http://").unwrap();
        let (address, _) = url.split_once('/').unwrap();
        Self { process, address: address.to_owned(), output, printed }
    }

    /// Sends a delivery on a connection of its own; gives the answer as it came.
    fn send(&self, delivery: &SignedDelivery) -> String {
        let mut request = format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", delivery.method, delivery.url);
        for (name, value) in &delivery.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", delivery.body.len()));
        self.exchange([request.as_bytes(), &delivery.body].concat())
    }

    /// Sends bytes on a connection of their own; gives the answer as it came.
    fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_ref()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Stops it as Ctrl-C does, where there is such a signal; gives everything that it printed.
    fn stop(mut self) -> String {
        if cfg!(unix) {
            Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap();
            self.output.read_to_string(&mut self.printed).unwrap();
            assert!(self.process.wait().unwrap().success(), "{}", self.printed);
        } else {
            self.process.kill().unwrap();
            self.output.read_to_string(&mut self.printed).unwrap();
        }
        std::mem::take(&mut self.printed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
