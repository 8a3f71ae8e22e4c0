//! The sender: delivers each event many times, at once and again, to any of the receivers, until each delivery is
//! acknowledged.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

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
    ports: RwLock<Vec<u16>>,
    ledger: Option<Ledger>,
    sent: AtomicU64,
}

/// What one delivery was answered, and by which receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) port: u16,
    /// 0: there was no answer.
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            0 => write!(f, "nothing by port {}", self.port),
            status => write!(f, "{status} ({}) by port {}", self.body.trim_end(), self.port),
        }
    }
}

impl Sender {
    /// `ledger` notes every acknowledgement; without it the answers are only counted.
    pub(crate) fn new(ports: Vec<u16>, ledger: Option<Ledger>) -> anyhow::Result<Self> {
        let inner = Inner {
            signer: Signer::new(providers::STANDARD_WEBHOOKS, SECRET)?,
            client: Client::builder(TokioExecutor::new()).build_http(),
            ports: RwLock::new(ports),
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

    /// Delivers one event to any receiver until it is acknowledged.
    async fn until_acknowledged(&self, id: &str) {
        while !self.note(id, self.once(id, "").await) {
            sleep(Duration::from_millis(fastrand::u64(20..120))).await;
        }
    }

    /// Delivers one event to one receiver until it is acknowledged. Returns the last answer where that takes longer than
    /// `patience`.
    pub(crate) async fn insist(&self, port: u16, id: &str, patience: Duration) -> Result<(), Answer> {
        let given_up = Instant::now() + patience;
        loop {
            let answer = self.once_at(port, id, "").await;
            if self.note(id, answer.clone()) {
                return Ok(());
            }
            if Instant::now() > given_up {
                return Err(answer);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the answer acknowledges the event; if so, the ledger gets it.
    fn note(&self, id: &str, answer: Answer) -> bool {
        let acknowledged = answer.is_success();
        if let (true, Some(ledger)) = (acknowledged, &self.inner.ledger) {
            ledger.write(What::Ack { id: id.to_owned(), body: answer.body }).expect("the ledger can be written");
        }
        acknowledged
    }

    /// Delivers nothing to this receiver any more.
    pub(crate) fn avoid(&self, port: u16) {
        self.inner.ports.write().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != port);
    }

    /// Sends the event once, to any receiver. `note` makes another body of it.
    pub(crate) async fn once(&self, id: &str, note: &str) -> Answer {
        let port = fastrand::choice(&*self.inner.ports.read().unwrap_or_else(PoisonError::into_inner)).copied();
        self.once_at(port.unwrap_or_default(), id, note).await
    }

    pub(crate) async fn once_at(&self, port: u16, id: &str, note: &str) -> Answer {
        let exchange = async {
            let body = serde_json::json!({ "id": id, "note": note }).to_string();
            let draft = self.inner.signer.delivery().id(id).body(body).url(format!("http://127.0.0.1:{port}/"));
            let request = draft.sign().ok()?.into_request::<Full<Bytes>>().ok()?;
            self.inner.sent.fetch_add(1, Ordering::Relaxed);
            let response = self.inner.client.request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            Some(Answer { port, status, body: String::from_utf8_lossy(&body).into_owned() })
        };
        let answer = timeout(ANSWER_LIMIT, exchange).await.ok().flatten();
        answer.unwrap_or(Answer { port, status: 0, body: String::new() })
    }
}

/// How long one answer is waited for.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
