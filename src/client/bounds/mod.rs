//! Bounds: how much, how fast, how many at once.
//!
//! ```text
//!   admit ─▶ checkout ─▶ exchange: body.pace ─▶ on_wire ─▶ … ─▶ told ─▶ decoded ─▶ on_body ─▶ Response
//!   a place in                 upload at its    download at      progress            size cap
//!   line, to the               rate             its rate, the
//!   end of the body                             place held
//! ```
//!
//! Without an option set there is no layer and no work.

mod bucket;
mod capped;
mod crowd;
mod held;
mod options;
mod throttled;
mod told;

use std::sync::Arc;

use super::flow::BodyFlow;
use crate::deadline::Until;
use crate::error::Result;
use crate::message::{Method, Progress, Request, Url};
use crate::rt::CancelToken;
use crate::wire::h1::{Head, content_length};
use bucket::{Bucket, Toll};
use capped::Capped;
use crowd::Crowd;
use held::Held;
use throttled::Throttled;
use told::Told;

pub(super) use crowd::Permit;
pub(super) use options::check;

/// Bounds of a client or request.
#[derive(Clone, Default)]
pub(crate) struct Bounds {
    max_body: Option<u64>,
    /// Bytes per second of one body, by direction.
    down: Option<u64>,
    up: Option<u64>,
    /// The same over all bodies of the client.
    total_down: Option<Arc<Bucket>>,
    total_up: Option<Arc<Bucket>>,
    crowd: Option<Arc<Crowd>>,
    expect_above: Option<u64>,
    on_progress: Option<Arc<Progress>>,
    on_upload_progress: Option<Arc<Progress>>,
}

impl Bounds {
    pub(super) fn has_max_body(&self) -> bool {
        self.max_body.is_some()
    }
}

/// Readies the body of a request, once for all its tries.
pub(super) fn on_request(request: &mut Request, bounds: &Bounds, until: Until, token: Option<&CancelToken>) {
    if request.body.is_empty() {
        return;
    }
    if let Some(watcher) = &bounds.on_upload_progress {
        request.body.watch(watcher.clone());
    }
    if let Some(toll) = Toll::new(bounds.up, bounds.total_up.as_ref(), until, token) {
        request.body.pace(Box::new(move |there| toll.pay(there, crate::error::Phase::Send)));
    }
}

/// Whether a body is long enough to be announced with `Expect: 100-continue`; one of unknown length is.
pub(super) fn expects(request: &Request, bounds: &Bounds) -> bool {
    let above = bounds.expect_above;
    above.is_some_and(|above| request.body.length().is_none_or(|length| length > above))
        // RFC 9110 §10.1.1: not in a request that is HTTP/1.0.
        && request.version == crate::message::Version::Http11
}

/// Ends the waits for a place.
pub(super) fn close(bounds: &Bounds) {
    if let Some(crowd) = &bounds.crowd {
        crowd.close();
    }
}

/// Waits for a place among the requests in flight.
pub(super) fn admit(bounds: &Bounds, url: &Url, until: Until, token: Option<&CancelToken>) -> Result<Option<Permit>> {
    bounds.crowd.as_ref().map(|crowd| crowd.admit(url.host(), until, token)).transpose()
}

/// The body of a try as it comes from the connection: paced, and with the permit until its end.
pub(super) fn on_wire(
    flow: &mut BodyFlow,
    permit: Option<Permit>,
    bounds: &Bounds,
    until: Until,
    token: Option<&CancelToken>,
) {
    // Without a body there is nothing to be slow with; the permit is dropped here.
    if flow.is_end() {
        return;
    }
    if let Some(permit) = permit {
        flow.lay(|flow| Box::new(Held::new(flow, permit)));
    }
    if let Some(toll) = Toll::new(bounds.down, bounds.total_down.as_ref(), until, token) {
        flow.lay(|flow| Box::new(Throttled::new(flow, toll)));
    }
}

/// The body of an answer before it is decoded, from the connection or the cache: its progress is told.
pub(super) fn on_answer(flow: &mut BodyFlow, head: &Head, method: &Method, bounds: &Bounds) {
    if let Some(watcher) = &bounds.on_progress {
        flow.lay(|flow| Box::new(Told::new(flow, watcher.clone(), declared(head, method))));
    }
}

/// The body that the caller reads, decoded: capped. What a coded one declares is not its length.
pub(super) fn on_body(flow: &mut BodyFlow, head: &Head, method: &Method, coded: bool, bounds: &Bounds) -> Result<()> {
    let Some(cap) = bounds.max_body.filter(|_| !flow.is_end()) else { return Ok(()) };
    match declared(head, method) {
        // The answer goes, and the connection with it, before a byte of the body has been read.
        Some(length) if length > cap && !coded => Err(capped::over(cap, Some(length))),
        _ => {
            flow.lay(|flow| Box::new(Capped::new(flow, cap)));
            Ok(())
        }
    }
}

/// How many bytes are to come, where that is known: an answer to HEAD declares a length and has none of them.
fn declared(head: &Head, method: &Method) -> Option<u64> {
    let bodiless = *method == Method::HEAD || matches!(head.status, 204 | 304);
    if bodiless {
        return Some(0);
    }
    if head.headers.contains("transfer-encoding") {
        return None;
    }
    content_length(&head.headers).ok().flatten()
}
