//! What `sign` and `send` know of the delivery to make. Signing itself is `countersign-sign`'s.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use countersign::{Provider, UnixTime};
use countersign_sign::{Draft, SignError, Signer};

use crate::failure::Failure;
use crate::flags;
use crate::secrets::SecretFlags;
use crate::settings::{self, Place};

/// The event and the keys that sign it.
#[derive(Args)]
pub(crate) struct DeliveryFlags {
    /// The body, sent byte for byte; `-` reads standard input [default: the provider's sample]
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,

    /// The event's id, where it is no part of your body [default: random]
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// The time of sending, in Unix seconds [default: now]
    #[arg(long, value_name = "UNIX", value_parser = flags::unix_seconds)]
    at: Option<UnixTime>,

    /// The method [default: the provider's]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,

    /// A value of the receiver that the provider signs, such as PayPal's `webhook_id`; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = flags::named_value)]
    config: Vec<(String, String)>,

    /// The scheme to sign by, where the provider has several [default: the first that fits]
    #[arg(long, value_name = "NAME")]
    scheme: Option<String>,

    #[command(flatten)]
    secrets: SecretFlags,
}

/// A provider's signer, and the event that it is to deliver.
pub(crate) struct Sender<'f> {
    signer: Signer,
    body: Option<Bytes>,
    flags: &'f DeliveryFlags,
}

impl DeliveryFlags {
    /// Reads the secrets and the body.
    pub(crate) fn sender(&self, provider: &'static Provider) -> Result<Sender<'_>, Failure> {
        let signer = Signer::new(provider, self.secrets.keyring()?).map_err(|error| refused(&error))?;
        let body = self.body.as_deref().map(read_body).transpose()?;
        Ok(Sender { signer, body, flags: self })
    }
}

impl Sender<'_> {
    /// A delivery of the event to `url`, which is signed as it stands where the provider signs URLs. Unless they are set,
    /// its id is new and its time now at each call.
    pub(crate) fn draft(&self, url: &str) -> Draft {
        let draft = match &self.body {
            Some(body) => self.signer.delivery().provider_headers().body(body.clone()),
            None => self.signer.sample(),
        };
        let DeliveryFlags { id, at, method, config, scheme, .. } = self.flags;
        let mut draft = config.iter().fold(draft.url(url), |draft, (name, value)| draft.config(name, value));
        if let Some(id) = id {
            draft = draft.id(id);
        }
        if let Some(at) = at {
            draft = draft.at(*at);
        }
        if let Some(method) = method {
            draft = draft.method(method);
        }
        match scheme {
            Some(name) => draft.scheme(name),
            None => draft,
        }
    }
}

/// A signing error, with the flag it is about.
pub(crate) fn refused(error: &SignError) -> Failure {
    Failure::set_up(match error {
        SignError::NoSample => "--body: this provider has no sample body; give one".to_owned(),
        _ => settings::told(error, Place::Sign),
    })
}

fn read_body(path: &Path) -> Result<Bytes, Failure> {
    let shown = path.display();
    let body = flags::read(path);
    body.map(Bytes::from).map_err(|error| Failure::set_up(format!("--body {shown}: {error}; check the path")))
}
