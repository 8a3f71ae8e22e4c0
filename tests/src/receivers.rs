//! Receivers: a scripted handler behind an endpoint, served on a loopback port by each adapter. The adapters' own
//! wiring is in the files below; what is right or wrong about an answer is in [`row`](crate::row).

mod actix;
mod axum;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use countersign::{Endpoint, IdempotencyKeys};

use crate::clock::HandClock;
use crate::journal;
use crate::raw::{Answer, Connection, NoAnswer, PATIENCE};
use crate::request::Request;
use crate::script::Script;
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
    /// `Idempotency-Key`: one scope for all callers.
    SharesScopes,
    /// `Idempotency-Key`: a scope of its own for each request.
    ForgetsKeys,
    /// `Idempotency-Key`: the layer sees the same method, target and body in every request.
    BlindToContent,
    /// `Idempotency-Key`: the handler's word that it did nothing does not reach the layer.
    KeepsEverything,
    /// `Idempotency-Key`: the key is logged.
    LogsKeys,
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
    pub(crate) address: SocketAddr,
    stop: Option<Box<dyn FnOnce() + Send>>,
}

impl Server {
    /// Serves an endpoint with an adapter, under a prefix of the path or under all of it. A planted bug may need the
    /// store.
    pub(crate) fn start(
        adapter: Adapter,
        endpoint: &Endpoint,
        script: &Script,
        store: &SpyStore,
        prefix: Option<&'static str>,
    ) -> Self {
        match adapter {
            Adapter::Axum => axum::serve(endpoint, script, None, store, prefix),
            Adapter::Wrong(bug) => axum::serve(endpoint, script, Some(bug), store, prefix),
            Adapter::Actix => actix::serve(endpoint, script, prefix),
        }
    }

    /// Serves a policy for `Idempotency-Key` with an adapter.
    pub(crate) fn start_keyed(adapter: Adapter, keys: &IdempotencyKeys, script: &Script) -> Self {
        match adapter {
            Adapter::Axum => axum::serve_keyed(keys, script, None),
            Adapter::Wrong(bug) => axum::serve_keyed(keys, script, Some(bug)),
            Adapter::Actix => actix::serve_keyed(keys, script),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
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
    pub(crate) server: Server,
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

    /// Lets `span` pass on the store's clock: sets it, or sleeps where it cannot be set.
    pub fn pass_in_store(&self, span: Duration) {
        if self.store.is_on_hand_clock() {
            self.store_clock.advance(span);
        } else {
            std::thread::sleep(span);
        }
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
