#![doc = include_str!("../README.md")]

mod capture;
mod failure;
mod flags;
mod output;
mod providers;
mod secrets;
mod vectors;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Providers(providers::Providers),
    Verify(verify::Verify),
}

fn main() -> ExitCode {
    let ended = match CommandLine::parse().command {
        Command::Providers(command) => command.run(),
        Command::Verify(command) => command.run(),
    };
    match ended {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.report(),
    }
}
