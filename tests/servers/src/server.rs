//! One server process in its folder: start, signals, end. What program it is, and when it is ready, is told by
//! `redis.rs` and `postgres.rs`.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Error;

/// Longer than any start that succeeds, also on a machine that is busy with other tests.
const START_LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A folder, a port, and the server that runs there or does not.
pub(crate) struct Server {
    folder: PathBuf,
    owner: Option<Owner>,
    running: Mutex<Option<Child>>,
    // Closing the pipe is what ends the watchdog. Behind an option, because dropping it must come before waiting.
    watchdog: Option<(Child, ChildStdin)>,
}

/// The user that runs a server which refuses to be run by root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Server {
    /// Makes a folder, and a watchdog that removes it with everything that runs in it.
    pub(crate) fn new(name: &str, owner: Option<Owner>) -> Result<Self, Error> {
        let made = tempfile::Builder::new().prefix(&format!("countersign-{name}-")).tempdir();
        let folder = made.map_err(Error::doing("making a temporary folder"))?;
        if let Some(Owner { user, group }) = owner {
            chown(folder.path(), Some(user), Some(group)).map_err(Error::doing("giving away the folder"))?;
        }
        let mut watchdog = Command::new("sh")
            .args(["-c", include_str!("watchdog.sh"), "watchdog"])
            .arg(folder.path())
            .current_dir("/")
            // Neither Ctrl-C nor the end of the terminal may reach it before its work is done, and an output that it
            // held open would keep a reader of the tests' output waiting.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::doing("starting sh"))?;
        let pipe = watchdog.stdin.take().ok_or_else(|| Error::new("the watchdog has no pipe"))?;
        Ok(Self { folder: folder.keep(), owner, running: Mutex::new(None), watchdog: Some((watchdog, pipe)) })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The process id, or `None` while the server is down.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.running().as_ref().map(Child::id)
    }

    /// Starts the program and returns when `ready`, which is given the process id, says so.
    pub(crate) fn start(&self, command: &Command, ready: impl Fn(u32) -> bool) -> Result<(), Error> {
        let mut running = self.running();
        let started = Instant::now();
        let mut child = self.spawn(command)?;
        loop {
            if let Some(status) = child.try_wait().map_err(Error::doing("waiting for the server"))? {
                self.forget_pid();
                return Err(Error::new(format!("the server ended with {status} while starting:\n{}", self.log())));
            }
            if ready(child.id()) {
                *running = Some(child);
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                end(&mut child, Signal::KILL)?;
                self.forget_pid();
                return Err(Error::new(format!("the server was not ready in {START_LIMIT:?}:\n{}", self.log())));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Runs a program to its end, as the server's user and under the watchdog.
    pub(crate) fn run(&self, command: &Command) -> Result<(), Error> {
        let status = self.spawn(command)?.wait().map_err(Error::doing("waiting for a program"))?;
        self.forget_pid();
        if status.success() {
            return Ok(());
        }
        Err(Error::new(format!("{:?} ended with {status}:\n{}", command.get_program(), self.log())))
    }

    /// Sends a signal that ends the server, and returns when it and all its children are gone. A server that is down
    /// already stays down.
    pub(crate) fn end(&self, signal: Signal) -> Result<(), Error> {
        let mut running = self.running();
        if let Some(child) = running.as_mut() {
            end(child, signal)?;
            *running = None;
            self.forget_pid();
        }
        Ok(())
    }

    /// Stops the server and its children in the middle of whatever they do. Connections stay open and silent.
    pub(crate) fn pause(&self) -> Result<(), Error> {
        // The parent first, so that it has no more children after they were counted.
        self.tell(|pid| {
            send(pid, Signal::STOP)?;
            children(pid).into_iter().try_for_each(|child| send(child, Signal::STOP))
        })
    }

    /// Lets a paused server go on.
    pub(crate) fn resume(&self) -> Result<(), Error> {
        self.tell(|pid| {
            children(pid).into_iter().try_for_each(|child| send(child, Signal::CONT))?;
            send(pid, Signal::CONT)
        })
    }

    /// Lets no file that the server and its children write reach past `bytes`.
    pub(crate) fn limit_files(&self, bytes: u64) -> Result<(), Error> {
        // The parent first: children that it starts later have its limit.
        self.tell(|pid| {
            self.limit_files_of(pid, bytes)?;
            children(pid).into_iter().try_for_each(|child| self.limit_files_of(child, bytes))
        })
    }

    /// By the program of util-linux, because it must run as the server's user: root may not be allowed to limit others.
    fn limit_files_of(&self, pid: u32, bytes: u64) -> Result<(), Error> {
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &pid.to_string(), &format!("--fsize={bytes}")]);
        if let Some(Owner { user, group }) = self.owner {
            prlimit.uid(user).gid(group);
        }
        let output = prlimit.output().map_err(Error::doing("starting prlimit, which Linux alone has"))?;
        let gone = || !Path::new(&format!("/proc/{pid}")).exists();
        if output.status.success() || gone() {
            return Ok(());
        }
        Err(Error::new(String::from_utf8_lossy(&output.stderr).trim_end()))
    }

    /// What the server wrote since its folder was made.
    pub(crate) fn log(&self) -> String {
        fs::read(self.folder.join("log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    fn tell(&self, send: impl FnOnce(u32) -> Result<(), Error>) -> Result<(), Error> {
        match self.running().as_ref() {
            Some(child) => send(child.id()),
            None => Err(Error::new("the server is down; call restart first")),
        }
    }

    /// Starts a program through a shell that leaves its process id for the watchdog before it becomes the program.
    fn spawn(&self, command: &Command) -> Result<Child, Error> {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log"));
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#"echo $$ >"$0/pid" && exec "$@""#])
            .arg(&self.folder)
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::null())
            // Nothing is written here. Every child of the server has it too, so its end is the end of all of them.
            .stdout(Stdio::piped())
            .stderr(log.map_err(Error::doing("opening the server's log"))?);
        if let Some(Owner { user, group }) = self.owner {
            shell.uid(user).gid(group);
        }
        shell.spawn().map_err(Error::doing("starting sh"))
    }

    /// The number may belong to another process from now on; the watchdog must not take that for the server.
    fn forget_pid(&self) {
        let _ = fs::remove_file(self.folder.join("pid"));
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        // A poisoned lock says that a test panicked, and the server must be ended nevertheless.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end(Signal::KILL);
        if let Some((mut watchdog, pipe)) = self.watchdog.take() {
            drop(pipe);
            let _ = watchdog.wait();
        }
    }
}

fn end(child: &mut Child, signal: Signal) -> Result<(), Error> {
    let family = children(child.id());
    send(child.id(), signal)?;
    for member in family {
        // A child that was paused cannot notice that its parent is gone.
        send(member, if signal == Signal::KILL { Signal::KILL } else { Signal::CONT })?;
    }
    send(child.id(), Signal::CONT)?;
    child.wait().map_err(Error::doing("waiting for the server's end"))?;
    if let Some(mut held_by_all) = child.stdout.take() {
        io::copy(&mut held_by_all.by_ref(), &mut io::sink()).map_err(Error::doing("waiting for its children"))?;
    }
    Ok(())
}

fn send(pid: u32, signal: Signal) -> Result<(), Error> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(|| Error::new("a process id is no id"))?;
    match kill_process(pid, signal) {
        // It ended by itself in the meantime.
        Err(rustix::io::Errno::SRCH) => Ok(()),
        sent => sent.map_err(Error::doing("sending a signal")),
    }
}

/// The processes that a process started and that still run.
fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).or_else(|_| {
        let found = Command::new("pgrep").args(["-P", &pid.to_string()]).output()?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&found.stdout).into_owned())
    });
    listed.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
