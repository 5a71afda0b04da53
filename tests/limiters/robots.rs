//! robots.txt in a queue: fetched once, obeyed, and with its own clock.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::queue::{self, AdaptiveLimiter, Fetched, RobotsLimiter};
use maypole::rt::{self, scope};

use crate::peer::{Gate, ok, wait_until, with_some_time};
use crate::site::Site;
use crate::{case, client, finished, ms, queue, shown, url};

/// A site with this robots.txt.
fn site(robots: &'static str) -> Site {
    site_with(move |_| ok(robots))
}

/// A site that answers the n-th request for its robots.txt so.
fn site_with(robots: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Site {
    let asked = AtomicUsize::new(0);
    Site::new(move |request| match request.target.as_str() {
        "/robots.txt" => robots(asked.fetch_add(1, SeqCst)),
        _ => ok("page"),
    })
}

fn status(code: u16) -> Vec<u8> {
    format!("HTTP/1.1 {code} \r\nContent-Length: 0\r\n\r\n").into()
}

/// Who was let through, and why the others were not.
fn fetch(site: &Site, robots: &RobotsLimiter, paths: &[&'static str]) -> (Vec<&'static str>, Vec<(Kind, String)>) {
    let queue = queue(|b| b.limiter(robots.clone()));
    let (allowed, refused): (Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>) = Default::default();
    for &path in paths {
        let (allowed, refused) = (allowed.clone(), refused.clone());
        let sort = move |_: &str, answer: Fetched| match answer.error() {
            None => allowed.lock().unwrap().push(path),
            Some(error) => refused.lock().unwrap().push((error.kind(), error.to_string())),
        };
        queue.enqueue(&site.url(path), sort).unwrap();
    }
    finished(&queue).unwrap();
    let (mut allowed, refused) = (allowed.lock().unwrap().clone(), refused.lock().unwrap().clone());
    allowed.sort_unstable();
    (allowed, refused)
}

fn robots() -> RobotsLimiter {
    RobotsLimiter::new(client(), "mybot/2.0").unwrap()
}

#[test]
fn q318_rules_are_obeyed_and_a_refusal_names_its_rule() {
    case(|| {
        let site = site("User-agent: *\nDisallow: /private\nAllow: /private/open\nUser-agent: other\nDisallow: /\n");
        let (allowed, refused) = fetch(&site, &robots(), &["/", "/private/1", "/private/open/1", "/robots.txt"]);
        assert_eq!(allowed, ["/", "/private/open/1", "/robots.txt"]);
        let (kind, text) = &refused[0];
        assert_eq!(*kind, Kind::Blocked);
        for part in [&site.url("/robots.txt"), "`mybot`", "`Disallow: /private`, line 2", &site.url("/private/1")] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!site.paths().contains(&"/private/1".to_owned()));
    });
}

#[test]
fn it_is_fetched_once_while_all_of_its_origin_wait_without_a_worker() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let slow = site_with(move |_| {
            held.wait();
            ok("User-agent: mybot\nDisallow: /no")
        });
        let other = site("");
        let robots = robots();
        let missed = Arc::new(AtomicUsize::new(0));
        let counts = missed.clone();
        robots
            .on_miss(move |_| {
                counts.fetch_add(1, SeqCst);
            })
            .keep();
        let queue = queue(|b| b.concurrency(2).limiter(robots));
        for n in 0..50 {
            let path = if n % 2 == 0 { "/no" } else { "/yes" };
            queue
                .enqueue(&slow.url(path), |url, answer| assert_eq!(answer.error().is_some(), url.ends_with("/no")))
                .unwrap();
        }
        slow.server.wait_requests(1);
        wait_until("all to wait", || queue.stats().blocked == 50);
        assert!(queue.enqueue(&other.url("/x"), |_, _| {}).unwrap().wait(ms(10_000)), "another origin goes on");
        gate.open();
        finished(&queue).unwrap();
        assert_eq!(slow.paths().iter().filter(|path| *path == "/robots.txt").count(), 1);
        assert_eq!((slow.server.requests(), missed.load(SeqCst)), (26, 51));
        assert_eq!(queue.stats().panicked, 0);
    });
}

#[test]
fn those_who_waited_for_it_go_in_their_order() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = site_with(move |_| {
            held.wait();
            ok("")
        });
        let queue = queue(|b| b.concurrency(1).limiter(robots()));
        let expected: Vec<_> = (0..30).map(|n| format!("/{n}")).collect();
        for path in &expected {
            queue.enqueue(&site.url(path), |_, _| {}).unwrap();
        }
        wait_until("all to wait", || queue.stats().blocked == 30);
        gate.open();
        finished(&queue).unwrap();
        assert_eq!(site.paths()[1..], expected);
    });
}

