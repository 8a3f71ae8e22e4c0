//! The request head as the core reads it: a method, a path, headers. No HTTP library is named here, so that
//! `http` 0.2 (actix-web 4), `http` 1 (axum, hyper) and captured requests are all served.

use std::net::IpAddr;

/// A request's method, target and headers, borrowed for the time of one [`Intake`](crate::Intake).
///
/// Implemented for the request types of `http` 1 (feature `http`). An adapter for another framework implements it
/// for a newtype over its own request.
pub trait RequestHead {
    /// The method, as sent: methods are case-sensitive (RFC 9110, section 9.1).
    fn method(&self) -> &str;

    /// The request target, path and query, as the client sent it: not decoded, not normalised, and not shortened by a
    /// router that nests.
    fn target(&self) -> &str;

    /// The path of the target.
    fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// The address of the peer, where the server knows it: a client, or the last proxy before this server. Forwarding
    /// headers count only from addresses that the endpoint trusts.
    fn peer(&self) -> Option<IpAddr> {
        None
    }

    /// Calls `visit` with each header line: its name in lower case and its value.
    ///
    /// A name that was sent on several lines is visited several times: the core refuses repeated security headers,
    /// and can only do so when it sees them.
    fn each_header<'h>(&'h self, visit: impl FnMut(&'h str, &'h [u8]));
}

#[cfg(feature = "http")]
fn target_of(uri: &http::Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

#[cfg(feature = "http")]
impl RequestHead for http::request::Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn target(&self) -> &str {
        target_of(&self.uri)
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in &self.headers {
            visit(name.as_str(), value.as_bytes());
        }
    }
}

#[cfg(feature = "http")]
impl<B> RequestHead for http::Request<B> {
    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn target(&self) -> &str {
        target_of(self.uri())
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in self.headers() {
            visit(name.as_str(), value.as_bytes());
        }
    }
}
