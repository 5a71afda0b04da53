//! The one end of a request, and the layer that tells it when a body has ended.

use std::time::Instant;

use super::listen::{Teller, What};
use crate::client::flow::Flow;
use crate::error::Result;
use crate::exchange::Upgraded;
use crate::message::{Method, Request, Url};

/// A request that has been told to have started, and whose end is still to be told: once, and at the latest when this is
/// dropped, also by unwinding.
pub(in crate::client) struct Telling {
    teller: Teller,
    method: Method,
    url: Url,
    started: Instant,
    ended: bool,
}

struct Watched {
    flow: Option<Box<dyn Flow>>,
    telling: Box<Telling>,
}

impl Telling {
    #[inline(never)]
    pub(in crate::client) fn start(teller: &Teller, request: &Request, started: Instant) -> Box<Self> {
        let (method, url) = (request.method.clone(), request.url.clone());
        teller.tell(&method, &url, What::Started);
        Box::new(Self { teller: teller.clone(), method, url, started, ended: false })
    }

    /// The request is this one now.
    pub(in crate::client) fn at(&mut self, request: &Request) {
        (self.method, self.url) = (request.method.clone(), request.url.clone());
    }

    /// `flow`, with its end told as the request's.
    pub(in crate::client) fn watch(self: Box<Self>, flow: Box<dyn Flow>) -> Box<dyn Flow> {
        let mut watched = Watched { flow: Some(flow), telling: self };
        watched.check();
        Box::new(watched)
    }

    fn end(&mut self, received: u64, complete: bool) {
        if !std::mem::replace(&mut self.ended, true) {
            let ended = What::Ended { received, total: self.started.elapsed(), complete };
            self.teller.tell(&self.method, &self.url, ended);
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.end(0, false);
    }
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
        let received = self.flow().received();
        self.telling.end(received, complete);
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
