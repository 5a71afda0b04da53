//! Several loggers as one, and none.

use std::fmt;

use super::logger::Logger;

/// Gives each line to several loggers, in order.
///
/// ```
/// use maypole::queue::batch::{Logger, MemoryLogger, MultiLogger};
/// let (all, failures) = (MemoryLogger::new(200), MemoryLogger::new(200));
/// let both = MultiLogger::new().with(all.clone()).with(failures.clone().only(["fail"]));
/// both.log("info", "", "hello");
/// assert_eq!((all.read().len(), failures.read().len()), (1, 0));
/// ```
#[doc(alias = "multi_logger")]
#[derive(Default)]
pub struct MultiLogger(Vec<Box<dyn Logger>>);

impl MultiLogger {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    #[must_use]
    pub fn with(mut self, logger: impl Logger) -> Self {
        self.0.push(Box::new(logger));
        self
    }
}

impl Logger for MultiLogger {
    fn log(&self, kind: &str, name: &str, text: &str) {
        self.0.iter().for_each(|logger| logger.log(kind, name, text));
    }

    fn flush(&self) {
        self.0.iter().for_each(|logger| logger.flush());
    }
}

impl fmt::Debug for MultiLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MultiLogger").field(&self.0.len()).finish()
    }
}

/// Says nothing.
///
/// ```
/// use maypole::queue::batch::{Batch, NullLogger};
/// let silent = Batch::builder().logger(NullLogger).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "null_logger")]
#[derive(Clone, Copy, Debug, Default)]
pub struct NullLogger;

impl Logger for NullLogger {
    fn log(&self, _kind: &str, _name: &str, _text: &str) {}
}
