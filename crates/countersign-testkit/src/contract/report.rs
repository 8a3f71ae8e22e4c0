//! What the suite found.

use std::error::Error;
use std::fmt;

/// Why a check did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    what: String,
    tried: bool,
}

impl Breach {
    /// The rule was broken.
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), tried: true }
    }

    /// The rule could not be tried.
    pub(crate) fn not_tried(why: impl Into<String>) -> Self {
        Self { what: why.into(), tried: false }
    }

    /// Whether the rule was broken. It is not where it could not be tried.
    pub fn is_broken(&self) -> bool {
        self.tried
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Breach {}

/// Ends a check with a [`Breach`] unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::contract::Breach::of(format!($($what)+)));
        }
    };
}
pub(crate) use ensure;

/// The verdicts of all checks, by name. `Display` shows them as a table.
#[derive(Debug, Clone, Default)]
#[must_use = "a report says nothing until it is looked at"]
pub struct Report {
    verdicts: Vec<(&'static str, Result<(), Breach>)>,
}

impl Report {
    pub(crate) fn note(&mut self, check: &'static str, verdict: Result<(), Breach>) {
        self.verdicts.push((check, verdict));
    }

    /// Every check with its verdict, in the order run.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static str, &Result<(), Breach>)> {
        self.verdicts.iter().map(|(check, verdict)| (*check, verdict))
    }

    /// The names of the rules that were broken.
    pub fn broken(&self) -> Vec<&'static str> {
        let broken = self.verdicts().filter(|(_, verdict)| verdict.as_ref().is_err_and(Breach::is_broken));
        broken.map(|(check, _)| check).collect()
    }

    /// Ends the test unless every rule that could be tried was kept.
    ///
    /// # Panics
    ///
    /// A rule was broken; the message is the whole report.
    #[track_caller]
    pub fn assert_kept(&self) {
        assert!(self.broken().is_empty(), "the store breaks the contract:\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (check, verdict) in self.verdicts() {
            match verdict {
                Ok(()) => writeln!(f, "kept       {check}")?,
                Err(breach) if breach.is_broken() => writeln!(f, "BROKEN     {check}: {breach}")?,
                Err(breach) => writeln!(f, "not tried  {check}: {breach}")?,
            }
        }
        Ok(())
    }
}
