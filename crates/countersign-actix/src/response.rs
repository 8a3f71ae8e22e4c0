//! Responses in and out: refusals and repeated outcomes written, a handler's answer read for its record.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpResponse, ResponseError};
use bytes::Bytes;
use countersign::{Ending, Gate, Greeted, HandshakeReply, NotExecuted, Outcome, Refusal, Rejection};

/// Answers with a refusal, and leaves the rejection in the response's extensions.
pub(crate) fn refusal(refusal: Refusal, rejection: Rejection) -> HttpResponse {
    let mut response = HttpResponse::build(status(refusal.status));
    for header in refusal.headers {
        response.insert_header(header);
    }
    let mut response = response.body(refusal.body);
    response.extensions_mut().insert(rejection);
    response
}

/// [`refusal`], where the request's body may not have been read to its end.
pub(crate) fn refusal_unread(answer: Refusal, rejection: Rejection, payload: Payload) -> HttpResponse {
    refusal(answer, rejection).map_body(|_, body| BoxBody::new(Unread { body, _payload: payload }))
}

/// Answers a handshake, and marks the response as such.
pub(crate) fn greeting(reply: HandshakeReply) -> HttpResponse {
    let mut response = HttpResponse::build(status(reply.status));
    for (name, value) in &reply.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    let mut response = response.body(reply.body);
    response.extensions_mut().insert(Greeted);
    response
}

/// Answers a duplicate with what its event was answered with.
pub(crate) fn repeat(outcome: Outcome) -> HttpResponse {
    let mut response = HttpResponse::build(status(outcome.status));
    for (name, value) in outcome.replay_headers() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
            response.append_header((name, value));
        }
    }
    response.body(outcome.body.unwrap_or_default())
}

/// Reads what duplicates will be answered with out of a handler's response.
///
/// Only a body that is kept is collected, and that before its claim is settled: one that breaks off has not been
/// answered. Bodies of unknown length, or longer than what is kept, stay streams.
pub(crate) async fn capture<B: MessageBody + 'static>(
    gate: &Gate,
    response: ServiceResponse<B>,
) -> Result<(Ending, ServiceResponse<EitherBody<B>>), Error> {
    if response.response().extensions().get::<NotExecuted>().is_some() {
        return Ok((Ending::Failed, response.map_into_left_body()));
    }
    let mut outcome = Outcome::status_only(response.status().as_u16());
    if !gate.completes(outcome.status) {
        return Ok((Ending::Answered(outcome), response.map_into_left_body()));
    }
    let kept = response.headers().iter().filter(|(name, _)| Outcome::keeps_header(name.as_str()));
    outcome.headers = kept.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let size = match response.response().body().size() {
        BodySize::None => 0,
        BodySize::Sized(size) => size,
        BodySize::Stream => return Ok((Ending::Answered(outcome), response.map_into_left_body())),
    };
    let size = match usize::try_from(size) {
        Ok(size) if size <= gate.stored_body_cap() => size,
        _ => return Ok((Ending::Answered(outcome), response.map_into_left_body())),
    };
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = collect(body, size).await?;
    outcome.body = Some(body.clone());
    let response = response.set_body(EitherBody::right(BoxBody::new(body)));
    Ok((Ending::Answered(outcome), ServiceResponse::new(request, response)))
}

/// The whole of a body that says it has `size` bytes. One that lies in memory is not copied.
async fn collect(body: impl MessageBody, size: usize) -> Result<Bytes, BrokenBody> {
    let collected = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => match to_bytes_limited(body, size).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) | Err(_) => return Err(BrokenBody),
        },
    };
    if collected.len() == size { Ok(collected) } else { Err(BrokenBody) }
}

/// Every status here comes from the core or from a response that was sent, so none is out of range.
fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A refusal's body, with the request's payload kept alive until it is sent.
///
/// actix-web reads a chunked body whose payload was dropped to its end, however long that is; one whose payload is
/// still held when the response ends makes it close the connection instead.
struct Unread {
    body: BoxBody,
    _payload: Payload,
}

impl MessageBody for Unread {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// A refusal of a request that is gone.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) rejection: Rejection,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        status(self.refusal.status)
    }

    fn error_response(&self) -> HttpResponse {
        refusal(self.refusal.clone(), self.rejection.clone())
    }
}

/// A handler's response whose body did not have the bytes it promised.
#[derive(Debug)]
struct BrokenBody;

impl fmt::Display for BrokenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler's response body broke off")
    }
}

impl ResponseError for BrokenBody {}
