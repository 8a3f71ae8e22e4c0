//! The configuration file of `listen`: its keys, and the endpoint that each table makes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign::{
    Endpoint, EndpointBuilder, Environment, Keyring, Provider, Sample, Scheme, Sender, Shown, SigningSecret, Tolerance,
};
use serde::Deserialize;
use toml::Value;

use super::{Receiving, Stores, paths, times, toml_file};
use crate::failure::Failure;
use crate::settings::{self, Place};
use crate::store::{AnyStore, StoreName};
use crate::{flags, secrets};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    endpoint: Vec<Table>,
}

/// One `[[endpoint]]`. Spans are in seconds; what is left out has the library's default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    path: String,
    provider: Option<String>,
    /// A scheme of one's own, in place of a provider of the catalogue.
    scheme: Option<Scheme>,
    secrets: Vec<Secret>,
    #[serde(default)]
    event_id: Vec<String>,
    store: Option<String>,
    forward_to: Option<String>,
    tolerance_past: Option<u64>,
    tolerance_future: Option<u64>,
    body_cap: Option<u64>,
    read_deadline: Option<u64>,
    handler_deadline: Option<u64>,
    retention: Option<u64>,
    lease: Option<u64>,
    duplicate_wait: Option<u64>,
    max_attempts: Option<u32>,
    #[serde(default)]
    strict_replay: bool,
    #[serde(default)]
    replay_window_only: bool,
    /// Answer what the provider asks before it sends.
    #[serde(default)]
    handshakes: bool,
    /// Values that the provider's signature or handshake needs.
    #[serde(default)]
    config: BTreeMap<String, String>,
    public_url: Option<String>,
    /// The provider's schemes that count; without it, each.
    only_schemes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    id: String,
    env: Option<String>,
    file: Option<PathBuf>,
    not_before: Option<Value>,
    not_after: Option<Value>,
    environment: Option<Environment>,
    #[serde(default)]
    danger_accept_weak: bool,
}

/// Reads the endpoints of a file.
pub(super) async fn read(path: &Path, stores: &mut Stores) -> Result<Vec<Receiving>, Failure> {
    let refuse = |problem: String| Failure::set_up(format!("--config {}: {problem}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(format!("{error}; check the path")))?;
    let file: File = toml_file::parse(&text).map_err(refuse)?;
    if file.endpoint.is_empty() {
        return Err(refuse("it has no endpoint; add a table [[endpoint]]".to_owned()));
    }
    paths::check(file.endpoint.iter().map(|table| table.path.as_str())).map_err(refuse)?;
    let mut receiving: Vec<Receiving> = Vec::new();
    for table in file.endpoint {
        let name = table.name.clone();
        let within = |problem: String| refuse(format!("endpoint `{}`: {problem}", Shown(&name)));
        if receiving.iter().any(|one| one.endpoint.name() == name) {
            return Err(within("another endpoint has the same name; names must differ".to_owned()));
        }
        let store = table.store().map_err(within)?;
        let store = stores.get(store).await.map_err(|failure| within(failure.to_string()))?;
        receiving.push(table.build(path, store).map_err(within)?);
    }
    Ok(receiving)
}

impl Table {
    fn store(&self) -> Result<Option<StoreName>, String> {
        self.store.as_deref().map(|name| name.parse().map_err(|problem| format!("store: {problem}"))).transpose()
    }

    fn build(self, file: &Path, store: AnyStore) -> Result<Receiving, String> {
        let forward_to = self.forward_to.as_deref().map(flags::plain_url).transpose();
        let forward_to = forward_to.map_err(|problem| format!("forward_to: {problem}"))?;
        let refused = |error| settings::told(&error, Place::File);
        let provider = self.provider(file)?;
        let mut builder = Endpoint::builder(self.name.as_str(), &provider, self.keyring()?);
        if let Some(tolerance) = self.tolerance(&provider)? {
            builder = builder.tolerance(tolerance);
        }
        for (name, value) in &self.config {
            builder = builder.config(name, value);
        }
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url).map_err(refused)?;
        }
        if let Some(schemes) = &self.only_schemes {
            builder = builder.only_schemes(schemes.iter().map(String::as_str));
        }
        if self.handshakes {
            builder = builder.answer_handshakes();
        }
        let endpoint = self.limited(builder);
        let endpoint = self.deduped(endpoint, &provider, store).build().map_err(refused)?;
        Ok(Receiving { endpoint, path: Some(self.path), forward_to })
    }

    /// The provider, which a file beside this one may describe.
    fn provider(&self, file: &Path) -> Result<Provider, String> {
        match (&self.provider, &self.scheme) {
            (Some(name), None) => flags::provider_beside(file, name)
                .cloned()
                .map_err(|problem| format!("provider `{}`: {problem}", Shown(name))),
            (None, Some(scheme)) => Ok(own(&self.name, scheme)),
            (Some(_), Some(_)) => Err("it has both `provider` and `scheme`; keep one".to_owned()),
            (None, None) => Err(
                "`provider` is missing; name one of `countersign providers`, or describe yours in [endpoint.scheme]"
                    .to_owned(),
            ),
        }
    }

    fn keyring(&self) -> Result<Keyring, String> {
        let read = self.secrets.iter().map(Secret::read);
        let read = read.collect::<Result<Vec<_>, _>>()?;
        secrets::keyring(read).ok_or_else(|| "`secrets` is empty; add { id = \"…\", env = \"…\" }".to_owned())
    }

    fn tolerance(&self, provider: &Provider) -> Result<Option<Tolerance>, String> {
        if self.tolerance_past.is_none() && self.tolerance_future.is_none() {
            return Ok(None);
        }
        let rule = provider.schemes.iter().find_map(|scheme| scheme.timestamp.as_ref());
        let rule = rule.ok_or("tolerance: no signed time is judged, so none can be asked for; remove the key")?;
        Ok(Some(Tolerance {
            past: Duration::from_secs(self.tolerance_past.unwrap_or(rule.past)),
            future: Duration::from_secs(self.tolerance_future.unwrap_or(rule.future)),
        }))
    }

    fn limited(&self, builder: EndpointBuilder) -> EndpointBuilder {
        let builder = apply(builder, self.body_cap, EndpointBuilder::body_cap);
        let builder = apply(builder, self.read_deadline.map(Duration::from_secs), EndpointBuilder::read_deadline);
        apply(builder, self.handler_deadline.map(Duration::from_secs), EndpointBuilder::handler_deadline)
    }

    fn deduped(&self, builder: EndpointBuilder, provider: &Provider, store: AnyStore) -> EndpointBuilder {
        let named = !self.event_id.is_empty() || !provider.event_id.is_empty() || self.replay_window_only;
        let builder = if named { builder.dedupe(store) } else { builder };
        let builder = self.event_id.iter().fold(builder, |builder, template| builder.event_id(template));
        let builder = apply(builder, self.retention.map(Duration::from_secs), EndpointBuilder::retention);
        let builder = apply(builder, self.lease.map(Duration::from_secs), EndpointBuilder::lease);
        let builder = apply(builder, self.duplicate_wait.map(Duration::from_secs), EndpointBuilder::duplicate_wait);
        let builder = apply(builder, self.max_attempts, EndpointBuilder::max_attempts);
        let builder = apply(builder, self.strict_replay.then_some(()), |builder, ()| builder.strict_replay());
        apply(builder, self.replay_window_only.then_some(()), |builder, ()| builder.replay_window_only())
    }
}

