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
        [] => report(),
        _ => {
            eprintln!("usage: countersign-benches");
            std::process::exit(2);
        }
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

fn report() {
    agree_on_verdicts();
    println!("{:>8}  {:<28} {:>12} {:>10} {:>14}", "body", "contender", "median ns", "to bare", "instructions");
    for bytes in BODIES {
        let medians = timing::medians(bytes);
        let bare = medians[0];
        for (contender, median) in Contender::ALL.iter().zip(medians) {
            let instructions = match steps::count(*contender, bytes) {
                Ok(count) => count.to_string(),
                Err(reason) => format!("not counted: {reason}"),
            };
            println!(
                "{bytes:>8}  {:<28} {median:>12.0} {:>9.2}x {instructions:>14}",
                contender.name(),
                median / bare
            );
        }
        println!();
    }
}

/// All contenders say the same of the same deliveries; a benchmark of unequal work says nothing.
fn agree_on_verdicts() {
    for bytes in BODIES {
        for contender in Contender::ALL {
            let delivery = contenders::Delivery::valid(bytes);
            assert_eq!(contender.prepare().verify(&delivery), Verdict::Accepted, "{}", contender.name());
            let forged = contenders::Delivery::forged(bytes);
            assert_eq!(contender.prepare().verify(&forged), Verdict::Refused, "{}", contender.name());
        }
    }
}
