//! Starts one server of each kind, tells what and where they are, and waits to be ended. The tests do that, in the
//! ways in which a test process ends.

use std::sync::OnceLock;

use countersign_test_servers::{Error, Postgres, Redis};

static SHARED: OnceLock<(Redis, Postgres)> = OnceLock::new();

fn main() -> Result<(), Error> {
    let (redis, postgres) = SHARED.get_or_init(|| (Redis::start().unwrap(), Postgres::start().unwrap()));
    if std::env::args().nth(1).as_deref() == Some("paused") {
        postgres.pause()?;
        redis.pause()?;
    }
    println!("{} {} {}", redis.port(), redis.pid().unwrap_or_default(), redis.folder().display());
    println!("{} {} {}", postgres.port(), postgres.pid().unwrap_or_default(), postgres.folder().display());
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    match line.trim() {
        "abort" => std::process::abort(),
        "panic" => panic!("as the test asked for"),
        _ => Ok(()),
    }
}
