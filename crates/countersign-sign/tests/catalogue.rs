//! Every provider of the catalogue, from both sides: what the signer makes, the verifier takes.

mod common;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{NOW, Pair, builder, endpoint, keyring, pair, sample, to_endpoint, verify};
use countersign::{
    Admission, Algorithm, Delivery, Ending, Endpoint, MemoryStore, Outcome, Provider, Reason, Rejection, Retries,
    Scheme, Syntax, Timer, providers,
};
use countersign_sign::{Expected, Hostile, SignError, SignedDelivery, Signer};

/// Schemes that the provider's own sample cannot be signed by: what they sign is not in it.
const NOT_IN_THE_SAMPLE: &[(&str, &str, &str)] = &[
    ("adyen", "adyen", "a classic notification has items, each with its own signature"),
    ("mailgun", "mailgun-form", "the sample is JSON, not a form"),
    ("mattermost", "json", "the sample is a form, not JSON"),
    ("paymob", "paymob-token", "a card token has other fields than a transaction"),
    ("praxis", "praxis-subscription", "a subscription has other fields than a payment"),
    ("scrapfly", "scrapfly-alert", "the sample is a scrape, not an alert"),
    ("twilio", "twilio-bare", "the sample is a form, and this signs requests without a body"),
    ("twilio", "twilio-shared-key-bare", "the sample is a form, and this signs requests without a body"),
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

#[test]
fn whatever_is_signed_verifies() {
    let mut wrong = Wrong::default();
    let mut signed = 0;
    for (provider, scheme, signer, keys) in signable() {
        let endpoint = endpoint(provider, keys.public.as_str());
        for body in ["\u{0}not JSON\u{ff}", "{}", r#"{"id":"a","token":"b"}"#, "a=1&a=1&b=%C3%A9", "[{}]", ""] {
            let bare = to_endpoint(&signer, signer.delivery()).body(body).at(NOW);
            for draft in [bare.clone(), bare.provider_headers()] {
                // A body of the caller's may lack what the scheme signs. Then it says so; it never signs in vain.
                let delivery = match draft.sign() {
                    Ok(delivery) => delivery,
                    Err(error) => {
                        let text = error.to_string();
                        let named = ["at: ", "body: ", "header: "].iter().any(|setting| text.starts_with(setting));
                        if !named {
                            wrong.note(provider, scheme, text);
                        }
                        continue;
                    }
                };
                if let Err(why) = verify(&endpoint, &delivery, NOW) {
                    wrong.note(provider, scheme, format!("{body:?}: {why:?}"));
                }
                signed += 1;
            }
        }
    }
    assert!(signed > 1_000, "only {signed} deliveries were signed");
}

#[test]
fn an_attempt_keeps_the_event_and_another_event_is_another() {
    let mut wrong = Wrong::default();
    let mut tried = 0;
    let later = NOW.saturating_add(Duration::from_secs(2));
    for (provider, scheme, signer, keys) in signable().filter(|(provider, ..)| !provider.event_id.is_empty()) {
        let endpoint = deduping(provider, &keys);
        let draft = sample(&signer, scheme).id("evt-1");
        let (first, retry) = match (draft.sign(), draft.clone().retry_at(later).sign()) {
            (Ok(first), Ok(retry)) => (first, retry),
            (first, _) => {
                wrong.note(provider, scheme, format!("{:?}", first.err()));
                continue;
            }
        };
        let verified = verify(&endpoint, &first, NOW).unwrap();
        if !handle(&endpoint, &verified) {
            wrong.note(provider, scheme, format!("not admitted: {:?}", admit(&endpoint, &verified).err()));
            continue;
        }
        let again = verify(&endpoint, &retry, later).unwrap();
        // Where the signed content is the key and a time is in it, a retry signed anew is a new event to any receiver.
        let may_be_new = verified.event_id().is_none() && retry != first;
        match admit(&endpoint, &again) {
            Ok(Admission::Duplicate(outcome)) => assert_eq!(outcome.status, 204),
            Ok(Admission::Proceed(_)) if may_be_new => {}
            other => wrong.note(provider, scheme, format!("the retry: {:?}, id {:?}", other.is_ok(), again.event_id())),
        }
        if verified.event_id() != again.event_id() {
            wrong.note(provider, scheme, "a retry has another id");
        }
        let other = sample(&signer, scheme).id("evt-2").sign().unwrap();
        let other = verify(&endpoint, &other, NOW).unwrap();
        if !handle(&endpoint, &other) {
            wrong.note(provider, scheme, format!("another event is a duplicate: {:?}", other.event_id()));
        }
        tried += 1;
    }
    assert!(tried > 100, "only {tried} schemes have an event id");
}

#[test]
fn a_chosen_id_and_time_arrive() {
    let mut wrong = Wrong::default();
    for (provider, scheme, signer, keys) in signable() {
        let endpoint = endpoint(provider, keys.public.as_str());
        // The quotation mark must not end a JSON string of the sample, nor the ampersand a field of a form.
        let id = "evt-\"7&x";
        let draft = sample(&signer, scheme).id(id);
        let delivery = match draft.sign() {
            Ok(delivery) => delivery,
            // Where it has no place beside the body, and the sample none in it.
            Err(SignError::NoPlaceForId | SignError::IdInBody { .. }) => continue,
            Err(error) => {
                wrong.note(provider, scheme, error);
                continue;
            }
        };
        let verified = match verify(&endpoint, &delivery, NOW) {
            Ok(verified) => verified,
            Err(why) => {
                wrong.note(provider, scheme, format!("{why:?}"));
                continue;
            }
        };
        // Where numbers name events it is one made of the id; see below for an id that is a number.
        let is_number = |found: &str| found.rsplit(' ').next().is_some_and(|text| text.parse::<u64>().is_ok());
        match verified.event_id() {
            Some(found) if !is_number(&found) && !found.contains(id) && !found.contains("evt-%22") => {
                wrong.note(provider, scheme, format!("the id is {found}"));
            }
            _ => {}
        }
        if verified.sent_at().is_some_and(|sent_at| sent_at != NOW) {
            wrong.note(provider, scheme, "another time");
        }
        let numbered = sample(&signer, scheme).id("7042").sign().unwrap();
        let found = verify(&endpoint, &numbered, NOW).unwrap().event_id();
        if found.as_ref().is_some_and(|found| !found.contains("7042")) {
            wrong.note(provider, scheme, format!("the number is {found:?}"));
        }
    }
}

/// Whether several signatures have room where the scheme's stands.
fn has_room(scheme: &Scheme) -> bool {
    match &scheme.signature.syntax {
        Syntax::List { .. } | Syntax::Pairs { .. } | Syntax::HttpSignature { .. } => true,
        Syntax::Fields { names, .. } => names.ends_with("signature+"),
        _ => scheme.signature.at.starts_with("{any:"),
    }
}

#[test]
fn each_of_two_secrets_verifies_alone_where_there_is_room() {
    let mut wrong = Wrong::default();
    for (provider, scheme, ..) in signable() {
        let [first, second, third] = [1, 2, 3].map(|seed| pair(scheme, seed));
        let signer = Signer::new(provider, keyring(&[first.private.clone(), second.private.clone()])).unwrap();
        let both = sample(&signer, scheme).sign().unwrap();
        let verdict = |keys: &Pair| verify(&endpoint(provider, keys.public.as_str()), &both, NOW).is_ok();
        let verdicts = [&first, &second, &third].map(verdict);
        if verdicts != [true, has_room(scheme), false] {
            wrong.note(provider, scheme, format!("{verdicts:?}"));
        }
    }
}

/// Why each kind is refused: a stale delivery that is refused for its signature would prove nothing.
fn is_why(kind: Hostile, why: Reason) -> bool {
    match kind {
        Hostile::Stale => why == Reason::Stale,
        Hostile::Future => why == Reason::FromTheFuture,
        Hostile::Tampered => !matches!(why, Reason::SignatureMissing | Reason::Stale | Reason::FromTheFuture),
        Hostile::WrongSecret => matches!(why, Reason::SignatureMismatch | Reason::SignatureMalformed),
        // A body that is nothing else is malformed where it is empty.
        Hostile::Unsigned => {
            matches!(why, Reason::SignatureMissing | Reason::NoSuchScheme | Reason::SignatureMalformed)
        }
        Hostile::BoundaryShifted => matches!(
            why,
            Reason::SignedHeaderMalformed
                | Reason::SignatureMalformed
                | Reason::TimestampMalformed
                | Reason::TimestampUnit
                | Reason::Stale
        ),
        Hostile::DuplicateHeader => matches!(
            why,
            Reason::AmbiguousHeaders
                | Reason::SignatureMalformed
                | Reason::SignedHeaderMalformed
                | Reason::SignatureMismatch
                | Reason::NoSuchScheme
        ),
        _ => matches!(
            why,
            Reason::SignatureMalformed | Reason::SignatureMismatch | Reason::NoKeyForScheme | Reason::SignatureMissing
        ),
    }
}

#[test]
fn every_hostile_delivery_is_refused() {
    let mut wrong = Wrong::default();
    let (mut deliveries, mut inapplicable) = (0, 0);
    for (provider, scheme, ..) in signable() {
        let [first, second] = [1, 2].map(|seed| pair(scheme, seed));
        let rings = [vec![first.clone()], vec![first, second]];
        for keys in rings {
            let [private, public]: [Vec<String>; 2] = [
                keys.iter().map(|pair| pair.private.clone()).collect(),
                keys.iter().map(|pair| pair.public.clone()).collect(),
            ];
            let signer = Signer::new(provider, keyring(&private)).unwrap();
            let endpoint = endpoint(provider, keyring(&public));
            let sample = sample(&signer, scheme);
            // The positive control: what the hostile ones were made of is accepted.
            if let Err(why) = verify(&endpoint, &sample.sign().unwrap(), NOW) {
                wrong.note(provider, scheme, format!("the honest one: {why:?}"));
            }
            for kind in Hostile::ALL {
                let made = match sample.hostile(*kind) {
                    Ok(made) => made,
                    Err(SignError::Inapplicable { .. }) => {
                        inapplicable += 1;
                        continue;
                    }
                    Err(error) => {
                        wrong.note(provider, scheme, format!("{kind}: {error}"));
                        continue;
                    }
                };
                assert!(!made.is_empty());
                for hostile in made {
                    let verdict = verify(&endpoint, &hostile.delivery, NOW);
                    match (hostile.expected, verdict) {
                        (Expected::Refused, Err(why)) if is_why(*kind, why.reason()) => {}
                        (Expected::Accepted | Expected::Absorbed, Ok(_)) => {}
                        (_, verdict) => {
                            let verdict = verdict.map(|_| "accepted").map_err(|why| why.reason());
                            wrong.note(provider, scheme, format!("{kind}: {}: {verdict:?}", hostile.what));
                        }
                    }
                    deliveries += 1;
                }
            }
        }
    }
    assert!(deliveries > 10_000, "only {deliveries} deliveries were tried");
    assert!(inapplicable < deliveries / 10, "{inapplicable} kinds do not exist");
}

#[test]
fn every_kind_exists_where_it_says_so() {
    for provider in providers::all() {
        let scheme = &provider.schemes[0];
        let signer = Signer::new(provider, pair(scheme, 1).private).unwrap();
        for kind in Hostile::ALL {
            let made = sample(&signer, scheme).hostile(*kind);
            assert_eq!(made.is_ok(), kind.applies_to(provider), "{} {kind}: {made:?}", provider.name);
        }
    }
}

#[test]
fn a_replay_is_absorbed() {
    let mut wrong = Wrong::default();
    for (provider, scheme, signer, keys) in signable().filter(|(provider, ..)| !provider.event_id.is_empty()) {
        let endpoint = deduping(provider, &keys);
        for hostile in sample(&signer, scheme).hostile(Hostile::Replayed).unwrap() {
            let delivery = verify(&endpoint, &hostile.delivery, NOW).unwrap();
            let is_right = match hostile.expected {
                Expected::Accepted => handle(&endpoint, &delivery),
                _ => matches!(admit(&endpoint, &delivery), Ok(Admission::Duplicate(_))),
            };
            if !is_right {
                wrong.note(provider, scheme, hostile.what);
            }
        }
    }
}

/// The delivery with one bit of one byte flipped, in each place in turn: header values, the URL's query and the body.
fn flipped(delivery: &SignedDelivery, step: usize) -> impl Iterator<Item = (String, SignedDelivery)> {
    let flip = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).ok()
    };
    let headers = delivery.headers.iter().enumerate().flat_map(move |(index, (name, value))| {
        (0..value.len()).step_by(step).filter_map(move |at| {
            let mut changed = delivery.clone();
            changed.headers[index].1 = flip(value, at)?;
            Some((format!("`{name}` at {at}"), changed))
        })
    });
    let query = delivery.url.find('?').map_or(delivery.url.len(), |at| at + 1);
    let url = (query..delivery.url.len()).step_by(step).filter_map(move |at| {
        Some((format!("the query at {at}"), SignedDelivery { url: flip(&delivery.url, at)?, ..delivery.clone() }))
    });
    let body = (0..delivery.body.len()).step_by(step).map(move |at| {
        let mut body = delivery.body.to_vec();
        body[at] ^= 1;
        (format!("the body at {at}"), SignedDelivery { body: body.into(), ..delivery.clone() })
    });
    headers.chain(url).chain(body)
}

