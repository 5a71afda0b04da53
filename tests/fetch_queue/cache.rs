//! Answers that are kept.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use maypole::queue::{Fetch, FetchQueue, Fetched, ResponseCache};

use super::site::Site;
use super::*;

const URL: &str = "http://example.com/a";

fn answer(body: &str) -> Fetched {
    Fetched::builder(URL).body(body.to_owned()).build().unwrap()
}

/// A cache, and what moves its clock.
fn timed(ttl: Duration) -> (ResponseCache, Arc<AtomicU64>) {
    let (start, passed) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let clock = passed.clone();
    let now = move || start + Duration::from_millis(clock.load(SeqCst));
    (ResponseCache::new().ttl(ttl).clock(now), passed)
}

fn cached(cache: &ResponseCache) -> FetchQueue {
    running(FetchQueue::builder().cache(cache.clone()))
}

#[test]
fn q1_q2_a_new_cache_has_its_time_to_live_and_nothing_in_it() {
    let cache = ResponseCache::new().ttl(Duration::from_secs(45));
    assert_eq!((cache.time_to_live().as_secs(), cache.len(), cache.is_empty()), (45, 0, true));
    assert!(cache.get(URL).is_none() && cache.get("no url").is_none());
    assert_eq!(ResponseCache::default().time_to_live(), ResponseCache::DEFAULT_TTL);
}

#[test]
fn q3_an_answer_whose_time_is_over_is_gone() {
    let cache = ResponseCache::new().ttl(ms(100));
    cache.put(URL, answer("a")).unwrap();
    std::thread::sleep(ms(300));
    assert_eq!(cache.len(), 1);
    assert!(cache.get(URL).is_none());
    assert_eq!((cache.len(), cache.bytes()), (0, 0));
}

#[test]
fn q4_what_is_put_is_got() {
    let cache = ResponseCache::new();
    cache.put(URL, answer("a")).unwrap();
    let got = cache.get(URL).unwrap();
    assert_eq!((got.bytes(), got.status(), got.is_from_cache()), (&b"a"[..], 200, true));
    cache.put(URL, answer("b")).unwrap();
    assert_eq!((cache.get(URL).unwrap().bytes(), cache.len()), (&b"b"[..], 1));
    cache.clear();
    assert!(cache.is_empty() && cache.get(URL).is_none());
    assert!(cache.put("no url", answer("a")).is_err());
}

#[test]
fn q5_q14_at_the_very_deadline_it_is_over_by_a_clock_that_nobody_sets_back() {
    let (cache, passed) = timed(Duration::from_secs(10));
    cache.put(URL, answer("a")).unwrap();
    passed.store(9_999, SeqCst);
    assert!(cache.get(URL).is_some());
    passed.store(10_000, SeqCst);
    assert!(cache.get(URL).is_none());
}

#[test]
fn q6_a_post_goes_to_the_server() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = cached(&cache);
    let url = site.url("/ok");
    fetch(&queue, &url);
    let posted = fetch(&queue, Fetch::request("POST", &url).body("x"));
    assert!(!posted.is_from_cache());
    let head = fetch(&queue, Fetch::request("HEAD", &url));
    assert!(!head.is_from_cache() && head.bytes().is_empty());
    assert!(fetch(&queue, Fetch::request("HEAD", &url)).is_from_cache());
    assert!(fetch(&queue, &url).is_from_cache());
    assert_eq!(site.log(), ["GET /ok", "POST /ok", "HEAD /ok"]);
    finish(queue, &site);
}

#[test]
fn q7_lines_that_the_answer_varies_with_are_entries_of_their_own() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = cached(&cache);
    let ask = |lang: Option<&str>| {
        let fetch_of = Fetch::from(site.url("/vary"));
        fetch(&queue, lang.into_iter().fold(fetch_of, |fetch, lang| fetch.header("X-Lang", lang)))
    };
    for (lang, body, hit) in [
        (Some("de"), "de", false),
        (Some("en"), "en", false),
        (Some("de"), "de", true),
        (None, "none", false),
        (Some("en"), "en", true),
        (None, "none", true),
    ] {
        let answer = ask(lang);
        assert_eq!((answer.text().unwrap().as_ref(), answer.is_from_cache()), (body, hit), "{lang:?}");
    }
    // Another line, which it does not vary with.
    assert!(fetch(&queue, Fetch::from(site.url("/vary")).header("X-Other", "1")).is_from_cache());
    assert_eq!(cache.len(), 3);
    finish(queue, &site);
}

