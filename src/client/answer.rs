//! What one hop came to: the head of a response, and its body still to be read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::CacheStatus;
use super::flow::{BodyFlow, Flow};
use super::retry::GivenUp;
use super::timings::Timings;
use crate::exchange::{Received, is_tunnel};
use crate::net::{ConnectionInfo, DialTimings};
use crate::rt::CancelGuard;
use crate::wire::h1::Head;

pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) flow: BodyFlow,
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

/// How a request came to its connection.
pub(super) struct Way<'a> {
    pub(super) info: &'a Arc<ConnectionInfo>,
    /// Watches for a cancel until the body ends.
    pub(super) guard: Option<CancelGuard>,
    /// How long it waited for it.
    pub(super) checkout: Duration,
    pub(super) started: Instant,
    pub(super) reused: bool,
    pub(super) attempts: u32,
}

impl Answer {
    /// An answer that did not come over a connection.
    pub(super) fn made_up(head: Head, body: impl Flow + 'static) -> Box<Self> {
        Box::new(Self {
            head,
            flow: BodyFlow::of(body),
            info: Arc::new(ConnectionInfo::default()),
            timings: Timings::default(),
            reused: false,
            attempts: 1,
            challenged: false,
            cache: None,
            given_up: None,
        })
    }

    // Boxed, so that it is not moved from frame to frame.
    pub(super) fn of(received: Received, way: &Way<'_>, method: &str) -> Box<Self> {
        let Received { head, mut body, sent_at, head_at, .. } = received;
        let Way { info, checkout, started, reused, attempts, .. } = *way;
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
        if !is_tunnel(method, head.status) {
            body.settle();
        }
        let (info, challenged, cache, given_up) = (info.clone(), false, None, None);
        let flow = BodyFlow::Wire(body);
        Box::new(Self { head, flow, info, timings, reused, attempts, challenged, cache, given_up })
    }
}
