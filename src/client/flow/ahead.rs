//! A body of which some has been read before its reader asks for it.

use std::time::Instant;

use super::{BodyFlow, Flow};
use crate::error::Result;
use crate::exchange::Upgraded;

/// Bytes that have been read, and what comes behind them.
pub(crate) struct Ahead {
    bytes: Vec<u8>,
    at: usize,
    flow: Box<dyn Flow>,
}

impl Ahead {
    /// Reads a body to its end if it has no more than about `most` bytes, so that its connection is free while something
    /// else is asked for. An error is for the reader, behind what came before it.
    pub(crate) fn read(flow: &mut BodyFlow, most: usize) {
        let mut bytes = Vec::new();
        while bytes.len() <= most
            && let Ok(there) = flow.fill_buf()
            && !there.is_empty()
        {
            bytes.extend_from_slice(there);
            let n = there.len();
            flow.consume(n);
        }
        if !bytes.is_empty() {
            flow.lay(|flow| Box::new(Self { bytes, at: 0, flow }));
        }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }
}

impl Flow for Ahead {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.flow)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.left() > 0 { Ok(&self.bytes[self.at..]) } else { self.flow.fill_buf() }
    }

    fn consume(&mut self, n: usize) {
        if self.left() > 0 {
            self.at += n.min(self.left());
        } else {
            self.flow.consume(n);
        }
    }

    fn is_ready(&mut self) -> Result<bool> {
        if self.left() > 0 { Ok(true) } else { self.flow.is_ready() }
    }

    fn is_end(&self) -> bool {
        self.left() == 0 && self.flow.is_end()
    }

    fn received(&self) -> u64 {
        self.flow.received() - self.left() as u64
    }

    fn ended_at(&self) -> Option<Instant> {
        self.flow.ended_at().filter(|_| self.left() == 0)
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.into_upgraded()
    }
}
