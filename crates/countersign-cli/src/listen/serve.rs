//! Connections: taken until the receiver is told to stop, with a bound on how long a head may take, and then let go.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The connections of a receiver. They are closed when it is dropped.
pub(super) struct Serving {
    accepting: JoinSet<JoinSet<()>>,
    stop: watch::Sender<bool>,
}

impl Serving {
    /// Answers what comes in. A connection is closed whose next head is not there within `head_deadline`: one that
    /// never comes must not keep a place for ever.
    pub(super) fn start(mut listener: TcpListener, router: Router, head_deadline: Duration) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    (stream, _) = Listener::accept(&mut listener) => {
                        connections.spawn(connection(stream, router.clone(), head_deadline, stopped.clone()));
                    }
                    _ = stopped.changed() => return connections,
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Self { accepting, stop }
    }

    /// Takes no more connections, and no further request on those that there are.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until every connection is closed, for at most `limit`: what then is still open sends no whole request, is
    /// slow to take its answer, or was not waited for.
    pub(super) async fn end(mut self, limit: Duration) {
        let closed = async {
            while let Some(Ok(mut connections)) = self.accepting.join_next().await {
                while connections.join_next().await.is_some() {}
            }
        };
        drop(timeout(limit, closed).await);
    }
}

async fn connection(stream: TcpStream, router: Router, head_deadline: Duration, mut stopped: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_deadline);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    // How a connection ends is its client's affair.
    tokio::select! {
        _ = serving.as_mut() => return,
        _ = stopped.wait_for(|stop| *stop) => serving.as_mut().graceful_shutdown(),
    }
    drop(serving.await);
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    async fn start(head_deadline: Duration) -> (Serving, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "answered"));
        (Serving::start(listener, router, head_deadline), address)
    }

    /// What the connection gives until it is closed.
    async fn exchange(address: std::net::SocketAddr, sent: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A connection that was not taken yet is reset, which is an end too.
        let _ = timeout(LONG / 2, stream.read_to_string(&mut answer)).await.expect("it is closed");
        answer
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_given_up() {
        let (_serving, address) = start(Duration::from_millis(100)).await;
        assert!(!exchange(address, "GET / HTTP/1.1\r\nhost: a\r\n").await.contains("answered"));
        assert!(!exchange(address, "").await.contains("answered"));
        // Neither is a connection kept that has had its answer and asks no more.
        assert!(exchange(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.ends_with("answered"));
    }

    #[tokio::test]
    async fn the_end_does_not_wait_for_half_a_head() {
        let (serving, address) = start(LONG).await;
        let half = tokio::spawn(exchange(address, "GET / HTTP/1.1\r\nhost: a\r\n"));
        let whole = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        assert!(exchange(address, whole).await.ends_with("answered"));
        serving.stop();
        serving.end(Duration::from_millis(100)).await;
        assert_eq!(half.await.unwrap(), "");
        assert!(TcpStream::connect(address).await.is_err());
    }
}
