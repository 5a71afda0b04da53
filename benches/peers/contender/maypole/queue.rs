//! maypole's fetch queue with every default on; only the size of its pool and its timeout follow the job.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::maypole::queue::{FetchQueue, FetchQueueBuilder, Fetched};

use super::{Outcome, User};
use crate::contender::tally::{Tally, check};
use crate::delays;
use crate::job::Job;
use crate::usage::Meter;

/// Octopus's 5 s would end the slowest.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often the cached URLs are asked for again.
const REPEATS: usize = 200;
/// How many are fetched one after the other.
const SAMPLE: usize = 6;

fn builder(user: &User, job: &Job) -> FetchQueueBuilder {
    FetchQueue::builder().client(user.client.clone()).concurrency(job.connections).timeout(TIMEOUT).auto_start(true)
}

fn enqueue(queue: &FetchQueue, user: &User, url: &str, tally: &Arc<Tally>) -> ::maypole::Result<()> {
    let (tally, body) = (tally.clone(), user.body.clone());
    let handler = move |_: &str, answer: Fetched| {
        tally.took(answer.elapsed(), check(answer.status(), answer.bytes(), &body));
    };
    queue.enqueue(url, handler).map(drop)
}

pub(super) fn run(user: &User, job: &Job) -> Outcome {
    let queue = builder(user, job).build()?;
    let tally = Arc::new(Tally::new());
    let meter = Meter::start();
    for url in job.delayed_urls() {
        enqueue(&queue, user, &url, &tally)?;
    }
    queue.wait_all()?;
    let mut sample = tally.stop(meter);
    let some = job.delays.len().min(SAMPLE);
    let started = Instant::now();
    for url in job.delayed_urls().take(some) {
        user.client.get(url).send()?.bytes()?;
    }
    sample.sequential = Some(started.elapsed().as_secs_f64() / delays::seconds(&job.delays[..some]));
    Ok(sample)
}

pub(super) fn cached(user: &User, job: &Job) -> Outcome {
    let queue = builder(user, job).cache_ttl(Duration::from_secs(600)).build()?;
    let urls: Vec<String> = job.delayed_urls().collect();
    let first = Arc::new(Tally::new());
    for url in &urls {
        enqueue(&queue, user, url, &first)?;
    }
    queue.wait_all()?;
    let tally = Arc::new(Tally::new());
    let meter = Meter::start();
    for url in std::iter::repeat_n(&urls, REPEATS).flatten() {
        enqueue(&queue, user, url, &tally)?;
    }
    queue.wait_all()?;
    assert_eq!(queue.stats().cache_hits, (REPEATS * urls.len()) as u64, "all of them from the cache");
    Ok(tally.stop(meter))
}
