//! A-043 to A-050 and A-058: which key, which algorithm, and over what.

use countersign::{Encoding, SigningSecret, encode};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::Identity;
use ed25519_dalek::{Signature, Verifier};
use sha2::{Digest, Sha512};

use super::{GITHUB, SLACK, STANDARD, STANDARD_BOTH, STANDARD_PUBLIC, STRIPE, standard_webhooks};
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac, private_key, public_key, v1a_entry};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-043", "`v1a` with a valid HMAC, `v1` with a valid Ed25519 signature", "401", || {
            let (hmac, padded, ed25519, cut) = (Draft::new(), Draft::new(), Draft::new(), Draft::new());
            let tag = mac(&Secret::current().key, &hmac.content(), Encoding::Base64);
            let doubled = Secret::current().key.repeat(2);
            let long = format!("v1a,{}", encode(&doubled, Encoding::Base64));
            let half = &signature_of(&cut).to_bytes()[..32];
            vec![
                Case::new(STANDARD_BOTH, "v1a with an HMAC", &hmac.standard_with(format!("v1a,{tag}")))
                    .refused(MALFORMED),
                Case::new(STANDARD_BOTH, "v1a with 64 bytes", &padded.standard_with(long)).refused(MISMATCH),
                Case::new(
                    STANDARD_BOTH,
                    "v1 with Ed25519",
                    &ed25519.standard_with(ed25519.v1a().replace("v1a,", "v1,")),
                )
                .refused(MALFORMED),
                Case::new(
                    STANDARD_BOTH,
                    "v1 with half of it",
                    &cut.standard_with(format!("v1,{}", encode(half, Encoding::Base64))),
                )
                .refused(MISMATCH),
                Case::new(STANDARD_BOTH, "v1a as it belongs (control)", &v1a(&Draft::new())).meets(Expect::Handled),
                Case::new(STANDARD_BOTH, "v1 as it belongs (control)", &Draft::new().standard()).meets(Expect::Handled),
            ]
        }),
        Row::cases(
            "A-044",
            "versions `v0`, `v2`, `V1`, `v01`, `v1.`, and none",
            "skipped; 401 if there is nothing else",
            || {
                let versions = ["v0,", "v2,", "V1,", "v01,", "v1.,", "v1 ,", "v1;", "v1=", "1,", ",", ""];
                let request = |version: &str| {
                    let draft = Draft::new();
                    let entry = draft.v1(&Secret::current().key);
                    draft.standard_with(entry.replace("v1,", version))
                };
                let alone =
                    versions.iter().map(|version| Case::new(STANDARD, *version, &request(version)).refused(MALFORMED));
                let beside = Draft::new();
                let beside = beside.standard_with(format!("v0,AAAA v2,BBBB {}", beside.v1(&Secret::current().key)));
                alone.chain([Case::new(STANDARD, "beside v1 (control)", &beside).meets(Expect::Handled)]).collect()
            },
        ),
        Row::cases("A-045", "an HMAC keyed with the public key", "401", || {
            let public = public_key();
            let text = public.strip_prefix("whpk_").expect("its prefix").to_owned();
            let keys = [private_key().verifying_key().as_bytes().to_vec(), public.into_bytes(), text.into_bytes()];
            let any: &[&str] = &["signature_malformed", "signature_mismatch", "no_key_for_scheme"];
            let cases = keys.iter().flat_map(|key| {
                let (alone, both, renamed) = (Draft::new(), Draft::new(), Draft::new());
                [
                    Case::new(STANDARD_PUBLIC, "as v1", &alone.standard_with(alone.v1(key))).refused(any),
                    Case::new(STANDARD_BOTH, "as v1", &both.standard_with(both.v1(key))).refused(any),
                    Case::new(
                        STANDARD_PUBLIC,
                        "as v1a",
                        &renamed.standard_with(renamed.v1(key).replace("v1,", "v1a,")),
                    )
                    .refused(any),
                ]
            });
            cases
                .chain([Case::new(STANDARD_PUBLIC, "v1a (control)", &v1a(&Draft::new())).meets(Expect::Handled)])
                .collect()
        }),
        Row::cases("A-046", "an HMAC with an empty key, or a key of zeros", "401", || {
            let keys: [&[u8]; 4] = [b"", &[0; 16], &[0; 32], &[0; 64]];
            let case = |key: &[u8]| {
                let draft = Draft::new();
                Case::new(STANDARD, format!("{} zeros", key.len()), &draft.standard_with(draft.v1(key)))
                    .refused(MISMATCH)
            };
            keys.into_iter().map(case).collect()
        }),
        Row::cases("A-047", "an HMAC keyed with the secret's text, not decoded", "401", || {
            let text = Secret::current().text;
            let stripped = text.strip_prefix("whsec_").expect("its prefix");
            let case = |note: &str, key: &str| {
                let draft = Draft::new();
                Case::new(STANDARD, note, &draft.standard_with(draft.v1(key.as_bytes()))).refused(MISMATCH)
            };
            vec![case("with its prefix", &text), case("without it", stripped)]
        }),
        Row::cases("A-048", "a signature over re-written JSON, or over the trimmed body", "401", || {
            let spaced = Draft::new().body("{ \"id\" : \"evt_1\" }\n");
            let compact = spaced.clone().body(r#"{"id":"evt_1"}"#);
            let trimmed = spaced.clone().body(r#"{ "id" : "evt_1" }"#);
            let signed_as = |signed: &Draft| spaced.standard_with(signed.v1(&Secret::current().key));
            let github = spaced.github_with(format!("sha256={}", trimmed.body_mac()));
            vec![
                Case::new(STANDARD, "re-written", &signed_as(&compact)).refused(MISMATCH),
                Case::new(STANDARD, "trimmed", &signed_as(&trimmed)).refused(MISMATCH),
                Case::new(GITHUB, "trimmed", &github).refused(MISMATCH),
                Case::new(STANDARD, "as it is (control)", &signed_as(&spaced)).meets(Expect::Handled),
            ]
        }),
        Row::cases("A-049", "fields swapped, delimiters moved", "401", moved_boundaries),
        Row::cases("A-050", "Ed25519: S + L, R of small order, all zeros", "401; verified strictly", weak_ed25519),
        Row::story(
            "A-058",
            "a valid signature of another endpoint, provider or environment",
            "401",
            of_another_endpoint,
        ),
    ]
}

