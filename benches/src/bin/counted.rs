//! The same program with an allocator that counts, which costs time: no clock is read here. `countersign-benches` starts
//! it for each count.

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    countersign_benches::run(Some(|| {
        let stats = ALLOCATOR.stats();
        let count = stats.allocations + stats.reallocations;
        (count as u64, stats.bytes_allocated as u64)
    }))
}
