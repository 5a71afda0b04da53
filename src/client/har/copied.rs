//! The layer that copies a body for the archive.

use std::sync::Arc;
use std::time::Instant;

use super::archive::{Shared, milliseconds};
use super::document::{self, Entry};
use crate::client::flow::Flow;
use crate::error::Result;
use crate::exchange::Upgraded;

/// A body that is copied while it is read.
pub(super) struct Copied {
    flow: Option<Box<dyn Flow>>,
    shared: Arc<Shared>,
    entry: Option<Entry>,
    body: Kept,
    started: Instant,
    head_at: Instant,
}

struct Kept {
    /// `None` once it is longer than what may be kept.
    bytes: Option<Vec<u8>>,
    size: u64,
    most: usize,
}

impl Kept {
    fn add(&mut self, more: &[u8]) {
        self.size += more.len() as u64;
        match &mut self.bytes {
            Some(bytes) if bytes.len() + more.len() <= self.most => bytes.extend_from_slice(more),
            bytes => *bytes = None,
        }
    }
}

impl Copied {
    pub(super) fn new(flow: Box<dyn Flow>, shared: Arc<Shared>, entry: Entry, started: Instant) -> Self {
        let body = Kept { bytes: Some(Vec::new()), size: 0, most: shared.max_body };
        let mut copied = Self { flow: Some(flow), shared, entry: Some(entry), body, started, head_at: Instant::now() };
        copied.check();
        copied
    }

    fn flow(&self) -> &dyn Flow {
        self.flow.as_deref().expect("only taken out by into_upgraded")
    }

    fn flow_mut(&mut self) -> &mut dyn Flow {
        self.flow.as_deref_mut().expect("only taken out by into_upgraded")
    }

    fn check(&mut self) {
        if self.flow().is_end() {
            self.store();
        }
    }

    fn store(&mut self) {
        let Some(mut entry) = self.entry.take() else { return };
        entry.time = milliseconds(self.started.elapsed());
        entry.timings.receive = milliseconds(self.head_at.elapsed());
        let content = &mut entry.response.content;
        content.size = i64::try_from(self.body.size).unwrap_or(i64::MAX);
        entry.response.body_size = content.size;
        match self.body.bytes.take() {
            Some(body) => {
                let (text, encoding) = document::encode(&body);
                (content.text, content.encoding) = (Some(text), encoding);
            }
            None => content.comment = Some(format!("longer than {} bytes: not kept", self.shared.max_body)),
        }
        self.shared.entries().push(entry);
    }
}

impl Flow for Copied {
    fn below(&self) -> Option<&dyn Flow> {
        Some(self.flow())
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Err(error) = self.flow_mut().fill_buf() {
            self.store();
            return Err(error);
        }
        self.check();
        self.flow_mut().fill_buf()
    }

    fn consume(&mut self, n: usize) {
        // What is consumed has been shown: asking again does not wait.
        let flow = self.flow.as_deref_mut().expect("only taken out by into_upgraded");
        if let Ok(there) = flow.fill_buf() {
            self.body.add(&there[..n.min(there.len())]);
        }
        flow.consume(n);
        self.check();
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let result = self.flow_mut().read(out);
        match &result {
            Ok(n) => {
                self.body.add(&out[..*n]);
                self.check();
            }
            Err(_) => self.store(),
        }
        result
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.flow_mut().is_ready()
    }

    fn into_upgraded(mut self: Box<Self>) -> Option<Upgraded> {
        self.store();
        self.flow.take()?.into_upgraded()
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        self.store();
    }
}
