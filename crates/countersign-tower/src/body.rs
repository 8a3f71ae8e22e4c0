//! The body of a response: the inner service's own, untouched, or one that is already in memory.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Collected};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a response from behind a [`WebhookLayer`](crate::WebhookLayer).
    pub struct ResponseBody<B: Body> {
        #[pin]
        kind: Kind<B, B::Error>,
    }
}

pin_project! {
    #[project = Projected]
    enum Kind<B, E> {
        // The inner service's body, passed on frame by frame.
        Passing { #[pin] body: B },
        // A refusal, a repeated answer, or a short body that was read in order to be kept.
        Whole { bytes: Option<Bytes>, trailers: Option<HeaderMap> },
        // A short body that broke while it was read.
        Broken { error: Option<E> },
    }
}

impl<B: Body<Data = Bytes>> ResponseBody<B> {
    pub(crate) fn passing(body: B) -> Self {
        Self { kind: Kind::Passing { body } }
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { kind: Kind::Whole { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()), trailers: None } }
    }

    /// Reads a body to its end. Gives its bytes, or `None` where it broke: the sender then sees it break.
    pub(crate) async fn collected(body: B) -> (Self, Option<Bytes>) {
        match body.collect().await.map(split) {
            Ok((bytes, trailers)) => {
                let shown = Some(bytes.clone()).filter(|bytes| !bytes.is_empty());
                (Self { kind: Kind::Whole { bytes: shown, trailers } }, Some(bytes))
            }
            Err(error) => (Self { kind: Kind::Broken { error: Some(error) } }, None),
        }
    }
}

fn split(collected: Collected<Bytes>) -> (Bytes, Option<HeaderMap>) {
    let trailers = collected.trailers().cloned();
    (collected.to_bytes(), trailers)
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            Projected::Passing { body } => body.poll_frame(cx),
            Projected::Whole { bytes, trailers } => {
                let data = bytes.take().map(Frame::data);
                Poll::Ready(data.or_else(|| trailers.take().map(Frame::trailers)).map(Ok))
            }
            Projected::Broken { error } => Poll::Ready(error.take().map(Err)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Passing { body } => body.is_end_stream(),
            Kind::Whole { bytes, trailers } => bytes.is_none() && trailers.is_none(),
            Kind::Broken { error } => error.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Passing { body } => body.size_hint(),
            Kind::Whole { bytes, .. } => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                u64::try_from(length).map_or_else(|_| SizeHint::default(), SizeHint::with_exact)
            }
            Kind::Broken { .. } => SizeHint::default(),
        }
    }
}

/// An empty body, as layers that answer by themselves ask for.
impl<B: Body<Data = Bytes>> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::whole(Bytes::new())
    }
}

impl<B: Body> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            Kind::Passing { .. } => "ResponseBody(passing)",
            Kind::Whole { .. } => "ResponseBody(whole)",
            Kind::Broken { .. } => "ResponseBody(broken)",
        })
    }
}
