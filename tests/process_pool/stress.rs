//! Workers killed at random while jobs run: each job has one outcome. Run by hand, in release:
//! `cargo test --release --test process_pool -- --ignored`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::queue::processes::{Call, ProcessExecutor};
use maypole::rt::Group;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::lives::{children, settled};
use crate::peer::{fds, resident_bytes, wait_until};
use crate::runner::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "stress_ten_thousand_jobs_while_workers_are_killed", run: killing, long: true },
    Case { name: "stress_ten_thousand_recycled", run: recycling, long: true },
    Case { name: "what_a_job_costs", run: costs, long: true },
];

/// A step of a generator that needs no crate: SplitMix64.
fn random(state: &AtomicU64) -> u64 {
    let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn killing() {
    const JOBS: u64 = 10_000;
    let seconds: u64 = std::env::var("STRESS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (start, mut rounds, mut outcomes) = (Instant::now(), 0, HashMap::<String, u64>::new());
    let (before, held) = (settled(), fds());
    while rounds == 0 || start.elapsed() < Duration::from_secs(seconds) {
        round(JOBS, rounds, &mut outcomes);
        rounds += 1;
        wait_until("all workers to end", || children() == before);
    }
    println!("{rounds} rounds of {JOBS} jobs in {:.1?}: {outcomes:?}", start.elapsed());
    println!("descriptors {held} before, {} after; {} MiB resident", fds(), resident_bytes() >> 20);
    assert_eq!(outcomes.values().sum::<u64>(), rounds * JOBS);
    assert!(outcomes["ok"] > rounds * JOBS / 2 && outcomes["WorkerDied"] > 0, "{outcomes:?}");
    // Of the runtime itself, and of its first use.
    assert!(fds() <= held + 16, "{held} descriptors before, {} after", fds());
}

fn round(jobs: u64, seed: u64, outcomes: &mut HashMap<String, u64>) {
    let pool = ProcessExecutor::new(6).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let state = Arc::new(AtomicU64::new(seed));
    let (ended, theirs) = (over.clone(), pool.clone());
    let killer = std::thread::spawn(move || {
        let mut kills = 0_u64;
        while !ended.load(SeqCst) {
            let pids = theirs.stats().pids;
            if !pids.is_empty() {
                let victim = pids[random(&state) as usize % pids.len()];
                // The number may have gone to another process of this test, never to a stranger's: it is fresh.
                kills += u64::from(kill(Pid::from_raw(victim as i32), Signal::SIGKILL).is_ok());
            }
            std::thread::sleep(Duration::from_micros(500 + random(&state) % 20_000));
        }
        kills
    });
    let called = Arc::new(AtomicU64::new(0));
    let (counted, caller) = (called.clone(), pool.clone());
    let results = Group::new(200).map(0..jobs, move |n| {
        let result = match n % 4 {
            0 => caller.call::<String>("fill", &100_000).map(|text| assert_eq!(text.len(), 100_000)),
            1 => caller.call::<u64>("sleep", &(n % 5)).map(|slept| assert_eq!(slept, n % 5)),
            _ => caller.call::<u64>("double", &n).map(|double| assert_eq!(double, n * 2)),
        };
        counted.fetch_add(1, SeqCst);
        result.err().map(|error| error.kind())
    });
    over.store(true, SeqCst);
    let kills = killer.join().unwrap();
    let results = results.unwrap();
    assert_eq!((called.load(SeqCst), results.len() as u64), (jobs, jobs));
    assert!(kills > 0);
    for kind in results {
        assert!(kind.is_none_or(|kind| kind == Kind::WorkerDied), "{kind:?}");
        *outcomes.entry(kind.map_or("ok".to_owned(), |kind| format!("{kind:?}"))).or_default() += 1;
    }
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.in_flight, stats.done), (0, 0, jobs));
    assert!(stats.pids.len() <= 6);
}

fn recycling() {
    let (before, held) = (settled(), fds());
    let pool = ProcessExecutor::builder(4).recycle_after(20).build().unwrap();
    let start = Instant::now();
    let caller = pool.clone();
    let results = Group::new(100).map(0..10_000_u64, move |n| caller.call::<u64>("double", &n).unwrap() == n * 2);
    assert!(results.unwrap().into_iter().all(|right| right));
    let stats = pool.stats();
    println!("10,000 jobs, {} workers, in {:.1?}", stats.started, start.elapsed());
    assert_eq!((stats.died, stats.done), (0, 10_000));
    // The last of each may have had fewer jobs.
    assert!((496..=500).contains(&stats.recycled) && stats.started - stats.recycled <= 4, "{stats:?}");
    drop(pool);
    wait_until("all workers to end", || children() == before);
    assert!(fds() <= held + 16, "{held} descriptors before, {} after", fds());
}

fn costs() {
    let pool = ProcessExecutor::new(1).unwrap();
    let start = Instant::now();
    pool.call::<u64>("double", &1).unwrap();
    println!("first job, with its worker: {:.1?}", start.elapsed());
    let start = Instant::now();
    for n in 0..20_000_u64 {
        assert_eq!(pool.call::<u64>("double", &n).unwrap(), n * 2);
    }
    println!("a job after the other: {:.1?} each", start.elapsed() / 20_000);
    let start = Instant::now();
    for _ in 0..20 {
        pool.call::<String>("fill", &(10 << 20)).unwrap();
    }
    println!("10 MiB of text: {:.1?} each", start.elapsed() / 20);
    let all: Vec<_> = (0..20_000_u64).map(|n| pool.submit::<u64>(Call::new("double", &n).unwrap()).unwrap()).collect();
    let start = Instant::now();
    let sum: u64 = all.into_iter().map(|pending| pending.join().unwrap()).sum();
    println!("20,000 queued ones: {:.1?} each ({sum})", start.elapsed() / 20_000);
}
