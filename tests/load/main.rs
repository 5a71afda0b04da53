//! Loads without a server: what a scenario does is known, and so is what must be measured.

mod accuracy;
mod export;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use maypole::error::{Error, Kind};
use maypole::load::{Ended, Latency, Load, Sample, Stage, Turn};
use maypole::rt::{self, CancelToken};

const MS: Duration = Duration::from_millis(1);
const S: Duration = Duration::from_secs(1);

fn quick(_: &mut Turn<'_>) -> maypole::Result<Sample> {
    rt::sleep(MS);
    Ok(Sample::new().status(200).bytes(10))
}

#[test]
fn q293_so_many_iterations_by_so_many_users_at_once() {
    let (running, peak, seen) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (now, most, numbers) = (running.clone(), peak.clone(), seen.clone());
    let scenario = move |turn: &mut Turn<'_>| {
        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        numbers.lock().unwrap().push(turn.number());
        let sample = quick(turn);
        now.fetch_sub(1, SeqCst);
        sample
    };
    let stats = Load::new().users(10).iterations(1000).run(scenario).unwrap();
    assert_eq!((stats.done(), stats.errors(), stats.unfinished), (1000, 0, 0));
    assert_eq!((stats.bytes, stats.requests, stats.statuses[&200]), (10_000, 1000, 1000));
    assert!(peak.load(SeqCst) <= 10);
    let mut numbers = std::mem::take(&mut *seen.lock().unwrap());
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..1000));
    assert_eq!(stats.ticks.iter().map(|tick| tick.done).sum::<u64>(), 1000);
    assert!(stats.latency.min() >= MS);
}

#[test]
fn q294_a_time_ends_it_and_what_is_under_way_is_counted_apart() {
    let stats = Load::new().users(4).duration(3 * S).grace(Duration::ZERO);
    let stats = stats.run(|turn: &mut Turn<'_>| {
        if turn.number() >= 4 {
            rt::sleep(60 * S);
        }
        Ok(Sample::new())
    });
    let stats = stats.unwrap();
    assert_eq!((stats.done(), stats.unfinished, stats.ended), (4, 4, Ended::Done));
    assert!(stats.elapsed >= 3 * S && stats.elapsed < 20 * S);
}

#[test]
fn q295_a_stall_is_seen_by_all_who_would_have_asked_in_it() {
    // One server that is deaf for a second once it has been asked for the 50th time, at 100 a second.
    let deaf = Arc::new(OnceLock::new());
    let stats = Load::new().users(5).rate(100.0).iterations(250);
    let stats = stats.run(move |turn: &mut Turn<'_>| {
        if turn.number() >= 50 {
            rt::sleep(deaf.get_or_init(|| Instant::now() + S).saturating_duration_since(Instant::now()));
        }
        Ok(Sample::new())
    });
    let stats = stats.unwrap();
    assert_eq!((stats.done(), stats.dropped), (250, 0));
    let slow = |latency: &Latency| -> u64 {
        latency.buckets().filter(|(time, _)| *time > 100 * MS).map(|(_, count)| count).sum()
    };
    // From 0.1 to 1 s late: some 90 of them. Without their times only the five that were caught. Where the machine itself
    // is deaf for a while, both grow, the latter by five at most.
    let [latency, service] = [slow(&stats.latency), slow(&stats.service)];
    assert!(latency >= 80 && service * 3 < latency, "{latency} were late, {service} took long");
    assert!(stats.latency.percentile(98.0) > 850 * MS, "{:?}", stats.latency.percentile(98.0));
}

#[test]
fn q296_too_few_users_for_a_rate_is_counted_and_said() {
    let late = |load: Load| {
        load.users(1).rate(40.0).duration(2500 * MS).run(|_: &mut Turn<'_>| {
            rt::sleep(100 * MS);
            Ok(Sample::new())
        })
    };
    let stats = late(Load::new()).unwrap();
    assert_eq!(stats.planned, Some(100));
    assert!(stats.dropped >= 75 && stats.done() + stats.dropped + stats.unfinished == 100, "{stats:?}");
    let doubts = stats.doubts(1).join("\n");
    assert!(
        doubts.contains("could not begin in time") && doubts.contains("began late because all 1 were under way"),
        "{doubts}"
    );
    // All but the first, which may have been.
    assert!((0..=1).contains(&(stats.done() + stats.unfinished - stats.late)), "{stats:?}");
    let stats = late(Load::new().max_late(10 * MS)).unwrap();
    assert!(stats.latency.max() < Duration::from_secs(20) && stats.dropped >= 75, "{stats:?}");
}