#[test]
fn no_bit_of_a_signed_delivery_makes_another_event() {
    let mut wrong = Wrong::default();
    let mut changes = 0;
    let signs = |scheme: &Scheme| scheme.algorithm != Algorithm::Token;
    let dedupes = |provider: &Provider| !provider.event_id.is_empty();
    for (provider, scheme, signer, keys) in
        signable().filter(|(provider, scheme, ..)| signs(scheme) && dedupes(provider))
    {
        let endpoint = deduping(provider, &keys);
        let delivery = sample(&signer, scheme).sign().unwrap();
        assert!(handle(&endpoint, &verify(&endpoint, &delivery, NOW).unwrap()), "{}", provider.name);
        // Public keys take their time without optimisation.
        let step = if scheme.algorithm.is_public_key() { 11 } else { 3 };
        for (what, changed) in flipped(&delivery, step) {
            let Ok(verified) = verify(&endpoint, &changed, NOW) else { continue };
            // What the signature does not cover may change, but not what tells events apart.
            if let Ok(Admission::Proceed(_)) = admit(&endpoint, &verified) {
                wrong.note(provider, scheme, format!("{what} makes another event"));
            }
            changes += 1;
        }
    }
    assert!(changes > 1_000, "only {changes} changes were accepted");
}

#[test]
fn a_retry_of_the_same_bytes_has_the_same_body() {
    let contradicts =
        |provider: &&Provider| provider.sender.retries == Retries::Identical && provider.sender.retry_changes_body;
    let found: Vec<_> = providers::all().filter(contradicts).map(|provider| &provider.name).collect();
    assert!(found.is_empty(), "{found:?} send the same bytes and another body");
}

#[test]
fn a_call_of_twilio_is_an_event_and_its_retry_is_none() {
    let provider = &providers::TWILIO;
    let scheme = &provider.schemes[0];
    let keys = pair(scheme, 1);
    let signer = Signer::new(provider, keys.private.as_str()).unwrap();
    let endpoint = deduping(provider, &keys);
    let handled = |body: &str| {
        let signed = sample(&signer, scheme).body(body.to_owned()).sign().unwrap();
        handle(&endpoint, &verify(&endpoint, &signed, NOW).unwrap())
    };
    let ringing = "CallSid=CA1042&AccountSid=AC1042&From=%2B46700000001&To=%2B46700000002&CallStatus=ringing&ApiVersion=2010-04-01&Direction=inbound";
    let pressed = format!("{}&Digits=1&msg=Gather+End", ringing.replace("ringing", "in-progress"));
    assert!(handled(ringing));
    assert!(!handled(ringing), "a retry is answered from the record");
    assert!(handled(&pressed));
    assert!(handled(&pressed.replace("Digits=1", "Digits=2")));
    assert!(!handled(&pressed), "the same key at the same URL gets the answer of the first");
    assert!(handled(&ringing.replace("CA1042", "CA1043")), "another call");
}
