//! A receiver in the making: provider, keys, handler, clocks, store and settings.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign::{
    ConfigError, Endpoint, EndpointBuilder, Keyring, Keys, Provider, SigningSecret, Tolerance, providers,
};

use crate::clock::HandClock;
use crate::journal;
use crate::receivers::{Adapter, Bug, Receiver, Server};
use crate::script::Script;
use crate::sign::{Secret, public_key};
use crate::spy::SpyStore;
use crate::stores;

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
    prefix: Option<&'static str>,
}

impl Setup {
    /// A receiver for `provider` with these keys, a store in memory unless the story is told over another, standing clocks, and a handler that answers 200.
    pub fn new(provider: Provider, keys: impl Into<Keys>) -> Self {
        static RECEIVERS: AtomicU32 = AtomicU32::new(1);
        let store_clock = HandClock::default();
        Self {
            name: format!("receiver-{}", RECEIVERS.fetch_add(1, Ordering::Relaxed)),
            provider,
            keys: keys.into(),
            script: Script::accepting(),
            clock: HandClock::default(),
            store: stores::open(&store_clock),
            store_clock,
            adjust: Box::new(|builder| builder),
            prefix: None,
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

    /// With what another process finds of a receiver's records, once that receiver is gone.
    #[must_use]
    pub fn after(mut self, gone: &Receiver) -> Self {
        self.name.clone_from(&gone.name);
        self.store = gone.store.reopened(&self.store_clock);
        self
    }

    /// With room for records of at most `bytes`.
    #[must_use]
    pub fn store_room(mut self, bytes: usize) -> Self {
        self.store = SpyStore::with_room(&self.store_clock, bytes);
        self
    }

    /// Mounted under a prefix of the path, which its framework takes off before it routes.
    #[must_use]
    pub fn under(mut self, prefix: &'static str) -> Self {
        self.prefix = Some(prefix);
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
        let server = Server::start(adapter, &endpoint, &self.script, &self.store, self.prefix);
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
