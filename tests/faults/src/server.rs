//! The server behind the store, if it has one, and the way to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use countersign_test_servers::{Postgres, Redis};

use crate::proxy::Proxy;

/// Which store is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Redis, every write on disk before it is answered.
    Redis,
    /// PostgreSQL with its defaults.
    Postgres,
    /// SQLite, a file shared by the receivers.
    Sqlite,
}

/// A store's server, the proxy in front of it, and the URL that receivers get.
pub(crate) struct Server {
    process: Process,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) url: String,
    /// The URL past the proxy, for looking afterwards.
    pub(crate) direct: String,
}

enum Process {
    Redis(Redis),
    Postgres(Postgres),
    None,
}

impl Server {
    pub(crate) async fn start(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let (process, direct, port) = match kind {
            Kind::Redis => {
                let redis = Redis::with(&[("appendonly", "yes"), ("appendfsync", "always")])?;
                let (url, port) = (redis.url(), redis.port());
                (Process::Redis(redis), url, Some(port))
            }
            Kind::Postgres => {
                let postgres = Postgres::start()?;
                let (url, port) = (postgres.url(), postgres.port());
                (Process::Postgres(postgres), url, Some(port))
            }
            Kind::Sqlite => (Process::None, format!("sqlite:{}", folder.join("records.db").display()), None),
        };
        let proxy = match port {
            Some(port) => Some(Proxy::start(port).await?),
            None => None,
        };
        let url = match (&proxy, port) {
            (Some(proxy), Some(port)) => direct.replace(&format!(":{port}"), &format!(":{}", proxy.port())),
            _ => direct.clone(),
        };
        Ok(Self { process, proxy, url, direct })
    }

    pub(crate) fn has_process(&self) -> bool {
        !matches!(self.process, Process::None)
    }

    /// Kills the server and starts it again on the same port, over the same files.
    pub(crate) fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        match &mut self.process {
            Process::Redis(redis) => {
                redis.kill()?;
                redis.restart()?;
            }
            Process::Postgres(postgres) => {
                postgres.kill()?;
                postgres.restart()?;
            }
            Process::None => {}
        }
        Ok(())
    }

    /// Stops the server as an operator would, and starts it again.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        match &mut self.process {
            Process::Redis(redis) => redis.restart()?,
            Process::Postgres(postgres) => postgres.restart()?,
            Process::None => {}
        }
        Ok(())
    }

    /// Stops every process of the server where it stands, for `span`.
    pub(crate) fn freeze(&self, span: Duration) -> anyhow::Result<()> {
        match &self.process {
            Process::Redis(redis) => redis.pause()?,
            Process::Postgres(postgres) => postgres.pause()?,
            Process::None => {}
        }
        std::thread::sleep(span);
        match &self.process {
            Process::Redis(redis) => redis.resume()?,
            Process::Postgres(postgres) => postgres.resume()?,
            Process::None => {}
        }
        Ok(())
    }

    /// Lets no file of the server grow any more. A log is written past the limit at once: Redis, every write of which is
    /// on disk before it is answered, ends itself over that, in the middle of a write where `torn` bytes still go;
    /// PostgreSQL panics, and cannot recover either.
    pub(crate) fn fill_disk(&self, torn: u64) -> anyhow::Result<()> {
        match &self.process {
            Process::Redis(redis) => {
                let log = std::fs::read_dir(redis.folder().join("appendonlydir"))?;
                let sizes = log.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len());
                redis.limit_files(sizes.max().unwrap_or(0) + torn)?;
            }
            Process::Postgres(postgres) => postgres.limit_files(64 * 1024)?,
            Process::None => {}
        }
        Ok(())
    }

    /// Sets what Redis may keep in memory, in bytes; 0: all there is.
    pub(crate) fn limit_memory(&self, bytes: u64) -> anyhow::Result<()> {
        if let Process::Redis(redis) = &self.process {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, redis.port()))?;
            write!(connection, "CONFIG SET maxmemory {bytes}\r\n")?;
            let mut answer = String::new();
            BufReader::new(connection).read_line(&mut answer)?;
            anyhow::ensure!(answer.starts_with("+OK"), "maxmemory cannot be set: {answer}");
        }
        Ok(())
    }
}
