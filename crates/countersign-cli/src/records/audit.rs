//! Who changed a record, when, and what it was: on standard error, and in a file of the operator's.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use countersign::{Shown, UnixTime};

use crate::failure::Failure;
use crate::flags::written;
use crate::output;

/// The audit of one change. The file gets a line before it and one after it: what cannot be written down is not done,
/// and a change whose end nobody saw is on record too.
pub(super) struct Audit<'p> {
    /// What is changed, by whom, and what it was.
    line: String,
    file: Option<(&'p Path, File)>,
}

impl<'p> Audit<'p> {
    /// Writes down what is to be done, and what it is done to.
    pub(super) fn begin(what: String, was: String, path: Option<&'p Path>) -> Result<Self, Failure> {
        let user = env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_else(|_| "unknown".to_owned());
        let line = format!("{what} by {} {was}", Shown(&user));
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        let file = path.map(|path| Ok((path, open(path).map_err(|error| unwritable(path, &error))?))).transpose()?;
        let mut audit = Self { line, file };
        audit.write("to be done")?;
        Ok(audit)
    }

    /// Says and writes down how it ended.
    pub(super) fn end(mut self, done: bool) -> Result<(), Failure> {
        let end = if done { "done" } else { "not done, it had changed" };
        output::say(format_args!("audit: {} {}: {end}", now(), self.line));
        self.write(end)
    }

    fn write(&mut self, end: &str) -> Result<(), Failure> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        // In one piece, so that no other operator's line comes between.
        let written = file.write_all(format!("{} {}: {end}\n", now(), self.line).as_bytes());
        written.and_then(|()| file.sync_data()).map_err(|error| unwritable(path, &error))
    }
}

fn now() -> String {
    UnixTime::now().map_or_else(|| "at an unknown time".to_owned(), written)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::set_up(format!("--audit {}: {error}; name a file that can be written", path.display()))
}
