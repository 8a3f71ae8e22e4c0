//! secrets that are sent themselves, as a token or as a password.

use countersign::{Encoding, SigningSecret, encode, providers};
use sha2::{Digest, Sha256};

use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret};

/// A token alone in a header.
pub(super) const TOKEN: Lane = Lane { name: "gitlab-token", setup: || Setup::by_text_key(providers::GITLAB_TOKEN) };
/// HTTP's basic authentication.
const BASIC: Lane =
    Lane { name: "azure-devops", setup: || Setup::new(providers::AZURE_DEVOPS, SigningSecret::new(credentials())) };

const REFUSED: &[&str] = &["signature_missing", "signature_malformed", "signature_mismatch"];

pub(super) fn rows() -> Vec<Row> {
    vec![Row::cases(
        "A-168",
        "a token or a password that is wrong, empty, a part of the right one, longer, or written otherwise",
        "401",
        || tokens().into_iter().chain(passwords()).collect(),
    )]
}

fn credentials() -> String {
    let text = format!("robot:{}", Secret::text_key().text);
    Secret::plain(&text);
    text
}

/// A GitLab request without its token.
fn without_token() -> Request {
    let draft = Draft::new();
    draft.post().header("Idempotency-Key", &draft.id)
}

/// A GitLab request with the right token, for any body.
pub(super) fn with_token(draft: &Draft) -> Request {
    draft.post().header("Idempotency-Key", &draft.id).header("X-Gitlab-Token", Secret::text_key().text)
}

fn tokens() -> Vec<Case> {
    let right = Secret::text_key().text;
    let wrong = |text: &str| {
        let request = without_token().header("X-Gitlab-Token", text);
        Case::new(TOKEN, format!("a token of {} bytes", text.len()), &request).refused(REFUSED)
    };
    let digest = Sha256::digest(right.as_bytes());
    let mut swapped = right.clone().into_bytes();
    swapped.swap(0, 1);
    let swapped = String::from_utf8(swapped).expect("letters");
    let texts = [
        String::new(),
        " ".into(),
        "0".into(),
        "null".into(),
        "undefined".into(),
        Secret::other_text_key().text,
        right[..1].into(),
        right[..16].into(),
        right[..right.len() - 1].into(),
        right[1..].into(),
        format!("{right}x"),
        format!("{right}{right}"),
        format!("{right},"),
        format!("{right}, {right}"),
        format!("\"{right}\""),
        format!("Bearer {right}"),
        right.to_lowercase(),
        right.to_uppercase(),
        swapped,
        encode(right.as_bytes(), Encoding::Base64),
        // What is kept of the token: who reads it must not get in by it.
        encode(&digest, Encoding::Hex),
        encode(&digest, Encoding::Base64),
        "x".repeat(1_024),
        "x".repeat(5_000),
    ];
    let mut cases: Vec<Case> = texts.iter().map(|text| wrong(text)).collect();
    let named = |name: &str| without_token().header(name, &right);
    cases.extend([
        Case::new(TOKEN, "absent", &without_token()).refused(REFUSED),
        Case::new(TOKEN, "in another header", &named("X-Gitlab-Tokens")).refused(REFUSED),
        Case::new(TOKEN, "in Authorization", &named("Authorization")).refused(REFUSED),
        Case::new(TOKEN, "in the query", &without_token().target(&format!("/hook?X-Gitlab-Token={right}")))
            .refused(REFUSED),
        Case::new(TOKEN, "bytes", &without_token().header("X-Gitlab-Token", digest)).meets(Expect::BadHttp(&[400])),
        Case::new(TOKEN, "twice", &named("X-Gitlab-Token").header("X-Gitlab-Token", &right))
            .refused(&["ambiguous_headers"]),
        Case::new(
            TOKEN,
            "after a wrong one",
            &without_token().header("X-Gitlab-Token", "x").header("X-Gitlab-Token", &right),
        )
        .refused(&["ambiguous_headers"]),
        Case::new(TOKEN, "as it is (control)", &with_token(&Draft::new())).meets(Expect::Handled),
        Case::new(
            TOKEN,
            "between spaces (control)",
            &without_token().header("X-Gitlab-Token", format!("  {right} \t")),
        )
        .meets(Expect::Handled),
    ]);
    cases
}

fn passwords() -> Vec<Case> {
    let basic = |text: &str| encode(text.as_bytes(), Encoding::Base64);
    let (pair, password) = (credentials(), Secret::text_key().text);
    let with = |value: &str| Draft::new().post().header("Authorization", value);
    let pairs = [
        String::new(),
        ":".into(),
        "robot".into(),
        "robot:".into(),
        format!(":{password}"),
        password.clone(),
        format!("admin:{password}"),
        format!("Robot:{password}"),
        format!("robot:{}", password.to_lowercase()),
        format!("robot:{}", &password[..password.len() - 1]),
        format!("robot:{password}x"),
        format!("robot:{password}\n"),
        format!(" robot:{password}"),
        format!("robot::{password}"),
        format!("{password}:robot"),
        format!("robot:{password}:"),
        format!("{pair}\0"),
    ];
    let mut cases: Vec<Case> = pairs
        .iter()
        .map(|pair| {
            Case::new(BASIC, format!("{} bytes", pair.len()), &with(&format!("Basic {}", basic(pair)))).refused(REFUSED)
        })
        .collect();
    let encoded = basic(&pair);
    let values = [
        encoded.clone(),
        format!("Basic {pair}"),
        format!("Basic  {encoded}"),
        format!("basic {encoded}"),
        format!("BASIC {encoded}"),
        format!("Basic\t{encoded}"),
        format!("Basic {}", encoded.trim_end_matches('=')),
        format!("Basic {encoded}="),
        format!("Basic {encoded}, Basic {encoded}"),
        format!("Bearer {encoded}"),
        format!("Bearer {password}"),
        format!("Basic {}", basic(&encoded)),
        "Basic".into(),
        "Basic ".into(),
    ];
    cases.extend(values.iter().map(|value| Case::new(BASIC, format!("{:.9}", value), &with(value)).refused(REFUSED)));
    cases.extend([
        Case::new(BASIC, "absent", &Draft::new().post()).refused(REFUSED),
        Case::new(BASIC, "as it is (control)", &with(&format!("Basic {encoded}"))).meets(Expect::Handled),
    ]);
    cases
}
