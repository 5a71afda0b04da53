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
        let peer = Peer::always(conn([reply(said), Act::Swallow]));
        let mut timeouts = maypole::deadline::Timeouts::default();
        if total {
            timeouts.total = Some(ms(600));
        } else {
            (timeouts.connect, timeouts.tls) = (Some(ms(600)), Some(ms(600)));
        }
        let proxy = proxy(format!("{scheme}://{}", peer.address()));
        let client = quiet().timeouts(timeouts).proxy(proxy).build().unwrap();
        let start = Instant::now();
        let error = client.get("https://h.test/").send().unwrap_err();
        let took = start.elapsed();
        // A refusal whose text stalls is a refusal nevertheless.
        let wanted = if said.starts_with(b"HTTP/1.1 502") { Kind::Proxy } else { Kind::Timeout };
        assert_eq!(error.kind(), wanted, "{scheme} {said:?}: {error}");
        assert!(took >= ms(500) && took < ms(4_000), "{scheme} {said:?}: {took:?}");
        let through = said.ends_with(b"OK\r\n\r\n") || said.len() == 8;
        assert_eq!(error.phase(), Some(if through { Phase::Tls } else { Phase::Proxy }), "{error}");
    }
}

#[test]
fn sec_j1_a_drip_does_not_move_the_limit() {
    on_both(|| {
        for (scheme, said) in
            [("http", "HTTP/1.1 200 OK\r\nX: y\r\n".repeat(50)), ("socks5h", "\x05\0\x05\0\0\x03\u{7f}".repeat(50))]
        {
            let peer = Peer::start([conn([pieces(said, 1, ms(50)), Act::Swallow])]);
            let client = quiet().connect_timeout(ms(300)).proxy(proxy(format!("{scheme}://{}", peer.address())));
            let start = Instant::now();
            let error = client.build().unwrap().get("https://h.test/").send().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Proxy)), "{error}");
            assert!(start.elapsed() < ms(2_500));
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
            assert!(start.elapsed() < ms(2_500));
            peer.wait_released();
        });
    }
}
