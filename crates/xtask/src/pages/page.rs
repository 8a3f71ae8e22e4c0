//! One provider's page. Every sentence of it follows from the entry; what is not known is left out.

use std::fmt::Write as _;

use countersign::{
    BodyCover, Evidence, Handshake, JwsPayload, Provider, ReplyBody, Retries, Scheme, Success, Syntax, Token,
    parse_conditions, parse_single, parse_template,
};

use super::snippet::{self, Key, key_kind};
use super::text::{cell, item, paragraph, plain, quote, span};
use crate::vectors::Pack;

pub(super) fn render(provider: &Provider, constant: &str, pack: &Pack) -> String {
    let sections = [
        head(provider),
        warning(provider),
        signed(provider),
        secret(provider),
        endpoint(provider, constant),
        events(provider),
        sender(provider),
        handshake(provider),
        test_delivery(provider),
        notes(provider),
        evidence(provider, pack),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    format!("<!-- Written by `cargo xtask pages`: change the catalogue, not this page. -->\n\n{}", sections.join("\n"))
}

fn head(provider: &Provider) -> String {
    let mut names = format!("`{}` on the command line and in TOML", provider.name);
    if !provider.aliases.is_empty() {
        let _ = write!(names, "; also known as {}", list(provider.aliases.iter().map(|alias| format!("`{alias}`"))));
    }
    format!("# {}\n\n{}", plain(&provider.title), paragraph(&format!("{names}. {}.", basis(provider.evidence))))
}

fn basis(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Published => "The entry agrees with test vectors that were published",
        Evidence::Sdk => "The entry agrees with an official package",
        _ => "The entry was made from documentation alone: try it with a real delivery before you rely on it",
    }
}

fn warning(provider: &Provider) -> String {
    let is_token = key_kind(provider) == Key::Token;
    let text = match provider.covers_body() {
        BodyCover::Whole => return String::new(),
        BodyCover::Nothing if is_token => {
            "**Nothing is signed.** The token proves who calls, and whoever has seen one delivery has the token and can \
             send anything. Keep it out of logs, and ask the provider's API before you act on what a body says."
        }
        BodyCover::Nothing if provider.schemes.iter().all(names_what_it_covers) => {
            "**The signer chooses what the signature covers.** The body is covered only where `content-digest` is, and \
             `Delivery::body_authenticated` says whether it was."
        }
        BodyCover::Nothing => {
            "**The signature does not cover the body.** Whoever has seen one delivery can send another body under its \
             signature. Ask the provider's API before you act on what a body says."
        }
        BodyCover::Part if provider.schemes.iter().any(|scheme| scheme.content.contains("{crc32")) => {
            "**The body is bound by a checksum only.** CRC-32 is no signature: whoever has seen one delivery can make \
             another body that has the same. Ask the provider's API before you act on what a body says."
        }
        BodyCover::Part => {
            "**The signature does not cover the whole body.** What it leaves out can be changed under a valid signature: \
             act on the signed values only, or ask the provider's API."
        }
    };
    let weakest = provider.schemes.iter().map(Scheme::covers_body).min();
    let only: Vec<String> = provider
        .schemes
        .iter()
        .filter(|scheme| Some(scheme.covers_body()) == weakest && !scheme.name.is_empty())
        .map(|scheme| format!("`{}`", scheme.name))
        .collect();
    let mut warning = quote(text);
    if only.len() < provider.schemes.len() && !only.is_empty() {
        let _ = write!(warning, ">\n{}", quote(&format!("This holds for {}.", list(unique(only).into_iter()))));
    }
    warning
}

fn names_what_it_covers(scheme: &Scheme) -> bool {
    matches!(&scheme.signature.syntax, Syntax::HttpSignature { cover, .. } if cover.is_empty())
}

fn signed(provider: &Provider) -> String {
    let mut section = "## What is signed\n\n".to_owned();
    section.push_str(&paragraph(&format!("{}.", provider.in_words())));
    // Schemes that differ in their names and algorithms only stand in one table.
    let mut tables: Vec<(String, Vec<&Scheme>)> = Vec::new();
    for scheme in provider.schemes.iter() {
        let table = table(scheme);
        match tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, schemes)) => schemes.push(scheme),
            None => tables.push((table, vec![scheme])),
        }
    }
    if provider.schemes.len() > 1 {
        section.push_str(
            "\nA delivery is of the first of these ways that fits it, and a key serves those whose form it has.\n",
        );
    }
    for (index, (table, schemes)) in tables.iter().enumerate() {
        if tables.len() > 1 {
            let names =
                schemes.iter().filter(|scheme| !scheme.name.is_empty()).map(|scheme| format!("`{}`", scheme.name));
            let names = list(unique(names.collect()).into_iter());
            let name = if names.is_empty() { format!("Way {}", index + 1) } else { names };
            let _ = write!(section, "\n### {name}\n");
        }
        let algorithms = schemes.iter().map(|scheme| format!("| algorithm | {} |\n", cell(&algorithm(scheme))));
        let algorithms = unique(algorithms.collect()).concat();
        let _ = write!(section, "\n| | |\n| --- | --- |\n{algorithms}{table}");
    }
    section
}

