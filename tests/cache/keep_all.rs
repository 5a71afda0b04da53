//! Everything for a fixed time: octopus's mode (Q1 to Q8, Q15, Q16).

use std::time::Duration;

use maypole::client::CacheStatus::*;

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

const MINUTE: Duration = Duration::from_secs(60);

/// Answers with the status in the path and a count.
fn statuses(lines: &'static [&'static str]) -> Server {
    Server::start(move |request, responder| {
        let status = request.target.trim_start_matches('/').split('?').next().unwrap().parse().unwrap();
        responder.reply(answer(status, lines, &responder.turn.to_string()));
    })
}

#[test]
fn q8_every_answer_below_400_whatever_its_server_says() {
    on_both(|| {
        for lines in [&[][..], &["Cache-Control: no-store, no-cache, max-age=0"], &["Expires: 0", "Age: 5000"]] {
            let server = statuses(lines);
            let client = with(&memory().keep_all(MINUTE));
            for (status, kept) in [(200, true), (204, true), (302, true), (206, false), (404, false), (500, false)] {
                let url = server.url(&format!("/{status}"));
                get(&client, &url);
                assert_eq!(get(&client, &url).0, if kept { Hit } else { Miss }, "{status} {lines:?}");
            }
        }
    });
}

#[test]
fn q8_cache_if_decides() {
    on_thread(|| {
        let server = statuses(&[]);
        let client = with(&memory().keep_all(MINUTE).cache_if(|status, _| status < 500));
        for (status, kept) in [(200, Hit), (404, Hit), (500, Miss)] {
            let url = server.url(&format!("/{status}"));
            get(&client, &url);
            assert_eq!(get(&client, &url).0, kept, "{status}");
        }
        let narrow = with(&memory().cache_if(|_, headers| headers.contains("X-Keep")));
        let fresh = statuses(&["Cache-Control: max-age=60"]);
        get(&narrow, &fresh.url("/200"));
        assert_eq!(get(&narrow, &fresh.url("/200")).0, Miss);
    });
}

#[test]
fn q3_over_means_gone() {
    on_both(|| {
        let server = statuses(&["ETag: \"a\""]);
        let cache = memory().keep_all(Duration::from_millis(100));
        let client = with(&cache);
        assert_eq!(get(&client, &server.url("/200")), is(Miss, "0"));
        wait_until("the time to be over", || get(&client, &server.url("/200")) == is(Miss, "1"));
        assert_eq!(cache.stats().entries, 1);
        assert_eq!((cache.stats().revalidated, cache.stats().stale), (0, 0));
    });
}

#[test]
fn q6_q7_q15_methods_variants_and_ways_to_write_a_url() {
    on_thread(|| {
        let server = statuses(&["Vary: X-A"]);
        let client = with(&memory().keep_all(MINUTE));
        assert_eq!(get(&client, &server.url("/200?x")), is(Miss, "0"));
        assert_eq!(get(&client, &server.url("/200?x#f").replace("http", "HTTP")), is(Hit, "0"));
        let other = client.get(server.url("/200?x")).header("X-A", "1").send().unwrap();
        assert_eq!(read(other), is(Miss, "1"));
        let posted = client.post(server.url("/200?x")).body("b").send().unwrap();
        assert_eq!(read(posted), is(Bypass, "2"), "never out of the cache");
        assert_eq!(get(&client, &server.url("/200?x")), is(Miss, "3"));
    });
}

#[test]
fn sec_j7_vary_star_is_for_nobody_and_users_are_told_apart() {
    on_thread(|| {
        let server = statuses(&["Vary: *"]);
        let client = with(&memory().keep_all(MINUTE));
        get(&client, &server.url("/200"));
        assert_eq!(get(&client, &server.url("/200")).0, Miss);
        let server = statuses(&[]);
        let ask = |user: &str| read(client.get(server.url("/200")).header("Authorization", user).send().unwrap()).0;
        assert_eq!([ask("Bearer a"), ask("Bearer b"), ask("Bearer a")], [Miss, Miss, Hit]);
    });
}

#[test]
fn what_one_mode_keeps_the_other_does_not_find() {
    on_thread(|| {
        let server = statuses(&["Cache-Control: no-store"]);
        let cache = memory();
        let (kept, plain) = (with(&cache.clone().keep_all(MINUTE)), with(&cache));
        get(&kept, &server.url("/200"));
        assert_eq!(get(&plain, &server.url("/200")).0, Miss);
        assert_eq!(get(&kept, &server.url("/200")).0, Hit);
    });
}
