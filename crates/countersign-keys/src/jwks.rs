//! A set of keys at one address: a JWK set (RFC 7517).

use core::time::Duration;

use countersign::{KeySource, Keyring, ResolveError, SigningSecret};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{FetchError, SetupError};
use crate::fetcher::{KeyFetcher, Question};
use crate::url::KeyUrl;

/// The JWK set at one address.
///
/// The address is yours or the catalogue's. One that a delivery names (`jku`) is never looked at.
///
/// 1. A key that is asked for is looked up in the set that is at hand, if that is younger than 30 seconds; else the set
///    is fetched. So a rotation costs one fetch, and made-up key ids cost one every 30 seconds, however many come.
/// 2. A key that such a set does not have is unknown: 401. Providers publish a key before they sign with it.
/// 3. After a fetch that failed there is none for 5 seconds: 503 meanwhile, and senders come back.
///
/// Found keys are cached by [`FetchedKeys`](countersign::FetchedKeys), for five minutes: about that long a key stays in
/// use after it is withdrawn.
///
/// ```
/// use countersign::{Endpoint, FetchedKeys, providers};
/// use countersign_keys::{Jwks, KeyFetcher};
///
/// # fn build() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Jwks::new("https://www.googleapis.com/oauth2/v3/certs", KeyFetcher::new()?)?;
/// let endpoint = Endpoint::builder("orders", providers::GOOGLE_PUBSUB, FetchedKeys::new(keys));
/// # Ok(())
/// # }
/// ```
pub struct Jwks {
    fetcher: KeyFetcher,
    url: KeyUrl,
    fetch_every: Duration,
    last: Mutex<Option<Last>>,
}

/// The last fetch.
struct Last {
    at: Instant,
    /// The keys of the set, or `None` where the fetch failed.
    keys: Option<Vec<Value>>,
}

/// The longest set, in bytes.
const SET_CAP: usize = 256 * 1024;

/// How long nothing is fetched after a failure.
const HOLD_BACK: Duration = Duration::from_secs(5);

impl Jwks {
    /// The set at `url`.
    ///
    /// # Errors
    ///
    /// It is no plain `https` URL.
    pub fn new(url: &str, fetcher: KeyFetcher) -> Result<Self, SetupError> {
        let url = KeyUrl::read(url).map_err(|problem| SetupError::new("url", problem))?;
        Ok(Self { fetcher, url, fetch_every: Duration::from_secs(30), last: Mutex::new(None) })
    }

    /// How often the set is fetched at most. Default: 30 seconds. Made-up key ids cause that many fetches, and a key that
    /// its provider uses at once after publishing it may be unknown for that long.
    #[must_use]
    pub fn fetch_every(mut self, interval: Duration) -> Self {
        self.fetch_every = interval;
        self
    }

    async fn fetch(&self) -> Result<Vec<Value>, FetchError> {
        let question = Question::get(self.url.clone(), SET_CAP);
        let text = self.fetcher.ask(question).await?.text(&[])?.unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(Value::Object(mut set)) => match set.remove("keys") {
                Some(Value::Array(keys)) => Ok(keys),
                _ => Err(FetchError::Unreadable("the answer is no JWK set: it has no `keys`")),
            },
            _ => Err(FetchError::Unreadable("the answer is no JWK set: it is no JSON object")),
        }
    }
}

impl KeySource for Jwks {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        // Held while the set is fetched: whoever comes meanwhile finds it here.
        let mut last = self.last.lock().await;
        let is_at_hand = last.as_ref().is_some_and(|last| {
            let good_for = if last.keys.is_some() { self.fetch_every } else { HOLD_BACK.min(self.fetch_every) };
            last.at.elapsed() < good_for
        });
        if !is_at_hand {
            let fetched = self.fetch().await;
            let (keys, failed) = match fetched {
                Ok(keys) => (Some(keys), None),
                Err(error) => (None, Some(error)),
            };
            *last = Some(Last { at: Instant::now(), keys });
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
        match last.as_ref().and_then(|last| last.keys.as_ref()) {
            Some(keys) => Ok(named(keys, id)),
            None => Err(FetchError::HeldBack.into()),
        }
    }
}

/// The keys of that id, as a set of their own: which of them is for the scheme's algorithm is the core's to say.
fn named(keys: &[Value], id: &str) -> Option<Keyring> {
    let named: Vec<&Value> = keys.iter().filter(|key| key.get("kid").and_then(Value::as_str) == Some(id)).collect();
    (!named.is_empty()).then(|| SigningSecret::new(json!({ "keys": named }).to_string()).into())
}
