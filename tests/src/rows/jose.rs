//! A-055 and the JWTs of A-051 and A-052: what a JWS may say of itself.

use countersign::{Algorithm, Encoding, SigningSecret, encode, providers, sign_mac};
use sha2::{Digest, Sha256};

use crate::clock::NOW;
use crate::journal;
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::sign::public::{EcSignature, P256_ORDER, other_p256, other_rsa_key, p256, rsa_key, rsa_spki};

/// A JWT made with ES256, beside the body whose digest it holds.
pub(super) const PLAID: Lane = Lane { name: "plaid", setup: || Setup::new(providers::PLAID, p256().jwk(KID).as_str()) };
/// The same with RS256 and no time.
const FUSIONAUTH: Lane =
    Lane { name: "fusionauth", setup: || Setup::new(providers::FUSIONAUTH, SigningSecret::new(rsa_key().pem())) };

const KID: &str = "6c5516e1-92dc-479e-a8ff-5a51992e0001";
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];
const BAD: &[&str] = &["signature_malformed", "signature_mismatch"];
const BROKEN: &[&str] = &["binding_broken"];

pub(super) fn rows() -> Vec<Row> {
    vec![Row::cases(
        "A-055",
        "JWS: alg none, HS256 with a public key, kid as a path, keys and addresses of keys in the header",
        "401; what the header says of keys is not looked at",
        || {
            let parts = [chosen_algorithms(), chosen_keys(), other_texts(), claims(), rsa_as_hmac()];
            parts.into_iter().flatten().collect()
        },
    )]
}

/// A compact JWS.
pub(super) fn token(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let [header, claims] = [header, claims].map(|part| encode(part.as_bytes(), Encoding::Base64urlNopad));
    let input = format!("{header}.{claims}");
    let signature = encode(&sign(input.as_bytes()), Encoding::Base64urlNopad);
    journal::conceal(signature.as_bytes());
    format!("{input}.{signature}")
}

fn es256(input: &[u8]) -> Vec<u8> {
    p256().sign(input).fixed()
}

fn foreign_es256(input: &[u8]) -> Vec<u8> {
    other_p256().sign(input).fixed()
}

