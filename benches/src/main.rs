//! The benchmarks, with the system's allocator.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_benches::run(None)
}
