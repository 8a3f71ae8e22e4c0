//! A-026 to A-042 and A-057: how a signature is written.

use countersign::{Algorithm, Encoding, encode};

use super::{GITHUB, LINE, STANDARD, STRIPE, URL_SAFE};
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Row};
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac, mac_of};
use crate::verdict::{Finding, ensure_fresh, ensure_repeated, ensure_runs};

const MISSING: &[&str] = &["signature_missing"];
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases("A-026", "an empty signature after its prefix", "401", || {
            vec![
                Case::new(STANDARD, "v1,", &Draft::new().standard_with("v1,")).refused(MALFORMED),
                Case::new(GITHUB, "sha256=", &Draft::new().github_with("sha256=")).refused(MALFORMED),
                Case::new(STRIPE, "v1=", &Draft::new().stripe_with("t=1795451732,v1=")).refused(MALFORMED),
            ]
        }),
        Row::cases("A-027", "the first 1, 8, 16, 31 bytes of the valid signature", "401 each", || {
            let cut = |bytes: usize| {
                let draft = Draft::new();
                let tag = tag(&draft.content(), &Secret::current().key);
                let (hex, hex_tag) = body_tag();
                [
                    Case::new(STANDARD, format!("{bytes} bytes"), &draft.standard_with(v1(&tag[..bytes]))),
                    Case::new(GITHUB, format!("{bytes} bytes"), &hex.github_with(sha256(&hex_tag[..bytes]))),
                ]
            };
            [1, 8, 16, 31].into_iter().flat_map(cut).map(|case| case.refused(MALFORMED)).collect()
        }),
        Row::cases("A-028", "the valid signature and more bytes", "401", || {
            let more = |bytes: &[u8]| {
                let draft = Draft::new();
                let tag = tag(&draft.content(), &Secret::current().key);
                let (hex, hex_tag) = body_tag();
                [
                    Case::new(
                        STANDARD,
                        format!("{} more", bytes.len()),
                        &draft.standard_with(v1(&[&tag, bytes].concat())),
                    ),
                    Case::new(
                        GITHUB,
                        format!("{} more", bytes.len()),
                        &hex.github_with(sha256(&[&hex_tag, bytes].concat())),
                    ),
                ]
            };
            let zeros: [&[u8]; 3] = [&[0], &[0; 4], &[0; 32]];
            zeros.into_iter().flat_map(more).map(|case| case.refused(MALFORMED)).collect()
        }),
        Row::story(
            "A-029",
            "hex in upper case",
            "decoded; its replay is a duplicate of the lower-case one",
            |adapter| rewritten_hex(adapter, str::to_uppercase),
        ),
        Row::story("A-030", "hex in mixed case", "as A-029", |adapter| {
            rewritten_hex(adapter, |hex| {
                let mix = |(index, c): (usize, char)| if index % 2 == 0 { c.to_ascii_uppercase() } else { c };
                hex.chars().enumerate().map(mix).collect()
            })
        }),
        Row::cases("A-031", "hex of odd length", "401", || {
            let (draft, tag) = body_tag();
            let hex = encode(&tag, Encoding::Hex);
            vec![
                Case::new(GITHUB, "one digit less", &draft.github_with(format!("sha256={}", &hex[1..])))
                    .refused(MALFORMED),
                Case::new(GITHUB, "one digit more", &draft.github_with(format!("sha256={hex}0"))).refused(MALFORMED),
            ]
        }),
        Row::cases("A-032", "hex with `0x`, spaces or colons", "401", || {
            let (draft, tag) = body_tag();
            let hex = encode(&tag, Encoding::Hex);
            let colons: Vec<String> = tag.iter().map(|byte| format!("{byte:02x}")).collect();
            let texts =
                [format!("0x{hex}"), format!("0x{}", &hex[2..]), colons.join(":"), colons.join(" "), format!(" {hex}")];
            let request = |text: &String| draft.github_with(format!("sha256={text}"));
            texts.iter().map(|text| Case::new(GITHUB, &text[..4], &request(text)).refused(MALFORMED)).collect()
        }),
        Row::cases("A-033", "base64 without its padding", "401", || {
            rewritten_base64(|text| text.trim_end_matches('=').into())
        }),
        Row::cases("A-034", "base64 with more padding", "401", || {
            let more = rewritten_base64(|text| format!("{text}="));
            let much = rewritten_base64(|text| format!("{text}==="));
            more.into_iter().chain(much).collect()
        }),
        Row::cases("A-035", "base64 whose spare bits are not zero", "401", || rewritten_base64(with_spare_bits)),
        Row::cases("A-036", "the other base64 alphabet", "401", || {
            let standard = signed_with("+/", |draft| draft.v1(&Secret::current().key));
            let line = signed_with("+/", Draft::line_mac);
            let url_safe = signed_with("+/", Draft::line_mac);
            let other = |text: String| text.replace('+', "-").replace('/', "_");
            vec![
                Case::new(STANDARD, "url-safe", &standard.standard_with(other(standard.v1(&Secret::current().key))))
                    .refused(MALFORMED),
                Case::new(LINE, "url-safe", &line.line_with(other(line.line_mac()))).refused(MALFORMED),
                Case::new(
                    URL_SAFE,
                    "standard",
                    &Request::post(url_safe.body.clone()).header("X-Signature", url_safe.line_mac()),
                )
                .refused(MALFORMED),
                Case::new(
                    URL_SAFE,
                    "its own (control)",
                    &Request::post(url_safe.body.clone()).header("X-Signature", other(url_safe.line_mac())),
                )
                .meets(Expect::Handled),
            ]
        }),
        Row::cases("A-037", "base64 with a space or a line end inside", "401, or 400 by the server", || {
            let spaced = rewritten_base64(|text| format!("{} {}", &text[..20], &text[20..]));
            let broken = |line_end: &str| {
                let draft = Draft::new();
                let text = draft.line_mac();
                draft.line_with(format!("{}{line_end}{}", &text[..20], &text[20..]))
            };
            let broken = ["\n", "\r\n", "\r"]
                .map(|end| Case::new(LINE, format!("{end:?} inside"), &broken(end)).meets(Expect::BadHttp(&[400])));
            spaced.into_iter().chain(broken).collect()
        }),
        Row::cases("A-038", "hex where base64 belongs, and the reverse", "401", || {
            let (standard, github, line) = (Draft::new(), Draft::new(), Draft::new());
            let hex = mac(&Secret::current().key, &standard.content(), Encoding::Hex);
            vec![
                Case::new(STANDARD, "hex", &standard.standard_with(format!("v1,{hex}"))).refused(MALFORMED),
                Case::new(LINE, "hex", &line.line_with(line.body_mac())).refused(MALFORMED),
                Case::new(GITHUB, "base64", &github.github_with(format!("sha256={}", github.line_mac())))
                    .refused(MALFORMED),
            ]
        }),
        Row::cases("A-039", "a prefix that is missing, doubled or written otherwise", "401", || {
            let prefixes = ["", "sha256=sha256=", "SHA256=", "sha256:", "sha2569=", "sha256= ", "sha-256=", "sha256"];
            let request = |prefix: &str| {
                let draft = Draft::new();
                draft.github_with(format!("{prefix}{}", draft.body_mac()))
            };
            prefixes.iter().map(|prefix| Case::new(GITHUB, *prefix, &request(prefix)).refused(MALFORMED)).collect()
        }),
        Row::cases("A-040", "GitHub: the valid SHA-1 header alone", "401", || {
            let draft = Draft::new();
            let request = draft.github().without("x-hub-signature-256").header("X-Hub-Signature", sha1(&draft));
            vec![Case::new(GITHUB, "sha1 alone", &request).refused(MISSING)]
        }),
        Row::cases("A-041", "GitHub: SHA-1 valid, SHA-256 wrong", "401", || {
            let draft = Draft::new();
            let request = draft.github_with(sha256(&[7; 32])).header("X-Hub-Signature", sha1(&draft));
            vec![Case::new(GITHUB, "sha1 beside", &request).refused(MISMATCH)]
        }),
        Row::cases("A-042", "an algorithm that the request names", "401", || {
            let named = ["sha1=", "md5=", "none=", "hmac-sha1="];
            let request = |prefix: &str| {
                let draft = Draft::new();
                draft.github_with(sha1(&draft).replace("sha1=", prefix))
            };
            let stripe = Draft::new();
            let other_version = stripe.stripe_with(format!("t=1795451732,v0={}", stripe.stripe_mac()));
            let mut cases: Vec<Case> =
                named.iter().map(|prefix| Case::new(GITHUB, *prefix, &request(prefix)).refused(MALFORMED)).collect();
            cases.push(Case::new(STRIPE, "v0=", &other_version).refused(MALFORMED));
            cases
        }),
        Row::cases("A-057", "each single bit of the signature flipped", "401, 256 times", || {
            let draft = Draft::new();
            let tag = tag(&draft.content(), &Secret::current().key);
            let flipped = (0..256).map(|bit| {
                let mut tag = tag.clone();
                tag[bit / 8] ^= 1 << (bit % 8);
                Case::new(STANDARD, format!("bit {bit}"), &draft.standard_with(v1(&tag))).refused(MISMATCH)
            });
            let control = Case::new(STANDARD, "none (control)", &draft.standard_with(v1(&tag))).meets(Expect::Handled);
            flipped.chain([control]).collect()
        }),
    ]
}

