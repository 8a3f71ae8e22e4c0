//! TOML with errors that help and keep quiet: the line, the nearest known key, and no value, because a value may be a
//! secret in the wrong place.

use countersign::{Shown, line_and_column, without_value};
use serde::de::DeserializeOwned;

use crate::flags;

/// Reads a file's text, or says in which line it is not as it must be.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        format!("line {line}, column {column}: {}", explained(error.message()))
    })
}

/// The parser's message: for an unknown key with the nearest known one, and for a value without the value.
fn explained(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (Some((unknown, known)), true) = (quoted.split_first(), message.starts_with("unknown field")) {
        let near = flags::nearest(unknown, known.iter().copied());
        let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        return format!("unknown key `{}`; {hint}known are {}", Shown(unknown), known.join(", "));
    }
    without_value(message)
}

#[cfg(test)]
mod tests {
    use super::super::config::File;
    use super::*;

    fn problem(lines: &str) -> String {
        let text = format!("[[endpoint]]\nname = \"a\"\npath = \"/\"\n{lines}\n");
        parse::<File>(&text).err().expect("it is refused")
    }

    #[test]
    fn an_unknown_key_is_answered_with_its_line_and_the_nearest_key() {
        let found = problem("secretz = []");
        assert!(found.starts_with("line 4, column 1: unknown key `secretz`; did you mean `secrets`?"), "{found}");
        let found = problem("secrets = [{ id = \"k\", envv = \"K\" }]");
        assert!(found.contains("did you mean `env`?"), "{found}");
        let found = problem("secrets = []\n[endpoint.scheme]\nalgoritm = \"hmac-sha256\"");
        assert!(found.contains("line 6, column 1: unknown key `algoritm`; did you mean `algorithm`?"), "{found}");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_quoted() {
        for lines in [
            "secrets = [\"whsec_sensitive\"]",
            "secrets = \"whsec_sensitive\"",
            "secrets = [{ id = \"k\", secret = \"whsec_sensitive\" }]",
            "secrets = [{ id = \"k\", environment = \"whsec_sensitive\" }]",
            "secrets = [{ id = \"k\", env = whsec_sensitive }]",
            "secrets = [{ id = \"k\", env = \"whsec_sensitive }]",
            "tolerance_past = \"whsec_sensitive\"",
            "provider = 271828\nsecrets = []",
        ] {
            let found = problem(lines);
            assert!(!found.contains("sensitive") && !found.contains("271828"), "{found}");
            assert!(found.starts_with("line 4, column "), "{found}");
        }
    }
}
