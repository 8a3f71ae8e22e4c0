//! What comes of a request, where an endpoint answers handshakes: a delivery, or an answer with perhaps a key.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::delivery::Delivery;
use crate::secret::SigningSecret;

/// What came of a request that was not refused.
#[derive(Debug)]
#[must_use = "a request must be answered"]
pub enum Arrival {
    /// A delivery, to be admitted.
    Delivery(Delivery),
    /// A handshake, to be answered with this. It claims nothing and reaches no handler.
    Handshake(HandshakeReply),
}

/// The answer to a handshake: every adapter sends exactly this.
#[derive(Clone)]
#[must_use = "a handshake must be answered"]
pub struct HandshakeReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers: names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    pub(crate) key: Option<DeliveredKey>,
}

impl fmt::Debug for HandshakeReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeReply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Stands in the extensions of a response that answers a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeted;

/// A signing key that came with a handshake, from whoever sent it: nothing vouches for it.
#[derive(Clone)]
pub struct DeliveredKey {
    pub(crate) endpoint: Arc<str>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) target: String,
    pub(crate) key: Zeroizing<String>,
}

impl DeliveredKey {
    /// The name of the endpoint that it came to.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The tenant that it came for, where the endpoint has tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Path and query that it came to, as sent. A path that nobody can guess tells which registration it belongs to.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The key, for [`Endpoint::replace_keyring`](crate::Endpoint::replace_keyring).
    pub fn secret(&self) -> SigningSecret {
        SigningSecret::new(self.key.as_str())
    }

    /// The key's text, to be stored where secrets are.
    pub fn expose(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for DeliveredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveredKey").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

/// A delivered key was not expected, or could not be stored. The sender gets 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRefused;

impl fmt::Display for KeyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the delivered key was not taken")
    }
}

impl core::error::Error for KeyRefused {}

/// What the receiver does with delivered keys.
pub(crate) type KeyKeeper = Arc<dyn Fn(DeliveredKey) -> Keeping + Send + Sync>;

type Keeping = Pin<Box<dyn Future<Output = Result<(), KeyRefused>> + Send>>;
