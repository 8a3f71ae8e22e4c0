//! Every provider of the catalogue, from both sides: what the signer makes, the verifier takes.

mod common;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{NOW, Pair, builder, endpoint, pair, sample, to_endpoint, verify};
use countersign::{
    Admission, Algorithm, Delivery, Ending, Endpoint, Keyring, MemoryStore, Outcome, Provider, Reason, Rejection, Scheme,
    Syntax, Timer, providers,
};
use countersign_sign::{Expected, Hostile, SignError, Signer};

/// Schemes that the provider's own sample cannot be signed by: what they sign is not in it.
const NOT_IN_THE_SAMPLE: &[(&str, &str, &str)] = &[
    ("adyen", "adyen", "a classic notification has items, each with its own signature"),
    ("mailgun", "mailgun-form", "the sample is JSON, not a form"),
    ("mattermost", "json", "the sample is a form, not JSON"),
    ("paymob", "paymob-token", "a card token has other fields than a transaction"),
    ("praxis", "praxis-subscription", "a subscription has other fields than a payment"),
];

/// Runs a future that never has to wait: the memory store's never do.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store waited"),
    }
}

struct NoTimer;

impl Timer for NoTimer {
    async fn sleep(&self, _: Duration) {}
}

fn deduping(provider: &Provider, keys: &Pair) -> Endpoint {
    let builder = builder(provider, keys.public.clone()).dedupe(MemoryStore::with_bytes(1 << 20));
    builder.build().unwrap_or_else(|error| panic!("{}: {error}", provider.name))
}

fn admit(endpoint: &Endpoint, delivery: &Delivery) -> Result<Admission, Rejection> {
    now_or_never(endpoint.admit(delivery))
}

fn handle(endpoint: &Endpoint, delivery: &Delivery) -> bool {
    match admit(endpoint, delivery) {
        Ok(Admission::Proceed(claim)) => {
            let done = Ending::Answered(Outcome::status_only(204));
            now_or_never(endpoint.settle(claim, &done, &NoTimer)).expect("the outcome is recorded");
            true
        }
        _ => false,
    }
}

/// Every scheme that a name, or its being the first, tells from its provider's others.
fn schemes() -> impl Iterator<Item = (&'static Provider, &'static Scheme)> {
    providers::all().flat_map(|provider| {
        let schemes = provider.schemes.iter().enumerate();
        let chosen = schemes.filter(|(index, scheme)| {
            let first = provider.schemes.iter().position(|other| other.name == scheme.name);
            first == Some(*index)
        });
        chosen.map(move |(_, scheme)| (provider, scheme))
    })
}

/// The schemes whose samples can be signed, with their signer and keys.
fn signable() -> impl Iterator<Item = (&'static Provider, &'static Scheme, Signer, Pair)> {
    let in_sample = |provider: &Provider, scheme: &Scheme| {
        !NOT_IN_THE_SAMPLE.iter().any(|(name, variant, _)| *name == provider.name && *variant == scheme.name)
    };
    schemes().filter(move |(provider, scheme)| in_sample(provider, scheme)).map(|(provider, scheme)| {
        let keys = pair(scheme, 1);
        let signer = Signer::new(provider, keys.private.as_str());
        let signer = signer.unwrap_or_else(|error| panic!("{} {}: {error}", provider.name, scheme.name));
        (provider, scheme, signer, keys)
    })
}

/// Collects what went wrong, so that one run tells all of it.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn note(&mut self, provider: &Provider, scheme: &Scheme, what: impl std::fmt::Display) {
        self.0.push(format!("{} `{}`: {what}", provider.name, scheme.name));
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{} wrong:\n{}", self.0.len(), self.0.join("\n"));
        }
    }
}

#[test]
fn every_provider_verifies_what_was_signed_for_it() {
    let mut wrong = Wrong::default();
    let mut signed = 0;
    for (provider, scheme, signer, keys) in signable() {
        let endpoint = endpoint(provider, keys.public.as_str());
        let delivery = match sample(&signer, scheme).sign() {
            Ok(delivery) => delivery,
            Err(error) => {
                wrong.note(provider, scheme, format!("not signed: {error}"));
                continue;
            }
        };
        match verify(&endpoint, &delivery, NOW) {
            Ok(verified) => {
                assert_eq!(verified.body(), &delivery.body);
                assert_eq!(verified.algorithm(), Some(scheme.algorithm), "{} `{}`", provider.name, scheme.name);
                if verified.sent_at().is_some_and(|sent_at| sent_at != NOW) {
                    wrong.note(provider, scheme, format!("sent at {:?}", verified.sent_at()));
                }
            }
            Err(why) => wrong.note(provider, scheme, format!("{why:?} {:?} {:?}", delivery.headers, delivery.url)),
        }
        signed += 1;
    }
    assert!(signed > 150, "only {signed} schemes were signed");
}

#[test]
fn what_cannot_be_signed_is_in_the_table() {
    for (name, variant, _) in NOT_IN_THE_SAMPLE {
        let provider = providers::by_name(name).expect("a provider of the catalogue");
        let scheme = provider.schemes.iter().find(|scheme| scheme.name == *variant).expect("one of its schemes");
        let signer = Signer::new(provider, pair(scheme, 1).private).unwrap();
        assert!(sample(&signer, scheme).sign().is_err(), "{name} `{variant}` can be signed: strike it out");
        assert_ne!(provider.schemes[0].name, *variant, "the sample of {name} is for its first scheme");
    }
}
