//! A signed delivery, as plain parts for any HTTP client.

use core::fmt;

use bytes::Bytes;
use countersign::RequestHead;

/// A delivery, ready to be sent. Plain parts, free to be changed: a change that the signature covers makes a delivery
/// that is refused.
///
/// Its `Debug` shows the names of the headers and the length of the body, neither values nor bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedDelivery {
    /// The method.
    pub method: String,
    /// The URL it is meant for, or a path.
    pub url: String,
    /// The headers in the order to send them in; names in lower case, a name may stand twice.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte as it was signed.
    pub body: Bytes,
}

impl SignedDelivery {
    /// The value of the first header of that name, in whatever case it is asked for.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The request, with any body type made of [`Bytes`].
    ///
    /// ```
    /// use countersign::providers;
    /// use countersign_sign::Signer;
    ///
    /// let signer = Signer::new(providers::GITHUB, "It's a Secret to Everybody")?;
    /// let request: http::Request<bytes::Bytes> = signer.sample().url("/hooks/github").sign()?.into_request()?;
    /// assert_eq!(request.uri().path(), "/hooks/github");
    /// assert!(request.headers()["x-hub-signature-256"].to_str()?.starts_with("sha256="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The URL is none, or a part was changed into what cannot be sent.
    #[cfg(feature = "http")]
    pub fn into_request<B: From<Bytes>>(self) -> Result<http::Request<B>, http::Error> {
        let mut request = http::Request::builder().method(self.method.as_str()).uri(self.url);
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), value.as_bytes());
        }
        request.body(B::from(self.body))
    }
}

/// A signed delivery can be verified where it stands, without a server.
impl RequestHead for SignedDelivery {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        target_of(&self.url)
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in &self.headers {
            visit(name, value.as_bytes());
        }
    }
}

/// Path and query of a URL or path.
pub(crate) fn target_of(url: &str) -> &str {
    let target = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    };
    target.split('#').next().unwrap_or("/")
}

/// A URL without its query, and the query.
pub(crate) fn query_of(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

impl fmt::Debug for SignedDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedDelivery")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body_len", &self.body.len())
            .finish()
    }
}
