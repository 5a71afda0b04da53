//! Requests that the loop makes beside itself: for the rest of a body that broke, and beside a slow one.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::auth::Credentials;
use super::event::{Teller, What};
use super::flow::BodyFlow;
use super::http_client::HttpClient;
use super::request::Options;
use super::retry::{self, Asks};
use super::run::{Arrived, Run, set};
use crate::deadline::Until;
use crate::error::{Error, Kind, Result};

use crate::message::{Headers, Method, Outgoing, Request, Transfer};
use crate::net::Route;
use crate::rt::CancelToken;

/// Whether a second one beside it can do no harm: it only reads, has nothing to send, and ends with its response.
pub(super) fn may_hedge(request: &Request) -> bool {
    let reads = matches!(request.method.as_str(), "GET" | "HEAD") && request.body.is_empty();
    reads && !request.headers.contains("Upgrade")
}

/// The request, and a second one beside it if no response has come `after` this time.
#[inline(never)]
pub(super) fn hedged(run: &Run<'_>, request: &mut Request, after: Duration) -> Result<Arrived> {
    let asked = &*request;
    let afford = || {
        let afford = run.client.0.retries.afford(&run.policy.retry);
        if afford {
            run.tell(asked, What::Hedging { after });
        }
        afford
    };
    let begun = Cell::new(false);
    let start = || {
        let beside = begun.replace(true);
        let (client, options) = (run.client.clone(), run.options.clone());
        let mut request = Box::new(asked.without_body());
        let (total, started, teller) = (run.total, run.started, run.teller.clone());
        let go = move |token| {
            let run = Run { beside, ..Run::new(&client, &options, total, Some(token), started, teller) };
            run.go(&mut request, None).map(|arrived| (request, arrived))
        };
        Box::new(go) as Box<retry::Start<(Box<Request>, Arrived)>>
    };
    let (sent, arrived) = retry::race(after, run.token.as_ref(), afford, start)?;
    *request = *sent;
    Ok(arrived)
}

/// What it takes to ask the same server once more, when the loop has long ended.
struct OnceMore {
    client: HttpClient,
    options: Options,
    total: Until,
    token: Option<CancelToken>,
    route: Option<Arc<Route>>,
    request: Request,
    /// Without what is shown to a proxy that forwards.
    lines: Headers,
    credentials: Credentials,
    trusted: bool,
    teller: Option<Teller>,
}

/// The answer, with a body that goes on after a break as often as the policy says. `lines` are those that were sent, but
/// for a proxy's; what they showed is shown again as it is due then: a count of a nonce serves once, a token expires.
#[inline(never)]
pub(super) fn resuming(
    run: &Run<'_>,
    answer: Box<Answer>,
    request: &Request,
    lines: Headers,
    route: Option<Arc<Route>>,
    (credentials, trusted): (&Credentials, bool),
) -> Box<Answer> {
    retry::resuming(answer, &request.method, run.policy.resume, || {
        Box::new(OnceMore {
            client: run.client.clone(),
            options: run.options.clone(),
            total: run.total,
            token: run.token.clone(),
            route,
            request: request.without_body(),
            lines,
            credentials: credentials.clone(),
            trusted,
            teller: run.teller.clone(),
        })
    })
}

/// Whether the lines of a request must be kept for that. One with a body would have to send it again.
pub(super) fn may_resume(run: &Run<'_>, request: &Request) -> bool {
    run.policy.resume > 0 && request.method == Method::GET && request.body.is_empty()
}

impl OnceMore {
    fn run(&self) -> Run<'_> {
        let (token, teller) = (self.token.clone(), self.teller.clone());
        Run::new(&self.client, &self.options, self.total, token, Instant::now(), teller)
    }
}

impl Asks for OnceMore {
    fn wait(&mut self, times: u32, asked: Duration) -> Result<()> {
        let rules = &self.options.policy.retry;
        let (now, wait) = (Instant::now(), rules.wait(asked, times, retry::roll()));
        if now.checked_add(wait).is_none_or(|next| self.total.is_over(next)) {
            return Err(Error::new(Kind::Timeout, "the deadline comes before the next try"));
        }
        if !self.client.0.retries.afford(rules) {
            return Err(Error::new(Kind::Exhausted, "the client's retry budget is exhausted"));
        }
        let run = self.run();
        run.tell(&self.request, What::Retrying { after: wait });
        run.pause(now, wait)
    }

    fn ask(&mut self, range: &str, condition: &str) -> Result<Box<Answer>> {
        let mut credentials = self.credentials.clone();
        let (run, client, route) = (self.run(), &self.client, self.route.as_deref());
        let answer = loop {
            let mut headers = self.lines.clone();
            set(&mut headers, "Range", range.as_bytes())?;
            set(&mut headers, "If-Range", condition.as_bytes())?;
            let mut request = self.request.without_body();
            if let Some(value) = credentials.authorize(client, run.policy, &request, self.trusted)? {
                set(&mut headers, "Authorization", value.as_bytes())?;
            }
            if let Some(value) = credentials.authorize_proxy(client, route, &request, &headers)? {
                set(&mut headers, "Proxy-Authorization", value.as_bytes())?;
            }
            let outgoing = Outgoing { headers, transfer: Transfer::None };
            let mut answer = run.go_out(&mut request, outgoing, self.route.clone(), Instant::now())?;
            if matches!(answer.head.status, 401 | 407) {
                // Nothing goes on with it, and its connection is wanted for the next one.
                answer.flow = BodyFlow::empty();
            }
            if !credentials.answer(client, &request, answer.head.status, &answer.head.headers)? {
                break answer;
            }
        };
        self.credentials = credentials;
        Ok(answer)
    }
}
