//! How much at once, and how fast: as the server saw it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::scripted::{Server, ok, with_some_time};
use super::site::{Log, Meeting, asked, echoing, fetch, ids, list, logging, results};

/// The times between two requests, in order.
fn gaps(log: &Log) -> Vec<Duration> {
    let times: Vec<_> = log.lock().unwrap().iter().map(|(at, _)| *at).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Whether no request came sooner than so many times `apart` after the start as there were before it.
fn is_spaced(log: &Log, start: Instant, apart: Duration) -> bool {
    let mut times: Vec<_> = log.lock().unwrap().iter().map(|(at, _)| *at).collect();
    times.sort_unstable();
    (0..).zip(times).all(|(before, at)| at >= start + apart * before)
}

#[test]
fn concurrency_is_what_it_says() {
    for (flags, most) in [(&["-q", "-c", "7"][..], 7), (&["-q", "-c", "20", "--per-host", "3"], 3)] {
        let meeting = Meeting::of(most);
        let (server, _) = logging(move |_, responder| {
            meeting.attend();
            std::thread::sleep(Duration::from_millis(30));
            responder.reply(ok("x"));
        });
        assert_eq!(fetch(flags, &list(&server, 60)).code, 0);
        assert_eq!(server.peak(), most);
    }
}

#[test]
fn q316_prefixes_have_limits_of_their_own_and_the_first_that_fits_counts() {
    let running: Arc<Mutex<HashMap<String, (usize, usize)>>> = Arc::default();
    let own = running.clone();
    let meetings: HashMap<_, _> = [("a", 1), ("b", 2), ("c", 6)].map(|(name, most)| (name, Meeting::of(most))).into();
    let (server, _) = logging(move |request, responder| {
        let name = request.target.split('/').nth(1).unwrap().to_owned();
        {
            let mut running = own.lock().unwrap();
            let (now, peak) = running.entry(name.clone()).or_default();
            *now += 1;
            *peak = (*peak).max(*now);
        }
        meetings[&*name].attend();
        std::thread::sleep(Duration::from_millis(30));
        own.lock().unwrap().get_mut(&name).unwrap().0 -= 1;
        responder.reply(ok("x"));
    });
    let input: String = (0..60).map(|n| server.url(&format!("/{}/{n}\n", ["a", "b", "c"][n % 3]))).collect();
    let (a, b) = (format!("{}=1", server.url("/a")), format!("{}=2", server.url("/b")));
    let host = format!("{}=6", server.url("/"));
    let ran = fetch(&["-q", "-c", "30", "--limit", &a, "--limit", &b, "--limit", &host], &input);
    assert_eq!((ran.code, results(&ran).len()), (0, 60), "{}", ran.err);
    let peaks: HashMap<_, _> = running.lock().unwrap().iter().map(|(name, (_, peak))| (name.clone(), *peak)).collect();
    assert_eq!((peaks["a"], peaks["b"], peaks["c"]), (1, 2, 6));
}

#[test]
fn q316_a_delay_per_host_a_host_rate_and_a_rate_for_all() {
    // From the start of the command: of what is seen here the beginning may be late, so that a gap may look shorter than
    // it was.
    let start = Instant::now();
    let (server, log) = echoing(Duration::ZERO);
    assert_eq!(fetch(&["-q", "--delay", "0.1"], &list(&server, 8)).code, 0);
    assert!(is_spaced(&log, start, Duration::from_millis(100)), "{:?}", gaps(&log));

    let start = Instant::now();
    let (server, log) = echoing(Duration::ZERO);
    assert_eq!(fetch(&["-q", "--delay", "0.1", "--random-wait"], &list(&server, 12)).code, 0);
    assert!(is_spaced(&log, start, Duration::from_millis(50)), "{:?}", gaps(&log));
    let gaps = gaps(&log);
    assert!(gaps.iter().max().unwrap().as_millis() > gaps.iter().min().unwrap().as_millis() + 10, "{gaps:?}");

    for flags in [["--rate", "50"], ["--host-rate", "3000/m"]] {
        let start = Instant::now();
        let (server, log) = echoing(Duration::ZERO);
        let ran = fetch(&["-q", "-c", "40", flags[0], flags[1]], &list(&server, 60));
        assert_eq!(ran.code, 0, "{}", ran.err);
        // Some of them may go at once.
        let took = log.lock().unwrap().last().unwrap().0 - start;
        assert!(took > Duration::from_millis(1_000), "{flags:?}: {took:?}");
    }
}

#[test]
fn a_host_rate_is_each_host_s_own() {
    // Were the delay one for both, the first to come would be alone for a minute, and not wait so long.
    let meeting = Arc::new(Meeting::of(2));
    let [one, two] = [(); 2].map(|()| {
        let meeting = meeting.clone();
        logging(move |_, responder| {
            meeting.attend();
            responder.reply(ok("x"));
        })
        .0
    });
    let input = list(&one, 1) + &list(&two, 1);
    let ran = fetch(&["-q", "--delay", "60", "-c", "4"], &input);
    assert_eq!((ran.code, results(&ran).len()), (0, 2), "{}", ran.err);
}

#[test]
fn adaptive_goes_slower_when_it_is_told_to() {
    let (server, log) = logging(|request, responder| match request.target.as_str() {
        "/3" => responder.reply("HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
        _ => responder.reply(ok("x")),
    });
    // One at a time: another one may be under way when the answer comes.
    let ran = fetch(&["-q", "--adaptive", "--order", "fifo", "-c", "1"], &list(&server, 4));
    assert_eq!((ran.code, results(&ran).len()), (0, 4), "{}", ran.err);
    let log = log.lock().unwrap();
    let refused = log.iter().position(|(_, target)| target == "/3").unwrap();
    let pause = log[refused + 1].0 - log[refused].0;
    assert!(pause > Duration::from_millis(900), "{pause:?}");
}

#[test]
fn robots_are_obeyed_and_what_they_forbid_is_a_result() {
    let (server, log) = logging(|request, responder| match request.target.as_str() {
        "/robots.txt" => responder.reply(ok("User-agent: mybot\nDisallow: /private\n")),
        target => responder.reply(ok(target)),
    });
    let input = [server.url("/open"), server.url("/private/x")].join("\n");
    let ran = fetch(&["--robots", "-A", "mybot/2.0"], &input);
    assert_eq!(ran.code, 9, "{}", ran.err);
    let results = results(&ran);
    let refused = results.iter().find(|line| line["id"] == 2).unwrap();
    assert_eq!(refused["error"]["kind"], "blocked");
    assert!(refused["error"]["text"].as_str().unwrap().contains("Disallow: /private"), "{refused}");
    assert_eq!(asked(&log).into_keys().collect::<Vec<_>>(), ["/open", "/robots.txt"]);
    assert_eq!(fetch(&["--robots", "-A", "other"], &input).code, 0);
}

#[test]
fn one_slow_host_does_not_hold_up_the_others() {
    let comes_early = with_some_time(Duration::from_millis(100), |pause| {
        let (slow, _) = echoing(pause);
        let (quick, _) = echoing(Duration::ZERO);
        let ran = fetch(&["-q", "-c", "4"], &(list(&slow, 20) + &list(&quick, 20)));
        assert_eq!((ran.code, ids(&results(&ran)).len()), (0, 40), "{}", ran.err);
        let order: Vec<_> = results(&ran).iter().map(|line| line["id"].as_u64().unwrap() > 20).collect();
        order.iter().rposition(|is_quick| *is_quick) < Some(35)
    });
    assert!(comes_early, "the quick ones were not done before the slow ones");
}

#[test]
fn a_seed_gives_the_same_order() {
    let order = |seed: &str| {
        let server = Server::start(|_, responder| responder.reply(ok("x")));
        let ran = fetch(&["-q", "-c", "1", "--order", seed], &list(&server, 200));
        results(&ran).iter().map(|line| line["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let (first, other) = (order("random:7"), order("random:8"));
    assert_ne!(first, other);
    assert_ne!(first, (1..=200).collect::<Vec<_>>());
}
