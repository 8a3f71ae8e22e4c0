//! The ledger: what really happened, in a file that no store under test can reach. Append-only, one line an event, each
//! out of its writer's hands before that goes on.
//!
//! Receivers write to a pipe, which takes a line whole or not at all and keeps it when its writer is killed; the campaign
//! brings the lines to the file. A receiver whose disk is full must still be able to say what it does.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, PipeReader, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::str::FromStr;
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

/// A ledger, open for writing. Clones and processes append to one file.
#[derive(Debug)]
pub(crate) enum Ledger {
    File(File),
    Pipe(File),
}

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
    /// A store granted a claim, which had been asked for at `asked` first.
    Claim { fence: u64, pid: u32, asked: u64 },
    /// The worker is about to complete or release.
    Settle { fence: u64, pid: u32 },
    /// The store says that it completed the claim.
    Done { fence: u64, pid: u32 },
    /// The store says that the claim to be completed is another's.
    Fenced { fence: u64, pid: u32 },
}

impl Ledger {
    /// The file itself.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(Self::File)
    }

    /// A receiver's end of the pipe: its standard output.
    pub(crate) fn standard_output() -> io::Result<Self> {
        Ok(Self::Pipe(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
    }

    /// Writes a line and waits until it is on disk, or in the pipe.
    pub(crate) fn write(&self, what: What) -> io::Result<()> {
        self.append(&format!("{}\n", Entry { at: now(), what }))
    }

    fn append(&self, lines: &str) -> io::Result<()> {
        match self {
            Self::File(file) => {
                (&mut &*file).write_all(lines.as_bytes())?;
                file.sync_data()
            }
            Self::Pipe(pipe) => (&mut &*pipe).write_all(lines.as_bytes()),
        }
    }
}

/// Brings what comes through the pipe to the file, until the last writer is gone.
pub(crate) fn gather(pipe: PipeReader, ledger: Ledger) -> JoinHandle<io::Result<()>> {
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut gathered = String::new();
        while lines.read_line(&mut gathered)? > 0 {
            // What is there already goes to disk together.
            if !lines.buffer().contains(&b'\n') {
                ledger.append(&std::mem::take(&mut gathered))?;
            }
        }
        Ok(())
    })
}

/// Waits until everything that came through the pipe is in the file.
pub(crate) fn gathered(gathering: JoinHandle<io::Result<()>>) -> anyhow::Result<()> {
    gathering.join().map_err(|_| anyhow::anyhow!("the ledger cannot be written"))?.map_err(anyhow::Error::from)
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
            What::Claim { fence, pid, asked } => write!(f, "claim {fence} {pid} {asked}"),
            What::Settle { fence, pid } => write!(f, "settle {fence} {pid}"),
            What::Done { fence, pid } => write!(f, "done {fence} {pid}"),
            What::Fenced { fence, pid } => write!(f, "fenced {fence} {pid}"),
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
            [_, "claim", fence, pid, asked] => {
                What::Claim { fence: fence.parse()?, pid: pid.parse()?, asked: asked.parse()? }
            }
            [_, "settle", fence, pid] => What::Settle { fence: fence.parse()?, pid: pid.parse()? },
            [_, "done", fence, pid] => What::Done { fence: fence.parse()?, pid: pid.parse()? },
            [_, "fenced", fence, pid] => What::Fenced { fence: fence.parse()?, pid: pid.parse()? },
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
            What::Claim { fence: 7, pid: 42, asked: 4 },
            What::Settle { fence: 7, pid: 42 },
            What::Done { fence: 7, pid: 42 },
            What::Fenced { fence: 7, pid: 42 },
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

    #[test]
    fn what_comes_through_the_pipe_is_in_the_file_when_the_last_writer_is_gone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (reader, writer) = io::pipe().unwrap();
        let gathering = gather(reader, Ledger::open(file.path()).unwrap());
        let pipe = Ledger::Pipe(File::from(std::os::fd::OwnedFd::from(writer)));
        (0..100).for_each(|fence| pipe.write(What::Done { fence, pid: 1 }).unwrap());
        drop(pipe);
        gathering.join().unwrap().unwrap();
        assert_eq!(read(file.path()).unwrap().len(), 100);
    }
}
