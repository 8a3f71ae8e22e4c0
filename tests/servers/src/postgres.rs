//! A PostgreSQL server with databases of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::Signal;

use crate::server::{Owner, Server};
use crate::{Error, port, programs};

/// Runs a PostgreSQL server of one's own.
///
/// It is as durable as PostgreSQL is: a commit that was answered survives [`kill`](Self::kill). Where a test
/// needs no durability, `("fsync", "off")` makes a restart after a kill several times quicker.
pub struct Postgres {
    server: Server,
    programs: PathBuf,
    settings: Vec<String>,
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts PostgreSQL with its own settings, except that it takes little memory and listens on 127.0.0.1 only.
    ///
    /// # Errors
    ///
    /// There is no PostgreSQL and it cannot be installed here, or it does not start.
    pub fn start() -> Result<Self, Error> {
        Self::with(&[])
    }

    /// Starts PostgreSQL with settings of `postgresql.conf`, such as `("synchronous_commit", "off")`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); a setting that PostgreSQL does not know is a server that does not start.
    pub fn with(settings: &[(&str, &str)]) -> Result<Self, Error> {
        let programs = programs::postgres()?;
        let server = Server::new("postgres", unprivileged()?)?;
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.arg("--pgdata").arg(server.folder().join("data"));
        // `--no-sync` is about a machine that loses power during this test, and about nothing after the start.
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        server.run(&initdb)?;
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut postgres = Self { server, programs, settings, port: 0, databases: AtomicU32::new(0) };
        postgres.port = port::first_that_starts(|port| postgres.run(port))?;
        Ok(postgres)
    }

    /// Where the database `postgres` is: `postgres://postgres@127.0.0.1:PORT/postgres`. No password is asked for.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes an empty database and returns its URL, so that tests can share the server and nothing else.
    ///
    /// # Errors
    ///
    /// The server is down or refuses.
    pub fn create_database(&self) -> Result<String, Error> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(&self.url(), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(&name))
    }

    /// Runs statements with `psql` in the database of a URL, and returns the values, one row a line.
    ///
    /// # Errors
    ///
    /// A statement fails.
    pub fn psql(&self, url: &str, statements: &str) -> Result<String, Error> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        let output = psql.args(["--command", statements, url]).output().map_err(Error::doing("starting psql"))?;
        if !output.status.success() {
            return Err(Error::new(format!("psql: {}", String::from_utf8_lossy(&output.stderr).trim_end())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// The port, which stays the same over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster, or `None` while the server is down.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The temporary folder with its log and the cluster in `data`.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Kills the postmaster and all its children at once (SIGKILL) and returns when they are gone.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn kill(&self) -> Result<(), Error> {
        self.server.end(Signal::KILL)
    }

    /// Ends the server without waiting for its clients (SIGINT, the "fast shutdown") and returns when it is gone.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn stop_gracefully(&self) -> Result<(), Error> {
        self.server.end(Signal::INT)
    }

    /// Starts the server again on the same port and folder, and returns when it has recovered its data. A server that
    /// still runs is stopped gracefully before.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop_gracefully()?;
        self.run(self.port)
    }

    /// Stops all processes of the server in the middle of whatever they do (SIGSTOP). Connections stay open and
    /// silent, and new ones are still taken by the system.
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

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn run(&self, port: u16) -> Result<(), Error> {
        let data = self.server.folder().join("data");
        let mut command = Command::new(self.programs.join("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        let ours = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=16MB"];
        for setting in ours.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        // What `pg_ctl --wait` looks at: the first line names the server, the eighth says whether it takes clients.
        self.server.start(&command, |pid| {
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            let lines: Vec<&str> = state.lines().map(str::trim).collect();
            lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready")
        })
    }
}

/// Root is refused by PostgreSQL; the user of its package runs it then, or `nobody`.
fn unprivileged() -> Result<Option<Owner>, Error> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(Error::doing("reading /etc/passwd"))?;
    let find = |wanted: &str| {
        users.lines().find_map(|line| match line.split(':').collect::<Vec<_>>().as_slice() {
            [name, _, user, group, ..] if *name == wanted => {
                Some(Owner { user: user.parse().ok()?, group: group.parse().ok()? })
            }
            _ => None,
        })
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.map(Some).ok_or_else(|| Error::new("root cannot run PostgreSQL; make a user named `postgres`"))
}
