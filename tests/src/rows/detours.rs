//! too many signatures, too long headers, and signatures that come another way.

use super::headers::{current, wrong_v1};
use super::{GITHUB, STANDARD, STANDARD_PUBLIC};
use crate::row::{Case, Expect, Row};
use crate::sign::{Draft, v1a_entry};

const MISSING: &[&str] = &["signature_missing"];
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];
const AMBIGUOUS: &[&str] = &["ambiguous_headers"];
const TOO_MANY: &[&str] = &["too_many_signatures"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-016", "a signature header of 64 KiB", "401 or 431, at once", || {
            let long = format!("v1,{}", "A".repeat(64 * 1024));
            let hex = format!("sha256={}", "a".repeat(64 * 1024));
            vec![
                Case::new(STANDARD, "one entry", &Draft::new().standard_with(long)).refused(MALFORMED),
                Case::new(GITHUB, "one value", &Draft::new().github_with(hex)).refused(MALFORMED),
            ]
        }),
        Row::cases("A-017", "10,000 signature entries, none valid", "401 at once, without hashing for each", || {
            let short = "v1,AAAA ".repeat(10_000);
            let sixteen = vec![wrong_v1(); 16].join(" ");
            vec![
                Case::new(STANDARD, "10,000", &Draft::new().standard_with(short.trim_end())).refused(TOO_MANY),
                Case::new(STANDARD, "16 well-formed ones", &Draft::new().standard_with(sixteen)).refused(MISMATCH),
            ]
        }),
        Row::cases("A-018", "10,000 entries, the last valid", "401: at most 16 are looked at", || {
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
        Row::cases("A-019", "many public-key signatures", "401: at most 8 are verified", || {
            let wrong = format!("{} ", v1a_entry(&[7; 64]));
            let among = |others: usize| {
                let draft = Draft::new();
                draft.standard_with(format!("{}{}", wrong.repeat(others), draft.v1a()))
            };
            vec![
                Case::new(STANDARD_PUBLIC, "16 wrong ones", &Draft::new().standard_with(wrong.repeat(16).trim_end()))
                    .refused(MISMATCH),
                Case::new(STANDARD_PUBLIC, "the 9th valid", &among(8)).refused(MISMATCH),
                Case::new(STANDARD_PUBLIC, "the 8th valid (control)", &among(7)).meets(Expect::Handled),
            ]
        }),
        Row::cases("A-020", "1,000 header lines", "431", || {
            let many =
                (0..1_000).fold(Draft::new().standard(), |request, line| request.header(&format!("X-{line}"), "x"));
            vec![Case::new(STANDARD, "1,000 lines", &many).meets(Expect::NothingRuns(&[431]))]
        }),
        Row::cases(
            "A-021",
            "entries joined by a comma, as proxies join lines",
            "401 unless one entry is exactly valid",
            || {
                let (first, last, control) = (Draft::new(), Draft::new(), Draft::new());
                vec![
                    Case::new(
                        STANDARD,
                        "valid, wrong",
                        &first.standard_with(format!("{}, {}", current(&first), wrong_v1())),
                    )
                    .refused(MISMATCH),
                    Case::new(STANDARD, "short, short", &Draft::new().standard_with("v1,AAA, v1,BBB"))
                        .refused(MALFORMED),
                    Case::new(
                        STANDARD,
                        "wrong, valid",
                        &last.standard_with(format!("{}, {}", wrong_v1(), current(&last))),
                    )
                    .meets(Expect::Handled),
                    Case::new(
                        STANDARD,
                        "by a space (control)",
                        &control.standard_with(format!("{} {}", current(&control), wrong_v1())),
                    )
                    .meets(Expect::Handled),
                ]
            },
        ),
        Row::cases("A-022", "`webhook_signature` and other aliases", "401", || {
            let renamed = |from, to| Draft::new().standard().rename(from, to);
            vec![
                Case::new(STANDARD, "signature", &renamed("webhook-signature", "webhook_signature")).refused(MISSING),
                Case::new(STANDARD, "id", &renamed("webhook-id", "webhook_id")).refused(&["signed_header_missing"]),
                Case::new(STANDARD, "timestamp", &renamed("webhook-timestamp", "webhook_timestamp"))
                    .refused(&["timestamp_missing", "signed_header_missing"]),
                Case::new(STANDARD, "prefixed", &renamed("webhook-signature", "x-webhook-signature")).refused(MISSING),
            ]
        }),
        Row::cases("A-023", "the signature in the query or in the body", "401", || {
            let draft = Draft::new();
            let query = draft.unsigned_standard().target(&format!("/hook?webhook-signature={}", current(&draft)));
            let body = Draft::new();
            let inside = body.clone().body(format!("webhook-signature: {}", current(&body)));
            vec![
                Case::new(STANDARD, "in the query", &query).refused(MISSING),
                Case::new(STANDARD, "in the body", &inside.unsigned_standard()).refused(MISSING),
            ]
        }),
        Row::cases("A-024", "`Connection` names a signed header as one to remove", "401", || {
            let named = |connection| Draft::new().standard().header("Connection", connection);
            vec![
                Case::new(STANDARD, "the signature", &named("webhook-signature")).refused(AMBIGUOUS),
                Case::new(STANDARD, "the id, in a list", &named("keep-alive, Webhook-Id")).refused(AMBIGUOUS),
                Case::new(STANDARD, "another header (control)", &named("keep-alive")).meets(Expect::Handled),
            ]
        }),
        Row::cases("A-025", "the signature in a trailer", "401", || {
            let draft = Draft::new();
            let trailer = format!("webhook-signature: {}", current(&draft));
            let beside = Draft::new();
            let beside_trailer = format!("webhook-signature: {}", current(&beside));
            vec![
                Case::raw(STANDARD, "only there", draft.unsigned_standard().chunked(64, &[&trailer])).refused(MISSING),
                Case::raw(
                    STANDARD,
                    "beside a wrong one",
                    beside.standard_with(wrong_v1()).chunked(64, &[&beside_trailer]),
                )
                .refused(MISMATCH),
            ]
        }),
    ]
}
