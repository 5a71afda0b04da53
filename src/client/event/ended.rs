//! The layer that tells when a body has ended.

use std::time::Instant;

use super::listen::{Teller, What};
use crate::client::flow::Flow;
use crate::error::Result;
use crate::exchange::Upgraded;
use crate::message::{Method, Url};

struct Watched {
    flow: Option<Box<dyn Flow>>,
    teller: Teller,
    method: Method,
    url: Url,
    started: Instant,
    told: bool,
}

/// `flow`, with its end told.
pub(in crate::client) fn watch(
    flow: Box<dyn Flow>,
    teller: &Teller,
    method: &Method,
    url: &Url,
    started: Instant,
) -> Box<dyn Flow> {
    let mut watched = Watched {
        flow: Some(flow),
        teller: teller.clone(),
        method: method.clone(),
        url: url.clone(),
        started,
        told: false,
    };
    watched.check();
    Box::new(watched)
}

impl Watched {
    fn flow(&self) -> &dyn Flow {
        self.flow.as_deref().expect("only taken out by into_upgraded")
    }

    fn flow_mut(&mut self) -> &mut dyn Flow {
        self.flow.as_deref_mut().expect("only taken out by into_upgraded")
    }

    fn check(&mut self) {
        if self.flow().is_end() {
            self.tell(true);
        }
    }

    fn tell(&mut self, complete: bool) {
        if !std::mem::replace(&mut self.told, true) {
            let ended = What::Ended { received: self.flow().received(), total: self.started.elapsed(), complete };
            self.teller.tell(&self.method, &self.url, ended);
        }
    }
}

impl Flow for Watched {
    fn below(&self) -> Option<&dyn Flow> {
        Some(self.flow())
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Err(error) = self.flow_mut().fill_buf() {
            self.tell(false);
            return Err(error);
        }
        self.check();
        self.flow_mut().fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.flow_mut().consume(n);
        self.check();
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let result = self.flow_mut().read(out);
        match &result {
            Ok(_) => self.check(),
            Err(_) => self.tell(false),
        }
        result
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.flow_mut().is_ready()
    }

    fn into_upgraded(mut self: Box<Self>) -> Option<Upgraded> {
        self.tell(true);
        self.flow.take()?.into_upgraded()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.flow.is_some() {
            self.tell(false);
        }
    }
}
