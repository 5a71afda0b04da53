//! hyper without a pool: a connection that the caller owns, which is the least that hyper can cost.

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::async_tasks::{self, Peer};
use super::tally::check;
use crate::histogram::Histogram;
use crate::job::{Job, Sample, Work};
use crate::payload::{self, Checker, PIECE};
use crate::usage::Meter;

type Outgoing = UnsyncBoxBody<Bytes, std::io::Error>;

pub(crate) fn run(job: &Job) -> Result<Sample, String> {
    let bare = Bare { job: job.clone(), host: job.address.to_string(), body: payload::small() };
    match (job.work, &job.authority) {
        (Work::Small, None) => async_tasks::keep_alive(bare, job),
        (Work::Crowd, None) => async_tasks::crowd(bare, job),
        (Work::Spawn, None) => async_tasks::spawn(bare, job),
        (Work::Read, None) => async_tasks::runtime()?.block_on(read(bare)),
        (Work::Upload | Work::UploadChunked, None) => async_tasks::runtime()?.block_on(upload(bare)),
        _ => Err(super::NOT_APPLICABLE.to_owned()),
    }
}

struct Bare {
    job: Job,
    host: String,
    body: Vec<u8>,
}

impl Bare {
    async fn connect(&self) -> Result<SendRequest<Outgoing>, String> {
        let stream = TcpStream::connect(self.job.address).await.map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn send(
        &self,
        sender: &mut SendRequest<Outgoing>,
        method: Method,
        body: Outgoing,
    ) -> Result<Response<Incoming>, String> {
        sender.ready().await.map_err(|e| e.to_string())?;
        let request = Request::builder().method(method).uri(self.job.path()).header(HOST, &self.host).body(body);
        sender.send_request(request.map_err(|e| e.to_string())?).await.map_err(|e| e.to_string())
    }
}

fn empty() -> Outgoing {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

impl Peer for Bare {
    type Session = SendRequest<Outgoing>;

    async fn session(&self) -> Result<Self::Session, String> {
        self.connect().await
    }

    async fn small(&self, session: &mut Self::Session) -> Result<(), String> {
        let response = self.send(session, Method::GET, empty()).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
        check(status, &body, &self.body)
    }
}

async fn read(bare: Bare) -> Result<Sample, String> {
    let mut sender = bare.connect().await?;
    let meter = Meter::start();
    let mut body = bare.send(&mut sender, Method::GET, empty()).await?.into_body();
    let mut checker = Checker::default();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|e| e.to_string())?.into_data() {
            checker.take(&data);
        }
    }
    Ok(meter.stop(1, checker.finish(bare.job.bytes), &Histogram::new()))
}

async fn upload(bare: Bare) -> Result<Sample, String> {
    let mut sender = bare.connect().await?;
    let source = FileBody::open(&bare.job)?.boxed_unsync();
    let meter = Meter::start();
    let response = bare.send(&mut sender, Method::POST, source).await?;
    let counted = response.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
    assert_eq!(counted, bare.job.bytes.to_string(), "what the server counted");
    Ok(meter.stop(1, bare.job.bytes, &Histogram::new()))
}

/// A file as a body, 16 KiB at a time; its length is known or not, as the job says.
pub(crate) struct FileBody {
    file: File,
    length: Option<u64>,
}

impl FileBody {
    pub(crate) fn open(job: &Job) -> Result<Self, String> {
        let path = job.file.as_deref().ok_or("no file to upload")?;
        let file = File::open(path).map_err(|e| e.to_string())?;
        Ok(Self { file, length: (job.work == Work::Upload).then_some(job.bytes) })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut piece = BytesMut::zeroed(PIECE);
        Poll::Ready(match self.file.read(&mut piece) {
            Ok(0) => None,
            Ok(n) => {
                piece.truncate(n);
                self.length = self.length.map(|left| left - n as u64);
                Some(Ok(Frame::data(piece.freeze())))
            }
            Err(e) => Some(Err(e)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }

    fn is_end_stream(&self) -> bool {
        self.length == Some(0)
    }
}
