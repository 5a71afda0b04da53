//! A body that may be only so long.

use crate::client::flow::Flow;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Upgraded;

/// Hands out bytes up to the cap; a byte beyond it is an error, and the connection is given up.
pub(super) struct Capped {
    /// None once it has failed.
    flow: Option<Box<dyn Flow>>,
    cap: u64,
    left: u64,
}

impl Capped {
    pub(super) fn new(flow: Box<dyn Flow>, cap: u64) -> Self {
        Self { flow: Some(flow), cap, left: cap }
    }

    fn flow(&mut self) -> Result<&mut Box<dyn Flow>> {
        self.flow.as_mut().ok_or_else(|| over(self.cap, None).with_progress(0, self.cap))
    }

    /// At the cap only the end may come.
    fn check(&mut self) -> Result<()> {
        if self.left == 0 && !self.flow()?.fill_buf()?.is_empty() {
            self.flow = None;
            return Err(over(self.cap, None).with_progress(0, self.cap));
        }
        Ok(())
    }

    fn most(&self, there: usize) -> usize {
        usize::try_from(self.left).map_or(there, |left| left.min(there))
    }
}

/// What the error says.
pub(super) fn over(cap: u64, length: Option<u64>) -> Error {
    let what = match length {
        Some(length) => format!("the body has {length} bytes, more than the {cap} of max_body"),
        None => format!("the body is longer than the {cap} bytes of max_body"),
    };
    Error::new(Kind::TooLarge, what).with_phase(Phase::Body)
}

impl Flow for Capped {
    fn below(&self) -> Option<&dyn Flow> {
        self.flow.as_deref()
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.check()?;
        let left = self.left;
        let there = self.flow()?.fill_buf()?;
        Ok(&there[..usize::try_from(left).map_or(there.len(), |left| left.min(there.len()))])
    }

    fn consume(&mut self, n: usize) {
        self.left = self.left.saturating_sub(n as u64);
        if let Some(flow) = &mut self.flow {
            flow.consume(n);
        }
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.check()?;
        if self.left == 0 {
            return Ok(0);
        }
        let most = self.most(out.len());
        let n = self.flow()?.read(&mut out[..most])?;
        self.left -= n as u64;
        Ok(n)
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.flow()?.is_ready()
    }

    fn received(&self) -> u64 {
        self.flow.as_ref().map_or(self.cap, |flow| flow.received())
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.and_then(Flow::into_upgraded)
    }
}
