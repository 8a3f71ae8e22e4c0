//! The lines of Rust that a page shows: one shape for all, with what this provider needs.

use countersign::{Algorithm, Provider};

use super::text;

/// What kind of key an endpoint holds, as the snippet names it.
pub(super) fn key_kind(provider: &Provider) -> Key {
    let mut kinds = provider.schemes.iter().map(|scheme| match scheme.algorithm {
        Algorithm::Token => Key::Token,
        algorithm if algorithm.is_public_key() => Key::Public,
        _ => Key::Shared,
    });
    let first = kinds.next().unwrap_or(Key::Shared);
    if kinds.all(|kind| kind == first) { first } else { Key::Shared }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Shared,
    Public,
    Token,
}

impl Key {
    /// The name of the argument.
    pub(super) const fn argument(self) -> &'static str {
        match self {
            Self::Shared => "secret",
            Self::Public => "public_key",
            Self::Token => "token",
        }
    }
}

/// The features that every scheme of a provider needs.
pub(super) fn required_features(provider: &Provider) -> Vec<&'static str> {
    let mut schemes = provider.schemes.iter();
    let first = schemes.next().map(countersign::Scheme::features).unwrap_or_default();
    schemes.fold(first, |common, scheme| {
        let features = scheme.features();
        common.into_iter().filter(|feature| features.contains(feature)).collect()
    })
}

/// The dependencies that the snippet takes.
pub(super) fn dependencies(provider: &Provider) -> String {
    let features: Vec<String> = required_features(provider).iter().map(|name| format!("\"{name}\"")).collect();
    let countersign = match features.as_slice() {
        [] => "\"0.1\"".to_owned(),
        features => format!("{{ version = \"0.1\", features = [{}] }}", features.join(", ")),
    };
    format!("[dependencies]\naxum = \"0.8\"\ncountersign = {countersign}\ncountersign-tower = \"0.1\"\n")
}

/// A function that makes a router, ready to be served.
pub(super) fn router(provider: &Provider, constant: &str) -> String {
    let (name, needs) = (&provider.name, provider.needs());
    let argument = key_kind(provider).argument();
    let dedupes = !provider.event_id.is_empty();
    let mut calls = vec![format!("Endpoint::builder(\"{name}\", providers::{constant}, {argument})")];
    if needs.public_url {
        calls.push(format!(".public_url(\"https://hooks.example.com/{name}\")?"));
    }
    calls.extend(needs.config.iter().map(|value| format!(".config(\"{value}\", \"{}\")", value.replace('_', "-"))));
    if dedupes {
        calls.push(".dedupe(MemoryStore::default())".to_owned());
    }
    calls.push(".build()?;".to_owned());
    let one_line = format!("    let endpoint = {}", calls.concat());
    let endpoint = match one_line.chars().count() {
        ..=120 if calls.len() <= 3 => one_line,
        _ => format!("    let endpoint = {}", calls.join("\n        ")),
    };
    let (store, method) = (if dedupes { "MemoryStore, " } else { "" }, method(provider));
    let absent = if dedupes {
        ""
    } else {
        "    // Nothing that is signed tells events apart: before a store, `.event_id(…)` must be chosen.\n"
    };
    format!(
        "use axum::{{Router, routing::{method}}};\n\
         use countersign::{{ConfigError, Endpoint, {store}providers}};\n\
         use countersign_tower::{{Verified, WebhookLayer}};\n\
         \n\
         fn router({argument}: &str) -> Result<Router, ConfigError> {{\n\
         {absent}{endpoint}\n    \
             let handler = {method}(async |Verified(delivery): Verified| println!(\"{{:?}}\", delivery.event_type()));\n    \
             Ok(Router::new().route(\"/hooks/{name}\", handler.layer(WebhookLayer::new(endpoint))))\n\
         }}\n"
    )
}

/// The function of axum that routes the provider's methods; the layer answers others with 405.
fn method(provider: &Provider) -> &'static str {
    let methods: Vec<&str> = provider.methods.iter().map(AsRef::as_ref).collect();
    match methods.as_slice() {
        ["POST"] => "post",
        ["GET"] => "get",
        ["PUT"] => "put",
        _ => "any",
    }
}

/// A test delivery from a shell to the router above.
pub(super) fn send(provider: &Provider) -> String {
    let name = &provider.name;
    let variable = name.to_uppercase().replace('-', "_");
    let (key, flag) = match key_kind(provider) {
        Key::Public => (String::new(), "--secret-file private-key.pem".to_owned()),
        kind => {
            let variable = format!("{variable}_{}", kind.argument().to_uppercase());
            (format!("export {variable}='…'\n"), format!("--secret-env {variable}"))
        }
    };
    format!(
        "{key}cargo run --bin countersign -- send --provider {name} {flag} \\\n    \
         --to http://127.0.0.1:3000/hooks/{name}\n"
    )
}

/// What must be known to send one.
pub(super) fn send_notes(provider: &Provider) -> String {
    let mut notes = Vec::new();
    if key_kind(provider) == Key::Public {
        notes.push(
            "Only the provider has its private key: sign with one of your own, and give the receiver its public half.",
        );
    }
    if provider.needs().public_url {
        notes.push("The URL is signed: while you test, `public_url` is the URL that you send to.");
    }
    if notes.is_empty() { String::new() } else { format!("\n{}", text::paragraph(&notes.join(" "))) }
}