#[test]
fn none_is_late_for_want_of_users_while_those_are_started() {
    // All are to begin within 3 ms, in which 3,000 coroutines are not started.
    let stats = Load::new().users(3_000).rate(1e6).iterations(3_000).run(|_: &mut Turn<'_>| Ok(Sample::new())).unwrap();
    assert_eq!((stats.done(), stats.late), (3_000, 0));
    assert!(stats.timer.count() > 0, "{stats:?}");
}

#[test]
fn however_many_are_too_late_the_next_one_in_time_begins() {
    // While one takes 1 ms, 10,000 others become too late; who drops them one by one never sees the end of them.
    let (enough, begun) = (CancelToken::new(), AtomicU64::new(0));
    let end = enough.clone();
    let load = Load::new().users(1).rate(1e7).max_late(MS / 2).duration(20 * S).cancel(&enough);
    let stats = load.run(move |_: &mut Turn<'_>| {
        if begun.fetch_add(1, SeqCst) == 20 {
            end.cancel();
        }
        rt::sleep(MS);
        Ok(Sample::new())
    });
    let stats = stats.unwrap();
    assert!(stats.ended == Ended::Cancelled && stats.done() >= 20, "{stats:?}");
    assert!(stats.dropped > 100_000, "{stats:?}");
}

#[test]
fn q297_a_ramp_is_a_ramp() {
    // None begins sooner than it is to, however busy the machine is; and unless it is very busy, not much later.
    let in_time = (0..5).any(|_| {
        let (begun, done) = ramp();
        let late = |(n, at): &(u64, Duration)| {
            // So many have begun after t seconds: 10 t + 22.5 t².
            let at_least = ((100.0 + 90.0 * *n as f64).sqrt() - 10.0) / 45.0;
            let late = at.as_secs_f64() - at_least;
            assert!(late > -1e-6, "{n} began {late} s late");
            late
        };
        begun.iter().map(late).filter(|late| *late < 0.1).count() >= 100 && done == 110
    });
    assert!(in_time, "five times many began late");
}

/// Which began when, and how many ended.
fn ramp() -> (Vec<(u64, Duration)>, u64) {
    let begun = Arc::new(Mutex::new(Vec::new()));
    let (seen, start) = (begun.clone(), Instant::now());
    let scenario = move |turn: &mut Turn<'_>| {
        seen.lock().unwrap().push((turn.number(), start.elapsed()));
        Ok(Sample::new())
    };
    let stats = Load::new().users(20).stages(10.0, &[Stage { duration: 2 * S, rate: 100.0 }]).run(scenario).unwrap();
    assert_eq!((stats.planned, stats.done() + stats.dropped + stats.unfinished), (Some(110), 110));
    (std::mem::take(&mut *begun.lock().unwrap()), stats.done())
}

#[test]
fn q298_a_warm_up_is_not_counted() {
    let all = Arc::new(AtomicU64::new(0));
    let counted = all.clone();
    let scenario = move |turn: &mut Turn<'_>| {
        counted.fetch_add(1, SeqCst);
        quick(turn)
    };
    let stats = Load::new().users(2).warm_up(2500 * MS).duration(300 * MS).run(scenario).unwrap();
    let all = all.load(SeqCst);
    assert!(stats.elapsed >= 300 * MS && stats.elapsed < 2500 * MS + 10 * S);
    assert!(stats.ticks[0].warm_up && !stats.ticks.last().unwrap().warm_up);
    let sum = |warm_up| stats.ticks.iter().filter(|tick| tick.warm_up == warm_up).map(|tick| tick.done).sum::<u64>();
    assert_eq!(sum(false), stats.done(), "{:?}", stats.ticks);
    // Each is of the one or of the other, but for those of two users that the end of either has met.
    let counted = stats.done() + sum(true);
    assert!((counted..=counted + 4).contains(&all), "{all} and not {counted}: {:?}", stats.ticks);
    assert!(sum(true) > 0 && stats.ticks[0].p50 >= MS, "the warm-up is seen, too: {:?}", stats.ticks);
}

