//! secrets that must not guard anything, and the time in which one is valid.

use std::error::Error as _;
use std::time::Duration;

use countersign::{ConfigError, Encoding, Keyring, SigningSecret, UnixTime, check_keyring, encode, providers};

use super::standard_webhooks;
use crate::clock::NOW;
use crate::journal;
use crate::receivers::Adapter;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::{Draft, Secret};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::construction(
            "A-119",
            "a secret that is empty, blank, a bare prefix, `changeme`",
            "no endpoint is built",
            empty_secrets,
        ),
        Row::construction(
            "A-120",
            "a secret below 16 bytes",
            "no endpoint is built unless the weakness is accepted by name",
            short_secrets,
        ),
        Row::construction(
            "A-121",
            "a secret that is not base64; public keys that are weak, short, malformed, of another kind",
            "no endpoint is built; the error does not show it",
            undecodable_secrets,
        ),
        Row::story(
            "A-122",
            "the old secret within, and after, its grace period",
            "handled under its key id, then 401",
            grace_period,
        ),
        Row::story("A-123", "a key not yet valid, no longer valid, revoked", "401", validity),
    ]
}

/// What stands in the way of a provider's keyring, if anything does.
fn problem(provider: &countersign::Provider, secret: impl Into<SigningSecret>) -> Option<ConfigError> {
    check_keyring(provider, &Keyring::new(secret)).err()
}

fn empty_secrets() -> Finding {
    for provider in providers::all() {
        for text in [
            "",
            " ",
            "\n",
            "\t \r\n",
            "changeme",
            "secret",
            "your-signing-secret-here",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ] {
            ensure(problem(provider, text).is_some(), || format!("{} takes {text:?}", provider.name))?;
        }
    }
    for text in ["whsec_", "whsec_ ", "whsec_changeme", "whpk_", "whsk_"] {
        ensure(problem(&standard_webhooks(), text).is_some(), || format!("standard-webhooks takes {text:?}"))?;
    }
    // A real one passes (control).
    ensure(problem(&standard_webhooks(), Secret::current().text.as_str()).is_none(), || {
        "a real secret is refused".into()
    })?;
    let unbuilt = Setup::new(standard_webhooks(), "whsec_").try_start(Adapter::Axum);
    ensure(unbuilt.is_err(), || "an endpoint was built on a bare prefix".into())
}

fn short_secrets() -> Finding {
    let text = |bytes: usize| format!("whsec_{}", encode(&Secret::current().key[..bytes], Encoding::Base64));
    for bytes in [1, 8, 15] {
        let short = text(bytes);
        ensure(problem(&standard_webhooks(), short.as_str()).is_some(), || format!("{bytes} bytes are taken"))?;
        let accepted = SigningSecret::new(short).danger_accept_weak();
        ensure(problem(&standard_webhooks(), accepted).is_none(), || format!("{bytes} bytes are refused by name"))?;
    }
    ensure(problem(&standard_webhooks(), text(16).as_str()).is_none(), || "16 bytes are refused".into())?;
    ensure(problem(&providers::GITHUB, "fifteen-bytes-x").is_some(), || "15 characters are taken".into())?;
    let empty = SigningSecret::new("").danger_accept_weak();
    ensure(problem(&standard_webhooks(), empty).is_some(), || "an empty secret is taken by name".into())
}

