//! How a provider signs, as data. No provider's name and no code of any one provider lives here.
//!
//! Texts that refer to parts of a request use *tokens* in braces; everything outside braces is literal:
//!
//! | token | stands for |
//! | --- | --- |
//! | `{body}` | the body, byte for byte |
//! | `{h:NAME}` | the value of header NAME; `{h:A\|B}` names the same role in two header sets |
//! | `{any:NAME,NAME}` | each of these headers, for a signature only; `X-*` is any that begins so, one name each of its lines |
//! | `{p:NAME}` | a parameter beside the signature: a named value of its header, or a member of a JWS header |
//! | `{c:/a/b}` | the claim at that pointer in a JWT |
//! | `{j:/a/b}` | the JSON string at that pointer (RFC 6901) in the body |
//! | `{n:/a/b}` | the JSON unsigned integer at that pointer |
//! | `{v:/a/b}` | the JSON string, number or boolean at that pointer, as it is written |
//! | `{raw:/a/b}` | the JSON text at that pointer, byte for byte |
//! | `{lines:A,B}` | for each of these members of the body that is there: its name and its text, a line each |
//! | `{f:NAME}` `{q:NAME}` | the field of that name in a form body, or in the query |
//! | `{method}` `{path}` `{target}` | the method; the path as sent; path and query as sent |
//! | `{target.escaped}` | path and query, each byte that a URI escapes escaped once more, and those of the query twice |
//! | `{url}` | the URL as it is configured for the endpoint, with the query as sent |
//! | `{url.ports}` | the same, and where that does not verify, with its port removed or the default one added |
//! | `{url.base}` `{url.decoded}` | the same without its query; with the escapes of HubSpot's list decoded |
//! | `{form.sorted}` | the fields of a form body, decoded: name and value of each, sorted, equal pairs once |
//! | `{url.sorted.form}` | the URL with its query decoded and sorted, `?` or `.`, and the fields of a form body, sorted |
//! | `{query.sorted}` | the query sorted by name, encoded anew |
//! | `{headers.joined:TOKEN}` | the headers that TOKEN lists, as `name:value` joined by `;` |
//! | `{headers.lines:TOKEN}` | the headers that TOKEN lists, as `Name: value`, a line each |
//! | `{cfg:NAME}` | a value that the endpoint is configured with |
//! | `{secret}` | the secret, where a plain hash stands in for a MAC |
//! | `{sha256.hex:TOKEN}` | a digest of another token, or of a text `{sha256.hex:{p:t}.{body}}`, written in hex; also `sha1`, `sha384`, `sha512`, `md5`, `crc32`, and `raw`, `base64`, `base64url` |
//! | `{base64url:TOKEN}` | another token, in URL-safe base64 without padding |
//! | `{json:TOKEN}` | another token, as a JSON string |
//! | `{jcs:body}` | the body as canonical JSON (RFC 8785) |
//! | `{content}` | a digest of everything the signature covers; for event ids only, where parts beside it must be there and add nothing to it |
//!
//! A brace that stands for itself is doubled. A token that is not there refuses the delivery, unless its kind ends with a question mark (`{j?:/a}`,
//! `{sha256.hex?:body}`): then it stands for nothing.

use std::borrow::Cow;

use crate::clock::TimestampUnit;

/// A text of a scheme: `&'static str` in tables, `String` when read from a file.
pub type Text = Cow<'static, str>;

