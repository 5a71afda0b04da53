//! Events for `tracing` subscribers.

use super::ClientBuilder;
use super::event::{Event, What};

impl ClientBuilder {
    /// Emits a `tracing` event with target `maypole` for each [`Event`]: level `DEBUG`, failures `WARN`, sending and
    /// connecting `TRACE`. The field `request` is the same for all of one request.
    ///
    /// Events alone, no spans: a span is entered on a thread, and a coroutine leaves its thread whenever it waits. URLs
    /// come without user name and password, header lines not at all. Default none: who does not listen pays nothing.
    pub fn tracing(self) -> Self {
        self.on_event(emit)
    }
}

fn emit(event: &Event<'_>) {
    let (request, method, url) = (event.id, event.method.as_str(), &*event.url.without_userinfo());
    match event.what {
        What::Started => tracing::debug!(target: "maypole", request, method, url, "started"),
        What::Sending { .. } => tracing::trace!(target: "maypole", request, method, url, "sending"),
        What::Connected { connection, reused } => {
            tracing::trace!(target: "maypole", request, peer = connection.peer_text(), reused, "connected");
        }
        What::Answered { status, timings, .. } => {
            tracing::debug!(target: "maypole", request, url, status, wait = ?timings.wait, "answered");
        }
        What::Redirecting { status, to } => {
            tracing::debug!(target: "maypole", request, url, status, to = &*to.without_userinfo(), "redirecting");
        }
        What::Failed { error } => tracing::warn!(target: "maypole", request, method, url, %error, "failed"),
        What::Retrying { after } => tracing::debug!(target: "maypole", request, url, ?after, "retrying"),
        What::Hedging { after } => tracing::debug!(target: "maypole", request, method, url, ?after, "hedging"),
        What::Ended { received, total, complete } => {
            tracing::debug!(target: "maypole", request, url, received, ?total, complete, "ended");
        }
    }
}
