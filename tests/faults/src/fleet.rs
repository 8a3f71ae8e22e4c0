//! The receiver processes: started, killed, stopped in their tracks, started again on the same port.

use std::fs::{self, File};
use std::io::{PipeWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::receiver::{Args, Order};

/// Several receivers of one endpoint over one store.
pub(crate) struct Fleet {
    program: PathBuf,
    template: Args,
    receivers: Vec<Receiver>,
    /// Where they write what they do.
    ledger: PipeWriter,
    /// What receivers write to standard error. Handlers panic on purpose, so it is shown only where one does not start.
    complaints: File,
    log: PathBuf,
}

struct Receiver {
    port: u16,
    process: Child,
}

impl Fleet {
    /// Starts `size` receivers, each on a port of its own, and waits until they listen.
    pub(crate) fn start(template: Args, size: usize, ledger: PipeWriter, folder: &Path) -> anyhow::Result<Self> {
        let (program, log) = (std::env::current_exe()?, folder.join("receivers.log"));
        let complaints = File::options().create(true).append(true).open(&log)?;
        let mut fleet = Self { program, template, receivers: Vec::new(), ledger, complaints, log };
        for _ in 0..size {
            let port = free_port()?;
            let process = fleet.spawn(port)?;
            fleet.receivers.push(Receiver { port, process });
        }
        fleet.receivers.iter().try_for_each(|receiver| fleet.wait_for(receiver.port))?;
        Ok(fleet)
    }

    fn spawn(&self, port: u16) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg("receiver").arg("--port").arg(port.to_string());
        command.arg("--store").arg(&self.template.store);
        // Clocks of real machines differ; within the tolerance that must not matter.
        command.arg("--skew").arg(fastrand::i64(-2_000..=2_000).to_string());
        if self.template.transactional {
            command.arg("--transactional");
        }
        if self.template.brisk {
            command.arg("--brisk");
        }
        let first = self.receivers.first().is_none_or(|first| first.port == port);
        if let Some(defect) = self.template.defect.filter(|defect| first || defect.is_in_all()) {
            let name = clap::ValueEnum::to_possible_value(&defect).context("every defect has a name")?;
            command.arg("--defect").arg(name.get_name());
        }
        // A handler that panics on purpose needs no backtrace.
        command
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(self.ledger.try_clone()?)
            .stderr(self.complaints.try_clone()?);
        command.spawn().context("a receiver cannot be started")
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.receivers.iter().map(|receiver| receiver.port).collect()
    }

    /// Any receiver.
    pub(crate) fn any(&self) -> usize {
        fastrand::usize(..self.receivers.len())
    }

    pub(crate) fn pid(&self, index: usize) -> u32 {
        self.receivers.get(index).map_or(0, |receiver| receiver.process.id())
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, index: usize) -> anyhow::Result<()> {
        let receiver = self.receivers.get_mut(index).context("no such receiver")?;
        receiver.process.kill()?;
        receiver.process.wait()?;
        Ok(())
    }

    /// Starts a receiver again on its port.
    pub(crate) fn revive(&mut self, index: usize) -> anyhow::Result<()> {
        let port = self.receivers.get(index).context("no such receiver")?.port;
        let process = self.spawn(port)?;
        if let Some(receiver) = self.receivers.get_mut(index) {
            receiver.process = process;
        }
        self.wait_for(port)
    }

    /// Stops a receiver where it stands, for `span`.
    pub(crate) fn freeze(&self, index: usize, span: Duration) -> anyhow::Result<()> {
        signal("-STOP", self.pid(index))?;
        std::thread::sleep(span);
        signal("-CONT", self.pid(index))
    }

    /// Tells a receiver something while it runs.
    pub(crate) fn tell(&self, index: usize, order: Order) -> anyhow::Result<()> {
        let stdin = self.receivers.get(index).and_then(|receiver| receiver.process.stdin.as_ref());
        writeln!(stdin.context("no such receiver")?, "{order}")?;
        Ok(())
    }

    pub(crate) fn port(&self, index: usize) -> u16 {
        self.receivers.get(index).map_or(0, |receiver| receiver.port)
    }

    /// SIGTERM; returns whether the process settled everything it had begun.
    pub(crate) fn terminate(&mut self, index: usize) -> anyhow::Result<bool> {
        signal("-TERM", self.pid(index))?;
        let receiver = self.receivers.get_mut(index).context("no such receiver")?;
        let given_up = Instant::now() + Duration::from_secs(20);
        while Instant::now() < given_up {
            if let Some(status) = receiver.process.try_wait()? {
                return Ok(status.success());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        receiver.process.kill()?;
        Ok(false)
    }

    fn wait_for(&self, port: u16) -> anyhow::Result<()> {
        let given_up = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > given_up {
                let log = fs::read_to_string(&self.log)?;
                let error = log.rfind("Error: ").and_then(|from| log.get(from..)).unwrap_or("none");
                anyhow::bail!("the receiver on port {port} does not listen; the last error of any receiver:\n{error}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// How a violation names a receiver.
    pub(crate) fn describe(&self, index: usize) -> String {
        format!("the receiver on port {} (pid {})", self.port(index), self.pid(index))
    }

    pub(crate) fn len(&self) -> usize {
        self.receivers.len()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for receiver in &mut self.receivers {
            let _ = receiver.process.kill();
            let _ = receiver.process.wait();
        }
    }
}

/// A free port below those that systems give to outgoing connections: one of those could take it while its receiver is
/// down.
fn free_port() -> anyhow::Result<u16> {
    let ports = std::iter::repeat_with(|| fastrand::u16(10_000..30_000)).take(1_000);
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().context("no port is free")
}

fn signal(signal: &str, pid: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").arg(signal).arg(pid.to_string()).stderr(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "kill {signal} {pid} failed");
    Ok(())
}
