//! What is kept between requests: connections, cookies, names.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::Version;
use maypole::queue::batch::CookieMode;

use crate::site::{Kept, Site, batch, batch_with, ms, ok, reply};

/// Holds each request until so many are there, the first time.
fn meeting(number: usize) -> impl Fn() + Send + Sync {
    let barrier = std::sync::Barrier::new(number);
    let left = AtomicUsize::new(number);
    move || {
        if left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            barrier.wait();
        }
    }
}

#[test]
fn q154_q155_with_and_without_a_pool() {
    for (pool, connections) in [(false, 6), (true, 2)] {
        let meet = meeting(2);
        let site = Site::start(move |_, responder| {
            meet();
            responder.reply(ok("x"));
        });
        let (batch, kept) = batch_with(2, |options| options.pool(pool));
        (0..6).for_each(|_| {
            batch.get(site.url("/")).queue().unwrap();
        });
        let report = batch.fetch_all();
        assert_eq!((kept.take().len(), site.server.connections()), (6, connections), "pool {pool}");
        assert_eq!((report.connections as usize, report.most_connections), (connections, 2));
        site.end(batch, &kept);
    }
}

#[test]
fn q162_a_pause_between_two_runs() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    for _ in 0..2 {
        batch.get(site.url("/")).queue().unwrap();
        assert_eq!(batch.fetch_all().failed(), 0);
        batch.idle_for(ms(300));
        assert_eq!((batch.stats().open, batch.stats().idle), (1, 1), "the connection is kept");
    }
    assert_eq!((kept.take().len(), site.server.connections()), (2, 1));
    site.end(batch, &kept);
}

#[test]
fn q193_q194_cookies() {
    let site = Site::start(|_, responder| {
        responder.reply(reply("200 OK", &["Set-Cookie: id=7; Path=/", "Set-Cookie: lang=de"], ""));
    });
    let (batch, kept) = batch_with(1, |options| options.cookies(CookieMode::Shared));
    batch.get(site.url("/")).queue().unwrap();
    batch.get(site.url("/")).queue().unwrap();
    batch.fetch_all();
    let outcomes = kept.take();
    let cookies: BTreeMap<_, _> = outcomes[0].cookies().iter().map(|cookie| (cookie.name(), cookie.value())).collect();
    assert_eq!(cookies, BTreeMap::from([("id", "7"), ("lang", "de")]));
    let sent: Vec<_> = site.requests().iter().map(|request| request.header("cookie").map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some("id=7; lang=de".into())], "an empty jar sends no line");
    assert_eq!(outcomes[1].request_headers().get("Cookie"), Some("id=7; lang=de"));
    site.end(batch, &kept);

    let site = Site::start(|_, responder| responder.reply(reply("200 OK", &["Set-Cookie: id=7"], "")));
    let (batch, kept) = crate::site::batch(1);
    (0..2).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    batch.fetch_all();
    assert!(kept.take().len() == 2 && site.requests().iter().all(|request| request.header("cookie").is_none()));
    site.end(batch, &kept);
}

#[test]
fn q193_a_jar_for_each_worker() {
    let (visitors, meet) = (AtomicUsize::new(0), meeting(3));
    let site = Site::start(move |request, responder| match request.header("cookie") {
        Some(cookie) => responder.reply(ok(cookie)),
        None => {
            meet();
            let line = format!("Set-Cookie: visitor={}", visitors.fetch_add(1, SeqCst));
            responder.reply(reply("200 OK", &[&line], "new"));
        }
    });
    let (batch, kept) = batch_with(3, |options| options.cookies(CookieMode::PerWorker));
    (0..30).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    batch.fetch_all();
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    kept.take().iter().for_each(|outcome| *texts.entry(outcome.text()).or_default() += 1);
    assert_eq!(texts.remove("new"), Some(3), "as many visitors as workers");
    assert_eq!(texts.values().sum::<usize>(), 27);
    assert!(texts.keys().all(|cookie| ["visitor=0", "visitor=1", "visitor=2"].contains(&cookie.as_str())));
    site.end(batch, &kept);
}

#[test]
fn q158_two_batches_with_options_of_their_own() {
    let site = Site::echo();
    let (old, old_kept) = batch_with(1, |options| options.version(Version::Http10));
    let (new, new_kept) = batch(1);
    for round in 0..2 {
        for (batch, kept, version) in [(&old, &old_kept, "HTTP/1.0"), (&new, &new_kept, "HTTP/1.1")] {
            batch.get(site.url("/")).queue().unwrap();
            batch.fetch_all();
            assert_eq!(kept.one().status(), 200);
            assert_eq!(site.one().version, version, "round {round}");
        }
    }
    drop(old);
    site.end(new, &new_kept);
}

#[test]
fn q209_own_names_each_looked_up_once() {
    let site = Site::echo();
    let asked: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
    let log = asked.clone();
    let resolver = move |name: &str| {
        *log.lock().unwrap().entry(name.to_owned()).or_default() += 1;
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    };
    let (batch, kept) = batch_with(20, |options| {
        options.resolver(resolver).client_options(|client| client.remember_names(Duration::from_secs(600)))
    });
    let port = site.server.address().port();
    for n in 0..600 {
        batch.get(format!("http://h{}.test:{port}/", n % 200)).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.statuses[&200], kept.take().len()), (600, 600));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 200);
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");
    assert!(site.requests().iter().all(|request| request.header("host").unwrap().starts_with('h')));
    site.end(batch, &kept);
}

#[test]
fn q210_many_hosts_few_descriptors() {
    let site = Site::echo();
    let resolver = |_: &str| Ok(vec![IpAddr::from([127, 0, 0, 1])]);
    let (batch, kept) = batch_with(10, |options| options.resolver(resolver));
    let port = site.server.address().port();
    let most = Arc::new(AtomicUsize::new(0));
    for n in 0..500 {
        let (most, kept) = (most.clone(), kept.clone());
        let request = batch.get(format!("http://h{n}.test:{port}/")).on_response(move |outcome, batch| {
            most.fetch_max(batch.stats().open, SeqCst);
            kept.add(outcome);
        });
        request.queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.failed(), kept.take().len()), (0, 500));
    // Ten in flight and twenty idle.
    assert!(most.load(SeqCst) <= 30, "{most:?} connections at once");
    site.end(batch, &Kept::default());
}
