//! The layer: an endpoint on its way to a service. Nothing is decided here.

use countersign::Endpoint;
use tower_layer::Layer;

use crate::service::WebhookService;

/// Lets through to a service only deliveries that its endpoint verified and admitted.
///
/// Where the endpoint answers handshakes, the layer must be reached by their methods too. On axum,
/// `post(on_event).layer(WebhookLayer::new(endpoint))` is: a layer on a method router stands before its 405, so GET,
/// HEAD and OPTIONS come to it. `route_layer` is not: it leaves 405 to the router.
///
/// Clones share the endpoint: its keyring, its records and its count of deliveries in flight.
#[derive(Debug, Clone)]
pub struct WebhookLayer {
    endpoint: Endpoint,
}

impl WebhookLayer {
    /// A layer for the deliveries of one endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, self.endpoint.clone())
    }
}
