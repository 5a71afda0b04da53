//! reqwest as its users have it: one client, its pool, asynchronous, on one thread.

use ::reqwest::header::{CONNECTION, HeaderMap, HeaderValue};
use ::reqwest::{Body, Certificate, Client};

use super::async_tasks::{self, Peer};
use super::hyper::FileBody;
use super::tally::check;
use crate::histogram::Histogram;
use crate::job::{Job, Sample, Work};
use crate::payload::{self, Checker};
use crate::usage::Meter;

pub(crate) fn run(job: &Job) -> Result<Sample, String> {
    let pooled = Pooled { client: client(job)?, url: job.url.clone(), body: payload::small() };
    match job.work {
        Work::Small | Work::Fresh => async_tasks::keep_alive(pooled, job),
        Work::Crowd => async_tasks::crowd(pooled, job),
        Work::Spawn => async_tasks::spawn(pooled, job),
        Work::Read => async_tasks::runtime()?.block_on(read(&pooled, job)),
        Work::Upload | Work::UploadChunked => async_tasks::runtime()?.block_on(upload(&pooled, job)),
        _ => Err(super::NOT_APPLICABLE.to_owned()),
    }
    .map_err(|e| e.to_string())
}

fn client(job: &Job) -> Result<Client, String> {
    let mut builder = Client::builder();
    if let Some(path) = &job.authority {
        let pem = std::fs::read(path).map_err(|e| e.to_string())?;
        builder = builder.tls_certs_only([Certificate::from_pem(&pem).map_err(|e| e.to_string())?]);
    }
    if job.work == Work::Fresh {
        builder = builder.default_headers(HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]));
    }
    builder.build().map_err(|e| e.to_string())
}

struct Pooled {
    client: Client,
    url: String,
    body: Vec<u8>,
}

impl Peer for Pooled {
    type Session = ();

    async fn session(&self) -> Result<(), String> {
        Ok(())
    }

    async fn small(&self, _: &mut ()) -> Result<(), String> {
        let response = self.client.get(&self.url).send().await.map_err(|e| format!("{e:?}"))?;
        let status = response.status().as_u16();
        check(status, &response.bytes().await.map_err(|e| e.to_string())?, &self.body)
    }
}

async fn read(pooled: &Pooled, job: &Job) -> Result<Sample, String> {
    if let Some(warm_up) = job.warm_up_url() {
        let response = pooled.client.get(warm_up).send().await.map_err(|e| e.to_string())?;
        response.bytes().await.map_err(|e| e.to_string())?;
    }
    let meter = Meter::start();
    let mut response = pooled.client.get(&pooled.url).send().await.map_err(|e| e.to_string())?;
    let mut checker = Checker::default();
    while let Some(piece) = response.chunk().await.map_err(|e| e.to_string())? {
        checker.take(&piece);
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

async fn upload(pooled: &Pooled, job: &Job) -> Result<Sample, String> {
    let body = Body::wrap(FileBody::open(job)?);
    let meter = Meter::start();
    let response = pooled.client.post(&pooled.url).body(body).send().await.map_err(|e| e.to_string())?;
    let counted = response.text().await.map_err(|e| e.to_string())?;
    assert_eq!(counted, job.bytes.to_string(), "what the server counted");
    Ok(meter.stop(1, job.bytes, &Histogram::new()))
}
