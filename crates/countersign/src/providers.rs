//! The catalogue: one entry a provider, data only, in one file a trade. To add one, copy the entry that signs most
//! alike.

use std::borrow::Cow;

use crate::clock::TimestampUnit::{Milliseconds as MILLIS, Rfc3339 as RFC3339, Seconds as SECONDS, Utc as UTC};
use crate::handshake::{Charset, Handshake};
use crate::provider::{Evidence, Provider, Retries, Sample, Sender, Success};
use crate::scheme::Encoding::{Base64 as BASE64, Hex as HEX};
use crate::scheme::{
    Algorithm, Encoding, JwsPayload, Scheme, SecretEncoding, SecretFormat, SignatureField, Syntax, Text,
};

/// Fills in an entry and adds it to its file's `ENTRIES`.
macro_rules! catalogue {
    ($($const:ident: $name:literal, $title:literal;
        $(aliases: [$($alias:literal),*],)?
        $(methods: [$($method:literal),*],)?
        schemes: $schemes:expr,
        event_id: [$($id:literal),*], $reason:literal,
        event_type: $type:expr,
        sender: $sender:expr,
        unsigned_id: $unsigned:expr,
        handshake: $handshake:literal,
        $(handshakes: $handshakes:expr,)?
        evidence: $evidence:ident, $source:literal,
        secret: $hint:literal,
        $(notes: $notes:literal,)?
        headers: [$(($header:literal, $value:literal)),*],
        $(params: [$(($param:literal, $held:literal)),*],)?
        sample: $sample:literal;
    )*) => {
        $(
            #[doc = concat!($title, ".\n\nWhat it signs, where its secret is and how it sends is in its entry, and in `docs/providers`. Source: <", $source, ">")]
            pub const $const: Provider = Provider {
                name: text($name),
                title: text($title),
                aliases: Cow::Borrowed(&[$($(text($alias)),*)?]),
                schemes: Cow::Borrowed($schemes),
                methods: Cow::Borrowed(catalogue!(@methods $($($method),*)?)),
                event_id: Cow::Borrowed(&[$(text($id)),*]),
                event_id_reason: text($reason),
                event_type: $type,
                unsigned_id: $unsigned,
                handshake: text($handshake),
                handshakes: Cow::Borrowed(catalogue!(@handshakes $($handshakes)?)),
                sender: $sender,
                sample: Sample {
                    body: text($sample),
                    headers: Cow::Borrowed(&[$((text($header), text($value))),*]),
                    params: Cow::Borrowed(&[$($((text($param), text($held))),*)?]),
                },
                evidence: Evidence::$evidence,
                source: text($source),
                secret_hint: text($hint),
                notes: text(concat!($($notes)?)),
            };
        )*

        /// The providers of this file.
        pub(super) static ENTRIES: &[Provider] = &[$($const),*];
    };
    (@handshakes) => { &[] };
    (@handshakes $handshakes:expr) => { $handshakes };
    (@methods) => { &[text("POST")] };
    (@methods $($method:literal),+) => { &[$(text($method)),+] };
}

mod business;
mod commerce;
mod developer;
mod messaging;
mod payments;
mod platforms;

pub use business::*;
pub use commerce::*;
pub use developer::*;
pub use messaging::*;
pub use payments::*;
pub use platforms::*;

/// Every provider of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Provider> + Clone {
    let files = [
        platforms::ENTRIES,
        payments::ENTRIES,
        commerce::ENTRIES,
        developer::ENTRIES,
        messaging::ENTRIES,
        business::ENTRIES,
    ];
    files.into_iter().flatten()
}

/// Finds a provider by its name, such as `standard-webhooks`, or by another name that it goes by.
pub fn by_name(name: &str) -> Option<&'static Provider> {
    let by_name = all().find(|provider| provider.name == name);
    by_name.or_else(|| all().find(|provider| provider.aliases.iter().any(|alias| alias == name)))
}

const fn text(text: &'static str) -> Text {
    Cow::Borrowed(text)
}

/// A signature in one place that holds nothing else.
const fn plain(at: &'static str, encoding: Encoding) -> SignatureField {
    SignatureField::new(at, Syntax::Plain, encoding)
}

/// A signature behind a fixed text.
const fn prefixed(at: &'static str, prefix: &'static str, encoding: Encoding) -> SignatureField {
    SignatureField::new(at, Syntax::Prefix(text(prefix)), encoding)
}

/// Signatures in a list, each behind a fixed text.
const fn listed(at: &'static str, separator: char, prefix: &'static str, encoding: Encoding) -> SignatureField {
    SignatureField::new(at, Syntax::List { separator, prefix: text(prefix) }, encoding)
}

/// Signatures among named values.
const fn pairs(
    at: &'static str,
    [separator, assign]: [char; 2],
    pick: &'static str,
    encoding: Encoding,
) -> SignatureField {
    SignatureField::new(
        at,
        Syntax::Pairs { separator, assign, pick: text(pick), group: None, written: text("") },
        encoding,
    )
}

