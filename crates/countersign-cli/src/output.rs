//! What is printed: lines on standard output, flushed one by one, so that a reader at the other end of a pipe is never
//! behind, and remarks on standard error. Nothing that came from a file or the wire steers a terminal, save
//! what `sign` prints to be run or sent, which is written as it is.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Prints one line, or several.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    write(format!("{}\n", harmless(&text.to_string())).as_bytes())
}

/// Prints one JSON object on one line.
pub(crate) fn json(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(object).map_err(Failure::set_up)?;
    // What steers a terminal can stand in JSON's strings alone, which have an escape for each unit of UTF-16.
    let escape = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    write(format!("{}\n", escaped(&text, escape)).as_bytes())
}

/// Prints bytes as they are.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever has read enough (`… | head`) changes neither what a command does nor what it finds.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::set_up(format!("standard output: {error}"))),
    }
}

/// Says something on standard error, on one line. Whoever closed that does not want to know.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", on_one_line(&text.to_string()));
}

/// Text that steers no terminal and ends no line.
pub(crate) fn on_one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

/// Text as a terminal may have it: no character that steers it but line ends and tabs.
fn harmless(text: &str) -> String {
    escaped(text, |c| c.escape_default().to_string())
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let shown = |c: char| if steers(c) { escape(c) } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Whether a character controls, turns the direction of what follows, or is there and cannot be seen.
fn steers(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// Rows in aligned columns, the first row being their titles.
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn titled(titles: [&str; N]) -> Self {
        Self { rows: vec![titles.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    pub(crate) fn print(&self) -> Result<(), Failure> {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in &self.rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_all_else_is_left() {
        let steering = "a\u{1b}[2J\r\u{7f}\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}";
        let shown = "a\\u{1b}[2J\\r\\u{7f}\\u{9b}\\u{202e}\\u{2066}\\u{200b}\\u{feff}\\u{e0041}";
        assert_eq!(harmless(steering), shown);
        let text = "{\"name\":\"Zoë 東京\"}\n\t'\\'";
        assert_eq!(harmless(text), text);
    }
}