#[test]
fn a_watch_sees_the_run_so_far_and_at_its_end_all_of_it() {
    let (tell, told) = std::sync::mpsc::channel();
    let load = Load::new().users(3).rate(200.0).warm_up(2500 * MS).iterations(500);
    let load = load.on_tick(60 * S, |_| ()).watch(50 * MS, move |now| tell.send(now).unwrap());
    let stats = load.run(|turn: &mut Turn<'_>| match turn.number() % 10 {
        0 => Err(Error::new(Kind::Timeout, "it took too long")),
        _ => quick(turn).map(|sample| sample.status(200).bytes(10)),
    });
    let stats = stats.unwrap();
    let looks: Vec<_> = told.iter().collect();
    let (warm_up, counted): (Vec<_>, Vec<_>) = looks.iter().partition(|now| now.lately.warm_up);
    assert!(warm_up.len() >= 2 && counted.len() >= 2, "{looks:?}");
    assert!(warm_up.iter().all(|now| now.done() == 0 && now.elapsed <= now.lately.lasted), "{warm_up:?}");
    assert!(warm_up.iter().any(|now| now.lately.done > 0 && now.latency_lately.count() > 0), "{warm_up:?}");
    assert!(counted.is_sorted_by_key(|now| now.done()) && counted[0].warm_up_left.is_zero());
    let last = counted.last().unwrap();
    assert_eq!((last.done(), last.errors(), last.bytes), (stats.done(), stats.errors(), stats.bytes));
    assert_eq!((&last.statuses, &last.failures, last.planned), (&stats.statuses, &stats.failures, stats.planned));
    assert_eq!(counted.iter().map(|now| now.lately.done).sum::<u64>(), stats.done());
    let near = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    assert!((0.98..1.02).contains(&near(last.latency.percentile(90.0), stats.latency.percentile(90.0))), "{last:?}");
    assert!(Load::new().iterations(1).watch(Duration::ZERO, |_| ()).run(quick).is_err());
}

#[test]
fn q298_a_number_of_iterations_is_that_behind_the_warm_up_and_its_end_is_seen_at_once() {
    for load in [Load::new(), Load::new().rate(100.0)] {
        let stats = load.users(2).warm_up(200 * MS).iterations(20).on_tick(Duration::from_secs(60), |_| ());
        let stats = stats.run(quick).unwrap();
        assert_eq!(stats.done(), 20, "{stats:?}");
        assert!(stats.elapsed < Duration::from_secs(30), "{stats:?}");
    }
}

#[test]
fn q305_a_token_ends_it_with_what_was_done() {
    let token = CancelToken::new();
    let firing = token.clone();
    let stats = Load::new().users(3).duration(Duration::from_secs(600)).grace(Duration::ZERO).cancel(&token);
    let stats = stats.run(move |turn: &mut Turn<'_>| {
        if turn.number() == 50 {
            firing.cancel();
            rt::sleep(Duration::from_secs(600));
        }
        quick(turn)
    });
    let stats = stats.unwrap();
    assert_eq!(stats.ended, Ended::Cancelled);
    assert!(stats.done() >= 48 && stats.unfinished >= 1, "{stats:?}");
}

#[test]
fn q313_steps_have_figures_of_their_own_and_errors_and_panics_are_counted() {
    let stats = Load::new().users(4).iterations(100).run(|turn: &mut Turn<'_>| {
        turn.step("first", || quick_step(1))?;
        let fails = turn.number() % 4 == 0;
        if turn.number() % 10 == 1 {
            panic!("on purpose");
        }
        turn.step("second", || match fails {
            true => Err(Error::new(Kind::Protocol, "on purpose")),
            false => quick_step(2),
        })
    });
    let stats = stats.unwrap();
    assert_eq!((stats.done(), stats.errors()), (65, 35));
    let failed: Vec<_> = stats.failures.iter().map(|failure| (failure.kind, failure.count)).collect();
    assert_eq!(failed, [(Kind::Protocol, 25), (Kind::Panicked, 10)]);
    let (first, second) = (&stats.steps["first"], &stats.steps["second"]);
    assert_eq!((first.time.count(), first.failed, second.time.count(), second.failed), (100, 0, 65, 25));
    assert!(second.time.percentile(99.0) >= 2 * MS);
}

