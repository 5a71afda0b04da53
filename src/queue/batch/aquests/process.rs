//! The batch of the process.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::error::Result;
use crate::queue::batch::builder::BatchBuilder;
use crate::queue::batch::bundle::Batch;
use crate::queue::batch::report::Report;

/// The batches of the process: the last one is the current one.
static BATCHES: Mutex<Vec<Batch>> = Mutex::new(Vec::new());
static IDS: Mutex<Option<Arc<AtomicU64>>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn make(options: impl FnOnce(BatchBuilder) -> BatchBuilder) -> Result<Batch> {
    let ids = lock(&IDS).get_or_insert_default().clone();
    options(Batch::builder()).numbered_by(&ids).build()
}

/// Sets the options of what is queued from now on.
///
/// # Errors
/// Those of [`BatchBuilder::build`]; the options from before stay.
pub fn configure(options: impl FnOnce(BatchBuilder) -> BatchBuilder) -> Result<()> {
    let batch = make(options)?;
    lock(&BATCHES).push(batch);
    Ok(())
}

/// The batch that the calls here go to: made with every default if nothing was configured.
///
/// # Errors
/// Those of [`BatchBuilder::build`].
pub fn current() -> Result<Batch> {
    let last = lock(&BATCHES).last().cloned();
    if let Some(batch) = last {
        return Ok(batch);
    }
    let batch = make(|options| options)?;
    let mut batches = lock(&BATCHES);
    if batches.is_empty() {
        batches.push(batch);
    }
    Ok(batches[batches.len() - 1].clone())
}

/// Fetches everything, what was queued before the last [`configure`] first; one report for all.
///
/// # Errors
/// Those of [`current`].
#[doc(alias = "fetchall")]
pub fn fetch_all() -> Result<Report> {
    let current = current()?;
    let earlier: Vec<Batch> = {
        let mut batches = lock(&BATCHES);
        let last = batches.len().saturating_sub(1);
        batches.drain(..last).collect()
    };
    let mut sum = Report::default();
    earlier.iter().chain([&current]).for_each(|batch| sum.add(batch.fetch_all()));
    Ok(sum)
}
