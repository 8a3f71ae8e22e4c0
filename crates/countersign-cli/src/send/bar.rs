//! The progress bar of a run that lasts.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error: none before a second has passed, and none where no one would see it.
pub(super) struct Bar {
    inner: ProgressBar,
    started: Instant,
}

impl Bar {
    pub(super) fn new(rounds: u64) -> Self {
        let inner = ProgressBar::with_draw_target(Some(rounds), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len}, {eta} left");
        Self { inner: style.map_or(inner.clone(), |style| inner.with_style(style)), started: Instant::now() }
    }

    pub(super) fn advance(&self) {
        self.inner.inc(1);
        let lasts = self.started.elapsed() > Duration::from_secs(1);
        if lasts && self.inner.is_hidden() && std::io::stderr().is_terminal() {
            self.inner.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Prints while the bar is out of the way.
    pub(super) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.inner.suspend(print)
    }

    pub(super) fn finish(&self) {
        self.inner.finish_and_clear();
    }
}
