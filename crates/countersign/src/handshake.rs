//! What a provider asks of an endpoint before it sends, as data. What an answer is made of is in `handshake/plan.rs`,
//! what goes onto the wire in `handshake/reply.rs`.
//!
//! Texts are those of [schemes](crate::Scheme), with three more tokens in replies:
//!
//! | token | stands for |
//! | --- | --- |
//! | `{challenge}` | the value to reflect, once it has passed its grammar |
//! | `{mac.hex:TOKEN}` | the MAC of another token, such as `{mac.hex:challenge}`, under the endpoint's current key; also `base64` |
//! | `{sha256.hex:{challenge}{cfg:NAME}{url}}` | digests, as in schemes |

mod plan;
mod reply;
#[cfg(all(test, feature = "json"))]
mod tests;

use std::borrow::Cow;

pub(crate) use plan::{Found, Handshakes, MAX_UNSIGNED_BODY, Phase, check, confirmation_url};
pub use reply::{Arrival, DeliveredKey, Greeted, HandshakeReply, KeyRefused};
pub(crate) use reply::KeyKeeper;

use crate::scheme::{Text, put};

/// One question of a provider's, and its answer.
///
/// An endpoint answers none of them unless it is told to:
/// [`answer_handshakes`](crate::EndpointBuilder::answer_handshakes). The rules, in the order applied:
///
/// 1. The method is this handshake's and every condition of [`when`](Self::when) holds; else it is none of this kind,
///    and the request is treated as any other.
/// 2. A request whose signature header is there is judged by its signature first. Where
///    [`signed`](Self::signed) is set, nothing but a verified request is answered. Where it is not, a request without
///    that header is answered if it is exactly of this form, and within 4 KiB.
/// 3. Every equation of [`verify`](Self::verify) holds, compared in constant time; else 403.
/// 4. The challenge is there once and follows its grammar; else 403. Where it is absent, the request is none of this
///    kind.
/// 5. The reply is plain text or JSON, `nosniff` and `no-store`; never HTML.
///
/// No reply can be a delivery's signature: a MAC is made for an unsigned request only if its challenge cannot be what
/// the provider signs, and a delivery whose signed content could be a challenge is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Handshake {
    /// The method of the request: `GET`, `HEAD`, `OPTIONS` or `POST`.
    #[cfg_attr(feature = "toml", serde(default = "post"))]
    pub method: Text,
    /// What tells it from other requests, in the grammar of [`Scheme::require`](crate::Scheme::require). A side that is
    /// empty means absence: `{j?:/event}=`.
    #[cfg_attr(feature = "toml", serde(default))]
    pub when: Text,
    /// The names of the members that the body has, a JSON object, separated by commas: these and no others.
    #[cfg_attr(feature = "toml", serde(default))]
    pub members: Text,
    /// What must be equal: `{q:hub.verify_token}={cfg:verify_token}`, several joined by ` & `. Where the endpoint has
    /// several values of one name, any of them will do.
    #[cfg_attr(feature = "toml", serde(default))]
    pub verify: Text,
    /// The value that the reply reflects, or is made from.
    #[cfg_attr(feature = "toml", serde(default))]
    pub challenge: Option<Challenge>,
    /// Whether the provider signs the request, so that one without a valid signature gets no answer.
    #[cfg_attr(feature = "toml", serde(default))]
    pub signed: bool,
    /// Whether the challenge is the signing key of deliveries to come. It is handed to
    /// [`on_key_delivery`](crate::EndpointBuilder::on_key_delivery), and not answered without.
    #[cfg_attr(feature = "toml", serde(default))]
    pub delivers_key: bool,
    /// Where a confirmation is asked for by having a URL fetched, which `challenge` holds: the places it may have, as in
    /// [`Scheme::keys_at`](crate::Scheme::keys_at): `https://sns.{region}.amazonaws.com/`. It is never fetched here, and the delivery goes to the handler like any other:
    /// [`Delivery::confirmation_url`](crate::Delivery::confirmation_url) says what it asks.
    #[cfg_attr(feature = "toml", serde(default))]
    pub confirm_at: Text,
    /// What is answered.
    #[cfg_attr(feature = "toml", serde(default))]
    pub reply: Reply,
}

/// A value that a reply reflects, and its grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Challenge {
    /// Where it stands, as one token.
    pub at: Text,
    /// The longest, in bytes; the shortest has one. Longer ones than the provider ever sends only widen what a stranger
    /// may have reflected.
    #[cfg_attr(feature = "toml", serde(default = "longest"))]
    pub max: usize,
    /// The characters it is made of.
    #[cfg_attr(feature = "toml", serde(default))]
    pub charset: Charset,
}

/// The characters that a challenge may be made of. None has what HTML, JSON or a line of HTTP is delimited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Charset {
    /// Decimal digits.
    Digits,
    /// Hexadecimal digits.
    Hex,
    /// Letters, digits, `_`, `.` and `-`.
    #[default]
    Word,
    /// Those of [`Word`](Self::Word), and `+`, `/` and `=`.
    Base64,
    /// Visible ASCII and the space, without `<`, `>`, `&`, quotes, the backslash, braces and brackets.
    Plain,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct Reply {
    /// The status, from 200 to 299.
    pub status: u16,
    /// The body.
    pub body: ReplyBody,
    /// Headers, by name in lower case and value.
    pub headers: Cow<'static, [(Text, Text)]>,
}

/// The body of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ReplyBody {
    /// None.
    #[default]
    Empty,
    /// `text/plain; charset=utf-8`.
    Text(Text),
    /// `application/json`. What tokens stand for is escaped as inside a JSON string.
    Json(Text),
}

