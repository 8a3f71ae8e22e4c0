//! What the tests share: a secret for every format, and the verify path from outside.

use countersign::{
    Algorithm, Delivery, Encoding, Endpoint, Keyring, Provider, Rejection, SecretEncoding, SecretFormat, UnixTime,
    encode,
};
use countersign_sign::SignedDelivery;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

/// A secret in the provider's format; `seed` tells one from another.
pub(crate) fn secret(provider: &Provider, seed: u8) -> String {
    let scheme =
        provider.schemes.iter().find(|scheme| scheme.algorithm != Algorithm::Ed25519).expect("a shared secret");
    write(&scheme.secret, seed)
}

fn write(format: &SecretFormat, seed: u8) -> String {
    let key: Vec<u8> = (0..32u8).map(|index| index.wrapping_mul(37).wrapping_add(seed)).collect();
    let text = match format.encoding {
        SecretEncoding::Base64 => encode(&key, Encoding::Base64),
        _ => encode(&key, Encoding::Hex),
    };
    format!("{}{text}", format.strip.first().map_or("", AsRef::as_ref))
}

pub(crate) fn endpoint(provider: &Provider, keyring: impl Into<Keyring>) -> Endpoint {
    Endpoint::builder("catalogue", provider, keyring.into()).build().expect("the catalogue builds")
}

pub(crate) fn verify(endpoint: &Endpoint, delivery: &SignedDelivery, now: UnixTime) -> Result<Delivery, Rejection> {
    let mut intake = endpoint.open(delivery)?;
    intake.push(delivery.body.clone())?;
    intake.finish(now)
}
