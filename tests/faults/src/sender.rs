//! The sender: delivers each event many times, at once and again, to any of the receivers, until each delivery is
//! acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use countersign::providers;
use countersign_sign::Signer;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::ledger::{Ledger, What};
use crate::receiver::SECRET;

/// A sender. Clones share it.
#[derive(Clone)]
pub(crate) struct Sender {
    inner: Arc<Inner>,
}

struct Inner {
    signer: Signer,
    client: Client<HttpConnector, Full<Bytes>>,
    ports: Vec<u16>,
    ledger: Option<Ledger>,
    sent: AtomicU64,
}

/// What one delivery was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Sender {
    /// `ledger` notes every acknowledgement; without it the answers are only counted.
    pub(crate) fn new(ports: Vec<u16>, ledger: Option<Ledger>) -> anyhow::Result<Self> {
        let inner = Inner {
            signer: Signer::new(providers::STANDARD_WEBHOOKS, SECRET)?,
            client: Client::builder(TokioExecutor::new()).build_http(),
            ports,
            ledger,
            sent: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn sent(&self) -> u64 {
        self.inner.sent.load(Ordering::Relaxed)
    }

    /// Delivers one event `copies` times, until every copy is acknowledged or `patience` is over. Returns how many were
    /// not.
    pub(crate) async fn deliver(&self, id: &str, copies: u32, patience: Duration) -> u32 {
        let mut deliveries = JoinSet::new();
        for _ in 0..copies {
            let (sender, id) = (self.clone(), id.to_owned());
            deliveries.spawn(async move {
                sleep(Duration::from_millis(fastrand::u64(..400))).await;
                timeout(patience, sender.until_acknowledged(&id)).await.is_ok()
            });
        }
        let results = deliveries.join_all().await;
        u32::try_from(results.iter().filter(|acknowledged| !**acknowledged).count()).unwrap_or(u32::MAX)
    }

    async fn until_acknowledged(&self, id: &str) {
        loop {
            let answer = self.once(id, "").await;
            if let Some(Answer { status: 200..=299, body }) = answer {
                if let Some(ledger) = &self.inner.ledger {
                    ledger.write(What::Ack { id: id.to_owned(), body }).expect("the ledger can be written");
                }
                return;
            }
            sleep(Duration::from_millis(fastrand::u64(20..120))).await;
        }
    }

    /// Sends the event once, to any receiver. `note` makes another body of it. `None`: no answer.
    pub(crate) async fn once(&self, id: &str, note: &str) -> Option<Answer> {
        let port = fastrand::choice(&self.inner.ports)?;
        let body = serde_json::json!({ "id": id, "note": note }).to_string();
        let draft = self.inner.signer.delivery().id(id).body(body).url(format!("http://127.0.0.1:{port}/"));
        let request = draft.sign().ok()?.into_request::<Full<Bytes>>().ok()?;
        self.inner.sent.fetch_add(1, Ordering::Relaxed);
        let exchange = async {
            let response = self.inner.client.request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
        };
        timeout(Duration::from_secs(10), exchange).await.ok().flatten()
    }
}
