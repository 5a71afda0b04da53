//! The same GETs by each contender.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

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

    /// What one task does; how many failed.
    fn gets(&self, agent: &Agent) -> u64 {
        let get =
            || -> Result<usize, ::ureq::Error> { Ok(agent.get(&self.url).call()?.body_mut().read_to_vec()?.len()) };
        (0..self.gets).filter(|_| note(get().map_err(|e| e.to_string()))).count() as u64
    }

    fn stop(&self, meter: Meter, errors: u64) -> Sample {
        let requests = (self.tasks * self.gets) as u64;
        Sample { errors, ..meter.stop(requests, requests * BODY as u64, &Histogram::new()) }
    }
}

/// Whether it failed, which is said.
fn note(outcome: Result<usize, String>) -> bool {
    match outcome {
        Ok(BODY) => return false,
        Ok(length) => eprintln!("a body of {length} bytes"),
        Err(reason) => eprintln!("{reason}"),
    }
    true
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
    let (agent, errors) = (work.config().new_agent(), AtomicU64::new(0));
    let meter = Meter::start();
    thread::scope(|scope| {
        for _ in 0..work.tasks {
            scope.spawn(|| errors.fetch_add(work.gets(&agent), Relaxed));
        }
    });
    work.stop(meter, errors.into_inner())
}

fn ours(work: &Work) -> Sample {
    let agent = maypole::compat::ureq::agent(work.config());
    coroutines(work, move |work| work.gets(&agent))
}

/// What the same costs without ureq. Its pool waits for a free connection instead of dialling one more.
fn client(work: &Work) -> Sample {
    let places = if work.pool == "all" { work.tasks } else { 3 };
    let client = HttpClient::builder().max_per_host(places).no_proxy().build().expect("a client");
    coroutines(work, move |work| {
        let get = || client.get(&work.url).send()?.bytes().map(|body| body.len());
        (0..work.gets).filter(|_| note(get().map_err(|e| e.to_string()))).count() as u64
    })
}

fn coroutines(work: &Work, task: impl Fn(&Work) -> u64 + Clone + Send + 'static) -> Sample {
    let meter = Meter::start();
    let start = |_| {
        let (task, own) = (task.clone(), Work { url: work.url.clone(), ..*work });
        rt::spawn(move || task(&own)).expect("a coroutine")
    };
    let tasks: Vec<_> = (0..work.tasks).map(start).collect();
    let errors = tasks.into_iter().map(|task| task.join().expect("no panic")).sum();
    work.stop(meter, errors)
}
