//! A body whose progress is told.

use std::sync::Arc;

use crate::client::flow::Flow;
use crate::error::Result;
use crate::exchange::Upgraded;
use crate::message::Progress;

/// Tells how many bytes have been taken, as they came from the server.
pub(super) struct Told {
    flow: Box<dyn Flow>,
    watcher: Arc<Progress>,
    total: Option<u64>,
}

impl Told {
    pub(super) fn new(flow: Box<dyn Flow>, watcher: Arc<Progress>, total: Option<u64>) -> Self {
        watcher(0, total);
        Self { flow, watcher, total }
    }

    fn took(&self, n: usize) {
        if n > 0 {
            (self.watcher)(self.flow.received(), self.total);
        }
    }
}

impl Flow for Told {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.flow)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.flow.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.flow.consume(n);
        self.took(n);
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let n = self.flow.read(out)?;
        self.took(n);
        Ok(n)
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.flow.is_ready()
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.into_upgraded()
    }
}