/// A delivery of a body-only provider, and its right signature.
fn body_tag() -> (Draft, Vec<u8>) {
    let draft = Draft::new();
    let tag = tag(&draft.body, &Secret::text_key().key);
    (draft, tag)
}

fn tag(content: &[u8], key: &[u8]) -> Vec<u8> {
    countersign::sign_mac(Algorithm::HmacSha256, key, content).expect("a MAC")
}

fn v1(tag: &[u8]) -> String {
    format!("v1,{}", encode(tag, Encoding::Base64))
}

fn sha256(tag: &[u8]) -> String {
    format!("sha256={}", encode(tag, Encoding::Hex))
}

fn sha1(draft: &Draft) -> String {
    format!("sha1={}", mac_of(Algorithm::HmacSha1, &Secret::text_key().key, &draft.body, Encoding::Hex))
}

/// The right signature, written otherwise, on both base64 providers.
fn rewritten_base64(rewrite: impl Fn(&str) -> String) -> Vec<Case> {
    let (standard, line) = (Draft::new(), Draft::new());
    let entry = standard.v1(&Secret::current().key);
    let text = entry.strip_prefix("v1,").expect("its version").to_owned();
    vec![
        Case::new(STANDARD, "rewritten", &standard.standard_with(format!("v1,{}", rewrite(&text)))).refused(MALFORMED),
        Case::new(LINE, "rewritten", &line.line_with(rewrite(&line.line_mac()))).refused(MALFORMED),
    ]
}

