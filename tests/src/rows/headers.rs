//! headers that are missing, empty, repeated or badly written.

use countersign::Encoding;

use super::{GITHUB, SLACK, STANDARD, STRIPE};
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::sign::{Draft, Secret, mac};

const MISSING: &[&str] = &["signature_missing"];
const MALFORMED: &[&str] = &["signature_malformed"];
const AMBIGUOUS: &[&str] = &["ambiguous_headers"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-001", "no signature header", "401", || {
            vec![
                Case::new(STANDARD, "no signature", &Draft::new().unsigned_standard()).refused(MISSING),
                Case::new(GITHUB, "no signature", &Draft::new().github().without("x-hub-signature-256"))
                    .refused(MISSING),
                Case::new(STRIPE, "no signature", &Draft::new().stripe().without("stripe-signature")).refused(MISSING),
            ]
        }),
        Row::cases("A-002", "no timestamp", "401; the check is never skipped", || {
            let missing: &[&str] = &["timestamp_missing", "signed_header_missing"];
            let draft = Draft::new();
            let untimed = draft.stripe_with(format!("v1={}", draft.stripe_mac()));
            vec![
                Case::new(STANDARD, "no header", &Draft::new().standard().without("webhook-timestamp"))
                    .refused(missing),
                Case::new(STANDARD, "not signed either", &timeless()).refused(missing),
                Case::new(SLACK, "no header", &Draft::new().slack().without("x-slack-request-timestamp"))
                    .refused(missing),
                Case::new(STRIPE, "no t", &untimed).refused(MALFORMED),
            ]
        }),
        Row::cases("A-003", "no id header", "401", || {
            let request = Draft::new().standard().without("webhook-id");
            vec![Case::new(STANDARD, "no id", &request).refused(&["signed_header_missing"])]
        }),
        Row::cases("A-004", "an empty signature header", "401", || on_three_lanes("", "empty")),
        Row::cases("A-005", "a signature header of spaces and tabs", "401", || on_three_lanes(" \t  \t", "blank")),
        Row::cases("A-006", "two signature lines, the first valid", "401", || {
            let draft = Draft::new();
            let (standard, github) = (Draft::new(), Draft::new().github());
            vec![
                Case::new(STANDARD, "valid, wrong", &standard.standard().header("webhook-signature", wrong_v1()))
                    .refused(AMBIGUOUS),
                Case::new(STANDARD, "valid twice", &draft.standard().header("webhook-signature", current(&draft)))
                    .refused(AMBIGUOUS),
                Case::new(GITHUB, "valid, wrong", &github.header("x-hub-signature-256", "sha256=00"))
                    .refused(AMBIGUOUS),
            ]
        }),
        Row::cases("A-007", "two signature lines, the second valid", "401", || {
            let (draft, github) = (Draft::new(), Draft::new());
            let signature = github.github().value("x-hub-signature-256");
            vec![
                Case::new(
                    STANDARD,
                    "wrong, valid",
                    &draft.standard_with(wrong_v1()).header("webhook-signature", current(&draft)),
                )
                .refused(AMBIGUOUS),
                Case::new(
                    GITHUB,
                    "wrong, valid",
                    &github.github_with("sha256=00").header("x-hub-signature-256", signature),
                )
                .refused(AMBIGUOUS),
            ]
        }),
        Row::cases("A-008", "two timestamp lines", "401", || {
            let draft = Draft::new();
            let time = String::from_utf8_lossy(&draft.time).into_owned();
            vec![
                Case::new(STANDARD, "differing", &draft.standard().header("webhook-timestamp", "1")).refused(AMBIGUOUS),
                Case::new(STANDARD, "equal", &Draft::new().standard().header("webhook-timestamp", &time))
                    .refused(AMBIGUOUS),
                Case::new(SLACK, "differing", &Draft::new().slack().header("x-slack-request-timestamp", "1"))
                    .refused(AMBIGUOUS),
            ]
        }),
        Row::cases("A-009", "two id lines", "401", || {
            let draft = Draft::new();
            vec![
                Case::new(STANDARD, "equal", &draft.standard().header("webhook-id", &draft.id)).refused(AMBIGUOUS),
                Case::new(STANDARD, "differing", &Draft::new().standard().header("webhook-id", "evt_0"))
                    .refused(AMBIGUOUS),
            ]
        }),
        Row::cases("A-010", "both header sets, `webhook-` and `svix-`", "401 unless they say the same", two_sets),
        Row::cases("A-011", "header names in mixed case", "handled (control)", || {
            let request = Draft::new().standard();
            let request = request.rename("webhook-id", "wEbHoOk-Id").rename("webhook-signature", "WEBHOOK-SIGNATURE");
            vec![Case::new(STANDARD, "mixed case", &request).meets(Expect::Handled)]
        }),
        Row::cases("A-012", "white space around a value, and inside it", "trimmed outside, refused inside", || {
            let draft = Draft::new();
            let padded = draft.standard_with(format!("  \t{} \t ", current(&draft)));
            let inside = Draft::new().id("evt 12");
            let split = Draft::new();
            let signature = current(&split).replace("v1,", "v1, ");
            vec![
                Case::new(STANDARD, "around the signature", &padded).meets(Expect::Handled),
                Case::new(STANDARD, "inside the id, signed so", &inside.standard())
                    .refused(&["signed_header_malformed"]),
                Case::new(STANDARD, "inside the signature", &split.standard_with(signature)).refused(MALFORMED),
            ]
        }),
        Row::cases("A-013", "a header value folded over two lines", "400 by the server, or 401", || {
            let draft = Draft::new();
            let folded = current(&draft).replace("v1,", "v1,\r\n ");
            vec![Case::new(STANDARD, "obs-fold", &draft.standard_with(folded)).meets(Expect::BadHttp(&[400]))]
        }),
        Row::cases(
            "A-014",
            "control characters and bytes beyond ASCII in signature, id and time",
            "400 by the server, or 401",
            control_characters,
        ),
        Row::cases("A-015", "full-width and Arabic digits in the timestamp", "401", || {
            let digits = ["１７９５４５１７３２", "١٧٩٥٤٥١٧٣٢", "1795451732\u{200b}"];
            let standard = digits.map(|digits| Case::new(STANDARD, digits, &Draft::new().time(digits).standard()));
            let slack = digits.map(|digits| Case::new(SLACK, digits, &Draft::new().time(digits).slack()));
            let malformed = |case: Case| case.refused(&["signed_header_malformed", "timestamp_malformed"]);
            standard.into_iter().chain(slack).map(malformed).collect()
        }),
    ]
}

