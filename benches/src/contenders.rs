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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// HMAC over the body with a prepared key and a constant-time comparison: the floor. No header is read.
    Bare,
    Countersign,
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
    tag: Vec<u8>,
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
        let mut signature = mac(&[b"msg_p5jXN8AQM9LWM0D4loKWxJek.", time.as_bytes(), b".", &body]);
        let mut tag = mac(&[&body]);
        signature[0] ^= flip;
        tag[0] ^= flip;
        let request = Request::post("/hooks")
            .header("host", "hooks.example.com")
            .header("accept", "*/*")
            .header("accept-encoding", "gzip, deflate")
            .header("user-agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")
            .header("content-type", "application/json")
            .header("content-length", bytes.to_string())
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-request-id", "3f6c1c52-4f7a-4a39-8a36-2f6d3c1a0b11")
            .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
            .header("webhook-timestamp", time)
            .header("webhook-signature", format!("v1,{}", BASE64.encode(&signature)))
            .body(())
            .expect("a request");
        Self { request, body, tag, now }
    }
}

fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = prepared();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn prepared() -> Hmac<Sha256> {
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64");
    Hmac::new_from_slice(&key).expect("HMAC takes keys of any length")
}

/// A contender with its key ready.
pub(crate) enum Prepared {
    Bare(Hmac<Sha256>),
    Countersign(Endpoint),
    StandardWebhooks(standardwebhooks::Webhook),
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Countersign, Self::CountersignTwoKeys, Self::StandardWebhooks];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hmac + sha2",
            Self::Countersign => "countersign",
            Self::CountersignTwoKeys => "countersign, two secrets",
            Self::StandardWebhooks => "standardwebhooks",
        }
    }

    pub(crate) fn prepare(self) -> Prepared {
        let endpoint = |keyring| {
            let built = Endpoint::builder("bench", providers::STANDARD_WEBHOOKS, keyring).build();
            Prepared::Countersign(built.expect("an endpoint"))
        };
        let current = countersign::Keyring::new(SECRET);
        match self {
            Self::Bare => Prepared::Bare(prepared()),
            Self::Countersign => endpoint(current),
            Self::CountersignTwoKeys => endpoint(current.also_accept("whsec_b2xkIGtleSwgMzIgYnl0ZXMgbG9uZywgdHJ1bHkhISE=")),
            Self::StandardWebhooks => {
                Prepared::StandardWebhooks(standardwebhooks::Webhook::new(SECRET).expect("a secret"))
            }
        }
    }
}

impl Prepared {
    /// Verifies one delivery, as a receiver would: the clock read included.
    #[inline(never)]
    pub(crate) fn verify(&self, delivery: &Delivery) -> Verdict {
        let accepted = match self {
            Self::Bare(key) => {
                let mut mac = key.clone();
                mac.update(&delivery.body);
                mac.verify_slice(&delivery.tag).is_ok()
            }
            Self::Countersign(endpoint) => verify_with(endpoint, delivery),
            Self::StandardWebhooks(webhook) => {
                let headers: &HeaderMap = delivery.request.headers();
                webhook.verify(&delivery.body, headers).is_ok()
            }
        };
        if accepted { Verdict::Accepted } else { Verdict::Refused }
    }
}

fn verify_with(endpoint: &Endpoint, delivery: &Delivery) -> bool {
    let Ok(mut intake) = endpoint.open(&delivery.request) else { return false };
    if intake.push(delivery.body.clone()).is_err() {
        return false;
    }
    let now = endpoint.now().unwrap_or(delivery.now);
    intake.finish(now).is_ok()
}
