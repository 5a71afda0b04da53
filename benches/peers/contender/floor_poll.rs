//! The floor under small requests: one thread, epoll, request bytes made beforehand, two system calls per request and
//! no parsing beyond the length of the answer. No client over plain sockets can pass it without batching.

use std::io::{self, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Instant;

use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

use crate::histogram::Histogram;
use crate::job::{Job, Sample};
use crate::payload;
use crate::usage::Meter;

pub(crate) fn keep_alive(job: &Job) -> io::Result<Sample> {
    let mut floor = Floor::new(job)?;
    for _ in 0..job.connections {
        floor.connect(job)?;
    }
    floor.run(job.warm_up())?;
    floor.latencies = Histogram::new();
    let meter = Meter::start();
    floor.run(job.share())?;
    let requests = job.share() * job.connections as u64;
    Ok(meter.stop(requests, requests * payload::SMALL_BYTES as u64, &floor.latencies))
}

pub(crate) fn crowd(job: &Job) -> io::Result<Sample> {
    let mut floor = Floor::new(job)?;
    let meter = Meter::start();
    for _ in 0..job.count {
        floor.connect(job)?;
        let last = floor.connections.len() - 1;
        floor.send(last)?;
    }
    floor.receive(0)?;
    Ok(meter.stop(job.count, job.count * payload::SMALL_BYTES as u64, &floor.latencies))
}

struct Connection {
    stream: TcpStream,
    sent: Instant,
    answer: Vec<u8>,
    to_send: u64,
}

struct Floor {
    poll: OwnedFd,
    request: Vec<u8>,
    body: Vec<u8>,
    /// Of head and body together, once the first answer has told.
    answer_bytes: usize,
    connections: Vec<Connection>,
    latencies: Histogram,
}

impl Floor {
    fn new(job: &Job) -> io::Result<Self> {
        Ok(Self {
            poll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            request: super::floor::request("GET", job, "").into_bytes(),
            body: payload::small(),
            answer_bytes: 0,
            connections: Vec::new(),
            latencies: Histogram::new(),
        })
    }

    fn connect(&mut self, job: &Job) -> io::Result<()> {
        let stream = TcpStream::connect(job.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let token = epoll::EventData::new_u64(self.connections.len() as u64);
        epoll::add(&self.poll, &stream, token, epoll::EventFlags::IN)?;
        let answer = Vec::with_capacity(payload::SMALL_BYTES + 400);
        self.connections.push(Connection { stream, sent: Instant::now(), answer, to_send: 0 });
        Ok(())
    }

    /// `each` requests on every connection.
    fn run(&mut self, each: u64) -> io::Result<()> {
        for index in 0..self.connections.len() {
            self.send(index)?;
        }
        self.receive(each - 1)
    }

    fn send(&mut self, index: usize) -> io::Result<()> {
        let connection = &mut self.connections[index];
        connection.sent = Instant::now();
        connection.stream.write_all(&self.request)
    }

    /// Until every connection has its answer and those to `more` further requests.
    fn receive(&mut self, more: u64) -> io::Result<()> {
        self.connections.iter_mut().for_each(|connection| connection.to_send = more);
        let mut open = self.connections.len();
        let mut events = Vec::with_capacity(1024);
        while open > 0 {
            events.clear();
            epoll::wait(&self.poll, spare_capacity(&mut events), None)?;
            for event in &events {
                let index = event.data.u64() as usize;
                if !self.is_answered(index)? {
                    continue;
                }
                match self.connections[index].to_send {
                    0 => open -= 1,
                    _ => {
                        self.connections[index].to_send -= 1;
                        self.send(index)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_answered(&mut self, index: usize) -> io::Result<bool> {
        let Connection { stream, sent, answer, .. } = &mut self.connections[index];
        if rustix::io::read(&*stream, spare_capacity(answer))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.answer_bytes == 0 {
            let Some(head) = memmem::find(answer, b"\r\n\r\n") else { return Ok(false) };
            self.answer_bytes = head + 4 + super::floor::content_length(&answer[..head])?;
        }
        if answer.len() < self.answer_bytes {
            return Ok(false);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(&self.body), "answer");
        answer.clear();
        self.latencies.record(sent.elapsed());
        Ok(true)
    }
}
