//! bodies that do not come, on a thousand connections at once.

use std::time::{Duration, Instant};

use crate::raw::{Connection, PATIENCE};
use crate::receivers::Adapter;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::Draft;
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![Row::story(
        "A-079",
        "a body of a byte now and then, on 1,000 connections",
        "408 at the deadline; other deliveries are handled meanwhile",
        slow_bodies,
    )]
}

const DEADLINE: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 1_000;

fn slow_bodies(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().with(|builder| builder.read_deadline(DEADLINE)).start(adapter);
    let slow = Draft::new().standard();
    let head = slow.head(&["Content-Length: 1000"]);
    let begun = Instant::now();
    let mut connections: Vec<Connection> = (0..CONNECTIONS)
        .map(|_| {
            let mut connection = receiver.connect();
            connection.send(&head);
            connection
        })
        .collect();
    // Drip, and let an honest sender through between the drops.
    for _ in 0..5 {
        connections.iter_mut().for_each(|connection| connection.send(b"x"));
        let asked = Instant::now();
        ensure_fresh(receiver.deliver(&Draft::new().standard()), 200)?;
        let took = asked.elapsed();
        ensure(took < Duration::from_secs(2), || format!("an honest delivery took {} ms", took.as_millis()))?;
    }
    for mut connection in connections {
        ensure_refused(connection.read(PATIENCE), &receiver, 408, "body_timeout")?;
    }
    let took = begun.elapsed();
    ensure(took < DEADLINE + Duration::from_secs(6), || format!("the last 408 came after {} ms", took.as_millis()))?;
    ensure_runs(&receiver, 5)
}
