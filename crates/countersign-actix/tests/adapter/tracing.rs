//! That the adapter opens the delivery's span around what it runs.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use countersign_actix::Webhook;

use crate::common::{Sent, answer, bare_endpoint, endpoint};

fn current_span() -> Option<&'static str> {
    tracing::Span::current().metadata().map(tracing::Metadata::name)
}

#[actix_web::test]
async fn the_handler_runs_inside_the_deliverys_span() {
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    for endpoint in [endpoint(), bare_endpoint()] {
        assert_eq!(current_span(), None);
        let handler = || async { HttpResponse::Ok().body(current_span().unwrap_or("none")) };
        let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint.build().unwrap())).post(handler);
        let app = init_service(App::new().service(hooks)).await;
        assert_eq!(&*answer(&app, Sent::new("msg_1", "{}").request()).await.body, b"delivery");
    }
}
