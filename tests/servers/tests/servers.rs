//! The servers are real, keep what they promised to keep, and leave nothing behind.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use countersign_test_servers::{Postgres, Redis};

const DURABLE: [(&str, &str); 2] = [("appendonly", "yes"), ("appendfsync", "always")];

/// Sends inline commands and a QUIT, and returns all answers.
fn ask(port: u16, commands: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.write_all(format!("{commands}\r\nQUIT\r\n").as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

fn keeps_its_data(redis: &Redis) {
    assert_eq!(ask(redis.port(), "PING\r\nSET event claimed").unwrap(), "+PONG\r\n+OK\r\n+OK\r\n");
    let first = redis.pid().unwrap();
    redis.kill().unwrap();
    assert_eq!(redis.pid(), None);
    assert_eq!(ask(redis.port(), "PING").unwrap_err().kind(), ErrorKind::ConnectionRefused);
    redis.restart().unwrap();
    assert_ne!(redis.pid(), Some(first));
    assert_eq!(ask(redis.port(), "GET event").unwrap(), "$7\r\nclaimed\r\n+OK\r\n");
    redis.restart().unwrap();
    assert_eq!(ask(redis.port(), "GET event").unwrap(), "$7\r\nclaimed\r\n+OK\r\n");
}

#[test]
fn redis_keeps_its_data_over_a_kill_when_told_to() {
    keeps_its_data(&Redis::with(&DURABLE).unwrap());
}

#[test]
fn valkey_is_valkey_and_keeps_its_data_over_a_kill_when_told_to() {
    let valkey = Redis::valkey(&DURABLE).unwrap();
    assert!(ask(valkey.port(), "INFO server").unwrap().contains("valkey_version:"));
    keeps_its_data(&valkey);
}

#[test]
fn redis_forgets_over_a_kill_unless_told_otherwise() {
    let redis = Redis::start().unwrap();
    assert!(ask(redis.port(), "SET event claimed").unwrap().starts_with("+OK"));
    redis.kill().unwrap();
    redis.restart().unwrap();
    assert_eq!(ask(redis.port(), "GET event").unwrap(), "$-1\r\n+OK\r\n");
}

#[test]
fn a_paused_redis_is_silent_until_it_is_resumed() {
    let redis = Redis::start().unwrap();
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, redis.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    redis.pause().unwrap();
    connection.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 7];
    assert_eq!(connection.read(&mut answer).unwrap_err().kind(), ErrorKind::WouldBlock);
    redis.resume().unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_whose_disk_is_full_takes_nothing_until_there_is_room_again() {
    let redis = Redis::with(&DURABLE).unwrap();
    assert!(ask(redis.port(), "SET event claimed").unwrap().starts_with("+OK"));
    redis.limit_files(0).unwrap();
    assert!(!ask(redis.port(), "SET event lost").is_ok_and(|answer| answer.starts_with("+OK")));
    redis.kill().unwrap();
    redis.restart().unwrap();
    assert_eq!(ask(redis.port(), "GET event").unwrap(), "$7\r\nclaimed\r\n+OK\r\n");
    assert!(ask(redis.port(), "SET event again").unwrap().starts_with("+OK"));

    let postgres = Postgres::start().unwrap();
    postgres.psql(&postgres.url(), "CREATE TABLE events (id text); INSERT INTO events VALUES ('evt_1')").unwrap();
    postgres.limit_files(64 * 1024).unwrap();
    assert!(postgres.psql(&postgres.url(), "INSERT INTO events VALUES ('evt_2')").is_err());
    postgres.kill().unwrap();
    postgres.restart().unwrap();
    postgres.psql(&postgres.url(), "INSERT INTO events VALUES ('evt_3')").unwrap();
    assert_eq!(postgres.psql(&postgres.url(), "SELECT id FROM events").unwrap(), "evt_1\nevt_3");
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let redis = Redis::with(&[("no-such-setting", "1")]).err().unwrap().to_string();
    assert!(redis.contains("no-such-setting"), "{redis}");
    let postgres = Postgres::with(&[("no_such_setting", "1")]).err().unwrap().to_string();
    assert!(postgres.contains("no_such_setting"), "{postgres}");
}

#[test]
fn postgres_keeps_committed_rows_over_a_kill() {
    let postgres = Postgres::start().unwrap();
    assert_eq!(postgres.psql(&postgres.url(), "SELECT 1").unwrap(), "1");
    assert_eq!(postgres.psql(&postgres.url(), "SHOW fsync").unwrap(), "on");
    let (one, other) = (postgres.create_database().unwrap(), postgres.create_database().unwrap());
    postgres.psql(&one, "CREATE TABLE events (id text PRIMARY KEY); INSERT INTO events VALUES ('evt_1')").unwrap();
    assert!(postgres.psql(&other, "SELECT * FROM events").is_err(), "databases share nothing");
    postgres.kill().unwrap();
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, postgres.port())).is_err());
    postgres.restart().unwrap();
    assert_eq!(postgres.psql(&one, "SELECT id FROM events").unwrap(), "evt_1");
    postgres.restart().unwrap();
    assert_eq!(postgres.psql(&one, "SELECT id FROM events").unwrap(), "evt_1");
}

