//! The ledger: what really happened, in a file that no store under test can reach. Append-only, one line an event, each
//! on disk before its writer goes on.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A ledger, open for writing. Every process has its own; all append to one file.
pub(crate) struct Ledger(File);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Microseconds since 1970, by the machine's one clock.
    pub(crate) at: u64,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A handler began to run event `id` under `fence` in process `pid`.
    Start { id: String, fence: u64, pid: u32 },
    /// It took effect.
    Effect { id: String, fence: u64, pid: u32 },
    /// The sender got a 2xx for the event, with this body.
    Ack { id: String, body: String },
    /// A fault began. `pid` is the process it struck, or 0 where it struck the store.
    Fault { name: String, pid: u32 },
    /// The fault's end.
    Heal { name: String, pid: u32 },
}

impl Ledger {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    /// Writes a line and waits until it is on disk.
    pub(crate) fn write(&self, what: What) -> io::Result<()> {
        let line = format!("{}\n", Entry { at: now(), what });
        (&self.0).write_all(line.as_bytes())?;
        self.0.sync_data()
    }
}

/// Reads a ledger. A last line without its end belongs to a process that was killed while it wrote: it had not gone on.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path)?;
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut entries = whole.lines().map(Entry::from_str).collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| entry.at);
    Ok(entries)
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at)?;
        match &self.what {
            What::Start { id, fence, pid } => write!(f, "start {id} {fence} {pid}"),
            What::Effect { id, fence, pid } => write!(f, "effect {id} {fence} {pid}"),
            What::Ack { id, body } => write!(f, "ack {id} {body}"),
            What::Fault { name, pid } => write!(f, "fault {name} {pid}"),
            What::Heal { name, pid } => write!(f, "heal {name} {pid}"),
        }
    }
}

impl FromStr for Entry {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let text = |word: &&str| (*word).to_owned();
        let what = match &words[..] {
            [_, "start", id, fence, pid] => What::Start { id: text(id), fence: fence.parse()?, pid: pid.parse()? },
            [_, "effect", id, fence, pid] => What::Effect { id: text(id), fence: fence.parse()?, pid: pid.parse()? },
            [_, "ack", id, body] => What::Ack { id: text(id), body: text(body) },
            [_, "fault", name, pid] => What::Fault { name: text(name), pid: pid.parse()? },
            [_, "heal", name, pid] => What::Heal { name: text(name), pid: pid.parse()? },
            _ => anyhow::bail!("not a line of a ledger: {line}"),
        };
        Ok(Self { at: words.first().copied().unwrap_or_default().parse()?, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let whats = [
            What::Start { id: "evt_1".into(), fence: 7, pid: 42 },
            What::Effect { id: "evt_1".into(), fence: 7, pid: 42 },
            What::Ack { id: "evt_1".into(), body: "7".into() },
            What::Fault { name: "kill".into(), pid: 42 },
            What::Heal { name: "cut".into(), pid: 0 },
        ];
        for what in whats {
            let entry = Entry { at: 5, what };
            assert_eq!(entry.to_string().parse::<Entry>().unwrap(), entry);
        }
        assert!("5 start evt_1".parse::<Entry>().is_err());
    }

    #[test]
    fn a_line_that_a_killed_process_left_unfinished_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1 ack evt_1 7\n2 ack ev").unwrap();
        assert_eq!(read(file.path()).unwrap().len(), 1);
    }
}
