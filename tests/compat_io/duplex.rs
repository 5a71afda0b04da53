//! Both directions at once.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::compat::io::{Connector, Stream};
use maypole::rt;

use crate::flow::{Flow, Pattern, echo, receive, send, served};
use crate::peer::{on_both, wait_until};
use crate::site::{WAYS, Way, trusting};

const TOTAL: u64 = 64 << 20;

fn connect(flow: &Flow, way: Way) -> Arc<Stream> {
    Arc::new(Connector::new().tls(trusting()).connect(&flow.url(way)).unwrap())
}

/// Beside the caller, on a coroutine or thread as the caller is.
fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Box<dyn FnOnce() -> T> {
    if rt::is_coroutine() {
        let handle = rt::spawn(work).unwrap();
        Box::new(move || handle.join().unwrap())
    } else {
        let handle = std::thread::spawn(work);
        Box::new(move || handle.join().unwrap())
    }
}

#[test]
fn c396_sixty_four_mebibytes_each_way_by_shared_references() {
    for way in [Way::Tcp, Way::Tls] {
        on_both(move || {
            let flow = Flow::start(way, TOTAL);
            flow.receiving.open();
            flow.sending.open();
            let stream = connect(&flow, way);
            let writer = stream.clone();
            let writing = beside(move || send(&mut &*writer, TOTAL));
            receive(&mut &*stream, TOTAL).unwrap();
            writing().unwrap();
            flow.finish();
        });
    }
}

#[test]
fn a_writer_that_is_stuck_does_not_keep_a_reader_waiting() {
    for way in [Way::Tcp, Way::Tls] {
        on_both(move || {
            let total = 16 << 20;
            let flow = Flow::start(way, total);
            let stream = connect(&flow, way);
            let written = Arc::new(AtomicU64::new(0));
            let (writer, count) = (stream.try_clone().unwrap(), written.clone());
            let writing = beside(move || send(&mut Counted(&writer, count), total));
            wait_until("full buffers", || is_still(&written));
            flow.sending.open();
            // All of it while not a byte goes the other way.
            receive(&mut &*stream, total).unwrap();
            assert!(written.load(SeqCst) < total);
            flow.receiving.open();
            writing().unwrap();
            flow.finish();
        });
    }
}

#[test]
fn a_reader_that_waits_does_not_keep_a_writer_waiting() {
    for way in [Way::Tcp, Way::Tls] {
        on_both(move || {
            let total = 16 << 20;
            let flow = Flow::start(way, total);
            flow.receiving.open();
            let stream = connect(&flow, way);
            let reader = stream.clone();
            let reading = beside(move || receive(&mut &*reader, total));
            send(&mut &*stream, total).unwrap();
            flow.sending.open();
            reading().unwrap();
            flow.finish();
        });
    }
}

#[test]
fn a_coroutine_and_a_thread_share_one_stream() {
    for way in [Way::Tcp, Way::Tls] {
        let total = 16 << 20;
        let flow = Flow::start(way, total);
        flow.receiving.open();
        flow.sending.open();
        let stream = connect(&flow, way);
        let writer = stream.clone();
        let writing = rt::spawn(move || send(&mut &*writer, total)).unwrap();
        receive(&mut &*stream, total).unwrap();
        writing.join().unwrap().unwrap();
        flow.finish();
    }
}

/// Four readers and four writers, each with a handle of its own: every byte comes once.
#[test]
fn many_handles_of_one_stream() {
    for way in WAYS {
        on_both(move || {
            let (url, served) = served(way, |stream| echo(stream));
            let stream = Arc::new(Connector::new().tls(trusting()).connect(&url).unwrap());
            let writing: Vec<_> = (0..4u8)
                .map(|n| {
                    let mut stream = stream.try_clone().unwrap();
                    beside(move || (0..2_000).for_each(|_| stream.write_all(&[n; 100]).unwrap()))
                })
                .collect();
            let reading: Vec<_> = (0..4)
                .map(|_| {
                    let stream = stream.clone();
                    beside(move || {
                        let mut counts = [0; 4];
                        let mut buffer = vec![0; 1000];
                        loop {
                            match (&*stream).read(&mut buffer).unwrap() {
                                0 => return counts,
                                n => buffer[..n].iter().for_each(|byte| counts[usize::from(*byte)] += 1),
                            }
                        }
                    })
                })
                .collect();
            writing.into_iter().for_each(|writer| writer());
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut counts = [0; 4];
            for reader in reading {
                reader().iter().zip(&mut counts).for_each(|(found, count)| *count += found);
            }
            assert_eq!(counts, [200_000; 4]);
            served.join().unwrap();
        });
    }
}

struct Counted<'a>(&'a Stream, Arc<AtomicU64>);

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stream = self.0;
        let n = stream.write(bytes)?;
        self.1.fetch_add(n as u64, SeqCst);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether it has begun, and then not moved for a while.
fn is_still(count: &AtomicU64) -> bool {
    let before = count.load(SeqCst);
    rt::sleep(Duration::from_millis(200));
    before > 0 && before == count.load(SeqCst)
}

/// A record that the socket did not take goes on with the same bytes, and with no others.
#[test]
fn a_write_that_timed_out_under_tls_goes_on_with_the_same_bytes() {
    on_both(|| {
        let total = 32 << 20;
        let flow = Flow::start(Way::Tls, total);
        let stream = connect(&flow, Way::Tls);
        stream.set_write_timeout(Some(Duration::from_millis(50)));
        let pattern = Pattern::new();
        let mut at = 0;
        let piece = |at: u64, mut to: &Stream| to.write(pattern.at(at, (total - at).min(40_000) as usize));
        let stuck = loop {
            match piece(at, &stream) {
                Ok(n) => at += n as u64,
                Err(error) => break error,
            }
        };
        assert_eq!(stuck.kind(), io::ErrorKind::TimedOut, "{stuck}");
        assert!(stuck.to_string().contains("write timed out after 50ms"), "{stuck}");
        let other = (&*stream).write(b"something else").unwrap_err();
        assert_eq!(other.kind(), io::ErrorKind::InvalidInput, "{other}");
        assert_eq!(stream.shutdown(std::net::Shutdown::Write).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        flow.receiving.open();
        flow.sending.open();
        let reader = stream.clone();
        let reading = beside(move || receive(&mut &*reader, total));
        let start = Instant::now();
        while at < total {
            assert!(start.elapsed() < Duration::from_secs(15));
            match piece(at, &stream) {
                Ok(n) => at += n as u64,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}"),
            }
        }
        reading().unwrap();
        flow.finish();
    });
}
