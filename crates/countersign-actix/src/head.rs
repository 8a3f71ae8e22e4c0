//! The head of an actix-web request, as the core reads it.

use std::net::IpAddr;

use actix_web::dev::RequestHead;

/// A request head of actix-web, whose header names are in lower case and whose path is as the client sent it: scopes
/// shorten what a router still has to match, never the head.
pub(crate) struct Head<'r>(pub(crate) &'r RequestHead);

impl countersign::RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    fn target(&self) -> &str {
        self.0.uri.path_and_query().map_or("/", |target| target.as_str())
    }

    fn peer(&self) -> Option<IpAddr> {
        self.0.peer_addr.map(|peer| peer.ip())
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in self.0.headers.iter() {
            visit(name.as_str(), value.as_bytes());
        }
    }
}
