//! Memory that must not grow with what is sent or received. A binary of its own, one test at a time: resident memory
//! belongs to the whole process.

#[path = "peer/mod.rs"]
mod peer;

use std::fs::File;
use std::io::Read;
use std::sync::Mutex;
use std::time::Duration;

use maypole::HttpClient;
use maypole::message::Body;
use maypole::message::multipart::Form;
use maypole::rt;
use peer::*;

/// What buffers, stacks and the allocator's own caches may take meanwhile.
const SLACK: usize = 16 << 20;
const BIG: u64 = 256 << 20;

/// Runs it alone, in both places, and checks that resident memory stayed where it was, by a look every few pieces.
fn flat(run: impl Fn(&dyn Fn()) + Clone + Send + 'static) {
    static ONE: Mutex<()> = Mutex::new(());
    let _alone = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    on_both(move || {
        let before = resident_bytes();
        run(&|| {
            let now = resident_bytes();
            assert!(now < before + SLACK, "{} KiB grew to {} KiB", before >> 10, now >> 10);
        });
    });
}

fn client() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(50)).build().unwrap()
}

#[test]
fn c85_a_long_body_in_small_reads() {
    flat(|look| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\n\r\n");
        let body = Act::Repeat(vec![b'x'; 1 << 20], BIG >> 20);
        let peer = Peer::start([conn([any_request(), reply(head), body])]);
        let mut response = client().get(peer.url("/")).send().unwrap();
        let (mut buffer, mut total) = (vec![0; 16 << 10], 0);
        loop {
            let n = response.read(&mut buffer).unwrap();
            if n == 0 {
                break;
            }
            total += n as u64;
            if total % (8 << 20) < 16 << 10 {
                look();
            }
        }
        assert_eq!(total, BIG);
        look();
    });
}

#[test]
fn c240_a_long_upload_from_a_file() {
    flat(|look| {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(BIG).unwrap();
        let peer = Peer::start([conn([head("POST"), Act::Discard(BIG), reply(ok("done"))])]);
        let response = client().post(peer.url("/")).body(File::open(file.path()).unwrap()).send().unwrap();
        assert_eq!(response.text().unwrap(), "done");
        look();
        assert_eq!(peer.finish().requests()[0].length(), Some(BIG));
    });
}

#[test]
fn c240_a_long_upload_from_a_generator() {
    flat(|look| {
        let peer = Peer::start([conn([head("POST"), Act::Discard(BIG), Act::Swallow])]);
        let body = Body::stream(std::io::repeat(b'x').take(BIG));
        let e = client().post(peer.url("/")).head_timeout(Duration::from_millis(100)).body(body).send().unwrap_err();
        assert!(e.bytes_sent() >= BIG, "{e:?}");
        look();
    });
}

/// Back-pressure: what the reader does not take, the server cannot send, beyond what the system's buffers hold.
#[test]
fn sec_j2_a_slow_reader_of_a_fast_server() {
    flat(|look| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(head), flood(vec![b'x'; 1 << 20])])]);
        let mut response = client().get(peer.url("/")).send().unwrap();
        let mut buffer = vec![0; 4 << 10];
        for _ in 0..40 {
            response.read_exact(&mut buffer).unwrap();
            rt::sleep(Duration::from_millis(5));
            look();
        }
        let written = peer.so_far().connections[0].written;
        assert!(written < 32 << 20, "the server could send {written} bytes");
        drop(response);
        peer.wait_end(0);
    });
}

#[test]
fn sec_b19_header_bombs_are_dropped_as_they_come() {
    flat(|look| {
        for more in ["a".repeat(1 << 16), "A: b\r\n".repeat(1 << 12)] {
            let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nX: "), flood(more)])]);
            assert_eq!(client().get(peer.url("/")).send().unwrap_err().kind(), maypole::error::Kind::TooLarge);
            look();
        }
    });
}

#[test]
fn c258_a_form_with_a_long_file() {
    flat(|look| {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(BIG).unwrap();
        let form =
            Form::new().text("a", "1").file("f", file.path()).text("b", "2").boundary("cut").into_body().unwrap();
        let length = form.length().unwrap();
        let peer = Peer::start([conn([head("POST"), Act::Discard(length), reply(ok("done"))])]);
        let response = client().post(peer.url("/")).body(form).send().unwrap();
        assert_eq!(response.text().unwrap(), "done");
        look();
        assert_eq!(peer.finish().requests()[0].length(), Some(length));
    });
}
