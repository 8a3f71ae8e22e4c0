//! What follows an admission, for deliveries and for requests with a key alike: a refusal, a stored answer, or the
//! handler under its claim, carried to its end and settled.

use core::future::Future;
use core::pin::pin;
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use countersign::{Claim, Decision, Ending, Gate, Refusal, Rejection, Watch};

use crate::detach::Detach;
use crate::response::{Refused, capture, refusal, refusal_unread, repeat};
use crate::timer::TokioTimer;

pub(crate) type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

/// A request on its way to a service, its payload taken out.
pub(crate) struct Taken<S> {
    pub(crate) service: Rc<S>,
    pub(crate) request: ServiceRequest,
    pub(crate) payload: Payload,
}

/// Answers as was decided. `prepare` puts what was admitted into the request that the handler gets; `refuse` says what a
/// refused client is sent.
pub(crate) async fn answer<S, B, T>(
    gate: &Gate,
    taken: Taken<S>,
    watch: Watch,
    admitted: Result<(T, Decision), Rejection>,
    refuse: impl Fn(&Rejection) -> Refusal + 'static,
    prepare: impl FnOnce(&mut ServiceRequest, T),
) -> Answer<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let Taken { service, mut request, payload } = taken;
    match admitted {
        Err(rejection) => {
            watch.refused(&rejection);
            let response = refusal_unread(refuse(&rejection), rejection, payload);
            Ok(request.into_response(response).map_into_right_body())
        }
        Ok((_, Decision::Repeat(outcome))) => {
            watch.duplicate(outcome.status);
            Ok(request.into_response(repeat(outcome)).map_into_right_body())
        }
        Ok((admitted, Decision::Handle(claim))) => {
            prepare(&mut request, admitted);
            if let Some(lease) = claim.lease() {
                request.extensions_mut().insert(lease.clone());
            }
            let must_end = gate.keeps_records();
            Detach::new(handle(gate.clone(), service, request, claim, watch, refuse), must_end).await
        }
    }
}

/// Runs the handler under its claim and settles it, inside the request's span.
async fn handle<S, B>(
    gate: Gate,
    service: Rc<S>,
    request: ServiceRequest,
    claim: Claim,
    watch: Watch,
    refuse: impl Fn(&Rejection) -> Refusal,
) -> Answer<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let work = async {
        // Gone before the claim is settled, whether it came to its end or not.
        let attended = {
            // The call is part of the attended work: a service may panic before it has made its future.
            let answered = pin!(async { capture(&gate, service.call(request).await?).await });
            gate.attend(&claim, answered, &TokioTimer).await
        };
        match attended {
            Ok(Ok((ending, response))) => match gate.settle(claim, &ending, &TokioTimer).await {
                Err(rejection) => {
                    watch.refused(&rejection);
                    let refusal = refusal(refuse(&rejection), rejection);
                    Ok(response.into_response(refusal).map_into_right_body())
                }
                Ok(()) => {
                    watch.handled(response.status().as_u16());
                    Ok(response)
                }
            },
            Ok(Err(error)) => {
                let _ = gate.settle(claim, &Ending::Failed, &TokioTimer).await;
                watch.handled(error.as_response_error().status_code().as_u16());
                Err(error)
            }
            Err(rejection) => {
                let _ = gate.settle(claim, &Ending::Failed, &TokioTimer).await;
                watch.refused(&rejection);
                Err(Refused { refusal: refuse(&rejection), rejection }.into())
            }
        }
    };
    in_span(&watch, work).await
}

/// Runs `work` inside the request's span.
#[cfg(feature = "tracing")]
pub(crate) fn in_span<W: Future>(watch: &Watch, work: W) -> impl Future<Output = W::Output> + use<W> {
    tracing::Instrument::instrument(work, watch.span().clone())
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn in_span<W: Future>(_: &Watch, work: W) -> W {
    work
}
