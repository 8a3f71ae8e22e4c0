//! Receivers whose clients send an `Idempotency-Key`: set up, served, and judged. The rows about them are in
//! [`rows`](crate::rows).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign::{ConfigError, IdempotencyKeys, IdempotencyKeysBuilder, Scope};
use serde_json::Value;

use crate::clock::HandClock;
use crate::journal;
use crate::raw::{Answer, Connection, NoAnswer, PATIENCE};
use crate::receivers::{Adapter, Server};
use crate::request::Request;
use crate::script::{Reply, Script, Step};
use crate::spy::SpyStore;
use crate::stores::Backing;
use crate::verdict::{Finding, ensure};

/// Whose key it is, by what the server knows of its callers.
pub(crate) fn scope_of(authorization: Option<&str>) -> Option<Scope> {
    match authorization?.strip_prefix("Bearer ")? {
        "alice" => Some(Scope::new("account-1")),
        "bob" => Some(Scope::new("account-2")),
        "ab+c" => Some(Scope::new("ab").and("c")),
        "a+bc" => Some(Scope::new("a").and("bc")),
        "nameless" => Some(Scope::new("")),
        _ => None,
    }
}

/// A receiver in the making: a policy, a handler, a store.
pub struct KeyedSetup {
    name: String,
    script: Script,
    store: SpyStore,
    store_clock: HandClock,
    adjust: Box<dyn FnOnce(IdempotencyKeysBuilder) -> IdempotencyKeysBuilder>,
}

/// A receiver that runs until it is dropped.
pub struct KeyedReceiver {
    /// The policy's name, by which the journal knows it.
    pub name: String,
    /// The policy.
    pub keys: IdempotencyKeys,
    /// The handler.
    pub script: Script,
    /// The store.
    pub store: SpyStore,
    /// The store's clock.
    pub store_clock: HandClock,
    server: Server,
}

impl KeyedSetup {
    /// Over a store, with a handler that answers 201 and numbers its runs.
    pub fn over(backing: Backing) -> Self {
        static RECEIVERS: AtomicU32 = AtomicU32::new(1);
        let store_clock = HandClock::default();
        Self {
            name: format!("payments-{}", RECEIVERS.fetch_add(1, Ordering::Relaxed)),
            script: Script::new(|run| Step::Answer(paid(run))),
            store: (backing.open)(&store_clock),
            store_clock,
            adjust: Box::new(|builder| builder),
        }
    }

    /// With another handler.
    #[must_use]
    pub fn script(self, script: Script) -> Self {
        Self { script, ..self }
    }

    /// With a handler that answers the same every time.
    #[must_use]
    pub fn answering(self, reply: Reply) -> Self {
        self.script(Script::answering(reply))
    }

    /// With the records of another receiver.
    #[must_use]
    pub fn sharing(self, other: &KeyedReceiver) -> Self {
        Self { store: other.store.clone(), store_clock: other.store_clock.clone(), ..self }
    }

    /// With settings changed.
    #[must_use]
    pub fn with(self, change: impl FnOnce(IdempotencyKeysBuilder) -> IdempotencyKeysBuilder + 'static) -> Self {
        let before = self.adjust;
        Self { adjust: Box::new(move |builder| change(before(builder))), ..self }
    }

    /// The policy alone.
    ///
    /// # Errors
    ///
    /// Its settings contradict themselves.
    pub fn try_build(self) -> Result<IdempotencyKeys, ConfigError> {
        (self.adjust)(IdempotencyKeys::builder(self.name, self.store)).build()
    }

    /// Starts the receiver.
    ///
    /// # Panics
    ///
    /// The policy's settings contradict themselves.
    pub fn start(self, adapter: Adapter) -> KeyedReceiver {
        journal::open();
        let builder = IdempotencyKeys::builder(self.name.clone(), self.store.clone());
        let keys = (self.adjust)(builder).build().expect("the row's settings fit together");
        let server = Server::start_keyed(adapter, &keys, &self.script);
        let Self { name, script, store, store_clock, .. } = self;
        KeyedReceiver { name, keys, script, store, store_clock, server }
    }
}

