//! Bodies that break anywhere, on a server that is a few lines of this file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use super::*;
use crate::client::flow::BodyFlow;
use crate::message::Headers;
use crate::wire::h1::{Head, HeadParser};

/// Content, and how many bytes of it each answer gives before it breaks.
struct Origin {
    content: Vec<u8>,
    cuts: Vec<usize>,
    asked: Vec<String>,
    ranges: bool,
}

type Shared = Arc<Mutex<Origin>>;

/// Shows at most 7 bytes at once, then ends or breaks.
struct Cut {
    bytes: Vec<u8>,
    taken: usize,
    breaks: bool,
    none: Headers,
}

impl Flow for Cut {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        let rest = &self.bytes[self.taken..];
        if rest.is_empty() && self.breaks {
            return Err(Error::new(Kind::ConnectionLost, "cut").with_phase(Phase::Body));
        }
        Ok(&rest[..rest.len().min(7)])
    }

    fn consume(&mut self, n: usize) {
        self.taken += n;
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.fill_buf().map(|_| true)
    }

    fn is_end(&self) -> bool {
        !self.breaks && self.taken == self.bytes.len()
    }

    fn received(&self) -> u64 {
        self.taken as u64
    }

    fn ended_at(&self) -> Option<Instant> {
        None
    }

    fn trailers(&self) -> &Headers {
        &self.none
    }
}

struct Back(Shared);

impl Asks for Back {
    fn wait(&mut self, _: u32, _: Duration) -> Result<()> {
        Ok(())
    }

    fn ask(&mut self, range: &str, condition: &str) -> Result<Box<Answer>> {
        assert_eq!(condition, "\"v\"");
        let mut origin = self.0.lock().unwrap();
        origin.asked.push(range.to_owned());
        let from = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
        Ok(answer(&mut origin, from))
    }
}

fn head(bytes: &str) -> Head {
    HeadParser::new().parse(bytes.as_bytes(), &crate::limits::Limits::default()).unwrap().unwrap().0
}

fn answer(origin: &mut Origin, from: usize) -> Box<Answer> {
    let length = origin.content.len();
    let (text, from) = match from {
        from if from > 0 && origin.ranges => {
            (format!("206 X\r\nContent-Range: bytes {from}-{}/{length}", length - 1), from)
        }
        _ => (format!("200 X\r\nContent-Length: {length}"), 0),
    };
    let cut = if origin.cuts.is_empty() { length } else { origin.cuts.remove(0) };
    let end = (from + cut).min(length);
    let bytes = origin.content[from..end].to_vec();
    let head = head(&format!("HTTP/1.1 {text}\r\nETag: \"v\"\r\n\r\n"));
    Answer::made_up(head, Cut { bytes, taken: 0, breaks: end < length, none: Headers::new() })
}

fn read(origin: &Shared, times: u32, step: usize) -> (Vec<u8>, Option<Error>) {
    let first = answer(&mut origin.lock().unwrap(), 0);
    let mut flow = resuming(first, &Method::GET, times, || Box::new(Back(origin.clone()))).flow;
    let mut bytes = Vec::new();
    let mut out = vec![0; step];
    loop {
        assert_eq!(flow.received(), bytes.len() as u64);
        match flow.read(&mut out) {
            Ok(0) => {
                assert!(flow.is_end() && flow.fill_buf().unwrap().is_empty());
                return (bytes, None);
            }
            Ok(n) => bytes.extend_from_slice(&out[..n]),
            Err(error) => {
                assert_eq!(flow.fill_buf().unwrap_err().kind(), error.kind(), "it stays");
                assert!(!flow.is_end() && flow.is_ready().is_err());
                return (bytes, Some(error));
            }
        }
    }
}

fn origin(cuts: &[usize], ranges: bool) -> Shared {
    let content = (0..200).collect();
    Arc::new(Mutex::new(Origin { content, cuts: cuts.into(), asked: Vec::new(), ranges }))
}

