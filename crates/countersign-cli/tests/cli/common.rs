//! Runs the binary and looks at what it said. Every run is searched for the secrets that it was given.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

pub(crate) const SECRET: &str = "whsec_Y29tbWFuZCBsaW5lIHRlc3RzLCAzMiBieXRlcyE=";
pub(crate) const OTHER_SECRET: &str = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXQ=";

/// The variables in which every run finds the secrets.
pub(crate) const VARIABLE: &str = "CLI_TEST_SECRET";
pub(crate) const OTHER_VARIABLE: &str = "CLI_TEST_OTHER_SECRET";

/// What one run said.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn countersign(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env(VARIABLE, SECRET).env(OTHER_VARIABLE, OTHER_SECRET);
    command
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, b"")
}

/// Runs with `stdin` as standard input.
pub(crate) fn run_with(arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut command = countersign(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that ends before it has read everything closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let ran = Ran {
        status: output.status.code().expect("no signal ended it"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    for secret in [SECRET, OTHER_SECRET] {
        assert!(!ran.says(key_text(secret)), "a secret was printed by {arguments:?}");
    }
    ran
}

/// A secret without its public prefix.
pub(crate) fn key_text(secret: &str) -> &str {
    secret.trim_start_matches("whsec_")
}

impl Ran {
    /// Whether a text stands anywhere in the output.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }

    /// Standard output as JSON, an object a line.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Asserts a set-up error: status 2, nothing on standard output, and `words` in what is said.
    pub(crate) fn is_set_up_error(&self, words: &[&str]) {
        assert_eq!((self.status, self.stdout.as_str()), (2, ""), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in: {}", self.stderr);
        }
    }
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn the_search_for_secrets_finds_what_is_printed() {
    let ran = run(&["providers", "stripe"]);
    assert!(ran.says("Workbench"));
    assert!(!ran.says("a text that stands nowhere"));
}
