//! A Redis server, or a Valkey one: they are started, asked and stopped alike.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::server::Server;
use crate::{Error, port, programs};

/// Runs a Redis or Valkey server of one's own.
///
/// Unless told otherwise it keeps everything in memory only: a kill loses all, as with a cache.
pub struct Redis {
    server: Server,
    program: PathBuf,
    port: u16,
}

impl Redis {
    /// Starts Redis with its own settings, except that it saves nothing.
    ///
    /// # Errors
    ///
    /// There is no Redis and it cannot be installed here, or it does not start.
    pub fn start() -> Result<Self, Error> {
        Self::with(&[])
    }

    /// Starts Redis with settings of `redis.conf`, such as `("appendonly", "yes")`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); a setting that Redis does not know is a server that does not start.
    pub fn with(settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::from_program(programs::redis()?, settings)
    }

    /// Starts Valkey with settings of `valkey.conf`.
    ///
    /// # Errors
    ///
    /// As [`with`](Self::with).
    pub fn valkey(settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::from_program(programs::valkey()?, settings)
    }

    /// Starts the given `redis-server`, or a server that takes the same settings.
    ///
    /// # Errors
    ///
    /// The program does not start.
    pub fn from_program(program: PathBuf, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let server = Server::new("redis", None)?;
        let mut lines = "bind 127.0.0.1\nsave \"\"\n".to_owned();
        settings.iter().for_each(|(name, value)| lines.push_str(&format!("{name} {value}\n")));
        fs::write(server.folder().join("conf"), lines).map_err(Error::doing("writing the server's settings"))?;
        let mut redis = Self { server, program, port: port::free()? };
        redis.port = port::first_that_starts(|port| redis.run(port))?;
        Ok(redis)
    }

    /// Where it listens: `redis://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The port, which stays the same over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id, or `None` while the server is down.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The temporary folder with its settings, its log, and what it saved.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Kills the server at once (SIGKILL) and returns when it is gone. What it had not written is lost.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn kill(&self) -> Result<(), Error> {
        self.server.end(Signal::KILL)
    }

    /// Asks the server to end (SIGTERM) and returns when it is gone.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn stop_gracefully(&self) -> Result<(), Error> {
        self.server.end(Signal::TERM)
    }

    /// Starts the server again on the same port and folder, and returns when it has loaded its data. A server that
    /// still runs is stopped gracefully before.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop_gracefully()?;
        self.run(self.port)
    }

    /// Stops the server in the middle of whatever it does (SIGSTOP). Connections stay open and silent, and new ones
    /// are still taken by the system.
    ///
    /// # Errors
    ///
    /// The server is down.
    pub fn pause(&self) -> Result<(), Error> {
        self.server.pause()
    }

    /// Lets a paused server go on (SIGCONT).
    ///
    /// # Errors
    ///
    /// The server is down.
    pub fn resume(&self) -> Result<(), Error> {
        self.server.resume()
    }

    /// Lets no file that the server writes reach past `bytes`, as on a disk that is full, and without its being root's.
    /// There is room again for a server that is started anew.
    ///
    /// # Errors
    ///
    /// The server is down, or this is not Linux.
    pub fn limit_files(&self, bytes: u64) -> Result<(), Error> {
        self.server.limit_files(bytes)
    }

    fn run(&self, port: u16) -> Result<(), Error> {
        let folder = self.server.folder();
        let mut command = Command::new(&self.program);
        command.arg(folder.join("conf")).args(["--port", &port.to_string(), "--daemonize", "no"]);
        command.arg("--dir").arg(folder).arg("--logfile").arg(folder.join("log"));
        self.server.start(&command, |pid| is_ready(port, pid).unwrap_or(false))
    }
}

/// Whether this very server answers there and has loaded its data. Another one may listen on the port.
fn is_ready(port: u16, pid: u32) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    connection.write_all(b"INFO\r\nQUIT\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let says = |wanted: &str| answer.lines().any(|line| line == wanted);
    Ok(says(&format!("process_id:{pid}")) && says("loading:0"))
}
