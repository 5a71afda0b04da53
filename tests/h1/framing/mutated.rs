//! Answers with a few bytes changed at random: whatever comes, the client ends with an answer or a typed error, and the
//! next request gets its own.

use maypole::error::{Error, Kind};

use crate::peer::*;
use crate::quick;

const BASES: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\nKeep-Alive: timeout=5, max=9\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nSet-Cookie: a=b\r\n\r\nuntil close",
];

const BYTES: &[u8] = b"\r\n\t \0:;,=0159aFxX-+\x7f\x80\xff\"HTC/.";

/// Xorshift: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() - 1);
        match self.below(4) {
            0 => bytes[at] = BYTES[self.below(BYTES.len())],
            1 => bytes.insert(at, BYTES[self.below(BYTES.len())]),
            2 => drop(bytes.remove(at)),
            _ => {
                let end = (at + 1 + self.below(12)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
}

#[test]
fn sec_b_random_changes_never_hang_panic_or_poison() {
    on_thread(|| {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let replies: Vec<Vec<u8>> = (0..1200)
            .map(|n| {
                let mut bytes = BASES[n % BASES.len()].as_bytes().to_vec();
                (0..=random.below(3)).for_each(|_| random.mutate(&mut bytes));
                bytes
            })
            .collect();
        let own = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nown";
        let scripts = replies.iter().flat_map(|bytes| {
            [conn([any_request(), reply(bytes.clone()), Act::Close]), conn([request("GET /second"), reply(own)])]
        });
        let (peer, client) = (Peer::start(scripts), quick());
        for bytes in &replies {
            let at = String::from_utf8_lossy(bytes);
            if let Err(e) = client.get(peer.url("/first")).send().and_then(|r| r.bytes()) {
                assert!(is_the_servers_fault(&e), "{at:?}: {e:?}");
            }
            let second = client.get(peer.url("/second")).send().and_then(|r| r.text());
            assert_eq!(second.unwrap_or_else(|e| panic!("after {at:?}: {e:?}")), "own", "after {at:?}");
        }
        peer.finish();
    });
}

fn is_the_servers_fault(e: &Error) -> bool {
    matches!(e.kind(), Kind::Protocol | Kind::Incomplete | Kind::TooLarge | Kind::ClosedBeforeResponse)
}
