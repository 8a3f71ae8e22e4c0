//! what is wrong with the headers that carry id, time and signature.

use countersign::Encoding;

use super::{GITHUB, SLACK, STANDARD, STANDARD_PUBLIC, STRIPE};
use crate::request::Request;
use crate::row::{Case, Expect, Held, Lane, Row};
use crate::sign::{Draft, Secret, mac, v1a_entry};

const MISSING: &[&str] = &["signature_missing"];
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];
const AMBIGUOUS: &[&str] = &["ambiguous_headers"];
const TOO_MANY: &[&str] = &["too_many_signatures"];

pub(super) fn rows() -> Vec<Row> {
    let held = |id, what, expects, cases| Row { id, what, expects, held: Held::Cases(cases) };
    vec![
        held("A-001", "no signature header", "401", || {
            vec![
                Case::new(STANDARD, "no signature", &Draft::new().unsigned_standard()).refused(MISSING),
                Case::new(GITHUB, "no signature", &Draft::new().github().without("x-hub-signature-256")).refused(MISSING),
                Case::new(STRIPE, "no signature", &Draft::new().stripe().without("stripe-signature")).refused(MISSING),
            ]
        }),
        held("A-002", "no timestamp", "401; the check is never skipped", || {
            let missing: &[&str] = &["timestamp_missing", "signed_header_missing"];
            let draft = Draft::new();
            let untimed = draft.stripe_with(format!("v1={}", draft.stripe_mac()));
            vec![
                Case::new(STANDARD, "no header", &Draft::new().standard().without("webhook-timestamp")).refused(missing),
                Case::new(STANDARD, "not signed either", &timeless()).refused(missing),
                Case::new(SLACK, "no header", &Draft::new().slack().without("x-slack-request-timestamp")).refused(missing),
                Case::new(STRIPE, "no t", &untimed).refused(MALFORMED),
            ]
        }),
        held("A-003", "no id header", "401", || {
            let request = Draft::new().standard().without("webhook-id");
            vec![Case::new(STANDARD, "no id", &request).refused(&["signed_header_missing"])]
        }),
        held("A-004", "an empty signature header", "401", || on_three_lanes("", "empty")),
        held("A-005", "a signature header of spaces and tabs", "401", || on_three_lanes(" \t  \t", "blank")),
        held("A-006", "two signature lines, the first valid", "401", || {
            let draft = Draft::new();
            let (standard, github) = (Draft::new(), Draft::new().github());
            vec![
                Case::new(STANDARD, "valid, wrong", &standard.standard().header("webhook-signature", wrong_v1()))
                    .refused(AMBIGUOUS),
                Case::new(STANDARD, "valid twice", &draft.standard().header("webhook-signature", current(&draft)))
                    .refused(AMBIGUOUS),
                Case::new(GITHUB, "valid, wrong", &github.header("x-hub-signature-256", "sha256=00")).refused(AMBIGUOUS),
            ]
        }),
        held("A-007", "two signature lines, the second valid", "401", || {
            let (draft, github) = (Draft::new(), Draft::new());
            let signature = github.github().value("x-hub-signature-256");
            vec![
                Case::new(STANDARD, "wrong, valid", &draft.standard_with(wrong_v1()).header("webhook-signature", current(&draft)))
                    .refused(AMBIGUOUS),
                Case::new(GITHUB, "wrong, valid", &github.github_with("sha256=00").header("x-hub-signature-256", signature))
                    .refused(AMBIGUOUS),
            ]
        }),
        held("A-008", "two timestamp lines", "401", || {
            let draft = Draft::new();
            let time = String::from_utf8_lossy(&draft.time).into_owned();
            vec![
                Case::new(STANDARD, "differing", &draft.standard().header("webhook-timestamp", "1")).refused(AMBIGUOUS),
                Case::new(STANDARD, "equal", &Draft::new().standard().header("webhook-timestamp", &time)).refused(AMBIGUOUS),
                Case::new(SLACK, "differing", &Draft::new().slack().header("x-slack-request-timestamp", "1"))
                    .refused(AMBIGUOUS),
            ]
        }),
        held("A-009", "two id lines", "401", || {
            let draft = Draft::new();
            vec![
                Case::new(STANDARD, "equal", &draft.standard().header("webhook-id", &draft.id)).refused(AMBIGUOUS),
                Case::new(STANDARD, "differing", &Draft::new().standard().header("webhook-id", "evt_0")).refused(AMBIGUOUS),
            ]
        }),
        held("A-010", "both header sets, `webhook-` and `svix-`", "401 unless they say the same", two_sets),
        held("A-011", "header names in mixed case", "handled (control)", || {
            let request = Draft::new().standard();
            let request = request.rename("webhook-id", "wEbHoOk-Id").rename("webhook-signature", "WEBHOOK-SIGNATURE");
            vec![Case::new(STANDARD, "mixed case", &request).meets(Expect::Handled)]
        }),
        held("A-012", "white space around a value, and inside it", "trimmed outside, refused inside", || {
            let draft = Draft::new();
            let padded = draft.standard_with(format!("  \t{} \t ", current(&draft)));
            let inside = Draft::new().id("evt 12");
            let split = Draft::new();
            let signature = current(&split).replace("v1,", "v1, ");
            vec![
                Case::new(STANDARD, "around the signature", &padded).meets(Expect::Handled),
                Case::new(STANDARD, "inside the id, signed so", &inside.standard()).refused(&["signed_header_malformed"]),
                Case::new(STANDARD, "inside the signature", &split.standard_with(signature)).refused(MALFORMED),
            ]
        }),
        held("A-013", "a header value folded over two lines", "400 by the server, or 401", || {
            let draft = Draft::new();
            let folded = current(&draft).replace("v1,", "v1,\r\n ");
            vec![Case::new(STANDARD, "obs-fold", &draft.standard_with(folded)).meets(Expect::BadHttp(&[400]))]
        }),
        held("A-014", "control characters and bytes beyond ASCII in signature, id and time", "400 by the server, or 401", control_characters),
        held("A-015", "full-width and Arabic digits in the timestamp", "401", || {
            let digits = ["１７９５４５１７３２", "١٧٩٥٤٥١٧٣٢", "1795451732\u{200b}"];
            let standard = digits.map(|digits| Case::new(STANDARD, digits, &Draft::new().time(digits).standard()));
            let slack = digits.map(|digits| Case::new(SLACK, digits, &Draft::new().time(digits).slack()));
            let malformed = |case: Case| case.refused(&["signed_header_malformed", "timestamp_malformed"]);
            standard.into_iter().chain(slack).map(malformed).collect()
        }),
        held("A-016", "a signature header of 64 KiB", "401 or 431, at once", || {
            let long = format!("v1,{}", "A".repeat(64 * 1024));
            let hex = format!("sha256={}", "a".repeat(64 * 1024));
            vec![
                Case::new(STANDARD, "one entry", &Draft::new().standard_with(long)).refused(MALFORMED),
                Case::new(GITHUB, "one value", &Draft::new().github_with(hex)).refused(MALFORMED),
            ]
        }),
        held("A-017", "10,000 signature entries, none valid", "401 at once, without hashing for each", || {
            let short = "v1,AAAA ".repeat(10_000);
            let sixteen = vec![wrong_v1(); 16].join(" ");
            vec![
                Case::new(STANDARD, "10,000", &Draft::new().standard_with(short.trim_end())).refused(TOO_MANY),
                Case::new(STANDARD, "16 well-formed ones", &Draft::new().standard_with(sixteen)).refused(MISMATCH),
            ]
        }),
        held("A-018", "10,000 entries, the last valid", "401: at most 16 are looked at", || {
            let among = |others: usize, filler: &str| {
                let draft = Draft::new();
                let entries = format!("{}{}", filler.repeat(others), current(&draft));
                draft.standard_with(entries)
            };
            vec![
                Case::new(STANDARD, "the 10,000th", &among(9_999, "v1,AAAA ")).refused(TOO_MANY),
                Case::new(STANDARD, "the 17th", &among(16, "v1,AAAA ")).refused(TOO_MANY),
                Case::new(STANDARD, "the 16th (control)", &among(15, "v1,AAAA ")).meets(Expect::Handled),
            ]
        }),
        held("A-019", "many public-key signatures", "401: at most 4 are verified", || {
            let wrong = format!("{} ", v1a_entry(&[7; 64]));
            let among = |others: usize| {
                let draft = Draft::new();
                draft.standard_with(format!("{}{}", wrong.repeat(others), draft.v1a()))
            };
            vec![
                Case::new(STANDARD_PUBLIC, "16 wrong ones", &Draft::new().standard_with(wrong.repeat(16).trim_end()))
                    .refused(MISMATCH),
                Case::new(STANDARD_PUBLIC, "the 5th valid", &among(4)).refused(MISMATCH),
                Case::new(STANDARD_PUBLIC, "the 4th valid (control)", &among(3)).meets(Expect::Handled),
            ]
        }),
        held("A-020", "1,000 header lines", "431", || {
            let many = (0..1_000).fold(Draft::new().standard(), |request, line| request.header(&format!("X-{line}"), "x"));
            vec![Case::new(STANDARD, "1,000 lines", &many).meets(Expect::NothingRuns(&[431]))]
        }),
        held("A-021", "entries joined by a comma, as proxies join lines", "401 unless one entry is exactly valid", || {
            let (first, last, control) = (Draft::new(), Draft::new(), Draft::new());
            vec![
                Case::new(STANDARD, "valid, wrong", &first.standard_with(format!("{}, {}", current(&first), wrong_v1())))
                    .refused(MISMATCH),
                Case::new(STANDARD, "short, short", &Draft::new().standard_with("v1,AAA, v1,BBB")).refused(MALFORMED),
                Case::new(STANDARD, "wrong, valid", &last.standard_with(format!("{}, {}", wrong_v1(), current(&last))))
                    .meets(Expect::Handled),
                Case::new(STANDARD, "by a space (control)", &control.standard_with(format!("{} {}", current(&control), wrong_v1())))
                    .meets(Expect::Handled),
            ]
        }),
        held("A-022", "`webhook_signature` and other aliases", "401", || {
            let renamed = |from, to| Draft::new().standard().rename(from, to);
            vec![
                Case::new(STANDARD, "signature", &renamed("webhook-signature", "webhook_signature")).refused(MISSING),
                Case::new(STANDARD, "id", &renamed("webhook-id", "webhook_id")).refused(&["signed_header_missing"]),
                Case::new(STANDARD, "timestamp", &renamed("webhook-timestamp", "webhook_timestamp"))
                    .refused(&["timestamp_missing", "signed_header_missing"]),
                Case::new(STANDARD, "prefixed", &renamed("webhook-signature", "x-webhook-signature")).refused(MISSING),
            ]
        }),
        held("A-023", "the signature in the query or in the body", "401", || {
            let draft = Draft::new();
            let query = draft.unsigned_standard().target(&format!("/hook?webhook-signature={}", current(&draft)));
            let body = Draft::new();
            let inside = body.clone().body(format!("webhook-signature: {}", current(&body)));
            vec![
                Case::new(STANDARD, "in the query", &query).refused(MISSING),
                Case::new(STANDARD, "in the body", &inside.unsigned_standard()).refused(MISSING),
            ]
        }),
        held("A-024", "`Connection` names a signed header as one to remove", "401", || {
            let named = |connection| Draft::new().standard().header("Connection", connection);
            vec![
                Case::new(STANDARD, "the signature", &named("webhook-signature")).refused(AMBIGUOUS),
                Case::new(STANDARD, "the id, in a list", &named("keep-alive, Webhook-Id")).refused(AMBIGUOUS),
                Case::new(STANDARD, "another header (control)", &named("keep-alive")).meets(Expect::Handled),
            ]
        }),
        held("A-025", "the signature in a trailer", "401", || {
            let draft = Draft::new();
            let trailer = format!("webhook-signature: {}", current(&draft));
            let beside = Draft::new();
            let beside_trailer = format!("webhook-signature: {}", current(&beside));
            vec![
                Case::raw(STANDARD, "only there", draft.unsigned_standard().chunked(64, &[&trailer])).refused(MISSING),
                Case::raw(STANDARD, "beside a wrong one", beside.standard_with(wrong_v1()).chunked(64, &[&beside_trailer]))
                    .refused(MISMATCH),
            ]
        }),
    ]
}

fn current(draft: &Draft) -> String {
    draft.v1(&Secret::current().key)
}

/// A well-formed entry that no key made.
fn wrong_v1() -> String {
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
