//! Handshakes come to the middleware by methods that actix-web does not route.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use countersign::{Endpoint, Greeted, Reason, Rejection, providers};
use countersign_actix::Webhook;

fn webhook() -> Webhook {
    let endpoint = Endpoint::builder("asked", providers::META, "a signing secret of more than sixteen bytes");
    let endpoint = endpoint.answer_handshakes().config("verify_token", "harbour");
    Webhook::new(endpoint.build().expect("the settings fit"))
}

fn question(token: &str) -> TestRequest {
    let target = format!("/hooks?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
    TestRequest::get().uri(&target)
}

#[actix_web::test]
async fn middleware_on_a_resource_of_post_alone_answers_a_challenge_by_get() {
    let resource = web::resource("/hooks").wrap(webhook()).route(web::post().to(async || HttpResponse::Ok()));
    let app = init_service(App::new().service(resource)).await;
    let response = call_service(&app, question("harbour").to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.response().extensions().get::<Greeted>().is_some());
    assert_eq!(response.headers().get("content-type").expect("it has a type"), "text/plain; charset=utf-8");
    assert_eq!(read_body(response).await, "1158201444");
    let response = call_service(&app, question("other").to_request()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let reason = response.response().extensions().get::<Rejection>().map(Rejection::reason);
    assert_eq!(reason, Some(Reason::HandshakeRefused));
}
