//! Crates for blocking sockets, as the examples use them, each against the simplest server that answers it. What they
//! do with real ones is in `tests/swapped`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use maypole::TlsConfig;
use maypole::compat::io::Connector;
use maypole::net::Roots;
use openssl::ssl::SslAcceptor;
use redis::{Commands, Parser, Value, pipe};

use super::certs;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/postgres_sync/main.rs"]
mod postgres_sync;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/redis_sync.rs"]
mod redis_sync;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/websocket_tungstenite.rs"]
mod websocket_tungstenite;

/// A port whose connections are handed to `talk`, until it answers nothing.
fn serve(talk: impl Fn(TcpStream) -> Option<()> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            thread::spawn(move || talk(stream));
        }
    });
    address
}

fn echo(stream: impl Read + Write) -> Option<()> {
    let mut socket = tungstenite::accept(stream).ok()?;
    loop {
        let message = socket.read().ok()?;
        socket.send(tungstenite::Message::Ping("still there?".into())).ok()?;
        socket.send(message).ok()?;
    }
}

pub(crate) fn tungstenite_plain() {
    chat(&Connector::new(), &format!("ws://{}/", serve(echo)));
}

pub(crate) fn tungstenite_tls() {
    let certified = certs::good();
    let acceptor: SslAcceptor = certified.acceptor.clone();
    let address = serve(move |stream| echo(acceptor.accept(stream).ok()?));
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).build().unwrap();
    chat(&Connector::new().tls(tls), &format!("wss://{address}/"));
}

fn chat(connector: &Connector, url: &str) {
    let mut socket = websocket_tungstenite::connect(connector, url).unwrap();
    for text in ["short".into(), "x".repeat(100_000)] {
        assert_eq!(websocket_tungstenite::ask(&mut socket, &text).unwrap(), text);
    }
    drop(socket);
    assert!(websocket_tungstenite::connect(connector, "ws://127.0.0.1:1/").is_err());
}

pub(crate) fn redis() {
    let url = format!("redis://me:s3cret@{}/5", serve(store));
    let mut redis = redis_sync::Redis::connect(&Connector::new(), &url).unwrap();
    redis.set::<_, _, ()>("name", "x".repeat(100_000)).unwrap();
    let (one, two): (String, String) = pipe().get("name").get("name").query(&mut redis).unwrap();
    assert_eq!((one.as_str(), two.as_str()), ("value", "value"));
    assert!(redis.del::<_, ()>("name").unwrap_err().to_string().contains("no such thing"));
    let mut messages = redis.subscribe("news").unwrap();
    assert_eq!(messages.next().unwrap().unwrap().get_payload::<String>().unwrap(), "value");
    assert!(messages.next().unwrap().is_err());
}

fn store(mut stream: TcpStream) -> Option<()> {
    let mut parser = Parser::new();
    loop {
        let Value::Array(words) = parser.parse_value(&mut stream).ok()? else { return None };
        let Value::BulkString(name) = words.first()? else { return None };
        let answer: &[u8] = match name.as_slice() {
            b"GET" => b"$5\r\nvalue\r\n",
            b"DEL" => b"-ERR no such thing\r\n",
            b"SUBSCRIBE" => {
                b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nvalue\r\n"
            }
            _ => b"+OK\r\n",
        };
        stream.write_all(answer).ok()?;
        if name == b"SUBSCRIBE" {
            return None;
        }
    }
}

/// As deep as answers of commands get.
pub(crate) fn redis_nested() {
    nested(6);
}

/// As deep as redis's parser allows, which calls itself for each level; in debug builds that would need 1.3 MiB.
pub(crate) fn redis_deep() {
    nested(if cfg!(debug_assertions) { 60 } else { 98 });
}

fn nested(levels: usize) {
    let answer = "*1\r\n".repeat(levels) + ":1\r\n";
    let mut value = redis::parse_redis_value(answer.as_bytes()).unwrap();
    while let Value::Array(mut inner) = value {
        value = inner.pop().unwrap();
    }
    assert_eq!(value, Value::Int(1));
}

pub(crate) fn postgres() {
    let url = format!("postgres://me:s3cret@{}/base", serve(super::database::talk));
    let (connector, tls) = (Connector::new(), TlsConfig::default());
    let mut postgres = postgres_sync::Postgres::connect(&connector, &tls, &url).unwrap();
    let row = || vec![Some("value".to_owned())];
    assert_eq!(postgres.query("SELECT 1").unwrap(), [row()]);
    postgres.prepare("name", "SELECT $1").unwrap();
    assert_eq!(postgres.execute("name", &[Some("1"), None]).unwrap(), [row()]);
    postgres.copy_in("COPY t FROM STDIN", "1\n".repeat(50_000).as_bytes()).unwrap();
    let mut copied = Vec::new();
    postgres.copy_out("COPY t TO STDOUT", &mut copied).unwrap();
    assert_eq!(copied, b"value\n");
    assert!(postgres.query("WRONG").unwrap_err().to_string().starts_with("42601"));
    postgres.close().unwrap();
}
