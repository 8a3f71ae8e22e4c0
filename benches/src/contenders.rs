//! The libraries under measurement, each behind the same two calls, and the deliveries they verify.

use bytes::Bytes;
use countersign::{Endpoint, UnixTime, providers};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request};
use sha2::Sha256;

/// Body sizes, in bytes.
pub(crate) const BODIES: [usize; 4] = [64, 1_024, 16_384, 1_048_576];

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// The floor: a prepared key is cloned, the signed content hashed and the tag compared in constant time. No header
    /// is read, and id, time and tag are given.
    Bare,
    Countersign,
    /// countersign without its clock: the time is given, as in a server that reads it once for many requests.
    CountersignTimeGiven,
    /// countersign with two secrets, signed with the current one.
    CountersignTwoKeys,
    StandardWebhooks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
}

/// A delivery by Standard Webhooks, signed now, with the headers that a real one carries.
pub(crate) struct Delivery {
    pub(crate) request: Request<()>,
    pub(crate) body: Bytes,
    /// What the signature covers before the body: `id.time.`
    prefix: String,
    signature: Vec<u8>,
    now: UnixTime,
}

impl Delivery {
    pub(crate) fn valid(bytes: usize) -> Self {
        Self::new(bytes, 0)
    }

    pub(crate) fn forged(bytes: usize) -> Self {
        Self::new(bytes, 1)
    }

    fn new(bytes: usize, flip: u8) -> Self {
        let body: Vec<u8> = (0..bytes).map(|index| b'a' + u8::try_from(index % 26).unwrap()).collect();
        // A server hands its buffer over; lending it for ever lets it be handed over again and again at no cost.
        let body = Bytes::from_static(body.leak());
        let now = UnixTime::now().expect("a clock after 1970");
        let time = now.as_secs().to_string();
        let prefix = format!("{ID}.{time}.");
        let mut mac = prepared();
        mac.update(prefix.as_bytes());
        mac.update(&body);
        let mut signature = mac.finalize().into_bytes().to_vec();
        signature[0] ^= flip;
        let request = Request::post("/hooks")
            .header("host", "hooks.example.com")
            .header("accept", "*/*")
            .header("accept-encoding", "gzip, deflate")
            .header("user-agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")
            .header("content-type", "application/json")
            .header("content-length", bytes.to_string())
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-request-id", "3f6c1c52-4f7a-4a39-8a36-2f6d3c1a0b11")
            .header("webhook-id", ID)
            .header("webhook-timestamp", time)
            .header("webhook-signature", format!("v1,{}", BASE64.encode(&signature)))
            .body(())
            .expect("a request");
        Self { request, body, prefix, signature, now }
    }
}

fn prepared() -> Hmac<Sha256> {
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64");
    Hmac::new_from_slice(&key).expect("HMAC takes keys of any length")
}

/// A contender with its key ready.
pub(crate) enum Prepared {
    Bare(Hmac<Sha256>),
    Countersign(Endpoint),
    CountersignTimeGiven(Endpoint),
    StandardWebhooks(standardwebhooks::Webhook),
}

impl Contender {
    pub(crate) const ALL: [Self; 5] =
        [Self::Bare, Self::Countersign, Self::CountersignTimeGiven, Self::CountersignTwoKeys, Self::StandardWebhooks];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hmac + sha2",
            Self::Countersign => "countersign",
            Self::CountersignTimeGiven => "countersign, time given",
            Self::CountersignTwoKeys => "countersign, two secrets",
            Self::StandardWebhooks => "standardwebhooks",
        }
    }

    /// What one call does, for the reader of the table.
    pub(crate) fn does(self) -> &'static str {
        match self {
            Self::Bare => "clones a prepared key, hashes id, time and body, compares; reads no header and no clock",
            Self::Countersign => "eleven headers to a verdict, the system's clock included",
            Self::CountersignTimeGiven => "the same with the time as an argument",
            Self::CountersignTwoKeys => "as countersign, with a keyring of two; the current secret signed",
            Self::StandardWebhooks => "its `verify`: headers to a verdict, the system's clock included",
        }
    }

    pub(crate) fn prepare(self) -> Prepared {
        let endpoint =
            |keyring| Endpoint::builder("bench", providers::STANDARD_WEBHOOKS, keyring).build().expect("an endpoint");
        let current = countersign::Keyring::new(SECRET);
        match self {
            Self::Bare => Prepared::Bare(prepared()),
            Self::Countersign => Prepared::Countersign(endpoint(current)),
            Self::CountersignTimeGiven => Prepared::CountersignTimeGiven(endpoint(current)),
            Self::CountersignTwoKeys => {
                let previous = "whsec_b2xkIGtleSwgMzIgYnl0ZXMgbG9uZywgdHJ1bHkhISE=";
                Prepared::Countersign(endpoint(current.also_accept(previous)))
            }
            Self::StandardWebhooks => {
                Prepared::StandardWebhooks(standardwebhooks::Webhook::new(SECRET).expect("a secret"))
            }
        }
    }
}

impl Prepared {
    /// Verifies one delivery, as a receiver would. Building the request is nobody's cost; handing over the body is
    /// the clone of a static `Bytes`, a copy of four words.
    #[inline(never)]
    pub(crate) fn verify(&self, delivery: &Delivery) -> Verdict {
        let accepted = match self {
            Self::Bare(key) => {
                let mut mac = key.clone();
                mac.update(delivery.prefix.as_bytes());
                mac.update(&delivery.body);
                mac.verify_slice(&delivery.signature).is_ok()
            }
            Self::Countersign(endpoint) => verify_with(endpoint, delivery, || endpoint.now().ok()),
            Self::CountersignTimeGiven(endpoint) => verify_with(endpoint, delivery, || Some(delivery.now)),
            Self::StandardWebhooks(webhook) => {
                let headers: &HeaderMap = delivery.request.headers();
                webhook.verify(&delivery.body, headers).is_ok()
            }
        };
        if accepted { Verdict::Accepted } else { Verdict::Refused }
    }
}

#[inline(always)]
fn verify_with(endpoint: &Endpoint, delivery: &Delivery, now: impl FnOnce() -> Option<UnixTime>) -> bool {
    let Ok(mut intake) = endpoint.open(&delivery.request) else { return false };
    if intake.push(delivery.body.clone()).is_err() {
        return false;
    }
    now().is_some_and(|now| intake.finish(now).is_ok())
}
