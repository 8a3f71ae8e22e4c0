//! A future that outlives its connection: what a claim was granted for is carried through, whoever hangs up.

use core::future::Future;
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::panic::catch_unwind;

use actix_web::rt::spawn;

/// Runs on the polls of whoever awaits it, and is handed to the worker's runtime only if it is dropped unfinished and
/// must end. It lies on the heap in any case: the state of a handler under its claim is kilobytes, and what is moved from
/// future to future before it is reached would be as large.
///
/// actix-web drops a request's future when its connection is reset, or half-closed where the server does not allow
/// that, and polls it on otherwise (actix-web#3462). Here both end the same way.
pub(crate) struct Detach<T: 'static> {
    work: Option<Pin<Box<dyn Future<Output = T>>>>,
    must_end: bool,
}

impl<T> Detach<T> {
    pub(crate) fn new(work: impl Future<Output = T> + 'static, must_end: bool) -> Self {
        Self { work: Some(Box::pin(work)), must_end }
    }
}

impl<T> Future for Detach<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // Taken out while it is polled: work that panics is gone, and is not spawned to panic again.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T> Drop for Detach<T> {
    fn drop(&mut self) {
        let Some(work) = self.work.take().filter(|_| self.must_end) else { return };
        // A worker that is shutting down has nothing left to spawn on, and says so by panicking. The claim is then
        // left to its lease, as after a crash.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(spawn(work))));
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::future::poll_fn;
    use std::rc::Rc;

    use actix_web::rt::System;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    /// A future that waits for `go` and then counts one run.
    fn counted(runs: &Rc<Cell<u32>>, go: oneshot::Receiver<()>) -> Detach<()> {
        let runs = Rc::clone(runs);
        let work = async move {
            let _ = go.await;
            runs.set(runs.get() + 1);
        };
        Detach::new(work, true)
    }

    async fn poll_once(work: &mut Detach<()>) -> bool {
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *work).poll(cx).is_ready())).await
    }

    #[actix_web::test]
    async fn carries_on_after_it_was_dropped_unfinished() {
        let (runs, (go, gone)) = (Rc::new(Cell::new(0)), oneshot::channel());
        let mut work = counted(&runs, gone);
        assert!(!poll_once(&mut work).await);
        drop(work);
        go.send(()).unwrap();
        while Rc::strong_count(&runs) > 1 {
            yield_now().await;
        }
        assert_eq!(runs.get(), 1);
    }

    #[actix_web::test]
    async fn runs_once_where_it_is_awaited_to_the_end() {
        let (runs, (go, gone)) = (Rc::new(Cell::new(0)), oneshot::channel());
        go.send(()).unwrap();
        counted(&runs, gone).await;
        yield_now().await;
        assert_eq!((runs.get(), Rc::strong_count(&runs)), (1, 1));
    }

    #[actix_web::test]
    async fn work_that_panics_is_not_spawned_to_panic_again() {
        let polls = Rc::new(Cell::new(0));
        let polled = Rc::clone(&polls);
        let panics = poll_fn(move |_| {
            polled.set(polled.get() + 1);
            panic!("planted")
        });
        let work: Detach<()> = Detach::new(panics, true);
        assert!(spawn(work).await.unwrap_err().is_panic());
        yield_now().await;
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn is_dropped_quietly_where_no_runtime_is_left() {
        let (runs, (_go, gone)) = (Rc::new(Cell::new(0)), oneshot::channel());
        drop(counted(&runs, gone));
        assert_eq!((runs.get(), Rc::strong_count(&runs)), (0, 1));
    }

    #[test]
    fn is_dropped_quietly_while_the_worker_shuts_down() {
        let (runs, (_go, gone)) = (Rc::new(Cell::new(0)), oneshot::channel());
        let system = System::new();
        let mut work = counted(&runs, gone);
        system.block_on(async move {
            assert!(!poll_once(&mut work).await);
            spawn(work);
        });
        assert_eq!(Rc::strong_count(&runs), 2, "the worker still holds it");
        drop(system);
        assert_eq!((runs.get(), Rc::strong_count(&runs)), (0, 1));
    }
}