fn algorithm(scheme: &Scheme) -> String {
    let features = list(scheme.features().into_iter().map(|feature| format!("`{feature}`")));
    let features = if features.is_empty() { features } else { format!(", with the feature {features}") };
    format!("{} (`{}`{features})", scheme.algorithm.title(), scheme.algorithm.name())
}

/// A scheme, a row for each thing that it says beside its algorithm.
fn table(scheme: &Scheme) -> String {
    let code = |text: &str| format!("`{text}`");
    let mut rows: Vec<(&str, String)> = vec![
        ("stands in", scheme.place_in_words()),
        ("written as", format!("{}: {}", code(&scheme.written()), scheme.syntax_in_words())),
    ];
    if !matches!(scheme.signature.syntax, Syntax::Jws { .. } | Syntax::HttpSignature { .. }) {
        rows.push(("encoding", scheme.signature.encoding.name().to_owned()));
    }
    if !scheme.content.is_empty() {
        rows.push(("signed content", code(&scheme.content_in_words())));
    }
    let tokens = parse_template(&scheme.content).unwrap_or_default();
    if tokens != [Token::Body] {
        let mut seen: Vec<&Token> = Vec::new();
        for token in tokens.iter().filter(|token| !matches!(token, Token::Literal(_))) {
            if !seen.contains(&token) {
                seen.push(token);
            }
        }
        rows.extend(seen.iter().map(|token| ("", format!("`{token}`: {}", token.in_words()))));
    }
    let conditions = |equations: Vec<String>| equations.join("; ");
    let kept = match &scheme.signature.syntax {
        Syntax::Jws { payload: JwsPayload::Attached, leeway: 0, .. } => {
            "`exp` and `nbf` of the JWT are kept".to_owned()
        }
        Syntax::Jws { payload: JwsPayload::Attached, leeway, .. } => {
            format!("`exp` and `nbf` of the JWT are kept, within {leeway} s")
        }
        _ => String::new(),
    };
    let time = scheme.timestamp.as_ref().map(|rule| {
        let from = parse_single(&rule.from).map_or_else(|_| rule.from.to_string(), |token| token.in_words());
        format!("{from}, {}, {}", rule.unit.in_words(), rule.in_words())
    });
    let key_id = parse_single(&scheme.key_id).map(|token| token.in_words()).unwrap_or_default();
    rows.extend([
        ("each of", if scheme.each.is_empty() { String::new() } else { code(&scheme.each) }),
        ("only where", conditions(scheme.require_in_words())),
        ("must be equal", conditions(scheme.equal_in_words())),
        ("signed time", time.unwrap_or_else(|| if kept.is_empty() { "none".to_owned() } else { kept })),
        ("key is named by", key_id),
        ("keys are at", if scheme.keys_at.is_empty() { String::new() } else { code(&scheme.keys_at) }),
        ("body", body(scheme)),
        ("parts side by side", plain(&scheme.adjacent)),
    ]);
    let rows = rows.iter().filter(|(_, text)| !text.is_empty());
    rows.map(|(label, text)| format!("| {label} | {} |\n", cell(text))).collect()
}

fn body(scheme: &Scheme) -> String {
    let covered = match scheme.covers_body() {
        BodyCover::Whole => "covered",
        BodyCover::Part => "**covered in part**",
        BodyCover::Nothing => "**not covered**",
    };
    match scheme.uncovered.as_ref() {
        "" => covered.to_owned(),
        left_out => format!("{covered}: {}", plain(left_out)),
    }
}

fn secret(provider: &Provider) -> String {
    let kind = match key_kind(provider) {
        Key::Shared if provider.schemes.iter().any(|scheme| scheme.algorithm.is_public_key()) => {
            "Shared secrets and public keys"
        }
        Key::Shared => "A shared secret: who verifies could also sign",
        Key::Public => "A public key: nothing that verifies can sign",
        Key::Token => "A token that is sent with each delivery",
    };
    let formats = unique(provider.schemes.iter().map(|scheme| scheme.secret.in_words()).collect());
    let formats = formats.iter().map(|format| format!("Read so: {format}."));
    format!(
        "## Secret\n\n{}",
        std::iter::once(format!("{kind}."))
            .chain(std::iter::once(plain(&provider.secret_hint)))
            .chain(formats)
            .map(|line| item(&line))
            .collect::<String>()
    )
}

