//! Markdown: paragraphs wrapped at 120 columns, cells of tables, spans of time.

/// The widest line outside tables and code.
const WIDTH: usize = 120;

/// A paragraph, wrapped.
pub(super) fn paragraph(text: &str) -> String {
    wrapped(text, "", "")
}

/// An item of a list, wrapped.
pub(super) fn item(text: &str) -> String {
    wrapped(text, "- ", "  ")
}

/// A quoted paragraph, wrapped.
pub(super) fn quote(text: &str) -> String {
    wrapped(text, "> ", "> ")
}

fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut page = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words(text) {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            page.push_str(&line);
            page.push('\n');
            line = next.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&word);
        is_empty = false;
    }
    page + &line + "\n"
}

/// The words of a text. One that would begin a list or a heading, were it the first of a line, stays with the one before.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let begins_something = matches!(word, "-" | "+" | "*" | ">" | "=" | "|" | "±") || word.starts_with('#');
        match words.last_mut() {
            Some(last) if begins_something => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// A text as a cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A text of the catalogue as Markdown: what stands outside backticks and looks like HTML stands for itself.
pub(super) fn plain(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

/// A span in the largest unit that it is a whole number of, or in two.
pub(super) fn span(seconds: u64) -> String {
    let units =
        [(seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h"), (seconds % 3_600 / 60, "min"), (seconds % 60, "s")];
    let parts = units.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words_and_never_makes_a_list_of_a_sentence() {
        let text = format!("{} - and {}", "word ".repeat(23), "more ".repeat(30));
        let page = item(&text);
        assert!(page.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(
            page.lines().skip(1).all(|line| line.starts_with("  ") && !line.trim_start().starts_with('-')),
            "{page}"
        );
        assert_eq!(page.split_whitespace().count(), text.split_whitespace().count() + 1);
    }

    #[test]
    fn a_bar_does_not_end_a_cell_and_a_sign_no_text() {
        assert_eq!(cell("`a|b`"), "`a\\|b`");
        assert_eq!(plain("a <b> `c <d>`"), "a &lt;b> `c <d>`");
        assert_eq!([0, 45, 3_600, 90_061].map(span), ["0 s", "45 s", "1 h", "1 d 1 h"]);
    }
}