#[test]
fn a_status_of_4xx_allows_everything_and_5xx_429_or_nothing_at_all_allows_nothing() {
    case(|| {
        for (code, allows) in [(404, true), (403, true), (410, true), (429, false), (500, false), (503, false)] {
            let site = site_with(move |_| status(code));
            let (allowed, refused) = fetch(&site, &robots(), &["/a", "/b"]);
            assert_eq!((allowed.len(), refused.len()), if allows { (2, 0) } else { (0, 2) }, "{code}");
            assert!(refused.iter().all(|(kind, text)| *kind == Kind::Blocked && text.contains(&code.to_string())));
            assert_eq!(site.times("/robots.txt").len(), 1, "{code}: the answer is remembered");
        }
        let gone = crate::peer::Refused::start();
        let error = queue::acquire(&robots(), &url(&format!("http://{}/x", gone.address()))).unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    });
}

#[test]
fn redirects_are_followed_and_a_circle_is_as_if_there_were_none() {
    case(|| {
        let elsewhere = site("User-agent: *\nDisallow: /a\n");
        let to = elsewhere.url("/robots.txt");
        let moved = format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let site = site_with(move |_| moved.clone().into());
        assert_eq!(fetch(&site, &robots(), &["/a", "/b"]).0, ["/b"]);
        let circle = site_with(|_| "HTTP/1.1 302 Found\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n".into());
        assert_eq!(fetch(&circle, &robots(), &["/a", "/b"]).0, ["/a", "/b"]);
    });
}

#[test]
fn only_the_first_500_kib_count_and_half_a_line_does_not() {
    case(|| {
        let head = "User-agent: *\nDisallow: /first\n";
        let filler = "#".repeat((500 << 10) - head.len() - "\nDisallow: /se".len());
        let text = format!("{head}{filler}\nDisallow: /second\nDisallow: /third\n{}", "x".repeat(1 << 20));
        let site = site_with(move |_| ok(&text));
        let (allowed, _) = fetch(&site, &robots(), &["/first", "/sentence", "/second", "/third"]);
        assert_eq!(allowed, ["/second", "/sentence", "/third"]);
    });
}

#[test]
fn it_is_fetched_again_when_it_is_old_and_old_rules_outlive_an_outage() {
    case(|| {
        // Old before both paths are asked for, where the limit is short and the machine busy.
        let shows = with_some_time(ms(50), |limit| {
            let site = site_with(|n| match n {
                0 => ok("User-agent: *\nDisallow: /a\n"),
                1 => status(500),
                _ => ok("User-agent: *\nDisallow: /b\n"),
            });
            let build = RobotsLimiter::builder(client(), "mybot").cache_for(limit).unreachable_for(limit);
            let robots = build.build().unwrap();
            let mut allowed = Vec::new();
            for _ in 0..3 {
                allowed.push(fetch(&site, &robots, &["/a", "/b"]).0);
                std::thread::sleep(limit + ms(10));
            }
            assert!(site.times("/robots.txt").len() >= 3);
            allowed == [["/b"], ["/b"], ["/a"]] || {
                eprintln!("{limit:?}: {allowed:?}");
                false
            }
        });
        assert!(shows, "never the old rules, and then the new ones");
    });
}

#[test]
fn q318_crawl_delay_has_a_clock_of_its_own() {
    case(|| shown(crawls));
}