impl KeyedReceiver {
    /// Sends a request on a connection of its own and reads the answer.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.send_bytes(&request.bytes())
    }

    /// Sends any bytes on a connection of their own and reads the answer.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn send_bytes(&self, bytes: &[u8]) -> Result<Answer, NoAnswer> {
        let mut connection = self.connect();
        connection.send(bytes);
        connection.read(PATIENCE)
    }

    /// Sends a request on a connection of its own and does not wait.
    pub fn begin(&self, request: &Request) -> Connection {
        let mut connection = self.connect();
        connection.send(&request.bytes());
        connection
    }

    /// The reasons of its refusals so far, in order.
    pub fn reasons(&self) -> Vec<String> {
        journal::reasons(&self.name)
    }

    /// Runs and store calls so far.
    pub fn tally(&self) -> (u32, u32) {
        (self.script.runs(), self.store.calls())
    }

    fn connect(&self) -> Connection {
        let address: SocketAddr = self.server.address;
        Connection::open(address).expect("the receiver listens")
    }
}

/// What the default handler answers in its run number `run`.
pub fn paid(run: u32) -> Reply {
    Reply::new(201).header("content-type", "application/json").body(format!("{{\"payment\":{run}}}"))
}

/// A key that no other request has, without its quotes. No event may show it.
pub fn new_key() -> String {
    static KEYS: AtomicU32 = AtomicU32::new(1);
    let key = format!("8e03978e-40d5-43e8-bc93-{:012}", KEYS.fetch_add(1, Ordering::Relaxed));
    journal::conceal(key.as_bytes());
    key
}

/// Alice's payment, without a key.
pub fn payment() -> Request {
    const BODY: &str = r#"{"amount":4200,"to":"DE89370400440532013000"}"#;
    journal::conceal(BODY.as_bytes());
    Request::post(BODY).target("/payments").header("Authorization", "Bearer alice")
}

/// The request under a key.
pub fn under(key: &str, request: Request) -> Request {
    request.set("Idempotency-Key", format!("\"{key}\""))
}

/// Alice's payment under a key that no other request has.
pub fn keyed_payment() -> Request {
    under(&new_key(), payment())
}

/// A refusal as problem details, complete and truthful, for this recorded reason.
///
/// # Errors
///
/// It is another answer, lacks something, or was recorded otherwise.
pub fn ensure_problem(
    answer: Result<Answer, NoAnswer>,
    receiver: &KeyedReceiver,
    status: u16,
    reason: &str,
) -> Result<Value, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let recorded = receiver.reasons();
    ensure(answer.status == status, || format!("answered {answer:?} instead of {status}; recorded {recorded:?}"))?;
    for (name, value) in [
        ("content-type", "application/problem+json"),
        ("content-language", "en"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        ensure(answer.header(name).as_deref() == Some(value), || format!("`{name}` is not `{value}`: {answer:?}"))?;
    }
    let problem: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("{error}: {answer:?}"))?;
    ensure(problem["status"] == status, || format!("the body says {}", problem["status"]))?;
    let said = |name: &str| problem[name].as_str().is_some_and(|text| !text.is_empty());
    ensure(["type", "title", "detail"].into_iter().all(said), || format!("the problem lacks something: {problem}"))?;
    let retries = matches!(status, 409 | 503);
    ensure(answer.header("retry-after").is_some() == retries, || format!("Retry-After is wrong: {answer:?}"))?;
    if matches!(status, 400 | 409 | 422) {
        let link = format!("<{}>; rel=\"describedby\"", problem["type"].as_str().unwrap_or_default());
        ensure(answer.header("link").as_deref() == Some(link.as_str()), || format!("the link is wrong: {answer:?}"))?;
    }
    ensure(recorded.last().is_some_and(|last| last == reason), || {
        format!("recorded {:?} instead of `{reason}`", recorded.last())
    })?;
    Ok(problem)
}

/// A refusal that reaches neither the handler nor the store.
///
/// # Errors
///
/// As [`ensure_problem`], or something was asked or run.
pub fn ensure_refused_unasked(
    receiver: &KeyedReceiver,
    request: &Request,
    status: u16,
    reason: &str,
) -> Result<Value, String> {
    let before = receiver.tally();
    let problem = ensure_problem(receiver.send(request), receiver, status, reason)?;
    ensure_unasked(receiver, before)?;
    Ok(problem)
}

/// Neither the handler ran nor the store was asked since.
///
/// # Errors
///
/// One of them was.
pub fn ensure_unasked(receiver: &KeyedReceiver, before: (u32, u32)) -> Finding {
    let after = receiver.tally();
    ensure(after == before, || format!("runs and store calls went from {before:?} to {after:?}"))
}

/// A handler that has run this often.
///
/// # Errors
///
/// It has run more or less often.
pub fn ensure_keyed_runs(receiver: &KeyedReceiver, runs: u32) -> Finding {
    let found = receiver.script.runs();
    ensure(found == runs, || format!("the handler ran {found} times instead of {runs}"))
}
