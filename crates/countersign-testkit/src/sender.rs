//! A provider, played in a test: makes the requests that a receiver would get from it, and those of an attacker.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use countersign::{Clock, Keyring, Provider, UnixTime};
use countersign_sign::{Draft, Expected, Hostile, SignedDelivery, Signer};
use http_body_util::Full;

/// Sends as a provider does, to a receiver in the same test.
///
/// Makes requests of `http` 1 with a [`Full`] body, which axum's `Router` and any tower service over
/// `http_body::Body` take; [`with_body`](Self::with_body) makes other bodies, [`in_parts`](Self::in_parts) plain parts
/// for frameworks with their own request type.
///
/// ```
/// use countersign::providers;
/// use countersign_testkit::TestSender;
///
/// let sender = TestSender::new(providers::STRIPE, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").url("/hooks/stripe");
/// let first = sender.sample();
/// let retry = sender.retry();
/// assert_eq!(first.uri().path(), "/hooks/stripe");
/// assert_ne!(first.headers()["stripe-signature"], retry.headers()["stripe-signature"]);
/// ```
///
/// # Panics
///
/// It is a part of a test, so its methods panic with the reason where a delivery cannot be made.
pub struct TestSender<R = http::Request<Full<Bytes>>> {
    signer: Signer,
    to: To,
    last: Mutex<Option<Attempt>>,
    request: PhantomData<fn() -> R>,
}

/// What the receiver is known by.
#[derive(Clone)]
struct To {
    url: String,
    config: Vec<(String, String)>,
    scheme: Option<String>,
}

/// The last attempt at the last event.
struct Attempt {
    draft: Draft,
    at: UnixTime,
    delivery: SignedDelivery,
}

/// One request of a hostile kind.
#[derive(Debug)]
pub struct HostileRequest<R> {
    /// What is wrong with it, in a few words.
    pub what: String,
    /// What a correct receiver does with it, when those before it were sent in order.
    pub expected: Expected,
    /// The request.
    pub request: R,
}

/// A request type that a [`TestSender`] makes.
pub trait FromDelivery: sealed::Sealed {
    #[doc(hidden)]
    fn from_delivery(delivery: SignedDelivery) -> Self;
}

impl TestSender {
    /// A sender that signs as `provider` does, with the secret or secrets that the receiver was given, as issued.
    ///
    /// # Panics
    ///
    /// A secret does not fit the provider's format.
    #[track_caller]
    pub fn new(provider: impl Into<Provider>, keyring: impl Into<Keyring>) -> Self {
        match Signer::new(provider, keyring) {
            Ok(signer) => Self::over(signer, To { url: "/".to_owned(), config: Vec::new(), scheme: None }),
            Err(error) => panic!("{error}"),
        }
    }
}

impl<R> TestSender<R> {
    fn over(signer: Signer, to: To) -> Self {
        Self { signer, to, last: Mutex::new(None), request: PhantomData }
    }

    /// Sends to this URL or path. Default: `/`. Where the provider signs the URL it must be the whole one that the
    /// receiver was given as its public URL.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.to.url = url.into();
        self
    }

    /// Sets a value of the endpoint that the provider signs, such as PayPal's `webhook_id`: the one that the receiver
    /// was given.
    ///
    /// ```
    /// use countersign::{Endpoint, providers};
    /// use countersign_testkit::TestSender;
    ///
    /// let provider = countersign::Provider::from_toml(r#"
    ///     name = "acme"
    ///     [[schemes]]
    ///     algorithm = "hmac-sha256"
    ///     secret = { encoding = "utf8" }
    ///     signature = { at = "{h:Acme-Signature}" }
    ///     content = "{cfg:shop}:{url}:{body}"
    /// "#)?;
    /// let secret = "It's a Secret to Everybody";
    /// let receiver = Endpoint::builder("shop", provider.clone(), secret)
    ///     .public_url("https://shop.example.com/hooks")?
    ///     .config("shop", "1042")
    ///     .build()?;
    /// let sender = TestSender::new(provider, secret)
    ///     .url("https://shop.example.com/hooks")
    ///     .config("shop", "1042")
    ///     .in_parts();
    /// let delivery = sender.event("{}");
    /// let mut intake = receiver.open(&delivery)?;
    /// intake.push(delivery.body.clone())?;
    /// assert!(intake.finish(receiver.now()?).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn config(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.to.config.push((name.into(), value.into()));
        self
    }

    /// Signs by the provider's scheme of this name. Default: the first that fits the delivery and the secrets.
    #[must_use]
    pub fn scheme(mut self, name: impl Into<String>) -> Self {
        self.to.scheme = Some(name.into());
        self
    }

    /// Takes the time of sending from this clock: a [`FixedClock`](crate::FixedClock) that the receiver shares.
    /// Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.signer = self.signer.clock(clock);
        self
    }

    /// Makes requests with another body type.
    #[must_use]
    pub fn with_body<B: From<Bytes>>(self) -> TestSender<http::Request<B>> {
        TestSender::over(self.signer, self.to)
    }

    /// Makes plain parts: method, URL, `(name, value)` pairs and body, for actix-web and others.
    ///
    /// ```
    /// use countersign::providers;
    /// use countersign_testkit::TestSender;
    ///
    /// let sender = TestSender::new(providers::GITHUB, "It's a Secret to Everybody").in_parts();
    /// let delivery = sender.sample();
    /// // actix_web::test::TestRequest::default().uri(&delivery.url).set_payload(delivery.body), then for each pair:
    /// for (name, value) in &delivery.headers {
    ///     // request = request.insert_header((name.as_str(), value.as_str()));
    /// #   let _ = (name, value);
    /// }
    /// ```
    #[must_use]
    pub fn in_parts(self) -> TestSender<SignedDelivery> {
        TestSender::over(self.signer, self.to)
    }

    /// The signer, for deliveries that no method here makes; pass them through [`send`](Self::send).
    pub fn signer(&self) -> &Signer {
        &self.signer
    }
}

