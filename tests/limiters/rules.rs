//! Prefix rules without requests: which one counts, how many are out, who hears of it.

use std::sync::{Arc, Mutex};

use maypole::error::Kind;
use maypole::queue::{self, PrefixLimiter};

use crate::{case, url};

type Heard = Arc<Mutex<Vec<String>>>;

fn heard() -> (Heard, impl Fn(&maypole::Url) + Send + Sync + 'static) {
    let heard = Heard::default();
    let theirs = heard.clone();
    (heard, move |url: &maypole::Url| theirs.lock().unwrap().push(url.to_string()))
}

fn limiter() -> PrefixLimiter {
    PrefixLimiter::new([("http://a/eco", 10), ("http://a", 1)]).unwrap()
}

#[test]
fn q98_a_miss_reaches_the_subscriber_with_the_url() {
    case(|| {
        let limiter = limiter();
        let (missed, hear) = heard();
        let _subscription = limiter.on_miss(hear);
        let held = queue::try_acquire(&limiter, &url("http://a/1")).unwrap();
        assert!(missed.lock().unwrap().is_empty());
        assert!(queue::try_acquire(&limiter, &url("http://a/2")).unwrap().is_none());
        assert_eq!(*missed.lock().unwrap(), ["http://a/2"]);
        drop(held);
    });
}

#[test]
fn q99_several_subscribers_and_one_that_leaves_or_panics_takes_none_with_it() {
    case(|| {
        let limiter = limiter();
        let ((first, hear_first), (second, hear_second)) = (heard(), heard());
        let (leaving, panicking) = (limiter.on_miss(hear_first), limiter.on_miss(|_| panic!("on purpose")));
        limiter.on_miss(hear_second).keep();
        let _held = queue::try_acquire(&limiter, &url("http://a/")).unwrap().unwrap();
        assert!(queue::try_acquire(&limiter, &url("http://a/1")).unwrap().is_none());
        drop((leaving, panicking));
        assert!(queue::try_acquire(&limiter, &url("http://a/2")).unwrap().is_none());
        assert_eq!(*first.lock().unwrap(), ["http://a/1"]);
        assert_eq!(*second.lock().unwrap(), ["http://a/1", "http://a/2"]);
    });
}

#[test]
fn a_subscription_that_ends_itself_does_not_deadlock() {
    case(|| {
        let limiter = limiter();
        let slot = Arc::new(Mutex::new(None));
        let inside = slot.clone();
        *slot.lock().unwrap() = Some(limiter.on_miss(move |_| drop(inside.lock().unwrap().take())));
        let _held = queue::try_acquire(&limiter, &url("http://a/")).unwrap().unwrap();
        assert!(queue::try_acquire(&limiter, &url("http://a/")).unwrap().is_none());
        assert!(slot.lock().unwrap().is_none());
    });
}

#[test]
fn q100_rules_keep_their_order_and_values() {
    let rules = [("http://b", 3), ("http://a/x", 1), ("http://a", 2)].map(|(prefix, n)| (prefix.to_owned(), n));
    assert_eq!(PrefixLimiter::new(rules.clone()).unwrap().rules(), rules);
}

#[test]
fn q101_q102_q104_permits_count_on_their_prefix_until_they_are_dropped() {
    case(|| {
        let limiter = limiter();
        let exact = queue::try_acquire(&limiter, &url("http://a/eco")).unwrap().unwrap();
        assert_eq!(limiter.in_use("http://a/eco"), 1);
        let below = queue::try_acquire(&limiter, &url("http://a/eco/b?c")).unwrap().unwrap();
        assert_eq!((limiter.in_use("http://a/eco"), limiter.in_use("http://a")), (2, 0));
        drop((exact, below));
        assert_eq!(limiter.in_use("http://a/eco"), 0);
    });
}

#[test]
fn q103_q106_a_url_without_a_rule_is_free_and_heard_of() {
    case(|| {
        let limiter = limiter();
        let ((unknown, hear_unknown), (missed, hear_missed)) = (heard(), heard());
        let _subscriptions = (limiter.on_unknown(hear_unknown), limiter.on_miss(hear_missed));
        for _ in 0..3 {
            let permit = queue::try_acquire(&limiter, &url("http://b/x")).unwrap().unwrap();
            assert!(permit.is_free());
            // Its release counts nothing and raises no limit.
            drop(permit);
        }
        assert_eq!(*unknown.lock().unwrap(), ["http://b/x"; 3]);
        assert!(missed.lock().unwrap().is_empty());
        assert_eq!((limiter.in_use("http://a"), limiter.in_use("http://b")), (0, 0));
    });
}

