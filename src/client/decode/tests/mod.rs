//! Decoding over bytes in memory: every coding, however its bytes come.

mod script;

#[cfg(feature = "compression")]
mod broken;
#[cfg(feature = "compression")]
mod samples;
#[cfg(feature = "compression")]
mod whole;

use super::{Decode, layer};
use crate::client::flow::{BodyFlow, Flow};
use crate::deadline::Until;
use crate::error::{Kind, Phase};
use crate::message::{Headers, Method};
use crate::wire::Version;
use crate::wire::h1::Head;
use script::Script;

fn head(status: u16, codings: &str) -> Head {
    let headers = Headers::from_pairs([("Content-Encoding", codings)]).unwrap();
    Head { version: Version::Http11, status, headers }
}

fn over(script: Script, codings: &str) -> Box<dyn Flow> {
    layered(script, 200, codings, &Method::GET, &Decode::default(), Until::never())
}

fn layered(
    script: Script,
    status: u16,
    codings: &str,
    method: &Method,
    policy: &Decode,
    until: Until,
) -> Box<dyn Flow> {
    let mut flow = BodyFlow::of(script);
    layer(&mut flow, &head(status, codings), method, Some(policy), until);
    flow.boxed()
}

/// Reads to the end with reads of this size, or through the buffer for 0; what came before an error comes too.
fn drain(flow: &mut dyn Flow, size: usize) -> (Vec<u8>, Result<(), crate::Error>) {
    let (mut all, mut piece) = (Vec::new(), vec![0; size]);
    loop {
        let n = if size > 0 {
            let n = flow.read(&mut piece);
            n.inspect(|n| all.extend_from_slice(&piece[..*n]))
        } else {
            let there = flow.fill_buf().map(|there| {
                all.extend_from_slice(there);
                there.len()
            });
            there.inspect(|n| flow.consume(*n))
        };
        match n {
            Ok(0) => return (all, Ok(())),
            Ok(_) => {}
            Err(error) => return (all, Err(error)),
        }
    }
}

#[test]
fn c322_codings_that_are_not_known_are_for_the_first_read_to_tell() {
    for codings in ["compress", "gzip, x", "gzip,gzip,gzip,gzip,gzip,gzip", "br;q=1"] {
        let mut flow = over(Script::of(b"abc"), codings);
        assert!(!flow.is_end());
        for _ in 0..2 {
            let error = flow.fill_buf().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)), "{codings}: {error}");
            assert!(flow.is_ready().is_err() && flow.read(&mut [0; 10]).is_err());
        }
    }
}

#[test]
fn sec_c7_bodies_that_are_none_or_not_whole_stay_as_they_are() {
    let answer = |method: &str, status, policy: &Decode| {
        let method = Method::new(method).unwrap();
        let mut flow = layered(Script::of(b"abc"), status, "gzip", &method, policy, Until::never());
        drain(&mut *flow, 0).0
    };
    let on = Decode::default();
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 206), ("GET", 304), ("CONNECT", 200), ("GET", 101)] {
        assert_eq!(answer(method, status, &on), b"abc", "{method} {status}");
    }
    assert_eq!(answer("GET", 200, &Decode { on: false, ..on.clone() }), b"abc");
    assert_eq!(answer("GET", 200, &on), b"");
    assert_eq!(drain(&mut *over(Script::of(b"abc"), "identity"), 0).0, b"abc");
}