fn v1a(draft: &Draft) -> Request {
    draft.standard_with(draft.v1a())
}

fn signature_of(draft: &Draft) -> Signature {
    use ed25519_dalek::Signer as _;
    private_key().sign(&draft.content())
}

fn moved_boundaries() -> Vec<Case> {
    let key = Secret::current().key;
    let own = Draft::new().id("evt_a").body("{}");
    let entry = own.v1(&key);
    // One content, `evt_a.T.{}`, read in other ways.
    let time = String::from_utf8_lossy(&own.time).into_owned();
    let swapped = own.clone().id(&time).time("evt_a");
    let wide_id = own.clone().id(format!("evt_a.{time}")).body("{}");
    let two_times = Draft::new().id("evt_b").body(format!("{time}.{{}}"));
    let shifted = two_times.clone().id(format!("evt_b.{time}")).body("{}");
    let no_time = own.clone().id(format!("evt_a.{time}")).time("").body("{}");
    let slack = Draft::new().body(format!("{time}:x"));
    let slack_mac = slack.slack().value("x-slack-signature");
    let slack_shifted =
        slack.clone().time(format!("{time}:{time}")).body("x").slack().set("x-slack-signature", slack_mac);
    let stripe = Draft::new().body(format!("{time}.x"));
    let stripe_shifted = stripe.clone().body("x").stripe_with(format!("t={time}.{time},v1={}", stripe.stripe_mac()));
    let malformed: &[&str] = &["signed_header_malformed"];
    let any: &[&str] = &["signed_header_malformed", "timestamp_malformed"];
    vec![
        Case::new(STANDARD, "id and time swapped", &swapped.standard_with(&entry)).refused(any),
        Case::new(STANDARD, "the id swallows the time", &wide_id.standard_with(&entry)).refused(malformed),
        Case::new(STANDARD, "the id swallows the time, the body gives one", &shifted.standard_with(two_times.v1(&key)))
            .refused(malformed),
        Case::new(STANDARD, "an empty time", &no_time.standard_with(&entry)).refused(any),
        Case::new(SLACK, "the time swallows the body's begin", &slack_shifted).refused(any),
        Case::new(STRIPE, "the time swallows the body's begin", &stripe_shifted).refused(&["timestamp_malformed"]),
        Case::new(STANDARD, "read as signed (control)", &own.standard_with(&entry)).meets(Expect::Handled),
    ]
}

