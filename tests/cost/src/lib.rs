//! Machine instructions, counted: a child process is stepped through by its parent, one instruction at a time. Exact and
//! free of noise, and unlike an emulator it runs the CPU's SHA instructions.
//!
//! The child is this very program, started again with words that lead it to [`run`].

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

/// The child's signal to its parent that the calls begin, and that they are over.
const MARK: Signal = Signal::SIGUSR1;

/// The instructions of one call: those of two calls less those of one, so that everything around them cancels out.
///
/// `words` lead the child to [`run`]; the number of calls is put behind them.
///
/// # Errors
///
/// The child could not be started, or may not be stepped through.
pub fn count(words: &[&str]) -> Result<u64, String> {
    let [once, twice] = [1, 2].map(|calls| steps(words, calls));
    twice?.checked_sub(once?).ok_or_else(|| "two calls took fewer steps than one".to_owned())
}

fn steps(words: &[&str], calls: usize) -> Result<u64, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let program = std::env::current_exe().map_err(|error| text(&error))?;
    let mut child = Command::new(program)
        .args(words)
        .arg(calls.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| text(&error))?;
    let counted = trace(&mut child);
    // Killed or not, it has to be waited for.
    let _ = child.kill();
    let _ = child.wait();
    counted
}

fn trace(child: &mut std::process::Child) -> Result<u64, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the child has no pipes".to_owned());
    };
    let mut ready = String::new();
    BufReader::new(output).read_line(&mut ready).map_err(|error| text(&error))?;
    if ready.trim() != READY {
        return Err("the child did not get ready".to_owned());
    }
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(|error| text(&error))?);
    ptrace::attach(pid).map_err(|error| format!("no permission to trace a child: {error}"))?;
    waitpid(pid, None).map_err(|error| text(&error))?;
    input.write_all(b"go\n").map_err(|error| text(&error))?;
    drop(input);
    // Counted between two marks: what the child does before and after depends on when it was taken hold of.
    let mut marks = 0;
    let mut steps = 0;
    while marks < 2 {
        ptrace::step(pid, None).map_err(|error| format!("no single steps: {error}"))?;
        match waitpid(pid, None).map_err(|error| text(&error))? {
            WaitStatus::Stopped(_, MARK) => marks += 1,
            WaitStatus::Stopped(..) if marks == 1 => steps += 1,
            WaitStatus::Stopped(..) => {}
            other => return Err(format!("the child ended as {other:?}")),
        }
    }
    Ok(steps)
}

const READY: &str = "ready";

/// The child's part: says that it is ready, and once its parent has taken hold of it makes `calls` calls.
///
/// # Panics
///
/// Nobody takes hold of it.
pub fn run<T>(calls: usize, mut call: impl FnMut() -> T) {
    // Once ahead: lazily made tables and CPU detection are nobody's cost per call.
    black_box(call());
    println!("{READY}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("a line from the parent");
    raise(MARK).expect("a mark");
    for _ in 0..calls {
        black_box(call());
    }
    raise(MARK).expect("a mark");
}
