//! One delivery, verified by several libraries in one run: time as medians of interleaved rounds, instructions as exact
//! counts. Prints a table; absolute times are context, the ratios are the result.

mod contenders;
mod steps;
mod timing;

use contenders::{BODIES, Contender, Verdict};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // The counted child: verifies `calls` times after its parent has taken hold of it.
        ["step", contender, bytes, calls] => steps::run_child(contender, number(bytes), number(calls)),
        [] => report(&BODIES),
        // Only these body sizes.
        ref sizes if sizes.iter().all(|size| size.parse::<usize>().is_ok()) => {
            report(&sizes.iter().map(|size| number(size)).collect::<Vec<_>>());
        }
        _ => {
            eprintln!("usage: countersign-benches [BYTES]...");
            std::process::exit(2);
        }
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

fn report(bodies: &[usize]) {
    agree_on_verdicts(bodies);
    for contender in Contender::ALL {
        println!("{:<28} {}", contender.name(), contender.does());
    }
    println!();
    println!("{:>8}  {:<28} {:>12} {:>10} {:>14}", "body", "contender", "median ns", "to bare", "instructions");
    for &bytes in bodies {
        for (contender, timing) in Contender::ALL.iter().zip(timing::measure(bytes)) {
            let instructions = match steps::count(*contender, bytes) {
                Ok(count) => count.to_string(),
                Err(reason) => format!("not counted: {reason}"),
            };
            let (name, timing::Timing { nanos, to_first }) = (contender.name(), timing);
            println!("{bytes:>8}  {name:<28} {nanos:>12.0} {to_first:>9.2}x {instructions:>14}");
        }
        println!();
    }
}

/// All contenders say the same of the same deliveries; a benchmark of unequal work says nothing.
fn agree_on_verdicts(bodies: &[usize]) {
    for &bytes in bodies {
        for contender in Contender::ALL {
            let delivery = contenders::Delivery::valid(bytes);
            assert_eq!(contender.prepare().verify(&delivery), Verdict::Accepted, "{}", contender.name());
            let forged = contenders::Delivery::forged(bytes);
            assert_eq!(contender.prepare().verify(&forged), Verdict::Refused, "{}", contender.name());
        }
    }
}