fn endpoint(provider: &Provider, constant: &str) -> String {
    let needs = provider.needs();
    let mut wanted = Vec::new();
    if needs.public_url {
        wanted.push("The URL is signed: `public_url` is the endpoint's URL as the provider knows it.".to_owned());
    }
    if !needs.config.is_empty() {
        let names = list(needs.config.iter().map(|name| format!("`{name}`")));
        wanted.push(format!("Values of yours are compared with what is signed: {names}."));
    }
    if !needs.optional_config.is_empty() {
        let names = list(needs.optional_config.iter().map(|name| format!("`.config(\"{name}\", …)`")));
        wanted.push(format!("Set {names} too where you can: what is signed is then compared with it."));
    }
    if provider.schemes.iter().any(|scheme| !scheme.keys_at.is_empty()) {
        wanted.push(format!(
            "The provider's keys can be fetched as deliveries name them: `countersign_keys::for_provider(&providers::{constant})?` \
             in the place of `{}`.",
            key_kind(provider).argument()
        ));
    }
    let some: Vec<&str> = unique(provider.schemes.iter().flat_map(Scheme::features).collect());
    let all = snippet::required_features(provider);
    let some: Vec<&&str> = some.iter().filter(|feature| !all.contains(feature)).collect();
    if !all.is_empty() {
        wanted.push(format!("It needs the feature {}.", list(all.iter().map(|name| format!("`{name}`")))));
    }
    for feature in some {
        let schemes = provider.schemes.iter().filter(|scheme| scheme.features().contains(feature));
        let schemes = unique(schemes.map(|scheme| format!("`{}`", scheme.name)).collect());
        wanted.push(format!("The feature `{feature}` is needed for {} only.", list(schemes.into_iter())));
    }
    let wanted = if wanted.is_empty() { String::new() } else { format!("{}\n", paragraph(&wanted.join(" "))) };
    format!(
        "## Endpoint\n\n{wanted}```toml\n{}```\n\n```rust\n{}```\n",
        snippet::dependencies(provider),
        snippet::router(provider, constant)
    )
}

fn events(provider: &Provider) -> String {
    let mut lines = Vec::new();
    let ids = provider.event_id_in_words();
    match ids.as_slice() {
        [] => lines.push(format!(
            "**No event id.** {} Choose `event_id(…)`, `replay_window_only()` where a time is signed, or no store.",
            plain(&provider.event_id_reason)
        )),
        ids => lines.push(format!("Event id: {}. {}", ids.join(", else "), plain(&provider.event_id_reason))),
    }
    if let Some(template) = &provider.event_type {
        let parts = parse_template(template).unwrap_or_default();
        let parts = parts.iter().filter(|token| !matches!(token, Token::Literal(_))).map(Token::in_words);
        lines.push(format!("Event type: {}.", parts.collect::<Vec<_>>().join(" + ")));
    }
    if let Some(header) = &provider.unsigned_id {
        lines.push(format!("`{header}` names the delivery, but nothing signs it: good for logs, never for deciding."));
    }
    lines.push(format!("Freshness: {}", freshness(provider)));
    format!("## Events\n\n{}", lines.iter().map(|line| item(line)).collect::<String>())
}

