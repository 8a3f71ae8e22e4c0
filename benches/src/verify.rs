//! One delivery, verified by several libraries: time, instructions and allocations; and what a refusal costs.

use std::hint::black_box;

use serde_json::{Value, json};

use crate::contenders::{Case, Contender, Delivery, Way};
use crate::plot::{Axis, Plot, Series};
use crate::report::{Table, size};
use crate::timing::{self, Timing};
use crate::{Counter, Effort, counted};

const SIZES: [usize; 5] = [64, 1_024, 16_384, 262_144, 1_048_576];

/// The largest body that is stepped through: a step takes microseconds.
const MAX_STEPPED: usize = 1_024;

pub(crate) fn measure(effort: Effort) -> Value {
    let sizes = &SIZES[..effort.pick(3, SIZES.len())];
    agree_on_verdicts();
    let mut rows = Vec::new();
    for way in Way::ALL {
        for &bytes in sizes {
            rows.extend(verify_in_turn(effort, way, bytes));
        }
    }
    print(&rows);
    let refusals: Vec<Value> = [64, 1_024, 65_536].iter().map(|bytes| refuse_in_turn(effort, *bytes)).collect();
    print_refusals(&refusals);
    plot(effort, &rows);
    json!({ "valid": rows, "refusals": refusals })
}

/// All contenders say the same of the same deliveries; a benchmark of unequal work says nothing.
fn agree_on_verdicts() {
    let mut asked = 0;
    for way in Way::ALL {
        for bytes in [64, 1_024, 65_536] {
            for case in Case::ALL {
                let delivery = Delivery::new(way, bytes, case);
                for contender in way.contenders().iter().filter(|contender| contender.judges(way, case)) {
                    let accepts = contender.prepare(way)(&delivery);
                    // A delivery without a time is never stale.
                    let expected = case == Case::Valid;
                    assert_eq!(
                        accepts,
                        expected,
                        "{} of {} {} B, {}",
                        contender.name(),
                        way.name(),
                        bytes,
                        case.name()
                    );
                    asked += 1;
                }
            }
        }
    }
    println!("{asked} verdicts over the same deliveries: all contenders agree\n");
}

fn verify_in_turn(effort: Effort, way: Way, bytes: usize) -> Vec<Value> {
    let delivery = Delivery::new(way, bytes, Case::Valid);
    let contenders = way.contenders();
    let prepared: Vec<_> = contenders.iter().map(|contender| contender.prepare(way)).collect();
    let mut cases: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for verify in &prepared {
        cases.push(Box::new(|| {
            black_box(verify(black_box(&delivery)));
        }));
    }
    let timings = timing::measure(effort, &mut cases);
    contenders.iter().zip(timings).map(|(contender, timing)| row(way, bytes, *contender, timing)).collect()
}

fn row(way: Way, bytes: usize, contender: Contender, timing: Timing) -> Value {
    let words = ["step", way.name(), contender.name(), &bytes.to_string()];
    let instructions =
        if bytes > MAX_STEPPED { Err(format!("over {MAX_STEPPED} bytes")) } else { countersign_cost::count(&words) };
    let allocations = allocations_of(way, contender, bytes, Case::Valid);
    json!({
        "way": way.name(),
        "bytes": bytes,
        "contender": contender.name(),
        "nanos": timing.nanos.round(),
        "to_bare": (timing.to_first * 1_000.0).round() / 1_000.0,
        "instructions": instructions.ok(),
        "allocations": allocations.map(|(count, _)| count),
        "allocated_bytes": allocations.map(|(_, bytes)| bytes),
    })
}

/// The child that is stepped through.
pub(crate) fn step(way: &str, contender: &str, bytes: usize, calls: usize) {
    let (way, contender) = named(way, contender);
    let verify = contender.prepare(way);
    let delivery = Delivery::new(way, bytes, Case::Valid);
    countersign_cost::run(calls, || verify(black_box(&delivery)));
}

fn allocations_of(way: Way, contender: Contender, bytes: usize, case: Case) -> Option<(u64, u64)> {
    let words = ["allocations", way.name(), contender.name(), &bytes.to_string(), case.name()];
    let output = counted().args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (count, bytes) = text.trim().split_once(' ')?;
    Some((count.parse().ok()?, bytes.parse().ok()?))
}

