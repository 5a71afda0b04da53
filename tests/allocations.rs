//! What a request costs in allocations, counted. A binary of its own with one test: the counts are the whole process's.

use std::alloc::System;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use maypole::{HttpClient, Url, rt};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A `GET` with all defaults on a connection that is there, its small body included.
const OF_A_GET: usize = 6;
/// The text of the URL, which one that is parsed already shares.
const OF_THE_URL: usize = 1;

const HEAD_SMALL: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/html\r\nContent-Length: 612\r\nConnection: keep-alive\r\n\r\n";
const HEAD_BIG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
const BODY: [u8; 1 << 10] = [b'x'; 1 << 10];

/// Answers every request without allocating anything; each is taken to come in one piece.
fn serve(mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut request = [0; 1 << 10];
    while let Ok(length @ 1..) = stream.read(&mut request) {
        let sent = if request[..length].starts_with(b"GET /big") {
            stream.write_all(HEAD_BIG).and_then(|()| (0..1 << 10).try_for_each(|_| stream.write_all(&BODY)))
        } else {
            stream.write_all(HEAD_SMALL).and_then(|()| stream.write_all(&BODY[..612]))
        };
        if sent.is_err() {
            return;
        }
    }
}

fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address
}

/// Of one call of `f`: the average, without what other threads do now and then.
fn each(mut f: impl FnMut()) -> usize {
    const CALLS: usize = 200;
    (0..20).for_each(|_| f());
    let region = Region::new(COUNTED);
    (0..CALLS).for_each(|_| f());
    let change = region.change();
    (change.allocations + change.reallocations) / CALLS
}

fn count(address: SocketAddr) {
    let client = HttpClient::new().unwrap();
    let text = format!("http://{address}/a?b=c");
    let small = each(|| assert_eq!(client.get(&text).send().unwrap().bytes().unwrap().len(), 612));
    assert_eq!(small, OF_A_GET, "allocations of a small GET");

    let url = Url::parse(&text).unwrap();
    let parsed = each(|| assert_eq!(client.get(&url).send().unwrap().bytes().unwrap().len(), 612));
    assert_eq!(parsed, OF_A_GET - OF_THE_URL, "the same with a URL that is parsed already");

    let mut response = client.get(format!("http://{address}/big")).send().unwrap();
    let mut piece = [0; 1 << 10];
    let reads = each(|| assert!(response.read(&mut piece).unwrap() > 0));
    assert_eq!(reads, 0, "allocations of a further read");
}

#[test]
fn a_request_allocates_so_often_and_a_read_never() {
    let address = server();
    count(address);
    rt::spawn(move || count(address)).unwrap().join().unwrap();
}
