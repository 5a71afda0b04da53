//! Fresh answers, what is kept of them, and what is not kept.

use std::io::{BufRead, Read};

use maypole::client::{Cache, CacheStatus::*};
use maypole::error::Kind;

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

/// Counts its answers: the n-th body is `n`.
fn counting(lines: &'static [&'static str]) -> Server {
    counting_with(200, lines)
}

fn counting_with(status: u16, lines: &'static [&'static str]) -> Server {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_, responder| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        responder.reply(answer(status, lines, &n.to_string()));
    })
}

#[test]
fn c394_a_fresh_answer_is_given_again_with_everything_it_had() {
    on_both(|| {
        let lines = &["Cache-Control: max-age=60", "X-A: 1", "Set-Cookie: a=1", "Set-Cookie: b=2", "Age: 5"];
        let server = counting(lines);
        let cache = memory();
        let client = with(&cache);
        assert_eq!(get(&client, &server.url("/x#one")), is(Miss, "0"));
        let hit = client.get(server.url("/x#two")).send().unwrap();
        assert_eq!((hit.status(), hit.reason(), hit.attempts()), (200, Some("X"), 0));
        assert_eq!(hit.headers().get_all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!((hit.header("X-A"), hit.content_length()), (Some("1"), Some(1)));
        // It grows while it lies there.
        assert!((5..20).contains(&hit.header("Age").unwrap().parse().unwrap()), "{:?}", hit.header("Age"));
        assert_eq!(hit.url().fragment(), Some("two"));
        assert!(hit.timings().total < std::time::Duration::from_secs(10));
        assert_eq!(read(hit), is(Hit, "0"));
        assert_eq!(get(&client, &server.url("/y")), is(Miss, "1"));
        assert_eq!(server.requests(), 2);
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses, stats.stored, stats.entries), (1, 2, 2, 2));
        cache.clear();
        assert_eq!(get(&client, &server.url("/x")), is(Miss, "2"));
        cache.remove(&server.url("/x").parse().unwrap());
        assert_eq!(get(&client, &server.url("/x")), is(Miss, "3"));
    });
}

#[test]
fn rfc9111_3_what_is_not_kept_is_asked_again() {
    on_thread(|| {
        for lines in [
            &["Cache-Control: no-store, max-age=60"][..],
            &["Cache-Control: No-Store", "Expires: Sun, 06 Nov 2094 08:49:37 GMT"],
            &["Cache-Control: max-age=60", "Vary: *"],
            &["Cache-Control: max-age=60, private=\"x , y\", no-store"],
            &["Cache-Control: max-age=0"],
            &["Expires: 0"],
            &[],
        ] {
            let server = counting(lines);
            let cache = memory();
            let client = with(&cache);
            assert_eq!(get(&client, &server.url("/")), is(Miss, "0"), "{lines:?}");
            assert_eq!(get(&client, &server.url("/")).1, "1", "{lines:?}");
            assert_eq!(cache.stats().entries, 0, "{lines:?}");
        }
    });
}

#[test]
fn sec_j7_parts_are_never_kept_nor_cut_out_of_what_is() {
    on_thread(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.header("Range") {
                Some(_) => answer(206, &["Cache-Control: max-age=60", "Content-Range: bytes 0-1/4"], "ab"),
                None => answer(200, &["Cache-Control: max-age=60", "ETag: \"v\""], "abcd"),
            });
        });
        let client = with(&memory());
        for _ in 0..2 {
            let part = client.get(server.url("/")).header("Range", "bytes=0-1").send().unwrap();
            assert_eq!(part.status(), 206);
            assert_eq!(read(part), is(Bypass, "ab"));
        }
        assert_eq!(get(&client, &server.url("/")), is(Miss, "abcd"));
        assert_eq!(get(&client, &server.url("/")), is(Hit, "abcd"));
        assert_eq!(read(client.get(server.url("/")).header("Range", "bytes=0-1").send().unwrap()), is(Bypass, "ab"));
    });
}

