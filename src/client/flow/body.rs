//! The body of an answer: the connection's bytes, or layers over them.

use std::time::Instant;

use super::{Fed, Flow, Whole};
use crate::error::Result;
use crate::exchange::{Incoming, Upgraded};
use crate::message::{Body, Headers};

/// What an answer's bytes come from. Nearly every body has no layer: its [`Incoming`] lies in the answer itself, which is
/// one allocation for both.
#[expect(clippy::large_enum_variant, reason = "the large one is the one there nearly always is")]
pub(crate) enum BodyFlow {
    Wire(Incoming),
    Layers(Box<dyn Flow>),
}

impl BodyFlow {
    /// A body of this flow.
    pub(crate) fn of(flow: impl Flow + 'static) -> Self {
        Self::Layers(Box::new(flow))
    }

    /// A body that has nothing to give.
    pub(crate) fn empty() -> Self {
        Self::of(Fed::new(Body::empty()))
    }

    /// Puts a layer over what there is.
    // Outlined: a body that is moved must not have room on the stack of who waits for the head.
    #[inline(never)]
    pub(crate) fn lay(&mut self, layer: impl FnOnce(Box<dyn Flow>) -> Box<dyn Flow>) {
        *self = Self::Layers(layer(std::mem::replace(self, Self::empty()).boxed()));
    }

    pub(crate) fn boxed(self) -> Box<dyn Flow> {
        match self {
            Self::Wire(incoming) => Box::new(incoming),
            Self::Layers(flow) => flow,
        }
    }

    pub(crate) fn as_dyn(&self) -> &dyn Flow {
        match self {
            Self::Wire(incoming) => incoming,
            Self::Layers(flow) => &**flow,
        }
    }

    pub(crate) fn into_upgraded(self) -> Option<Upgraded> {
        match self {
            Self::Wire(incoming) => incoming.into_upgraded(),
            Self::Layers(flow) => flow.into_upgraded(),
        }
    }

    // Each read goes straight to the connection where there is no layer: reading lines is one call per line and piece.

    pub(crate) fn fill_buf(&mut self) -> Result<&[u8]> {
        match self {
            Self::Wire(incoming) => incoming.fill_buf(),
            Self::Layers(flow) => flow.fill_buf(),
        }
    }

    pub(crate) fn consume(&mut self, n: usize) {
        match self {
            Self::Wire(incoming) => incoming.consume(n),
            Self::Layers(flow) => flow.consume(n),
        }
    }

    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        match self {
            Self::Wire(incoming) => incoming.read(out),
            Self::Layers(flow) => flow.read(out),
        }
    }

    pub(crate) fn is_ready(&mut self) -> Result<bool> {
        match self {
            Self::Wire(incoming) => incoming.is_ready(),
            Self::Layers(flow) => flow.is_ready(),
        }
    }

    /// How many bytes are still to come, where the connection's framing tells and no layer changes that.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Self::Wire(incoming) => incoming.remaining(),
            Self::Layers(_) => None,
        }
    }

    pub(crate) fn is_end(&self) -> bool {
        self.as_dyn().is_end()
    }

    pub(crate) fn received(&self) -> u64 {
        self.as_dyn().received()
    }

    pub(crate) fn ended_at(&self) -> Option<Instant> {
        self.as_dyn().ended_at()
    }

    pub(crate) fn trailers(&self) -> &Headers {
        self.as_dyn().trailers()
    }

    pub(crate) fn whole(&self) -> Option<&Whole> {
        self.as_dyn().whole()
    }
}