/// The order of the base point, little-endian (RFC 8032, section 5.1).
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn weak_ed25519() -> Vec<Case> {
    let (malleable, small, zero, flipped) = (Draft::new(), Draft::new(), Draft::new(), Draft::new());
    let mut off_by_one = signature_of(&flipped).to_bytes();
    off_by_one[63] ^= 1;
    let small_order = small_order_r(&small);
    // Not a bad forgery but one that a lenient verifier takes: else the row would prove nothing.
    let lenient = private_key().verifying_key().verify(&small.content(), &small_order);
    assert!(lenient.is_ok(), "the small-order signature is accepted by the lenient equation");
    let mut cases = vec![
        Case::new(STANDARD_PUBLIC, "S + L", &malleable.standard_with(v1a_entry(&plus_l(&signature_of(&malleable)))))
            .refused(MISMATCH),
        Case::new(STANDARD_PUBLIC, "R of small order", &small.standard_with(v1a_entry(&small_order.to_bytes())))
            .refused(MISMATCH),
        Case::new(STANDARD_PUBLIC, "one bit off", &flipped.standard_with(v1a_entry(&off_by_one))).refused(MISMATCH),
        Case::new(STANDARD_PUBLIC, "all zeros", &zero.standard_with(v1a_entry(&[0; 64]))).refused(MISMATCH),
    ];
    cases.push(Case::new(STANDARD_PUBLIC, "untouched (control)", &v1a(&Draft::new())).meets(Expect::Handled));
    cases
}

/// The same signature with S moved by the group's order: a second text for it, if S is not checked.
fn plus_l(signature: &Signature) -> [u8; 64] {
    let mut bytes = signature.to_bytes();
    let mut carry = 0u16;
    for (byte, add) in bytes[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + L has 256 bits");
    bytes
}

/// A signature whose R is the neutral element: S = k·a solves the equation for it.
fn small_order_r(draft: &Draft) -> Signature {
    let r = EdwardsPoint::identity().compress().to_bytes();
    let key = private_key();
    let wide: [u8; 64] = Sha512::digest(key.to_bytes()).into();
    let lower: [u8; 32] = wide[..32].try_into().expect("half of 64 bytes");
    let a = Scalar::from_bytes_mod_order(clamp_integer(lower));
    let hash = Sha512::new().chain_update(r).chain_update(key.verifying_key().as_bytes()).chain_update(draft.content());
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    Signature::from_components(r, (k * a).to_bytes())
}

fn of_another_endpoint(adapter: Adapter) -> Finding {
    let own = Setup::standard().start(adapter);
    let other = Setup::new(standard_webhooks(), SigningSecret::new(Secret::other().text)).start(adapter);
    let (mine, theirs) = (Draft::new(), Draft::new());
    let theirs = theirs.standard_with(theirs.v1(&Secret::other().key));
    ensure_refused(own.deliver(&theirs), &own, 401, "signature_mismatch")?;
    ensure_refused(other.deliver(&mine.standard()), &other, 401, "signature_mismatch")?;
    ensure(own.store.calls() + other.store.calls() == 0, || "a store was asked".into())?;
    ensure_runs(&own, 0)?;
    ensure_runs(&other, 0)?;
    // Each at home (control).
    ensure_fresh(own.deliver(&mine.standard()), 200)?;
    ensure_fresh(other.deliver(&theirs), 200)?;
    // A provider whose deliveries carry the same header, under a secret of its own.
    let github = Setup::github().start(adapter);
    let draft = Draft::new();
    let foreign = mac(&Secret::other_text_key().key, &draft.body, Encoding::Hex);
    ensure_refused(
        github.deliver(&draft.github_with(format!("sha256={foreign}"))),
        &github,
        401,
        "signature_mismatch",
    )?;
    Ok(())
}
