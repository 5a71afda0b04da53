//! Python's own `http.client` beside this one: the same calls, the same bytes; the same answers, the same facts.

use std::fmt::Write as _;
use std::process::Command;

use maypole::Body;
use maypole::compat::httplib::{HttpConnection, Skip};
use serde_json::{Value, json};

use crate::peer::*;
use crate::to;

/// Runs a program of Python's; `None` where it is not installed, which is said, and a failure where nothing may be skipped.
fn python(program: &str) -> Option<String> {
    let Ok(output) = Command::new("python3").args(["-c", program]).output() else {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "python3 is not installed");
        eprintln!("SKIPPED: python3 is not installed (apt-get install python3)");
        return None;
    };
    assert!(output.status.success(), "{program}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// One call, as Python writes it and as it is made here.
#[derive(Clone)]
enum Call {
    /// Method, target, body, headers.
    Request(&'static str, &'static str, Part, &'static [(&'static str, &'static str)]),
    Put(&'static str, &'static str, bool, bool),
    Header(&'static str, &'static str),
    End(Part),
    EndChunked(Part),
    Send(&'static str),
    Get,
}

/// What a body is made of.
#[derive(Clone, Copy)]
enum Part {
    None,
    Text(&'static str),
    Pieces(&'static [&'static str]),
    Reader(&'static str),
}

impl Part {
    fn python(self) -> String {
        match self {
            Self::None => "None".into(),
            Self::Text(text) => format!("b{text:?}"),
            Self::Pieces(pieces) => {
                pieces.iter().fold(String::from("iter(["), |all, piece| all + &format!("b{piece:?}, ")) + "])"
            }
            Self::Reader(text) => format!("io.BytesIO(b{text:?})"),
        }
    }

    fn body(self) -> Body {
        match self {
            Self::None => Body::empty(),
            Self::Text(text) => text.into(),
            Self::Pieces(pieces) => Body::chunks(pieces.iter().map(|piece| Ok(*piece))),
            Self::Reader(text) => Body::stream(text.as_bytes()),
        }
    }
}

impl Call {
    fn python(&self) -> String {
        match self {
            Self::Request(method, target, body, headers) => {
                let lines =
                    headers.iter().fold(String::new(), |all, (name, value)| all + &format!("{name:?}: {value:?}, "));
                format!("c.request({method:?}, {target:?}, {}, {{{lines}}})", body.python())
            }
            Self::Put(method, target, host, coding) => {
                let flag = |on: &bool| if *on { "True" } else { "False" };
                format!("c.putrequest({method:?}, {target:?}, {}, {})", flag(host), flag(coding))
            }
            Self::Header(name, value) => format!("c.putheader({name:?}, {value:?})"),
            Self::End(body) => format!("c.endheaders({})", body.python()),
            Self::EndChunked(body) => format!("c.endheaders({}, encode_chunked=True)", body.python()),
            Self::Send(text) => format!("c.send(b{text:?})"),
            Self::Get => "c.getresponse().read()".into(),
        }
    }

    fn make(&self, conn: &mut HttpConnection) {
        match *self {
            Self::Request(method, target, body, headers) => {
                conn.request(method, target, body.body(), headers.iter().copied()).unwrap();
            }
            Self::Put(method, target, host, accept_encoding) => {
                conn.put_request_with(method, target, Skip { host, accept_encoding }).unwrap();
            }
            Self::Header(name, value) => conn.put_header(name, value).unwrap(),
            Self::End(body) => conn.end_headers_with(body.body()).unwrap(),
            Self::EndChunked(body) => conn.end_headers_chunked(body.body()).unwrap(),
            Self::Send(text) => conn.send(text.as_bytes()).unwrap(),
            Self::Get => assert_eq!(conn.get_response().unwrap().read_all().unwrap(), b"x"),
        }
    }
}

const NONE: Part = Part::None;

fn script() -> Vec<Call> {
    use Call::{End, EndChunked, Get, Header, Put, Request, Send};
    vec![
        Request("GET", "/", NONE, &[]),
        Get,
        Request("GET", "", NONE, &[("Accept", "*/*"), ("X-Twice", "1"), ("x-twice", "2")]),
        Get,
        Request("GET", "/a%20b?c=d&e", NONE, &[("User-Agent", "oracle"), ("Accept-Encoding", "gzip"), ("host", "h:1")]),
        Get,
        Request("GET", "http://origin.test:81/x?y", NONE, &[]),
        Get,
        Request("OPTIONS", "*", NONE, &[]),
        Get,
        Request("DELETE", "/d", NONE, &[]),
        Get,
        Request("POST", "/p", NONE, &[]),
        Get,
        Request("PATCH", "/p", NONE, &[("Content-Length", "0")]),
        Get,
        Request("PUT", "/p", Part::Text("hello"), &[("Content-Type", "text/plain")]),
        Get,
        Request("POST", "/p", Part::Text(""), &[]),
        Get,
        Request("GET", "/with-body", Part::Text("why not"), &[]),
        Get,
        Request("PUT", "/p", Part::Pieces(&["may", "", "pole"]), &[("X-A", "b")]),
        Get,
        Request("PUT", "/p", Part::Reader("read"), &[]),
        Get,
        Request("PUT", "/p", Part::Reader("read"), &[("content-length", "4")]),
        Get,
        Request("PUT", "/p", Part::Text("3\r\nraw\r\n0\r\n\r\n"), &[("Transfer-Encoding", "chunked")]),
        Get,
        Put("GET", "/steps", false, false),
        Header("X-A", "b"),
        Header("X-Empty", ""),
        End(NONE),
        Get,
        Put("GET", "/bare", true, true),
        Header("Host", "own.test"),
        End(NONE),
        Get,
        Put("PURGE", "/odd", false, true),
        End(NONE),
        Get,
        Put("POST", "/steps", false, false),
        Header("Content-Length", "10"),
        End(Part::Text("first")),
        Send("se"),
        Send("con"),
        Get,
        Put("POST", "/steps", false, false),
        Header("Transfer-Encoding", "chunked"),
        EndChunked(Part::Pieces(&["a", "bc", "", "def"])),
        Get,
        Put("POST", "/steps", false, false),
        Header("Transfer-Encoding", "chunked"),
        End(NONE),
        Send("2\r\nab\r\n"),
        Send("0\r\n\r\n"),
        Get,
    ]
}

#[test]
fn c346_the_same_calls_send_the_same_bytes_as_pythons() {
    let peer = Peer::always(conn([serve(ok("x"))]));
    let calls = script();
    let asked = calls.iter().filter(|call| matches!(call, Call::Get)).count();
    let mut program = format!("import http.client, io\nc = http.client.HTTPConnection('127.0.0.1', {})\n", peer.port());
    calls.iter().for_each(|call| writeln!(program, "{}", call.python()).unwrap());
    if python(&program).is_none() {
        return;
    }
    on_both({
        let peer = to(&peer).port();
        move || {
            let mut conn = crate::to_port(peer);
            calls.iter().for_each(|call| call.make(&mut conn));
        }
    });
    let seen = peer.finish();
    assert_eq!(seen.shape(), [asked; 3], "one connection each");
    let [theirs, ours @ ..] = &seen.connections[..] else { panic!("none came") };
    for ours in ours {
        for (theirs, ours) in theirs.requests.iter().zip(&ours.requests) {
            assert_eq!(ours.head_text(), theirs.head_text());
        }
        assert_eq!(String::from_utf8_lossy(&ours.bytes), String::from_utf8_lossy(&theirs.bytes));
    }
}

/// Answers as they are, with the methods that ask for them.
const ANSWERS: [(&str, &str); 16] = [
    ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello World!"),
    ("GET", "HTTP/1.0 404 Not Found\r\nServer: s\r\n\r\nnone"),
    ("GET", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
    ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Type: text/html\r\n\r\n"),
    ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmayp\r\n3;x=y\r\nole\r\n0\r\nT: 1\r\n\r\n"),
    ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
    ("GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"),
    ("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"),
    ("GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
    ("GET", "HTTP/1.1 200 All  of it \r\nContent-Length: 0\r\n\r\n"),
    ("GET", "HTTP/1.1 200 OK\r\nSet-Cookie: foo=bar\r\nset-cookie: baz=bar\r\nX-E:\r\nContent-Length: 0\r\n\r\n"),
    ("GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("GET", "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\nX-B:  blanks before\r\n\r\nno"),
    ("GET", "HTTP/1.1 200 OK\r\n\r\nuntil the end"),
    ("POST", "HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
];

/// What Python says of each answer, a line of JSON each.
const FACTS: &str = "
import http.client, json
for method in METHODS:
    c = http.client.HTTPConnection('127.0.0.1', PORT)
    c.request(method, '/')
    r = c.getresponse()
    closes = r.will_close
    print(json.dumps([r.status, r.reason, r.version, closes, r.getheaders(), r.getheader('set-cookie'),
                      r.getheader('x-none', 'default'), r.read().decode(), r.isclosed()]))
    c.close()
";

fn facts(port: u16, method: &str) -> Value {
    let mut conn = crate::to_port(port);
    conn.request(method, "/", (), crate::NO_HEADERS).unwrap();
    let mut response = conn.get_response().unwrap();
    let body = String::from_utf8(response.read_all().unwrap()).unwrap();
    json!([
        response.status(),
        response.reason(),
        response.version(),
        response.will_close(),
        response.get_headers(),
        response.get_header("set-cookie"),
        response.get_header_or("x-none", "default"),
        body,
        response.is_closed(),
    ])
}

#[test]
fn c348_the_same_answers_say_the_same_as_to_pythons() {
    let all = || ANSWERS.map(|(_, answer)| conn([any_request(), reply(answer), Act::Close]));
    let peer = Peer::start(all().into_iter().chain(all()));
    let methods = ANSWERS.map(|(method, _)| method);
    let program = FACTS.replace("PORT", &peer.port().to_string());
    let program = program.replace("METHODS", &format!("{methods:?}"));
    let Some(theirs) = python(&program) else {
        std::mem::forget(peer);
        return;
    };
    let theirs: Vec<Value> = theirs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((method, answer), theirs) in ANSWERS.into_iter().zip(theirs) {
        assert_eq!(facts(peer.port(), method), theirs, "{answer}");
    }
    peer.finish();
}