fn quick_step(ms: u32) -> maypole::Result<Sample> {
    rt::sleep(ms * MS);
    Ok(Sample::new())
}

#[test]
fn q311_percentiles_are_within_a_hundredth_of_those_of_sorted_times() {
    let mut state = 7_u64;
    let mut times: Vec<_> = (0..1_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // From 100 µs to 10 s, evenly on a logarithmic scale.
            Duration::from_secs_f64(1e-4 * 1e5_f64.powf((state >> 11) as f64 / (1_u64 << 53) as f64))
        })
        .collect();
    let latency: Latency = times.iter().copied().collect();
    times.sort_unstable();
    for percent in [0.1, 1.0, 10.0, 50.0, 75.0, 90.0, 99.0, 99.9, 99.99, 100.0] {
        let rank = (percent / 100.0 * times.len() as f64).ceil() as usize;
        let (exact, measured) = (times[rank - 1].as_secs_f64(), latency.percentile(percent).as_secs_f64());
        assert!((measured / exact - 1.0).abs() < 0.01, "p{percent}: {measured} instead of {exact}");
    }
    assert_eq!(latency.count(), 1_000_000);
}

#[test]
fn what_is_left_to_itself_ends_after_the_run_and_is_not_cancelled() {
    let (sender, ended) = std::sync::mpsc::channel();
    let (token, gate) = (CancelToken::new(), CancelToken::new());
    let (firing, open) = (token.clone(), gate.clone());
    let load = Load::new().users(1).duration(600 * S).cancel(&token).grace(Duration::ZERO).abandon_unfinished();
    let stats = load.run(move |_: &mut Turn<'_>| {
        firing.cancel();
        rt::scope::with_cancel(&open, || rt::sleep(600 * S));
        sender.send(()).ok();
        Ok(Sample::new())
    });
    let stats = stats.unwrap();
    assert_eq!((stats.done(), stats.unfinished), (0, 1), "{stats:?}");
    assert!(ended.try_recv().is_err(), "it goes on");
    gate.cancel();
    ended.recv().unwrap();
    // Those that wait for their time have nothing to end and are not waited for.
    let token = CancelToken::new();
    let firing = token.clone();
    let load = Load::new().users(3).rate(0.01).duration(Duration::from_secs(600)).cancel(&token).abandon_unfinished();
    let stats = load.run(move |turn: &mut Turn<'_>| {
        firing.cancel();
        quick(turn)
    });
    assert_eq!(stats.unwrap().ended, Ended::Cancelled);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |load: Load| load.run(quick).unwrap_err().kind();
    assert_eq!(refused(Load::new()), Kind::InvalidConfig);
    assert_eq!(refused(Load::new().iterations(1).users(0)), Kind::InvalidConfig);
    assert_eq!(refused(Load::new().iterations(1).rate(0.0)), Kind::InvalidConfig);
    assert_eq!(refused(Load::new().iterations(1).rate(f64::NAN)), Kind::InvalidConfig);
    assert_eq!(refused(Load::new().iterations(1).warm_up(Duration::MAX)), Kind::InvalidConfig);
}

#[test]
fn what_never_comes_is_not_waited_for() {
    let load = Load::new().iterations(3).duration(Duration::MAX).max_late(Duration::MAX).rate(1e3);
    let stats = load.on_tick(Duration::MAX, |_| {}).watch(Duration::MAX, |_| {}).run(quick).unwrap();
    assert_eq!((stats.done(), stats.dropped, stats.ticks.len()), (3, 0, 1));
}

#[test]
fn a_run_leaves_nothing_behind_and_works_from_a_coroutine() {
    let run = || Load::new().users(50).iterations(500).run(quick).unwrap().done();
    assert_eq!(run(), 500);
    assert_eq!(rt::spawn(run).unwrap().join().unwrap(), 500);
}
