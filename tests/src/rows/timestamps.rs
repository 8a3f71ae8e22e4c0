//! A-059 to A-070: the signed time.

use std::time::Duration;

use countersign::providers;

use super::{LINEAR, SLACK, STANDARD, STRIPE};
use crate::clock::NOW;
use crate::receivers::Adapter;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

/// Five minutes back, one ahead: different on both sides, so that neither can stand for the other.
const WINDOW: Lane = Lane { name: "standard-webhooks, 300 s back, 60 s ahead", setup: window };
const PAST: u64 = 300;
const FUTURE: u64 = 60;

fn window() -> Setup {
    Setup::standard().tolerance(PAST, FUTURE)
}

const STALE: &[&str] = &["stale"];
const AHEAD: &[&str] = &["from_the_future"];
/// Where the time stands in the signature header, as Stripe's does, its grammar is that header's.
const MALFORMED: &[&str] = &["timestamp_malformed", "signed_header_malformed", "signature_malformed"];
const UNIT: &[&str] = &["timestamp_unit"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-059", "stamped exactly at either end of the tolerance", "handled (control)", || {
            vec![
                Case::new(WINDOW, "300 s ago", &Draft::new().at(NOW - PAST).standard()).meets(Expect::Handled),
                Case::new(WINDOW, "60 s ahead", &Draft::new().at(NOW + FUTURE).standard()).meets(Expect::Handled),
            ]
        }),
        Row::cases("A-060", "stamped one second beyond either end", "401", || {
            vec![
                Case::new(WINDOW, "301 s ago", &Draft::new().at(NOW - PAST - 1).standard()).refused(STALE),
                Case::new(WINDOW, "61 s ahead", &Draft::new().at(NOW + FUTURE + 1).standard()).refused(AHEAD),
            ]
        }),
        Row::cases("A-061", "0, -1, the ends of 64 bits, 20 and 400 digits", "401; no overflow", || {
            let long = "9".repeat(400);
            on_three([
                ("0", STALE),
                ("-1", MALFORMED),
                ("-9223372036854775808", MALFORMED),
                ("9223372036854775807", UNIT),
                ("18446744073709551615", UNIT),
                ("18446744073709551616", UNIT),
                ("99999999999999999999", UNIT),
                ("99999999999", AHEAD),
                (&long, MALFORMED),
            ])
        }),
        Row::cases(
            "A-062",
            "milliseconds, microseconds, nanoseconds, rightly signed",
            "401, recorded as a unit",
            || {
                let texts = [3, 6, 9].map(|zeros| format!("{NOW}{}", "0".repeat(zeros)));
                on_three(texts.each_ref().map(|text| (text.as_str(), UNIT)))
            },
        ),
        Row::cases("A-063", "a fraction, an exponent, hexadecimal", "401", || {
            on_three([
                ("1795451732.0", MALFORMED),
                ("1.795451732e9", MALFORMED),
                ("0x6b043b54", MALFORMED),
                ("1_795_451_732", MALFORMED),
            ])
        }),
        Row::cases("A-064", "a sign, leading zeros, spaces; signed so, or signed as re-formatted", "401", || {
            let texts = ["+1795451732", "01795451732", "001795451732", "1795451732 0", "1795451732\t"];
            let reformatted = texts.map(|text| {
                let canonical = Draft::new();
                let request = canonical.clone().time(text).standard_with(canonical.v1(&Secret::current().key));
                // White space at the end is HTTP's, not the value's: that text is the canonical one.
                let case = Case::new(STANDARD, format!("{text:?}, signed as {NOW}"), &request);
                if text.ends_with('\t') { case.meets(Expect::Handled) } else { case.refused(MALFORMED) }
            });
            let as_sent = on_three([
                ("+1795451732", MALFORMED),
                ("01795451732", MALFORMED),
                ("001795451732", MALFORMED),
                ("1795451732 0", MALFORMED),
            ]);
            let padded = Draft::new().time(format!("{NOW} ")).standard();
            let padded = Case::new(STANDARD, "signed with its space", &padded).refused(&["signature_mismatch"]);
            as_sent.into_iter().chain(reformatted).chain([padded]).collect()
        }),
        Row::cases("A-065", "a date where a number belongs", "401", || {
            on_three([
                ("2026-11-23T18:35:32Z", MALFORMED),
                ("Mon,23Nov2026", MALFORMED),
                ("now", MALFORMED),
                ("NaN", MALFORMED),
                ("Infinity", MALFORMED),
            ])
        }),
        Row::cases("A-066", "a date that overflows a date parser's stack", "401", || {
            let short = format!("Mon,{}", "(".repeat(200));
            let long = format!("Mon,{}", "(".repeat(60_000));
            on_three([(&short, MALFORMED), (&long, MALFORMED)])
        }),
        Row::cases("A-067", "the time changed, the signature not", "401", || {
            let draft = Draft::new().at(NOW - 1_000);
            let renewed = draft.clone().at(NOW);
            let stripe = renewed.stripe_with(format!("t={NOW},v1={}", draft.stripe_mac()));
            let slack = renewed.slack().set("x-slack-signature", draft.slack().value("x-slack-signature"));
            let mismatch: &[&str] = &["signature_mismatch"];
            vec![
                Case::new(STANDARD, "renewed", &renewed.standard_with(draft.v1(&Secret::current().key)))
                    .refused(mismatch),
                Case::new(STRIPE, "renewed", &stripe).refused(mismatch),
                Case::new(SLACK, "renewed", &slack).refused(mismatch),
            ]
        }),
        Row::cases("A-068", "a time that nobody signed, or that is not the signed one, looks fresh", "401", || {
            let stale = Draft::new().at(NOW - 1_000);
            let in_body = stale.clone().body(format!(r#"{{"id":"evt_1","timestamp":{NOW}}}"#));
            let old = Draft::new();
            let old = old.clone().body(format!(r#"{{"webhookTimestamp":{}}}"#, (NOW - 1_000) * 1_000));
            vec![
                Case::new(STANDARD, "in the body", &in_body.standard()).refused(STALE),
                Case::new(STANDARD, "in `Date`", &stale.standard().header("Date", "Mon, 23 Nov 2026 18:35:32 GMT"))
                    .refused(STALE),
                Case::new(
                    LINEAR,
                    "in an unsigned header",
                    &old.linear().header("Linear-Timestamp", format!("{NOW}000")),
                )
                .refused(STALE),
                Case::new(LINEAR, "in the signed body (control)", &Draft::new().linear()).meets(Expect::Handled),
            ]
        }),
        Row::story(
            "A-069",
            "a leap second, 2038-01-19, 2106-02-07, year 5138",
            "handled (control); eleven digits are the grammar's last",
            far_dates,
        ),
        Row::story("A-070", "a clock before 1970; a clock that steps", "503, or 401; never everything", broken_clock),
    ]
}

/// One delivery for each timestamp on Standard Webhooks, Slack and Stripe, rightly signed over that text.
fn on_three<const N: usize>(times: [(&str, &'static [&'static str]); N]) -> Vec<Case> {
    let cases = times.into_iter().flat_map(|(time, reasons)| {
        let draft = || Draft::new().time(time);
        let note: String = time.chars().take(24).collect();
        [(STANDARD, draft().standard()), (SLACK, draft().slack()), (STRIPE, draft().stripe())]
            .map(|(lane, request)| Case::new(lane, &note, &request).refused(reasons))
    });
    cases.collect()
}

fn far_dates(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    // The second before the leap second of 2016, its own number, 2^31 - 1, 2^31, 2^32, and the last number of eleven
    // digits.
    for seconds in [1_483_228_799, 1_483_228_800, 2_147_483_647, 2_147_483_648, 4_294_967_296, 99_999_999_999] {
        receiver.clock.set(seconds);
        let answer = receiver.deliver(&Draft::new().at(seconds).standard());
        let recorded = || format!("at {seconds}, recorded {:?}", receiver.reasons().last());
        ensure_fresh(answer, 200).map_err(|finding| format!("{finding}; {}", recorded()))?;
    }
    // The year 9999 has twelve digits: most likely a finer unit, and refused as one.
    receiver.clock.set(253_402_300_799);
    let request = Draft::new().at(253_402_300_799).standard();
    ensure_refused(receiver.deliver(&request), &receiver, 401, "timestamp_unit").map(drop)
}

fn broken_clock(adapter: Adapter) -> Finding {
    let receiver = Setup::standard().start(adapter);
    receiver.clock.break_down();
    ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 503, "clock_unavailable")?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    // Stepped back by an hour, and ahead by an hour: the window moves along, and nothing else comes through.
    receiver.clock.set(NOW - 3_600);
    ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 401, "from_the_future")?;
    receiver.clock.set(NOW + 3_600);
    ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 401, "stale")?;
    ensure_runs(&receiver, 0)?;
    // Right again (control). A step back does not make a handled event new.
    receiver.clock.set(NOW);
    let draft = Draft::new();
    ensure_fresh(receiver.deliver(&draft.standard()), 200)?;
    receiver.clock.set(NOW - 200);
    receiver.store_clock.set(NOW - 200);
    ensure_repeated(receiver.deliver(&draft.standard()), 200)?;
    ensure_runs(&receiver, 1)?;
    // A time in the body does not depend on the header's clock, nor on any other.
    let linear = Setup::by_text_key(providers::LINEAR).start(adapter);
    linear.clock.advance(Duration::from_secs(61));
    ensure_refused(linear.deliver(&Draft::new().linear()), &linear, 401, "stale")?;
    Ok(())
}
