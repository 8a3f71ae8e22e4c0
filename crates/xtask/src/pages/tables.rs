//! The tables: in README.md, in the index of the pages, and of the vectors.

use countersign::{BodyCover, Evidence, Provider, Scheme, providers};

use super::snippet::{Key, key_kind};
use super::text::cell;
use crate::vectors::Pack;

/// A row for each provider, in the order of their names.
pub(super) fn readme() -> String {
    let rows = sorted().into_iter().map(|provider| {
        format!(
            "| [`{0}`](docs/providers/{0}.md) | {1}{2} | {3} | {4} | {5} |\n",
            provider.name,
            cell(&provider.in_words()),
            uncovered(provider),
            cell(&event_id(provider)),
            provider.tolerance_in_words(),
            evidence(provider),
        )
    });
    let head = "| provider | signature | event id from | tolerance | evidence |\n| --- | --- | --- | --- | --- |\n";
    format!("{head}{}", rows.collect::<String>())
}

fn evidence(provider: &Provider) -> &'static str {
    match provider.evidence {
        Evidence::Published => "published",
        Evidence::Sdk => "sdk",
        _ => "*documented*",
    }
}

/// A mark behind signatures that leave the body, or a part of it, to whoever has seen one.
fn uncovered(provider: &Provider) -> &'static str {
    match provider.covers_body() {
        BodyCover::Whole => "",
        _ if key_kind(provider) == Key::Token => "",
        BodyCover::Part => " (**not the whole body**)",
        BodyCover::Nothing => " (**not the body**)",
    }
}

/// The first two alternatives, and of each the first three parts.
fn event_id(provider: &Provider) -> String {
    let alternatives: Vec<String> = provider.event_id_in_words().iter().map(|words| three_parts(words)).collect();
    match alternatives.as_slice() {
        [] => "none, choose one".to_owned(),
        [first, second, rest @ ..] if !rest.is_empty() => format!("{first}, else {second}, else …"),
        some => some.join(", else "),
    }
}

fn three_parts(words: &str) -> String {
    match words.split(" + ").collect::<Vec<_>>().as_slice() {
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a} + {b} + {c} + …"),
        _ => words.to_owned(),
    }
}

/// The page of pages.
pub(super) fn index() -> String {
    let all = sorted();
    let count = |wanted: fn(&Provider) -> bool| all.iter().filter(|provider| wanted(provider)).count();
    let head = format!(
        "<!-- Written by `cargo xtask pages`: change the catalogue, not this page. -->\n\n\
         # Providers\n\n\
         {} providers: {} rest on published vectors, {} on an official package, {} on documentation alone. Of {} the\n\
         signature covers less than the whole body, or nothing is signed at all.\n\n\
         In all pages `<name>` stands for a part of the request: `<webhook-id>` for a header or for a value beside the\n\
         signature, `</id>` for a value of a JSON body at that pointer, and a question mark for what may be absent.\n\n\
         | provider | key | algorithm | body | needs | evidence |\n\
         | --- | --- | --- | --- | --- | --- |\n",
        all.len(),
        count(|provider| provider.evidence == Evidence::Published),
        count(|provider| provider.evidence == Evidence::Sdk),
        count(|provider| provider.evidence == Evidence::Documented),
        count(|provider| provider.covers_body() != BodyCover::Whole),
    );
    let rows = all.iter().map(|provider| {
        let body = match provider.covers_body() {
            BodyCover::Whole => "covered",
            BodyCover::Part => "**in part**",
            BodyCover::Nothing => "**not covered**",
        };
        format!(
            "| [{}]({}.md) | {} | {} | {body} | {} | {} |\n",
            cell(&provider.title),
            provider.name,
            key(provider),
            algorithms(provider),
            needs(provider),
            evidence(provider)
        )
    });
    head + &rows.collect::<String>()
}

fn key(provider: &Provider) -> &'static str {
    let mixed = || provider.schemes.iter().any(|scheme| scheme.algorithm.is_public_key());
    match key_kind(provider) {
        Key::Public => "public key",
        Key::Token => "token",
        Key::Shared if mixed() => "secret or public key",
        Key::Shared => "secret",
    }
}

fn algorithms(provider: &Provider) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for scheme in provider.schemes.iter() {
        let title = if scheme.algorithm.name() == "token" { "none" } else { scheme.algorithm.title() };
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles.join(", ")
}

fn needs(provider: &Provider) -> String {
    let needs = provider.needs();
    let url = needs.public_url.then(|| "`public_url`".to_owned());
    let mut all: Vec<String> =
        url.into_iter().chain(needs.config.iter().map(|name| format!("`config(\"{name}\")`"))).collect();
    for feature in provider.schemes.iter().flat_map(Scheme::features) {
        let feature = format!("feature `{feature}`");
        if !all.contains(&feature) {
            all.push(feature);
        }
    }
    all.join(", ")
}

/// How many vectors of what origin each provider has.
pub(super) fn counts(pack: &Pack) -> String {
    let head = "| provider | cases | published | derived | third party | generated | run by an official package | to accept | unconfirmed |\n\
                | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    let row = |(name, count): (&str, &crate::vectors::Count)| {
        let cells = [
            count.cases,
            count.published,
            count.derived,
            count.third_party,
            count.generated,
            count.confirmed,
            count.accepted,
            count.unconfirmed,
        ];
        format!("| {name} | {} |\n", cells.map(|count| count.to_string()).join(" | "))
    };
    let rows = pack.counts().into_iter().map(|(name, count)| row((&format!("`{name}`"), &count)));
    format!("{head}{}{}", rows.collect::<String>(), row(("**all**", &pack.total())))
}

fn sorted() -> Vec<&'static Provider> {
    let mut all: Vec<&Provider> = providers::all().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}