/// One way to sign a delivery: what is signed, with which algorithm, and where the signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Scheme {
    /// Tells it from the provider's other schemes. Empty where there is one.
    #[cfg_attr(feature = "toml", serde(default))]
    pub name: Text,
    /// The algorithm. It comes from here and from nowhere else: nothing in a request can choose another.
    pub algorithm: Algorithm,
    /// How the provider writes the signing secret.
    pub secret: SecretFormat,
    /// Where the signature stands and how it is written.
    pub signature: SignatureField,
    /// The signed content, as tokens: `{h:webhook-id}.{h:webhook-timestamp}.{body}`. For a JWS whose payload is not in
    /// it, the payload. Empty where the signature says itself what it covers (an attached JWS, RFC 9421) and where
    /// there is none (a token).
    #[cfg_attr(feature = "toml", serde(default))]
    pub content: Text,
    /// The signed time of sending, where the scheme has one.
    #[cfg_attr(feature = "toml", serde(default))]
    pub timestamp: Option<TimestampRule>,
    /// What a delivery must say to be of this scheme: `{h:X-Signature-Version}=v2`, several joined by ` & `. A header's
    /// parameters (`; charset=utf-8`) do not count, nor does its case.
    #[cfg_attr(feature = "toml", serde(default))]
    pub require: Text,
    /// What must be equal once the signature holds: `{q:bodySHA256}={sha256.hex:body}`, several joined by ` & `. One with
    /// `{cfg?:NAME}` counts where the endpoint is configured with that value.
    #[cfg_attr(feature = "toml", serde(default))]
    pub equal: Text,
    /// What names the key that signed, as one token. Keys of the keyring that have an id count only if it is this one.
    #[cfg_attr(feature = "toml", serde(default))]
    pub key_id: Text,
    /// Where the keys that [`key_id`](Self::key_id) names may be fetched: an `https` URL in which `*` stands for letters,
    /// digits, `-` and `_`, and `{region}` for a region of AWS; or several, with a space between them. Where the key id is
    /// itself a URL, it must be one of these: see [`is_key_address`](crate::is_key_address). Empty where keys are
    /// configured.
    #[cfg_attr(feature = "toml", serde(default))]
    pub keys_at: Text,
    /// The items of the body that are signed one by one, as a pointer with `*` for each of an array. Pointers of
    /// `content` and `signature` begin at the item. Every item must verify, and there must be one.
    #[cfg_attr(feature = "toml", serde(default))]
    pub each: Text,
    /// What the signature leaves out of the body, where it does not cover all of it. Without these words such a scheme is
    /// refused: it is most likely a mistake.
    #[cfg_attr(feature = "toml", serde(default))]
    pub uncovered: Text,
    /// Why two parts of the content may stand side by side without a text between them. Empty where none do.
    #[cfg_attr(feature = "toml", serde(default))]
    pub adjacent: Text,
}

impl Scheme {
    /// A scheme that signs `content`, with the secret's text as the key.
    pub const fn new(algorithm: Algorithm, signature: SignatureField, content: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(""),
            algorithm,
            secret: SecretFormat::UTF8,
            signature,
            content: Cow::Borrowed(content),
            timestamp: None,
            require: Cow::Borrowed(""),
            equal: Cow::Borrowed(""),
            key_id: Cow::Borrowed(""),
            keys_at: Cow::Borrowed(""),
            each: Cow::Borrowed(""),
            uncovered: Cow::Borrowed(""),
            adjacent: Cow::Borrowed(""),
        }
    }

    /// Sets [`name`](Self::name).
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        put(&mut self.name, Cow::Borrowed(name));
        self
    }

    /// Sets [`secret`](Self::secret).
    #[must_use]
    pub const fn secret(mut self, format: SecretFormat) -> Self {
        put(&mut self.secret, format);
        self
    }

    /// Sets [`timestamp`](Self::timestamp), with one tolerance for both sides, in seconds.
    #[must_use]
    pub const fn timed(self, from: &'static str, unit: TimestampUnit, tolerance: u64) -> Self {
        self.timed_between(from, unit, tolerance, tolerance)
    }

    /// Sets [`timestamp`](Self::timestamp).
    #[must_use]
    pub const fn timed_between(mut self, from: &'static str, unit: TimestampUnit, past: u64, future: u64) -> Self {
        put(&mut self.timestamp, Some(TimestampRule { from: Cow::Borrowed(from), unit, past, future }));
        self
    }

    /// Sets [`require`](Self::require).
    #[must_use]
    pub const fn require(mut self, conditions: &'static str) -> Self {
        put(&mut self.require, Cow::Borrowed(conditions));
        self
    }

    /// Sets [`equal`](Self::equal).
    #[must_use]
    pub const fn equal(mut self, conditions: &'static str) -> Self {
        put(&mut self.equal, Cow::Borrowed(conditions));
        self
    }

    /// Sets [`key_id`](Self::key_id).
    #[must_use]
    pub const fn key_id(mut self, token: &'static str) -> Self {
        put(&mut self.key_id, Cow::Borrowed(token));
        self
    }

    /// Sets [`keys_at`](Self::keys_at).
    #[must_use]
    pub const fn keys_at(mut self, pattern: &'static str) -> Self {
        put(&mut self.keys_at, Cow::Borrowed(pattern));
        self
    }

    /// Sets [`each`](Self::each).
    #[must_use]
    pub const fn each(mut self, items: &'static str) -> Self {
        put(&mut self.each, Cow::Borrowed(items));
        self
    }

    /// Sets [`uncovered`](Self::uncovered).
    #[must_use]
    pub const fn uncovered(mut self, what: &'static str) -> Self {
        put(&mut self.uncovered, Cow::Borrowed(what));
        self
    }

    /// Sets [`adjacent`](Self::adjacent).
    #[must_use]
    pub const fn adjacent(mut self, why: &'static str) -> Self {
        put(&mut self.adjacent, Cow::Borrowed(why));
        self
    }
}

