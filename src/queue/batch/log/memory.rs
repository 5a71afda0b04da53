//! The last lines, in memory.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use super::line::line;
use super::logger::Logger;

/// Keeps the last lines. Clones read and write the same ones.
///
/// ```
/// use maypole::queue::batch::{Logger, MemoryLogger};
/// let logger = MemoryLogger::new(2);
/// for text in ["one", "two", "three"] {
///     logger.log("info", "", text);
/// }
/// let lines = logger.read();
/// assert!(lines.len() == 2 && lines[0].ends_with("[info] three") && lines[1].ends_with("[info] two"));
/// ```
#[derive(Clone)]
pub struct MemoryLogger(Arc<Kept>);

struct Kept {
    lines: Mutex<VecDeque<String>>,
    most: usize,
}

impl MemoryLogger {
    /// Keeps so many lines; aquests' has 200.
    pub fn new(lines: usize) -> Self {
        Self(Arc::new(Kept { lines: Mutex::default(), most: lines }))
    }

    /// The lines, the newest first.
    pub fn read(&self) -> Vec<String> {
        self.lock().iter().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Logger for MemoryLogger {
    fn log(&self, kind: &str, name: &str, text: &str) {
        let line = line(Some(SystemTime::now()), kind, name, text);
        let mut lines = self.lock();
        lines.push_back(line);
        while lines.len() > self.0.most {
            lines.pop_front();
        }
    }
}

impl fmt::Debug for MemoryLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLogger").field("lines", &self.lock().len()).field("most", &self.0.most).finish()
    }
}
