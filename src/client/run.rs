//! The one loop: check, connect or reuse, exchange, and once more where that is safe.

use std::time::Instant;

use super::http_client::Inner;
use super::replay;
use super::request::Options;
use super::response::Response;
use super::timings::Timings;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::{Connection, Failure, Key, Leased, Order, Pace, exchange};
use crate::message::{Request, Transfer};
use crate::net::{DialTimeouts, Target};
use crate::pool::{Checkout, Refused, Slot};
use crate::rt::{CancelToken, scope};
use crate::wire::h1::encode_head;

pub(super) fn run(client: &Inner, request: Request, options: Options) -> Result<Response> {
    let started = Instant::now();
    let scope = scope::current();
    let token = match (scope.token(), &options.token) {
        (Some(outer), Some(own)) => Some(CancelToken::child_of([outer, own])),
        (outer, own) => outer.or(own.as_ref()).cloned(),
    };
    let pace =
        Pace { total: scope.until().min(Until::after(started, options.timeouts.total)), timeouts: options.timeouts };
    let mut request = Box::new(request);
    let written = match write(client, &mut request, &options) {
        Ok(written) => written,
        Err(error) => return Err(error.with_url(request.url.without_userinfo())),
    };
    let attempt = Attempt { client, written: &written, options: &options, pace, token: token.as_ref() };
    attempt.go(request, started)
}

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
fn write(client: &Inner, request: &mut Request, options: &Options) -> Result<Written> {
    if options.expect && !request.body.is_empty() {
        request.set_header("Expect", "100-continue")?;
    }
    let outgoing = request.assemble(&client.defaults)?;
    let mut head = Vec::with_capacity(512);
    encode_head(&mut head, request.version, request.method.as_str(), &request.target(), &outgoing.headers).map_err(
        |rule| Error::new(Kind::InvalidRequest, rule.to_string()).with_phase(Phase::Build).with_source(rule),
    )?;
    Ok(Written {
        head: head.into(),
        transfer: outgoing.transfer,
        expect: !request.body.is_empty() && outgoing.headers.has_token("expect", "100-continue"),
        upgrade: outgoing.headers.contains("upgrade"),
        close: outgoing.headers.has_token("connection", "close"),
    })
}

struct Attempt<'a> {
    client: &'a Inner,
    written: &'a Written,
    options: &'a Options,
    pace: Pace,
    token: Option<&'a CancelToken>,
}

impl Attempt<'_> {
    fn go(&self, mut request: Box<Request>, started: Instant) -> Result<Response> {
        let key = Key {
            secure: request.url.is_secure(),
            host: request.url.host().into(),
            port: request.url.port_or_default(),
            route: self.client.route.clone(),
        };
        let mut attempts = 0;
        let mut fresh = false;
        loop {
            attempts += 1;
            let named = |error: Error, request: &Request| {
                error.with_url(request.url.without_userinfo()).with_attempts(attempts)
            };
            let (lease, timings) = self.connect(&key, fresh, started).map_err(|error| named(error, &request))?;
            let reused = lease.is_reused();
            let info = lease.info().clone();
            let guard = self.token.map(|token| lease.cancel_with(token));
            let failure = match self.exchange(lease, &mut request) {
                Ok(mut received) => {
                    received.body.hold(guard);
                    return Ok(Response::new(*request, received, info, timings, started, reused, attempts));
                }
                Err(failure) => failure,
            };
            if self.client.replay
                && replay::may_replay(&failure, reused, &request.method)
                && request.body.rewind().unwrap_or(false)
            {
                fresh = true;
                continue;
            }
            let Failure { error, sent, received } = failure;
            let safe = sent == 0 || (received == 0 && request.method.is_idempotent());
            return Err(named(error, &request)
                .with_address(info.peer_text())
                .with_progress(sent, received)
                .with_reused(reused)
                .with_retryable(safe));
        }
    }

    #[inline(never)]
    fn exchange(&self, lease: Leased, request: &mut Request) -> Result<crate::exchange::Received, Failure> {
        let mut order = Order {
            method: request.method.as_str(),
            head: &self.written.head,
            transfer: self.written.transfer,
            expect: self.written.expect,
            upgrade: self.written.upgrade,
            close: self.written.close,
            body: &mut request.body,
        };
        exchange(lease, &mut order, &self.pace, &self.client.limits, self.options.on_interim.as_deref())
    }

    /// A connection from the pool, or a new one in its place; `fresh` refuses one that was used before.
    #[inline(never)]
    fn connect(&self, key: &Key, fresh: bool, started: Instant) -> Result<(Leased, Timings)> {
        let until = self.pace.until(Phase::Checkout, started);
        let checkout = self.client.pool.checkout(key, until.at(), self.token);
        let slot = match checkout.map_err(|refused| refuse(refused, key, until))? {
            Checkout::Reused(lease) if !fresh => {
                let timings = Timings { checkout: started.elapsed(), ..Timings::default() };
                return Ok((lease, timings));
            }
            Checkout::Reused(lease) => lease.vacate(),
            Checkout::Vacant(slot) => slot,
        };
        let checkout = started.elapsed();
        let lease = self.dial(slot, key)?;
        let dial = lease.info().timings;
        Ok((
            lease,
            Timings { checkout, resolve: dial.resolve, connect: dial.connect, tls: dial.tls, ..Timings::default() },
        ))
    }

    #[inline(never)]
    fn dial(&self, slot: Slot<Key, Connection>, key: &Key) -> Result<Leased> {
        let mut target = Target::new(&*key.host, key.port, key.secure);
        target.route = key.route.clone();
        let timeouts = DialTimeouts::new(&self.pace.timeouts, self.pace.total);
        let stream = self.client.network.connect(&target, &timeouts, self.token);
        // Nothing of the request has left.
        Ok(slot.fill(Connection::new(stream.map_err(|error| error.with_retryable(true))?)))
    }
}

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
