//! Signing secrets from the command line. What is wrong with one is said without showing it: a value in the wrong place
//! may be the secret itself.

use std::env::{self, VarError};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use countersign::{Keyring, SigningSecret};

use crate::failure::Failure;
use crate::output;

/// Where signing secrets come from. The first is the current one, in the order variables, files, texts.
#[derive(Args)]
#[command(next_help_heading = "Signing secrets (each may be given several times)")]
pub(crate) struct SecretFlags {
    /// Reads a secret from the environment variable NAME
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,

    /// Reads a secret from a file; one line end after it is dropped
    #[arg(long, value_name = "PATH")]
    secret_file: Vec<PathBuf>,

    /// Takes the secret itself; other processes can see it
    #[arg(long, value_name = "TEXT", hide_default_value = true, value_parser = |text: &str| Ok::<_, String>(SigningSecret::new(text)))]
    secret: Vec<SigningSecret>,

    /// Takes secrets that are shorter than 16 bytes or read like a placeholder
    #[arg(long)]
    danger_accept_weak: bool,
}

/// The longest file that is read for a secret, in bytes: ten times the largest RSA key in PEM.
const LONGEST_FILE: usize = 64 * 1024;

impl SecretFlags {
    /// Reads them all; a command that needs a secret fails without one.
    pub(crate) fn keyring(&self) -> Result<Keyring, Failure> {
        if !self.secret.is_empty() {
            output::say("warning: other processes can see --secret; use --secret-env or --secret-file");
        }
        let variables = self.secret_env.iter().map(|name| from_env(name, "--secret-env"));
        let files = self.secret_file.iter().map(|path| from_file(path, "--secret-file"));
        let texts = self.secret.iter().cloned().map(Ok);
        let mut secrets = Vec::new();
        for secret in variables.chain(files).chain(texts) {
            let secret = secret?;
            secrets.push(if self.danger_accept_weak { secret.danger_accept_weak() } else { secret });
        }
        keyring(secrets).ok_or_else(|| {
            Failure::set_up("no signing secret; give one with --secret-env NAME, --secret-file PATH or --secret TEXT")
        })
    }
}

/// A keyring of all the secrets, or `None` of none.
pub(crate) fn keyring(secrets: impl IntoIterator<Item = SigningSecret>) -> Option<Keyring> {
    let mut secrets = secrets.into_iter();
    let current = Keyring::new(secrets.next()?);
    Some(secrets.fold(current, Keyring::also_accept))
}

/// Reads a secret from an environment variable. `setting` is what named it.
pub(crate) fn from_env(name: &str, setting: &str) -> Result<SigningSecret, Failure> {
    let shown = if looks_like_a_variable(name) { format!("`{name}`") } else { "that it names".to_owned() };
    match env::var(name) {
        Ok(text) => Ok(SigningSecret::new(text)),
        Err(VarError::NotPresent) => Err(Failure::set_up(format!(
            "{setting}: the environment variable {shown} is not set; export it, and give its name, not the secret"
        ))),
        Err(VarError::NotUnicode(_)) => {
            Err(Failure::set_up(format!("{setting}: the environment variable {shown} is no UTF-8 text; set it anew")))
        }
    }
}

/// Reads a secret from a file. Most editors end a file's last line, and no secret ends in a line end.
pub(crate) fn from_file(path: &Path, setting: &str) -> Result<SigningSecret, Failure> {
    let text = read_start(path).map_err(|error| {
        Failure::set_up(format!("{setting}: cannot read the file: {error}; give the path of a file, not the secret"))
    })?;
    if text.len() > LONGEST_FILE {
        let most = LONGEST_FILE / 1024;
        return Err(Failure::set_up(format!(
            "{setting}: the file has more than {most} KiB, which no secret has; give the path of the secret's own file"
        )));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SigningSecret::new(line.strip_suffix('\r').unwrap_or(line)))
}

/// As much of a file as tells whether it is too long. It may have no end.
fn read_start(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_FILE as u64 + 1).read_to_string(&mut text).map(|_| text)
}

/// Whether a name follows the convention for environment variables, which no provider's secrets do.
fn looks_like_a_variable(name: &str) -> bool {
    let conventional = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(conventional) && name.contains('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_name_of_a_variable_and_nothing_that_may_be_a_secret() {
        assert!(looks_like_a_variable("STRIPE_SECRET_2"));
        for secret in ["whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH", "8f742231b10e8888abcd99yyyzzz85a5", "SECRET!"] {
            assert!(!looks_like_a_variable(secret), "{secret}");
        }
    }
}