/// The same 32 bytes to a lenient decoder: the last character before the padding has two bits to spare.
fn with_spare_bits(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.strip_suffix('=').expect("one character of padding");
    let last = body.chars().next_back().expect("characters");
    let next = ALPHABET.chars().skip_while(|c| *c != last).nth(1).expect("a canonical text never ends in the last one");
    format!("{}{next}=", &body[..body.len() - 1])
}

/// A delivery whose signature uses one of these characters.
fn signed_with(wanted: &str, signature: impl Fn(&Draft) -> String) -> Draft {
    let uses = |draft: &Draft| signature(draft).contains(|c| wanted.contains(c));
    std::iter::repeat_with(Draft::new).find(uses).expect("one in two has")
}

/// Delivers with the hex as it is, then rewritten, and the other way round: one run each, whatever the case.
fn rewritten_hex(adapter: Adapter, rewrite: impl Fn(&str) -> String) -> Finding {
    for (setup, plain, signature) in [
        (Setup::github(), Draft::github as fn(&Draft) -> Request, "x-hub-signature-256"),
        (Setup::stripe(), Draft::stripe, "stripe-signature"),
    ] {
        let receiver = setup.start(adapter);
        for (first_rewritten, second_rewritten) in [(false, true), (true, false)] {
            let request = plain(&Draft::new());
            let value = request.value(signature);
            let (prefix, hex) = value.split_at(value.len() - 64);
            let other = request.clone().set(signature, format!("{prefix}{}", rewrite(hex)));
            let one = |rewritten| if rewritten { &other } else { &request };
            let before = receiver.script.runs();
            ensure_fresh(receiver.deliver(one(first_rewritten)), 200)?;
            ensure_repeated(receiver.deliver(one(second_rewritten)), 200)?;
            ensure_runs(&receiver, before + 1)?;
        }
    }
    Ok(())
}
