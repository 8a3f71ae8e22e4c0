//! The signing half, for tests: secrets that no one else has, and deliveries signed as each provider signs.
//!
//! Every secret, signature and body made here is made known to the [`journal`], which must never show it.

pub mod public;

use std::sync::atomic::{AtomicU64, Ordering};

use countersign::{Algorithm, Encoding, encode, sign_mac};
use ed25519_dalek::{Signer, SigningKey};

use crate::clock::NOW;
use crate::journal;
use crate::request::Request;

/// A shared secret: as its provider issues it, and the key bytes it stands for.
#[derive(Clone)]
pub struct Secret {
    /// The text that goes into a keyring.
    pub text: String,
    /// The bytes that sign.
    pub key: Vec<u8>,
}

impl Secret {
    /// A Standard Webhooks secret: `whsec_` and base64.
    pub fn standard(key: &[u8]) -> Self {
        Self { text: format!("whsec_{}", encode(key, Encoding::Base64)), key: key.to_vec() }.concealed()
    }

    /// A secret whose text is the key.
    pub fn plain(text: &str) -> Self {
        Self { text: text.into(), key: text.as_bytes().to_vec() }.concealed()
    }

    /// The current Standard Webhooks secret of every endpoint here.
    pub fn current() -> Self {
        Self::standard(b"\x8f\x11\xe6\x5b\x9d\x02\xb7\xac\x30\xfe\x6c\x41\xd8\x93\x27\x7a\xc5\x1e\x88\xf0\x4d\xb2\x69\x05\xea\x77\x3c\x9b\x56\xc0\xaf\x14")
    }

    /// A Standard Webhooks secret that no endpoint accepts unless a row says so.
    pub fn other() -> Self {
        Self::standard(b"\x21\xd4\x7f\x90\x0b\xe3\xc8\x55\xa6\x1d\xfb\x38\x72\xce\x44\x99\xb1\x0a\x6f\xe7\x83\x5c\x2e\xd0\x17\xf4\x68\xbd\x91\x3a\xc2\x5d")
    }

    /// The secret of every endpoint whose provider uses a secret's text as the key.
    pub fn text_key() -> Self {
        Self::plain("Vx7pQ2mLr9Zk4TnJc8WyHd3BsGf6UaEo")
    }

    /// A text secret that no endpoint accepts.
    pub fn other_text_key() -> Self {
        Self::plain("Nw5tKb1XzRj8YqMe4GhPv0CuLs7DiFa2")
    }

    fn concealed(self) -> Self {
        journal::conceal(self.text.as_bytes());
        journal::conceal(&self.key);
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url] {
            journal::conceal(encode(&self.key, encoding).as_bytes());
        }
        journal::conceal(format!("{:?}", self.key).as_bytes());
        self
    }
}

/// The private half of the public key that endpoints with `v1a` accept.
pub fn private_key() -> SigningKey {
    SigningKey::from_bytes(b"\x5e\xa1\x0f\x37\x9c\xd8\x42\xb6\x73\x1b\xe5\x80\x2a\xf9\x64\x0d\x97\xcb\x38\x51\xee\x06\xb4\x7d\x19\xf3\xa8\x6c\x45\xd0\x8b\x22")
}

/// The public key as it goes into a keyring.
pub fn public_key() -> String {
    format!("whpk_{}", encode(private_key().verifying_key().as_bytes(), Encoding::Base64))
}

/// One delivery before it is signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The id header's value.
    pub id: Vec<u8>,
    /// The timestamp's text.
    pub time: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

impl Draft {
    /// A delivery of a new event, stamped now.
    #[expect(clippy::new_without_default, reason = "each one is another event")]
    pub fn new() -> Self {
        static EVENTS: AtomicU64 = AtomicU64::new(1);
        let event = EVENTS.fetch_add(1, Ordering::Relaxed);
        Self::of(&format!("evt_{event}"))
    }

    /// A delivery of the event `id`, in the id header as in the body.
    pub fn of(id: &str) -> Self {
        let body = format!(
            r#"{{"id":"{id}","type":"tide.turned","webhookTimestamp":{NOW}000,"note":"Ebbe på Skanör, {id}"}}"#
        );
        Self { id: id.into(), time: NOW.to_string().into(), body: body.into() }
    }

    /// With another id.
    #[must_use]
    pub fn id(self, id: impl AsRef<[u8]>) -> Self {
        Self { id: id.as_ref().to_vec(), ..self }
    }

    /// With a timestamp of any text.
    #[must_use]
    pub fn time(self, text: impl AsRef<[u8]>) -> Self {
        Self { time: text.as_ref().to_vec(), ..self }
    }

