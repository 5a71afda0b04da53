//! The pace that a host bears, by what the limiter says and the server's log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use maypole::error::Kind;
use maypole::queue::{self, AdaptiveLimiter, Limiter, Observation};
use maypole::rt;

use crate::peer::{Gate, ok};
use crate::site::Site;
use crate::{case, client, finished, ms, queue, shown, url};

const REFUSAL: &str = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";

#[test]
fn q317_the_delay_grows_on_429_and_shrinks_slowly_after() {
    // It shrinks unless an answer has taken long.
    case(|| shown(grows_and_shrinks));
}

fn grows_and_shrinks() -> bool {
    let refusing = Arc::new(AtomicUsize::new(2));
    let left = refusing.clone();
    let site = Site::new(move |_| {
        let refuses = left.fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1)).is_ok();
        if refuses { REFUSAL.into() } else { ok("done") }
    });
    let builder = AdaptiveLimiter::builder().start_delay(ms(10)).refused_delay(ms(50)).jitter(0.0);
    let pace = builder.build().unwrap();
    let page = url(&site.url("/x"));
    let queue = queue(|b| b.limiter(pace.clone()));
    let mut delays = Vec::new();
    for _ in 0..12 {
        queue.enqueue(page.as_str(), |_, _| {}).unwrap();
        finished(&queue).unwrap();
        delays.push(pace.pacing(&page).unwrap().delay);
    }
    assert_eq!(delays[..2], [ms(50), ms(100)], "{delays:?}");
    for pair in delays[1..].windows(2) {
        assert!(pair[1] >= pair[0].mul_f64(0.89), "{delays:?}");
    }
    // What was learnt is what the server saw: after the second refusal the gaps begin with 100 ms.
    let times = site.times("/x");
    assert!(times[2] - times[1] >= ms(95) && times[3] - times[2] >= ms(80), "{times:?}");
    delays[11] < delays[1]
}

#[test]
fn q317_a_burst_of_refusals_counts_once_and_halves_the_places() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::new(move |_| {
            held.wait();
            REFUSAL.into()
        });
        let builder = AdaptiveLimiter::builder().start_delay(ms(0)).refused_delay(ms(200)).max_concurrency(8);
        let pace = builder.build().unwrap();
        let page = url(&site.url("/x"));
        let queue = queue(|b| b.concurrency(20).limiter(pace.clone()));
        for _ in 0..8 {
            queue.enqueue(page.as_str(), |_, _| {}).unwrap();
        }
        site.server.wait_requests(8);
        assert_eq!(pace.pacing(&page).unwrap().in_flight, 8);
        gate.open();
        finished(&queue).unwrap();
        let seen = pace.pacing(&page).unwrap();
        assert_eq!((seen.delay, seen.concurrency, seen.in_flight), (ms(200), 4, 0));
        assert_eq!(pace.hosts(), [(site.url(""), seen)]);
    });
}

