//! What a program wants to see of one fetch while it goes on.

use std::ops::ControlFlow;

use crate::client::Response;

/// Functions for single phases of one fetch.
#[derive(Default)]
pub(super) struct Phases {
    pub(super) send: Option<Box<dyn FnMut(&str) + Send>>,
    pub(super) headers: Option<Box<OnHeaders>>,
    pub(super) chunk: Option<Box<dyn FnMut(&[u8]) + Send>>,
}

pub(super) type OnHeaders = dyn FnMut(&Response) -> ControlFlow<()> + Send;

impl Phases {
    /// Whether the answer has to come from a fetch of its own.
    pub(super) fn watch_answer(&self) -> bool {
        self.headers.is_some() || self.chunk.is_some()
    }
}