/// Replaces a value without dropping it, which the compiler cannot do for tables. What is replaced borrows.
pub(crate) const fn put<T>(slot: &mut T, value: T) {
    core::mem::forget(core::mem::replace(slot, value));
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
    /// The MD5 digest of a content that holds the secret. Weak; only where the provider offers nothing else.
    HashMd5,
    /// The SHA-1 digest of a content that holds the secret.
    HashSha1,
    /// The SHA-256 digest of a content that holds the secret.
    HashSha256,
    /// The SHA-384 digest of a content that holds the secret.
    HashSha384,
    /// The SHA-512 digest of a content that holds the secret.
    HashSha512,
    /// Ed25519 (RFC 8032), verified strictly: 64 bytes. Needs the feature `ed25519`.
    Ed25519,
    /// ECDSA over P-256 with SHA-1, in DER. Needs the feature `ecdsa`, as do all that begin so.
    EcdsaP256Sha1,
    /// ECDSA over P-256 with SHA-256, in DER.
    EcdsaP256Sha256,
    /// ECDSA over P-256 with SHA-256, two numbers of 32 bytes (IEEE P1363): `ES256` of JOSE.
    EcdsaP256Sha256Fixed,
    /// ECDSA over P-384 with SHA-384, two numbers of 48 bytes: `ES384` of JOSE.
    EcdsaP384Sha384Fixed,
    /// ECDSA over P-521 with SHA-512, two numbers of 66 bytes: `ES512` of JOSE.
    EcdsaP521Sha512Fixed,
    /// RSA with PKCS #1 v1.5 padding and SHA-1. Needs the feature `rsa`, as do all that begin so.
    RsaPkcs1Sha1,
    /// RSA with PKCS #1 v1.5 padding and SHA-256: `RS256` of JOSE.
    RsaPkcs1Sha256,
    /// RSA with PKCS #1 v1.5 padding and SHA-384.
    RsaPkcs1Sha384,
    /// RSA with PKCS #1 v1.5 padding and SHA-512.
    RsaPkcs1Sha512,
    /// RSA-PSS with SHA-256, a salt of the digest's length: `PS256` of JOSE.
    RsaPssSha256,
    /// RSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSA-PSS with SHA-512.
    RsaPssSha512,
    /// The same with a salt of any length.
    RsaPssSha512AnySalt,
    /// No signature: the secret itself is sent, and compared in constant time. It authenticates the caller and binds
    /// nothing of what he says.
    Token,
}

impl Algorithm {
    /// The length of a signature in bytes, or `None` where it varies. A signature of any other length is refused,
    /// never cut to fit.
    pub const fn signature_len(self) -> Option<usize> {
        match self {
            Self::HashMd5 => Some(16),
            Self::HmacSha1 | Self::HashSha1 => Some(20),
            Self::HmacSha256 | Self::HashSha256 => Some(32),
            Self::HmacSha384 | Self::HashSha384 => Some(48),
            Self::HmacSha512 | Self::HashSha512 | Self::Ed25519 | Self::EcdsaP256Sha256Fixed => Some(64),
            Self::EcdsaP384Sha384Fixed => Some(96),
            Self::EcdsaP521Sha512Fixed => Some(132),
            Self::EcdsaP256Sha1
            | Self::EcdsaP256Sha256
            | Self::RsaPkcs1Sha1
            | Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha384
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha384
            | Self::RsaPssSha512
            | Self::RsaPssSha512AnySalt
            | Self::Token => None,
        }
    }

