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
        (builder(providers::STRIPE).config("webhook_id", "1"), "config"),
        (builder(providers::STRIPE).only_schemes(["stripe-v2"]), "only_schemes"),
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
        (
            "hmac-sha256",
            "hmac-md5",
            "line 6, column 13: `schemes.algorithm`: unknown variant, expected one of `hmac-sha1`",
        ),
        ("unit = \"s\"", "unit = \"seconds\"", "`schemes.timestamp.unit`"),
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

/// Whatever stands where something else must, it is not repeated: it may be a secret.
#[test]
fn a_toml_error_repeats_no_value() {
    const SECRET: &str = "whsec_misplaced";
    let mut refused = 0;
    let mut told = |changed: &str| {
        let error = Provider::from_toml(changed).err().filter(|error| error.setting() == "provider");
        if let Some(error) = error {
            refused += 1;
            assert!(!error.to_string().contains("misplaced"), "{error}");
        }
    };
    let quotes: Vec<usize> = TOML.match_indices('"').map(|(at, _)| at).collect();
    for pair in quotes.chunks(2) {
        let (before, after) = (&TOML[..pair[0]], &TOML[pair[1] + 1..]);
        for written in [format!("\"{SECRET}\""), SECRET.to_owned(), format!("[\"{SECRET}\"]")] {
            told(&format!("{before}{written}{after}"));
        }
    }
    for text in [SECRET, &format!("{SECRET}=="), &format!("S={SECRET}"), &format!("S=\"{SECRET}\"")] {
        told(text);
    }
    assert!(refused > 25, "{refused}");
    let digits = Provider::from_toml(&TOML.replace("\"{p:t}.{body}\"", "271828")).unwrap_err().to_string();
    assert!(digits.contains("`schemes.content`: invalid type, expected a") && !digits.contains("271828"), "{digits}");
}

/// The scheme of [`TOML`] with other keys, and other keys of the provider before it.
fn described(provider: &str, scheme: &str) -> Result<Provider, ConfigError> {
    Provider::from_toml(&format!("name = \"acme\"\n{provider}\n[[schemes]]\n{scheme}"))
}

const HMAC: &str = r#"
algorithm = "hmac-sha256"
secret = { encoding = "utf8" }
signature = { at = "{h:S}" }
"#;

