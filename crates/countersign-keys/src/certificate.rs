//! Certificates at addresses that deliveries name, as those of Amazon SNS and PayPal do.

use countersign::{KeySource, Keyring, ResolveError, SigningSecret, UnixTime, is_key_address};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

use crate::error::{FetchError, SetupError};
use crate::fetcher::{KEY_CAP, KeyFetcher, Question};
use crate::pace::Pace;
use crate::url::KeyUrl;

/// The certificate, or the public key in PEM, at the address that a delivery names.
///
/// 1. The address must be one of the provider's. The core compares it before it asks, and this source once more: no
///    mistake in one place makes a receiver fetch from a stranger.
/// 2. Of ids never seen before 32 are fetched at once and then one a second; the others are answered 503.
/// 3. 403, 404 and 410 mean that there is no such certificate: 401.
///
/// # What vouches for a certificate
///
/// That it lies on the provider's own host, over TLS: whoever can put a file there is the provider. Its chain is not
/// judged, as that would add nothing: some providers' are issued by authorities that systems no longer trust. Its dates
/// are: old certificates stay on these hosts for years, and a key must not outlive them. A delivery signed by an expired
/// one is refused as `key_expired`. Revocation lists are not asked for; a certificate that is withdrawn is out of use
/// five minutes later.
pub struct CertificateAt {
    fetcher: KeyFetcher,
    keys_at: String,
    pace: Pace,
}

impl CertificateAt {
    /// Certificates at the addresses that `keys_at` stands for, as [`Scheme::keys_at`](countersign::Scheme::keys_at) has
    /// them. The scheme of the endpoint must have it too: the core asks no source for an address that its scheme does
    /// not have.
    ///
    /// # Errors
    ///
    /// It stands for no `https` address.
    pub fn new(keys_at: impl Into<String>, fetcher: KeyFetcher) -> Result<Self, SetupError> {
        let keys_at = keys_at.into();
        let mut patterns = keys_at.split(' ').filter(|pattern| !pattern.is_empty()).peekable();
        if patterns.peek().is_none() || !patterns.all(|pattern| pattern.starts_with("https://")) {
            return Err(SetupError::new("keys_at", "it must be `https` URLs, with `*` where they differ"));
        }
        Ok(Self { fetcher, keys_at, pace: Pace::new() })
    }
}

impl KeySource for CertificateAt {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        if !is_key_address(&self.keys_at, id) {
            return Ok(None);
        }
        let url = KeyUrl::read(id).map_err(FetchError::NotAUrl)?;
        if !self.pace.allows(id) {
            return Err(FetchError::HeldBack.into());
        }
        let answer = self.fetcher.ask(Question::get(url, KEY_CAP)).await?;
        let Some(text) = answer.text(&[403, 404, 410])? else { return Ok(None) };
        let secret =
            dated(&text).ok_or(FetchError::Unreadable("the answer is neither a certificate nor a public key"))?;
        self.pace.learn(id);
        Ok(Some(secret.id(id).into()))
    }
}

/// A PEM text as a secret that is valid as long as its first certificate is.
fn dated(pem: &str) -> Option<SigningSecret> {
    let secret = SigningSecret::new(pem);
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return pem.contains("-----BEGIN PUBLIC KEY-----").then_some(secret);
    }
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let certificate = Certificate::from_der(&der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: &Time| UnixTime::from_secs(time.to_unix_duration().as_secs());
    Some(secret.not_before(seconds(&validity.not_before)).not_after(seconds(&validity.not_after)))
}
