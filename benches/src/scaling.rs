//! How cost grows: with the body, with live records, with endpoints in one process, and with keys in a ring.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use countersign::record::{ClaimRequest, Claimed};
use countersign::{Endpoint, EventKey, Fingerprint, Keyring, MemoryStore, SigningSecret, Store, UnixTime, providers};
use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Effort;
use crate::contenders::{Case, Contender, Delivery, SECRET, Way};
use crate::plot::{Axis, Plot, Series};
use crate::report::{Table, size};
use crate::timing::{self, median};

pub(crate) fn measure(effort: Effort) -> Value {
    let body = body(effort);
    let records = records(effort);
    let endpoints = endpoints(effort);
    let keys = keys(effort);
    json!({ "body": body, "records": records, "endpoints": endpoints, "keys": keys })
}

/// Rows of a number and nanoseconds, as table, plot and JSON.
fn show(
    effort: Effort,
    name: &str,
    title: &'static str,
    label: &'static str,
    rows: &[(u64, Vec<(&'static str, f64)>)],
    in_bytes: bool,
    flat: bool,
) -> Value {
    let names: Vec<&str> = rows.first().map_or(Vec::new(), |row| row.1.iter().map(|cell| cell.0).collect());
    let mut table = Table::new(&[&[label][..], &names].concat());
    for (number, cells) in rows {
        let number = if in_bytes { size(*number) } else { number.to_string() };
        table.row(std::iter::once(number).chain(cells.iter().map(|(_, nanos)| format!("{nanos:.0} ns"))));
    }
    println!("{title}\n{table}");
    let series = names.iter().enumerate().map(|(index, name)| Series {
        name: (*name).to_owned(),
        points: rows.iter().map(|(number, cells)| (*number as f64, cells[index].1)).collect(),
    });
    let y = if flat { Axis::linear("nanoseconds") } else { Axis::log("nanoseconds") };
    Plot { title, x: Axis::log(label), y, series: series.collect() }.save(name, effort);
    let row = |(number, cells): &(u64, Vec<(&'static str, f64)>)| {
        let cells: serde_json::Map<String, Value> =
            cells.iter().map(|(name, nanos)| ((*name).to_owned(), json!((nanos * 10.0).round() / 10.0))).collect();
        json!({ "n": number, "nanos": cells })
    };
    rows.iter().map(row).collect()
}

fn body(effort: Effort) -> Value {
    let exponents = effort.pick(6..=14, 6..=20);
    let rows = exponents.map(|exponent| 1usize << exponent).map(|bytes| {
        let delivery = Delivery::new(Way::Standard, bytes, Case::Valid);
        let contenders = [Contender::Bare, Contender::CountersignTimeGiven];
        let prepared = contenders.map(|contender| contender.prepare(Way::Standard));
        let mut cases: Vec<Box<dyn FnMut() + '_>> = Vec::new();
        for verify in &prepared {
            cases.push(Box::new(|| assert!(verify(black_box(&delivery)))));
        }
        let timings = timing::measure(effort, &mut cases);
        (
            bytes as u64,
            contenders.iter().zip(timings).map(|(contender, timing)| (contender.name(), timing.nanos)).collect(),
        )
    });
    let rows: Vec<_> = rows.collect();
    let value = show(
        effort,
        "scaling-body",
        "Verifying a delivery, by the size of its body",
        "body, bytes",
        &rows,
        true,
        false,
    );
    if let [.., (short, before), (long, last)] = &rows[..] {
        for (index, (name, nanos)) in last.iter().enumerate() {
            let slope = (nanos - before[index].1) / (long - short) as f64;
            println!("{name}: {:.3} ns a byte, {:.2} bytes a nanosecond", slope, 1.0 / slope);
        }
        println!();
    }
    value
}

/// Claims of new events while so many records live.
fn records(effort: Effort) -> Value {
    let store = MemoryStore::with_bytes(1 << 34);
    let mut live = 0u64;
    let mut rows = Vec::new();
    for exponent in 3..=effort.pick(5, 7) {
        let wanted = 10u64.pow(exponent);
        while live < wanted {
            claim(&store, live);
            live += 1;
        }
        // As many again as make a clock's reading small beside them, and no more than a tenth of what lives.
        let batch = (wanted / 10).clamp(100, 2_000);
        let mut samples = Vec::new();
        for _ in 0..effort.pick(11, 51) {
            let start = Instant::now();
            for _ in 0..batch {
                claim(&store, live);
                live += 1;
            }
            samples.push(start.elapsed().as_nanos() as f64 / batch as f64);
        }
        rows.push((wanted, vec![("a claim in memory, with its key's digest", median(samples))]));
    }
    show(
        effort,
        "scaling-records",
        "Claiming a new event, by the records that live",
        "live records",
        &rows,
        false,
        true,
    )
}

fn claim(store: &MemoryStore, number: u64) {
    let key = EventKey::from_bytes(Sha256::digest(number.to_be_bytes()).into());
    let request = ClaimRequest {
        fingerprint: Fingerprint::new([1; 32]),
        compare_fingerprint: true,
        lease: Duration::from_secs(3_600),
        retention: Duration::from_secs(7 * 86_400),
        floor: Duration::from_secs(600),
        max_attempts: u32::MAX,
        nonce: None,
    };
    let claimed = now(store.claim(&key, &request)).expect("room").claimed;
    assert!(matches!(claimed, Claimed::Granted { .. }), "a new event was not granted");
}

/// The memory store never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store waited"),
    }
}

/// One delivery of 1 KiB at each endpoint in turn, every endpoint with a key of its own.
fn endpoints(effort: Effort) -> Value {
    let delivery = Delivery::new(Way::Standard, 1_024, Case::Valid);
    let now = UnixTime::now().expect("a clock after 1970");
    let mut rows = Vec::new();
    for count in [1, 10, 100, 1_000, 10_000] {
        let endpoint = |index: usize| {
            Endpoint::builder(format!("bench-{index}"), providers::STANDARD_WEBHOOKS, SECRET)
                .build()
                .expect("an endpoint")
        };
        let endpoints: Vec<Endpoint> = (0..count).map(endpoint).collect();
        let mut next = 0;
        let verify = || {
            let endpoint = &endpoints[next];
            // A step that has no factor in common with the count: no two neighbours follow each other.
            next = (next + 7_919) % count;
            let mut intake = endpoint.open(&delivery.request).expect("a head in order");
            intake.push(delivery.body.clone()).expect("room");
            black_box(intake.finish(now)).expect("a genuine delivery");
        };
        let timings = timing::measure(effort, &mut [Box::new(verify)]);
        rows.push((count as u64, vec![("a delivery of 1 KiB", timings[0].nanos)]));
    }
    show(effort, "scaling-endpoints", "Verifying 1 KiB, by endpoints in the process", "endpoints", &rows, false, true)
}

/// A delivery of 1 KiB that the current key signed, and one that the last key of the ring signed.
fn keys(effort: Effort) -> Value {
    let delivery = Delivery::new(Way::Standard, 1_024, Case::Valid);
    let now = UnixTime::now().expect("a clock after 1970");
    let other = |index: u8| SigningSecret::new(format!("whsec_{}", BASE64.encode(&[index; 32])));
    let mut rows = Vec::new();
    for count in [1u8, 2, 4, 8, 16] {
        let ring = (1..count).fold(Keyring::new(SECRET), |ring, index| ring.also_accept(other(index)));
        let endpoint = Endpoint::builder("bench", providers::STANDARD_WEBHOOKS, ring).build().expect("an endpoint");
        let verify = || {
            let mut intake = endpoint.open(&delivery.request).expect("a head in order");
            intake.push(delivery.body.clone()).expect("room");
            black_box(intake.finish(now)).expect("a genuine delivery");
        };
        let timings = timing::measure(effort, &mut [Box::new(verify)]);
        rows.push((u64::from(count), vec![("signed with the current key", timings[0].nanos)]));
    }
    show(effort, "scaling-keys", "Verifying 1 KiB, by keys in the ring", "keys", &rows, false, true)
}
