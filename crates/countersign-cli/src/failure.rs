//! How a command ends: found right, found wanting, or unable to do its work. Exit statuses are given here alone.

use std::fmt::{self, Display};
use std::process::ExitCode;

use crate::output;

/// What a command that did its work found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Done, or accepted: status 0.
    Right,
    /// Rejected, or found wanting: status 1.
    Wanting,
}

/// Why a command could not do its work: status 2. A flag, a file or the machine is not as it must be; the text names
/// which, and the mend.
#[derive(Debug)]
pub(crate) struct Failure(String);

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
        Self(problem.to_string())
    }

    /// Says on standard error what is wrong, and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        output::say(format_args!("error: {self}"));
        ExitCode::from(2)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