/// The child whose allocator counts.
pub(crate) fn allocations(way: &str, contender: &str, bytes: usize, case: &str, counter: Option<Counter>) {
    let (way, contender) = named(way, contender);
    let case = Case::ALL.into_iter().find(|known| known.name() == case).expect("a case");
    let counter = counter.expect("the program that counts");
    let verify = contender.prepare(way);
    let delivery = Delivery::new(way, bytes, case);
    black_box(verify(&delivery));
    let before = counter();
    black_box(verify(black_box(&delivery)));
    let after = counter();
    println!("{} {}", after.0 - before.0, after.1 - before.1);
}

fn named(way: &str, contender: &str) -> (Way, Contender) {
    let way = Way::ALL.into_iter().find(|known| known.name() == way).expect("a way");
    let contender = way.contenders().iter().find(|known| known.name() == contender).expect("a contender");
    (way, *contender)
}

/// What a refusal costs beside an acceptance, for countersign under Standard Webhooks with the time given.
fn refuse_in_turn(effort: Effort, bytes: usize) -> Value {
    let deliveries = Case::ALL.map(|case| Delivery::new(Way::Standard, bytes, case));
    let verify = Contender::CountersignTimeGiven.prepare(Way::Standard);
    let mut cases: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for delivery in &deliveries {
        cases.push(Box::new(|| {
            black_box(verify(black_box(delivery)));
        }));
    }
    let timings = timing::measure(effort, &mut cases);
    let case = |(case, timing): (Case, Timing)| {
        let allocations = allocations_of(Way::Standard, Contender::CountersignTimeGiven, bytes, case);
        let cell = json!({
            "nanos": timing.nanos.round(),
            "to_valid": (timing.to_first * 1e4).round() / 1e4,
            "allocations": allocations.map(|(count, _)| count),
        });
        (case.name().to_owned(), cell)
    };
    let cases: serde_json::Map<String, Value> = Case::ALL.into_iter().zip(timings).map(case).collect();
    json!({ "bytes": bytes, "cases": cases })
}

fn print(rows: &[Value]) {
    let mut table = Table::new(&["signed as", "body", "contender", "median", "to bare", "instructions", "allocations"]);
    for row in rows {
        let count = |name: &str| row[name].as_u64().map_or("–".to_owned(), |count| count.to_string());
        let allocations = match (row["allocations"].as_u64(), row["allocated_bytes"].as_u64()) {
            (Some(0), _) => "0".to_owned(),
            (Some(count), Some(bytes)) => format!("{count} ({bytes} B)"),
            _ => "–".to_owned(),
        };
        table.row([
            row["way"].as_str().unwrap_or_default().to_owned(),
            size(row["bytes"].as_u64().unwrap_or(0)),
            row["contender"].as_str().unwrap_or_default().to_owned(),
            format!("{} ns", row["nanos"]),
            format!("{:.2}", row["to_bare"].as_f64().unwrap_or(0.0)),
            count("instructions"),
            allocations,
        ]);
    }
    println!("{table}");
}

fn print_refusals(refusals: &[Value]) {
    let mut table = Table::new(&["body", "valid", "forged", "stale", "unsigned", "malformed"]);
    for refusal in refusals {
        let cell = |case: Case| {
            let cell = &refusal["cases"][case.name()];
            format!("{} ns ({:.3})", cell["nanos"], cell["to_valid"].as_f64().unwrap_or(0.0))
        };
        let cells = Case::ALL.map(cell);
        table.row(std::iter::once(size(refusal["bytes"].as_u64().unwrap_or(0))).chain(cells));
    }
    println!("what a refusal costs (and beside an acceptance)\n{table}");
}

fn plot(effort: Effort, rows: &[Value]) {
    let of = |contender: Contender| {
        let points =
            rows.iter().filter(|row| row["way"] == Way::Standard.name() && row["contender"] == contender.name());
        let point = |row: &Value| Some((row["bytes"].as_f64()?, row["to_bare"].as_f64()?));
        Series { name: contender.name().to_owned(), points: points.filter_map(point).collect() }
    };
    let shown = [
        Contender::CountersignTimeGiven,
        Contender::CountersignTwoKeys,
        Contender::WebhookVerify,
        Contender::WebhookVerifyTwoKeys,
        Contender::StandardWebhooks,
        Contender::Svix,
    ];
    Plot {
        title: "Verifying one delivery, in multiples of the bare hash",
        x: Axis::log("body, bytes"),
        y: Axis::log("time / bare HMAC"),
        series: shown.map(of).into(),
    }
    .save("verify", effort);
}
