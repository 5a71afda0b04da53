use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::Method;
use maypole::queue::Item;
use maypole::queue::frontier::Retries;

use crate::peer::{Refused, Server, on_both};
use crate::site::{Site, assert_over, builder};

fn quick(times: u32) -> Retries {
    Retries::times(times).backoff(Duration::from_millis(1), Duration::from_millis(5))
}

/// Every path answers with its own number as status, but `/n/k` is good from the k-th time on.
fn flaky() -> Site {
    let times = Mutex::new(std::collections::HashMap::new());
    Site::answering(move |path| {
        let mut parts = path[1..].split('/');
        let status: u16 = parts.next().unwrap().parse().unwrap();
        let good_from: usize = parts.next().map_or(usize::MAX, |part| part.parse().unwrap());
        let mut times = times.lock().unwrap();
        let time = times.entry(path.to_owned()).or_insert(0);
        *time += 1;
        (if *time >= good_from { 200 } else { status }, String::new())
    })
}

#[test]
fn what_is_worth_it_is_tried_again_and_the_handler_sees_the_last_try() {
    on_both(|| {
        let site = flaky();
        let frontier = builder().retries(quick(3)).open().unwrap();
        let paths = ["/200", "/404", "/501", "/500", "/503/2", "/429/4", "/408/5"];
        for path in paths {
            frontier.add(Item::get(site.server.url(path))).unwrap();
        }
        for path in ["/502", "/503/3"] {
            frontier.add(Item::new(Method::POST, site.server.url(path))).unwrap();
        }
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noting = seen.clone();
        let report = frontier.run(move |item, answer, _| {
            noting.lock().unwrap().push((item.id, answer.status(), item.attempts));
            Ok(())
        });
        let report = report.unwrap();
        seen.lock().unwrap().sort_unstable();
        let expected = [
            (0, 200, 1),
            (1, 404, 1),
            (2, 501, 1),
            (3, 500, 4),
            (4, 200, 2),
            (5, 200, 4),
            (6, 408, 4),
            // It may have been acted on.
            (7, 502, 1),
            (8, 200, 3),
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
        assert_eq!((report.done, report.failed, report.retried), (9, 2, 3 + 1 + 3 + 3 + 2));
        assert_over(&frontier, &report);
    });
}

#[test]
fn failures_without_an_answer_count_and_carry_their_error() {
    on_both(|| {
        let refused = Refused::start();
        let frontier = builder().retries(quick(1)).open().unwrap();
        frontier.add(Item::get(format!("http://{}/", refused.address()))).unwrap();
        let report = frontier.run(|item, answer, _| {
            assert_eq!((answer.status(), item.attempts), (0, 2));
            assert!(answer.error().is_some());
            Ok(())
        });
        let report = report.unwrap();
        assert_eq!((report.done, report.failed, report.retried, report.panicked), (1, 1, 1, 0));
    });
}

#[test]
fn a_rule_of_the_program_replaces_the_own_ones() {
    on_both(|| {
        let site = flaky();
        let retries = quick(5).when(|item, answer| answer.status() == 404 && item.attempts < 3);
        let frontier = builder().retries(retries).open().unwrap();
        for path in ["/404", "/500"] {
            frontier.add(Item::get(site.server.url(path))).unwrap();
        }
        frontier.run(|_, _, _| Ok(())).unwrap();
        assert_eq!(site.counts().values().copied().collect::<Vec<_>>(), [3, 1]);
    });
}

#[test]
fn retry_after_is_waited_for_and_holds_nobody_up() {
    on_both(|| {
        // On a machine that is late by a second the others come first only where it is longer.
        assert!([1, 4, 16].into_iter().any(others_come_first), "the others were held up");
    });
}

fn others_come_first(seconds: u64) -> bool {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noting = times.clone();
    let server = Server::start(move |request, responder| {
        let mut times = noting.lock().unwrap();
        times.push((request.target.clone(), Instant::now()));
        let is_first = request.target == "/busy" && times.iter().filter(|(path, _)| path == "/busy").count() == 1;
        let head = if is_first { format!("503 x\r\nRetry-After: {seconds}") } else { "200 OK".into() };
        responder.reply(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n"));
    });
    let frontier = builder().queue(crate::site::queue().concurrency(1)).retries(quick(1)).open().unwrap();
    for path in ["/busy", "/1", "/2"] {
        frontier.add(Item::get(server.url(path))).unwrap();
    }
    assert_eq!(frontier.run(|_, _, _| Ok(())).unwrap().failed, 0);
    let times = times.lock().unwrap();
    let at = |n: usize| times.iter().filter(|(path, _)| path == "/busy").nth(n).unwrap().1;
    assert!(at(1) - at(0) >= Duration::from_secs(seconds));
    let order: Vec<_> = times.iter().map(|(path, _)| path.as_str()).collect();
    order == ["/busy", "/1", "/2", "/busy"]
}
