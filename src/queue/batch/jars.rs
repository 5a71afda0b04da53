//! Cookies of one worker each.

use std::sync::Mutex;

use crate::client::CookieJar;

/// Whose cookies are whose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieMode {
    /// None are kept or sent.
    #[default]
    Off,
    /// One jar for all requests of the batch.
    Shared,
    /// A jar for each worker: as many visitors as there are workers, who know nothing of each other.
    PerWorker,
}

/// As many jars as requests have been in flight at once. Which worker a request gets is chance; that two in flight share no
/// jar is not.
#[derive(Default)]
pub(super) struct Jars(Mutex<Vec<CookieJar>>);

impl Jars {
    /// The jar that was put back last, or a new one.
    pub(super) fn take(&self) -> CookieJar {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop().unwrap_or_default()
    }

    pub(super) fn put_back(&self, jar: CookieJar) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(jar);
    }
}
