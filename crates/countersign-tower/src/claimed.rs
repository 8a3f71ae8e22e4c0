//! What follows an admission, for deliveries and for requests with a key alike: a refusal, a stored answer, or the
//! handler under its claim, carried to its end and settled.

use core::future::Future;
use core::pin::pin;

use bytes::Bytes;
use countersign::{Claim, Decision, Ending, Gate, Lease, Refusal, Rejection, Watch};
use http::Response;
use http_body::Body;

use crate::body::ResponseBody;
use crate::detach::Detach;
use crate::response;
use crate::timer::TokioTimer;

pub(crate) type Answer<R, E> = Result<Response<ResponseBody<R>>, E>;

/// Answers as was decided. `begin` makes the handler's future of what was admitted; `refuse` says what a refused client
/// is sent.
pub(crate) async fn answer<T, R, E, F>(
    gate: &Gate,
    watch: Watch,
    admitted: Result<(T, Decision), Rejection>,
    refuse: impl Fn(&Rejection) -> Refusal + Send + 'static,
    begin: impl FnOnce(T, Option<&Lease>) -> F,
) -> Answer<R, E>
where
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<Response<R>, E>> + Send + 'static,
{
    match admitted {
        Err(rejection) => {
            watch.refused(&rejection);
            Ok(response::refusal(refuse(&rejection), rejection))
        }
        Ok((_, Decision::Repeat(outcome))) => {
            watch.duplicate(outcome.status);
            Ok(response::repeat(&outcome))
        }
        Ok((admitted, Decision::Handle(claim))) => {
            let handler = begin(admitted, claim.lease());
            let must_end = gate.keeps_records();
            Detach::new(handle(gate.clone(), watch, claim, refuse, handler), must_end).await
        }
    }
}

/// Runs the handler under its claim, and settles.
async fn handle<R, E>(
    gate: Gate,
    watch: Watch,
    claim: Claim,
    refuse: impl Fn(&Rejection) -> Refusal,
    handler: impl Future<Output = Result<Response<R>, E>>,
) -> Answer<R, E>
where
    R: Body<Data = Bytes>,
{
    let flow = async {
        // Gone before the claim is settled, whether it came to its end or not.
        let attended = {
            let handler = pin!(handler);
            // A short body is read under the claim too: it may take time, panic or never end like the handler itself.
            let answer = pin!(async { Ok(response::capture(&gate, handler.await?).await) });
            gate.attend(&claim, answer, &TokioTimer).await
        };
        let (answered, ending) = match attended {
            Ok(Ok((response, ending))) => (Ok(Ok(response)), ending),
            Ok(Err(error)) => (Ok(Err(error)), Ending::Failed),
            Err(rejection) => (Err(rejection), Ending::Failed),
        };
        let settled = gate.settle(claim, &ending, &TokioTimer).await;
        answered.and_then(|answer| settled.map(|()| answer))
    };
    match in_span(&watch, flow).await {
        Ok(Ok(response)) => {
            watch.handled(response.status().as_u16());
            Ok(response)
        }
        Ok(Err(error)) => Err(error),
        Err(rejection) => {
            watch.refused(&rejection);
            Ok(response::refusal(refuse(&rejection), rejection))
        }
    }
}

/// Runs `work` inside the request's span.
#[cfg(feature = "tracing")]
pub(crate) fn in_span<F: Future>(watch: &Watch, work: F) -> impl Future<Output = F::Output> + use<F> {
    tracing::Instrument::instrument(work, watch.span().clone())
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn in_span<F: Future>(_: &Watch, work: F) -> F {
    work
}
