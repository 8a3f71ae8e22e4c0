//! Instructions: a child process is stepped through by its parent, one machine instruction at a time. Exact and free
//! of noise, and unlike an emulator it runs the CPU's SHA instructions.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::contenders::{Contender, Delivery};

/// The largest body that is stepped through: a step takes microseconds.
const MAX_BYTES: usize = 16_384;

/// The child's signal to its parent that the calls begin, and that they are over.
const MARK: Signal = Signal::SIGUSR1;

/// The instructions of one call: those of two calls less those of one, so that everything around them cancels out.
pub(crate) fn count(contender: Contender, bytes: usize) -> Result<u64, String> {
    if bytes > MAX_BYTES {
        return Err(format!("over {MAX_BYTES} bytes"));
    }
    let [once, twice] = [1, 2].map(|calls| steps(contender, bytes, calls));
    twice?.checked_sub(once?).ok_or_else(|| "two calls took fewer steps than one".to_owned())
}

fn steps(contender: Contender, bytes: usize, calls: usize) -> Result<u64, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let program = std::env::current_exe().map_err(|error| text(&error))?;
    let mut child = Command::new(program)
        .args(["step", contender.name(), &bytes.to_string(), &calls.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| text(&error))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the child has no pipes".to_owned());
    };
    let mut ready = String::new();
    BufReader::new(output).read_line(&mut ready).map_err(|error| text(&error))?;
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(|error| text(&error))?);
    ptrace::attach(pid).map_err(|error| format!("no permission to trace: {error}"))?;
    waitpid(pid, None).map_err(|error| text(&error))?;
    input.write_all(b"go\n").map_err(|error| text(&error))?;
    drop(input);
    // Counted between two marks: what the child does before and after depends on when it was taken hold of.
    let mut marks = 0;
    let mut steps = 0;
    while marks < 2 {
        ptrace::step(pid, None).map_err(|error| text(&error))?;
        match waitpid(pid, None).map_err(|error| text(&error))? {
            WaitStatus::Stopped(_, MARK) => marks += 1,
            WaitStatus::Stopped(..) if marks == 1 => steps += 1,
            WaitStatus::Stopped(..) => {}
            other => return Err(format!("the child ended as {other:?}")),
        }
    }
    ptrace::kill(pid).map_err(|error| text(&error))?;
    child.wait().map_err(|error| text(&error))?;
    Ok(steps)
}

/// Prepares everything, says so, and once its parent has taken hold of it verifies `calls` times.
pub(crate) fn run_child(contender: &str, bytes: usize, calls: usize) {
    let contender = Contender::ALL.into_iter().find(|known| known.name() == contender).expect("a contender");
    let prepared = contender.prepare();
    let delivery = Delivery::valid(bytes);
    // Once ahead: lazily made tables and CPU detection are nobody's cost per call.
    black_box(prepared.verify(&delivery));
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("a line from the parent");
    raise(MARK).expect("a mark");
    for _ in 0..calls {
        black_box(prepared.verify(black_box(&delivery)));
    }
    raise(MARK).expect("a mark");
}