    /// The name used in schemes, tables and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha384 => "hmac-sha384",
            Self::HmacSha512 => "hmac-sha512",
            Self::HashMd5 => "hash-md5",
            Self::HashSha1 => "hash-sha1",
            Self::HashSha256 => "hash-sha256",
            Self::HashSha384 => "hash-sha384",
            Self::HashSha512 => "hash-sha512",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha1 => "ecdsa-p256-sha1",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::EcdsaP256Sha256Fixed => "ecdsa-p256-sha256-fixed",
            Self::EcdsaP384Sha384Fixed => "ecdsa-p384-sha384-fixed",
            Self::EcdsaP521Sha512Fixed => "ecdsa-p521-sha512-fixed",
            Self::RsaPkcs1Sha1 => "rsa-pkcs1-sha1",
            Self::RsaPkcs1Sha256 => "rsa-pkcs1-sha256",
            Self::RsaPkcs1Sha384 => "rsa-pkcs1-sha384",
            Self::RsaPkcs1Sha512 => "rsa-pkcs1-sha512",
            Self::RsaPssSha256 => "rsa-pss-sha256",
            Self::RsaPssSha384 => "rsa-pss-sha384",
            Self::RsaPssSha512 => "rsa-pss-sha512",
            Self::RsaPssSha512AnySalt => "rsa-pss-sha512-any-salt",
            Self::Token => "token",
        }
    }

    /// Whether it is a message authentication code: the same secret signs and verifies.
    pub const fn is_mac(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha384 | Self::HmacSha512)
    }

    /// Whether a public key verifies it, so that the secret to configure is none.
    pub const fn is_public_key(self) -> bool {
        !self.is_mac() && !self.is_plain_hash() && !matches!(self, Self::Token)
    }

    /// Whether it is a plain digest of a content that holds the secret.
    pub const fn is_plain_hash(self) -> bool {
        matches!(self, Self::HashMd5 | Self::HashSha1 | Self::HashSha256 | Self::HashSha384 | Self::HashSha512)
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
    /// Hexadecimal digits, written once more in base64.
    Base64Hex,
    /// Base64 of either alphabet, percent-encoded as in a URL.
    PercentBase64,
    /// The bytes themselves, for tokens.
    Text,
}

impl Encoding {
    /// The name used in schemes and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
            Self::Base64urlNopad => "base64url without padding",
            Self::Base64Hex => "base64 of hex",
            Self::PercentBase64 => "percent-encoded base64",
            Self::Text => "text",
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
    /// Compose the text by Unicode's compatibility decomposition (NFKD) first.
    #[cfg_attr(feature = "toml", serde(default))]
    pub nfkd: bool,
}

/// How key bytes are written in a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum SecretEncoding {
    /// The secret's text is the key.
    Utf8,
    /// Base64 with padding.
    Base64,
    /// Base64 with the URL-safe alphabet, with or without padding.
    Base64url,
    /// Hexadecimal digits.
    Hex,
    /// The SHA-1 digest of the secret's text is the key.
    Sha1,
    /// A public key: PEM (a key or a certificate), the base64 of its SubjectPublicKeyInfo, a JWK, or a JWK set. For
    /// Ed25519 also its 32 bytes in hex, base64 or base64url.
    PublicKey,
    /// The same in a form that cannot be taken for a shared secret: PEM, a JWK or a JWK set.
    MarkedPublicKey,
}

impl SecretEncoding {
    /// The name used in schemes and listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
            Self::Hex => "hex",
            Self::Sha1 => "sha1",
            Self::PublicKey => "public-key",
            Self::MarkedPublicKey => "marked-public-key",
        }
    }
}

impl SecretFormat {
    /// The secret's text is the key, as issued.
    pub const UTF8: Self = Self::plain(SecretEncoding::Utf8);

    /// A secret without prefixes.
    pub const fn plain(encoding: SecretEncoding) -> Self {
        Self { encoding, strip: Cow::Borrowed(&[]), refuse: Cow::Borrowed(&[]), prefix_required: false, nfkd: false }
    }

