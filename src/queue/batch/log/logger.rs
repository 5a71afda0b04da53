//! The trait.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Takes the lines of a batch.
///
/// ```
/// use maypole::queue::batch::Logger;
/// struct Channel(std::sync::mpsc::SyncSender<String>);
/// impl Logger for Channel {
///     fn log(&self, kind: &str, _name: &str, text: &str) {
///         self.0.try_send(format!("{kind}: {text}")).ok();
///     }
/// }
/// # fn check(_: impl Logger) {}
/// # check(Channel(std::sync::mpsc::sync_channel(1).0));
/// ```
///
/// It is called by many workers at once. It may wait as a coroutine does, and must not block a thread.
pub trait Logger: Send + Sync + 'static {
    /// One line: its kind (`info`, `fail`, `expt`, or any), who says it (may be empty), what it says.
    fn log(&self, kind: &str, name: &str, text: &str);

    /// Waits until everything that was logged before is written. By default there is nothing to wait for.
    fn flush(&self) {}

    /// Logs an error with all its causes, kind `expt`.
    fn trace(&self, name: &str, error: &dyn Error) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            text = format!("{text}: {source}");
            cause = source.source();
        }
        self.log("expt", name, &text);
    }

    /// The same logger for lines of these kinds alone.
    #[doc(alias = "set_filter")]
    fn only<'k>(self, kinds: impl IntoIterator<Item = &'k str>) -> OnlyLogger<Self>
    where
        Self: Sized,
    {
        OnlyLogger { inner: self, kinds: kinds.into_iter().map(Into::into).collect() }
    }
}

impl<L: Logger + ?Sized> Logger for Arc<L> {
    fn log(&self, kind: &str, name: &str, text: &str) {
        (**self).log(kind, name, text);
    }

    fn flush(&self) {
        (**self).flush();
    }
}

impl<L: Logger + ?Sized> Logger for Box<L> {
    fn log(&self, kind: &str, name: &str, text: &str) {
        (**self).log(kind, name, text);
    }

    fn flush(&self) {
        (**self).flush();
    }
}

/// A logger for some kinds of lines; from [`Logger::only`].
pub struct OnlyLogger<L> {
    inner: L,
    kinds: Vec<Box<str>>,
}

impl<L: Logger> Logger for OnlyLogger<L> {
    fn log(&self, kind: &str, name: &str, text: &str) {
        if self.kinds.iter().any(|one| **one == *kind) {
            self.inner.log(kind, name, text);
        }
    }

    fn flush(&self) {
        self.inner.flush();
    }
}

impl<L> fmt::Debug for OnlyLogger<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnlyLogger").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}
