//! The option of recording, for a client and for a request.

use std::sync::Arc;

use super::record::HarRecorder;
use crate::client::{ClientBuilder, RequestBuilder};

impl ClientBuilder {
    /// Records every exchange, each hop and try, as an HTTP Archive. Default none: it keeps bodies in memory.
    pub fn record(mut self, recorder: &HarRecorder) -> Self {
        self.policy.recorder = Some(Arc::new(recorder.clone()));
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Records the exchanges of this request here, and not where the client's are recorded. Default the client's.
    pub fn record(self, recorder: &HarRecorder) -> Self {
        self.with_policy(|policy| policy.recorder = Some(Arc::new(recorder.clone())))
    }
}
