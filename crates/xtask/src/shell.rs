//! Running programs: what is run is printed first, and none of them waits for input.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// The cargo that runs this program, so that one toolchain does everything.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program with its output on the terminal.
///
/// # Errors
///
/// It could not be started, or ended with another status than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    println!("    $ {shown}");
    let status = command.stdin(Stdio::null()).status().map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// Runs a program and returns what it printed.
///
/// # Errors
///
/// As [`run`]; what it wrote to its error output is part of the message.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{shown}` ended with {}\n{}", output.status, said.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` printed bytes that are not UTF-8"))
}

/// Whether a program starts and ends with status 0; nothing it prints is shown.
pub(crate) fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    let set = command.get_envs().filter_map(|(name, value)| Some(format!("{}={:?} ", text(name), text(value?))));
    let words = std::iter::once(program).chain(command.get_args()).map(text).collect::<Vec<_>>().join(" ");
    set.collect::<String>() + &words
}

fn text(words: &OsStr) -> String {
    words.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_program_failed_and_how() {
        assert_eq!(run(Command::new("true").arg("x")), Ok(()));
        let failed = run(Command::new("false").arg("x").env("LANG", "C")).unwrap_err();
        assert_eq!(failed, "`LANG=\"C\" false x` ended with exit status: 1");
        let missing = read(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(missing.starts_with("`no-such-program-here` did not start"), "{missing}");
        assert!(works(&mut Command::new("true")) && !works(&mut Command::new("false")));
    }
}
