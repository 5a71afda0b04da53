//! One connection, as ureq uses it.

use std::fmt;
use std::sync::Arc;

use ureq::unversioned::transport::{Buffers as UreqBuffers, NextTimeout, Transport as UreqTransport};
use ureq::{Error, Timeout, config::Config};

use super::{buffers::Buffers, life::Life, limit::Limit};
use crate::error::Phase;
use crate::net::{ConnectionInfo, Stream};
use crate::rt::{CancelGuard, scope};

/// A connection that a [`Connector`](super::Connector) made, for ureq's pool and for connectors chained after it.
///
/// Waits park a coroutine and block a plain thread, until ureq's timeout or the deadline of the caller's
/// [scope](crate::rt::scope). It may pass between coroutines and threads with the response body that holds it.
pub struct Transport {
    // Before the stream: it watches over the stream's waits.
    _shutdown: CancelGuard,
    stream: Stream,
    life: Arc<Life>,
    buffers: Buffers,
    /// The most that one write has sent since the connection was idle.
    sent: usize,
}

impl Transport {
    pub(super) fn new(stream: Stream, life: Arc<Life>, config: &Config) -> Self {
        Self {
            _shutdown: stream.cancel_with(life.token()),
            stream,
            life,
            buffers: Buffers::new(config.input_buffer_size(), config.output_buffer_size()),
            sent: 0,
        }
    }

    /// What is known about the connection: addresses, what TLS agreed upon, how long each step took.
    pub fn info(&self) -> &Arc<ConnectionInfo> {
        self.stream.info()
    }
}

impl UreqTransport for Transport {
    fn buffers(&mut self) -> &mut dyn UreqBuffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let scope = scope::current();
        self.life.check(&scope, Phase::Send)?;
        let _guard = scope.token().map(|token| self.stream.cancel_with(token));
        self.sent = self.sent.max(amount);
        let whole = Limit::from_now(timeout, &scope)?;
        let mut rest = self.buffers.to_send(amount);
        while !rest.is_empty() {
            let limit = whole.or_sooner(timeout.per_write, Timeout::PerWrite);
            let written = self.stream.write(rest, limit.at());
            rest = &rest[written.map_err(|error| self.life.explain(limit.failed(error, Phase::Send)))?..];
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let scope = scope::current();
        self.life.check(&scope, Phase::Body)?;
        let _guard = scope.token().map(|token| self.stream.cancel_with(token));
        let limit = Limit::from_now(timeout.for_read(), &scope)?;
        let read = self.stream.read(self.buffers.input_append_buf(), limit.at());
        let n = read.map_err(|error| self.life.explain(limit.failed(error, Phase::Body)))?;
        self.buffers.input_appended(n);
        Ok(n > 0)
    }

    /// Asked when a connection goes to the pool and when it is taken from it, under the pool's lock: nothing waits here.
    fn is_open(&mut self) -> bool {
        self.buffers.rest(std::mem::take(&mut self.sent));
        !self.life.token().is_cancelled() && self.stream.is_quiet()
    }

    fn is_tls(&self) -> bool {
        self.stream.info().tls.is_some()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("stream", &self.stream).finish_non_exhaustive()
    }
}