fn crawls() -> bool {
    let site = site("User-agent: *\nCrawl-delay: 0.08\n");
    let pace = AdaptiveLimiter::builder().start_delay(ms(0)).build().unwrap();
    let queue = queue(|b| b.concurrency(8).limiter(robots()).limiter(pace.clone()));
    let start = Instant::now();
    for n in 0..8 {
        queue.enqueue(&site.url(&format!("/page/{n}")), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
    }
    finished(&queue).unwrap();
    let mut times = site.times("/page");
    times.sort_unstable();
    assert!(times.iter().zip(0..).all(|(at, n)| *at - start >= ms(n * 80)), "{times:?} from {start:?}");
    assert_eq!(queue.stats().panicked, 0);
    // The other clock goes by what the host answers, which was quick.
    pace.pacing(&url(&site.url("/"))).unwrap().delay < ms(60)
}

#[test]
fn crawl_delay_is_capped_and_can_be_left_out() {
    case(|| {
        let site = site("User-agent: *\nCrawl-delay: 86400\n");
        let capped = RobotsLimiter::builder(client(), "mybot").max_crawl_delay(ms(30)).build().unwrap();
        let without = RobotsLimiter::builder(client(), "mybot").crawl_delay(false).build().unwrap();
        for robots in [capped, without] {
            assert_eq!(fetch(&site, &robots, &["/a", "/b", "/c"]).0.len(), 3);
        }
    });
}

#[test]
fn who_waits_for_it_can_give_up_and_a_limiter_that_goes_ends_its_fetches() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = site_with(move |_| {
            held.wait();
            ok("")
        });
        let robots = robots();
        let error = scope::with_deadline(ms(30), || queue::acquire(&robots, &url(&site.url("/x")))).unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout);
        site.server.wait_requests(1);
        assert_eq!(rt::live(), 1, "the fetch goes on for those who come later");
        drop(robots);
        wait_until("the fetch to end", || rt::live() == 0);
        gate.open();
    });
}

#[test]
fn a_client_that_panics_is_a_site_that_cannot_be_reached() {
    case(|| {
        let panicking = maypole::HttpClient::builder().middleware(|_, _| panic!("on purpose")).build().unwrap();
        let robots = RobotsLimiter::new(panicking, "mybot").unwrap();
        let error = queue::acquire(&robots, &url("http://127.0.0.1:9/x")).unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
    });
}

#[test]
fn names_that_robots_txt_cannot_hold_are_refused() {
    for name in ["", "my bot", "böt", "/1.0", "bot2"] {
        let error = RobotsLimiter::new(client(), name).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig, "{name}");
    }
    assert!(RobotsLimiter::builder(client(), "My-Bot_x/1.0").timeout(Duration::from_secs(1)).build().is_ok());
}

#[test]
fn one_that_holds_for_ever_is_fetched_once() {
    case(|| {
        let site = site("User-agent: *\nDisallow: /a\n");
        let robots = RobotsLimiter::builder(client(), "mybot").cache_for(Duration::MAX).build().unwrap();
        for _ in 0..3 {
            assert_eq!(fetch(&site, &robots, &["/a", "/b"]).0, ["/b"]);
        }
        assert_eq!(site.times("/robots.txt").len(), 1);
    });
}

#[test]
fn a_refusal_is_short_however_long_its_rule_is() {
    case(|| {
        let text: &'static str = format!("User-agent: *\nDisallow: /{}\n", "*".repeat(400_000)).leak();
        let (_, refused) = fetch(&site(text), &robots(), &["/a"]);
        let (kind, text) = &refused[0];
        assert!(*kind == Kind::Blocked && text.len() < 1000 && text.contains("`Disallow: /***"), "{}", text.len());
    });
}

/// Counts how many robots.txt are under way at once.
#[derive(Clone, Default)]
struct Many(Arc<(AtomicUsize, AtomicUsize)>);

impl maypole::client::Transport for Many {
    fn exchange(&self, _: maypole::client::Outbound<'_>) -> maypole::Result<maypole::client::Inbound> {
        let (now, peak) = &*self.0;
        peak.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        rt::sleep(ms(20));
        now.fetch_sub(1, SeqCst);
        maypole::client::Inbound::new(200, [], "User-agent: *\nDisallow: /no\n")
    }
}

#[test]
fn a_queue_of_many_hosts_does_not_ask_for_all_their_files_at_once() {
    case(|| {
        let many = Many::default();
        let counting = maypole::HttpClient::builder().transport(many.clone()).build().unwrap();
        let robots = RobotsLimiter::new(counting, "mybot").unwrap();
        let queue = queue(|b| b.limiter(robots));
        let refused = Arc::new(AtomicUsize::new(0));
        for n in 0..1_000 {
            let refused = refused.clone();
            let handler = move |_: &str, answer: Fetched| {
                refused.fetch_add(usize::from(answer.error().unwrap().kind() == Kind::Blocked), SeqCst);
            };
            queue.enqueue(&format!("http://host-{n}.example/no"), handler).unwrap();
        }
        finished(&queue).unwrap();
        let peak = many.0.1.load(SeqCst);
        assert!((2..=256).contains(&peak), "{peak} at once");
        assert_eq!(refused.load(SeqCst), 1_000);
    });
}