impl<R: FromDelivery> TestSender<R> {
    /// A new event with the provider's sample payload.
    #[track_caller]
    pub fn sample(&self) -> R {
        self.send(self.addressed(self.signer.sample()))
    }

    /// A new event with this body. The provider's other headers are sent with it.
    #[track_caller]
    pub fn event(&self, body: impl Into<Bytes>) -> R {
        self.send(self.addressed(self.signer.delivery()).provider_headers().body(body))
    }

    /// A new event of the caller's making, as it is: start it from [`signer`](Self::signer), whose clock is this one.
    #[track_caller]
    pub fn send(&self, draft: Draft) -> R {
        self.attempt(draft, self.now())
    }

    /// The last event once more, as the provider retries it: signed at the current time, at least a second after the
    /// attempt before. Where the scheme signs no time, a retry is the same bytes.
    #[track_caller]
    pub fn retry(&self) -> R {
        let (draft, at) = self.with_last(|last| (last.draft.clone(), last.at));
        let at = self.now().max(at.saturating_add(Duration::from_secs(1)));
        self.attempt(draft.retry_at(at), at)
    }

    /// The last attempt's bytes once more, as an attacker who captured them sends them.
    #[track_caller]
    pub fn replay(&self) -> R {
        R::from_delivery(self.with_last(|last| last.delivery.clone()))
    }

    /// The requests of a hostile kind, made of new sample events. Of [`Hostile::Replayed`] the first is honest.
    ///
    /// # Panics
    ///
    /// The kind does not exist for the provider; [`Hostile::applies_to`] tells.
    #[track_caller]
    pub fn hostile(&self, kind: Hostile) -> Vec<HostileRequest<R>> {
        let draft = self.addressed(self.signer.sample());
        let made = draft.hostile(kind).unwrap_or_else(|error| panic!("{error}"));
        let made = made.into_iter().map(|hostile| HostileRequest {
            what: hostile.what,
            expected: hostile.expected,
            request: R::from_delivery(hostile.delivery),
        });
        made.collect()
    }

    /// The draft on its way to the receiver.
    fn addressed(&self, draft: Draft) -> Draft {
        let draft = draft.url(self.to.url.as_str());
        let config = self.to.config.iter();
        let draft = config.fold(draft, |draft, (name, value)| draft.config(name.as_str(), value.as_str()));
        match &self.to.scheme {
            Some(name) => draft.scheme(name.as_str()),
            None => draft,
        }
    }

    #[track_caller]
    fn attempt(&self, draft: Draft, at: UnixTime) -> R {
        let delivery = draft.sign().unwrap_or_else(|error| panic!("{error}"));
        let attempt = Attempt { draft, at, delivery: delivery.clone() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(attempt);
        R::from_delivery(delivery)
    }

    #[track_caller]
    fn with_last<T>(&self, read: impl FnOnce(&Attempt) -> T) -> T {
        match &*self.last.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(last) => read(last),
            None => panic!("nothing was sent yet; begin with `sample`, `event` or `send`"),
        }
    }

    #[track_caller]
    fn now(&self) -> UnixTime {
        self.signer.now().expect("the clock stands at or after 1970")
    }
}

impl<R> fmt::Debug for TestSender<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSender").field("signer", &self.signer).field("url", &self.to.url).finish_non_exhaustive()
    }
}

impl<B: From<Bytes>> FromDelivery for http::Request<B> {
    #[track_caller]
    fn from_delivery(delivery: SignedDelivery) -> Self {
        delivery.into_request().unwrap_or_else(|error| panic!("{error}"))
    }
}

impl FromDelivery for SignedDelivery {
    fn from_delivery(delivery: SignedDelivery) -> Self {
        delivery
    }
}

mod sealed {
    /// The request types are those of this crate.
    pub trait Sealed {}
    impl<B> Sealed for http::Request<B> {}
    impl Sealed for super::SignedDelivery {}
}
