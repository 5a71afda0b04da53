//! maypole: the full client with every default on, coroutines on one worker. Only the pool's size follows the job.

mod queue;

use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

use ::maypole::download::Download;
use ::maypole::net::Roots;
use ::maypole::rt::{self, JoinHandle, Runtime};
use ::maypole::{Body, HttpClient, TlsConfig};

use super::tally::{Tally, check, spawn_cost};
use crate::histogram::Histogram;
use crate::job::{Job, Sample, Work};
use crate::payload::{self, Checker, PIECE};
use crate::usage::Meter;

type Outcome = Result<Sample, Box<dyn std::error::Error + Send + Sync>>;

pub(crate) fn run(job: &Job) -> Result<Sample, String> {
    Runtime::builder().workers(1).start().map_err(|e| e.to_string())?;
    if job.work == Work::Download {
        return download(job).map_err(|e| e.to_string());
    }
    let job = job.clone();
    // From a coroutine, as programs do: from a plain thread every wait would be a poll(2) of its own.
    let main = rt::spawn(move || work(&job)).map_err(|e| e.to_string())?;
    main.join().map_err(|panic| format!("{:?}", panic.downcast_ref::<String>()))?.map_err(|e| e.to_string())
}

fn work(job: &Job) -> Outcome {
    let user = User {
        client: client(job)?,
        url: job.url.as_str().into(),
        body: payload::small().into(),
        close: job.work == Work::Fresh,
    };
    match job.work {
        Work::Small | Work::Fresh => keep_alive(&user, job),
        Work::Crowd => crowd(&user, job),
        Work::Spawn => Ok(spawn_cost(job.count, |spawned, requests| user.spawn_block(spawned, requests))?),
        Work::Read => read(&user, job),
        Work::Lines => lines(&user, job),
        Work::Upload | Work::UploadChunked => upload(&user, job),
        Work::Queue => queue::run(&user, job),
        Work::Cached => queue::cached(&user, job),
        _ => Err(super::NOT_APPLICABLE.into()),
    }
}

fn client(job: &Job) -> Result<HttpClient, Box<dyn std::error::Error + Send + Sync>> {
    let mut builder = HttpClient::builder().max_per_host(job.connections.max(10));
    if let Some(path) = &job.authority {
        // Only this one, as with the others: parsing 140 vendored roots is a cost of the process, not of a connection.
        builder = builder.tls(TlsConfig::builder().roots(Roots::Only(std::fs::read(path)?)).build()?);
    }
    Ok(builder.build()?)
}

#[derive(Clone)]
struct User {
    client: HttpClient,
    url: Arc<str>,
    body: Arc<[u8]>,
    close: bool,
}

impl User {
    fn small(&self) -> Result<(), String> {
        let mut request = self.client.get(&*self.url);
        if self.close {
            request = request.header("Connection", "close");
        }
        let response = request.send().map_err(|e| e.to_string())?;
        let status = response.status();
        check(status, &response.bytes().map_err(|e| e.to_string())?, &self.body)
    }

    fn spawn_block(&self, spawned: bool, requests: u64) -> Result<(), String> {
        for _ in 0..requests {
            if !spawned {
                self.small()?;
                continue;
            }
            let user = self.clone();
            let task = rt::spawn(move || user.small()).map_err(|e| e.to_string())?;
            task.join().map_err(|_| "a coroutine panicked")??;
        }
        Ok(())
    }
}

fn keep_alive(user: &User, job: &Job) -> Outcome {
    rounds(user, job.connections, job.warm_up(), &Arc::new(Tally::new()))?;
    let tally = Arc::new(Tally::new());
    let meter = Meter::start();
    rounds(user, job.connections, job.share(), &tally)?;
    Ok(tally.stop(meter))
}

/// `each` requests in each of as many coroutines.
fn rounds(user: &User, coroutines: usize, each: u64, tally: &Arc<Tally>) -> Result<(), String> {
    let start = |_| {
        let (user, tally) = (user.clone(), tally.clone());
        rt::spawn(move || {
            for _ in 0..each {
                let started = Instant::now();
                tally.record(started, user.small());
            }
        })
    };
    let tasks = (0..coroutines).map(start).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    tasks.into_iter().try_for_each(JoinHandle::join).map_err(|_| "a coroutine panicked".to_owned())
}

fn crowd(user: &User, job: &Job) -> Outcome {
    let tally = Arc::new(Tally::new());
    let meter = Meter::start();
    rounds(user, job.count as usize, 1, &tally)?;
    Ok(tally.stop(meter))
}

fn read(user: &User, job: &Job) -> Outcome {
    if let Some(warm_up) = job.warm_up_url() {
        user.client.get(warm_up).send()?.bytes()?;
    }
    let meter = Meter::start();
    let mut response = user.client.get(&*user.url).send()?;
    let mut piece = vec![0; PIECE];
    let mut checker = Checker::default();
    loop {
        match std::io::Read::read(&mut response, &mut piece)? {
            0 => break,
            n => checker.take(&piece[..n]),
        }
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

/// From a plain thread, as the command and most programs do.
fn download(job: &Job) -> Outcome {
    let (folder, client) = (job.folder()?, client(job)?);
    let file = folder.path().join("file");
    let meter = Meter::start();
    Download::new(&client, &job.url).to(&file).connections(job.connections).run()?;
    let sample = meter.stop(1, job.bytes, &Histogram::new());
    payload::check_file(&file, job.bytes)?;
    Ok(sample)
}

fn lines(user: &User, job: &Job) -> Outcome {
    let meter = Meter::start();
    let mut response = user.client.get(&*user.url).send()?;
    let mut line = String::new();
    let mut checker = Checker::default();
    while response.read_line(&mut line)? > 0 {
        checker.take(line.as_bytes());
        line.clear();
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

fn upload(user: &User, job: &Job) -> Outcome {
    let file = File::open(job.file.as_deref().ok_or("no file to upload")?)?;
    let body = match job.work {
        Work::UploadChunked => Body::stream(file),
        _ => Body::sized(file, job.bytes),
    };
    let meter = Meter::start();
    let counted = user.client.post(&*user.url).body(body).send()?.text()?;
    assert_eq!(counted, job.bytes.to_string(), "what the server counted");
    Ok(meter.stop(1, job.bytes, &Histogram::new()))
}
