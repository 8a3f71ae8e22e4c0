//! The command line of countersign: parses it, hands over to the command, and ends with its exit status. Each command
//! lives in the file of its name.

mod capture;
mod client;
mod delivery;
mod demo;
mod failure;
mod flags;
mod listen;
mod output;
mod providers;
mod receiver;
mod records;
mod secrets;
mod send;
mod settings;
mod sign;
mod store;
mod vectors;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::failure::Failure;

/// Verifies, signs, sends and receives webhook deliveries
///
/// Exit status: 0 done or accepted, 1 rejected or found wanting, 2 usage or set-up error.
#[derive(Parser)]
#[command(name = "countersign", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Providers(providers::Providers),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Send(send::Send),
    Listen(listen::Listen),
    Records(records::Records),
}

fn main() -> ExitCode {
    let ended = match CommandLine::parse().command {
        Command::Demo(command) => command.run(),
        Command::Providers(command) => command.run(),
        Command::Sign(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Send(command) => command.run(),
        Command::Listen(command) => command.run(),
        Command::Records(command) => command.run(),
    };
    match ended {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.report(),
    }
}

/// The runtime of the commands that talk over the network.
fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().map_err(|error| Failure::set_up(format!("the runtime cannot start: {error}")))
}
