//! A receiver on actix-web behind its middleware.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use actix_web::http::StatusCode;
use actix_web::middleware::Condition;
use actix_web::rt::System;
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, HttpServer, error, web};
use bytes::Bytes;
use countersign::{Delivery, Endpoint, IdempotencyKeys, Lease, NotExecuted};
use countersign_actix::{Idempotency, Webhook};
use futures_util::stream;

use super::Server;
use crate::keyed::scope_of;
use crate::script::{Reply, Script, Seen};

/// The largest body that a handler here takes; beyond any row's.
const PAYLOAD: usize = 8 * 1024 * 1024;

/// Serves the endpoint, under a prefix of the path or under all of it.
pub(super) fn serve(endpoint: &Endpoint, script: &Script, prefix: Option<&'static str>) -> Server {
    let (endpoint, script) = (endpoint.clone(), script.clone());
    run_server(move || {
        let server = HttpServer::new(move || {
            let app = App::new().app_data(web::PayloadConfig::new(PAYLOAD)).app_data(web::Data::new(script.clone()));
            let app = app.wrap(Condition::new(prefix.is_none(), Webhook::new(endpoint.clone())));
            match prefix {
                None => app.default_service(web::to(run)),
                Some(prefix) => {
                    app.service(web::scope(prefix).wrap(Webhook::new(endpoint.clone())).default_service(web::to(run)))
                }
            }
        });
        let server = server.workers(WORKERS).disable_signals().shutdown_timeout(0).bind(LOOPBACK);
        let server = server.expect("a loopback port");
        (server.addrs(), server.run())
    })
}

/// Serves the policy.
pub(super) fn serve_keyed(keys: &IdempotencyKeys, script: &Script) -> Server {
    let (keys, script) = (keys.clone(), script.clone());
    run_server(move || {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(PAYLOAD))
                .app_data(web::Data::new(script.clone()))
                .wrap(Idempotency::new(keys.clone(), |request| {
                    scope_of(request.headers().get("authorization").and_then(|value| value.to_str().ok()))
                }))
                .default_service(web::to(run))
        });
        let server = server.workers(WORKERS).disable_signals().shutdown_timeout(0).bind(LOOPBACK);
        let server = server.expect("a loopback port");
        (server.addrs(), server.run())
    })
}

const LOOPBACK: (&str, u16) = ("127.0.0.1", 0);

/// Duplicates meet on different threads, as they do in production.
const WORKERS: usize = 2;

fn run_server(begin: impl FnOnce() -> (Vec<SocketAddr>, actix_web::dev::Server) + Send + 'static) -> Server {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        System::new().block_on(async move {
            let (addresses, server) = begin();
            let address = addresses.first().copied().expect("an address");
            tell.send((address, server.handle())).expect("the starter waits");
            server.await.expect("the server runs until it is stopped");
        });
    });
    let (address, handle) = told.recv().expect("the server starts");
    // The command is queued by the call; its future only waits for the end.
    Server { address, stop: Some(Box::new(move || drop(handle.stop(false)))) }
}

async fn run(script: web::Data<Script>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Error> {
    let lease = request.extensions().get::<Lease>().cloned();
    let body_authenticated = request.extensions().get::<Delivery>().map(Delivery::body_authenticated);
    match script.run(Seen { body, lease, body_authenticated }).await {
        Ok(reply) => Ok(respond(reply)),
        Err(_) => Err(error::ErrorInternalServerError("the script says so")),
    }
}

fn respond(reply: Reply) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a row's status is valid"));
    for header in reply.headers {
        response.append_header(header);
    }
    let mut response = if reply.streamed {
        response.streaming(stream::iter([Ok::<Bytes, Infallible>(reply.body)]))
    } else {
        response.body(reply.body)
    };
    if reply.not_executed {
        response.extensions_mut().insert(NotExecuted);
    }
    response
}
