//! A row per second, written as the run goes on.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use maypole::load::export::{CSV_HEAD, Point};

use super::files::{is_standard, standard_output};

/// The file, and what was wrong with it first.
#[derive(Clone)]
pub(super) struct Csv(Arc<Mutex<(File, io::Result<()>)>>);

impl Csv {
    /// Replaces what was there, and writes the names of the columns.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = if is_standard(path) { standard_output()? } else { File::create(path)? };
        let head = writeln!(file, "{CSV_HEAD}");
        // A reader that is gone by now is no reason not to run.
        let is_unread = head.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        let result = if is_unread { head } else { Ok(head?) };
        Ok(Self(Arc::new(Mutex::new((file, result)))))
    }

    /// After an error nothing more is written: a table with a gap would pass for a whole one.
    pub(super) fn row(&self, point: &Point) {
        let (file, result) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if result.is_ok() {
            *result = file.write_all(format!("{}\n", point.to_csv()).as_bytes());
        }
    }

    /// How the writing went.
    pub(super) fn end(&self) -> io::Result<()> {
        let (_, result) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(result, Ok(()))
    }
}
