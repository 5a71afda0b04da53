//! A proxy that stalls or drips, at each step: the limits hold, sec-J1.

use std::time::{Duration, Instant};

use maypole::error::{Kind, Phase};
use maypole::rt::{self, CancelToken};

use crate::peer::*;
use crate::{proxy, quiet};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Scheme, what the proxy says, and then no more.
const STEPS: &[(&str, &[u8])] = &[
    ("http", b""),
    ("http", b"HTTP/1.1 200 Conn"),
    ("http", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\nno"),
    ("https", b""),
    ("socks5h", b""),
    ("socks5h", b"\x05"),
    ("socks5h", b"\x05\x00"),
    ("socks5h", b"\x05\x00\x05\x00\x00\x01"),
    ("socks5h", b"\x05\x00\x05\x00\x00\x03"),
    ("socks4a", b""),
    ("socks4a", b"\0\x5a\0"),
    // Let through, and then the TLS handshake stalls.
    ("http", b"HTTP/1.1 200 OK\r\n\r\n"),
    ("socks4a", b"\0\x5a\0\0\0\0\0\0"),
];

#[test]
fn sec_j1_a_stall_at_each_step_ends_at_the_limit() {
    let steps = STEPS.iter().map(|(scheme, said)| std::thread::spawn(|| on_both(|| stalls_behind(scheme, said))));
    steps.collect::<Vec<_>>().into_iter().for_each(|step| step.join().unwrap());
}

fn stalls_behind(scheme: &str, said: &[u8]) {
    for total in [false, true] {
        let ends_there = with_some_time(ms(300), |limit| {
            let peer = Peer::always(conn([reply(said), Act::Swallow]));
            let mut timeouts = maypole::deadline::Timeouts::default();
            if total {
                timeouts.total = Some(limit);
            } else {
                (timeouts.connect, timeouts.tls) = (Some(limit), Some(limit));
            }
            let proxy = proxy(format!("{scheme}://{}", peer.address()));
            let client = quiet().timeouts(timeouts).proxy(proxy).build().unwrap();
            let start = Instant::now();
            let error = client.get("https://h.test/").send().unwrap_err();
            let took = start.elapsed();
            assert!(took >= limit * 5 / 6 && took < limit + ms(10_000), "{scheme} {said:?}: {took:?}");
            // A refusal whose text stalls is a refusal nevertheless.
            let kind = if said.starts_with(b"HTTP/1.1 502") { Kind::Proxy } else { Kind::Timeout };
            let through = said.ends_with(b"OK\r\n\r\n") || said.len() == 8;
            let phase = if through { Phase::Tls } else { Phase::Proxy };
            (error.kind(), error.phase()) == (kind, Some(phase)) || {
                eprintln!("{limit:?}, {scheme} {said:?}: {error}");
                false
            }
        });
        assert!(ends_there, "{scheme} {said:?}: never at this step");
    }
}

#[test]
fn sec_j1_a_drip_does_not_move_the_limit() {
    on_both(|| {
        for (scheme, said) in
            [("http", "HTTP/1.1 200 OK\r\nX: y\r\n".repeat(50)), ("socks5h", "\x05\0\x05\0\0\x03\u{7f}".repeat(50))]
        {
            let holds = with_some_time(ms(300), |limit| {
                let peer = Peer::always(conn([pieces(&*said, 1, ms(50)), Act::Swallow]));
                let client = quiet().connect_timeout(limit).proxy(proxy(format!("{scheme}://{}", peer.address())));
                let start = Instant::now();
                let error = client.build().unwrap().get("https://h.test/").send().unwrap_err();
                assert!(start.elapsed() < limit + ms(10_000), "{error}");
                assert_eq!(error.kind(), Kind::Timeout, "{error}");
                error.phase() == Some(Phase::Proxy) || {
                    eprintln!("{limit:?}, {scheme}: {error}");
                    false
                }
            });
            assert!(holds, "{scheme}: never while the proxy speaks");
        }
    });
}

#[test]
fn a_token_ends_the_talk_with_a_proxy_at_once() {
    for scheme in ["http", "socks5h"] {
        on_both(move || {
            let token = CancelToken::new();
            let opened = Gate::new();
            let peer = Peer::start([conn([open(&opened), Act::Swallow])]);
            let client = quiet().proxy(proxy(format!("{scheme}://{}", peer.address()))).build().unwrap();
            let firing = token.clone();
            rt::spawn(move || {
                opened.wait();
                rt::sleep(ms(50));
                firing.cancel();
            })
            .unwrap();
            let start = Instant::now();
            let error = client.get("https://h.test/").cancel(&token).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled, "{error}");
            assert!(start.elapsed() < ms(10_000));
            peer.wait_released();
        });
    }
}