fn plaid_header(alg: &str) -> String {
    format!(r#"{{"alg":"{alg}","kid":"{KID}","typ":"JWT"}}"#)
}

fn plaid_claims(draft: &Draft) -> String {
    let digest = encode(&Sha256::digest(&draft.body), Encoding::Hex);
    format!(r#"{{"iat":{NOW},"request_body_sha256":"{digest}"}}"#)
}

pub(super) fn plaid(draft: &Draft, token: &str) -> Request {
    draft.post().header("Plaid-Verification", token)
}

/// One token, and the same with the twin of its signature.
pub(super) fn plaid_twins(draft: &Draft) -> [String; 2] {
    let input = token(&plaid_header("ES256"), &plaid_claims(draft), |_| Vec::new());
    let signature = p256().sign(input.trim_end_matches('.').as_bytes());
    [signature, signature.twin()]
        .map(|signature| format!("{input}{}", encode(&signature.fixed(), Encoding::Base64urlNopad)))
}

/// Signatures of two numbers that are no signature.
pub(super) fn bad_fixed_ecdsa() -> Vec<Case> {
    let two = |r: [u8; 32], s: [u8; 32]| EcSignature { r, s }.fixed();
    type Change<'a> = &'a dyn Fn(EcSignature) -> Vec<u8>;
    let changes: [(&str, Change<'_>); 12] = [
        ("all zeros", &|_| vec![0; 64]),
        ("r = 0", &|it| two([0; 32], it.s)),
        ("s = 0", &|it| two(it.r, [0; 32])),
        ("r = n", &|it| two(P256_ORDER, it.s)),
        ("s = n", &|it| two(it.r, P256_ORDER)),
        ("both n", &|_| two(P256_ORDER, P256_ORDER)),
        ("all ones", &|_| vec![0xff; 64]),
        ("swapped", &|it| two(it.s, it.r)),
        ("DER", &|it| it.der()),
        ("63 bytes", &|it| it.fixed()[..63].to_vec()),
        ("65 bytes", &|it| [it.fixed(), vec![0]].concat()),
        ("each number in 33 bytes", &|it| [&[0], &it.r[..], &[0], &it.s[..]].concat()),
    ];
    let case = |(note, change): (&str, Change<'_>)| {
        let draft = Draft::new();
        let token = token(&plaid_header("ES256"), &plaid_claims(&draft), |input| change(p256().sign(input)));
        Case::new(PLAID, note, &plaid(&draft, &token)).refused(BAD)
    };
    changes.into_iter().map(case).collect()
}

fn with_header(header: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> Request {
    let draft = Draft::new();
    plaid(&draft, &token(header, &plaid_claims(&draft), sign))
}

fn chosen_algorithms() -> Vec<Case> {
    let mut cases = Vec::new();
    // Whether or not a signature comes with it.
    for alg in
        ["none", "None", "NONE", "nOnE", "", "es256", "ES256K", "ES384", "ES512", "HS256", "RS256", "PS256", "EdDSA"]
    {
        let header = plaid_header(alg);
        cases.push(Case::new(PLAID, format!("{alg:?} with an ES256 signature"), &with_header(&header, es256)));
        cases.push(Case::new(PLAID, format!("{alg:?} without a signature"), &with_header(&header, |_| Vec::new())));
    }
    for header in [
        format!(r#"{{"kid":"{KID}"}}"#),
        format!(r#"{{"alg":null,"kid":"{KID}"}}"#),
        format!(r#"{{"alg":["ES256"],"kid":"{KID}"}}"#),
        format!(r#"{{"alg":"none","alg":"ES256","kid":"{KID}"}}"#),
        format!(r#"{{"alg":"ES256","alg":"none","kid":"{KID}"}}"#),
        format!(r#"{{"alg":"ES256","\u0061lg":"ES256","kid":"{KID}"}}"#),
        format!(r#"{{"Alg":"ES256","kid":"{KID}"}}"#),
        r#""ES256""#.to_owned(),
        r#"[{"alg":"ES256"}]"#.to_owned(),
        String::new(),
    ] {
        cases.push(Case::new(PLAID, header.clone(), &with_header(&header, es256)));
    }
    for critical in [r#""crit":["exp"]"#, r#""crit":[]"#, r#""crit":["b64"],"b64":false"#, r#""b64":false"#] {
        let header = format!(r#"{{"alg":"ES256","kid":"{KID}",{critical}}}"#);
        cases.push(Case::new(PLAID, header.clone(), &with_header(&header, es256)));
    }
    let mut cases: Vec<Case> = cases.into_iter().map(|case| case.refused(MALFORMED)).collect();
    let public = p256().public();
    for key in [public.as_bytes(), p256().point(), p256().jwk(KID).as_bytes()] {
        let hs256 = |input: &[u8]| sign_mac(Algorithm::HmacSha256, key, input).expect("a MAC");
        let named = with_header(&plaid_header("HS256"), hs256);
        cases.push(Case::new(PLAID, "HS256 with the public key", &named).refused(MALFORMED));
        let unnamed = with_header(&plaid_header("ES256"), |input| hs256(input).repeat(2));
        cases.push(Case::new(PLAID, "an HMAC with the public key as ES256", &unnamed).refused(MISMATCH));
    }
    cases.push(
        Case::new(PLAID, "as it is (control)", &with_header(&plaid_header("ES256"), es256)).meets(Expect::Handled),
    );
    cases
}

fn chosen_keys() -> Vec<Case> {
    let mut cases = Vec::new();
    // The attacker signs with his own key, under whatever name.
    let long = "k".repeat(7_000);
    for kid in ["../../../../dev/null", "/etc/passwd", "file:///dev/null", "key-1", "' OR 1=1 --", "", "\\u0000", &long]
    {
        let header = format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
        let note = format!("the kid {:.24}", kid);
        cases.push(Case::new(PLAID, note.clone(), &with_header(&header, foreign_es256)).refused(BAD));
        // A key that is there counts under its own name only.
        cases.push(Case::new(PLAID, format!("{note}, the right key"), &with_header(&header, es256)).refused(BAD));
    }
    for kid in ["7", "null", "[]", r#"{"a":1}"#, "true"] {
        let header = format!(r#"{{"alg":"ES256","kid":{kid}}}"#);
        cases.push(Case::new(PLAID, format!("the kid {kid}"), &with_header(&header, foreign_es256)).refused(BAD));
    }
    let jwk = other_p256().jwk(KID);
    let x5c = other_p256().public();
    let evil = "https://keys.evil.example/jwks.json";
    let said = [
        format!(r#""jwk":{jwk}"#),
        format!(r#""jku":"{evil}""#),
        format!(r#""x5u":"{evil}""#),
        format!(r#""x5c":["{x5c}"]"#),
        format!(r#""jku":"{evil}","x5u":"{evil}","jwk":{jwk}"#),
        r#""jku":"http://169.254.169.254/latest/meta-data""#.to_owned(),
    ];
    for said in &said {
        let header = format!(r#"{{"alg":"ES256","kid":"{KID}",{said}}}"#);
        let note = format!("{:.12}", said);
        cases.push(
            Case::new(PLAID, format!("{note}, the attacker's key"), &with_header(&header, foreign_es256))
                .refused(MISMATCH),
        );
        let nameless = format!(r#"{{"alg":"ES256",{said}}}"#);
        cases.push(Case::new(PLAID, format!("{note}, no kid"), &with_header(&nameless, foreign_es256)).refused(BAD));
        let ignored = with_header(&header, es256);
        cases.push(Case::new(PLAID, format!("{note}, the right key (control)"), &ignored).meets(Expect::Handled));
    }
    cases
}

/// A right token, written otherwise.
fn other_texts() -> Vec<Case> {
    type Change = (&'static str, fn(&str) -> String);
    let changes: [Change; 12] = [
        ("two parts", |it| it.rsplit_once('.').map_or_else(String::new, |(input, _)| input.to_owned())),
        ("no signature", |it| it.rsplit_once('.').map_or_else(String::new, |(input, _)| format!("{input}."))),
        ("four parts", |it| format!("{it}.")),
        ("five parts", |it| format!("{it}.e30.e30")),
        ("padding", |it| format!("{it}==")),
        ("another alphabet", |it| format!("{}+", &it[..it.len() - 1])),
        ("spare bits", |it| {
            // 64 bytes leave four spare bits in the last character; the next letter has one of them set.
            let (rest, last) = it.split_at(it.len() - 1);
            let next = char::from(last.as_bytes()[0] + 1);
            format!("{rest}{next}")
        }),
        ("quotes", |it| format!("\"{it}\"")),
        ("a comma after it", |it| format!("{it},")),
        ("twice in one line", |it| format!("{it},{it}")),
        ("behind Bearer", |it| format!("Bearer {it}")),
        ("a line of dots", |_| ".".repeat(10_000)),
    ];
    let mut cases: Vec<Case> = changes
        .into_iter()
        .map(|(note, change)| {
            let draft = Draft::new();
            let token = token(&plaid_header("ES256"), &plaid_claims(&draft), es256);
            // An empty signature has the form of one.
            let reasons = if note == "no signature" { MISMATCH } else { MALFORMED };
            Case::new(PLAID, note, &plaid(&draft, &change(&token))).refused(reasons)
        })
        .collect();
    let draft = Draft::new();
    let twice = token(&plaid_header("ES256"), &plaid_claims(&draft), es256);
    let twice = plaid(&draft, &twice).header("Plaid-Verification", &twice);
    cases.push(Case::new(PLAID, "on two lines", &twice).refused(&["ambiguous_headers"]));
    cases
}

fn claims() -> Vec<Case> {
    let [draft, other] = [Draft::new(), Draft::new()];
    let hex = |draft: &Draft| encode(&Sha256::digest(&draft.body), Encoding::Hex);
    let with = |claims: String| plaid(&draft, &token(&plaid_header("ES256"), &claims, es256));
    let (own, foreign) = (hex(&draft), hex(&other));
    let at = |iat: &str| with(format!(r#"{{"iat":{iat},"request_body_sha256":"{own}"}}"#));
    let timed = |from: &str| with(format!(r#"{{"iat":{NOW},"request_body_sha256":"{own}",{from}}}"#));
    let cases: Vec<(&str, Request, &'static [&'static str])> = vec![
        ("another body's digest", with(format!(r#"{{"iat":{NOW},"request_body_sha256":"{foreign}"}}"#)), BROKEN),
        ("no digest", with(format!(r#"{{"iat":{NOW}}}"#)), BROKEN),
        ("an empty digest", with(format!(r#"{{"iat":{NOW},"request_body_sha256":""}}"#)), BROKEN),
        ("a digest that is cut", with(format!(r#"{{"iat":{NOW},"request_body_sha256":"{}"}}"#, &own[..32])), BROKEN),
        (
            "two digests",
            with(format!(r#"{{"iat":{NOW},"request_body_sha256":"{foreign}","request_body_sha256":"{own}"}}"#)),
            BROKEN,
        ),
        ("another body under a right token", other_body(), BROKEN),
        ("old", at(&(NOW - 301).to_string()), &["stale"]),
        ("ahead", at(&(NOW + 301).to_string()), &["from_the_future"]),
        ("no time", with(format!(r#"{{"request_body_sha256":"{own}"}}"#)), &["timestamp_missing"]),
        ("a fraction", at(&format!("{NOW}.5")), &["timestamp_malformed"]),
        ("an exponent", at("1.7e9"), &["timestamp_malformed"]),
        ("a negative time", at("-1"), &["timestamp_malformed"]),
        ("milliseconds", at(&format!("{NOW}000")), &["timestamp_unit", "timestamp_malformed", "from_the_future"]),
        ("expired", timed(&format!(r#""exp":{NOW}"#)), &["stale"]),
        ("expires at a text", timed(r#""exp":"never""#), &["timestamp_malformed"]),
        ("expires twice", timed(&format!(r#""exp":{},"exp":{NOW}"#, NOW + 60)), &["timestamp_malformed"]),
        ("not before later", timed(&format!(r#""nbf":{}"#, NOW + 1)), &["from_the_future"]),
        ("no object", with("[]".into()), BROKEN),
        ("no JSON", with("iat".into()), BROKEN),
    ];
    let refused = cases.into_iter().map(|(note, request, reasons)| Case::new(PLAID, note, &request).refused(reasons));
    let bounds = timed(&format!(r#""exp":{},"nbf":{NOW}"#, NOW + 1));
    refused.chain([Case::new(PLAID, "within its bounds (control)", &bounds).meets(Expect::Handled)]).collect()
}

fn other_body() -> Request {
    let [signed, sent] = [Draft::new(), Draft::new()];
    plaid(&sent, &token(&plaid_header("ES256"), &plaid_claims(&signed), es256))
}

/// A public RSA key, which everyone knows, as the secret of an HMAC.
fn rsa_as_hmac() -> Vec<Case> {
    let request = |draft: &Draft, header: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let digest = encode(&Sha256::digest(&draft.body), Encoding::Base64);
        let token = token(header, &format!(r#"{{"request_body_sha256":"{digest}"}}"#), sign);
        draft.post().header("X-FusionAuth-Signature-JWT", token)
    };
    let event = || {
        let draft = Draft::new();
        let id = String::from_utf8_lossy(&draft.id).into_owned();
        draft.body(format!(r#"{{"event":{{"id":"{id}","type":"user.create"}}}}"#))
    };
    let rsa = rsa_key();
    let spki = rsa_spki(&rsa.modulus(), &[1, 0, 1]);
    let keys = [rsa.pem(), rsa.pem().trim_end().to_owned(), rsa.jwk("1"), encode(&spki, Encoding::Base64)];
    let keys = keys.map(String::into_bytes).into_iter().chain([spki, rsa.modulus(), Vec::new()]);
    let mut cases = Vec::new();
    for key in keys {
        for (alg, algorithm) in [
            ("HS256", Algorithm::HmacSha256),
            ("HS384", Algorithm::HmacSha384),
            ("HS512", Algorithm::HmacSha512),
            ("RS256", Algorithm::HmacSha256),
        ] {
            let draft = event();
            let mac = |input: &[u8]| sign_mac(algorithm, &key, input).expect("a MAC");
            let request = request(&draft, &format!(r#"{{"alg":"{alg}"}}"#), &mac);
            cases
                .push(Case::new(FUSIONAUTH, format!("{alg} with a key of {} bytes", key.len()), &request).refused(BAD));
        }
    }
    let rs256 = |input: &[u8]| rsa.sign(input);
    for alg in ["RS384", "RS512"] {
        // One key serves all three, but a signature is of the algorithm that its header names.
        let request = request(&event(), &format!(r#"{{"alg":"{alg}"}}"#), &rs256);
        cases.push(Case::new(FUSIONAUTH, format!("RS256 under the name {alg}"), &request).refused(MISMATCH));
    }
    let foreign = |input: &[u8]| other_rsa_key().sign(input);
    let header = r#"{"alg":"RS256"}"#;
    cases.push(Case::new(FUSIONAUTH, "another key", &request(&event(), header, &foreign)).refused(MISMATCH));
    cases.push(Case::new(FUSIONAUTH, "RS256 (control)", &request(&event(), header, &rs256)).meets(Expect::Handled));
    cases
}
