//! A thousand uploads that announce a MiB, send a part and fall silent: what they hold of a receiver's memory.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::Effort;
use crate::http::{Server, Stack};
use crate::load::{self, Requests};
use crate::report::{Table, size};

const UPLOADS: usize = 1_000;
const ANNOUNCED: usize = 1_048_576;

pub(crate) fn measure(effort: Effort) -> Value {
    let uploads = effort.pick(100, UPLOADS);
    let mut rows = Vec::new();
    for framework in ["axum", "actix"] {
        for arrived in [0, 16_384, 262_144] {
            for stack in [Stack::Bare, Stack::Countersign] {
                rows.push(hold(framework, stack, uploads, arrived));
            }
        }
        refuses_what_is_too_long(framework);
    }
    let mut table = Table::new(&["server", "in front of the handler", "sent of 1 MiB each", "held beyond that, each"]);
    for row in &rows {
        table.row([
            row["framework"].as_str().unwrap_or_default().to_owned(),
            row["stack"].as_str().unwrap_or_default().to_owned(),
            size(row["arrived"].as_u64().unwrap_or(0)),
            format!("{:.1} KiB", row["beyond"].as_f64().unwrap_or(0.0) / 1_024.0),
        ]);
    }
    println!("{uploads} uploads at once that never end; an announced body over the cap is refused\n{table}");
    json!({ "uploads": uploads, "servers": rows })
}

fn hold(framework: &str, stack: Stack, uploads: usize, arrived: usize) -> Value {
    let server = Server::start(framework, stack, false, 1);
    let made = Requests::new(0);
    let signature = BASE64.encode(&[7; 32]);
    let part = vec![b'a'; arrived];
    let before = server.usage().2;
    let mut held: Vec<TcpStream> = load::connect(server.address, uploads);
    for (index, upload) in held.iter_mut().enumerate() {
        upload
            .write_all(&made.head_signed(&format!("msg_{index}"), &signature, ANNOUNCED))
            .expect("a server that reads");
        upload.write_all(&part).expect("a server that reads");
    }
    // Until nothing moves any more: the server reads on while it can.
    let mut last = 0;
    let after = loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = server.usage().2;
        if now.abs_diff(last) < 65_536 {
            break now;
        }
        last = now;
    };
    let each = (after.saturating_sub(before)) as f64 / uploads as f64;
    json!({
        "framework": framework,
        "stack": stack.name(),
        "arrived": arrived,
        "held": each.round(),
        "beyond": (each - arrived as f64).round(),
    })
}

/// The cap of the benchmark's endpoint is two MiB.
fn refuses_what_is_too_long(framework: &str) {
    let server = Server::start(framework, Stack::Countersign, false, 1);
    let made = Requests::new(0);
    let mut upload = TcpStream::connect(server.address).expect("a connection");
    let head = made.head_signed("msg_1", &BASE64.encode(&[7; 32]), 2 * ANNOUNCED + 1);
    upload.write_all(&head).expect("a server that reads");
    assert_eq!(load::read_status(&mut upload), 413, "{framework} reads more than its cap");
}
