//! What the repository's pages say of the code, held to the code: the provider table of README.md, the names that
//! SECURITY.md cites, the rooms that ARCHITECTURE.md lists. Whether the snippets compile is for the doctests.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::{Algorithm, Encoding, Provider, Scheme, Syntax, Token, parse_single, parse_template, providers};

#[test]
fn the_provider_table_is_the_catalogue() {
    let path = root().join("README.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("README.md has the marker before the provider table");
    let (_, after) = rest.split_once(END).expect("README.md has the marker after the provider table");
    let wanted = format!("{before}{BEGIN}\n{}{END}{after}", provider_table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).unwrap();
    } else {
        assert!(page == wanted, "run `UPDATE=1 cargo test -p countersign --test readme` and commit README.md");
    }
}

#[test]
fn every_test_that_security_cites_exists() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let tests: String = sources(&root().join("crates")).chain(sources(&root().join("fuzz"))).collect();
    let rows: String = sources(&root().join("tests/src/rows")).collect();
    let (mut cited_tests, mut cited_rows) = (0, 0);
    for name in quoted(&page).filter(|name| is_test_name(name)) {
        assert!(tests.contains(&format!("fn {name}(")), "no test is called `{name}`");
        cited_tests += 1;
    }
    for id in row_ids(&page) {
        assert!(rows.contains(&format!("\"{id}\"")), "there is no row {id}");
        assert!(!rows.contains(&format!("left_out(\"{id}\"")), "row {id} is left out, so it holds nothing");
        cited_rows += 1;
    }
    assert!(cited_tests > 20 && cited_rows > 40, "{cited_tests} tests and {cited_rows} rows are cited: too few");
}

#[test]
fn every_dangerous_method_is_listed() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let listed: Vec<&str> = quoted(&page).filter(|name| name.starts_with("danger_")).collect();
    let mut found = 0;
    for source in sources(&root().join("crates")) {
        for method in source.split("pub fn ").skip(1).filter(|rest| rest.starts_with("danger_")) {
            let name = method.split(['(', '<']).next().unwrap();
            assert!(listed.contains(&name), "SECURITY.md does not list `{name}`");
            found += 1;
        }
    }
    assert!(found >= 4, "{found} found: the search is blind");
}

#[test]
fn every_room_of_the_core_is_described() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let described: Vec<&str> = quoted(&page).filter(|name| name.ends_with(".rs")).collect();
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let rooms = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for room in rooms.filter(|name| name.ends_with(".rs") && name != "lib.rs") {
        assert!(described.contains(&room.as_str()), "ARCHITECTURE.md does not say what lives in {room}");
    }
}

const BEGIN: &str = "<!-- providers:begin -->";
const END: &str = "<!-- providers:end -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn provider_table() -> String {
    let rows = providers::all().map(|provider| {
        let tolerance = provider.schemes.first().map(tolerance).unwrap_or_default();
        format!(
            "| [`{}`]({}) | {} | {} | {tolerance} | {} |\n",
            provider.name,
            provider.source,
            signature(provider),
            event_id(provider),
            provider.evidence.name(),
        )
    });
    let head = "| provider | signature | event id from | tolerance | evidence |\n| --- | --- | --- | --- | --- |\n";
    format!("{head}{}", rows.collect::<String>())
}

/// `Stripe-Signature`: `v1=<hex>`, HMAC-SHA256 of `<t>.<body>`
fn signature(provider: &Provider) -> String {
    let first = provider.schemes.first().expect("a provider signs somehow");
    let alike = |scheme: &Scheme| scheme.signature.at == first.signature.at && scheme.content == first.content;
    assert!(provider.schemes.iter().all(alike), "{}: the table has room for one header and content", provider.name);
    let headers = match parse_single(&first.signature.at) {
        Ok(Token::Header(_)) => names(&first.signature.at).map(|name| format!("`{name}`")),
        other => panic!("{}: a signature stands in a header, not in {other:?}", provider.name),
    };
    let ways: Vec<String> = provider
        .schemes
        .iter()
        .map(|scheme| format!("`{}` {}", written(scheme), algorithm(scheme.algorithm)))
        .collect();
    let content: String = parse_template(&first.content).unwrap().iter().map(part).collect();
    format!("{}: {} of `{content}`", headers.collect::<Vec<_>>().join(" or "), ways.join(" or "))
}

