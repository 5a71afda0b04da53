//! The imap crate, as the example uses it, against the simplest server that answers it. What it does with a real one
//! is in `tests/swapped`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use imap::Client;
use maypole::TlsConfig;
use maypole::compat::io::Connector;
use maypole::net::Roots;

use super::certs;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/imap_sync.rs"]
mod imap_sync;

use imap_sync::{Wire, greeted, news, secured, subjects};

fn serve(talk: impl Fn(TcpStream) -> Option<()> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().map(talk).count());
    address
}

const GREETING: &[u8] = b"* OK here I am\r\n";
const MESSAGE: &str = "FETCH (ENVELOPE (\"Sat, 21 Nov 2026 15:32:00 +0000\" \"subject\" ((\"A\" NIL \"a\" \"maypole.test\")) \
    NIL NIL ((\"B\" NIL \"b\" \"maypole.test\")) NIL NIL NIL \"<1@maypole.test>\"))";

/// One session, whatever the user; ends with STARTTLS too.
fn mailbox<S: Read + Write>(stream: &mut BufReader<S>) -> Option<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or(("", line.trim_end()));
        let told = match command.split(' ').next()? {
            "EXAMINE" => "* FLAGS (\\Seen)\r\n* 200 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n".to_owned(),
            "FETCH" => (1..=200).map(|n| format!("* {n} {MESSAGE}\r\n")).collect(),
            "IDLE" => {
                stream.get_mut().write_all(b"+ idling\r\n* 201 EXISTS\r\n").ok()?;
                stream.read_line(&mut String::new()).ok()?;
                String::new()
            }
            _ => String::new(),
        };
        stream.get_mut().write_all(format!("{told}{tag} OK done\r\n").as_bytes()).ok()?;
        if command == "STARTTLS" {
            return Some(());
        }
    }
}

fn greet_and_talk<S: Read + Write>(mut stream: S) -> Option<()> {
    stream.write_all(GREETING).ok()?;
    mailbox(&mut BufReader::new(stream))
}

fn read(client: Client<Wire>) {
    let mut session = client.login("me", "secret").map_err(|(error, _)| error).unwrap();
    assert_eq!(subjects(&mut session).unwrap().len(), 200);
    assert!(news(&mut session, Duration::from_secs(20)).unwrap());
    session.logout().unwrap();
}

pub(crate) fn plain() {
    let stream = Connector::new().connect(&format!("imap://{}", serve(greet_and_talk))).unwrap();
    read(greeted(stream).unwrap());
}

pub(crate) fn over_tls() {
    let certified = certs::good();
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).build().unwrap();
    let acceptor = certified.acceptor;
    let address = serve(move |stream| greet_and_talk(acceptor.accept(stream).ok()?));
    read(greeted(Connector::new().tls(tls).connect(&format!("imaps://{address}")).unwrap()).unwrap());
}

pub(crate) fn with_starttls() {
    let certified = certs::good();
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).build().unwrap();
    let acceptor = certified.acceptor;
    let address = serve(move |mut stream| {
        stream.write_all(GREETING).ok()?;
        let mut stream = BufReader::new(stream);
        mailbox(&mut stream)?;
        mailbox(&mut BufReader::new(acceptor.accept(stream.into_inner()).ok()?))
    });
    let stream = Connector::new().connect(&format!("imap://{address}")).unwrap();
    read(secured(stream, &tls, "127.0.0.1").unwrap());
}
