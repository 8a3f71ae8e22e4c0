//! A client that closes its connection while the handler runs, over real TCP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::routing::post;
use countersign::Endpoint;
use countersign_tower::{TokioTimer, WebhookLayer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use crate::support::{Runs, delivery, endpoint, is_replay, once, send};

/// Says that it was dropped.
struct Tell(mpsc::UnboundedSender<&'static str>, &'static str);

impl Drop for Tell {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

/// Sends a delivery, closes the connection once the handler runs, and lets the handler go on once the server has
/// noticed. Gives what happened, in order, and the app.
async fn hang_up_mid_handler(endpoint: Endpoint, runs: &Runs) -> (Vec<&'static str>, Router) {
    let (said, mut heard) = mpsc::unbounded_channel();
    let go = Arc::new(Semaphore::new(0));
    let handler = {
        let (said, go, runs) = (said.clone(), Arc::clone(&go), runs.clone());
        move || async move {
            let _end = Tell(said.clone(), "handler gone");
            runs.begin();
            let _ = said.send("handler running");
            let _go = go.acquire().await.expect("it is never closed");
            let _ = said.send("handler done");
            StatusCode::ACCEPTED
        }
    };
    let noticed = {
        let said = said.clone();
        move |request: Request, next: Next| {
            let gone = Tell(said.clone(), "request gone");
            async move {
                let _gone = gone;
                next.run(request).await
            }
        }
    };
    let app = Router::new().route("/hooks", post(handler)).layer(WebhookLayer::new(endpoint));
    let watched = app.clone().layer(from_fn(noticed));
    drop(said);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async { axum::serve(listener, watched).await });
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    let request = delivery("evt_1", "{}");
    let mut head = String::from("POST /hooks HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n");
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().expect("the header is text"));
    }
    connection.write_all(format!("{head}\r\n{{}}").as_bytes()).await.expect("it reads");

    let mut happened = vec![heard.recv().await.expect("the handler starts")];
    drop(connection);
    // Dropping the request drops the handler first where nothing keeps it.
    while happened.last() != Some(&"request gone") {
        happened.push(heard.recv().await.expect("the server notices"));
    }
    go.add_permits(1);
    while !happened.contains(&"handler gone") {
        happened.push(heard.recv().await.expect("the handler ends"));
    }
    (happened, app)
}

#[tokio::test]
async fn a_claimed_event_is_handled_to_its_end_and_recorded() {
    let (endpoint, runs) = (once(), Runs::default());
    let (happened, app) = hang_up_mid_handler(endpoint.clone(), &runs).await;
    assert_eq!(happened, ["handler running", "request gone", "handler done", "handler gone"]);
    let retry = send(&app, delivery("evt_1", "{}")).await;
    assert_eq!((retry.status(), is_replay(&retry)), (StatusCode::ACCEPTED, true));
    assert_eq!(runs.count(), 1);
    assert_eq!(endpoint.drain(Duration::from_secs(5), &TokioTimer).await, 0);
}

#[tokio::test]
async fn without_records_the_handler_goes_with_its_client() {
    let runs = Runs::default();
    let (happened, app) = hang_up_mid_handler(endpoint().build().expect("the settings fit"), &runs).await;
    assert_eq!(happened, ["handler running", "handler gone", "request gone"]);
    assert_eq!(send(&app, delivery("evt_1", "{}")).await.status(), StatusCode::ACCEPTED);
    assert_eq!(runs.count(), 2);
}
