//! The same GETs by each contender.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use ::ureq::Agent;
use maypole::{HttpClient, rt};

use crate::histogram::Histogram;
use crate::job::Sample;
use crate::server::BODY;
use crate::usage::{self, Meter};

/// Which idle connections may stay: ureq's default keeps three for a host, so that a crowd dials all the time.
pub(crate) const POOLS: [&str; 2] = ["all", "default"];

pub(crate) const CONTENDERS: [(&str, fn(&Work) -> Sample); 3] =
    [("ureq, threads", stock), ("ureq, coroutines", ours), ("maypole's client", client)];

pub(crate) struct Work {
    pub(crate) pool: &'static str,
    pub(crate) url: String,
    pub(crate) tasks: usize,
    pub(crate) gets: usize,
    pub(crate) core: usize,
}

impl Work {
    pub(crate) fn arguments(&self) -> Vec<String> {
        let numbers = [self.tasks, self.gets, self.core].map(|number| number.to_string());
        [self.pool.to_owned(), self.url.clone()].into_iter().chain(numbers).collect()
    }

    fn parse(arguments: &[String]) -> Option<Self> {
        let [pool, url, numbers @ ..] = arguments else { return None };
        let pool = POOLS.into_iter().find(|known| known == pool)?;
        let numbers: Vec<usize> = numbers.iter().map(|text| text.parse().ok()).collect::<Option<_>>()?;
        let &[tasks, gets, core] = &numbers[..] else { return None };
        Some(Self { pool, url: url.clone(), tasks, gets, core })
    }

    fn config(&self) -> ::ureq::config::Config {
        let config = Agent::config_builder().proxy(None);
        match self.pool {
            "all" => config.max_idle_connections(self.tasks).max_idle_connections_per_host(self.tasks).build(),
            _ => config.build(),
        }
    }

    /// What one task does.
    fn all(&self, tally: &Tally, get: impl Fn() -> Result<usize, String>) {
        for _ in 0..self.gets {
            let started = Instant::now();
            tally.record(started, get());
        }
    }
}

/// What all tasks found out together. Locked once per request and never over a wait.
struct Tally(Mutex<(Histogram, u64)>);

impl Tally {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((Histogram::new(), 0))))
    }

    fn record(&self, started: Instant, outcome: Result<usize, String>) {
        let took = started.elapsed();
        let mut counts = self.0.lock().expect("no holder panics");
        counts.0.record(took);
        match outcome {
            Ok(BODY) => return,
            Ok(length) => eprintln!("a body of {length} bytes"),
            Err(reason) => eprintln!("{reason}"),
        }
        counts.1 += 1;
    }

    fn stop(&self, meter: Meter, work: &Work) -> Sample {
        let counts = self.0.lock().expect("no holder panics");
        let requests = (work.tasks * work.gets) as u64;
        Sample { errors: counts.1, ..meter.stop(requests, requests * BODY as u64, &counts.0) }
    }
}

fn get(agent: &Agent, url: &str) -> Result<usize, String> {
    let read = || -> Result<usize, ::ureq::Error> { Ok(agent.get(url).call()?.body_mut().read_to_vec()?.len()) };
    read().map_err(|error| error.to_string())
}

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let wrong = || "contender NAME POOL URL TASKS GETS CORE".to_owned();
    let (name, rest) = arguments.split_first().ok_or_else(wrong)?;
    let (_, run) = CONTENDERS.iter().find(|(known, _)| known == name).ok_or_else(wrong)?;
    let work = Work::parse(rest).ok_or_else(wrong)?;
    usage::raise_descriptor_limit();
    usage::pin(work.core)?;
    println!("{}", serde_json::to_string(&run(&work)).map_err(|e| e.to_string())?);
    Ok(())
}

fn stock(work: &Work) -> Sample {
    let (agent, tally) = (work.config().new_agent(), Tally::new());
    let meter = Meter::start();
    thread::scope(|scope| {
        for _ in 0..work.tasks {
            scope.spawn(|| work.all(&tally, || get(&agent, &work.url)));
        }
    });
    tally.stop(meter, work)
}

fn ours(work: &Work) -> Sample {
    let agent = maypole::compat::ureq::agent(work.config());
    coroutines(work, move |url| get(&agent, url))
}

/// What the same costs without ureq. Its pool waits for a free connection instead of dialling one more.
fn client(work: &Work) -> Sample {
    let places = if work.pool == "all" { work.tasks } else { 3 };
    let client = HttpClient::builder().max_per_host(places).no_proxy().build().expect("a client");
    coroutines(work, move |url| {
        let read = || client.get(url).send()?.bytes().map(|body| body.len());
        read().map_err(|error| error.to_string())
    })
}

fn coroutines(work: &Work, get: impl Fn(&str) -> Result<usize, String> + Clone + Send + 'static) -> Sample {
    let tally = Tally::new();
    let meter = Meter::start();
    let start = |_| {
        let (get, tally, own) = (get.clone(), tally.clone(), Work { url: work.url.clone(), ..*work });
        rt::spawn(move || own.all(&tally, || get(&own.url))).expect("a coroutine")
    };
    let tasks: Vec<_> = (0..work.tasks).map(start).collect();
    tasks.into_iter().for_each(|task| task.join().expect("no panic"));
    tally.stop(meter, work)
}
