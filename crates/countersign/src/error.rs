//! Errors that a developer meets at start-up: they name the setting and how to mend it.

use core::fmt;

use crate::secret::SecretError;

/// A setting that cannot work, or that contradicts another. Found when an endpoint is built, never while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: String,
    problem: String,
    secret: Option<SecretError>,
}

impl ConfigError {
    pub(crate) fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into(), secret: None }
    }

    /// The same error, with its setting's path prefixed by where it lies.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.setting = match self.setting.as_str() {
            "" => outer.to_owned(),
            inner => format!("{outer}.{inner}"),
        };
        self
    }

    /// The path of the setting, such as `schemes[0].timestamp.from`.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.secret {
            Some(secret) => write!(f, "{secret}"),
            None => write!(f, "{}: {}", self.setting, self.problem),
        }
    }
}

impl core::error::Error for ConfigError {}

impl From<SecretError> for ConfigError {
    fn from(secret: SecretError) -> Self {
        Self { setting: "keyring".to_owned(), problem: String::new(), secret: Some(secret) }
    }
}
