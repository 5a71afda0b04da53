//! The contenders, each in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::{Inbound, Outbound, Transport};
use maypole::queue::{Acquire, FetchQueue, FetchQueueBuilder, Limiter, Order, Permit, Turn};
use maypole::rt::{self, Runtime};

use crate::meter::{self, Meter, Sample};

const HOSTS: u64 = 1_000;
const IN_FLIGHT: u64 = 2_000;
/// Of the page that the server has at `/`.
const PAGE: usize = 612;

/// Answers at once.
struct Instantly;

impl Transport for Instantly {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        Inbound::new(200, [], ())
    }
}

/// Grants at once.
struct Free;

impl Limiter for Free {
    fn try_acquire(&self, _: &maypole::Url, _: &Turn) -> Acquire {
        Acquire::Granted(Permit::free())
    }
}

/// How often each job has ended.
struct Ends {
    each: Vec<AtomicU8>,
    wrong: AtomicU64,
}

impl Ends {
    fn new(jobs: u64) -> Arc<Self> {
        Arc::new(Self { each: (0..jobs).map(|_| AtomicU8::new(0)).collect(), wrong: AtomicU64::new(0) })
    }

    fn end(&self, job: u64, is_right: bool) {
        self.each[job as usize].fetch_add(1, SeqCst);
        self.wrong.fetch_add(u64::from(!is_right), SeqCst);
    }

    fn tell(&self, sample: &mut Sample) {
        let count = |wanted: fn(u8) -> bool| self.each.iter().filter(|ends| wanted(ends.load(SeqCst))).count() as u64;
        (sample.lost, sample.doubled) = (count(|ends| ends == 0), count(|ends| ends > 1));
        sample.wrong = self.wrong.load(SeqCst);
    }
}

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let [name, jobs, port] = arguments else { return Err("work NAME JOBS PORT".to_owned()) };
    let jobs: u64 = jobs.parse().map_err(|_| "JOBS is a number")?;
    let workers = if name.ends_with("-2") { 2 } else { 1 };
    if workers == 1 {
        meter::to_second_core();
    }
    Runtime::builder().workers(workers).start().map_err(|e| e.to_string())?;
    let (name, port) = (name.clone(), port.clone());
    let work = move || work(&name, jobs, &port).map_err(|e| e.to_string());
    // From a coroutine, as programs do.
    let sample = rt::spawn(work).map(rt::JoinHandle::join).map_err(|e| e.to_string())?;
    let sample = sample.map_err(|_| "it panicked")??;
    println!("{}", serde_json::to_string(&sample).map_err(|e| e.to_string())?);
    Ok(())
}

fn work(name: &str, jobs: u64, port: &str) -> maypole::Result<Sample> {
    match name {
        "memory" => memory(name, jobs, FetchQueue::builder(), false),
        "memory-arc" => memory(name, jobs, FetchQueue::builder(), true),
        "memory-limited" => memory(name, jobs, FetchQueue::builder().limiter(Free), true),
        "empty-bare" | "empty-bare-2" => bare(name, jobs, &instant()?, 100, &|n| host(n, "80")),
        "empty-queue" | "empty-queue-2" => {
            queue(name, jobs, instant()?, FetchQueue::builder().concurrency(100), &|n| host(n, "80"))
        }
        "empty-fifo" => {
            let builder = FetchQueue::builder().concurrency(100).order(Order::Fifo);
            queue(name, jobs, instant()?, builder, &|n| host(n, "80"))
        }
        "bare" => bare(name, jobs, &wired()?, IN_FLIGHT, &|n| host(n, port)),
        "queue" => {
            let builder = FetchQueue::builder().concurrency(IN_FLIGHT as usize).bounded(20_000);
            queue(name, jobs, wired()?, builder, &|n| host(n, port))
        }
        "queue-all" => {
            let builder = FetchQueue::builder().concurrency(IN_FLIGHT as usize);
            queue(name, jobs, wired()?, builder, &|n| host(n, port))
        }
        other => Err(maypole::Error::new(maypole::error::Kind::InvalidConfig, format!("no contender {other:?}"))),
    }
}

fn instant() -> maypole::Result<HttpClient> {
    HttpClient::builder().transport(Instantly).build()
}

fn wired() -> maypole::Result<HttpClient> {
    HttpClient::builder().max_per_host(10).max_idle_total(10_000).build()
}

fn host(n: u64, port: &str) -> String {
    let host = n % HOSTS;
    format!("http://127.1.{}.{}:{port}/?{n}", host / 250, host % 250 + 1)
}

/// Queued, and not begun.
fn memory(name: &str, jobs: u64, builder: FetchQueueBuilder, holds: bool) -> maypole::Result<Sample> {
    let queue = builder.client(instant()?).build()?;
    let held = Arc::new(AtomicU64::new(0));
    // What the timer, the sampler and the first block cost.
    queue.enqueue(&host(0, "80"), |_, _| {})?;
    let meter = Meter::start();
    for n in 0..jobs {
        let url = host(n, "80");
        match holds {
            true => {
                let held = held.clone();
                queue.enqueue(&url, move |_, _| drop(held))?;
            }
            false => drop(queue.enqueue(&url, |_, _| {})?),
        }
    }
    Ok(meter.stop(name, jobs))
}

fn bare(
    name: &str,
    jobs: u64,
    client: &HttpClient,
    in_flight: u64,
    url: &(dyn Fn(u64) -> String + Sync),
) -> maypole::Result<Sample> {
    let ends = Ends::new(jobs);
    let meter = Meter::start();
    let firsts: Vec<u64> = (0..in_flight.min(jobs)).collect();
    rt::scoped(in_flight as usize, |s| {
        s.map(&firsts, |&first| {
            for n in (first..jobs).step_by(in_flight as usize) {
                let body = client.get(url(n)).send().and_then(|answer| Ok((answer.status(), answer.bytes()?)));
                ends.end(n, body.is_ok_and(|(status, body)| is_right(status, &body)));
            }
        })
    })?;
    let mut sample = meter.stop(name, jobs);
    ends.tell(&mut sample);
    Ok(sample)
}

fn is_right(status: u16, body: &[u8]) -> bool {
    status == 200 && (body.is_empty() || body.len() == PAGE)
}

fn queue(
    name: &str,
    jobs: u64,
    client: HttpClient,
    builder: FetchQueueBuilder,
    url: &dyn Fn(u64) -> String,
) -> maypole::Result<Sample> {
    let ends = Ends::new(jobs);
    let queue = builder.client(client).auto_start(true).build()?;
    let meter = Meter::start();
    for n in 0..jobs {
        let ends = ends.clone();
        queue.enqueue(&url(n), move |_, answer| ends.end(n, is_right(answer.status(), answer.bytes())))?;
    }
    let enqueued = meter.cpu();
    queue
        .wait(Duration::from_secs(600))
        .map_err(|open| maypole::Error::new(maypole::error::Kind::Timeout, open.to_string()))?;
    let mut sample = meter.stop(name, jobs);
    sample.enqueue_seconds = enqueued;
    ends.tell(&mut sample);
    Ok(sample)
}
