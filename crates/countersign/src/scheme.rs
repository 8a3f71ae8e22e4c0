//! How a provider signs, as data. No provider's name and no code of any one provider lives here.
//!
//! Texts that refer to parts of a request use *tokens* in braces; everything outside braces is literal:
//!
//! | token | stands for |
//! | --- | --- |
//! | `{body}` | the body, byte for byte |
//! | `{h:NAME}` | the value of header NAME; `{h:A\|B}` names the same role in two header sets |
//! | `{p:NAME}` | the parameter NAME inside a [`Syntax::Pairs`] signature header |
//! | `{j:/a/b}` | the JSON string at that pointer (RFC 6901) in the body |
//! | `{n:/a/b}` | the JSON unsigned integer at that pointer |
//! | `{content}` | a digest of everything the signature covers; for event ids only |

use std::borrow::Cow;

use crate::clock::TimestampUnit;

/// A text of a scheme: `&'static str` in tables, `String` when read from a file.
pub type Text = Cow<'static, str>;

/// One way to sign a delivery: what is signed, with which algorithm, and where the signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Scheme {
    /// The algorithm. It comes from here and from nowhere else: nothing in a request can choose another.
    pub algorithm: Algorithm,
    /// How the provider writes the signing secret.
    pub secret: SecretFormat,
    /// Where the signature stands and how it is written.
    pub signature: SignatureField,
    /// The signed content, as tokens: `{h:webhook-id}.{h:webhook-timestamp}.{body}`.
    pub content: Text,
    /// The signed time of sending, where the scheme has one.
    #[cfg_attr(feature = "toml", serde(default))]
    pub timestamp: Option<TimestampRule>,
}

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1 (RFC 2104): 20 bytes. Still sound as a MAC; used where the provider offers nothing newer.
    HmacSha1,
    /// HMAC with SHA-256: 32 bytes.
    HmacSha256,
    /// HMAC with SHA-384: 48 bytes.
    HmacSha384,
    /// HMAC with SHA-512: 64 bytes.
    HmacSha512,
    /// Ed25519 (RFC 8032), verified strictly: 64 bytes. Needs the feature `ed25519`.
    Ed25519,
}

impl Algorithm {
    /// The length of a signature in bytes. A signature of any other length is refused, never cut to fit.
    pub const fn signature_len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 | Self::Ed25519 => 64,
        }
    }

    /// The name used in schemes, tables and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha384 => "hmac-sha384",
            Self::HmacSha512 => "hmac-sha512",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// How bytes are written as text. Decoding is strict: one text per byte string, save for the case of hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal digits of either case, two a byte.
    Hex,
    /// Base64 with the standard alphabet and padding (RFC 4648, section 4).
    Base64,
    /// Base64 with the URL-safe alphabet and padding (RFC 4648, section 5).
    Base64url,
    /// Base64 with the URL-safe alphabet, without padding.
    Base64urlNopad,
}

impl Encoding {
    /// The name used in schemes and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
            Self::Base64urlNopad => "base64url without padding",
        }
    }
}

/// How a provider writes a signing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct SecretFormat {
    /// How the key bytes are written after the prefix.
    pub encoding: SecretEncoding,
    /// Prefixes that mark the secret and are no part of the key, such as `whsec_`. The first that fits is removed;
    /// a secret without any is read as it stands unless [`prefix_required`](Self::prefix_required) says otherwise.
    #[cfg_attr(feature = "toml", serde(default))]
    pub strip: Cow<'static, [Text]>,
    /// Prefixes of the provider's other keys (`sk_live_…`): a secret that begins with one is refused at construction.
    #[cfg_attr(feature = "toml", serde(default))]
    pub refuse: Cow<'static, [Text]>,
    /// Refuse a secret that has none of the prefixes, so that one kind of key is not taken for another.
    #[cfg_attr(feature = "toml", serde(default))]
    pub prefix_required: bool,
}

/// How key bytes are written in a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum SecretEncoding {
    /// The secret's text is the key.
    Utf8,
    /// Base64 with padding.
    Base64,
    /// Hexadecimal digits.
    Hex,
}

impl SecretFormat {
    /// The secret's text is the key, as issued.
    pub const UTF8: Self = Self::plain(SecretEncoding::Utf8);

    /// A secret without prefixes.
    pub const fn plain(encoding: SecretEncoding) -> Self {
        Self { encoding, strip: Cow::Borrowed(&[]), refuse: Cow::Borrowed(&[]), prefix_required: false }
    }
}

/// Where a signature stands and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct SignatureField {
    /// The header that carries it, as a token: `{h:X-Hub-Signature-256}`.
    pub at: Text,
    /// How the header's value is built.
    #[cfg_attr(feature = "toml", serde(default))]
    pub syntax: Syntax,
    /// How the signature's bytes are written.
    pub encoding: Encoding,
}

/// How a signature header's value is built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase", deny_unknown_fields))]
#[non_exhaustive]
pub enum Syntax {
    /// The signature alone.
    #[default]
    Plain,
    /// A fixed text, then the signature: `sha256=…`. A value without the prefix is malformed.
    Prefix(Text),
    /// Entries, each with the prefix: `v1,… v1,…`. Entries with another prefix belong to another version: they are
    /// skipped and never match.
    List {
        /// Between entries.
        separator: char,
        /// Before each signature. May be empty.
        #[cfg_attr(feature = "toml", serde(default))]
        prefix: Text,
    },
    /// Named values: `t=…,v1=…,v1=…`. The values named `pick` are signatures, the others are parameters that the
    /// content may use as `{p:NAME}`; a repeated parameter is refused.
    Pairs {
        /// Between pairs.
        separator: char,
        /// Between a name and its value.
        assign: char,
        /// The name of signatures.
        pick: Text,
    },
}

/// The signed time of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct TimestampRule {
    /// Where it stands, as one token. It must be covered by the signature: an unsigned time proves nothing.
    pub from: Text,
    /// Its unit. Never guessed: a time in another unit is refused.
    pub unit: TimestampUnit,
    /// How old a delivery may be, in seconds.
    pub past: u64,
    /// How far ahead of the receiver's clock it may be stamped, in seconds.
    pub future: u64,
}
