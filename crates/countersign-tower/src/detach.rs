//! Work that may have to end once begun. It runs where it is polled; only if it is dropped half-way does it move to the
//! runtime, so that the ordinary request costs no task.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use tokio::runtime::Handle;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that is finished by the runtime when its owner drops it unfinished, where it must end.
///
/// It lies on the heap in any case: the state of a handler under its claim is kilobytes, and what is moved from future to
/// future before it is reached would be as large.
///
/// Where no runtime is left there is nothing to finish it: it is dropped, and an event it had claimed waits for the
/// end of its lease.
pub(crate) struct Detach<T: 'static> {
    work: Option<Boxed<T>>,
    must_end: bool,
}

impl<T: 'static> Detach<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static, must_end: bool) -> Self {
        Self { work: Some(Box::pin(work)), must_end }
    }
}

impl<T: 'static> Future for Detach<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // Taken out while it is polled: work that panics is gone and is not handed to the runtime to panic again.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: 'static> Drop for Detach<T> {
    fn drop(&mut self) {
        if self.must_end
            && let Some(work) = self.work.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { drop(work.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    /// Work that waits for `go` and then says `done`, and the two ends of that.
    fn work() -> (impl Future<Output = ()> + Send, oneshot::Sender<()>, oneshot::Receiver<()>) {
        let (go, gone) = oneshot::channel();
        let (done, finished) = oneshot::channel();
        let work = async {
            let _ = gone.await;
            let _ = done.send(());
        };
        (work, go, finished)
    }

    async fn begin(future: &mut (impl Future<Output = ()> + Unpin)) {
        assert!(core::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending())).await);
    }

    #[tokio::test]
    async fn finishes_what_was_dropped_half_way() {
        let (plain, go_plain, plain_finished) = work();
        let mut plain = Detach::new(plain, false);
        begin(&mut plain).await;
        drop(plain);
        assert!(go_plain.send(()).is_err(), "work that need not end dies with its owner");
        assert!(plain_finished.await.is_err());

        let (detached, go, finished) = work();
        let mut detached = Detach::new(detached, true);
        begin(&mut detached).await;
        drop(detached);
        go.send(()).expect("the work is still waiting");
        assert!(finished.await.is_ok());
    }

    #[tokio::test]
    async fn leaves_nothing_behind_once_finished() {
        let (detached, go, finished) = work();
        go.send(()).expect("the work is waiting");
        Detach::new(detached, true).await;
        assert!(finished.await.is_ok());
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }

    #[tokio::test]
    async fn does_not_run_again_what_panicked() {
        let panicking = tokio::spawn(Detach::new(async { panic!("planted") }, true));
        assert!(panicking.await.expect_err("the panic passes on").is_panic());
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }
}
