//! How a command ends: found right, found wanting, or unable to do its work. Exit statuses are given here alone.

use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;

/// What a command that did its work found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Done, or accepted: status 0.
    Right,
    /// Rejected, or found wanting: status 1.
    Wanting,
}

/// Why a command could not do its work: status 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A flag, a file or the machine is not as it must be; the text names which, and the mend.
    SetUp(String),
    /// Nobody reads the output any more.
    OutputClosed,
}

impl Verdict {
    /// Right where `holds`.
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::Right } else { Self::Wanting }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Right => Self::SUCCESS,
            Verdict::Wanting => Self::from(1),
        }
    }
}

impl Failure {
    pub(crate) fn set_up(problem: impl Display) -> Self {
        Self::SetUp(problem.to_string())
    }

    /// Writing to standard output failed. A closed pipe (`… | head`) is no news to anyone.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::SetUp(format!("standard output: {error}")),
        }
    }

    /// Says on standard error what is wrong, and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        if let Self::SetUp(problem) = self {
            eprintln!("error: {problem}");
        }
        ExitCode::from(2)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetUp(problem) => f.write_str(problem),
            Self::OutputClosed => f.write_str("standard output is closed"),
        }
    }
}