const LONGEST: usize = 256;

impl Handshake {
    /// A question by this method, told by these conditions, and answered with an empty 200.
    const fn new(method: &'static str, when: &'static str) -> Self {
        Self {
            method: Cow::Borrowed(method),
            when: Cow::Borrowed(when),
            members: Cow::Borrowed(""),
            verify: Cow::Borrowed(""),
            challenge: None,
            signed: false,
            delivers_key: false,
            confirm_at: Cow::Borrowed(""),
            reply: Reply::EMPTY,
        }
    }

    /// A question by GET.
    pub const fn get(when: &'static str) -> Self {
        Self::new("GET", when)
    }

    /// A HEAD request, which proves that somebody is there. Answered with an empty 200.
    pub const fn head() -> Self {
        Self::new("HEAD", "")
    }

    /// A question by OPTIONS.
    pub const fn options(when: &'static str) -> Self {
        Self::new("OPTIONS", when)
    }

    /// A question by POST, which the provider does not sign.
    pub const fn post(when: &'static str) -> Self {
        Self::new("POST", when)
    }

    /// A question by POST, which the provider signs like a delivery.
    pub const fn signed_post(when: &'static str) -> Self {
        let mut handshake = Self::new("POST", when);
        handshake.signed = true;
        handshake
    }

    /// A signed delivery that asks for a URL to be fetched: see [`confirm_at`](Self::confirm_at).
    pub const fn confirmation(when: &'static str, url: &'static str, confirm_at: &'static str) -> Self {
        let mut handshake = Self::signed_post(when).challenge(url);
        put(&mut handshake.confirm_at, Cow::Borrowed(confirm_at));
        handshake
    }

    /// CloudEvents' abuse protection (HTTP 1.1 Web Hooks for Event Delivery, section 4): consent for the origins that
    /// the endpoint is configured with as `webhook_origin`, at any rate. A callback is never fetched.
    pub const fn cloud_events() -> Self {
        const HEADERS: &[(Text, Text)] = &[
            (Cow::Borrowed("allow"), Cow::Borrowed("POST")),
            (Cow::Borrowed("webhook-allowed-origin"), Cow::Borrowed("{challenge}")),
            (Cow::Borrowed("webhook-allowed-rate"), Cow::Borrowed("*")),
        ];
        Self::options("")
            .verify("{h:webhook-request-origin}={cfg:webhook_origin}")
            .challenge("{h:webhook-request-origin}")
            .of(255, Charset::Plain)
            .headers(HEADERS)
    }

    /// Sets [`members`](Self::members).
    #[must_use]
    pub const fn members(mut self, names: &'static str) -> Self {
        put(&mut self.members, Cow::Borrowed(names));
        self
    }

    /// Sets [`verify`](Self::verify).
    #[must_use]
    pub const fn verify(mut self, equations: &'static str) -> Self {
        put(&mut self.verify, Cow::Borrowed(equations));
        self
    }

    /// Sets [`challenge`](Self::challenge): up to 256 characters of [`Charset::Word`].
    #[must_use]
    pub const fn challenge(mut self, at: &'static str) -> Self {
        put(
            &mut self.challenge,
            Some(Challenge { at: Cow::Borrowed(at), max: LONGEST, charset: Charset::Word }),
        );
        self
    }

    /// Sets the challenge's grammar.
    #[must_use]
    pub const fn of(mut self, max: usize, charset: Charset) -> Self {
        if let Some(challenge) = &mut self.challenge {
            challenge.max = max;
            challenge.charset = charset;
        }
        self
    }

    /// Sets [`delivers_key`](Self::delivers_key).
    #[must_use]
    pub const fn delivers_key(mut self) -> Self {
        self.delivers_key = true;
        self
    }

    /// Answers with plain text.
    #[must_use]
    pub const fn text(mut self, body: &'static str) -> Self {
        put(&mut self.reply.body, ReplyBody::Text(Cow::Borrowed(body)));
        self
    }

    /// Answers with JSON.
    #[must_use]
    pub const fn json(mut self, body: &'static str) -> Self {
        put(&mut self.reply.body, ReplyBody::Json(Cow::Borrowed(body)));
        self
    }

    /// Answers with another status than 200.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.reply.status = status;
        self
    }

    /// Answers with these headers.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [(Text, Text)]) -> Self {
        put(&mut self.reply.headers, Cow::Borrowed(headers));
        self
    }
}

impl Charset {
    /// Whether a byte is one of these characters.
    pub const fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'),
            Self::Base64 => Self::Word.has(byte) || matches!(byte, b'+' | b'/' | b'='),
            Self::Plain => {
                let delimits = matches!(
                    byte,
                    b'<' | b'>' | b'&' | b'"' | b'\'' | b'`' | b'\\' | b'{' | b'}' | b'[' | b']'
                );
                matches!(byte, b' '..=b'~') && !delimits
            }
        }
    }
}

impl Challenge {
    /// Whether a value follows the grammar.
    pub fn fits(&self, value: &[u8]) -> bool {
        (1..=self.max).contains(&value.len()) && value.iter().all(|byte| self.charset.has(*byte))
    }
}

impl Reply {
    /// An empty 200.
    const EMPTY: Self = Self { status: 200, body: ReplyBody::Empty, headers: Cow::Borrowed(&[]) };
}

impl Default for Reply {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(feature = "toml")]
fn post() -> Text {
    Cow::Borrowed("POST")
}

#[cfg(feature = "toml")]
const fn longest() -> usize {
    LONGEST
}