/// The `v1` entry that the current secret makes.
pub(super) fn current(draft: &Draft) -> String {
    draft.v1(&Secret::current().key)
}

/// A well-formed entry that no key made.
pub(super) fn wrong_v1() -> String {
    format!("v1,{}", mac(b"nobody's key", b"nobody's content", Encoding::Base64))
}

fn on_three_lanes(signature: &str, note: &str) -> Vec<Case> {
    let lanes: [(Lane, Request); 3] = [
        (STANDARD, Draft::new().standard_with(signature)),
        (GITHUB, Draft::new().github_with(signature)),
        (STRIPE, Draft::new().stripe_with(signature)),
    ];
    lanes.iter().map(|(lane, request)| Case::new(*lane, note, request).refused(MALFORMED)).collect()
}

/// Signed without a time, sent without a time.
fn timeless() -> Request {
    let draft = Draft::new().time("");
    draft.standard().without("webhook-timestamp")
}

fn two_sets() -> Vec<Case> {
    let svix = |request: Request| {
        let request = request.rename("webhook-id", "svix-id").rename("webhook-timestamp", "svix-timestamp");
        request.rename("webhook-signature", "svix-signature")
    };
    let both = |first: &Draft, second: &Draft| {
        let second = svix(second.standard());
        let request = first.standard().header("svix-id", second.value("svix-id"));
        let request = request.header("svix-timestamp", second.value("svix-timestamp"));
        request.header("svix-signature", second.value("svix-signature"))
    };
    let (one, two) = (Draft::new(), Draft::new());
    let mixed = svix(Draft::new().standard()).header("webhook-id", "evt_0");
    let forged = svix(Draft::new().standard()).header("webhook-signature", wrong_v1());
    let id_only = Draft::new().standard().header("svix-id", "evt_0");
    let time_only = Draft::new().standard().header("svix-timestamp", "1795451000");
    vec![
        Case::new(STANDARD, "two valid messages", &both(&one, &two)).refused(AMBIGUOUS),
        Case::new(STANDARD, "the second set has another id", &id_only).refused(AMBIGUOUS),
        Case::new(STANDARD, "the second set has another time", &time_only).refused(AMBIGUOUS),
        Case::new(STANDARD, "one valid, one forged", &forged).refused(AMBIGUOUS),
        Case::new(STANDARD, "id of one set, the rest of the other", &mixed).refused(AMBIGUOUS),
        Case::new(STANDARD, "both say the same (control)", &both(&one, &one)).meets(Expect::Handled),
        Case::new(STANDARD, "svix alone (control)", &svix(Draft::new().standard())).meets(Expect::Handled),
    ]
}

fn control_characters() -> Vec<Case> {
    let mut cases = Vec::new();
    for byte in [0x00, 0x01, 0x08, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0xa0, 0xc3, 0xff] {
        let inside = |text: &[u8]| [text, &[byte], b"9".as_slice()].concat();
        let (id, time, signature) = (Draft::new(), Draft::new(), Draft::new());
        let in_id = id.clone().id(inside(&id.id));
        let in_time = time.clone().time(inside(&time.time));
        let in_signature = signature.standard_with(inside(current(&signature).as_bytes()));
        for (place, request) in [("id", in_id.standard()), ("time", in_time.standard()), ("signature", in_signature)] {
            let note = format!("0x{byte:02x} in the {place}");
            cases.push(Case::new(STANDARD, note, &request).meets(Expect::BadHttp(&[400])));
        }
    }
    cases
}
