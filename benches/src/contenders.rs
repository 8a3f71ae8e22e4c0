//! The libraries under measurement, each behind the same call, and the deliveries they verify.

use bytes::Bytes;
use countersign::{Endpoint, Keyring, Provider, UnixTime, providers};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use sha2::Sha256;
use webhook_verify::{Provider as Theirs, Secret, VerifyOptions};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const PREVIOUS: &str = "whsec_b2xkIGtleSwgMzIgYnl0ZXMgbG9uZywgdHJ1bHkhISE=";
pub(crate) const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

/// How a delivery is signed. Most peers know one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Standard,
    GitHub,
    Stripe,
}

/// What is right or wrong with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Valid,
    Forged,
    /// Signed long ago.
    Stale,
    Unsigned,
    /// Its signature header follows no grammar.
    Malformed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// The floor: a prepared key is cloned, what is signed is hashed and the tag compared in constant time. No header
    /// and no clock is read; id, time and tag are given.
    Bare,
    Countersign,
    /// countersign with the time as an argument, as its verdict takes it: the clock is the caller's.
    CountersignTimeGiven,
    /// countersign with two secrets, signed with the current one.
    CountersignTwoKeys,
    WebhookVerify,
    WebhookVerifyTwoKeys,
    StandardWebhooks,
    Svix,
    /// What most receivers write by hand: `hmac` 0.12 with a fresh key, and `hex::decode`.
    Recipe,
    AsyncStripe,
}

/// A delivery, signed now, with the headers that a real one carries.
pub(crate) struct Delivery {
    pub(crate) request: Request<()>,
    pub(crate) body: Bytes,
    /// What the signature covers before the body.
    prefix: String,
    signature: Vec<u8>,
    now: UnixTime,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Standard, Self::GitHub, Self::Stripe];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard Webhooks",
            Self::GitHub => "GitHub",
            Self::Stripe => "Stripe",
        }
    }

    fn provider(self) -> Provider {
        match self {
            Self::Standard => providers::STANDARD_WEBHOOKS,
            Self::GitHub => providers::GITHUB,
            Self::Stripe => providers::STRIPE,
        }
    }

    fn key(self) -> Vec<u8> {
        match self {
            Self::Standard => BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64"),
            Self::GitHub | Self::Stripe => SECRET.as_bytes().to_vec(),
        }
    }

    /// Who verifies deliveries that are signed this way; the floor comes first.
    pub(crate) fn contenders(self) -> &'static [Contender] {
        use Contender::*;
        match self {
            Self::Standard => &[
                Bare,
                CountersignTimeGiven,
                Countersign,
                CountersignTwoKeys,
                WebhookVerify,
                WebhookVerifyTwoKeys,
                StandardWebhooks,
                Svix,
            ],
            Self::GitHub => &[Bare, CountersignTimeGiven, Countersign, Recipe, WebhookVerify],
            Self::Stripe => &[Bare, CountersignTimeGiven, Countersign, WebhookVerify, AsyncStripe],
        }
    }
}

impl Case {
    pub(crate) const ALL: [Self; 5] = [Self::Valid, Self::Forged, Self::Stale, Self::Unsigned, Self::Malformed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Forged => "forged",
            Self::Stale => "stale",
            Self::Unsigned => "unsigned",
            Self::Malformed => "malformed",
        }
    }
}