    /// Stamped at `seconds`.
    #[must_use]
    pub fn at(self, seconds: u64) -> Self {
        self.time(seconds.to_string())
    }

    /// With another body.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        Self { body: body.as_ref().to_vec(), ..self }
    }

    /// The content that Standard Webhooks signs.
    pub fn content(&self) -> Vec<u8> {
        join(&[&self.id, b".", &self.time, b".", &self.body])
    }

    /// A Standard Webhooks request whose signature header has this value.
    pub fn standard_with(&self, signature: impl AsRef<[u8]>) -> Request {
        self.unsigned_standard().header("Webhook-Signature", signature)
    }

    /// A Standard Webhooks request without its signature header.
    pub fn unsigned_standard(&self) -> Request {
        self.post().header("Webhook-Id", &self.id).header("Webhook-Timestamp", &self.time)
    }

    /// A Standard Webhooks request, signed with the current secret.
    pub fn standard(&self) -> Request {
        self.standard_with(self.v1(&Secret::current().key))
    }

    /// The `v1` entry over this delivery.
    pub fn v1(&self, key: &[u8]) -> String {
        format!("v1,{}", mac(key, &self.content(), Encoding::Base64))
    }

    /// The `v1a` entry over this delivery.
    pub fn v1a(&self) -> String {
        let signature = private_key().sign(&self.content());
        v1a_entry(&signature.to_bytes())
    }

    /// The hex MAC over the body alone, under the text key.
    pub fn body_mac(&self) -> String {
        mac(&Secret::text_key().key, &self.body, Encoding::Hex)
    }

    /// A GitHub request whose signature header has this value.
    pub fn github_with(&self, signature: impl AsRef<[u8]>) -> Request {
        let request = self.post().header("X-GitHub-Event", "push").header("X-GitHub-Delivery", &self.id);
        request.header("X-Hub-Signature-256", signature)
    }

    /// A GitHub request, signed.
    pub fn github(&self) -> Request {
        self.github_with(format!("sha256={}", self.body_mac()))
    }

    /// A LINE request whose signature header has this value: base64 alone.
    pub fn line_with(&self, signature: impl AsRef<[u8]>) -> Request {
        self.post().header("X-Line-Signature", signature)
    }

    /// The base64 MAC over the body alone, under the text key.
    pub fn line_mac(&self) -> String {
        mac(&Secret::text_key().key, &self.body, Encoding::Base64)
    }

    /// A Stripe request, signed.
    pub fn stripe(&self) -> Request {
        self.stripe_with(join(&[b"t=", &self.time, b",v1=", self.stripe_mac().as_bytes()]))
    }

    /// A Stripe request whose signature header has this value.
    pub fn stripe_with(&self, signature: impl AsRef<[u8]>) -> Request {
        self.post().header("Stripe-Signature", signature)
    }

    /// The hex MAC that Stripe signs with.
    pub fn stripe_mac(&self) -> String {
        mac(&Secret::text_key().key, &join(&[&self.time, b".", &self.body]), Encoding::Hex)
    }

    /// A Slack request, signed.
    pub fn slack(&self) -> Request {
        let mac = mac(&Secret::text_key().key, &join(&[b"v0:", &self.time, b":", &self.body]), Encoding::Hex);
        let request = self.post().header("X-Slack-Request-Timestamp", &self.time);
        request.header("X-Slack-Signature", format!("v0={mac}"))
    }

    /// A Linear request, signed: its time stands in the body.
    pub fn linear(&self) -> Request {
        self.post().header("Linear-Signature", self.body_mac())
    }

    /// A request with the body and without any header of a scheme.
    pub fn post(&self) -> Request {
        if !self.body.is_empty() {
            journal::conceal(&self.body);
        }
        Request::post(self.body.clone())
    }
}

/// HMAC-SHA256 as text.
pub fn mac(key: &[u8], content: &[u8], encoding: Encoding) -> String {
    mac_of(Algorithm::HmacSha256, key, content, encoding)
}

/// A MAC as text. It becomes one of the texts that no event may show.
pub fn mac_of(algorithm: Algorithm, key: &[u8], content: &[u8], encoding: Encoding) -> String {
    let mac = sign_mac(algorithm, key, content).expect("a MAC algorithm");
    for shown in [Encoding::Hex, Encoding::Base64, Encoding::Base64url] {
        journal::conceal(encode(&mac, shown).as_bytes());
    }
    encode(&mac, encoding)
}

/// A `v1a` entry with these bytes as its signature.
pub fn v1a_entry(signature: &[u8]) -> String {
    let text = encode(signature, Encoding::Base64);
    journal::conceal(text.as_bytes());
    format!("v1a,{text}")
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
