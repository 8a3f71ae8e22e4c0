//! The source for a provider of the catalogue, where its scheme says all that a source must know.

use countersign::{FetchedKeys, Provider};

use crate::certificate::CertificateAt;
use crate::error::SetupError;
use crate::fetcher::KeyFetcher;
use crate::jwks::Jwks;

/// The keys of a provider, from where its schemes have them ([`Scheme::keys_at`](countersign::Scheme::keys_at)): one
/// address is a JWK set, one with `*` is that of certificates.
///
/// ```no_run
/// use countersign::{Endpoint, providers};
///
/// # fn build() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = countersign_keys::for_provider(&providers::AWS_SNS)?;
/// let endpoint = Endpoint::builder("alarms", providers::AWS_SNS, keys).build()?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The provider's keys are not public, and the error says what fetches them; or nothing says where they are; or the
/// system trusts nobody.
pub fn for_provider(provider: &Provider) -> Result<FetchedKeys, SetupError> {
    for_provider_with(provider, KeyFetcher::new()?)
}

/// The same, with a fetcher of yours.
///
/// # Errors
///
/// As [`for_provider`].
pub fn for_provider_with(provider: &Provider, fetcher: KeyFetcher) -> Result<FetchedKeys, SetupError> {
    let with_credentials = match &*provider.name {
        "ebay" => Some("`PublicKeyAt::ebay`"),
        "circle" => Some("`PublicKeyAt::circle`"),
        "plaid" => Some("`Plaid`"),
        _ => None,
    };
    if let Some(source) = with_credentials {
        return Err(SetupError::new("provider", format!("its keys need your credentials; use {source}")));
    }
    let mut places: Vec<&str> =
        provider.schemes.iter().map(|scheme| &*scheme.keys_at).filter(|at| !at.is_empty()).collect();
    places.sort_unstable();
    places.dedup();
    match places.as_slice() {
        [] => Err(SetupError::new(
            "provider",
            "nothing says where its keys are; give its scheme `keys_at`, or use `Jwks`",
        )),
        [place] if !place.contains(['*', '{', ' ']) => Ok(FetchedKeys::new(Jwks::new(place, fetcher)?)),
        places if places.iter().all(|place| place.contains(['*', '{'])) => {
            Ok(FetchedKeys::new(CertificateAt::new(places.join(" "), fetcher)?))
        }
        _ => Err(SetupError::new("provider", "its schemes have keys of several kinds; make an endpoint for each")),
    }
}
