//! A mailbox read by the imap crate, over TLS or with STARTTLS:
//! `MAYPOLE_PASSWORD=… cargo run --example imap_sync -- imaps://imap.example.org me@example.org`
//!
//! Its `Client` takes anything that reads and writes. Its own `connect` and `secure` are for std's `TcpStream`, and what
//! they do is a few lines here.

use std::error::Error;
use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

use imap::extensions::idle::{SetReadTimeout, WaitOutcome};
use imap::{Client, Session};
use maypole::TlsConfig;
use maypole::compat::io::{Connector, Stream};

/// No answer for so long is an error.
const SILENCE: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(user)) = (arguments.next(), arguments.next()) else {
        return Err("imap_sync imap[s]://HOST[:PORT] USER, and the password in MAYPOLE_PASSWORD".into());
    };
    let password = std::env::var("MAYPOLE_PASSWORD")?;
    let connector = Connector::new().read_timeout(Some(SILENCE));
    let stream = connector.connect(&url)?;
    // By default it would offer to speak HTTP.
    let tls = TlsConfig::builder().alpn([""; 0]).build()?;
    let client = match url.strip_prefix("imap://") {
        Some(host) => secured(stream, &tls, host.split([':', '/']).next().unwrap_or(host))?,
        None => greeted(stream)?,
    };
    let mut session = client.login(user, password).map_err(|(error, _)| error)?;
    for subject in subjects(&mut session)? {
        println!("{subject}");
    }
    if news(&mut session, Duration::from_secs(300))? {
        println!("and there are news");
    }
    Ok(session.logout()?)
}

/// A client on a connection that is secured already, or that shall be plain.
pub(crate) fn greeted(stream: Stream) -> imap::Result<Client<Wire>> {
    let mut client = Client::new(Wire(stream));
    client.read_greeting()?;
    Ok(client)
}

/// A client on a connection that begins plain: STARTTLS (RFC 3501, 6.2.1), by hand, since once the crate has the stream
/// it does not give it back.
pub(crate) fn secured(mut stream: Stream, tls: &TlsConfig, host: &str) -> Result<Client<Wire>, Box<dyn Error>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    stream.write_all(b"tls STARTTLS\r\n")?;
    while !line.starts_with("tls ") {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err("the server has hung up before STARTTLS".into());
        }
    }
    if !line.starts_with("tls OK") {
        return Err(format!("no STARTTLS here: {}", line.trim_end()).into());
    }
    let mut client = Client::new(Wire(stream.start_tls(tls, host)?));
    // RFC 3501, 6.2.1: no second greeting.
    client.greeting_read = true;
    Ok(client)
}

/// What every message in the inbox is about.
pub(crate) fn subjects(session: &mut Session<Wire>) -> imap::Result<Vec<String>> {
    if session.examine("INBOX")?.exists == 0 {
        return Ok(Vec::new());
    }
    let messages = session.fetch("1:*", "ENVELOPE")?;
    let subject = |message: &imap::types::Fetch| {
        let subject = message.envelope().and_then(|envelope| envelope.subject);
        subject.map_or_else(String::new, |subject| String::from_utf8_lossy(subject).into_owned())
    };
    Ok(messages.iter().map(subject).collect())
}

/// Waits for a change of the mailbox, for so long at most; thousands of coroutines may wait like this.
pub(crate) fn news(session: &mut Session<Wire>, limit: Duration) -> imap::Result<bool> {
    Ok(session.idle()?.wait_with_timeout(limit)? == WaitOutcome::MailboxChanged)
}

/// Our stream by a name of this program, since the crate's trait for a wait with an end has to be implemented for it.
#[derive(Debug)]
pub(crate) struct Wire(Stream);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl SetReadTimeout for Wire {
    /// After its wait the crate sets none, where it found one.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> imap::Result<()> {
        self.0.set_read_timeout(Some(timeout.unwrap_or(SILENCE)));
        Ok(())
    }
}
