//! A body that comes no faster than its rate.

use super::bucket::{Toll, Turn};
use crate::client::flow::Flow;
use crate::error::{Error, Phase, Result};
use crate::exchange::Upgraded;

/// Hands out what has been paid for. What waits meanwhile waits in the system's buffers, which slow the server down.
pub(super) struct Throttled {
    flow: Box<dyn Flow>,
    toll: Toll,
    turn: Option<Turn>,
    paid: usize,
    failed: Option<Error>,
}

impl Throttled {
    pub(super) fn new(flow: Box<dyn Flow>, toll: Toll) -> Self {
        Self { flow, toll, turn: None, paid: 0, failed: None }
    }

    fn pay(&mut self, there: usize) -> Result<()> {
        if self.paid > 0 || there == 0 {
            return Ok(());
        }
        let turn = self.turn.take().unwrap_or_else(|| self.toll.reserve(there));
        match self.toll.wait_for(turn, Phase::Body) {
            Ok(paid) => {
                self.paid = paid;
                Ok(())
            }
            Err(error) => {
                let error = error.with_progress(0, self.flow.received());
                self.failed = Some(error.again());
                Err(error)
            }
        }
    }
}

impl Flow for Throttled {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.flow)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        let there = self.flow.fill_buf()?.len();
        self.pay(there)?;
        let there = self.flow.fill_buf()?;
        Ok(&there[..there.len().min(self.paid)])
    }

    fn consume(&mut self, n: usize) {
        self.flow.consume(n);
        self.paid = self.paid.saturating_sub(n);
    }

    /// What the rate holds back counts as not here yet.
    fn is_ready(&mut self) -> Result<bool> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if !self.flow.is_ready()? {
            return Ok(false);
        }
        let there = self.flow.fill_buf()?.len();
        if there == 0 || self.paid > 0 {
            return Ok(true);
        }
        Ok(self.turn.get_or_insert_with(|| self.toll.reserve(there)).has_come())
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.into_upgraded()
    }
}