#[test]
fn q7_another_users_answer_is_never_given() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = cached(&cache);
    let url = site.url("/echo");
    let client = queue.client();
    fetch(&queue, Fetch::from(url.as_str()).header("Authorization", "Bearer one"));
    assert!(fetch(&queue, Fetch::from(url.as_str()).header("Authorization", "Bearer one")).is_from_cache());
    for other in [
        Fetch::from(url.as_str()).header("Authorization", "Bearer two"),
        Fetch::from(url.as_str()).header("Cookie", "id=2"),
        Fetch::from(url.as_str()).header("Range", "bytes=0-1"),
        Fetch::from(url.as_str()).header("If-None-Match", "\"x\""),
        Fetch::from(url.as_str()).header("Cache-Control", "no-cache"),
        Fetch::from(client.get(&url).cookie("id", "3")),
        Fetch::from(client.get(&url).basic_auth("ada", "secret")),
        Fetch::from(client.get(&url).without_header("User-Agent")),
        Fetch::from(client.get(&url).request_target("/echo/../echo")),
        Fetch::from(maypole::HttpClient::new().unwrap().get(&url)),
    ] {
        let asked = format!("{other:?}");
        assert!(!fetch(&queue, other).is_from_cache(), "{asked}");
    }
    assert!(!fetch(&queue, &url).is_from_cache());
    assert!(fetch(&queue, client.get(&url).timeout(LONG)).is_from_cache());
    finish(queue, &site);
}

#[test]
fn q8_failures_are_not_kept_unless_a_rule_says_so() {
    let site = Site::start();
    let all = ["/status/500", "/missing", "/hang"];
    let kept = |cache: &ResponseCache| {
        let queue = running(FetchQueue::builder().cache(cache.clone()).timeout(ms(200)));
        all.iter().for_each(|path| drop(fetch(&queue, site.url(path))));
        let hits = all.map(|path| fetch(&queue, site.url(path)).is_from_cache());
        drop(queue);
        hits
    };
    assert_eq!(kept(&ResponseCache::new()), [false, false, false]);
    assert_eq!(kept(&ResponseCache::new().cache_if(|_| true)), [true, true, true]);
    assert_eq!(kept(&ResponseCache::new().cache_if(|answer| answer.status() == 404)), [false, true, false]);
    assert_eq!(kept(&ResponseCache::new().cache_if(|_| panic!("a rule that panics"))), [false, false, false]);
}

#[test]
fn q12_memory_is_bounded_and_the_oldest_go() {
    let (site, cache) = (Site::start(), ResponseCache::new().capacity(1 << 20));
    let queue = cached(&cache);
    let url = |n: usize| site.url(&format!("/big/{}?{n}", 100 << 10));
    for n in 0..100 {
        fetch(&queue, url(n));
        assert!(cache.bytes() <= 1 << 20, "{}", cache.bytes());
    }
    assert_eq!(cache.len(), 10);
    let kept: Vec<_> = (0..100).filter(|n| cache.get(&url(*n)).is_some()).collect();
    assert_eq!(kept, (90..100).collect::<Vec<_>>());
    // One that is too large for all of it.
    fetch(&queue, site.url(&format!("/big/{}", 2 << 20)));
    assert_eq!(cache.len(), 10);
    finish(queue, &site);
}

#[test]
fn q12_entries_are_bounded() {
    let cache = ResponseCache::new().max_entries(2);
    for n in 0..5 {
        cache.put(&format!("http://h/{n}"), answer("a")).unwrap();
    }
    assert_eq!(cache.len(), 2);
    assert!(
        cache.get("http://h/2").is_none() && cache.get("http://h/3").is_some() && cache.get("http://h/4").is_some()
    );
}