/// How old a delivery may be, by the schemes that say the same of it.
fn freshness(provider: &Provider) -> String {
    let ageless = match provider.schemes.iter().filter(|scheme| !is_timed(scheme)).all(signs_no_time) {
        true => "**no time is signed**",
        false => "**no age is checked**",
    };
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for scheme in provider.schemes.iter() {
        let kind = match &scheme.timestamp {
            Some(rule) => format!("the signed time may lie {} from the receiver's clock", rule.in_words()),
            None if is_jwt(scheme) => "the JWT's `exp` and `nbf`, where it has them".to_owned(),
            None => format!("{ageless}, so a captured delivery stays valid for as long as the secret"),
        };
        let name = format!("`{}`", scheme.name);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    let said = match kinds.as_slice() {
        [(kind, _)] => kind.clone(),
        kinds => {
            let under = |(kind, names): &(String, Vec<String>)| {
                format!("under {}, {kind}", list(unique(names.clone()).into_iter()))
            };
            kinds.iter().map(under).collect::<Vec<_>>().join("; ")
        }
    };
    let is_ageless = provider.schemes.iter().any(|scheme| !is_timed(scheme));
    format!("{said}.{}", if is_ageless { " Only a record of the event stops it." } else { "" })
}

/// Whether nothing beside body and URL is signed. What stands beside them may be a time, whose age is judged by nobody.
fn signs_no_time(scheme: &Scheme) -> bool {
    let is_no_time = |token: &Token| {
        let is_plain = matches!(token, Token::Literal(_) | Token::Method | Token::Path | Token::Secret);
        is_plain || token.covers_body() || token.is_url() || token.is_query()
    };
    let content = parse_template(&scheme.content).unwrap_or_default();
    content.iter().all(is_no_time) && !matches!(scheme.signature.syntax, Syntax::HttpSignature { .. })
}

fn is_jwt(scheme: &Scheme) -> bool {
    matches!(scheme.signature.syntax, Syntax::Jws { payload: JwsPayload::Attached, .. })
}

fn is_timed(scheme: &Scheme) -> bool {
    scheme.timestamp.is_some() || is_jwt(scheme)
}

fn sender(provider: &Provider) -> String {
    let facts = &provider.sender;
    let mut lines = vec![format!("Methods: {}.", provider.methods.join(", "))];
    if let Some(seconds) = facts.ack_deadline {
        lines.push(format!("It waits {} for an answer.", span(seconds)));
    }
    lines.push(match facts.success {
        Success::Only200 => "Only 200 counts as a success.".to_owned(),
        Success::Below400 => "Any answer below 400 counts as a success.".to_owned(),
        _ => String::new(),
    });
    match facts.retry_horizon {
        Some(0) => lines.push("It does not retry.".to_owned()),
        Some(seconds) => lines.push(format!("It retries for {}.", span(seconds))),
        None => {}
    }
    if facts.retry_horizon != Some(0) {
        lines.push(match facts.retries {
            Retries::Resigned if provider.schemes.iter().any(is_timed) => {
                "A retry has a time and a signature of its own.".to_owned()
            }
            Retries::Resigned => "A retry has a signature of its own.".to_owned(),
            Retries::Identical => "A retry is the same bytes under the same signature.".to_owned(),
            _ => String::new(),
        });
    }
    if facts.retry_changes_body {
        lines.push("A retry may carry another body for the same event.".to_owned());
    }
    if let Some(seconds) = facts.redelivery_horizon {
        lines.push(format!("A person may have it sent again for {}.", span(seconds)));
    }
    lines.push(match facts.stable_id {
        Some(true) => "Its own id stays the same when it sends again.".to_owned(),
        Some(false) => "Its own id is another when it sends again.".to_owned(),
        None => String::new(),
    });
    if let Some(bytes) = facts.body_cap {
        lines.push(format!("Its bodies have at most {bytes} bytes."));
    }
    let lines: String = lines.iter().filter(|line| !line.is_empty()).map(|line| item(line)).collect();
    format!("## How it sends\n\n{lines}")
}

fn handshake(provider: &Provider) -> String {
    let words = match provider.handshake.as_ref() {
        "" if provider.handshakes.is_empty() => return String::new(),
        "" => String::new(),
        words => paragraph(&plain(words)),
    };
    let is_token = key_kind(provider) == Key::Token;
    let answered = match provider.handshakes.as_ref() {
        [] => paragraph("Answering it is up to your own code."),
        kinds if kinds.iter().all(|kind| !kind.confirm_at.is_empty()) => {
            kinds.iter().map(|kind| question(kind, is_token)).collect()
        }
        kinds => {
            let call = match kinds.iter().any(|kind| kind.delivers_key) {
                true => "`.on_key_delivery(…)` on the builder takes the key that comes with it, and answers",
                false => "`.answer_handshakes()` on the builder answers it without a handler",
            };
            let methods = unique(kinds.iter().map(|kind| format!("`{}`", kind.method)).collect());
            let mut route = format!("The layer must be reached by {}.", list(methods.into_iter()));
            let settings = unique(kinds.iter().flat_map(settings).collect());
            if !settings.is_empty() {
                let settings = list(settings.into_iter().map(|name| format!("`.config(\"{name}\", …)`")));
                let _ = write!(route, " It reads {settings}.");
            }
            format!(
                "{}\n{}",
                paragraph(&format!("{call}. {route}")),
                kinds.iter().map(|kind| question(kind, is_token)).collect::<String>()
            )
        }
    };
    format!("## Handshake\n\n{words}{}{answered}", if words.is_empty() { "" } else { "\n" })
}

/// The configured values that an answer is judged by or made of.
fn settings(kind: &Handshake) -> Vec<String> {
    let body = match &kind.reply.body {
        ReplyBody::Text(text) | ReplyBody::Json(text) => text.as_ref(),
        _ => "",
    };
    let names = |text: &str| {
        let after = text.split("{cfg:").skip(1);
        after.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    [kind.verify.as_ref(), body].into_iter().flat_map(names).collect()
}

/// One question that is answered as data says.
fn question(kind: &Handshake, is_token: bool) -> String {
    let equations = |text: &str| {
        let sides = |tokens: &[Token]| match tokens {
            [] => "nothing".to_owned(),
            tokens => format!("`{}`", tokens.iter().map(Token::to_string).collect::<String>()),
        };
        let conditions = parse_conditions(text).unwrap_or_default();
        conditions
            .iter()
            .map(|[left, right]| format!("{} = {}", sides(left), sides(right)))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let mut words = format!("`{}`", kind.method);
    if !kind.when.is_empty() {
        let _ = write!(words, " where {}", equations(&kind.when));
    }
    let reply = match (&kind.reply.body, &kind.challenge) {
        _ if !kind.confirm_at.is_empty() => {
            "it goes to the handler as any delivery does, and `Delivery::confirmation_url` says what to fetch"
                .to_owned()
        }
        (ReplyBody::Empty, _) => format!("answered {}", kind.reply.status),
        (body, challenge) => {
            let form = if matches!(body, ReplyBody::Json(_)) { "JSON" } else { "text" };
            let from = challenge.as_ref().and_then(|challenge| parse_single(&challenge.at).ok());
            let from = from.map(|token| format!(" made from {}", token.in_words())).unwrap_or_default();
            format!("answered {} with {form}{from}", kind.reply.status)
        }
    };
    let _ = write!(words, ": {reply}");
    if !kind.verify.is_empty() {
        let _ = write!(words, ", if {}", equations(&kind.verify));
    }
    if kind.signed && kind.confirm_at.is_empty() {
        words.push_str(match is_token {
            true => "; only where the token is there",
            false => "; it is signed, and only then answered",
        });
    }
    item(&format!("{words}."))
}

fn test_delivery(provider: &Provider) -> String {
    format!("## Send a test delivery\n\n```sh\n{}```\n{}", snippet::send(provider), snippet::send_notes(provider))
}

fn notes(provider: &Provider) -> String {
    match provider.notes.as_ref() {
        "" => String::new(),
        words => format!("## Quirks\n\n{}", paragraph(&plain(words))),
    }
}

fn evidence(provider: &Provider, pack: &Pack) -> String {
    let files = pack.files_of(&provider.name);
    let links = files.iter().map(|(path, cases)| format!("[{cases} vectors](../../tests/vectors/{path})"));
    let links = list(links);
    let vectors = if links.is_empty() { String::new() } else { format!("\n- {links}\n") };
    let what = match provider.evidence {
        Evidence::Published => "published vectors",
        Evidence::Sdk => "agreement with an official package",
        _ => "documentation alone",
    };
    format!(
        "## Evidence\n\n- {what}\n- source: <{}>{vectors}{}",
        provider.source,
        if links.is_empty() { "\n" } else { "" }
    )
}

/// `a, b and c`
fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    match (items.pop(), items.as_slice()) {
        (None, _) => String::new(),
        (Some(last), []) => last,
        (Some(last), items) => format!("{} and {last}", items.join(", ")),
    }
}

fn unique<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    items.into_iter().fold(Vec::new(), |mut kept, item| {
        if !kept.contains(&item) {
            kept.push(item);
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_of_a_time_what_is_done_with_it() {
        let said = |name: &str| freshness(countersign::providers::by_name(name).expect("it is in the catalogue"));
        assert!(said("github").starts_with("**no time is signed**"), "{}", said("github"));
        // A time stands in what they sign.
        for name in ["persona", "tink", "paypal", "mailomat", "plivo"] {
            assert!(said(name).starts_with("**no age is checked**"), "{name}: {}", said(name));
        }
        for name in ["mailgun", "orb", "stripe"] {
            assert!(said(name).starts_with("the signed time may lie "), "{name}: {}", said(name));
        }
        let recharge = said("recharge");
        assert!(recharge.starts_with("under `recharge`, the signed time may lie "), "{recharge}");
        assert!(recharge.contains("; under `recharge-legacy`, **no time is signed**"), "{recharge}");
    }

    #[test]
    fn no_retry_has_both_the_same_bytes_and_others() {
        let both = |provider: &&Provider| {
            let said = sender(provider);
            said.contains("the same bytes") && said.contains("another body")
        };
        assert_eq!(countersign::providers::all().find(both).map(|provider| &provider.name), None);
    }
}
