//! Octopus's event-loop engine, by its profile.

use maypole::error::Kind;
use maypole::queue::{FetchEvent, FetchQueue, FetchQueueBuilder, Profile, ResponseCache};

use super::peer::wait_until;
use super::site::Site;
use super::*;

fn event_loop() -> FetchQueueBuilder {
    FetchQueue::builder().profile(Profile::EventLoop)
}

#[test]
fn q71_q73_defaults() {
    let queue = event_loop().build().unwrap();
    let config = queue.config();
    assert_eq!((config.concurrency, config.auto_start, queue.cache().is_none()), (10, false, true));
    assert_eq!((config.timeout, config.connect_timeout), (Some(Duration::from_secs(10)), Some(Duration::from_secs(5))));
    assert_eq!((queue.in_flight(), queue.len(), queue.is_empty()), (0, 0, true));
    assert_eq!(config.profile, Profile::EventLoop);
}

#[test]
fn q72_all_options_given() {
    let queue = event_loop().concurrency(20).auto_start(true).cache_ttl(Duration::from_secs(60));
    let queue = queue.timeout(Duration::from_secs(20)).connect_timeout(Duration::from_secs(10)).build().unwrap();
    let config = queue.config();
    assert_eq!((config.concurrency, config.auto_start), (20, true));
    assert_eq!(queue.cache().unwrap().time_to_live(), Duration::from_secs(60));
    assert_eq!(
        (config.timeout, config.connect_timeout),
        (Some(Duration::from_secs(20)), Some(Duration::from_secs(10)))
    );
}

#[test]
fn q74_q75_an_answer_is_mapped_as_a_whole() {
    let site = Site::start();
    let queue = running(event_loop());
    let answer = fetch(&queue, maypole::queue::Fetch::from(site.url("/cookies")).header("Cookie", "foo=bar"));
    assert_eq!((answer.requested_url(), answer.status()), (&*site.url("/cookies"), 200));
    assert_eq!((answer.request_cookies()["foo"], &*answer.text().unwrap()), ("bar", "foo=bar"));
    assert_eq!((answer.effective_url(), answer.error_message()), (&*site.url("/cookies"), None));
    assert!(answer.header("Set-Cookie").is_some() && answer.elapsed() > Duration::ZERO);
    assert!(fetch(&queue, site.url("/ok")).cookies().is_empty());
    finish(queue, &site);
}

#[test]
fn q76_with_concurrency_0_fetches_only_queue_up() {
    let cache = ResponseCache::new();
    let queue = running(event_loop().concurrency(0).cache(cache.clone()));
    let seen = Seen::default();
    queue.enqueue("http://127.0.0.1:1/", seen.handler()).unwrap();
    assert!(queue.wait(ms(50)).is_err());
    assert_eq!((queue.len(), queue.in_flight(), seen.len()), (1, 0, 0));
    cache.put("http://h/", maypole::queue::Fetched::builder("http://h/").build().unwrap()).unwrap();
    assert!(queue.enqueue("http://h/", seen.handler()).unwrap().wait(LONG));
    assert_eq!(seen.one().status(), 200);
}

#[test]
fn q77_q79_q81_q84_q85_fetches_start_as_there_is_room() {
    let site = Site::start();
    let queue = running(event_loop().concurrency(1));
    let seen = Seen::default();
    queue.enqueue(&site.url("/gate/1"), seen.handler()).unwrap();
    site.server.wait_requests(1);
    queue.enqueue_with(maypole::queue::Fetch::request("POST", site.url("/ok/2")).body("x"), seen.handler()).unwrap();
    assert_eq!((queue.in_flight(), queue.len()), (1, 1));
    site.open_gate();
    queue.wait_secs(0.0).unwrap();
    assert_eq!((queue.in_flight(), seen.statuses()), (0, vec![200, 200]));
    assert_eq!(site.log(), ["GET /gate/1", "POST /ok/2"]);
    finish(queue, &site);
}

#[test]
fn q82_q83_a_200_is_stored_and_a_500_is_not() {
    let site = Site::start();
    let queue = running(event_loop().cache(ResponseCache::new()));
    fetch(&queue, site.url("/ok"));
    fetch(&queue, site.url("/status/500"));
    assert_eq!(queue.cache().unwrap().len(), 1);
    finish(queue, &site);
}

#[test]
fn q87_nothing_to_wait_for() {
    event_loop().build().unwrap().wait_secs(0.0).unwrap();
}

#[test]
fn q88_three_urls() {
    let site = Site::start();
    let queue = running(event_loop());
    let seen = Seen::default();
    (0..3).for_each(|n| drop(queue.enqueue(&site.url(&format!("/ok/{n}")), seen.handler()).unwrap()));
    queue.wait(LONG).unwrap();
    assert_eq!(seen.statuses(), [200; 3]);
    finish(queue, &site);
}

#[test]
fn q92_a_wait_ends_when_it_said_it_would() {
    let site = Site::start();
    let queue = running(event_loop());
    queue.enqueue_ignore(site.url("/gate")).unwrap();
    let start = std::time::Instant::now();
    assert!(queue.wait(Duration::from_secs(1)).is_err());
    assert!(start.elapsed() >= Duration::from_secs(1));
    site.open_gate();
    finish(queue, &site);
}

#[test]
fn q94_enqueued_before_the_start() {
    let site = Site::start();
    let queue = event_loop().build().unwrap();
    let seen = Seen::default();
    queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    assert_eq!(queue.len(), 1);
    queue.start();
    queue.wait(LONG).unwrap();
    assert_eq!(seen.one().status(), 200);
    finish(queue, &site);
}

#[test]
fn events_are_octopuss_log_messages() {
    let site = Site::start();
    let log = Arc::new(Mutex::new(Vec::new()));
    let told = log.clone();
    let queue = running(event_loop().concurrency(1).cache(ResponseCache::new()).on_event(move |url, event| {
        let what = match event {
            FetchEvent::Failed { error } => format!("Failed {:?}", error.kind()),
            event => format!("{event:?}"),
        };
        told.lock().unwrap().push(format!("{} {what}", url.rsplit('/').next().unwrap()));
    }));
    let seen = Seen::default();
    let all = |log: &Mutex<Vec<String>>| std::mem::take(&mut *log.lock().unwrap());
    fetch(&queue, site.url("/ok"));
    assert_eq!(all(&log), ["ok Queued", "ok Fetching", "ok Answered { status: 200 }"]);
    fetch(&queue, site.url("/ok"));
    assert_eq!(all(&log), ["ok Queued", "ok CacheHit"]);
    queue.enqueue(&site.url("/missing"), |_, _| panic!("oh")).unwrap();
    queue.wait(LONG).unwrap();
    let lines = ["Queued", "Fetching", "Answered { status: 404 }", "HandlerPanicked { panic: \"oh\" }"];
    assert_eq!(all(&log), lines.map(|line| format!("missing {line}")));
    fetch(&queue, "http://no-such-host.invalid/");
    assert_eq!(all(&log), [" Queued", " Fetching", " Failed Resolve"]);
    let ticket =
        queue.enqueue_with(maypole::queue::Fetch::from(site.url("/gone")).delay(LONG), seen.handler()).unwrap();
    assert!(ticket.cancel() && ticket.wait(LONG));
    assert_eq!(all(&log), ["gone Queued", "gone Cancelled"]);
    assert_eq!(seen.one().error().unwrap().kind(), Kind::Cancelled);
    wait_until("nothing", || queue.pending() == 0);
    finish(queue, &site);
}
