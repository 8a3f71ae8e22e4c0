//! One delivery on its way: how it is signed, what passes between its sender and its worker, and what the store was asked
//! for it.

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

use bytes::Bytes;
use countersign::record::Claimed;
use countersign::{Algorithm, Encoding, EventKey, Fingerprint, Reason, RequestHead, UnixTime, encode, sign_mac};

use crate::world::lock;

/// A request that was signed.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) id: String,
    time: String,
    signature: String,
    pub(crate) body: Bytes,
}

/// A request between its sender and its worker.
#[derive(Default)]
pub(crate) struct Exchange {
    state: Mutex<Talk>,
}

#[derive(Default)]
struct Talk {
    answer: Option<Reply>,
    hung_up: bool,
    sender: Option<Waker>,
    server: Option<Waker>,
}

/// What a worker answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Handled(u16),
    Repeated(u16),
    Refused(Reason),
}

/// What the store was asked for one delivery.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<Asking>);

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) key: Option<EventKey>,
    pub(crate) body: Option<Fingerprint>,
    /// It was told last that another worker has the event.
    pub(crate) waits: bool,
}

/// The secret that senders and workers share.
pub(crate) const KEY: &[u8] =
    b"\x8f\x11\xe6\x5b\x9d\x02\xb7\xac\x30\xfe\x6c\x41\xd8\x93\x27\x7a\xc5\x1e\x88\xf0\x4d\xb2\x69\x05";

impl Signed {
    /// Signs as Standard Webhooks does.
    pub(crate) fn new(id: String, at: UnixTime, body: String) -> Self {
        let time = at.as_secs().to_string();
        let content = format!("{id}.{time}.{body}");
        let mac = sign_mac(Algorithm::HmacSha256, KEY, content.as_bytes()).expect("a symmetric algorithm");
        let signature = format!("v1,{}", encode(&mac, Encoding::Base64));
        Self { id, time, signature, body: body.into() }
    }
}

impl RequestHead for Signed {
    fn method(&self) -> &str {
        "POST"
    }

    fn target(&self) -> &str {
        "/hooks"
    }

    fn each_header<'h>(&'h self, mut visit: impl FnMut(&'h str, &'h [u8])) {
        visit("webhook-id", self.id.as_bytes());
        visit("webhook-timestamp", self.time.as_bytes());
        visit("webhook-signature", self.signature.as_bytes());
    }
}

impl Asked {
    pub(crate) fn so_far(&self) -> Asking {
        *lock(&self.0)
    }

    pub(crate) fn claims(&self, key: &EventKey, body: Fingerprint) {
        let mut asking = lock(&self.0);
        (asking.key, asking.body) = (Some(*key), Some(body));
    }

    pub(crate) fn answered(&self, claimed: Claimed) {
        lock(&self.0).waits = matches!(claimed, Claimed::Running { .. });
    }
}

impl Exchange {
    pub(crate) fn answer(&self, reply: Reply) {
        let mut talk = lock(&self.state);
        talk.answer = Some(reply);
        let waker = talk.sender.take();
        drop(talk);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_hung_up(&self, waker: &Waker) -> bool {
        let mut talk = lock(&self.state);
        talk.server = Some(waker.clone());
        talk.hung_up
    }

    /// The sender goes away.
    pub(crate) fn hang_up(&self) {
        let mut talk = lock(&self.state);
        talk.hung_up = true;
        let waker = talk.server.take();
        drop(talk);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The answer, once it is there.
    pub(crate) async fn answered(&self) -> Reply {
        poll_fn(|cx| {
            let mut talk = lock(&self.state);
            match talk.answer {
                Some(reply) => Poll::Ready(reply),
                None => {
                    talk.sender = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}