    /// A public key in any of its common forms.
    pub const PUBLIC_KEY: Self = Self::plain(SecretEncoding::PublicKey);
}

/// Where a signature stands and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct SignatureField {
    /// The place that carries it, as a token: `{h:X-Hub-Signature-256}`, `{any:X-Signature-*}`, `{j:/signature}`,
    /// `{f:NAME}`, `{q:NAME}`, or `{body}` where the whole body is a JWS.
    pub at: Text,
    /// How the text there is built.
    #[cfg_attr(feature = "toml", serde(default))]
    pub syntax: Syntax,
    /// How the signature's bytes are written. A JWS and RFC 9421 have a writing of their own.
    #[cfg_attr(feature = "toml", serde(default = "hex"))]
    pub encoding: Encoding,
}

impl SignatureField {
    /// Says how the provider writes the named values of a [`Syntax::Pairs`].
    #[must_use]
    pub const fn written(mut self, names: &'static str) -> Self {
        if let Syntax::Pairs { written, .. } = &mut self.syntax {
            put(written, Cow::Borrowed(names));
        }
        self
    }

    /// A signature at a place.
    pub const fn new(at: &'static str, syntax: Syntax, encoding: Encoding) -> Self {
        Self { at: Cow::Borrowed(at), syntax, encoding }
    }
}

#[cfg(feature = "toml")]
fn hex() -> Encoding {
    Encoding::Hex
}

/// How a signature's text is built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case", deny_unknown_fields))]
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
    /// Named values: `t=…,v1=…,v1=…`. The values named `pick` are signatures (`*`: all are, and `{p:name}` is the
    /// name), the others are parameters that the content may use as `{p:NAME}`; a repeated parameter is refused.
    Pairs {
        /// Between pairs.
        separator: char,
        /// Between a name and its value.
        assign: char,
        /// The name of signatures.
        pick: Text,
        /// Between groups of pairs, where each group is a signature with its own parameters.
        #[cfg_attr(feature = "toml", serde(default))]
        group: Option<char>,
        /// How the provider writes them: the names in its order, with what it puts between (`t, v1`). A reader takes any
        /// order, with and without a space. Empty: the parameters first, without spaces.
        #[cfg_attr(feature = "toml", serde(default))]
        written: Text,
    },
    /// Values that have their names by their order: `hmac;1;1700000000;…`. A name written as `=v1` must be that text.
    Fields {
        /// Between values.
        separator: char,
        /// The names, with the same separator. `signature` is the signature, `signature+` at the end any number of
        /// them; the others are parameters.
        names: Text,
    },
    /// The base64 of a JSON object. Its member `pick` is the signature, its other strings are parameters.
    Json {
        /// The member that is the signature.
        pick: Text,
    },
    /// A JWS in compact form (RFC 7515). Its `alg` must be the scheme's algorithm, and no extension but `b64` is known.
    /// `exp` and `nbf` of a JWT are always kept.
    Jws {
        /// Before it, such as `Bearer `.
        #[cfg_attr(feature = "toml", serde(default))]
        prefix: Text,
        /// Where its payload is.
        #[cfg_attr(feature = "toml", serde(default))]
        payload: JwsPayload,
        /// How far `exp` and `nbf` may lie on the wrong side of the clock, in seconds.
        #[cfg_attr(feature = "toml", serde(default))]
        leeway: u64,
    },
    /// HTTP message signatures (RFC 9421). The place is the header `Signature`; `Signature-Input` stands beside it.
    /// Parameters such as `{p:created}`, `{p:keyid}` and `{p:nonce}` are those of the signature.
    HttpSignature {
        /// The components that must be covered, separated by spaces: `@method content-digest`.
        #[cfg_attr(feature = "toml", serde(default))]
        cover: Text,
        /// The `tag` that the signature must have. Empty: any.
        #[cfg_attr(feature = "toml", serde(default))]
        tag: Text,
    },
}

/// Where the payload of a JWS is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum JwsPayload {
    /// Inside it: a JWT.
    #[default]
    Attached,
    /// Elsewhere, and signed in base64url.
    Detached,
    /// Elsewhere, and signed as it is (RFC 7797, `b64: false`).
    DetachedRaw,
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