/// The names in a header token, with the case in which the provider writes them.
fn names(token: &str) -> impl Iterator<Item = &str> {
    token.trim_start_matches("{h:").trim_end_matches('}').split('|')
}

fn written(scheme: &Scheme) -> String {
    let text = match scheme.signature.encoding {
        Encoding::Hex => "<hex>",
        _ => "<base64>",
    };
    match &scheme.signature.syntax {
        Syntax::Prefix(prefix) | Syntax::List { prefix, .. } => format!("{prefix}{text}"),
        Syntax::Pairs { assign, pick, .. } => format!("{pick}{assign}{text}"),
        _ => text.to_owned(),
    }
}

fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HmacSha1 => "HMAC-SHA1",
        Algorithm::HmacSha256 => "HMAC-SHA256",
        Algorithm::HmacSha384 => "HMAC-SHA384",
        Algorithm::HmacSha512 => "HMAC-SHA512",
        Algorithm::Ed25519 => "Ed25519",
        other => panic!("{other:?} has no name in the table"),
    }
}

fn part(token: &Token) -> String {
    match token {
        Token::Literal(text) => text.to_string(),
        Token::Body => "<body>".to_owned(),
        Token::Header(names) => format!("<{}>", names[0]),
        Token::Param(name) => format!("<{name}>"),
        other => panic!("{other:?} is no part of a signed content"),
    }
}

fn event_id(provider: &Provider) -> String {
    let alternatives: Vec<String> = provider.event_id.iter().map(|template| id_parts(template)).collect();
    if alternatives.is_empty() { "none, choose one".to_owned() } else { alternatives.join(", else ") }
}

fn id_parts(template: &str) -> String {
    let parts = parse_template(template).unwrap();
    let texts = parts.iter().filter_map(|token| match token {
        Token::Literal(_) => None,
        Token::Header(names) => Some(format!("header `{}`", names[0])),
        Token::Json(pointer) | Token::Number(pointer) => Some(format!("body `{pointer}`")),
        Token::Content => Some("digest of what is signed".to_owned()),
        other => panic!("{other:?} is no part of an event id"),
    });
    texts.collect::<Vec<_>>().join(" + ")
}

fn tolerance(scheme: &Scheme) -> String {
    match &scheme.timestamp {
        None => "no time".to_owned(),
        Some(rule) if rule.past == rule.future => format!("± {} s", rule.past),
        Some(rule) => format!("- {} s, + {} s", rule.past, rule.future),
    }
}

/// The Rust sources below a folder.
fn sources(folder: &Path) -> impl Iterator<Item = String> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.extension() {
                _ if entry.ends_with("target") => {}
                _ if entry.is_dir() => folders.push(entry),
                Some(end) if end == "rs" => files.push(entry),
                _ => {}
            }
        }
    }
    files.into_iter().map(|file| fs::read_to_string(file).unwrap())
}

/// The texts between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').skip(1).step_by(2)
}

/// Whether a quoted word is the name of a test: a sentence in snake case, and nothing that the API calls so.
fn is_test_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(word) && name.matches('_').count() >= 2 && !name.starts_with("danger_")
}

/// The ids of rows: `A-001`, `EV-05`, `IK-11`.
fn row_ids(page: &str) -> impl Iterator<Item = &str> {
    let words = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| {
        let number = ["A-", "EV-", "IK-"].iter().find_map(|prefix| word.strip_prefix(prefix));
        number.is_some_and(|number| number.len() >= 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
