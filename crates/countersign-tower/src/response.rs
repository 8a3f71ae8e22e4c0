//! Responses: a rejection or a stored outcome written as one, and a handler's response read into an outcome. What is
//! kept and what a sender is told is the core's decision.

use std::borrow::Cow;

use bytes::Bytes;
use countersign::{Ending, Gate, Greeted, HandshakeReply, NotExecuted, Outcome, Refusal, Rejection};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;

use crate::body::ResponseBody;

/// Answers a refusal. The [`Rejection`] itself goes into the response's extensions, for middleware of the receiver's.
pub(crate) fn refusal<B: Body<Data = Bytes>>(refusal: Refusal, rejection: Rejection) -> Response<ResponseBody<B>> {
    let body = match refusal.body {
        Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    };
    let headers = refusal.headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    let mut response = respond(refusal.status, headers, body);
    response.extensions_mut().insert(rejection);
    response
}

/// Answers a handshake, and marks the response as such.
pub(crate) fn greeting<B: Body<Data = Bytes>>(reply: HandshakeReply) -> Response<ResponseBody<B>> {
    let headers = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut response = respond(reply.status, headers, reply.body);
    response.extensions_mut().insert(Greeted);
    response
}

/// Answers a duplicate as the event's first delivery was answered.
pub(crate) fn repeat<B: Body<Data = Bytes>>(outcome: &Outcome) -> Response<ResponseBody<B>> {
    respond(outcome.status, outcome.replay_headers(), outcome.body.clone().unwrap_or_default())
}

fn respond<'a, B: Body<Data = Bytes>>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    body: Bytes,
) -> Response<ResponseBody<B>> {
    let mut response = Response::new(ResponseBody::whole(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Stored headers were valid when they were stored; one that no longer is gets lost alone.
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Reads how a handler ended out of its response.
///
/// An answer that is kept, and whose body says that it is short, is read to its end, so that duplicates can be answered
/// with it. Any other body streams on unread.
pub(crate) async fn capture<B>(gate: &Gate, response: Response<B>) -> (Response<ResponseBody<B>>, Ending)
where
    B: Body<Data = Bytes>,
{
    if response.extensions().get::<NotExecuted>().is_some() {
        return (response.map(ResponseBody::passing), Ending::Failed);
    }
    let mut outcome = Outcome::status_only(response.status().as_u16());
    if !gate.completes(outcome.status) {
        return (response.map(ResponseBody::passing), Ending::Answered(outcome));
    }
    outcome.headers = kept_headers(response.headers());
    let cap = u64::try_from(gate.stored_body_cap()).unwrap_or(u64::MAX);
    if response.body().size_hint().exact().is_none_or(|length| length > cap) {
        return (response.map(ResponseBody::passing), Ending::Answered(outcome));
    }
    let (parts, body) = response.into_parts();
    let (body, bytes) = ResponseBody::collected(body).await;
    let ending = match bytes {
        Some(bytes) => Ending::Answered(Outcome { body: Some(bytes), ..outcome }),
        // The client will not see a whole answer and comes back; the event must still be there for it.
        None => Ending::Failed,
    };
    (Response::from_parts(parts, body), ending)
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let kept = headers.iter().filter(|(name, _)| Outcome::keeps_header(name.as_str()));
    kept.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}
