//! The request head as the core reads it: a method, a path, headers. No HTTP library is named here, so that
//! `http` 0.2 (actix-web 4), `http` 1 (axum, hyper) and captured requests are all served.

/// A request's method, target and headers, borrowed for the time of one [`Intake`](crate::Intake).
///
/// Implemented for the request types of `http` 1 (feature `http`). An adapter for another framework implements it
/// for a newtype over its own request.
pub trait RequestHead {
    /// The method, as sent: methods are case-sensitive (RFC 9110, section 9.1).
    fn method(&self) -> &str;

    /// The path of the request target, as the client sent it: not decoded, not normalised, and not shortened by a
    /// router that nests.
    fn path(&self) -> &str;

    /// Calls `visit` with each header line: its name in lower case and its value.
    ///
    /// A name that was sent on several lines is visited several times: the core refuses repeated security headers,
    /// and can only do so when it sees them.
    fn each_header<'h>(&'h self, visit: impl FnMut(&'h str, &'h [u8]));
}

#[cfg(feature = "http")]
impl RequestHead for http::request::Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
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

    fn path(&self) -> &str {
        self.uri().path()
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in self.headers() {
            visit(name.as_str(), value.as_bytes());
        }
    }
}