/// Applies a setting that is there.
fn apply<T>(
    builder: EndpointBuilder,
    setting: Option<T>,
    set: impl FnOnce(EndpointBuilder, T) -> EndpointBuilder,
) -> EndpointBuilder {
    match setting {
        Some(value) => set(builder, value),
        None => builder,
    }
}

impl Secret {
    fn read(&self) -> Result<SigningSecret, String> {
        let setting = format!("secret `{}`", Shown(&self.id));
        let within = |problem: String| format!("{setting}: {problem}");
        let secret = match (&self.env, &self.file) {
            (Some(name), None) => secrets::from_env(name, &setting),
            (None, Some(path)) => secrets::from_file(path, &setting),
            _ => return Err(within("it needs either `env`, a variable's name, or `file`, a path".to_owned())),
        };
        let mut secret = secret.map_err(|failure| failure.to_string())?.id(self.id.as_str());
        if let Some(time) = &self.not_before {
            secret = secret.not_before(times::read(time).map_err(|problem| within(format!("not_before: {problem}")))?);
        }
        if let Some(time) = &self.not_after {
            secret = secret.not_after(times::read(time).map_err(|problem| within(format!("not_after: {problem}")))?);
        }
        if let Some(environment) = self.environment {
            secret = secret.environment(environment);
        }
        Ok(if self.danger_accept_weak { secret.danger_accept_weak() } else { secret })
    }
}

/// A provider of which nothing but its scheme is known. It bears the endpoint's name.
fn own(name: &str, scheme: &Scheme) -> Provider {
    Provider {
        aliases: Vec::new().into(),
        notes: "".into(),
        name: name.to_owned().into(),
        title: name.to_owned().into(),
        schemes: vec![scheme.clone()].into(),
        methods: vec!["POST".into()].into(),
        event_id: Vec::new().into(),
        event_id_reason: "".into(),
        event_type: None,
        unsigned_id: None,
        handshake: "".into(),
        handshakes: Vec::new().into(),
        sender: Sender::UNKNOWN,
        sample: Sample::default(),
        evidence: Default::default(),
        source: "".into(),
        secret_hint: "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_a_file_that_can_be_followed() {
        let readme = include_str!("../../README.md");
        let (_, after) = readme.split_once("```toml\n").unwrap();
        let file: File = toml_file::parse(after.split_once("```").unwrap().0).unwrap();
        assert_eq!(file.endpoint.len(), 2);
        for table in &file.endpoint {
            table.provider(Path::new("")).unwrap().check().unwrap();
        }
    }
}
