//! Every provider of the catalogue, from both sides: what the signer makes, the verifier takes.

mod common;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{NOW, endpoint, secret, verify};
use countersign::{
    Admission, Delivery, Ending, Endpoint, Keyring, MemoryStore, Outcome, Provider, Reason, Rejection, Timer, providers,
};
use countersign_sign::{Expected, Hostile, SignError, Signer};

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

fn deduping(provider: &Provider) -> Endpoint {
    let builder = Endpoint::builder("catalogue", provider, secret(provider, 1));
    let builder = builder.dedupe(MemoryStore::with_bytes(1 << 20));
    builder.build().expect("a provider with an event id dedupes")
}

fn admit(endpoint: &Endpoint, delivery: &Delivery) -> Result<Admission, Rejection> {
    now_or_never(endpoint.admit(delivery))
}

fn handle(endpoint: &Endpoint, delivery: &Delivery) {
    match admit(endpoint, delivery) {
        Ok(Admission::Proceed(claim)) => {
            let done = Ending::Answered(Outcome::status_only(204));
            now_or_never(endpoint.settle(claim, &done, &NoTimer)).expect("the outcome is recorded");
        }
        other => panic!("{}: {other:?}", endpoint.provider().name),
    }
}

#[test]
fn every_provider_verifies_what_was_signed_for_it() {
    for provider in providers::all() {
        let signer = Signer::new(provider, secret(provider, 1)).unwrap();
        let endpoint = endpoint(provider, secret(provider, 1));
        let sample = signer.sample().at(NOW).sign().unwrap();
        let delivery = verify(&endpoint, &sample, NOW).unwrap_or_else(|why| panic!("{}: {:?}", provider.name, why));
        assert_eq!(delivery.body(), &sample.body);

        let own = signer.delivery().at(NOW).body("\u{0}not JSON\u{ff}");
        match own.sign() {
            Ok(own) => assert!(verify(&endpoint, &own, NOW).is_ok(), "{}", provider.name),
            Err(error) => assert!(matches!(error, SignError::TimeInBody { .. }), "{}: {error}", provider.name),
        }
    }
}

#[test]
fn a_chosen_id_and_time_arrive() {
    for provider in providers::all() {
        let signer = Signer::new(provider, secret(provider, 1)).unwrap();
        let endpoint = endpoint(provider, secret(provider, 1));
        // The quotation mark must not end a JSON string of the sample.
        let sample = signer.sample().id("evt-\"7").at(NOW).sign().unwrap();
        let delivery = verify(&endpoint, &sample, NOW).unwrap_or_else(|why| panic!("{}: {:?}", provider.name, why));
        if let Some(id) = delivery.event_id() {
            assert!(id.contains("evt-\"7"), "{}: {id}", provider.name);
        }
        if let Some(sent_at) = delivery.sent_at() {
            assert_eq!(sent_at, NOW, "{}", provider.name);
        }
    }
}

#[test]
fn a_retry_is_a_duplicate_and_another_event_is_not() {
    let mut tried = 0;
    for provider in providers::all().filter(|provider| !provider.event_id.is_empty()) {
        let signer = Signer::new(provider, secret(provider, 1)).unwrap();
        let endpoint = deduping(provider);
        let later = NOW.saturating_add(Duration::from_secs(2));
        let first = signer.sample().id("evt_1").at(NOW);
        handle(&endpoint, &verify(&endpoint, &first.sign().unwrap(), NOW).unwrap());

        let retry = verify(&endpoint, &first.clone().retry_at(later).sign().unwrap(), later).unwrap();
        // Where the whole content is the key and a time is in it, a retry signed anew is a new event to any receiver.
        let resigned = provider.event_id.iter().any(|id| id == "{content}")
            && !provider.event_id.iter().any(|id| id.contains("{j:"))
            && retry.sent_at().is_some();
        match admit(&endpoint, &retry) {
            Ok(Admission::Duplicate(outcome)) => assert!(!resigned && outcome.status == 204, "{}", provider.name),
            Ok(Admission::Proceed(_)) => assert!(resigned, "{} ran a retry again", provider.name),
            other => panic!("{}: {other:?}", provider.name),
        }

        let other = signer.sample().id("evt_2").at(NOW).sign().unwrap();
        handle(&endpoint, &verify(&endpoint, &other, NOW).unwrap());
        tried += 1;
    }
    assert!(tried > 20, "only {tried} providers have an event id");
}

