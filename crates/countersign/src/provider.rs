//! A provider: its schemes, and the facts about how it sends. All of it data, here or in TOML.

use std::borrow::Cow;

use crate::handshake::{self, Handshake};
use crate::scheme::{Scheme, Text};
use crate::template::is_header_name;
#[cfg(feature = "toml")]
use crate::toml_text::{line_and_column, without_value};

/// Everything the core needs to know of one sender.
///
/// The catalogue is in [`providers`](crate::providers). A provider of your own is the same struct, or TOML read by
/// [`Provider::from_toml`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Provider {
    /// The name in configuration, events and store keys: lower case, words joined by `-`. It must never change: keys
    /// of stored records are made of it.
    pub name: Text,
    /// The name people read.
    #[cfg_attr(feature = "toml", serde(default))]
    pub title: Text,
    /// Other names that it is looked up by. None of them goes into a record's key.
    #[cfg_attr(feature = "toml", serde(default))]
    pub aliases: Cow<'static, [Text]>,
    /// The ways it signs. The first whose signature header is present decides, with those that share that header.
    pub schemes: Cow<'static, [Scheme]>,
    /// The methods it uses. Others are answered 405.
    #[cfg_attr(feature = "toml", serde(default = "post"))]
    pub methods: Cow<'static, [Text]>,
    /// What makes two deliveries the same event, as tokens; the first alternative that is present counts. Made of
    /// signed bytes only. Empty where the data cannot promise it: the user must then choose.
    #[cfg_attr(feature = "toml", serde(default))]
    pub event_id: Cow<'static, [Text]>,
    /// Why the event id is what it is.
    #[cfg_attr(feature = "toml", serde(default))]
    pub event_id_reason: Text,
    /// Where the kind of event stands, as tokens. Read only where it is signed.
    #[cfg_attr(feature = "toml", serde(default))]
    pub event_type: Option<Text>,
    /// A delivery id in a header that the signature does not cover: good for reading logs, never for deciding.
    #[cfg_attr(feature = "toml", serde(default))]
    pub unsigned_id: Option<Text>,
    /// What it asks of a new endpoint before it sends, in a few words.
    #[cfg_attr(feature = "toml", serde(default))]
    pub handshake: Text,
    /// The questions of that kind that can be answered without a handler, as data. An endpoint answers them only if it
    /// is told to.
    #[cfg_attr(feature = "toml", serde(default))]
    pub handshakes: Cow<'static, [Handshake]>,
    /// How it sends.
    #[cfg_attr(feature = "toml", serde(default))]
    pub sender: Sender,
    /// A typical delivery, for tests and demonstrations.
    #[cfg_attr(feature = "toml", serde(default))]
    pub sample: Sample,
    /// What proves the scheme, and where it was read.
    #[cfg_attr(feature = "toml", serde(default))]
    pub evidence: Evidence,
    /// The page the scheme was read from.
    #[cfg_attr(feature = "toml", serde(default))]
    pub source: Text,
    /// Where the provider shows the signing secret, and what it looks like.
    #[cfg_attr(feature = "toml", serde(default))]
    pub secret_hint: Text,
    /// What a receiver stumbles over, and where documents and SDKs disagree.
    #[cfg_attr(feature = "toml", serde(default))]
    pub notes: Text,
}

/// Facts about how a provider sends. `None` where the provider publishes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct Sender {
    /// How long it waits for an answer, in seconds.
    pub ack_deadline: Option<u64>,
    /// How long after the first attempt it may still retry by itself, in seconds.
    pub retry_horizon: Option<u64>,
    /// How long after the first attempt a person may redeliver, in seconds.
    pub redelivery_horizon: Option<u64>,
    /// How a retry differs from the first attempt.
    pub retries: Retries,
    /// Whether a retry may carry another body for the same event, such as an attempt counter. Where it may, a
    /// differing body is no reason to refuse.
    pub retry_changes_body: bool,
    /// The largest body it sends, in bytes.
    pub body_cap: Option<u64>,
    /// The answers that it takes for a success.
    pub success: Success,
    /// Whether its own id of a delivery or event stays the same when it sends again.
    pub stable_id: Option<bool>,
}

/// The answers that a provider takes for a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize))]
#[non_exhaustive]
pub enum Success {
    /// Any from 200 to 299.
    #[default]
    #[cfg_attr(feature = "toml", serde(rename = "any-2xx"))]
    Any2xx,
    /// 200 only.
    #[cfg_attr(feature = "toml", serde(rename = "only-200"))]
    Only200,
    /// Anything below 400.
    #[cfg_attr(feature = "toml", serde(rename = "below-400"))]
    Below400,
}

/// How a retry differs from the first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Retries {
    /// Each attempt has its own signature: under a time of its own, or because its body is another one.
    Resigned,
    /// Each attempt is the same bytes under the same signature: only the record of the first tells them apart.
    Identical,
    /// The provider does not say.
    #[default]
    Unknown,
}

