//! Handshakes come to the layer by methods that axum does not route.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use countersign::{Endpoint, Greeted, Reason, providers};
use countersign_tower::WebhookLayer;

use crate::support::{Runs, echo, reason, send, text};

fn layer() -> WebhookLayer {
    let endpoint = Endpoint::builder("asked", providers::META, "a signing secret of more than sixteen bytes");
    let endpoint = endpoint.answer_handshakes().config("verify_token", "harbour");
    WebhookLayer::new(endpoint.build().expect("the settings fit"))
}

fn question(token: &str) -> Request<Body> {
    let target = format!("/hooks?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
    Request::get(target).body(Body::empty()).expect("the head is valid")
}

#[tokio::test]
async fn a_layer_on_post_alone_answers_a_challenge_by_get() {
    let runs = Runs::default();
    let on_a_method = Router::new().route("/hooks", post(echo(&runs)).layer(layer()));
    let on_a_router = Router::new().route("/hooks", post(echo(&runs))).layer(layer());
    for app in [on_a_method, on_a_router] {
        let response = send(&app, question("harbour")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.extensions().get::<Greeted>().is_some());
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(text(response).await, "1158201444");
        let response = send(&app, question("other")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(reason(&response), Some(Reason::HandshakeRefused));
    }
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn a_route_layer_and_a_later_method_are_not_asked() {
    let runs = Runs::default();
    let app = Router::new().route("/hooks", post(echo(&runs)).route_layer(layer()));
    assert_eq!(send(&app, question("harbour")).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let app = Router::new().route("/hooks", post(echo(&runs)).layer(layer()).get(async || "mine"));
    assert_eq!(text(send(&app, question("other")).await).await, "mine");
    let app = Router::new().route("/hooks", get(async || "mine").layer(layer()));
    assert_eq!(text(send(&app, question("harbour")).await).await, "1158201444");
}
