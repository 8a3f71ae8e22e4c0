//! Receivers: a scripted handler behind an endpoint, served on a loopback port by each adapter. The adapters' own
//! wiring is in the files below; what is right or wrong about an answer is in [`row`](crate::row).

mod actix;
mod axum;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use countersign::{
    ConfigError, Endpoint, EndpointBuilder, Keyring, Keys, Provider, SigningSecret, Tolerance, providers,
};

use crate::clock::HandClock;
use crate::journal;
use crate::raw::{Answer, Connection, NoAnswer, PATIENCE};
use crate::request::Request;
use crate::script::Script;
use crate::sign::{Secret, public_key};
use crate::spy::SpyStore;

/// What stands between the socket and the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Adapter {
    /// `countersign-tower` under axum 0.8.
    Axum,
    /// `countersign-actix` under actix-web 4.
    Actix,
    /// The tower layer under axum with a bug planted around it: what the rows must notice.
    Wrong(Bug),
}

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bug {
    /// No layer at all: every request reaches the handler.
    AcceptsEverything,
    /// A refusal names its reason in a header.
    TellsTheReason,
    /// The store is asked before the signature is verified.
    AsksTheStoreFirst,
    /// The handler is run before the signature is verified.
    RunsTheHandlerFirst,
    /// Each delivery runs the handler twice.
    RunsTwice,
    /// Duplicates are not recognised: the endpoint keeps no records.
    ForgetsEvents,
    /// A refusal logs the signature that it saw.
    LogsSignatures,
}

/// The adapters under test.
pub const ADAPTERS: [Adapter; 2] = [Adapter::Axum, Adapter::Actix];

impl Adapter {
    /// The name used in test names and tables.
    pub fn name(self) -> String {
        match self {
            Self::Axum => "axum".into(),
            Self::Actix => "actix".into(),
            Self::Wrong(bug) => format!("{bug:?}"),
        }
    }
}

/// A running server; dropping it stops it.
pub struct Server {
    address: SocketAddr,
    stop: Option<Box<dyn FnOnce() + Send>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

/// A receiver in the making.
pub struct Setup {
    name: String,
    provider: Provider,
    keys: Keys,
    /// The handler.
    pub script: Script,
    /// The endpoint's clock.
    pub clock: HandClock,
    /// The store's clock.
    pub store_clock: HandClock,
    /// The endpoint's store.
    pub store: SpyStore,
    adjust: Box<dyn FnOnce(EndpointBuilder) -> EndpointBuilder>,
}

impl Setup {
    /// A receiver for `provider` with these keys, a memory store, standing clocks, and a handler that answers 200.
    pub fn new(provider: Provider, keys: impl Into<Keys>) -> Self {
        static RECEIVERS: AtomicU32 = AtomicU32::new(1);
        let store_clock = HandClock::default();
        Self {
            name: format!("receiver-{}", RECEIVERS.fetch_add(1, Ordering::Relaxed)),
            provider,
            keys: keys.into(),
            script: Script::accepting(),
            clock: HandClock::default(),
            store: SpyStore::on(&store_clock),
            store_clock,
            adjust: Box::new(|builder| builder),
        }
    }

    /// Standard Webhooks with the current shared secret.
    pub fn standard() -> Self {
        Self::new(providers::STANDARD_WEBHOOKS, Secret::current().text)
    }

    /// Standard Webhooks with a public key alone.
    pub fn standard_public() -> Self {
        Self::new(providers::STANDARD_WEBHOOKS, public_key())
    }

    /// Standard Webhooks with a shared secret and a public key.
    pub fn standard_both() -> Self {
        let keyring = Keyring::new(Secret::current().text).also_accept(public_key());
        Self::new(providers::STANDARD_WEBHOOKS, keyring)
    }

    /// A provider of the catalogue whose secret's text is the key.
    pub fn by_text_key(provider: Provider) -> Self {
        Self::new(provider, SigningSecret::new(Secret::text_key().text))
    }

    /// GitHub.
    pub fn github() -> Self {
        Self::by_text_key(providers::GITHUB)
    }

    /// Stripe.
    pub fn stripe() -> Self {
        Self::by_text_key(providers::STRIPE)
    }

