//! The endpoints under test: one for each provider of the catalogue, and some that sign as none of them does.

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::{
    Admission, Delivery, Encoding, Endpoint, EndpointBuilder, Keyring, MemoryStore, Provider, Reason, Rejection,
    SecretEncoding, SigningSecret, UnixTime, providers,
};

use crate::capture::Capture;
use crate::oracle;
use crate::ready::ready;

/// The key of every receiver. Plain text, so that it is a key in every format.
pub const KEY: &[u8] = b"a key of 32 bytes, in plain text";

/// The key it replaced, still accepted.
pub const PREVIOUS_KEY: &[u8] = b"the key before, 32 bytes as well";

/// Ways to sign that the catalogue has no example of: fields after the body, and the other two encodings.
const CUSTOM: [&str; 2] = [
    r#"
        name = "body-first"
        event_id = ["{h:X-Id}"]
        [[schemes]]
        algorithm = "hmac-sha512"
        secret = { encoding = "hex", strip = ["hex_"] }
        signature = { at = "{h:X-Signature}", syntax = { list = { separator = ";", prefix = "v9:" } }, encoding = "base64url" }
        content = "{body}.{h:X-Time}.{h:X-Id}"
        timestamp = { from = "{h:X-Time}", unit = "ms", past = 60, future = 30 }
    "#,
    r#"
        name = "id-first"
        event_id = ["{h:X-Id|Y-Id}"]
        [[schemes]]
        algorithm = "hmac-sha384"
        secret = { encoding = "utf8" }
        signature = { at = "{h:X-Signature|Y-Signature}", syntax = { prefix = "sha384=" }, encoding = "base64url-nopad" }
        content = "id:{h:X-Id|Y-Id}:{body}"
    "#,
];

/// An endpoint and the provider it was built from.
pub struct Receiver {
    /// The provider.
    pub provider: Provider,
    /// An endpoint of it that accepts [`KEY`] and [`PREVIOUS_KEY`].
    pub endpoint: Endpoint,
}

/// What a receiver says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is a delivery.
    Accepted {
        /// The body that the handler would get.
        body: Bytes,
        /// The signed time in Unix milliseconds, where the scheme has one.
        sent_at: Option<u64>,
    },
    /// It is not.
    Refused(Reason),
}

/// Every receiver whose scheme the second verifier reads. Shared, so that what one request leaves behind is there for the next.
pub static ALL: LazyLock<Vec<Receiver>> = LazyLock::new(|| {
    let custom = CUSTOM.map(|toml| Provider::from_toml(toml).expect("the provider is well described"));
    let alike = providers::all().filter(|provider| oracle::reads(provider));
    alike.cloned().chain(custom).map(Receiver::new).collect()
});

impl Receiver {
    /// A receiver of one provider.
    pub fn new(provider: Provider) -> Self {
        let endpoint = builder(&provider).build().expect("the endpoint can be built");
        Self { provider, endpoint }
    }

    /// The receiver of that name, or some receiver.
    pub fn named(name: &str) -> &'static Self {
        let any = name.bytes().map(usize::from).sum::<usize>() % ALL.len();
        ALL.iter().find(|receiver| receiver.provider.name == name).unwrap_or(&ALL[any])
    }

    /// Puts right signatures where a capture asks for them.
    pub fn sign(&self, capture: &mut Capture) {
        for (mark, key) in [(&b"{sig}"[..], KEY), (b"{old}", PREVIOUS_KEY)] {
            if capture.asks_for(mark)
                && let Some(signature) = oracle::sign(&self.provider, key, capture)
            {
                capture.replace(mark, signature.as_bytes());
            }
        }
    }

    /// Verifies a request whose body arrives in `chunks`.
    pub fn verify(&self, request: &Capture, chunks: &[&[u8]]) -> Verdict {
        match verify(&self.endpoint, request, chunks) {
            Ok(delivery) => Verdict::Accepted {
                body: delivery.body().clone(),
                sent_at: delivery.sent_at().map(UnixTime::as_millis),
            },
            Err(rejection) => Verdict::Refused(rejection.reason()),
        }
    }

    /// Whether the handler would run twice where `first` is followed by `second`, both of them authentic. Asked of a
    /// new store each time.
    pub fn handles_both(&self, first: &Capture, second: &Capture) -> bool {
        if self.provider.event_id.is_empty() {
            return false;
        }
        let endpoint =
            builder(&self.provider).dedupe(MemoryStore::default()).build().expect("the endpoint can be built");
        let handles = |request: &Capture| {
            let delivery = verify(&endpoint, request, &[&request.body]).ok()?;
            ready(endpoint.admit(&delivery)).ok().map(|admission| matches!(admission, Admission::Proceed(_)))
        };
        handles(first) == Some(true) && handles(second) == Some(true)
    }
}

fn verify(endpoint: &Endpoint, request: &Capture, chunks: &[&[u8]]) -> Result<Delivery, Rejection> {
    let mut intake = endpoint.open(request)?;
    for chunk in chunks {
        intake.push(Bytes::copy_from_slice(chunk))?;
    }
    intake.finish(UnixTime::from_millis(request.now))
}

fn builder(provider: &Provider) -> EndpointBuilder {
    let keyring = Keyring::new(secret(provider, KEY)).also_accept(secret(provider, PREVIOUS_KEY));
    Endpoint::builder("fuzz", provider, keyring)
}

impl Verdict {
    /// Whether the request is a delivery.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }
}

/// A key as the provider would show it.
fn secret(provider: &Provider, key: &[u8]) -> SigningSecret {
    let format = &provider.schemes[0].secret;
    let prefix = format.strip.first().map_or("", |prefix| prefix.as_ref());
    let text = match format.encoding {
        SecretEncoding::Base64 => oracle::write(key, Encoding::Base64),
        SecretEncoding::Hex => oracle::write(key, Encoding::Hex),
        _ => String::from_utf8_lossy(key).into_owned(),
    };
    SigningSecret::new(format!("{prefix}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_events_are_handled_and_one_event_twice_is_not() {
        let receiver = Receiver::named("stripe");
        let request = |id: &str| {
            let text = format!("stripe\nStripe-Signature: t=1750000000,v1={{sig}}\n\n{{\"id\":\"{id}\"}}");
            let mut request = Capture::parse(text.as_bytes());
            receiver.sign(&mut request);
            request
        };
        assert!(receiver.handles_both(&request("evt_1"), &request("evt_2")));
        assert!(!receiver.handles_both(&request("evt_1"), &request("evt_1")));
    }
}
