//! ureq, blocking, a thread per connection.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use ::ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ::ureq::{Agent, SendBody};

use super::tally::{Tally, check, spawn_cost};
use crate::histogram::Histogram;
use crate::job::{Job, Sample, Work};
use crate::payload::{self, Checker, PIECE};
use crate::usage::Meter;

pub(crate) fn run(job: &Job) -> Result<Sample, String> {
    let client = Client::new(job)?;
    match job.work {
        Work::Small | Work::Fresh => keep_alive(&client, job),
        Work::Crowd => crowd(&client, job),
        Work::Spawn => spawn_cost(job.count, |spawned, requests| client.spawn_block(spawned, requests)),
        Work::Read => read(&client, job).map_err(|e| e.to_string()),
        Work::Lines => lines(&client, job).map_err(|e| e.to_string()),
        Work::Upload | Work::UploadChunked => upload(&client, job).map_err(|e| e.to_string()),
        _ => Err(super::NOT_APPLICABLE.to_owned()),
    }
}

#[derive(Clone)]
struct Client {
    agent: Agent,
    url: Arc<str>,
    body: Arc<[u8]>,
    close: bool,
}

impl Client {
    fn new(job: &Job) -> Result<Self, String> {
        let mut config = Agent::config_builder()
            .max_idle_connections(job.connections)
            .max_idle_connections_per_host(job.connections);
        if let Some(path) = &job.authority {
            let pem = std::fs::read(path).map_err(|e| e.to_string())?;
            let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&pem).map_err(|e| e.to_string())?]);
            config = config.tls_config(TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build());
        }
        Ok(Self {
            agent: config.build().new_agent(),
            url: job.url.as_str().into(),
            body: payload::small().into(),
            close: job.work == Work::Fresh,
        })
    }

    fn small(&self) -> Result<(), String> {
        let mut request = self.agent.get(&*self.url);
        if self.close {
            request = request.header("Connection", "close");
        }
        let mut response = request.call().map_err(|e| e.to_string())?;
        let body = response.body_mut().read_to_vec().map_err(|e| e.to_string())?;
        check(response.status().as_u16(), &body, &self.body)
    }

    fn spawn_block(&self, spawned: bool, requests: u64) -> Result<(), String> {
        for _ in 0..requests {
            let client = self.clone();
            match spawned {
                true => thread::spawn(move || client.small()).join().map_err(|_| "a thread panicked")??,
                false => client.small()?,
            }
        }
        Ok(())
    }
}

fn keep_alive(client: &Client, job: &Job) -> Result<Sample, String> {
    let (warm, go) = (Barrier::new(job.connections + 1), Barrier::new(job.connections + 1));
    let tally = Tally::new();
    let meter = thread::scope(|scope| {
        for _ in 0..job.connections {
            scope.spawn(|| {
                let first = (0..job.warm_up()).try_for_each(|_| client.small());
                warm.wait();
                go.wait();
                if let Err(reason) = first {
                    return tally.record(Instant::now(), Err(reason));
                }
                for _ in 0..job.share() {
                    let started = Instant::now();
                    tally.record(started, client.small());
                }
            });
        }
        warm.wait();
        let meter = Meter::start();
        go.wait();
        meter
    });
    Ok(tally.stop(meter))
}

fn crowd(client: &Client, job: &Job) -> Result<Sample, String> {
    let tally = Tally::new();
    let meter = Meter::start();
    thread::scope(|scope| -> Result<(), String> {
        for _ in 0..job.count {
            let work = || {
                let started = Instant::now();
                tally.record(started, client.small());
            };
            // Stacks of 64 KiB: ten thousand of the default size are more than some machines allow.
            thread::Builder::new().stack_size(64 * 1024).spawn_scoped(scope, work).map_err(|e| e.to_string())?;
        }
        Ok(())
    })?;
    Ok(tally.stop(meter))
}

fn read(client: &Client, job: &Job) -> Result<Sample, Box<dyn std::error::Error>> {
    if let Some(warm_up) = job.warm_up_url() {
        client.agent.get(warm_up).call()?.body_mut().read_to_vec()?;
    }
    let meter = Meter::start();
    let mut response = client.agent.get(&*client.url).call()?;
    let mut reader = response.body_mut().as_reader();
    let mut piece = vec![0; PIECE];
    let mut checker = Checker::default();
    loop {
        match reader.read(&mut piece)? {
            0 => break,
            n => checker.take(&piece[..n]),
        }
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

fn lines(client: &Client, job: &Job) -> Result<Sample, Box<dyn std::error::Error>> {
    let meter = Meter::start();
    let mut response = client.agent.get(&*client.url).call()?;
    let mut reader = BufReader::with_capacity(PIECE, response.body_mut().as_reader());
    let mut line = String::new();
    let mut checker = Checker::default();
    while reader.read_line(&mut line)? > 0 {
        checker.take(line.as_bytes());
        line.clear();
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

fn upload(client: &Client, job: &Job) -> Result<Sample, Box<dyn std::error::Error>> {
    let mut file = File::open(job.file.as_deref().ok_or("no file to upload")?)?;
    let meter = Meter::start();
    let mut request = client.agent.post(&*client.url);
    if job.work == Work::Upload {
        request = request.header("Content-Length", job.bytes.to_string());
    }
    let counted = request.send(SendBody::from_reader(&mut file))?.body_mut().read_to_string()?;
    assert_eq!(counted, job.bytes.to_string(), "what the server counted");
    Ok(meter.stop(1, job.bytes, &Histogram::new()))
}
