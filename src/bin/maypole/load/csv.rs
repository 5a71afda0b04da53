//! A row per second, written as the run goes on.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use maypole::load::Tick;

use super::units::as_micros;

const HEAD: &str = "at_s,lasted_s,answers,errors,body_bytes,in_flight,p50_us,p90_us,p99_us,max_us,cpu_s,warm_up";

/// The file, and what was wrong with it first.
#[derive(Clone)]
pub(super) struct Csv(Arc<Mutex<(File, io::Result<()>)>>);

impl Csv {
    /// Replaces what was there, and writes the names of the columns.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        writeln!(file, "{HEAD}")?;
        Ok(Self(Arc::new(Mutex::new((file, Ok(()))))))
    }

    /// After an error nothing more is written: a table with a gap would pass for a whole one.
    pub(super) fn row(&self, tick: &Tick) {
        let (file, result) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if result.is_ok() {
            *result = file.write_all(line(tick).as_bytes());
        }
    }

    /// How the writing went.
    pub(super) fn end(&self) -> io::Result<()> {
        let (_, result) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(result, Ok(()))
    }
}

fn line(tick: &Tick) -> String {
    let Tick { at, lasted, done, errors, bytes, in_flight, cpu, warm_up, .. } = tick;
    let [at, lasted, cpu] = [at, lasted, cpu].map(|time| format!("{:.3}", time.as_secs_f64()));
    let [p50, p90, p99, max] = [tick.p50, tick.p90, tick.p99, tick.max].map(|time| as_micros(time).round());
    format!("{at},{lasted},{done},{errors},{bytes},{in_flight},{p50},{p90},{p99},{max},{cpu},{warm_up}\n")
}
