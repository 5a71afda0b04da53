//! One try: connect or reuse, exchange, and once more where a kept-alive connection turned out to be closed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::{Answer, Way};
use super::bounds;
use super::event::What;
use super::policy::Policy;
use super::proxy;
use super::replay;
use super::run::Run;
use super::stand_in;
use super::transport::{Outbound, Transport};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::{Connection, Failure, Key, Leased, Order, exchange};
use crate::message::{Headers, Method, Outgoing, Request, Transfer};
use crate::net::{ConnectionInfo, DialTimeouts, Route, Stream, Target};
use crate::pool::{Checkout, Refused, Slot};
use crate::wire::h1::encode_head;

/// A request as it goes out, but for its body. The lines themselves are not kept: 10,000 requests in flight hold 10,000
/// of these.
struct Written {
    head: Box<[u8]>,
    transfer: Transfer,
    expect: bool,
    upgrade: bool,
    close: bool,
}

/// Everything is checked here, before a connection is taken.
// Outlined, as are the steps below: what one of them needs must not lie on the stack while another one waits.
#[inline(never)]
fn write(request: &Request, outgoing: &Outgoing, forwarded: bool) -> Result<Written> {
    let target = request.target();
    // RFC 9112 §3.2.2: a proxy that forwards gets the whole URL.
    let absolute = forwarded.then(|| absolute_form(request));
    let target = absolute.as_deref().unwrap_or(&target);
    let mut head = Vec::new();
    encode_head(&mut head, request.version, request.method.as_str(), target, &outgoing.headers).map_err(|rule| {
        Error::new(Kind::InvalidRequest, rule.to_string()).with_phase(Phase::Build).with_source(rule)
    })?;
    Ok(Written {
        head: head.into(),
        transfer: outgoing.transfer,
        expect: !request.body.is_empty() && outgoing.headers.has_token("expect", "100-continue"),
        upgrade: outgoing.headers.contains("upgrade"),
        close: outgoing.headers.has_token("connection", "close") || binds_connection(&outgoing.headers),
    })
}

/// Whether the request shows a login that belongs to the connection: servers take for the same user's whatever comes next
/// on it, so nothing may (RFC 4559 §5, CVE-2014-0015).
fn binds_connection(lines: &Headers) -> bool {
    let scheme = |value: &[u8]| value.split(|&byte| byte == b' ').next().unwrap_or_default().to_ascii_lowercase();
    let shown = ["Authorization", "Proxy-Authorization"].into_iter().flat_map(|name| lines.get_all_bytes(name));
    shown.map(scheme).any(|scheme| matches!(&scheme[..], b"ntlm" | b"negotiate"))
}

fn absolute_form(request: &Request) -> String {
    format!("{}://{}{}", request.url.scheme(), request.url.host_header(), request.path_and_query())
}

/// One try of one hop.
pub(super) struct Attempt<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) policy: &'a Policy,
    pub(super) route: Option<Arc<Route>>,
    pub(super) started: Instant,
}

