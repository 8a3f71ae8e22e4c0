//! No file names a directory of the machine it was written on: such a path works for its writer and for nobody else.

use std::fs;
use std::process::Command;

use crate::report::Verdict;
use crate::shell::read;

/// Directories that belong to one machine. Joined here, so that this file is not among its own findings.
const PLACES: [[&str; 2]; 2] = [["/work", "/"], ["/root", "/"]];

pub(crate) fn none() -> Result<Verdict, String> {
    // Tracked files, and new ones that are not ignored.
    let listing = read(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let mut found = Vec::new();
    let mut files = 0;
    for path in listing.split_terminator('\0') {
        // A listed file may have been deleted and the deletion not committed yet.
        let Ok(content) = fs::read(path) else { continue };
        files += 1;
        found.extend(lines_with_places(&content).into_iter().map(|line| format!("{path}:{line}")));
    }
    match found.as_slice() {
        [] => Ok(Verdict::Passed(format!("{files} files"))),
        found => Err(format!("a path of one machine stands in {}", found.join(", "))),
    }
}

/// The numbers of the lines that hold one of the [`PLACES`].
fn lines_with_places(content: &[u8]) -> Vec<usize> {
    let holds = |line: &[u8], place: &str| line.windows(place.len()).any(|part| part == place.as_bytes());
    let places = PLACES.map(|parts| parts.concat());
    let lines = content.split(|byte| *byte == b'\n').enumerate();
    lines.filter(|(_, line)| places.iter().any(|place| holds(line, place))).map(|(index, _)| index + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_machine_path_and_its_line() {
        let [work, root] = PLACES.map(|parts| parts.concat());
        assert_eq!(lines_with_places(format!("fine\nsee {work}main\n\n\"{root}x\"").as_bytes()), [2, 4]);
        assert_eq!(lines_with_places(format!("\u{0}\u{1}{work}").as_bytes()), [1]);
        assert!(lines_with_places(b"/tmp/x and https://example.com/works/1 and a root/leaf").is_empty());
    }
}
