//! A body that holds its place among the requests in flight.

use super::crowd::Permit;
use crate::client::flow::Flow;
use crate::error::Result;
use crate::exchange::Upgraded;

/// Gives the place to the next one with the last byte, an error, or when it is dropped.
pub(super) struct Held {
    flow: Box<dyn Flow>,
    permit: Option<Permit>,
}

impl Held {
    pub(super) fn new(flow: Box<dyn Flow>, permit: Permit) -> Self {
        Self { flow, permit: Some(permit) }
    }

    fn let_go_at_end(&mut self) {
        if self.flow.is_end() {
            self.permit = None;
        }
    }
}

impl Flow for Held {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.flow)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.flow.fill_buf().is_ok_and(|there| !there.is_empty()) {
            return self.flow.fill_buf();
        }
        self.permit = None;
        self.flow.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.flow.consume(n);
        self.let_go_at_end();
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let result = self.flow.read(out);
        if result.is_err() {
            self.permit = None;
        }
        self.let_go_at_end();
        result
    }

    fn is_ready(&mut self) -> Result<bool> {
        let result = self.flow.is_ready();
        self.let_go_at_end();
        result
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.into_upgraded()
    }
}