fn undecodable_secrets() -> Finding {
    let base64 = encode(&Secret::current().key, Encoding::Base64);
    let texts = [
        format!("whsec_{}", base64.trim_end_matches('=')),
        format!("whsec_{}-{}", &base64[..10], &base64[11..]),
        format!("whsec_{}*", base64),
        format!("whsec_{}\n", base64),
        format!(" whsec_{}", base64),
        format!("whsec_{} {}", &base64[..20], &base64[20..]),
        "whsec_Qm9saWRlc0ludGVyc3RlbGxhcmVz!".into(),
    ];
    for text in &texts {
        let Some(error) = problem(&standard_webhooks(), text.as_str()) else {
            return Err(format!("{text:?} is taken"));
        };
        let shown = format!("{error} {error:?} {:?}", error.source());
        let body = text.trim().trim_start_matches("whsec_").trim();
        let leaked = body.as_bytes().windows(4).find(|part| shown.as_bytes().windows(4).any(|seen| seen == *part));
        ensure(leaked.is_none(), || format!("the error shows a part of the secret: {shown}"))?;
    }
    // Public keys: too short, no point on the curve, of small order (the identity, and a point of order 8).
    let order_eight = b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05";
    let identity = [&[1u8][..], &[0; 31]].concat();
    for key in [&identity[..31], &identity[..], order_eight, &[0xff; 32]] {
        let text = format!("whpk_{}", encode(key, Encoding::Base64));
        ensure(problem(&standard_webhooks(), text.as_str()).is_some(), || format!("{text} is taken"))?;
    }
    super::public_keys::weak_public_keys()
}

fn grace_period(adapter: Adapter) -> Finding {
    const GRACE: u64 = 3_600;
    let keyring = Keyring::new(SigningSecret::new(Secret::current().text).id("new"))
        .also_accept(SigningSecret::new(Secret::other().text).id("old").not_after(UnixTime::from_secs(NOW + GRACE)));
    let receiver = Setup::new(standard_webhooks(), keyring).start(adapter);
    let signed = |now: u64, key: &[u8]| {
        let draft = Draft::new().at(now);
        draft.standard_with(draft.v1(key))
    };
    let (new, old) = (Secret::current().key, Secret::other().key);
    for now in [NOW, NOW + GRACE] {
        receiver.clock.set(now);
        ensure_fresh(receiver.deliver(&signed(now, &old)), 200)?;
        ensure_fresh(receiver.deliver(&signed(now, &new)), 200)?;
    }
    let verified_by =
        |key: &str| journal::of(&receiver.name).iter().any(|entry| entry.text.contains(&format!("key_id={key}")));
    ensure(verified_by("old") && verified_by("new"), || "the events do not say which key matched".into())?;
    receiver.clock.set(NOW + GRACE + 1);
    ensure_refused(receiver.deliver(&signed(NOW + GRACE + 1, &old)), &receiver, 401, "key_expired")?;
    ensure_fresh(receiver.deliver(&signed(NOW + GRACE + 1, &new)), 200)?;
    ensure_runs(&receiver, 5)
}

fn validity(adapter: Adapter) -> Finding {
    let at = |seconds| UnixTime::from_secs(seconds);
    let secret = SigningSecret::new(Secret::current().text).not_before(at(NOW + 10)).not_after(at(NOW + 20));
    let receiver = Setup::new(standard_webhooks(), secret).start(adapter);
    let deliver = || receiver.deliver(&Draft::new().standard());
    ensure_refused(deliver(), &receiver, 401, "key_not_yet_valid")?;
    receiver.clock.advance(Duration::from_secs(10));
    ensure_fresh(deliver(), 200)?;
    receiver.clock.advance(Duration::from_secs(11));
    ensure_refused(deliver(), &receiver, 401, "key_expired")?;
    ensure_runs(&receiver, 1)?;
    // Revoked: the keyring is replaced while the receiver runs.
    let receiver = Setup::standard().start(adapter);
    let deliver = || receiver.deliver(&Draft::new().standard());
    ensure_fresh(deliver(), 200)?;
    let replaced = receiver.endpoint.replace_keyring(Secret::other().text.as_str());
    replaced.map_err(|error| error.to_string())?;
    ensure_refused(deliver(), &receiver, 401, "signature_mismatch")?;
    // A keyring that cannot work changes nothing.
    ensure(receiver.endpoint.replace_keyring("whsec_").is_err(), || "a bare prefix became the keyring".into())?;
    ensure_refused(deliver(), &receiver, 401, "signature_mismatch")?;
    let other = Draft::new();
    ensure_fresh(receiver.deliver(&other.standard_with(other.v1(&Secret::other().key))), 200)?;
    ensure_runs(&receiver, 2)
}
