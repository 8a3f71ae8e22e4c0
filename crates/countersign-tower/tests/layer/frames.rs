//! A body that does what a test tells it to, frame by frame.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// One step of a [`Frames`] body.
pub(crate) enum Step {
    Data(&'static [u8]),
    Trailers(HeaderMap),
    /// Fails, as a connection that is cut.
    Break,
    /// Never goes on.
    Stall,
}

/// A body made of steps. It counts how often it is polled.
pub(crate) struct Frames {
    steps: VecDeque<Step>,
    exact: Option<u64>,
    polls: Arc<AtomicUsize>,
}

impl Frames {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), exact: None, polls: Arc::default() }
    }

    /// The same body, claiming to be this long.
    pub(crate) fn claiming(mut self, length: u64) -> Self {
        self.exact = Some(length);
        self
    }

    /// The number of polls so far, to be read while the body is away.
    pub(crate) fn polls(&self) -> impl Fn() -> usize + use<> {
        let polls = Arc::clone(&self.polls);
        move || polls.load(Ordering::Relaxed)
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Data(bytes)) => Some(Ok(Frame::data(Bytes::from_static(bytes)))),
            Some(Step::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Step::Break) => Some(Err(std::io::ErrorKind::ConnectionReset.into())),
            Some(Step::Stall) => {
                self.steps.push_front(Step::Stall);
                return Poll::Pending;
            }
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
