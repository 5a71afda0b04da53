//! Who may go when: the limiters that the flags ask for, in the order in which they keep most speed.

use maypole::queue::{AdaptiveLimiter, FetchQueueBuilder, PrefixLimiter, RateLimiter, RobotsLimiter};
use maypole::{Error, HttpClient};

use super::args::{FetchArgs, PaceArgs};
use crate::say;

/// What counts requests in flight before what counts them per time, and what is narrow before what is wide.
pub(super) fn on(
    mut queue: FetchQueueBuilder,
    args: &FetchArgs,
    client: &HttpClient,
) -> Result<FetchQueueBuilder, String> {
    let pace = &args.pace;
    let of = |flag: &'static str| move |error: Error| format!("{flag}: {}", say::reason(&error));
    if pace.robots {
        let agent = args.request.user_agent.as_deref().filter(|name| !name.is_empty());
        let limiter = RobotsLimiter::new(client.clone(), agent.unwrap_or("maypole"));
        queue = queue.limiter(limiter.map_err(of("--robots with this --user-agent"))?);
    }
    if !pace.limit.is_empty() {
        let rules = pace.limit.iter().map(|limit| (limit.prefix.as_str(), limit.at_once));
        queue = queue.limiter(PrefixLimiter::new(rules).map_err(of("--limit"))?);
    }
    if pace.adaptive {
        let limiter = AdaptiveLimiter::builder().max_concurrency(pace.per_host.unwrap_or(8));
        queue = queue.limiter(limiter.build().map_err(of("--adaptive"))?);
    }
    if let Some(limiter) = of_host(pace) {
        queue = queue.limiter(limiter.map_err(of("--host-rate, --delay"))?);
    }
    if let Some(rate) = pace.rate {
        let limiter = RateLimiter::builder().per_second(rate).for_all(true);
        queue = queue.limiter(limiter.build().map_err(of("--rate"))?);
    }
    Ok(queue)
}

fn of_host(pace: &PaceArgs) -> Option<maypole::Result<RateLimiter>> {
    let limiter = match (pace.host_rate, pace.delay) {
        (Some(rate), _) => RateLimiter::builder().per_second(rate),
        // As wget: from half of it to one and a half.
        (None, Some(delay)) if pace.random_wait => RateLimiter::builder().delay(delay / 2).jitter(delay),
        (None, Some(delay)) => RateLimiter::builder().delay(delay),
        (None, None) => return None,
    };
    Some(limiter.build())
}