fn prepared(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// The time long before `now` that a stale delivery was signed at, else `now`.
fn signed_at(case: Case, now: UnixTime) -> u64 {
    if case == Case::Stale { now.as_secs() - 3_600 } else { now.as_secs() }
}

impl Delivery {
    pub(crate) fn new(way: Way, bytes: usize, case: Case) -> Self {
        let body: Vec<u8> = (0..bytes).map(|index| b'a' + u8::try_from(index % 26).unwrap()).collect();
        // A server hands its buffer over; lending it for ever lets it be handed over again and again at no cost.
        let body = Bytes::from_static(body.leak());
        let now = UnixTime::now().expect("a clock after 1970");
        let time = signed_at(case, now);
        let prefix = match way {
            Way::Standard => format!("{ID}.{time}."),
            Way::GitHub => String::new(),
            Way::Stripe => format!("{time}."),
        };
        let mut mac = prepared(&way.key());
        mac.update(prefix.as_bytes());
        mac.update(&body);
        let mut signature = mac.finalize().into_bytes().to_vec();
        if case == Case::Forged {
            signature[0] ^= 1;
        }
        let mut text = match way {
            Way::Standard => format!("v1,{}", BASE64.encode(&signature)),
            Way::GitHub => format!("sha256={}", HEXLOWER.encode(&signature)),
            Way::Stripe => format!("t={time},v1={}", HEXLOWER.encode(&signature)),
        };
        if case == Case::Malformed {
            text.truncate(text.len() - 2);
        }
        let mut request = Request::post("/hooks")
            .header("host", "hooks.example.com")
            .header("accept", "*/*")
            .header("accept-encoding", "gzip, deflate")
            .header("user-agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")
            .header("content-type", "application/json")
            .header("content-length", bytes.to_string())
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-request-id", "3f6c1c52-4f7a-4a39-8a36-2f6d3c1a0b11");
        request = match way {
            Way::Standard => request.header("webhook-id", ID).header("webhook-timestamp", time),
            Way::GitHub => request.header("x-github-event", "push").header("x-github-delivery", ID),
            Way::Stripe => request,
        };
        if case != Case::Unsigned {
            let name = match way {
                Way::Standard => "webhook-signature",
                Way::GitHub => "x-hub-signature-256",
                Way::Stripe => "stripe-signature",
            };
            request = request.header(name, text);
        }
        Self { request: request.body(()).expect("a request"), body, prefix, signature, now }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

/// A contender with its key ready: whether it accepts a delivery.
pub(crate) type Verify = Box<dyn Fn(&Delivery) -> bool>;

impl Contender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hmac + sha2",
            Self::Countersign => "countersign, with its clock",
            Self::CountersignTimeGiven => "countersign",
            Self::CountersignTwoKeys => "countersign, two secrets",
            Self::WebhookVerify => "webhook-verify",
            Self::WebhookVerifyTwoKeys => "webhook-verify, two secrets",
            Self::StandardWebhooks => "standardwebhooks",
            Self::Svix => "svix",
            Self::Recipe => "recipe: hmac 0.12 + hex",
            Self::AsyncStripe => "async-stripe-webhook",
        }
    }

    /// Whether it has an opinion on the case: the floor reads no header, and a recipe no time.
    pub(crate) fn judges(self, way: Way, case: Case) -> bool {
        match (self, case) {
            (Self::Bare, case) => matches!(case, Case::Valid | Case::Forged),
            (_, Case::Stale) => way != Way::GitHub,
            _ => true,
        }
    }

    pub(crate) fn prepare(self, way: Way) -> Verify {
        let endpoint = |keys: Keyring| Endpoint::builder("bench", way.provider(), keys).build().expect("an endpoint");
        match self {
            Self::Bare => {
                let key = prepared(&way.key());
                Box::new(move |delivery| {
                    let mut mac = key.clone();
                    mac.update(delivery.prefix.as_bytes());
                    mac.update(&delivery.body);
                    mac.verify_slice(&delivery.signature).is_ok()
                })
            }
            Self::Countersign => {
                let endpoint = endpoint(Keyring::new(SECRET));
                Box::new(move |delivery| verify_with(&endpoint, delivery, || endpoint.now().ok()))
            }
            Self::CountersignTimeGiven => {
                let endpoint = endpoint(Keyring::new(SECRET));
                Box::new(move |delivery| verify_with(&endpoint, delivery, || Some(delivery.now)))
            }
            Self::CountersignTwoKeys => {
                let endpoint = endpoint(Keyring::new(SECRET).also_accept(PREVIOUS));
                Box::new(move |delivery| verify_with(&endpoint, delivery, || Some(delivery.now)))
            }
            Self::WebhookVerify => {
                let secret = Secret::new(SECRET);
                Box::new(move |delivery| {
                    let headers = delivery.request.headers();
                    let options = VerifyOptions::default();
                    webhook_verify::verify(theirs(way), headers, &delivery.body, &secret, options).is_ok()
                })
            }
            Self::WebhookVerifyTwoKeys => {
                let secrets = [Secret::new(SECRET), Secret::new(PREVIOUS)];
                Box::new(move |delivery| {
                    let headers = delivery.request.headers();
                    let options = VerifyOptions::default();
                    webhook_verify::verify_any(theirs(way), headers, &delivery.body, &secrets, options).is_ok()
                })
            }
            Self::StandardWebhooks => {
                let webhook = standardwebhooks::Webhook::new(SECRET).expect("a secret");
                Box::new(move |delivery| webhook.verify(&delivery.body, delivery.request.headers()).is_ok())
            }
            Self::Svix => {
                let webhook = svix::webhooks::Webhook::new(SECRET).expect("a secret");
                Box::new(move |delivery| webhook.verify(&delivery.body, delivery.request.headers()).is_ok())
            }
            Self::Recipe => Box::new(move |delivery| {
                use hmac_0_12::Mac;
                let Some(text) = delivery.header("x-hub-signature-256") else { return false };
                let Some(Ok(signature)) = text.strip_prefix("sha256=").map(hex::decode) else { return false };
                let mut mac = hmac_0_12::Hmac::<sha2_0_10::Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
                mac.update(&delivery.body);
                mac.verify_slice(&signature).is_ok()
            }),
            Self::AsyncStripe => Box::new(move |delivery| {
                let Some(text) = delivery.header("stripe-signature") else { return false };
                let Ok(body) = std::str::from_utf8(&delivery.body) else { return false };
                // The body is no event, so that reading it as one costs next to nothing: that error is the acceptance.
                let read = stripe_webhook::Webhook::construct_event(body, text, SECRET);
                matches!(read, Ok(_) | Err(stripe_webhook::WebhookError::BadParse(_)))
            }),
        }
    }
}

fn theirs(way: Way) -> Theirs {
    match way {
        Way::Standard => Theirs::StandardWebhooks,
        Way::GitHub => Theirs::GitHub,
        Way::Stripe => Theirs::Stripe,
    }
}

/// Verifies one delivery, as a receiver would. Building the request is nobody's cost; handing over the body is the clone
/// of a static `Bytes`, a copy of four words.
#[inline(always)]
fn verify_with(endpoint: &Endpoint, delivery: &Delivery, now: impl FnOnce() -> Option<UnixTime>) -> bool {
    let Ok(mut intake) = endpoint.open(&delivery.request) else { return false };
    if intake.push(delivery.body.clone()).is_err() {
        return false;
    }
    now().is_some_and(|now| intake.finish(now).is_ok())
}
