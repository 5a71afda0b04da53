//! What one hop came to: the head of a response, and its body still to be read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::CacheStatus;
use super::flow::Flow;
use super::retry::GivenUp;
use super::timings::Timings;
use crate::exchange::Received;
use crate::net::{ConnectionInfo, DialTimings};
use crate::wire::h1::Head;

pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) flow: Box<dyn Flow>,
    pub(super) info: Arc<ConnectionInfo>,
    pub(super) timings: Timings,
    pub(super) reused: bool,
    /// How many times the request went out for this hop.
    pub(super) attempts: u32,
    /// Whether credentials were sent that a 401 or 407 had asked for.
    pub(super) challenged: bool,
    pub(super) cache: Option<CacheStatus>,
    /// Why it was not tried again, if there was reason to.
    pub(super) given_up: Option<Box<GivenUp>>,
}

impl Answer {
    // Outlined and boxed, so that it is not moved from frame to frame.
    #[inline(never)]
    pub(super) fn of(
        received: Received,
        info: Arc<ConnectionInfo>,
        checkout: Duration,
        started: Instant,
        reused: bool,
        tunnel: bool,
    ) -> Box<Self> {
        let Received { head, mut body, sent_at, head_at, .. } = received;
        // Connecting took a reused connection no time.
        let dial = if reused { DialTimings::default() } else { info.timings };
        let mut timings = Timings {
            checkout,
            resolve: dial.resolve,
            connect: dial.connect,
            proxy: dial.proxy,
            tls: dial.tls,
            ..Timings::default()
        };
        let connected = timings.checkout + timings.resolve + timings.connect + timings.proxy + timings.tls;
        timings.send = sent_at.saturating_duration_since(started).saturating_sub(connected);
        timings.wait = head_at.saturating_duration_since(sent_at);
        if !tunnel {
            body.settle();
        }
        let (challenged, cache, given_up) = (false, None, None);
        Box::new(Self { head, flow: body, info, timings, reused, attempts: 1, challenged, cache, given_up })
    }
}
