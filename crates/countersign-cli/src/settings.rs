//! The settings of the library by the names that the command line has for them: its errors tell a developer which call
//! to make, and whoever runs a command has none to make.

use std::fmt::Display;

/// Where settings are given.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// The flags of `verify`.
    Verify,
    /// The flags of `sign` and `send`.
    Sign,
    /// The flags of `listen`.
    Listen,
    /// An `[[endpoint]]` of the file of `listen --config`.
    File,
}

/// What a setting is in one place.
#[derive(Clone, Copy)]
enum Here {
    /// A flag, or a key of the file, with its value.
    Is(&'static str),
    /// Not to be had: only a program can give it. What asks for it may be left out, where that has a name.
    Not(&'static str),
}

use Here::{Is, Not};

/// The one table: a setting, and what it is for `verify`, `sign`, `listen` and in the file.
const SETTINGS: [(&str, [Here; 4]); 18] = [
    ("public_url", [Is("--url URL"), Is("--url URL"), Is("--public-url URL"), Is("public_url = \"https://…\"")]),
    (
        "config",
        [Is("--config NAME=VALUE"), Is("--config NAME=VALUE"), Is("--set NAME=VALUE"), Is("config = { NAME = \"…\" }")],
    ),
    (
        "danger_accept_weak",
        [
            Is("--danger-accept-weak"),
            Is("--danger-accept-weak"),
            Is("--danger-accept-weak"),
            Is("danger_accept_weak = true"),
        ],
    ),
    ("only_schemes", [Is("--scheme NAME"), Is("--scheme NAME"), Is("--scheme NAME"), Is("only_schemes = [\"…\"]")]),
    ("event_id", [Not(""), Not(""), Is("--event-id TEMPLATE"), Is("event_id = [\"…\"]")]),
    ("replay_window_only", [Not(""), Not(""), Not(""), Is("replay_window_only = true")]),
    ("handshakes", [Not(""), Not(""), Is("--handshakes"), Is("handshakes")]),
    ("answer_handshakes", [Not(""), Not(""), Is("--handshakes"), Is("handshakes")]),
    ("on_key_delivery", [Not(""), Not(""), Not("--handshakes"), Not("handshakes")]),
    ("trusted_proxies", [Not(""); 4]),
    ("danger_accept_unsigned_id", [Not(""); 4]),
    ("id", [Not(""), Is("--id ID"), Not(""), Not("")]),
    ("at", [Not(""), Is("--at UNIX"), Not(""), Not("")]),
    ("url", [Not(""), Is("--url URL"), Not(""), Not("")]),
    ("method", [Not(""), Is("--method METHOD"), Not(""), Not("")]),
    ("scheme", [Not(""), Is("--scheme NAME"), Not(""), Not("")]),
    ("body", [Not(""), Is("--body FILE"), Not(""), Not("")]),
    ("header", [Not(""); 4]),
];

/// An error of the library's, in the words of a place: the setting before its colon, and the calls in its text.
pub(crate) fn told(error: &impl Display, place: Place) -> String {
    let text = error.to_string();
    let (name, rest) = text.split_once(": ").unwrap_or(("", &text));
    let begin = match find(name, place) {
        Some(Is(flag) | Not(flag)) if !flag.is_empty() => flag.split(' ').next().unwrap_or(flag),
        _ => name,
    };
    let mut told = if begin.is_empty() { String::new() } else { format!("{begin}: ") };
    // Every other piece stood in backticks.
    for (index, piece) in rest.split('`').enumerate() {
        let (setting, argument) = piece.split_once('(').unwrap_or((piece, ""));
        let is_call = setting.len() < piece.len() || piece.starts_with("danger_") || told.ends_with("with ");
        match find(setting, place).filter(|_| index % 2 == 1 && is_call) {
            Some(Is(flag)) => told += &format!("`{}`", filled(flag, argument)),
            Some(Not("")) => told += &format!("`{setting}`, which only a program can give"),
            Some(Not(flag)) => told += &format!("`{setting}`, which only a program can give; leave out `{flag}`"),
            None if index % 2 == 1 => told += &format!("`{piece}`"),
            None => told += piece,
        }
    }
    told
}

fn find(setting: &str, place: Place) -> Option<Here> {
    let (_, here) = SETTINGS.iter().find(|(name, _)| *name == setting)?;
    let [verify, sign, listen, file] = *here;
    Some(match place {
        Place::Verify => verify,
        Place::Sign => sign,
        Place::Listen => listen,
        Place::File => file,
    })
}

/// A flag with the name that a call's first argument gives its value.
fn filled(flag: &str, argument: &str) -> String {
    match argument.strip_prefix('"').and_then(|name| name.split_once("\", ")) {
        Some((name, _)) => flag.replace("NAME", name),
        None => flag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_flags_and_values_stay() {
        let error = "public_url: say what it is with `public_url(\"https://…\")`, or with `trusted_proxies([…])`";
        assert_eq!(
            told(&error, Place::Verify),
            "--url: say what it is with `--url URL`, or with `trusted_proxies`, which only a program can give"
        );
        let error = "config: this provider's signature needs `config(\"webhook_id\", …)`";
        let needs = |place| told(&error, place).rsplit_once("needs ").unwrap().1.to_owned();
        assert_eq!(needs(Place::Verify), "`--config webhook_id=VALUE`");
        assert_eq!(needs(Place::Listen), "`--set webhook_id=VALUE`");
        assert_eq!(needs(Place::File), "`config = { webhook_id = \"…\" }`");
        // A value of the description that is called like a setting is none.
        let error = "param: the signature covers `at`, which has no value";
        assert_eq!(told(&error, Place::Sign), error);
    }
}
