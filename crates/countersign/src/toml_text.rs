//! What of a TOML error may be shown: where it is and what was expected, and no value, because a value may be a secret in
//! the wrong place. Which keys there are is the reader's to know.

/// The line and the column of a place in a text, both from 1, the column in characters.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

/// A message of serde's without the value that it is about.
pub fn without_value(message: &str) -> String {
    let about = ["invalid type", "invalid value", "unknown variant"].into_iter().find(|kind| message.starts_with(kind));
    match (about, message.rsplit_once(", expected ")) {
        (Some(kind), Some((_, expected))) => format!("{kind}, expected {expected}"),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => message.to_owned(),
    }
}
