//! A thousand connections that are used, dropped, shut down and cancelled at once, on two workers: nothing is left of
//! them. Alone in its process, because it counts.
#![cfg(feature = "tls")]

#[path = "peer/mod.rs"]
mod peer;

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use maypole::compat::io::{Connector, Stream};
use maypole::net::{Roots, TlsConfig};
use maypole::rt::{self, CancelToken};

const CONNECTIONS: usize = 1_000;

#[test]
fn a_thousand_connections_leave_nothing_behind() {
    rt::Runtime::builder().workers(2).start().unwrap();
    let [plain, secure] = [serve(false), serve(true)];
    let tls = TlsConfig::builder().roots(Roots::Only(peer::authority().0.pem())).alpn([""; 0]).build().unwrap();
    let connector = Connector::new().tls(tls).connect_timeout(None);
    // What is made once and stays: threads, bells, the library's context.
    round(&connector, &plain, &secure, 40);
    let before = (settled(sockets), settled(rt::live));
    round(&connector, &plain, &secure, CONNECTIONS);
    assert_eq!((settled(sockets), settled(rt::live)), before);
}

fn round(connector: &Connector, plain: &str, secure: &str, n: usize) {
    let (done, ends) = mpsc::channel();
    for n in 0..n {
        let (connector, url) = (connector.clone(), if n % 2 == 0 { plain } else { secure }.to_owned());
        let done = done.clone();
        let run = move || {
            let stream = connector.connect(&url).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60)));
            act(n / 2, Arc::new(stream));
            done.send(()).unwrap();
        };
        drop(rt::spawn(run).unwrap());
    }
    for left in 0..n {
        ends.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("{left} of {n} came to an end"));
    }
}

fn act(n: usize, stream: Arc<Stream>) {
    let mut buffer = [0; 100];
    match n % 5 {
        // Both directions, then a goodbye.
        0 => {
            let writer = stream.clone();
            let writing = rt::spawn(move || {
                (0..50).try_for_each(|_| (&*writer).write_all(&[7; 100]))?;
                writer.shutdown(Shutdown::Write)
            });
            let mut all = Vec::new();
            (&*stream).read_to_end(&mut all).unwrap();
            assert_eq!(all, [7; 5_000]);
            writing.unwrap().join().unwrap().unwrap();
        }
        // Dropped with data on the way.
        1 => (&*stream).write_all(&[1; 1_000]).unwrap(),
        // Dropped by one coroutine while another one waits, whom a shutdown wakes.
        2 => {
            let reader = stream.clone();
            let reading = rt::spawn(move || (&*reader).read(&mut [0])).unwrap();
            rt::sleep(Duration::from_millis(1));
            stream.shutdown(Shutdown::Both).unwrap();
            drop(stream);
            assert_eq!(reading.join().unwrap().unwrap(), 0);
        }
        // Cancelled in both directions.
        3 => {
            let token = CancelToken::new();
            stream.set_cancel_token(Some(&token));
            let writer = stream.clone();
            let reading = rt::spawn(move || (&*stream).read(&mut [0]).unwrap_err().kind()).unwrap();
            let writing = rt::spawn(move || (&*writer).write_all(&vec![0; 32 << 20]).unwrap_err().kind()).unwrap();
            rt::sleep(Duration::from_millis(1));
            token.cancel();
            assert_eq!(writing.join().unwrap(), io::ErrorKind::ConnectionAborted);
            // The echo may have come before the token was fired.
            let _ = reading.join();
        }
        // Out of time.
        _ => {
            stream.set_read_timeout(Some(Duration::from_millis(5)));
            assert_eq!((&*stream).read(&mut buffer).unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }
}

/// An echo of plain threads.
fn serve(secure: bool) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let socket = socket.unwrap();
            let talk = move || match secure {
                false => echo(&mut &socket),
                true => {
                    let mut session = peer::Tls::default().try_accept(socket)?;
                    echo(&mut session)?;
                    session.shutdown().ok().map(|_| ())
                }
            };
            std::thread::Builder::new().stack_size(256 << 10).spawn(talk).unwrap();
        }
    });
    format!("{}://localhost:{port}", if secure { "tls" } else { "tcp" })
}

fn echo(stream: &mut (impl Read + Write)) -> Option<()> {
    let mut buffer = vec![0; 10_000];
    loop {
        match stream.read(&mut buffer).ok()? {
            0 => return Some(()),
            n => stream.write_all(&buffer[..n]).ok()?,
        }
    }
}

/// Open sockets. Descriptors of other kinds are kept for reuse: one for each coroutine that gave way at once.
fn sockets() -> usize {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    links
        .filter_map(|link| std::fs::read_link(link.path()).ok())
        .filter(|to| to.to_string_lossy().starts_with("socket:"))
        .count()
}

/// The count, once it has stayed the same for a while: the peers' threads close their ends a moment later.
fn settled(count: impl Fn() -> usize) -> usize {
    let mut last = count();
    let mut same = 0;
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(20));
        let now = count();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same > 50 {
            break;
        }
    }
    last
}