#[test]
fn a_host_never_has_more_than_its_places() {
    case(|| {
        let site = Site::slow(ms(10));
        let pace = AdaptiveLimiter::builder().start_delay(ms(0)).max_delay(ms(0)).max_concurrency(3).build().unwrap();
        let queue = queue(|b| b.concurrency(20).limiter(pace));
        for _ in 0..40 {
            queue.enqueue(&site.url("/x"), |_, _| {}).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!((site.peak("x"), site.server.requests()), (3, 40));
    });
}

#[test]
fn retry_after_pauses_the_host_and_no_other() {
    case(|| {
        let first = Arc::new(AtomicUsize::new(0));
        let site = Site::new(move |_| match first.fetch_add(1, SeqCst) {
            0 => "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".into(),
            _ => ok("done"),
        });
        let other = Site::slow(ms(0));
        let pace = AdaptiveLimiter::builder().start_delay(ms(0)).refused_delay(ms(1)).build().unwrap();
        let queue = queue(|b| b.concurrency(4).limiter(pace.clone()));
        let begun = Instant::now();
        queue.enqueue(&site.url("/x"), |_, answer| assert_eq!(answer.status(), 503)).unwrap();
        finished(&queue).unwrap();
        let pause = pace.pacing(&url(&site.url("/"))).unwrap().pause;
        assert!(pause > ms(0) || begun.elapsed() >= ms(1000));
        let again = queue.enqueue(&site.url("/x"), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        assert!(queue.enqueue(&other.url("/y"), |_, _| {}).unwrap().wait(ms(10_000)));
        assert!(again.wait(ms(15_000)));
        let times = site.times("/x");
        assert!(times[1] - times[0] >= ms(990), "{times:?}");
        assert_eq!(queue.stats().panicked, 0);
        finished(&queue).unwrap();
    });
}

#[test]
fn a_date_in_retry_after_is_measured_from_the_answers_own() {
    case(|| {
        let site = Site::new(|_| {
            let lines = "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT";
            format!("HTTP/1.1 429 Wait\r\n{lines}\r\nContent-Length: 0\r\n\r\n").into()
        });
        let pace = AdaptiveLimiter::new().unwrap();
        let queue = queue(|b| b.limiter(pace.clone()));
        queue.enqueue(&site.url("/"), |_, _| {}).unwrap();
        finished(&queue).unwrap();
        let pause = pace.pacing(&url(&site.url("/"))).unwrap().pause;
        assert!(pause <= ms(37_000) && pause > ms(20_000), "{pause:?}");
    });
}

#[test]
fn it_learns_without_a_queue_from_what_it_is_told() {
    case(|| shown(learns));
}

fn learns() -> bool {
    let site = Site::slow(ms(1));
    let pace = AdaptiveLimiter::builder().start_delay(ms(64)).build().unwrap();
    let (client, page) = (client(), url(&site.url("/x")));
    for _ in 0..3 {
        let permit = queue::acquire(&pace, &page).unwrap();
        let sent = Instant::now();
        let result = client.get(&page).send();
        pace.observe(&Observation::of(&page, &result, sent));
        result.unwrap().text().unwrap();
        drop(permit);
    }
    let seen = pace.pacing(&page).unwrap();
    assert!(seen.latency.is_some_and(|latency| latency >= ms(1)), "{seen:?}");
    seen.delay < ms(64)
}

#[test]
fn a_host_that_nobody_could_reach_tells_nothing() {
    case(|| {
        let pace = AdaptiveLimiter::builder().start_delay(ms(20)).build().unwrap();
        let gone = crate::peer::Refused::start();
        let page = format!("http://{}/", gone.address());
        let queue = queue(|b| b.limiter(pace.clone()));
        for _ in 0..3 {
            queue.enqueue(&page, |_, answer| assert!(answer.error().is_some())).unwrap();
        }
        finished(&queue).unwrap();
        let seen = pace.pacing(&url(&page)).unwrap();
        assert_eq!((seen.delay, seen.concurrency, seen.in_flight), (ms(20), 8, 0));
    });
}

#[test]
fn the_first_answer_lets_the_next_go_sooner() {
    case(|| shown(goes_sooner));
}

fn goes_sooner() -> bool {
    let site = Site::slow(ms(0));
    // Two seconds would be the second one's turn, were nothing learnt.
    let pace = AdaptiveLimiter::builder().start_delay(ms(2000)).jitter(0.0).build().unwrap();
    let (client, page) = (client(), url(&site.url("/x")));
    let start = Instant::now();
    let theirs = pace.clone();
    let all = rt::spawn(move || {
        for _ in 0..2 {
            let permit = queue::acquire(&theirs, &page).unwrap();
            let sent = Instant::now();
            let result = client.get(&page).send();
            theirs.observe(&Observation::of(&page, &result, sent));
            drop(permit);
        }
    });
    all.unwrap().join().unwrap();
    let took = start.elapsed();
    assert!(took >= ms(950), "less than half of it: {took:?}");
    took < ms(1900)
}

#[test]
fn what_contradicts_itself_is_refused() {
    for builder in [
        AdaptiveLimiter::builder().target_concurrency(0.0),
        AdaptiveLimiter::builder().target_concurrency(f64::NAN),
        AdaptiveLimiter::builder().max_concurrency(0),
        AdaptiveLimiter::builder().jitter(1.5),
        AdaptiveLimiter::builder().min_delay(ms(2)).max_delay(ms(1)),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), Kind::InvalidConfig);
    }
}
