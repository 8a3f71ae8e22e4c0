//! Where the demo plays: a receiver on loopback with one endpoint a provider, the signers of their senders, and an eye on
//! what the handler does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use axum::Router;
use countersign::{Endpoint, Keyring, MemoryStore, Provider, SigningSecret, UnixTime, providers};
use countersign_sign::{Draft, SignedDelivery, Signer};
use futures_util::future::join_all;
use http::StatusCode;
use tokio::net::TcpListener;

use crate::client::Client;
use crate::delivery;
use crate::failure::Failure;
use crate::receiver::{self, Fate, Report};

/// The receiver with its endpoints, and a client.
pub(super) struct Stage {
    client: Client,
    url: String,
    stands: Vec<Stand>,
    /// Why each answer was given, in the order of the answers.
    reasons: Receiver<&'static str>,
}

/// One endpoint, as its sender and the audience see it.
struct Stand {
    name: &'static str,
    signer: Signer,
    handler: Handler,
}

/// What the handler has done, and what it is to do.
#[derive(Clone, Default)]
struct Handler {
    ran: Arc<AtomicUsize>,
    fails_once: Arc<AtomicBool>,
}

/// What came of one or several deliveries.
pub(super) struct Scene {
    pub(super) answers: Vec<u16>,
    pub(super) why: Vec<&'static str>,
    /// How often the handler ran.
    pub(super) ran: usize,
}

/// The endpoint whose sender is changing its secret.
pub(super) const ROTATING: &str = "rotating";

/// The longest body that the endpoints take, in bytes.
pub(super) const BODY_CAP: u64 = 16 * 1024;

/// Long enough for deliveries sent together to meet while the first is being handled.
const WORK: Duration = Duration::from_millis(30);

/// The demo's secrets guard nothing: the receiver lives for a moment, on loopback, and does nothing.
const SECRET: &str = "whsec_bG9vcGJhY2sgZGVtbyBzZWNyZXQsIDMyIGJ5dGVz";
const NEXT_SECRET: &str = "whsec_bmV4dCBkZW1vIHNlY3JldCwgMzIgYnl0ZXMgbG9u";
const RETIRED_SECRET: &str = "whsec_cmV0aXJlZCBkZW1vIHNlY3JldCwgMzIgYnl0ZXM=";