#[test]
fn c331_cut_at_every_byte_and_read_in_every_way() {
    for cut in 0..200 {
        for step in [1, 3, 7, 64, 1000] {
            for ranges in [true, false] {
                let origin = origin(&[cut], ranges);
                let (bytes, error) = read(&origin, 1, step);
                assert!(error.is_none() && bytes == origin.lock().unwrap().content, "{cut} {step} {error:?}");
                assert_eq!(origin.lock().unwrap().asked, [format!("bytes={cut}-")]);
            }
        }
    }
}

#[test]
fn c331_several_cuts_in_a_row() {
    for ranges in [true, false] {
        // Without ranges each answer starts from zero, and the second one breaks within what is known.
        let cuts: &[usize] = if ranges { &[50, 0, 1, 99] } else { &[50, 20, 51, 150] };
        let origin = origin(cuts, ranges);
        let (bytes, error) = read(&origin, 4, 10);
        assert!(error.is_none() && bytes == origin.lock().unwrap().content, "{ranges} {error:?}");
        assert_eq!(origin.lock().unwrap().asked.len(), 4);
    }
}

#[test]
fn c331_one_break_too_many() {
    let origin = origin(&[50, 10, 10, 10], true);
    let (bytes, error) = read(&origin, 2, 1000);
    let error = error.unwrap();
    assert_eq!((bytes.len(), error.bytes_received(), error.earlier().len()), (70, 70, 2), "{error:?}");
    assert!(error.to_string().contains("it has gone on 2 times"), "{error}");
}

#[test]
fn a_broken_protocol_is_not_resumed() {
    struct Garbled(Headers);
    impl Flow for Garbled {
        fn fill_buf(&mut self) -> Result<&[u8]> {
            Err(Error::new(Kind::Protocol, "no chunk").with_phase(Phase::Body))
        }
        fn consume(&mut self, _: usize) {}
        fn is_ready(&mut self) -> Result<bool> {
            Ok(true)
        }
        fn is_end(&self) -> bool {
            false
        }
        fn received(&self) -> u64 {
            0
        }
        fn ended_at(&self) -> Option<Instant> {
            None
        }
        fn trailers(&self) -> &Headers {
            &self.0
        }
    }
    let origin = origin(&[], true);
    let mut first = answer(&mut origin.lock().unwrap(), 0);
    first.flow = BodyFlow::of(Garbled(Headers::new()));
    let mut flow = resuming(first, &Method::GET, 9, || Box::new(Back(origin.clone()))).flow;
    let error = flow.fill_buf().unwrap_err();
    assert!(error.kind() == Kind::Protocol && !error.to_string().contains("resumed"), "{error}");
    assert!(origin.lock().unwrap().asked.is_empty());
}

#[test]
fn after_a_wait_that_unwound_there_is_an_error_and_no_end() {
    /// Unwinds where it would wait, as under a cancel.
    struct Unwinds;
    impl Asks for Unwinds {
        fn wait(&mut self, _: u32, _: Duration) -> Result<()> {
            panic!("on purpose")
        }
        fn ask(&mut self, _: &str, _: &str) -> Result<Box<Answer>> {
            unreachable!("the wait comes first")
        }
    }
    // Without a length an empty flow would be the end.
    for head_lines in ["Transfer-Encoding: chunked", "Content-Length: 200"] {
        let mut first = answer(&mut origin(&[50], true).lock().unwrap(), 0);
        first.head = head(&format!("HTTP/1.1 200 X\r\n{head_lines}\r\nETag: \"v\"\r\n\r\n"));
        let mut flow = resuming(first, &Method::GET, 3, || Box::new(Unwinds)).flow;
        let mut out = [0; 100];
        let read = AssertUnwindSafe(|| while flow.read(&mut out).unwrap() > 0 {});
        assert!(catch_unwind(read).is_err());
        assert_eq!(flow.read(&mut out).unwrap_err().kind(), Kind::Cancelled);
        assert_eq!(flow.fill_buf().unwrap_err().kind(), Kind::Cancelled);
        assert!(!flow.is_end() && flow.is_ready().is_err());
    }
}
