//! `countersign listen`: a receiver that verifies, dedupes, and prints or forwards each delivery.

mod config;
mod forward;
mod lines;
mod paths;
mod serve;
mod times;
mod toml_file;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Args;
use countersign::{Endpoint, Provider};
use countersign_tower::TokioTimer;
use futures_util::future::join_all;
use http::{StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::client::Client;
use crate::failure::{Failure, Verdict};
use crate::receiver::{self, Report};
use crate::secrets::SecretFlags;
use crate::settings::{self, Place};
use crate::store::{AnyStore, StoreName};
use crate::{flags, output, runtime};

use forward::Upstream;
use lines::Lines;
use serve::Serving;

/// Receives deliveries: verifies and dedupes them, prints or forwards each, and answers as the library does
///
/// Each line of a delivery, a duplicate or a refusal ends with the key of the event's record, where there is one, for
/// `countersign records`; in JSON it is `record`.
///
/// Runs until Ctrl-C or SIGTERM; then no further delivery is taken, and those under way are finished. The exit status is
/// 1 where some took longer than 8 seconds more, and are cut off soon after.
#[derive(Args)]
pub(crate) struct Listen {
    /// The endpoints, in TOML
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider", "event_id", "SecretFlags"])]
    config: Option<PathBuf>,

    /// Receives from this provider, on any path
    #[arg(long, value_name = "NAME|FILE.toml", value_parser = flags::provider, required_unless_present = "config")]
    provider: Option<&'static Provider>,

    /// What makes two deliveries the same event, such as {j:/data/id}; several are alternatives
    #[arg(long, value_name = "TEMPLATE")]
    event_id: Vec<String>,

    /// Answers what the provider asks before it sends, such as a challenge by GET
    #[arg(long, conflicts_with = "config")]
    handshakes: bool,

    /// A value that the provider's signature or handshake needs, such as verify_token=…; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = flags::named_value, conflicts_with = "config")]
    set: Vec<(String, String)>,

    /// Takes this of the provider's schemes alone [default: each]; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    scheme: Vec<String>,

    /// The URL of this receiver as the provider knows it, where it signs that
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    public_url: Option<String>,

    /// Where to listen; port 0 lets the system choose one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    bind: String,

    /// Passes each delivery on, and answers as this URL does
    #[arg(long, value_name = "URL", value_parser = flags::plain_url)]
    forward_to: Option<Uri>,

    /// Where the records of handled events are kept: `memory`, `sqlite:PATH`, `redis://…` or `postgres://…`
    #[arg(long, value_name = "STORE", default_value = "memory")]
    store: StoreName,

    /// Prints the body of each delivery too
    #[arg(long)]
    show_body: bool,

    /// Prints one JSON object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    secrets: SecretFlags,
}

/// The stores that are open, each once: an endpoint's name is part of its records' keys, so endpoints may share one.
struct Stores {
    default: StoreName,
    open: Vec<(StoreName, AnyStore)>,
}

impl Stores {
    /// The store of that name, or the one that `--store` names.
    async fn get(&mut self, name: Option<StoreName>) -> Result<AnyStore, Failure> {
        let name = name.unwrap_or_else(|| self.default.clone());
        if let Some((_, store)) = self.open.iter().find(|(known, _)| *known == name) {
            return Ok(store.clone());
        }
        let store = AnyStore::open(&name).await?;
        self.open.push((name, store.clone()));
        Ok(store)
    }
}

/// An endpoint with its place and what its deliveries are for.
struct Receiving {
    endpoint: Endpoint,
    /// None receives on every path.
    path: Option<String>,
    forward_to: Option<Uri>,
}

/// How long deliveries under way may take once the receiver is told to stop. Container runtimes kill what has not ended
/// after ten seconds.
const GRACE: Duration = Duration::from_secs(8);

/// How long connections may stay open once nothing is under way: long enough for answers to go out, and for what was
/// being sent to be told to come back.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// How long a request's head may take. Senders write theirs at once.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

impl Listen {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        runtime()?.block_on(self.prepare_and_receive())
    }

    async fn prepare_and_receive(&self) -> Result<Verdict, Failure> {
        let mut stores = Stores { default: self.store.clone(), open: Vec::new() };
        let receiving = match (&self.config, self.provider) {
            (Some(file), _) => config::read(file, &mut stores).await?,
            (None, Some(provider)) => vec![self.single(provider, stores.get(None).await?)?],
            (None, None) => return Err(Failure::set_up("--provider NAME or --config FILE is missing")),
        };
        for one in receiving.iter().filter(|one| !one.endpoint.keeps_records()) {
            output::say(format_args!(
                "note: endpoint `{}` handles every delivery it verifies, repeats too: {} signs nothing that names an \
                 event; choose what does with {}",
                one.endpoint.name(),
                one.endpoint.provider().name,
                if self.config.is_some() { "`event_id`" } else { "--event-id" }
            ));
        }
        self.receive(receiving).await
    }

    fn single(&self, provider: &'static Provider, store: AnyStore) -> Result<Receiving, Failure> {
        let refused = |error| Failure::set_up(settings::told(&error, Place::Listen));
        let mut builder = Endpoint::builder(provider.name.as_ref(), provider, self.secrets.keyring()?);
        if !self.event_id.is_empty() || !provider.event_id.is_empty() {
            builder = builder.dedupe(store);
        }
        let builder = self.event_id.iter().fold(builder, |builder, template| builder.event_id(template));
        let mut builder = self.set.iter().fold(builder, |builder, (name, value)| builder.config(name, value));
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url).map_err(refused)?;
        }
        if !self.scheme.is_empty() {
            builder = builder.only_schemes(self.scheme.iter().map(String::as_str));
        }
        if self.handshakes {
            builder = builder.answer_handshakes();
        }
        Ok(Receiving { endpoint: builder.build().map_err(refused)?, path: None, forward_to: None })
    }

    async fn receive(&self, receiving: Vec<Receiving>) -> Result<Verdict, Failure> {
        let unbound = |error| Failure::set_up(format!("--bind {}: {error}; choose another address", self.bind));
        let listener = TcpListener::bind(&self.bind).await.map_err(unbound)?;
        let url = format!("http://{}/", listener.local_addr().map_err(unbound)?);
        // Signals are caught before anyone is told that the receiver is there.
        let mut signals = Signals::catch()?;

        let lines = Lines { json: self.json, show_body: self.show_body };
        lines.listening(&url)?;
        let report: Report = Arc::new(move |answered| lines.answered(answered));
        let router = self.router(&receiving, &report);

        let serving = Serving::start(listener, router, HEAD_DEADLINE);
        signals.next().await;

        serving.stop();
        let under_way = || receiving.iter().map(|one| one.endpoint.in_flight()).sum::<usize>();
        let left = tokio::select! {
            left = drain(&receiving, under_way) => left,
            () = signals.next() => under_way(),
        };
        serving.end(LAST_ANSWERS).await;
        if left > 0 {
            output::say(format_args!(
                "warning: {left} of the deliveries under way took longer than 8 seconds; what was cut off comes again"
            ));
        }
        Ok(Verdict::of(left == 0))
    }

    fn router(&self, receiving: &[Receiving], report: &Report) -> Router {
        let client = Client::new();
        let mut router = Router::new().fallback_service(receiver::no_endpoint(Arc::clone(report)));
        for one in receiving {
            let route = match one.forward_to.as_ref().or(self.forward_to.as_ref()) {
                None => receiver::route(&one.endpoint, async || StatusCode::OK, Arc::clone(report)),
                Some(url) => {
                    let upstream = Upstream::new(client.clone(), url.clone());
                    let pass = move |verified, method, headers| upstream.clone().pass(verified, method, headers);
                    receiver::route(&one.endpoint, pass, Arc::clone(report))
                }
            };
            router = match &one.path {
                Some(path) => router.route(path, route),
                None => router.fallback_service(route),
            };
        }
        router
    }
}

/// Ends the deliveries under way. Gives how many outlasted the grace: those are cut off, unless they end within a second.
async fn drain(receiving: &[Receiving], under_way: impl Fn() -> usize) -> usize {
    let mut drained = pin!(join_all(receiving.iter().map(|one| one.endpoint.drain(GRACE, &TokioTimer))));
    tokio::select! {
        _ = drained.as_mut() => return 0,
        () = sleep(GRACE) => {}
    }
    // Counted before they are cut off: of those whose events could be given back nothing is left afterwards.
    let left = under_way();
    drained.await;
    left
}

/// Ctrl-C, and SIGTERM where there is one.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn catch() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).map_err(|error| Failure::set_up(format!("cannot catch signals: {error}")));
        Ok(Self { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn catch() -> Result<Self, Failure> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