impl Stage {
    /// Builds the endpoints and starts the receiver on a free port. It ends with the runtime.
    pub(super) async fn open() -> Result<Self, Failure> {
        let (told, reasons) = mpsc::channel();
        let report: Report = Arc::new(move |answered| {
            let reason = match &answered.fate {
                Fate::Handled(_) if (200..300).contains(&answered.status) => "handled",
                Fate::Handled(_) => "handler_failed",
                Fate::Repeated => "duplicate",
                Fate::Greeted => "handshake",
                Fate::Refused(reason) => reason,
            };
            // The audience leaves before the receiver does.
            let _ = told.send(reason);
        });
        let mut stands = Vec::new();
        let mut router = Router::new();
        for (name, provider, accepted) in endpoints() {
            let handler = Handler::default();
            let mut builder = Endpoint::builder(name, &provider, accepted).body_cap(BODY_CAP);
            if !provider.event_id.is_empty() {
                builder = builder.dedupe(MemoryStore::with_bytes(1024 * 1024));
            }
            let endpoint = builder.build().map_err(Failure::set_up)?;
            let work = {
                let handler = handler.clone();
                move || handler.clone().run()
            };
            router = router.route(&format!("/{name}"), receiver::route(&endpoint, work, Arc::clone(&report)));
            stands.push(Stand { name, signer: signer(provider, SECRET)?, handler });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(unbound)?;
        let url = format!("http://{}", listener.local_addr().map_err(unbound)?);
        tokio::spawn(async { axum::serve(listener, router).await });
        Ok(Self { client: Client::new(), url, stands, reasons })
    }

    /// A genuine delivery of a new event, to be sent, retried or spoilt.
    pub(super) fn sample(&self, name: &'static str) -> Result<Draft, Failure> {
        Ok(self.stand(name)?.signer.sample().url(format!("{}/{name}", self.url)))
    }

    /// A genuine delivery, signed in the next secret or with one that has ended too.
    pub(super) fn rotated(&self, secrets: Secrets) -> Result<Draft, Failure> {
        let keyring = match secrets {
            Secrets::Next => Keyring::new(NEXT_SECRET),
            Secrets::Both => Keyring::new(NEXT_SECRET).also_accept(SECRET),
            Secrets::Retired => Keyring::new(RETIRED_SECRET),
        };
        let signer = signer(providers::STANDARD_WEBHOOKS, keyring)?;
        Ok(signer.sample().url(format!("{}/{ROTATING}", self.url)))
    }

    /// Lets an endpoint's handler fail the next time it runs.
    pub(super) fn fail_once(&self, name: &'static str) -> Result<(), Failure> {
        self.stand(name)?.handler.fails_once.store(true, Ordering::Release);
        Ok(())
    }

    /// Sends deliveries to one endpoint, each after the answer to the one before.
    pub(super) async fn in_turn(&mut self, name: &str, deliveries: Vec<SignedDelivery>) -> Result<Scene, Failure> {
        let before = self.ran(name)?;
        let mut answers = Vec::new();
        for delivery in deliveries {
            answers.push(self.send(delivery).await?);
        }
        self.scene(name, before, answers)
    }

    /// Sends deliveries to one endpoint, all at once.
    pub(super) async fn together(&mut self, name: &str, deliveries: Vec<SignedDelivery>) -> Result<Scene, Failure> {
        let before = self.ran(name)?;
        let answers = join_all(deliveries.into_iter().map(|delivery| self.send(delivery))).await;
        self.scene(name, before, answers.into_iter().collect::<Result<_, _>>()?)
    }

    async fn send(&self, delivery: SignedDelivery) -> Result<u16, Failure> {
        let request = delivery.into_request().map_err(Failure::set_up)?;
        let answer = self.client.send(request).await;
        answer.map(|response| response.status().as_u16()).map_err(|problem| {
            Failure::set_up(format!("the demo's receiver on {} does not answer: {problem}", self.url))
        })
    }

    fn scene(&self, name: &str, before: usize, answers: Vec<u16>) -> Result<Scene, Failure> {
        let why = self.reasons.try_iter().collect();
        Ok(Scene { answers, why, ran: self.ran(name)?.saturating_sub(before) })
    }

    fn ran(&self, name: &str) -> Result<usize, Failure> {
        Ok(self.stand(name)?.handler.ran.load(Ordering::Acquire))
    }

    fn stand(&self, name: &str) -> Result<&Stand, Failure> {
        let found = self.stands.iter().find(|stand| stand.name == name);
        found.ok_or_else(|| Failure::set_up(format!("the demo has no endpoint `{name}`")))
    }
}

/// Which secrets the sender signs with while it changes them.
#[derive(Clone, Copy)]
pub(super) enum Secrets {
    Next,
    Both,
    Retired,
}

impl Handler {
    async fn run(self) -> StatusCode {
        self.ran.fetch_add(1, Ordering::AcqRel);
        tokio::time::sleep(WORK).await;
        if self.fails_once.swap(false, Ordering::AcqRel) { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
    }
}

/// The endpoints: a path, who sends there, and the secrets that are accepted.
fn endpoints() -> [(&'static str, Provider, Keyring); 6] {
    let ended = UnixTime::now().map_or(UnixTime::from_secs(0), |now| now.saturating_sub(Duration::from_secs(60)));
    let retired = SigningSecret::new(RETIRED_SECRET).id("retired").not_after(ended);
    let rotating = Keyring::new(NEXT_SECRET).also_accept(SECRET).also_accept(retired);
    [
        ("standard-webhooks", providers::STANDARD_WEBHOOKS, SECRET.into()),
        ("stripe", providers::STRIPE, SECRET.into()),
        ("github", providers::GITHUB, SECRET.into()),
        ("slack", providers::SLACK, SECRET.into()),
        ("shopify", providers::SHOPIFY, SECRET.into()),
        (ROTATING, providers::STANDARD_WEBHOOKS, rotating),
    ]
}

fn signer(provider: impl Into<Provider>, keyring: impl Into<Keyring>) -> Result<Signer, Failure> {
    Signer::new(provider, keyring).map_err(|error| delivery::refused(&error))
}

fn unbound(error: std::io::Error) -> Failure {
    Failure::set_up(format!("cannot listen on a port of 127.0.0.1: {error}"))
}
