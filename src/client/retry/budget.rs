//! What a client may add to the load by itself: retries, hedged requests, resumed bodies.
//!
//! Three retries each make four requests of one, just when a server has too many. A budget over all requests of a client
//! keeps the sum near one: it is earned by requests and spent by repetitions (Finagle's `RetryBudget`, gRPC's retry
//! throttling).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Allowance {
    /// What each request earns.
    pub(super) ratio: f64,
    /// What is there at the start, and comes back with time.
    pub(super) reserve: f64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { ratio: 0.2, reserve: 10.0 }
    }
}

/// In this time an empty reserve fills up, so that a program with few requests is not without retries for ever.
const REFILL: Duration = Duration::from_secs(10);
/// What is earned is kept up to so many reserves: a healthy night must not pay for a storm in the morning.
const KEPT: f64 = 9.0;

/// The balance of one client.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Balance>);

/// Counted from a full reserve, which is 0: what is allowed may differ from request to request.
#[derive(Debug, Default)]
struct Balance {
    level: f64,
    at: Option<Instant>,
}

impl Budget {
    /// A request goes out for the first time.
    pub(super) fn earn(&self, allowed: Allowance) {
        let mut balance = self.lock();
        let most = KEPT * allowed.reserve;
        if balance.level < most {
            balance.level = (balance.level + allowed.ratio).min(most);
        }
    }

    /// A request wants to go out once more; `false` if that cannot be afforded.
    pub(super) fn spend(&self, allowed: Allowance, now: Instant) -> bool {
        let mut balance = self.lock();
        let since = balance.at.replace(now).map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        if balance.level < 0.0 {
            let back = allowed.reserve * since.as_secs_f64() / REFILL.as_secs_f64();
            balance.level = (balance.level + back).min(0.0);
        }
        // A fifth is no exact number, and five of them are to be one.
        let affordable = balance.level - 1.0 >= -allowed.reserve - 1e-9;
        if affordable {
            balance.level -= 1.0;
        }
        affordable
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Balance> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend_all(budget: &Budget, allowed: Allowance, now: Instant) -> usize {
        (0..10_000).take_while(|_| budget.spend(allowed, now)).count()
    }

    #[test]
    fn c311_the_reserve_then_a_fifth_of_the_requests() {
        let (budget, allowed, now) = (Budget::default(), Allowance::default(), Instant::now());
        assert_eq!(spend_all(&budget, allowed, now), 10);
        (0..4).for_each(|_| budget.earn(allowed));
        assert!(!budget.spend(allowed, now));
        budget.earn(allowed);
        assert!(budget.spend(allowed, now) && !budget.spend(allowed, now));
    }

    #[test]
    fn c311_every_request_failing_adds_a_fifth() {
        let (budget, allowed, now) = (Budget::default(), Allowance::default(), Instant::now());
        let retries = (0..10_000).filter(|_| {
            budget.earn(allowed);
            budget.spend(allowed, now)
        });
        assert!((2000..=2011).contains(&retries.count()));
    }

    #[test]
    fn c376_time_brings_the_reserve_back_and_no_more() {
        let (budget, allowed, now) = (Budget::default(), Allowance::default(), Instant::now());
        assert_eq!(spend_all(&budget, allowed, now), 10);
        assert_eq!(spend_all(&budget, allowed, now + Duration::from_secs(3)), 3);
        assert_eq!(spend_all(&budget, allowed, now + Duration::from_secs(3600)), 10);
        // A clock that seems to go back gives nothing.
        assert_eq!(spend_all(&budget, allowed, now), 0);
    }

    #[test]
    fn what_is_earned_is_kept_up_to_a_bound() {
        let (budget, allowed, now) = (Budget::default(), Allowance::default(), Instant::now());
        (0..1_000_000).for_each(|_| budget.earn(allowed));
        assert_eq!(spend_all(&budget, allowed, now), 100);
        assert_eq!(spend_all(&Budget::default(), Allowance { ratio: 0.0, reserve: 0.0 }, now), 0);
    }
}