#[test]
fn each_of_two_secrets_verifies_alone_where_the_header_has_room() {
    for provider in providers::all() {
        let ring = Keyring::new(secret(provider, 1)).also_accept(secret(provider, 2));
        let both = Signer::new(provider, ring).unwrap().sample().at(NOW).sign().unwrap();
        let [first, second] = [1, 2].map(|seed| verify(&endpoint(provider, secret(provider, seed)), &both, NOW));
        let room = !provider.schemes.iter().any(|scheme| {
            matches!(scheme.signature.syntax, countersign::Syntax::Plain | countersign::Syntax::Prefix(_))
        });
        assert!(first.is_ok(), "{}: {first:?}", provider.name);
        assert_eq!(second.is_ok(), room, "{}: {second:?}", provider.name);
        assert!(verify(&endpoint(provider, secret(provider, 3)), &both, NOW).is_err(), "{}", provider.name);
    }
}

/// Why each kind is refused: a stale delivery that is refused for its signature would prove nothing.
fn reasons(kind: Hostile) -> &'static [Reason] {
    match kind {
        Hostile::Tampered | Hostile::WrongSecret => &[Reason::SignatureMismatch],
        Hostile::Stale => &[Reason::Stale],
        Hostile::Future => &[Reason::FromTheFuture],
        Hostile::Unsigned => &[Reason::SignatureMissing],
        Hostile::BoundaryShifted => &[Reason::SignedHeaderMalformed, Reason::TimestampMalformed],
        Hostile::DuplicateHeader => &[Reason::AmbiguousHeaders],
        _ => &[Reason::SignatureMalformed],
    }
}

#[test]
fn every_hostile_delivery_is_refused() {
    let mut deliveries = 0;
    for provider in providers::all() {
        let ring = Keyring::new(secret(provider, 1)).also_accept(secret(provider, 2));
        for keyring in [Keyring::new(secret(provider, 1)), ring] {
            let signer = Signer::new(provider, keyring.clone()).unwrap();
            let endpoint = endpoint(provider, keyring);
            for kind in Hostile::ALL {
                let sample = signer.sample().at(NOW);
                let made = sample.hostile(*kind);
                assert_eq!(made.is_ok(), kind.applies_to(provider), "{} {kind}: {made:?}", provider.name);
                for hostile in made.into_iter().flatten() {
                    let verdict = verify(&endpoint, &hostile.delivery, NOW);
                    let refused = hostile.expected == Expected::Refused;
                    assert_eq!(verdict.is_err(), refused, "{} {kind}: {}: {verdict:?}", provider.name, hostile.what);
                    if let Err(why) = verdict {
                        let expected = reasons(*kind).contains(&why.reason());
                        assert!(expected, "{} {kind}: {}: {why:?}", provider.name, hostile.what);
                    }
                    deliveries += 1;
                }
                // The positive control: what the hostile ones were made of is accepted.
                assert!(verify(&endpoint, &sample.sign().unwrap(), NOW).is_ok(), "{} {kind}", provider.name);
            }
        }
    }
    assert!(deliveries > 1_500, "only {deliveries} deliveries were tried");
}

#[test]
fn a_replay_is_absorbed() {
    for provider in providers::all().filter(|provider| !provider.event_id.is_empty()) {
        let endpoint = deduping(provider);
        let signer = Signer::new(provider, secret(provider, 1)).unwrap();
        for hostile in signer.sample().at(NOW).hostile(Hostile::Replayed).unwrap() {
            let delivery = verify(&endpoint, &hostile.delivery, NOW).unwrap();
            match hostile.expected {
                Expected::Accepted => handle(&endpoint, &delivery),
                _ => assert!(matches!(admit(&endpoint, &delivery), Ok(Admission::Duplicate(_))), "{}", provider.name),
            }
        }
    }
}