#[test]
fn q105_rule_and_limit_by_url() {
    case(|| {
        let limiter = limiter();
        let economy = url("http://a/eco/1");
        assert_eq!(limiter.rule_for(&economy).as_deref(), Some("http://a/eco"));
        assert_eq!(limiter.limit_for(&economy), 10);
        let _permit = queue::try_acquire(&limiter, &economy).unwrap().unwrap();
        assert_eq!(limiter.limit_for(&economy), 10);
        assert_eq!(limiter.rule_for(&url("http://a/economy")).as_deref(), Some("http://a"));
        let unknown = url("http://b/");
        assert_eq!((limiter.rule_for(&unknown), limiter.limit_for(&unknown)), (None, 0));
    });
}

#[test]
fn q107_what_was_released_is_never_more_than_what_was_granted() {
    case(|| {
        let limiter = limiter();
        let page = url("http://a/");
        for _ in 0..10 {
            drop(queue::try_acquire(&limiter, &page).unwrap().unwrap());
        }
        let held = queue::try_acquire(&limiter, &page).unwrap();
        assert!(held.is_some() && queue::try_acquire(&limiter, &page).unwrap().is_none());
    });
}

#[test]
fn q109_the_same_url_counts_as_often_as_it_is_asked_for() {
    case(|| {
        let limiter = limiter();
        let page = url("http://a/eco/same");
        let held: Vec<_> = (0..5).map(|_| queue::try_acquire(&limiter, &page).unwrap().unwrap()).collect();
        assert_eq!(limiter.in_use("http://a/eco"), 5);
        drop(held);
        assert_eq!(limiter.in_use("http://a/eco"), 0);
    });
}

#[test]
fn q111_q112_boundaries_by_default_and_text_by_option() {
    let bounded = PrefixLimiter::new([("http://a", 1)]).unwrap();
    assert_eq!(bounded.limit_for(&url("http://a.evil.com/")), 0);
    assert_eq!(bounded.limit_for(&url("HTTP://A:80/x")), 1);
    let raw = PrefixLimiter::builder().rule("http://a", 1).raw(true).build().unwrap();
    assert_eq!(raw.limit_for(&url("http://a.evil.com/")), 1);
}

#[test]
fn q113_a_limit_of_0_grants_never_or_refuses_at_once() {
    case(|| {
        let never = PrefixLimiter::new([("http://a", 0)]).unwrap();
        assert!(queue::try_acquire(&never, &url("http://a/")).unwrap().is_none());
        let rejecting = PrefixLimiter::builder().rule("http://a", 0).reject_zero(true).build().unwrap();
        let error = queue::try_acquire(&rejecting, &url("http://a/")).unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
        assert!(error.to_string().contains("the limit for `http://a` is 0"), "{error}");
    });
}

#[test]
fn q117_counts_stay_right_while_rules_change() {
    case(|| {
        let limiter = PrefixLimiter::new([("http://a", 5)]).unwrap();
        let page = url("http://a/eco/1");
        let grants = |n: usize| {
            let held: Vec<_> = (0..n + 1).map(|_| queue::try_acquire(&limiter, &page).unwrap()).collect();
            assert!(held[..n].iter().all(Option::is_some) && held[n].is_none(), "{held:?}");
        };
        let mut held: Vec<_> = (0..3).map(|_| queue::try_acquire(&limiter, &page).unwrap().unwrap()).collect();
        limiter.set_rules([("http://a", 2)]).unwrap();
        assert_eq!(limiter.in_use("http://a"), 3);
        grants(0);
        held.pop();
        grants(0);
        held.pop();
        grants(1);
        // Gone, and back in another spelling: the one that is out counts all the time.
        limiter.set_rules([("http://b", 1)]).unwrap();
        assert!(queue::try_acquire(&limiter, &page).unwrap().unwrap().is_free());
        assert_eq!(limiter.in_use("http://a"), 1);
        limiter.set_rules([("HTTP://A:80/", 2)]).unwrap();
        grants(1);
        // A narrower rule begins from nothing.
        limiter.set_rules([("http://a/eco", 1), ("http://a", 2)]).unwrap();
        grants(1);
        drop(held);
        assert_eq!((limiter.in_use("http://a"), limiter.in_use("http://a/eco")), (0, 0));
    });
}

#[test]
fn rules_that_could_do_nothing_are_refused_and_the_old_ones_stay() {
    let limiter = limiter();
    let error = limiter.set_rules([("http://b", 1), ("HTTP://B:80/", 2)]).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidConfig);
    assert!(error.to_string().contains("`http://b`, which stands before it, is the same"), "{error}");
    assert!(PrefixLimiter::new([("no url", 1)]).is_err());
    assert_eq!(limiter.rules().len(), 2);
}