    /// Slack.
    pub fn slack() -> Self {
        Self::by_text_key(providers::SLACK)
    }

    /// LINE: base64 alone in a header.
    pub fn line() -> Self {
        Self::by_text_key(providers::LINE)
    }

    /// Linear: the signed time stands in the body.
    pub fn linear() -> Self {
        Self::by_text_key(providers::LINEAR)
    }

    /// Under another endpoint name. It must be chosen where two receivers are to be the same endpoint.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// With another handler.
    #[must_use]
    pub fn script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// With the records of another receiver.
    #[must_use]
    pub fn sharing(mut self, other: &Receiver) -> Self {
        self.store = other.store.clone();
        self.store_clock = other.store_clock.clone();
        self
    }

    /// With room for records of at most `bytes`.
    #[must_use]
    pub fn store_room(mut self, bytes: usize) -> Self {
        self.store = SpyStore::with_room(&self.store_clock, bytes);
        self
    }

    /// With settings changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(EndpointBuilder) -> EndpointBuilder + 'static) -> Self {
        let before = self.adjust;
        self.adjust = Box::new(move |builder| change(before(builder)));
        self
    }

    /// With another tolerance, in seconds.
    #[must_use]
    pub fn tolerance(self, past: u64, future: u64) -> Self {
        let tolerance = Tolerance { past: Duration::from_secs(past), future: Duration::from_secs(future) };
        self.with(move |builder| builder.tolerance(tolerance))
    }

    /// Starts the receiver.
    ///
    /// # Errors
    ///
    /// The endpoint's settings contradict themselves.
    pub fn try_start(self, adapter: Adapter) -> Result<Receiver, ConfigError> {
        journal::open();
        let builder = Endpoint::builder(self.name.clone(), self.provider, self.keys).clock(self.clock.clone());
        let builder = match adapter {
            Adapter::Wrong(Bug::ForgetsEvents) => builder,
            _ => builder.dedupe(self.store.clone()),
        };
        let endpoint = (self.adjust)(builder).build()?;
        let server = match adapter {
            Adapter::Axum => axum::serve(&endpoint, &self.script, None, &self.store),
            Adapter::Wrong(bug) => axum::serve(&endpoint, &self.script, Some(bug), &self.store),
            Adapter::Actix => actix::serve(&endpoint, &self.script),
        };
        Ok(Receiver {
            name: self.name,
            endpoint,
            script: self.script,
            clock: self.clock,
            store_clock: self.store_clock,
            store: self.store,
            server,
        })
    }

    /// Starts the receiver.
    ///
    /// # Panics
    ///
    /// The endpoint's settings contradict themselves.
    pub fn start(self, adapter: Adapter) -> Receiver {
        self.try_start(adapter).expect("the row's settings fit together")
    }
}

/// A receiver that runs until it is dropped.
pub struct Receiver {
    /// The endpoint's name, by which the journal knows it.
    pub name: String,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The handler.
    pub script: Script,
    /// The endpoint's clock.
    pub clock: HandClock,
    /// The store's clock.
    pub store_clock: HandClock,
    /// The endpoint's store.
    pub store: SpyStore,
    server: Server,
}

impl Receiver {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Opens a connection to it.
    ///
    /// # Panics
    ///
    /// It does not listen.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address()).expect("the receiver listens")
    }

    /// Sends a request on a connection of its own and reads the answer.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn deliver(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let mut connection = self.connect();
        connection.send(&request.bytes());
        connection.read(PATIENCE)
    }

    /// Sends a request on a connection of its own and does not wait.
    pub fn begin(&self, request: &Request) -> Connection {
        let mut connection = self.connect();
        connection.send(&request.bytes());
        connection
    }

    /// Lets `span` pass on both clocks.
    pub fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.store_clock.advance(span);
    }

    /// The reasons of its refusals so far, in order.
    pub fn reasons(&self) -> Vec<String> {
        journal::reasons(&self.name)
    }
}

/// Waits until `holds`, for what happens on another thread without a clock of its own.
///
/// # Errors
///
/// It does not hold within the patience of this crate; says `what` was waited for.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() > until {
            return Err(format!("waited in vain until {what}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