#[test]
fn only_a_body_that_came_to_its_end_is_kept() {
    on_both(|| {
        let whole = answer(200, &["Cache-Control: max-age=60"], "0123456789");
        let cut = whole[..whole.len() - 3].to_owned();
        let chunked = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n";
        let until_close = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nto the end";
        let peer = Peer::start([
            conn([any_request(), reply(cut.clone()), Act::Close]),
            conn([any_request(), reply(cut), Act::Closed]),
            conn([any_request(), reply(chunked), Act::Close]),
            conn([
                any_request(),
                reply(chunked),
                reply("0\r\nT: 1\r\n\r\n"),
                any_request(),
                reply(until_close),
                Act::Close,
            ]),
        ]);
        let cache = memory();
        let client = with(&cache);
        let error = client.get(peer.url("/a")).send().unwrap().text().unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete);
        let mut half = client.get(peer.url("/a")).send().unwrap();
        half.read_exact(&mut [0; 4]).unwrap();
        drop(half);
        assert!(client.get(peer.url("/b")).send().unwrap().text().is_err());
        assert_eq!(cache.stats().stored, 0);
        assert_eq!(get(&client, &peer.url("/b")), is(Miss, "abcd"));
        let hit = client.get(peer.url("/b")).send().unwrap();
        assert!(!hit.headers().contains("Transfer-Encoding"));
        assert_eq!(read(hit), is(Hit, "abcd"));
        assert_eq!(get(&client, &peer.url("/c")), is(Miss, "to the end"));
        assert_eq!(get(&client, &peer.url("/c")), is(Hit, "to the end"));
        peer.finish();
    });
}

#[test]
fn every_way_to_read_to_the_end_keeps_the_answer() {
    on_both(|| {
        let body = "one\ntwo\nthree\n".repeat(1000);
        let sent = answer(200, &["Cache-Control: max-age=60"], &body);
        let server = Server::start(move |_, responder| responder.reply(&sent));
        type Way = fn(maypole::Response) -> usize;
        let ways: [Way; 6] = [
            |response| response.bytes().unwrap().len(),
            |mut response| response.copy_to(&mut std::io::sink()).unwrap() as usize,
            |mut response| response.read_full(14_000).unwrap().len(),
            |response| response.lines().map(|line| line.unwrap().len() + 1).sum(),
            |response| BufRead::lines(response).map(|line| line.unwrap().len() + 1).sum(),
            |mut response| {
                let (mut byte, mut n) = ([0], 0);
                while n < 14_000 {
                    n += response.read(&mut byte).unwrap();
                }
                n
            },
        ];
        let client = with(&memory());
        for (n, way) in ways.into_iter().enumerate() {
            let url = server.url(&format!("/{n}"));
            assert_eq!(way(client.get(&*url).send().unwrap()), 14_000, "{n}");
            let mut hit = client.get(&*url).send().unwrap();
            assert_eq!(hit.cache_status(), Some(Hit), "{n}");
            let mut found = String::new();
            hit.read_to_string(&mut found).unwrap();
            assert!(found == body && hit.is_complete() && hit.received() == 14_000, "{n}");
            assert_eq!(way(client.get(&*url).send().unwrap()), 14_000, "{n}, again");
        }
        assert_eq!(server.requests(), 6);
    });
}

#[test]
fn q12_bounded_by_bytes_by_entries_and_by_object() {
    on_thread(|| {
        let server = Server::start(|request, responder| {
            let size = request.target.as_str().trim_start_matches('/').split('/').next().unwrap().parse().unwrap();
            responder.reply(answer(200, &["Cache-Control: max-age=60"], &"x".repeat(size)));
        });
        let cache = memory();
        let client = with(&cache);
        for n in 0..30 {
            get(&client, &server.url(&format!("/102400/{n}")));
            assert!(cache.stats().bytes <= 1 << 20);
        }
        assert!(cache.stats().evicted >= 20);
        assert_eq!(get(&client, &server.url("/102400/29")).0, Hit);
        assert_eq!(get(&client, &server.url("/102400/0")).0, Miss);
        let few = Cache::memory(1 << 20).max_entries(3).max_object(1000);
        let client = with(&few);
        for n in 0..10 {
            get(&client, &server.url(&format!("/1000/{n}")));
            get(&client, &server.url(&format!("/1001/{n}")));
        }
        let stats = few.stats();
        assert_eq!((stats.entries, stats.stored, stats.evicted), (3, 10, 7));
    });
}

#[test]
fn rfc9111_4_4_unsafe_methods_invalidate() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let body = format!("{}", responder.turn);
            responder.reply(match (request.method.as_str(), request.target.as_str()) {
                ("GET", _) => answer(200, &["Cache-Control: max-age=60"], &body),
                ("PUT", _) => answer(500, &[], ""),
                _ => answer(201, &["Location: /b", "Content-Location: http://elsewhere.test/c"], ""),
            });
        });
        let client = with(&memory());
        let status = |path: &str| get(&client, &server.url(path)).0;
        for path in ["/a", "/b", "/c"] {
            assert_eq!((status(path), status(path)), (Miss, Hit));
        }
        let failed = client.put(server.url("/a")).body("x").send().unwrap();
        assert_eq!((failed.cache_status(), failed.status()), (Some(Bypass), 500));
        assert_eq!(["/a", "/b", "/c"].map(status), [Hit, Hit, Hit]);
        drop(client.post(server.url("/a")).body("x").send().unwrap());
        assert_eq!(["/a", "/b", "/c"].map(status), [Miss, Miss, Hit]);
    });
}

