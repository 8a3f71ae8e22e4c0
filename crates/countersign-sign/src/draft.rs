//! A delivery in the making: what the caller says of it. What the provider adds, and the signature, come with
//! [`Draft::sign`].

use core::fmt;
use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;
use std::sync::Arc;

use bytes::Bytes;
use countersign::{DigestHash, DigestWriting, Token, UnixTime};

use crate::choice::Choice;
use crate::error::SignError;
use crate::hostile::{self, Hostile, HostileDelivery};
use crate::signed::SignedDelivery;
use crate::signer::Inner;

/// A delivery before it is signed. Everything has a default, so that `signer.sample().sign()` is a delivery.
///
/// One draft is one event: signing it twice gives the same bytes. Clone it, or use [`retry_at`](Self::retry_at), for
/// further attempts at the event.
#[derive(Clone)]
#[must_use = "a draft is a delivery once it is signed"]
pub struct Draft {
    pub(crate) signer: Arc<Inner>,
    pub(crate) id: Id,
    /// When the event happened, which fills the sample's placeholders.
    pub(crate) occurred_at: Option<UnixTime>,
    /// The signed time, where the caller chose one.
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) config: Vec<(String, String)>,
    /// The name of the scheme that is to sign, where the caller chose one.
    pub(crate) scheme: Option<String>,
    pub(crate) body: Body,
    pub(crate) header_set: usize,
    pub(crate) provider_headers: bool,
}

/// The event's id, and whether anyone asked for it.
#[derive(Clone)]
pub(crate) enum Id {
    Chosen(String),
    Random(String),
}

/// Where the body comes from.
#[derive(Clone)]
pub(crate) enum Body {
    Given(Bytes),
    Sample,
}

impl Draft {
    pub(crate) fn new(signer: Arc<Inner>, now: Option<UnixTime>) -> Self {
        Self {
            id: Id::Random(random_id()),
            occurred_at: now,
            sent_at: None,
            method: signer.provider.methods.first().map_or("POST", AsRef::as_ref).to_owned(),
            url: "/".to_owned(),
            headers: Vec::new(),
            params: Vec::new(),
            config: Vec::new(),
            scheme: None,
            body: Body::Given(Bytes::new()),
            header_set: 0,
            provider_headers: false,
            signer,
        }
    }

    pub(crate) fn sample(mut self) -> Self {
        self.body = Body::Sample;
        self.provider_headers()
    }

    /// Sets the event's id, where the provider writes it: in its signed header, else in the sample's placeholders,
    /// else in the unsigned header that carries a delivery id. Unset it is random: a sender that retries must keep it.
    ///
    /// A body of the caller's is never changed: where the id stands in it, signing fails with
    /// [`SignError::IdInBody`].
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Id::Chosen(id.into());
        self
    }

    /// Sets the time of sending, which is signed where the scheme signs one. Unset it is the time at which the draft
    /// was made, by the signer's clock.
    ///
    /// Where the time stands in the body (Linear), a body of the caller's must say the same time: otherwise signing
    /// fails with [`SignError::TimeInBody`].
    pub fn at(mut self, time: UnixTime) -> Self {
        self.occurred_at = Some(time);
        self.sent_at = Some(time);
        self
    }

    /// Makes this another attempt at the same event, sent at `time`: the id and the body stay, unless the provider
    /// signs the time inside its body.
    pub fn retry_at(mut self, time: UnixTime) -> Self {
        self.sent_at = Some(time);
        self
    }

    /// Sets the URL it is meant for. Default: `/`.
    ///
    /// Where the scheme signs the URL it is signed as it stands here, so it must be the whole URL as it is registered
    /// with the provider. Some providers add to its query what binds the body; the signed delivery has it.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Sets the method. Default: the provider's.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Sets a header. The value of one that the signature covers is signed as it stands here: that is how a delivery
    /// with a malformed time, correctly signed, is made.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into().to_ascii_lowercase(), value.into()));
        self
    }

    /// Sets a parameter beside the signature (`{p:NAME}`), signed as it stands here.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Sets a value of the endpoint that the signature covers, such as PayPal's `webhook_id`: what the receiver gives
    /// to `EndpointBuilder::config`.
    pub fn config(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.push((name.into(), value.into()));
        self
    }

    /// Chooses among the provider's schemes by [`Scheme::name`](countersign::Scheme::name).
    ///
    /// Unset, the first signs that the keyring has a key for and that the delivery fits: one that has what the scheme
    /// signs and says what it requires.
    pub fn scheme(mut self, name: impl Into<String>) -> Self {
        self.scheme = Some(name.into());
        self
    }

    /// Sets the body. It is signed and sent byte for byte, save for the signature itself where that stands in it: a
    /// member of a JSON body must be there and gets the signature as its value, a field of a form is added if it is not.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Body::Given(body.into());
        self
    }

    /// Chooses among header names that are alternatives (`{h:webhook-id|svix-id}`): 0, the default, is the first.
    pub fn header_set(mut self, set: usize) -> Self {
        self.header_set = set;
        self
    }

    /// Adds the headers that the provider sends beside those of the signature: content type, user agent and such.
    pub fn provider_headers(mut self) -> Self {
        self.provider_headers = true;
        self
    }

    /// Signs it.
    ///
    /// # Errors
    ///
    /// What the scheme signs is missing or cannot be sent; each [`SignError`] names the setting.
    pub fn sign(&self) -> Result<SignedDelivery, SignError> {
        let choice = Choice::of(self)?;
        Ok(choice.assemble(&choice.entries()?))
    }

    /// Makes the deliveries of a hostile kind out of it, which a correct receiver does not handle.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign), and [`SignError::Inapplicable`] where the provider's scheme has no such weakness to
    /// probe: an unsigned time cannot be stale.
    pub fn hostile(&self, kind: Hostile) -> Result<Vec<HostileDelivery>, SignError> {
        hostile::make(self, kind)
    }

    /// A text that another attempt or event does not have, and that is the same each time this one is signed.
    pub(crate) fn nonce(&self, sent_at: UnixTime) -> String {
        let mut nonce = self.digest(&format!("{} {}", sent_at.as_millis(), self.id.as_str()));
        nonce.truncate(32);
        nonce
    }

    /// The SHA-256 digest of a text, in hex.
    pub(crate) fn digest(&self, text: &str) -> String {
        let of = Box::new(Token::Literal(text.to_owned().into()));
        crate::unsigned::literal(&Token::Digest { hash: DigestHash::Sha256, writing: DigestWriting::Hex, of })
    }

    /// The time of sending.
    pub(crate) fn time(&self) -> Result<UnixTime, SignError> {
        self.sent_at.or(self.occurred_at).ok_or(SignError::ClockUnavailable)
    }
}

impl Id {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Chosen(id) | Self::Random(id) => id,
        }
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("provider", &self.signer.provider.name)
            .field("id", &self.id.as_str())
            .field("sent_at", &self.sent_at)
            .finish_non_exhaustive()
    }
}

/// 32 hexadecimal digits that no other draft has. `RandomState` draws its keys from the system's source of randomness.
fn random_id() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
