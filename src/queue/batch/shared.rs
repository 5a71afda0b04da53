//! What the requests of a batch have in common.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::jars::Jars;
use super::log::Logger;
use super::tally::Tally;
use crate::client::HttpClient;
use crate::error::panic_text;
use crate::queue::limiter::Limiter;

pub(super) struct Shared {
    pub(super) client: HttpClient,
    pub(super) logger: Arc<dyn Logger>,
    /// With a jar for each worker.
    pub(super) jars: Option<Jars>,
    pub(super) limiters: Vec<Arc<dyn Limiter>>,
    /// The `Accept` line of a request is a promise of the answer's.
    pub(super) checks_accept: bool,
    pub(super) tally: Arc<Tally>,
    /// The number of the next request.
    pub(super) ids: Arc<AtomicU64>,
    pub(super) eager: bool,
}

impl Shared {
    pub(super) fn panicked(&self, id: u64, panic: &(dyn Any + Send)) {
        self.tally.panicked();
        let said = panic_text(panic);
        self.logger.log("expt", "", &format!("REQID {id}. the callback panicked: {said}"));
    }
}