impl Success {
    /// The name used in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any2xx => "any-2xx",
            Self::Only200 => "only-200",
            Self::Below400 => "below-400",
        }
    }
}

impl Retries {
    /// The name used in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resigned => "resigned",
            Self::Identical => "identical",
            Self::Unknown => "unknown",
        }
    }
}

/// What a scheme's description rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Evidence {
    /// Test vectors that the provider published.
    Published,
    /// Vectors that agree with the provider's own SDK.
    Sdk,
    /// Documentation alone.
    #[default]
    Documented,
}

impl Evidence {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Sdk => "sdk",
            Self::Documented => "documented",
        }
    }
}

/// A typical delivery. In its texts `{id}` stands for the event id; `{ts}`, `{ts_ms}` and `{ts_rfc3339}` for the time of
/// sending in seconds, in milliseconds and by RFC 3339; `{cfg:NAME}` for a configured value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct Sample {
    /// The body.
    pub body: Text,
    /// Headers beside those of the signature.
    pub headers: Cow<'static, [(Text, Text)]>,
    /// Parameters beside the signature (`{p:NAME}`), where the scheme does not say what they hold. `{ts}` and the like
    /// in them stand for the time of this attempt.
    pub params: Cow<'static, [(Text, Text)]>,
}

impl Provider {
    /// Reads a provider from TOML. Every key and token is in
    /// [a provider of your own](https://github.com/countersign-rs/countersign/blob/main/docs/your-own-provider.md).
    ///
    /// ```
    /// let provider = countersign::Provider::from_toml(r#"
    ///     name = "acme"
    ///     event_id = ["{j:/id}"]
    ///
    ///     [[schemes]]
    ///     algorithm = "hmac-sha256"
    ///     secret = { encoding = "utf8" }
    ///     signature = { at = "{h:Acme-Signature}", syntax = { prefix = "sha256=" }, encoding = "hex" }
    ///     content = "{h:Acme-Time}.{body}"
    ///     timestamp = { from = "{h:Acme-Time}", unit = "s", past = 300, future = 60 }
    /// "#)?;
    /// assert_eq!(provider.name, "acme");
    /// # Ok::<(), countersign::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Text that is not TOML, a key that is unknown, missing or of the wrong type (named, with its line and column), and
    /// schemes that contradict themselves. What is no TOML of a provider is not repeated: a secret may stand in it by
    /// mistake.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, crate::ConfigError> {
        let provider: Self =
            toml::from_str(text).map_err(|error| crate::ConfigError::new("provider", unlike(text, error)))?;
        provider.check()?;
        Ok(provider)
    }

    /// Cross-checks the schemes without any secret.
    ///
    /// # Errors
    ///
    /// The first setting that cannot work, by its path.
    pub fn check(&self) -> Result<(), crate::ConfigError> {
        if self.name.is_empty()
            || !self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        {
            return Err(crate::ConfigError::new("name", "it must be lower-case letters, digits and `-`"));
        }
        let is_method =
            |method: &Text| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        if self.methods.is_empty() || !self.methods.iter().all(is_method) {
            return Err(crate::ConfigError::new(
                "methods",
                "they are upper case, such as `POST`, and there is one at least",
            ));
        }
        if self.unsigned_id.as_deref().is_some_and(|name| !is_header_name(name)) {
            return Err(crate::ConfigError::new("unsigned_id", "it must be the name of a header"));
        }
        handshake::check(self, &crate::plan::Plan::new(self)?)
    }

    /// Whether the body is hashed as it arrives under each of its schemes, and nothing is allocated on the way to the
    /// verdict. Others are judged once the whole request is there: what they sign is a URL, a form, a part of the body
    /// or a text that says itself what it covers, or a public key verifies it.
    pub fn streams(&self) -> bool {
        crate::plan::Plan::new(self).is_ok_and(|plan| plan.schemes.iter().all(|scheme| scheme.streams))
    }
}

impl Sender {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        ack_deadline: None,
        retry_horizon: None,
        redelivery_horizon: None,
        retries: Retries::Unknown,
        retry_changes_body: false,
        body_cap: None,
        success: Success::Any2xx,
        stable_id: None,
    };
}

impl Default for Sender {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// Where a text is not as it must be, and what was expected there. No value of it is repeated, and no line.
#[cfg(feature = "toml")]
fn unlike(text: &str, mut error: toml::de::Error) -> String {
    let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
    // Without its input, the error tells the path of the key in place of the line.
    error.set_input(None);
    let (message, whole) = (error.message(), error.to_string());
    let key = whole.strip_prefix(message).unwrap_or_default().trim();
    let key = key.strip_prefix("in ").map(|path| format!("{path}: ")).unwrap_or_default();
    format!("line {line}, column {column}: {key}{}", without_value(message))
}

#[cfg(feature = "toml")]
fn post() -> Cow<'static, [Text]> {
    Cow::Borrowed(&[Cow::Borrowed("POST")])
}