#[test]
fn an_answer_that_was_on_its_way_when_its_url_changed_is_not_kept() {
    on_thread(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.method.as_str() {
                "GET" => answer(200, &["Cache-Control: max-age=60"], "old"),
                _ => answer(204, &[], ""),
            });
        });
        let client = with(&memory());
        let before = client.get(server.url("/")).send().unwrap();
        drop(client.delete(server.url("/")).send().unwrap());
        assert_eq!(before.text().unwrap(), "old");
        assert_eq!(get(&client, &server.url("/")).0, Miss);
        assert_eq!(get(&client, &server.url("/")).0, Hit);
    });
}

#[test]
fn rfc9111_4_3_5_head_is_answered_from_get_and_updates_it() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let tag = if request.target.as_str() == "/changed" && request.method.as_str() == "HEAD" {
                "\"b\""
            } else {
                "\"a\""
            };
            let lines = ["Cache-Control: max-age=60", &format!("ETag: {tag}"), "Age: 100"];
            let lines = if request.target.as_str() == "/fresh" { &lines[..2] } else { &lines };
            let whole = answer(200, lines, "body");
            let head_end = whole.find("\r\n\r\n").unwrap() + 4;
            responder.reply(if request.method.as_str() == "HEAD" { &whole[..head_end] } else { &whole });
        });
        let cache = memory();
        let client = with(&cache);
        let head = |path: &str| {
            let response = client.head(server.url(path)).send().unwrap();
            assert_eq!(response.content_length(), Some(4));
            read(response)
        };
        get(&client, &server.url("/fresh"));
        assert_eq!(head("/fresh"), is(Hit, ""));
        assert_eq!(get(&client, &server.url("/fresh")), is(Hit, "body"));
        get(&client, &server.url("/changed"));
        assert_eq!(cache.stats().entries, 2);
        assert_eq!(head("/changed"), is(Miss, ""));
        let stored = cache.stats().entries;
        assert_eq!(get(&client, &server.url("/changed")).0, Miss, "what HEAD said is another version");
        assert!(stored <= 2);
        assert_eq!(head("/alone"), is(Miss, ""));
        assert_eq!(get(&client, &server.url("/alone")), is(Miss, "body"), "the answer to HEAD has no body to give");
    });
}

#[test]
fn answers_on_their_way_in_are_bounded_together() {
    on_thread(|| {
        let body = "x".repeat(60_000);
        let sent = answer(200, &["Cache-Control: max-age=60"], &body);
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let cache = Cache::memory(200_000).max_object(100_000).max_entries(100);
        let client = with(&cache);
        let mut reading: Vec<_> = (0..6).map(|n| client.get(server.url(&format!("/{n}"))).send().unwrap()).collect();
        reading.iter_mut().for_each(|response| response.read_exact(&mut vec![0; 50_000]).unwrap());
        let bodies: Vec<_> =
            reading.into_iter().map(|mut response| response.read_full(60_000).unwrap().len()).collect();
        assert_eq!(bodies, [10_000; 6], "the caller has it all in any case");
        assert!((1..=3).contains(&cache.stats().stored), "{:?}", cache.stats());
        get(&client, &server.url("/again"));
        assert_eq!(get(&client, &server.url("/again")).0, Hit, "and what was counted is given back");
    });
}

#[test]
fn a_request_after_a_change_does_not_have_the_answer_to_one_before_it() {
    on_both(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let server = std::sync::Arc::new(Server::start(move |request, responder| {
            let first = request.target == "/" && responder.connection == 0 && request.method == "GET";
            if first {
                held.wait();
            }
            let body = if first { "before" } else { "after" };
            responder.reply(answer(200, &["Cache-Control: max-age=60"], body));
        }));
        let client = with(&memory());
        let (url, early) = (server.url("/"), client.clone());
        let early = maypole::rt::spawn(move || get(&early, &url)).unwrap();
        server.wait_requests(1);
        drop(client.post(server.url("/")).body("x").send().unwrap().bytes());
        assert_eq!(get(&client, &server.url("/")), is(Miss, "after"));
        gate.open();
        assert_eq!(early.join().unwrap(), is(Miss, "before"));
        assert_eq!(get(&client, &server.url("/")), is(Hit, "after"));
    });
}