fn refused(provider: &str, scheme: &str, setting: &str, words: &str) {
    let error = described(provider, scheme).map(|_| ()).unwrap_err();
    assert_eq!(error.setting(), setting, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn an_id_of_parts_that_may_all_be_absent_is_refused() {
    let body = format!("{HMAC}content = \"{{body}}\"");
    for id in ["{j?:/id}", "event {v?:/id} {f?:id}", "", "event"] {
        refused(&format!("event_id = [\"{{j:/id}}\", \"{id}\"]"), &body, "event_id", "may be absent");
        let error = refusal(builder(providers::SHOPIFY).danger_accept_unsigned_id("{j?:/id}"));
        assert_eq!(error.setting(), "event_id");
    }
    for id in ["{j:/kind} {v?:/id}", "{content} {v?:/id}"] {
        described(&format!("event_id = [\"{id}\"]"), &body).unwrap();
    }
}

#[test]
fn a_part_of_an_id_outside_the_body_is_never_optional() {
    let body = format!("{HMAC}content = \"{{h:X}}.{{body}}\"");
    for id in ["{h?:X}", "{j:/id} {h?:X}", "{q?:id}"] {
        refused(&format!("event_id = [\"{id}\"]"), &body, "event_id", "question mark");
    }
    refused("event_type = \"{h?:X}\"", &body, "event_type", "question mark");
    let error = refusal(builder(providers::SHOPIFY).danger_accept_unsigned_id("{h?:X}"));
    assert!(error.to_string().contains("question mark"), "{error}");
}

#[test]
fn a_scheme_that_can_never_verify_is_refused() {
    let hmac = |content: &str| format!("{HMAC}content = \"{content}\"");
    refused("", &hmac("{sha256.hex:{secret}.{body}}"), "schemes[0].content", "`{secret}` stands by itself");
    let secret = hmac("{body}") + "\nrequire = \"{h:Key}={secret}\"";
    refused("", &secret, "schemes[0].require", "`{secret}` stands by itself");
    refused("", &(hmac("{body}") + "\neach = \"items\""), "schemes[0].each", "`/items/*`");
    refused("", &hmac("{body}").replace("utf8", "public-key"), "schemes[0].secret.encoding", "hmac-sha256");
    refused("", &hmac("{h:A|B}.{h:B}.{body}"), "schemes", "`b`");
    refused("", &hmac("{h:B}.{h:A|B}.{body}"), "schemes[0]", "`b`");
    described("", &hmac("{h:A|B}.{h:A|B}.{h:C}.{body}")).unwrap();
}

#[test]
#[cfg(feature = "http-signatures")]
fn an_http_message_signature_stands_in_its_header_and_is_no_token() {
    let http =
        HMAC.replace("\"{h:S}\"", "\"{h:Signature}\", syntax = { http-signature = { cover = \"content-digest\" } }");
    described("", &http).unwrap();
    refused("", &http.replace("{h:Signature}", "{h:S}"), "schemes[0].signature.at", "{h:Signature}");
    refused("", &http.replace("hmac-sha256", "token"), "schemes[0].algorithm", "signs nothing");
}

#[test]
fn a_token_says_how_it_is_written() {
    let token = HMAC.replace("hmac-sha256", "token");
    refused("", &token, "schemes[0].signature.encoding", "`text`");
    described("", &token.replace("\"{h:S}\"", "\"{h:S}\", encoding = \"text\"")).unwrap();
    described("", &token.replace("utf8", "hex")).unwrap();
}

#[test]
fn facts_about_a_sender_that_cannot_be_are_refused() {
    let body = format!("{HMAC}content = \"{{body}}\"");
    refused("methods = [\"post\"]", &body, "methods", "upper case");
    refused("methods = []", &body, "methods", "one at least");
    refused("unsigned_id = \"not a header!\"", &body, "unsigned_id", "name of a header");
    refused("event_type = \"{content}\"", &body, "event_type", "an event type is made of");
    refused("event_id = [\"{body}\"]", &body, "event_id", "{q:…}");
}

#[test]
fn words_are_read_as_they_are_printed() {
    let body = format!("{HMAC}content = \"{{body}}\"");
    for name in ["any-2xx", "only-200", "below-400"] {
        let provider = described(&format!("sender = {{ success = \"{name}\" }}"), &body).unwrap();
        assert_eq!(provider.sender.success.name(), name);
    }
}

#[test]
#[cfg(not(feature = "md5"))]
fn a_hash_that_is_not_built_in_is_refused() {
    let hash = HMAC.replace("hmac-sha256", "hash-md5") + "content = \"{secret}{body}\"";
    refused("", &hash, "schemes[0].algorithm", "`md5`");
}

#[test]
fn at_most_eleven_header_names_are_read() {
    let names: Vec<String> = (0..11).map(|number| format!("{{h:X{number}}}")).collect();
    let content = format!("{HMAC}content = \"{}.{{body}}\"", names.join("."));
    refused("", &content, "schemes", "more than 11");
}

#[test]
fn a_time_stands_in_signed_bytes() {
    let timed = |content: &str, from: &str| {
        let rule = format!("timestamp = {{ from = \"{from}\", unit = \"s\", past = 300, future = 60 }}");
        described("", &format!("{HMAC}content = \"{content}\"\n{rule}"))
    };
    for (content, from) in [
        ("{target}\\n{body}", "{q:t}"),
        ("{url}\\n{body}", "{q:t}"),
        ("{query.sorted}\\n{body}", "{q:t}"),
        ("{body}", "{f:t}"),
        ("{body}", "{v:/t}"),
    ] {
        timed(content, from).unwrap();
    }
    // Bytes of a joined form can be cut into another time, and a path has no query.
    for (content, from) in [
        ("{form.sorted}", "{f:t}"),
        ("{url.sorted.form}", "{f:t}"),
        ("{url.sorted.form}", "{q:t}"),
        ("{path}\\n{body}", "{q:t}"),
        ("{url.base}\\n{body}", "{q:t}"),
    ] {
        let error = timed(content, from).map(|_| ()).unwrap_err();
        assert_eq!(error.setting(), "schemes[0].timestamp.from", "{content}: {error}");
    }
}

#[test]
fn nothing_is_decided_by_a_query_that_the_configured_url_replaces() {
    let query = |content: &str, provider: &str| {
        let provider = described(provider, &format!("{HMAC}content = \"{content}\"")).unwrap();
        let own = builder(provider.clone()).public_url("https://a.example/hook?key=1").unwrap().build().map(|_| ());
        let sent = builder(provider).public_url("https://a.example/hook").unwrap().build().map(|_| ());
        (own.map_err(|error| error.setting().to_owned()), sent.is_ok())
    };
    let (id, kind) = ("event_id = [\"{q:id}\"]", "event_id = [\"{j:/id}\"]\nevent_type = \"{q:kind}\"");
    let refused = Err("public_url".to_owned());
    assert_eq!(query("{url}\\n{body}", id), (refused.clone(), true));
    assert_eq!(query("{url}\\n{body}", kind), (refused, true));
    assert_eq!(query("{url}\\n{target}\\n{body}", id), (Ok(()), true));
    assert_eq!(query("{url}\\n{body}", "event_id = [\"{q:id} {content}\"]"), (Ok(()), true));
}

#[test]
fn a_scheme_without_a_name_goes_by_its_providers() {
    assert!(builder(providers::STRIPE).only_schemes(["stripe"]).build().is_ok());
    for name in ["stripe-v2", ""] {
        let error = refusal(builder(providers::STRIPE).only_schemes([name]));
        assert_eq!(error.to_string(), "only_schemes: the schemes of stripe are `stripe`");
    }
}

/// Whoever captured a delivery that bears two signatures could leave the stronger one out.
#[test]
#[cfg(feature = "catalogue")]
fn an_endpoint_takes_the_schemes_that_it_names_and_no_other() {
    use countersign::{Algorithm, Encoding, Reason, UnixTime, encode, sign_mac};
    let now = 1_795_000_000;
    let (secret, body) = ("a signing secret of more than sixteen bytes", "[{\"eventId\":1}]");
    let time = format!("{now}000");
    let v1 = sign_mac(Algorithm::HashSha256, b"", format!("{secret}{body}").as_bytes()).unwrap();
    let signed = format!("POSThttps://hooks.example.com/x{body}{time}");
    let v3 = sign_mac(Algorithm::HmacSha256, secret.as_bytes(), signed.as_bytes()).unwrap();
    let weaker = || {
        http::Request::post("/x")
            .header("x-hubspot-signature-version", "v1")
            .header("x-hubspot-signature", encode(&v1, Encoding::Hex))
    };
    let both = weaker()
        .header("x-hubspot-signature-v3", encode(&v3, Encoding::Base64))
        .header("x-hubspot-request-timestamp", &time);
    let (both, weaker) = (both.body(()).unwrap(), weaker().body(()).unwrap());
    let judge = |endpoint: &Endpoint, request: &http::Request<()>| {
        common::judge(endpoint, request, body, UnixTime::from_secs(now)).map(|_| ())
    };
    let open =
        || Endpoint::builder("crm", providers::HUBSPOT, secret).public_url("https://hooks.example.com/x").unwrap();
    let any = open().build().unwrap();
    assert_eq!([judge(&any, &both), judge(&any, &weaker)], [Ok(()), Ok(())]);
    let strict = open().only_schemes(["hubspot-v3", "hubspot-v3-undecoded"]).build().unwrap();
    assert_eq!([judge(&strict, &both), judge(&strict, &weaker)], [Ok(()), Err(Reason::SignatureMissing)]);
}