/// A JWS, with its payload in it or elsewhere.
const fn jws(at: &'static str, prefix: &'static str, payload: JwsPayload) -> SignatureField {
    SignatureField::new(at, Syntax::Jws { prefix: text(prefix), payload, leeway: 0 }, Encoding::Base64urlNopad)
}

/// HMAC-SHA256 of the body alone.
const fn body_hmac(signature: SignatureField) -> Scheme {
    Scheme::new(Algorithm::HmacSha256, signature, "{body}")
}

/// HMAC-SHA256 in hex behind a prefix, over a content that holds a header with the time in seconds.
const fn timed_header(at: &'static str, prefix: &'static str, content: &'static str, from: &'static str) -> Scheme {
    Scheme::new(Algorithm::HmacSha256, prefixed(at, prefix, HEX), content).timed(from, SECONDS, 300)
}

/// HMAC-SHA256 in hex among named values, `{p:t}.{body}` with the time in seconds.
const fn timed_pairs(at: &'static str, pick: &'static str, tolerance: u64) -> Scheme {
    Scheme::new(Algorithm::HmacSha256, pairs(at, [',', '='], pick, HEX), "{p:t}.{body}")
        .timed("{p:t}", SECONDS, tolerance)
}

/// The secret itself, in one place.
const fn token(at: &'static str) -> Scheme {
    Scheme::new(Algorithm::Token, plain(at, Encoding::Text), "")
}

/// Event Grid's two kinds of subscription: its own schema, and CloudEvents.
const EVENT_GRID_HANDSHAKES: &[Handshake] =
    &[event_grid(Handshake::post(EVENT_GRID_QUESTION)), Handshake::cloud_events()];

/// The same where a token stands in the URL, which the question of the Event Grid schema then needs. Nothing of an OPTIONS
/// request is verified.
const EVENT_GRID_TOKEN_HANDSHAKES: &[Handshake] =
    &[event_grid(Handshake::signed_post(EVENT_GRID_QUESTION)), Handshake::cloud_events()];

/// What tells the question of the Event Grid schema.
const EVENT_GRID_QUESTION: &str =
    "{h:aeg-event-type}=SubscriptionValidation & {j:/0/eventType}=Microsoft.EventGrid.SubscriptionValidationEvent";

/// The question of the Event Grid schema with its answer.
const fn event_grid(question: Handshake) -> Handshake {
    question.challenge("{j:/0/data/validationCode}").json(r#"{{"validationResponse":"{challenge}"}}"#)
}

/// `user:password`, as HTTP's basic authentication sends it.
const BASIC: Scheme = Scheme::new(Algorithm::Token, prefixed("{h:Authorization}", "Basic ", BASE64), "");

/// Standard Webhooks 1.0.0 under its own header names and Svix's: `v1` with a shared secret, `v1a` with a public key.
const STANDARD_WEBHOOKS_SCHEMES: &[Scheme] =
    &[standard_webhooks(SHARED_SECRET), standard_webhooks_public(PUBLIC_KEY).named("standard-webhooks-v1a")];

/// The same with Svix's names first: what most of its customers send, and the only ones that some SDKs read.
const SVIX_SCHEMES: &[Scheme] = &[
    svix(Algorithm::HmacSha256, "v1,", SHARED_SECRET),
    svix(Algorithm::Ed25519, "v1a,", PUBLIC_KEY).named("svix-v1a"),
];

const fn svix(algorithm: Algorithm, prefix: &'static str, secret: SecretFormat) -> Scheme {
    Scheme::new(
        algorithm,
        listed("{h:svix-signature|webhook-signature}", ' ', prefix, BASE64),
        "{h:svix-id|webhook-id}.{h:svix-timestamp|webhook-timestamp}.{body}",
    )
    .secret(secret)
    .timed("{h:svix-timestamp|webhook-timestamp}", SECONDS, 300)
}

/// The prefix of a shared secret is optional: some dashboards show it without.
const SHARED_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Base64,
    strip: Cow::Borrowed(&[text("whsec_")]),
    refuse: Cow::Borrowed(&[text("whpk_"), text("whsk_")]),
    prefix_required: false,
    nfkd: false,
};

const PUBLIC_KEY: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Base64,
    strip: Cow::Borrowed(&[text("whpk_")]),
    refuse: Cow::Borrowed(&[]),
    prefix_required: true,
    nfkd: false,
};

/// Standard Webhooks `v1`: HMAC-SHA256, with a secret of any format.
const fn standard_webhooks(secret: SecretFormat) -> Scheme {
    standard_webhooks_entry(Algorithm::HmacSha256, "v1,").secret(secret)
}

const fn standard_webhooks_public(secret: SecretFormat) -> Scheme {
    standard_webhooks_entry(Algorithm::Ed25519, "v1a,").secret(secret)
}

const fn standard_webhooks_entry(algorithm: Algorithm, prefix: &'static str) -> Scheme {
    Scheme::new(
        algorithm,
        listed("{h:webhook-signature|svix-signature}", ' ', prefix, BASE64),
        "{h:webhook-id|svix-id}.{h:webhook-timestamp|svix-timestamp}.{body}",
    )
    .timed("{h:webhook-timestamp|svix-timestamp}", SECONDS, 300)
}