#[test]
fn a_paused_postgres_lets_nobody_on_and_can_be_killed() {
    let postgres = Postgres::with(&[("fsync", "off")]).unwrap();
    let quickly = format!("{}?connect_timeout=2", postgres.url());
    postgres.psql(&quickly, "SELECT 1").unwrap();
    postgres.pause().unwrap();
    let refused = postgres.psql(&quickly, "SELECT 1").unwrap_err().to_string();
    assert!(refused.contains("timeout expired"), "{refused}");
    postgres.resume().unwrap();
    postgres.psql(&quickly, "SELECT 1").unwrap();
    postgres.pause().unwrap();
    postgres.kill().unwrap();
    postgres.restart().unwrap();
    postgres.psql(&quickly, "SELECT 1").unwrap();
}

#[test]
fn a_dropped_server_is_gone_with_its_folder() {
    let redis = Redis::start().unwrap();
    let (port, folder) = (redis.port(), redis.folder().to_owned());
    assert!(folder.is_dir() && ask(port, "PING").is_ok());
    drop(redis);
    assert!(!folder.exists() && ask(port, "PING").is_err());
}

/// A process that holds servers: the port, process id and folder of each.
struct Holder {
    process: Child,
    servers: Vec<(u16, u32, PathBuf)>,
}

impl Holder {
    fn start(word: &str) -> Self {
        let mut holder = Command::new(env!("CARGO_BIN_EXE_holder"));
        let mut process =
            holder.arg(word).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().take(2);
        let servers = lines.map(|line| {
            let line = line.unwrap();
            let mut words = line.splitn(3, ' ');
            let mut next = || words.next().unwrap();
            (next().parse().unwrap(), next().parse().unwrap(), next().into())
        });
        let servers: Vec<_> = servers.collect();
        assert_eq!(servers.len(), 2);
        Self { process, servers }
    }

    /// Whether a server's port, process or folder is still there; and any process that works in the folder.
    fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for (port, pid, folder) in &self.servers {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok() {
                left.push(format!("port {port}"));
            }
            // Empty for a process that has ended and whose end nobody has asked for yet.
            if std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| !words.is_empty()) {
                left.push(format!("process {pid}"));
            }
            if folder.exists() || folder.with_extension("ending").exists() {
                left.push(format!("folder {}", folder.display()));
            }
            let processes = std::fs::read_dir("/proc").unwrap().flatten();
            let works_there = |entry: &std::fs::DirEntry| {
                std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
            };
            let working = processes.filter(works_there).count();
            if working > 0 {
                left.push(format!("{working} processes in {}", folder.display()));
            }
        }
        left
    }

    /// Ends it by `end` and waits until nothing is left.
    fn leaves_nothing(mut self, end: impl FnOnce(&mut Child)) {
        let before = self.left();
        assert_eq!(before.len(), 8, "the same look must find everything before: {before:?}");
        let family = before.iter().filter_map(|left| left.split_once(" processes")?.0.parse().ok()).max();
        assert!(family > Some(4), "PostgreSQL is more than its first process: {before:?}");
        end(&mut self.process);
        self.process.wait().unwrap();
        let ended = Instant::now();
        while !self.left().is_empty() {
            assert!(ended.elapsed() < Duration::from_secs(10), "still there: {:?}", self.left());
            std::thread::sleep(Duration::from_millis(10));
        }
        println!("gone {:?} after the process", ended.elapsed());
    }
}

fn say(process: &mut Child, word: &str) {
    writeln!(process.stdin.take().unwrap(), "{word}").unwrap();
}

#[test]
fn servers_end_with_a_process_that_returns_from_main() {
    Holder::start("").leaves_nothing(|process| say(process, "return"));
}

#[test]
fn servers_end_with_a_process_that_panics() {
    Holder::start("").leaves_nothing(|process| say(process, "panic"));
}

#[test]
fn servers_end_with_a_process_that_aborts() {
    Holder::start("").leaves_nothing(|process| say(process, "abort"));
}

#[test]
fn servers_end_with_a_process_that_is_killed() {
    Holder::start("").leaves_nothing(|process| process.kill().unwrap());
}

#[test]
fn paused_servers_end_with_a_process_that_is_killed() {
    Holder::start("paused").leaves_nothing(|process| process.kill().unwrap());
}
