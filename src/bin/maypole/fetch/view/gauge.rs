//! Who is in flight: a limiter that lets everybody pass and counts.

use std::sync::Arc;

use maypole::Url;
use maypole::queue::{Acquire, Limiter, Permit, Release, Turn};

use super::board::Board;

/// To be asked last.
pub(in crate::fetch) struct Gauge(Arc<Landing>);

struct Landing(Arc<Board>);

impl Gauge {
    pub(in crate::fetch) fn new(board: Arc<Board>) -> Self {
        Self(Arc::new(Landing(board)))
    }
}

impl Limiter for Gauge {
    fn try_acquire(&self, url: &Url, _: &Turn) -> Acquire {
        let place = self.0.0.place(url.host_header());
        Acquire::Granted(Permit::new(self.0.clone(), place as u64))
    }
}

impl Release for Landing {
    fn begin(&self, place: u64) {
        self.0.begun(place as usize);
    }

    fn release(&self, place: u64) {
        self.0.landed(place as usize);
    }

    fn unused(&self, _: u64) {}
}
