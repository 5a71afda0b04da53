//! Answers without a network.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::client::{Inbound, Outbound, Transport};
use maypole::error::{Error, Kind, Phase};
use maypole::{Body, HttpClient, rt};

use crate::builder;
use crate::peer::on_both;

/// Answers with what it was asked.
#[derive(Clone, Default)]
struct Mirror(Arc<Mutex<Vec<String>>>);

impl Transport for Mirror {
    fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
        let mut body = Vec::new();
        while let Some(piece) = request.body.next_piece()? {
            body.extend_from_slice(piece);
        }
        let body = String::from_utf8(body).unwrap();
        let seen = format!("{} {} {body}", request.method, request.url.request_target());
        self.0.lock().unwrap().push(format!("{seen} {}", request.headers.get("cookie").unwrap_or("-")));
        match request.url.path() {
            "/old" => Inbound::new(307, [("Location", "/new"), ("Set-Cookie", "a=1")], "gone"),
            "/down" => Err(Error::new(Kind::Connect, "no such host here")),
            _ => Inbound::new(200, [("X-Seen", "1")], seen),
        }
    }
}

#[test]
fn c398_the_same_client_code_without_a_socket() {
    on_both(|| {
        let mirror = Mirror::default();
        let client = builder().transport(mirror.clone()).cookies(true).build().unwrap();
        let response = client.post("http://nowhere.test/old").body("data").send().unwrap();
        assert_eq!((response.status(), response.header("x-seen")), (200, Some("1")));
        assert_eq!((response.history().len(), response.peer_addr()), (1, None));
        assert_eq!(response.text().unwrap(), "POST /new data");
        assert_eq!(*mirror.0.lock().unwrap(), ["POST /old data -", "POST /new data a=1"]);
        let error = client.get("http://nowhere.test/down").send().unwrap_err();
        assert_eq!((error.kind(), error.url()), (Kind::Connect, Some("http://nowhere.test/down")));
    });
}

#[test]
fn a_body_in_pieces_is_read_as_any_other() {
    struct Lines;
    impl Transport for Lines {
        fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
            Inbound::new(200, [], Body::chunks((0..3).map(|n| Ok(format!("line {n}\nha")))))
        }
    }
    let client = builder().transport(Lines).build().unwrap();
    let lines: Vec<_> = client.get("http://h/").send().unwrap().lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["line 0", "haline 1", "haline 2", "ha"]);
}

#[test]
fn a_body_that_fails_fails_every_read() {
    struct Broken;
    impl Transport for Broken {
        fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
            let items = [Ok("some"), Err(std::io::Error::other("lost"))];
            Inbound::new(200, [], Body::chunks(items))
        }
    }
    let client = builder().transport(Broken).build().unwrap();
    let mut response = client.get("http://h/").send().unwrap();
    assert_eq!(response.read_full(4).unwrap(), b"some");
    assert!(response.read_full(1).unwrap_err().to_string().contains("lost"));
    assert!(response.read_full(1).unwrap_err().to_string().contains("lost"));
}

#[test]
fn bad_input_never_reaches_it() {
    struct Counting(Arc<AtomicUsize>);
    impl Transport for Counting {
        fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
            self.0.fetch_add(1, SeqCst);
            Inbound::new(200, [], ())
        }
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let client = builder().transport(Counting(calls.clone())).build().unwrap();
    client.get("http://h/").header("X", "a\r\nb").send().unwrap_err();
    client.get("http://h/").header("Host", "a b").send().unwrap_err();
    assert_eq!(calls.load(SeqCst), 0);
    assert!(Inbound::new(200, [("X", "a\nb")], ()).is_err());
}

/// Takes its time, by the crate's own sleep or by one that nothing ends, for the head or for the body.
struct Slow {
    sleep: fn(Duration),
    head: Duration,
    body: Duration,
}

impl Transport for Slow {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        let (sleep, body) = (self.sleep, self.body);
        sleep(self.head);
        let pieces = (0..2).map(move |n| {
            sleep(body * n);
            Ok("piece")
        });
        Inbound::new(200, [], Body::chunks(pieces))
    }
}

const ZERO: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(60);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn deadlines_end_what_waits_in_it_and_refuse_what_comes_too_late() {
    on_both(|| {
        for (sleep, long) in [(rt::sleep as fn(Duration), LONG), (std::thread::sleep, ms(60))] {
            let of_head = HttpClient::builder().transport(Slow { sleep, head: long, body: ZERO }).build().unwrap();
            let error = of_head.get("http://h/").timeout(ms(30)).send().unwrap_err();
            let seen = (error.kind(), error.phase(), error.limit());
            assert_eq!(seen, (Kind::Timeout, Some(Phase::Head), Some(ms(30))));
            let error = of_head.get("http://h/").head_timeout(ms(20)).send().unwrap_err();
            assert_eq!((error.kind(), error.limit()), (Kind::Timeout, Some(ms(20))));

            let of_body = HttpClient::builder().transport(Slow { sleep, head: ZERO, body: long }).build().unwrap();
            let mut response = of_body.get("http://h/").timeout(ms(30)).send().unwrap();
            assert_eq!(response.read_full(5).unwrap(), b"piece");
            let error = response.read_full(5).unwrap_err();
            let seen = (error.kind(), error.phase(), error.bytes_received());
            assert_eq!(seen, (Kind::Timeout, Some(Phase::Body), 5));
            assert_eq!(response.read_full(1).unwrap_err().kind(), Kind::Timeout, "it stays");
        }
    });
}

#[test]
fn a_token_ends_what_waits_in_it() {
    on_both(|| {
        let slow = |head, body| HttpClient::builder().transport(Slow { sleep: rt::sleep, head, body }).build().unwrap();
        let token = rt::CancelToken::new();
        let (of_head, of_body) = (slow(LONG, ZERO), slow(ZERO, LONG));
        let mut response = of_body.get("http://h/").cancel(&token).send().unwrap();
        let request = of_head.get("http://h/").cancel(&token);
        let waiting = rt::spawn(move || request.send().map(drop).unwrap_err().kind()).unwrap();
        let reading = rt::spawn(move || response.read_full(10).unwrap_err().kind()).unwrap();
        rt::sleep(ms(10));
        token.cancel();
        assert_eq!((waiting.join().unwrap(), reading.join().unwrap()), (Kind::Cancelled, Kind::Cancelled));
        let error = of_head.get("http://h/").cancel(&token).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled);
    });
}

#[test]
fn it_is_asked_by_no_more_at_once_than_the_network_would_be() {
    on_both(|| {
        let client = builder().transport(Mirror::default()).max_concurrent(1).build().unwrap();
        let open = client.get("http://h/").send().unwrap();
        let error = client.get("http://h/").checkout_timeout(ms(20)).send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Checkout)));
        open.text().unwrap();
        client.get("http://h/").send().unwrap().text().unwrap();
    });
}
