//! A TCP proxy between the receivers and their server, that cuts, delays and swallows on command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// A proxy that runs until its runtime ends.
pub(crate) struct Proxy {
    port: u16,
    weather: Arc<Weather>,
}

/// What happens to the bytes.
#[derive(Default)]
struct Weather {
    /// How long each piece waits, in milliseconds.
    delay: AtomicU64,
    /// Bytes until every connection is cut; negative while none is to be.
    until_cut: AtomicI64,
    /// Answers are swallowed: what was asked is done, and nobody learns it.
    deaf: AtomicBool,
    /// Rises with each cut, so that connections of before it end.
    cuts: AtomicU64,
}

impl Proxy {
    /// Listens on a free loopback port and passes everything on to `target`.
    pub(crate) async fn start(target: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let weather = Arc::new(Weather { until_cut: AtomicI64::new(-1), ..Weather::default() });
        let shared = Arc::clone(&weather);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let weather = Arc::clone(&shared);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await {
                        let _ = (client.set_nodelay(true), server.set_nodelay(true));
                        let ((from_client, to_client), (from_server, to_server)) =
                            (client.into_split(), server.into_split());
                        // Either direction's end ends both: the halves are dropped together.
                        tokio::select! {
                            () = pass(from_client, to_server, &weather, false) => {}
                            () = pass(from_server, to_client, &weather, true) => {}
                        }
                    }
                });
            }
        });
        Ok(Self { port, weather })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts every connection once `bytes` more have passed.
    pub(crate) fn cut_after(&self, bytes: u32) {
        self.weather.until_cut.store(i64::from(bytes), Ordering::SeqCst);
    }

    pub(crate) fn delay(&self, span: Duration) {
        self.weather.delay.store(u64::try_from(span.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    pub(crate) fn deafen(&self, deaf: bool) {
        self.weather.deaf.store(deaf, Ordering::SeqCst);
    }

    /// Fair weather again.
    pub(crate) fn heal(&self) {
        self.weather.until_cut.store(-1, Ordering::SeqCst);
        self.delay(Duration::ZERO);
        self.deafen(false);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, weather: &Weather, answers: bool) {
    let mut bytes = vec![0; 16 * 1024];
    let mut swallowed = false;
    let born = weather.cuts.load(Ordering::SeqCst);
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            () = cut_since(weather, born) => return,
        };
        let Some(mut piece) = bytes.get(..read).filter(|piece| !piece.is_empty()) else { return };
        let delay = weather.delay.load(Ordering::SeqCst);
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        if answers && weather.deaf.load(Ordering::SeqCst) {
            swallowed = true;
            continue;
        }
        // TCP loses a connection, never bytes out of its middle.
        if swallowed {
            return;
        }
        let left = weather.until_cut.load(Ordering::SeqCst);
        let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
        let cut = left >= 0 && left < length;
        if cut {
            piece = piece.get(..usize::try_from(left).unwrap_or(0)).unwrap_or_default();
        }
        if to.write_all(piece).await.is_err() {
            return;
        }
        if cut {
            weather.until_cut.store(-1, Ordering::SeqCst);
            weather.cuts.fetch_add(1, Ordering::SeqCst);
            return;
        } else if left >= 0 {
            weather.until_cut.fetch_sub(length, Ordering::SeqCst);
        }
    }
}

async fn cut_since(weather: &Weather, born: u64) {
    while weather.cuts.load(Ordering::SeqCst) == born {
        sleep(Duration::from_millis(5)).await;
    }
}
