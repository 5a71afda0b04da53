//! Answers without a network.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use maypole::Body;
use maypole::client::{Inbound, Outbound, Transport};
use maypole::error::{Error, Kind};

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