#[test]
fn q13_put_and_get_from_eight_threads() {
    let cache = ResponseCache::new().max_entries(20);
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let cache = cache.clone();
            std::thread::spawn(move || {
                for n in 0..2_000 {
                    let (name, body) = (format!("http://h/{}", n % 40), format!("{}", n % 40).repeat(100));
                    if (n + thread) % 2 == 0 {
                        cache.put(&name, Fetched::builder(&name).body(body).build().unwrap()).unwrap();
                    } else if let Some(got) = cache.get(&name) {
                        assert_eq!(got.bytes(), body.as_bytes());
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(cache.len() <= 20);
}

#[test]
fn q15_one_url_however_it_is_written() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = cached(&cache);
    let port = site.server.address().port();
    fetch(&queue, format!("http://127.0.0.1:{port}"));
    for same in [
        format!("http://127.0.0.1:{port}/"),
        format!("HTTP://127.0.0.1:{port}/#top"),
        format!("http://127.0.0.1:{port}#x"),
    ] {
        let answer = fetch(&queue, &same);
        assert!(answer.is_from_cache(), "{same}");
        assert_eq!(answer.requested_url(), same);
    }
    assert_eq!(site.server.requests(), 1);
    for (one, other) in [("http://Example.COM:80", "http://example.com/"), ("https://h:443/a", "https://H/a#b")] {
        cache.put(one, answer("a")).unwrap();
        assert!(cache.get(other).is_some(), "{one} {other}");
    }
    assert!(cache.get("http://example.com/?").is_none() && cache.get("https://example.com/").is_none());
    finish(queue, &site);
}

#[test]
fn q16_an_answer_from_the_cache_is_the_whole_one() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = cached(&cache);
    let first = fetch(&queue, site.url("/redirect"));
    let again = fetch(&queue, site.url("/redirect"));
    assert!(!first.is_from_cache() && again.is_from_cache());
    assert_eq!((again.status(), again.text().unwrap()), (200, "hello".into()));
    assert_eq!((again.headers(), again.effective_url()), (first.headers(), first.effective_url()));
    assert_eq!((again.history().len(), again.attempts(), again.elapsed()), (1, 0, Duration::ZERO));
    // Shared, not copied.
    assert_eq!(again.bytes().as_ptr(), first.bytes().as_ptr());
    assert_eq!(queue.stats().cache_hits, 1);
    finish(queue, &site);
}

#[test]
fn q39_q78_a_hit_is_handed_out_before_the_queue_is_started() {
    let cache = ResponseCache::new();
    cache.put(URL, answer("kept")).unwrap();
    let queue = FetchQueue::builder().cache(cache).build().unwrap();
    let seen = Seen::default();
    let ticket = queue.enqueue(URL, seen.handler()).unwrap();
    assert!(ticket.wait(LONG) && ticket.is_done());
    assert_eq!((seen.one().bytes(), queue.stats().done), (&b"kept"[..], 1));
    queue.wait(LONG).unwrap();
    // What is not there stays where it is.
    queue.enqueue("http://example.com/b", seen.handler()).unwrap();
    assert_eq!((queue.len(), queue.wait(ms(50)).unwrap_err().queued), (1, 1));
}

#[test]
fn inline_hits_are_handled_where_they_are_enqueued() {
    let cache = ResponseCache::new();
    cache.put(URL, answer("kept")).unwrap();
    let queue = FetchQueue::builder().cache(cache).inline_cache_hits(true).build().unwrap();
    let (caller, ran) = (std::thread::current().id(), Arc::new(Mutex::new(None)));
    let told = ran.clone();
    let ticket = queue.enqueue(URL, move |_, _| *told.lock().unwrap() = Some(std::thread::current().id())).unwrap();
    assert_eq!(*ran.lock().unwrap(), Some(caller));
    assert!(ticket.is_done() && ticket.wait(ms(0)) && !ticket.cancel() && !ticket.is_running());
    assert_eq!((queue.stats().done, queue.stats().cache_hits), (1, 1));
    queue.stop(maypole::queue::Stop::Drain);
    assert!(queue.enqueue(URL, |_, _| panic!("after stop")).is_err());
    assert_eq!(queue.stats().panicked, 0);
}

#[test]
fn handlers_of_hits_and_of_fetches_enqueue_to_each_other_until_all_is_done() {
    let (site, cache) = (Site::start(), ResponseCache::new());
    let queue = running(FetchQueue::builder().cache(cache.clone()).bounded(1).concurrency(2));
    let kept = site.url("/ok/kept");
    cache.put(&kept, answer("kept")).unwrap();
    fn go(queue: FetchQueue, site: String, kept: String, left: usize, count: Arc<AtomicU64>) {
        count.fetch_add(1, SeqCst);
        if left == 0 {
            return;
        }
        let url = if left.is_multiple_of(2) { kept.clone() } else { format!("{site}/{left}") };
        for _ in 0..2 {
            let (queue, site, kept, count) = (queue.clone(), site.clone(), kept.clone(), count.clone());
            queue.clone().enqueue(&url, move |_, _| go(queue, site, kept, left - 1, count)).unwrap();
        }
    }
    let count = Arc::new(AtomicU64::new(0));
    let (more, url, counted) = (queue.clone(), site.url("/ok"), count.clone());
    queue.enqueue(&url.clone(), move |_, _| go(more, url, kept, 6, counted)).unwrap();
    queue.wait(LONG).unwrap();
    assert_eq!(count.load(SeqCst), 127);
    finish(queue, &site);
}

#[test]
fn inline_handlers_that_enqueue_what_is_there_do_not_nest() {
    let cache = ResponseCache::new();
    cache.put(URL, answer("kept")).unwrap();
    let queue = FetchQueue::builder().cache(cache).inline_cache_hits(true).build().unwrap();
    fn go(queue: FetchQueue, left: usize) {
        if left > 0 {
            queue.clone().enqueue(URL, move |_, _| go(queue, left - 1)).unwrap();
        }
    }
    go(queue.clone(), 50_000);
    queue.wait(LONG).unwrap();
    assert_eq!((queue.stats().done, queue.stats().panicked), (50_000, 0));
}

#[test]
fn an_answer_that_has_ended_is_dropped_without_a_lock() {
    /// Looks into the cache that it lay in when it goes.
    struct Body(ResponseCache, std::sync::mpsc::Sender<usize>);
    impl AsRef<[u8]> for Body {
        fn as_ref(&self) -> &[u8] {
            b"kept"
        }
    }
    impl Drop for Body {
        fn drop(&mut self) {
            self.1.send(self.0.len()).unwrap();
        }
    }
    let (sender, dropped) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Whose time is over, and what there is no room for.
        for cache in [ResponseCache::new().ttl(ms(0)), ResponseCache::new().capacity(1)] {
            let body = bytes::Bytes::from_owner(Body(cache.clone(), sender.clone()));
            cache.put(URL, Fetched::builder(URL).body(body).build().unwrap()).unwrap();
            assert!(cache.get(URL).is_none());
        }
    });
    assert_eq!([(); 2].map(|()| dropped.recv_timeout(LONG).unwrap()), [0, 0]);
}