impl Attempt<'_> {
    pub(super) fn go(&self, request: &mut Request, outgoing: Outgoing) -> Result<Box<Answer>> {
        let recording = self.policy.recorder.as_ref();
        let recording = recording.map(|recorder| recorder.request(request, &outgoing.headers, &self.policy.sensitive));
        let mut answer = match &self.policy.transport {
            Some(transport) => self.without_network(&**transport, request, &outgoing),
            None => self.over_network(request, outgoing),
        }?;
        if let Some(recording) = recording {
            let (head, timings, info) = (&answer.head, &answer.timings, &answer.info);
            answer.flow.lay(|flow| recording.response(head, timings, info, flow));
        }
        Ok(answer)
    }

    fn over_network(&self, request: &mut Request, outgoing: Outgoing) -> Result<Box<Answer>> {
        let (written, key) = self.readied(request, outgoing)?;
        let permit = self.admitted(request)?;
        self.exchanged(request, &written, &key).map(|answer| self.paced(answer, permit))
    }

    /// The same with what stands in for it: as many at once, as fast, and as long.
    fn without_network(
        &self,
        transport: &dyn Transport,
        request: &mut Request,
        outgoing: &Outgoing,
    ) -> Result<Box<Answer>> {
        let permit = self.admitted(request)?;
        self.stand_in(transport, request, outgoing).map(|answer| self.paced(answer, permit))
    }

    fn admitted(&self, request: &Request) -> Result<Option<bounds::Permit>> {
        let (run, started) = (self.run, self.started);
        let until = run.pace().until(Phase::Checkout, started);
        bounds::admit(&self.policy.bounds, &request.url, until, run.token.as_ref())
    }

    fn paced(&self, mut answer: Box<Answer>, permit: Option<bounds::Permit>) -> Box<Answer> {
        let (run, bounds) = (self.run, &self.policy.bounds);
        bounds::on_wire(&mut answer.flow, permit, bounds, run.total, run.token.as_ref());
        answer
    }

    /// The bytes of the head, and whom they are for.
    #[inline(never)]
    fn readied(&self, request: &Request, mut outgoing: Outgoing) -> Result<(Written, Key)> {
        let forwarded = proxy::forward(self.route.as_deref(), &request.url, &mut outgoing.headers)?;
        let key = Key { url: request.url.clone(), route: self.route.clone() };
        Ok((write(request, &outgoing, forwarded)?, key))
    }

    fn exchanged(&self, request: &mut Request, written: &Written, key: &Key) -> Result<Box<Answer>> {
        let mut attempts = 0;
        let mut fresh = false;
        loop {
            attempts += 1;
            let (lease, waited) = self.connect(key, fresh).map_err(|error| error.with_attempts(attempts))?;
            let reused = lease.is_reused();
            let info = lease.info().clone();
            self.run.tell(request, What::Connected { connection: &info, reused });
            let guard = self.run.token.as_ref().map(|token| lease.cancel_with(token));
            let mut way = Way { info: &info, guard, checkout: waited, started: self.started, reused, attempts };
            let failure = match self.exchange(lease, request, written, &mut way) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if self.policy.replay
                && replay::may_replay(&failure, reused, &request.method)
                && request.body.rewind().unwrap_or(false)
            {
                fresh = true;
                continue;
            }
            return Err(blamed(failure, &request.method, &info, reused).with_attempts(attempts));
        }
    }

    #[inline(never)]
    fn exchange(
        &self,
        lease: Leased,
        request: &mut Request,
        written: &Written,
        way: &mut Way<'_>,
    ) -> Result<Box<Answer>, Failure> {
        let mut order = Order {
            method: request.method.as_str(),
            head: &written.head,
            transfer: written.transfer,
            expect: written.expect,
            upgrade: written.upgrade,
            close: written.close,
            body: &mut request.body,
        };
        let (run, policy, method) = (self.run, self.policy, order.method);
        exchange(lease, &mut order, &run.pace(), &policy.limits, run.options.on_interim.as_deref(), |mut received| {
            received.body.hold(way.guard.take());
            if policy.raw_framing {
                received.body.keep_framing();
            }
            Answer::of(received, way, method)
        })
    }

    /// A connection from the pool, or a new one in its place, and how long it took to have its place; `fresh` refuses one
    /// that was used before.
    #[inline(never)]
    fn connect(&self, key: &Key, fresh: bool) -> Result<(Leased, Duration)> {
        let (run, started) = (self.run, self.started);
        // What was lost may have taken long: a second wait for a connection is one of its own.
        let until = run.pace().until(Phase::Checkout, if fresh { Instant::now() } else { started });
        let checkout = run.client.0.pool.checkout(key, until.at(), run.token.as_ref());
        let slot = match checkout.map_err(|refused| refuse(refused, key, until))? {
            Checkout::Reused(lease) if !fresh => {
                let waited = lease.since().saturating_duration_since(started);
                return Ok((lease, waited));
            }
            Checkout::Reused(lease) => lease.vacate(),
            Checkout::Vacant(slot) => slot,
        };
        let waited = started.elapsed();
        Ok((self.dial(slot, key)?, waited))
    }

    #[inline(never)]
    fn dial(&self, slot: Slot<Key, Connection>, key: &Key) -> Result<Leased> {
        // All of it on the heap: no request is ever deeper in its stack than while it connects.
        let Key { url, route } = key;
        let target = Target::new(url.host(), url.port_or_default(), url.is_secure());
        let target = Box::new(Target { route: route.clone(), ..target });
        let timeouts = Box::new(DialTimeouts::new(&self.run.options.timeouts, self.run.total));
        let stream = self.run.client.0.network.connect(&target, &timeouts, self.run.token.as_ref())?;
        Ok(filled(slot, stream))
    }

    #[inline(never)]
    fn stand_in(&self, transport: &dyn Transport, request: &mut Request, outgoing: &Outgoing) -> Result<Box<Answer>> {
        let outbound = Outbound {
            method: &request.method,
            url: &request.url,
            version: request.version,
            headers: &outgoing.headers,
            body: &mut request.body,
        };
        let (head, body) = stand_in::exchange(transport, outbound, self.run.pace(), self.run.token.as_ref())?;
        let mut answer = Answer::made_up(head, body);
        answer.timings.wait = self.started.elapsed();
        Ok(answer)
    }
}

/// The error of an exchange, with how far it came and whether it may be tried again.
#[inline(never)]
fn blamed(failure: Failure, method: &Method, info: &ConnectionInfo, reused: bool) -> Error {
    let Failure { error, sent, received } = failure;
    let safe = sent == 0 || (received == 0 && method.is_idempotent());
    error.with_address(info.peer_text()).with_progress(sent, received).with_reused(reused).with_retryable(safe)
}

#[inline(never)]
fn filled(slot: Slot<Key, Connection>, stream: Stream) -> Leased {
    slot.fill(Connection::new(stream))
}

#[inline(never)]
fn refuse(refused: Refused, key: &Key, until: Until) -> Error {
    let error = match refused {
        Refused::TimedOut { .. } => {
            Error::timeout(Phase::Checkout, until.limit()).because(format_args!("{refused} (max_per_host), for {key}"))
        }
        Refused::Cancelled => Error::cancelled(Phase::Checkout),
        _ => Error::new(Kind::Closed, "the client is closed").with_phase(Phase::Checkout),
    };
    error.with_retryable(true)
}
