//! What an operator sees: the delivery's span around the handler, and no bodies.

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use countersign_actix::{Event, Webhook};
use tracing_subscriber::fmt::MakeWriter;

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

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[actix_web::test]
async fn the_log_says_where_a_body_does_not_fit_and_does_not_quote_it() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _subscriber = tracing::subscriber::set_default(subscriber.with_writer(log.clone()).finish());
    let handler = async |_: Event<u64>| HttpResponse::Ok().finish();
    let hooks = web::resource("/hooks").wrap(Webhook::new(endpoint().build().unwrap())).post(handler);
    let app = init_service(App::new().service(hooks)).await;
    let refused = answer(&app, Sent::new("msg_1", "\"private\"").request()).await;
    assert_eq!(refused.status, 422);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("line=1 column=9") && text.contains("wanted=\"u64\""), "{text}");
    assert!(!text.contains("private"), "{text}");
}
