//! The fault harness: what the stores promise, proven with real processes, real servers and real faults.
//!
//! ```sh
//! cargo run --release -p countersign-faults -- campaign --store postgres --cycles 10000
//! cargo run --release -p countersign-faults -- campaign --store sqlite --faults disk-full,clock --cycles 100
//! cargo run --release -p countersign-faults -- storm --store redis
//! ```

mod campaign;
mod check;
mod deck;
mod excuse;
mod fleet;
mod ledger;
mod proxy;
mod receiver;
mod sender;
mod server;
mod stores;
mod storm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Real processes, real servers, real faults.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Faults, one after the other, under deliveries with duplicates; then the ledger's verdict.
    Campaign(campaign::Args),
    /// Very many duplicates of few events.
    Storm(storm::Args),
    /// One receiver process of a campaign.
    #[command(hide = true)]
    Receiver(receiver::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let holds = match Cli::parse().command {
        Command::Campaign(args) => {
            let verdict = campaign::run(&args).await?;
            print!("{verdict}");
            verdict.holds()
        }
        Command::Storm(args) => storm::run(&args).await?,
        Command::Receiver(args) => {
            receiver::run(args).await?;
            true
        }
    };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
