//! What is measured beside what is true: the server is a schedule of stalls, and it writes down when it let go of each.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::load::{Latency, Load, Sample, Stats, Turn};
use maypole::rt;

const MS: Duration = Duration::from_millis(1);
const RATE: f64 = 200.0;
const COUNT: u64 = 480;
const DELAY: Duration = Duration::from_millis(50);
/// In each second and a fifth.
const PERIOD: Duration = Duration::from_millis(1200);
const STALL: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(900));

/// When what arrives `at` is let go: a delay later, but not within a stall.
fn let_go(at: Duration) -> Duration {
    let due = at + DELAY;
    let periods = (due.as_millis() / PERIOD.as_millis()) as u32;
    let within = due - periods * PERIOD;
    if within >= STALL.0 && within < STALL.1 { periods * PERIOD + STALL.1 } else { due }
}

fn scheduled(n: u64) -> Duration {
    Duration::from_secs_f64(n as f64 / RATE)
}

fn at_rank(sorted: &[Duration], percent: f64) -> Duration {
    sorted[(percent / 100.0 * sorted.len() as f64).ceil() as usize - 1]
}

/// Runs it, and says beside its figures when each was over, counted from when it was to begin.
fn against_stalls(users: usize) -> (Stats, Vec<Duration>) {
    let start = Instant::now();
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = log.clone();
    let stats = Load::new().users(users).rate(RATE).iterations(COUNT).run(move |turn: &mut Turn<'_>| {
        let begun = start.elapsed();
        rt::sleep(let_go(begun) - begun);
        seen.lock().unwrap().push((turn.number(), begun, start.elapsed()));
        Ok(Sample::new())
    });
    let log = log.lock().unwrap();
    // The least late of all says when the run began.
    let from = log.iter().map(|(n, begun, _)| begun.saturating_sub(scheduled(*n))).min().unwrap();
    let mut truth: Vec<_> = log.iter().map(|(n, _, over)| *over - from - scheduled(*n)).collect();
    truth.sort_unstable();
    (stats.unwrap(), truth)
}

fn agree(latency: &Latency, truth: &[Duration]) {
    assert_eq!(latency.count(), truth.len() as u64);
    for percent in [50.0, 75.0, 90.0, 95.0, 98.0] {
        // Between what the test wrote down and what the load did a busy machine may have stopped some of them, and the
        // others have moved in rank.
        let exact = [percent - 1.0, percent + 1.0].map(|percent| at_rank(truth, percent));
        let (range, measured) =
            (exact[0] - exact[0] / 50..=exact[1] + exact[1] / 50 + 5 * MS, latency.percentile(percent));
        assert!(range.contains(&measured), "p{percent}: {measured:?} instead of {exact:?}");
    }
}

#[test]
fn q312_corrected_percentiles_are_those_of_the_closed_form() {
    // As many users as requests wait at the end of a stall: the schedule alone decides.
    let (stats, truth) = against_stalls(150);
    agree(&stats.latency, &truth);
    let mut closed: Vec<_> = (0..COUNT).map(|n| let_go(scheduled(n)) - scheduled(n)).collect();
    closed.sort_unstable();
    // A busy machine can only add to it. 75 and 99 lie well within the stalled third, where all are 5 ms apart.
    for percent in [50.0, 75.0, 99.0] {
        let (least, measured) = (at_rank(&closed, percent), stats.latency.percentile(percent));
        assert!(measured + 5 * MS >= least - least / 50, "p{percent}: {measured:?}, and at least {least:?} is true");
    }
    assert!(stats.latency.percentile(99.0) >= 400 * MS, "{:?}", stats.latency);
}

#[test]
fn q312_and_with_users_that_all_wait_in_the_stall_too() {
    let (stats, truth) = against_stalls(20);
    agree(&stats.latency, &truth);
    // Of each stall only these 20 were caught in it; all others began after it and know nothing of it.
    let [latency, service] = [&stats.latency, &stats.service].map(|times| times.percentile(75.0));
    assert!(service * 2 < latency, "{service:?} from their beginning, {latency:?} from when they should have begun");
}

#[test]
fn q307_a_client_without_time_left_says_so() {
    let stats = Load::new().users(2).iterations(20).run(|_: &mut Turn<'_>| {
        rt::sleep(10 * MS);
        Ok(Sample::new())
    });
    let mut stats = stats.unwrap();
    let says = |stats: &Stats| stats.doubts(1).iter().any(|doubt| doubt.contains("The client was the limit"));
    stats.cpu = stats.elapsed * 89 / 100;
    assert!(!says(&stats), "{:?}", stats.doubts(1));
    stats.cpu = stats.elapsed * 91 / 100;
    assert!(says(&stats), "{:?}", stats.doubts(1));
}
