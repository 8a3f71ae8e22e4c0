//! The head of a request, as the core reads it: with the target and the peer that axum keeps in extensions.

use std::net::IpAddr;

use countersign::RequestHead;
use http::request::Parts;

/// The address of the peer, for servers other than axum's: put it into a request's extensions before the layer, where
/// an endpoint takes the signed URL from trusted proxies. On axum, `into_make_service_with_connect_info::<SocketAddr>()`
/// does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub IpAddr);

/// A request head whose target is the one that the client sent, even under axum's `nest`, which shortens it.
pub(crate) struct Head<'r>(pub(crate) &'r Parts);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    fn target(&self) -> &str {
        #[cfg(feature = "axum")]
        let uri = self.0.extensions.get::<axum::extract::OriginalUri>().map_or(&self.0.uri, |original| &original.0);
        #[cfg(not(feature = "axum"))]
        let uri = &self.0.uri;
        uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
    }

    fn peer(&self) -> Option<IpAddr> {
        let peer = self.0.extensions.get::<PeerAddr>().map(|peer| peer.0);
        #[cfg(feature = "axum")]
        let peer = peer.or_else(|| {
            let info = self.0.extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
            info.map(|info| info.0.ip())
        });
        peer
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        for (name, value) in &self.0.headers {
            visit(name.as_str(), value.as_bytes());
        }
    }
}
