//! Answers to what was sent: which are right, one line for each, and their sum.

use std::collections::BTreeMap;
use std::time::Duration;

use countersign_sign::Expected;
use serde::Serialize;

use crate::client::NoAnswer;

/// One answer, or why there is none.
#[derive(Serialize)]
pub(super) struct Answer {
    sent: String,
    expected: &'static str,
    status: Option<u16>,
    problem: Option<String>,
    millis: f64,
    pub(super) ok: bool,
}

impl Answer {
    pub(super) fn new(sent: String, expected: Expected, took: Duration, answered: Result<u16, NoAnswer>) -> Self {
        let status = answered.as_ref().ok().copied();
        Self {
            sent,
            expected: match expected {
                Expected::Accepted => "accepted",
                Expected::Refused => "refused",
                Expected::Absorbed => "absorbed",
            },
            status,
            problem: answered.err().map(|problem| problem.to_string()),
            millis: f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1_000.0,
            ok: status.is_some_and(|status| is_right(expected, status)),
        }
    }

    pub(super) fn line(&self) -> String {
        let answer = self.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        let found = if self.ok { "ok" } else { "WRONG" };
        let problem = self.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
        format!("{answer}  {:>8.1} ms  {found:<5}  {}{problem}", self.millis, self.sent)
    }
}

/// Whether a correct receiver may answer so. Absorbing and handling look alike from outside; an error of the server's
/// own is never the right answer to a hostile delivery.
pub(crate) fn is_right(expected: Expected, status: u16) -> bool {
    match expected {
        Expected::Accepted => (200..300).contains(&status),
        Expected::Refused => (400..500).contains(&status),
        Expected::Absorbed => (200..300).contains(&status) || (400..500).contains(&status),
    }
}

#[derive(Serialize, Default)]
pub(super) struct Summary {
    sent: u64,
    statuses: BTreeMap<u16, u64>,
    unanswered: u64,
    pub(super) unexpected: u64,
    #[serde(skip)]
    pub(super) problem: Option<String>,
}

impl Summary {
    pub(super) fn count(&mut self, answer: Answer) {
        self.sent += 1;
        self.unexpected += u64::from(!answer.ok);
        match answer.status {
            Some(status) => *self.statuses.entry(status).or_default() += 1,
            None => {
                self.unanswered += 1;
                self.problem = self.problem.take().or(answer.problem);
            }
        }
    }

    pub(super) fn answered(&self) -> u64 {
        self.sent - self.unanswered
    }

    /// Whether nobody is there: the first few were not answered, nor was any other.
    pub(super) fn is_hopeless(&self) -> bool {
        const FEW: u64 = 5;
        self.answered() == 0 && self.unanswered >= FEW
    }

    pub(super) fn line(&self) -> String {
        let statuses = self.statuses.iter().map(|(status, count)| format!("{count} answered {status}"));
        let unanswered = (self.unanswered > 0).then(|| format!("{} not answered", self.unanswered));
        let counts: Vec<String> = statuses.chain(unanswered).collect();
        format!("{} sent: {}; {} not as expected", self.sent, counts.join(", "), self.unexpected)
    }
}
