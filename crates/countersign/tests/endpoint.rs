//! What `build` refuses, and what TOML errors say.

mod common;

use std::time::Duration;

use countersign::{ConfigError, Endpoint, EndpointBuilder, MemoryStore, Provider, providers};

const SECRET: &str = "a signing secret of more than sixteen bytes";

fn builder(provider: Provider) -> EndpointBuilder {
    Endpoint::builder("orders", provider, SECRET).dedupe(MemoryStore::default())
}

fn refusal(builder: EndpointBuilder) -> ConfigError {
    builder.build().map(|_| ()).unwrap_err()
}

#[test]
#[cfg(feature = "catalogue")]
fn every_provider_of_the_catalogue_builds() {
    for provider in providers::all() {
        provider.check().unwrap();
        let endpoint = Endpoint::builder("all", provider, common::secret(provider)).dedupe(MemoryStore::default());
        let endpoint = common::configured(endpoint.public_url("https://hooks.example.com/x").unwrap(), provider);
        let built = endpoint.build().map(|_| ()).map_err(|error| (error.setting().to_owned(), error.to_string()));
        match (provider.event_id.is_empty(), built) {
            (true, Err((setting, _))) if setting == "event_id" => {}
            (false, Ok(())) => {}
            (_, found) => panic!("{}: {found:?}", provider.name),
        }
    }
    let mut names: Vec<_> = providers::all().map(|provider| &provider.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), providers::all().count(), "names are unique");
}

#[test]
fn refuses_settings_that_contradict_the_provider() {
    let hour = Duration::from_secs(3_600);
    for (builder, setting) in [
        (builder(providers::SHOPIFY), "event_id"),
        (builder(providers::SHOPIFY).event_id("{h:X-Shopify-Webhook-Id}"), "event_id"),
        (builder(providers::SHOPIFY).event_id("{j:id}"), "event_id"),
        (builder(providers::GITHUB).replay_window_only(), "replay_window_only"),
        (builder(providers::STRIPE).retention(hour), "retention"),
        (builder(providers::STRIPE).lease(Duration::from_millis(1)), "lease"),
        (builder(providers::STRIPE).max_attempts(0), "max_attempts"),
        (builder(providers::STRIPE).body_cap(0), "body_cap"),
        (Endpoint::builder("a/b", providers::STRIPE, SECRET), "name"),
    ] {
        let error = refusal(builder);
        assert_eq!(error.setting(), setting, "{error}");
    }
    assert!(builder(providers::SHOPIFY).event_id("{j:/admin_graphql_api_id}").build().is_ok());
    assert!(builder(providers::SHOPIFY).danger_accept_unsigned_id("X-Shopify-Webhook-Id").build().is_ok());
    assert!(builder(providers::SLACK).replay_window_only().build().is_ok());
}

const TOML: &str = r#"
name = "acme"
event_id = ["{j:/id}"]

[[schemes]]
algorithm = "hmac-sha256"
secret = { encoding = "utf8" }
signature = { at = "{h:Acme-Signature}", syntax = { pairs = { separator = ",", assign = "=", pick = "v1" } }, encoding = "hex" }
content = "{p:t}.{body}"
timestamp = { from = "{p:t}", unit = "s", past = 300, future = 60 }
"#;

#[test]
fn a_provider_from_toml_is_the_same_struct() {
    let provider = Provider::from_toml(TOML).unwrap();
    assert_eq!(provider.schemes[0].content, providers::STRIPE.schemes[0].content);
    assert!(Endpoint::builder("acme", provider, SECRET).dedupe(MemoryStore::default()).build().is_ok());
}

#[test]
fn a_toml_error_names_the_key() {
    for (from, to, named) in [
        ("separator = \",\"", "seperator = \",\"", "seperator"),
        ("hmac-sha256", "hmac-md5", "hmac-md5"),
        ("unit = \"s\"", "unit = \"seconds\"", "seconds"),
        ("content = \"{p:t}.{body}\"", "", "content"),
        ("content = \"{p:t}.{body}\"", "content = \"{p:t}\"", "schemes[0].content"),
        ("{p:t}.{body}", "{p:t}.{bdy}", "{bdy}"),
        ("content = \"{p:t}.{body}\"", "content = \"{body}\"", "schemes[0].timestamp.from"),
        ("{p:t}.{body}", "{h:Acme-Id}{body}{p:t}", "schemes[0].content"),
        ("{h:Acme-Signature}", "Acme-Signature", "schemes[0].signature.at"),
        ("[\"{j:/id}\"]", "[\"{x:/id}\"]", "event_id"),
        ("name = \"acme\"", "name = \"Acme Inc\"", "name"),
    ] {
        let changed = TOML.replacen(from, to, 1);
        assert_ne!(changed, TOML);
        let error = Provider::from_toml(&changed).unwrap_err().to_string();
        assert!(error.contains(named), "{to}: {error}");
    }
}
