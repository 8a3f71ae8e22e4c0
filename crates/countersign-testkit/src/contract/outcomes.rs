//! What duplicates are answered with: the first outcome, as it was.

use std::time::Duration;

use bytes::Bytes;
use countersign::Outcome;
use countersign::record::Settled;

use crate::contract::probe::{Probe, fresh_key, request};
use crate::contract::report::ensure;
use crate::contract::{Breach, StoreUnderTest};

/// An outcome comes back byte for byte: its status, its headers in their order (repeated ones and values that are not
/// UTF-8 included), its body. A body that is empty is not one that is missing. Under no pressure nothing is lost.
///
/// # Errors
///
/// An outcome came back changed.
pub async fn outcomes_are_repeated_whole<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let (store, replica) = (Probe::on(under).await, Probe::on(under).await);
    let every_byte: Vec<u8> = (0..=255).collect();
    let header = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    let headers = vec![
        header("vary", b"b"),
        header("content-type", b"text/plain; charset=latin1"),
        header("vary", b"a"),
        header("link", b"caf\xe9"),
        header("etag", b""),
    ];
    let outcomes = [
        Outcome { status: 200, headers: headers.clone(), body: Some(every_byte.into()) },
        Outcome { status: 299, headers, body: None },
        Outcome { status: 202, headers: Vec::new(), body: Some(Bytes::new()) },
        Outcome { status: 201, headers: Vec::new(), body: Some(vec![0xff; 64 * 1024].into()) },
        Outcome::status_only(204),
    ];
    for outcome in outcomes {
        let key = fresh_key();
        let held = store.granted(&key, &request(1), "a new event").await?;
        ensure!(store.complete(&key, held.fence, &outcome).await? == Settled::Done, "the holder could not complete");
        for handle in [&store, &replica] {
            let repeated = handle.completed(&key, &request(1), "after completion").await?;
            let status = outcome.status;
            ensure!(repeated.status == status, "status {status} came back as {}", repeated.status);
            ensure!(repeated.headers == outcome.headers, "the headers of {status} came back as {:?}", repeated.headers);
            let lengths = [&repeated.body, &outcome.body].map(|body| body.as_ref().map(Bytes::len));
            ensure!(repeated.body == outcome.body, "the body of {status} came back changed: {lengths:?} bytes");
        }
    }
    Ok(())
}

/// Completing or releasing again under the same fence is done already: it changes nothing, and the first outcome
/// stands. A settlement whose answer was lost can therefore be asked for again.
///
/// # Errors
///
/// The second time was refused, or changed something.
pub async fn settling_twice_changes_nothing<U: StoreUnderTest>(under: &U) -> Result<(), Breach> {
    let store = Probe::on(under).await;
    let key = fresh_key();
    let held = store.granted(&key, &request(1), "a new event").await?;
    let first = Outcome { status: 200, headers: Vec::new(), body: Some(Bytes::from_static(b"first")) };
    let second = Outcome { status: 202, headers: Vec::new(), body: Some(Bytes::from_static(b"second")) };
    for outcome in [&first, &second] {
        let settled = store.complete(&key, held.fence, outcome).await?;
        ensure!(settled == Settled::Done, "completing again under the same fence was refused");
    }
    let kept = store.completed(&key, &request(1), "after completing twice").await?;
    ensure!(kept == first, "the second completion replaced the first outcome");
    let released = store.release(&key, held.fence, Duration::ZERO).await?;
    ensure!(released == Settled::Fenced, "a completed event was released");

    let key = fresh_key();
    let held = store.granted(&key, &request(1), "a new event").await?;
    for wait in [Duration::ZERO, U::UNIT * 1_000] {
        let settled = store.release(&key, held.fence, wait).await?;
        ensure!(settled == Settled::Done, "releasing again under the same fence was refused");
    }
    let next = store.granted(&key, &request(1), "after releasing twice").await?;
    ensure!(next.attempt == 2, "releasing twice made attempt {}", next.attempt);
    Ok(())
}
