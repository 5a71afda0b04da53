//! A proxy of the tests' own: a handshake by script, then bytes both ways, on plain threads.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslMethod, SslStream};

use crate::peer::*;

/// The client's side of a proxy, plain or TLS.
pub(crate) trait Wire: Read + Write + Send {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for SslStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref()
    }
}

/// What a handshake came to: what was asked for, for the record, and where to relay to; nowhere closes.
pub(crate) struct Asked {
    pub(crate) said: String,
    pub(crate) to: Option<SocketAddr>,
}

type Handshake = dyn Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync;

/// Accepts connections until the test ends.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    record: Arc<Record>,
}

/// One place for each connection, in the order in which they came: nothing while it is asked, then what it asked for,
/// unless it broke off.
type Record = Mutex<Vec<Option<Option<String>>>>;

impl Relay {
    pub(crate) fn start(handshake: impl Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync + 'static) -> Self {
        Self::listen(None, handshake)
    }

    /// Inside TLS, with this certificate.
    pub(crate) fn tls(
        leaf: &Leaf,
        handshake: impl Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync + 'static,
    ) -> Self {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&openssl::pkey::PKey::private_key_from_pem(&leaf.key_pem()).unwrap()).unwrap();
        acceptor.set_certificate(&openssl::x509::X509::from_pem(&leaf.pem()).unwrap()).unwrap();
        Self::listen(Some(acceptor.build()), handshake)
    }

    fn listen(
        acceptor: Option<SslAcceptor>,
        handshake: impl Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, record) = (listener.local_addr().unwrap(), Arc::new(Record::default()));
        let (handshake, seen): (Arc<Handshake>, _) = (Arc::new(handshake), record.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, acceptor) = (stream.unwrap(), acceptor.clone());
                let (handshake, seen) = (handshake.clone(), seen.clone());
                seen.lock().unwrap().push(None);
                let place = seen.lock().unwrap().len() - 1;
                std::thread::spawn(move || {
                    let record = |said| seen.lock().unwrap()[place] = Some(said);
                    stream.set_nodelay(true).unwrap();
                    match acceptor.map(|acceptor| acceptor.accept(stream.try_clone().unwrap())) {
                        None => serve(stream, &*handshake, record),
                        Some(Ok(stream)) => serve(stream, &*handshake, record),
                        Some(Err(_)) => record(Some("TLS refused".into())),
                    }
                });
            }
        });
        Self { address, record }
    }

    /// What was asked for so far, one line for each connection. An answer is sent a moment before what was asked for is
    /// on record.
    pub(crate) fn said(&self) -> Vec<String> {
        wait_until("all to be asked", || !self.record.lock().unwrap().contains(&None));
        self.record.lock().unwrap().iter().flatten().flatten().cloned().collect()
    }

    /// Its URL, with `user:password@` before the host.
    pub(crate) fn url(&self, scheme: &str, user: &str) -> String {
        format!("{scheme}://{user}{}", self.address)
    }
}

fn serve(mut client: impl Wire, handshake: &Handshake, record: impl Fn(Option<String>)) {
    let Ok(Asked { said, to }) = handshake(&mut client) else { return record(None) };
    record(Some(said));
    let Some(to) = to else { return };
    let mut host = TcpStream::connect(to).unwrap();
    client.socket().set_nonblocking(true).unwrap();
    host.set_nonblocking(true).unwrap();
    // A handshake's small writes would wait for each other's acknowledgement.
    host.set_nodelay(true).unwrap();
    while pump(&mut client, &mut host).unwrap_or(false) {}
}

/// Moves what is there; false at an end. Polling: TLS has no two halves.
fn pump(client: &mut impl Wire, host: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = vec![0; 16 << 10];
    let there = moved(client, host, &mut buffer)?;
    let back = moved(host, client, &mut buffer)?;
    if there == Some(0) || back == Some(0) {
        return Ok(false);
    }
    if there.is_none() && back.is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(true)
}

fn moved(from: &mut impl Read, to: &mut impl Write, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    let n = match from.read(buffer) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
        read => read?,
    };
    let mut rest = &buffer[..n];
    while !rest.is_empty() {
        match to.write(rest) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(1)),
            written => rest = &rest[written?..],
        }
    }
    Ok(Some(n))
}

/// Up to and with the blank line.
pub(crate) fn read_head(wire: &mut dyn Wire) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(read_n::<1>(wire)?[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

pub(crate) fn read_n<const N: usize>(wire: &mut dyn Wire) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    wire.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// An HTTP proxy that grants every tunnel, to `to` whatever it is asked for.
pub(crate) fn connect_to(to: SocketAddr) -> impl Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync + 'static {
    move |wire| {
        let said = read_head(wire)?;
        wire.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        Ok(Asked { said, to: Some(to) })
    }
}

/// A SOCKS proxy of all versions that relays to `to`; it records version, destination, port and user.
pub(crate) fn socks_to(to: SocketAddr) -> impl Fn(&mut dyn Wire) -> io::Result<Asked> + Send + Sync + 'static {
    move |wire| {
        let said = match read_n::<1>(wire)?[0] {
            5 => socks5(wire)?,
            4 => socks4(wire)?,
            other => panic!("not SOCKS: {other}"),
        };
        Ok(Asked { said, to: Some(to) })
    }
}

fn socks5(wire: &mut dyn Wire) -> io::Result<String> {
    let mut methods = vec![0; read_n::<1>(wire)?[0].into()];
    wire.read_exact(&mut methods)?;
    let mut user = String::new();
    if methods.contains(&2) {
        wire.write_all(b"\x05\x02")?;
        read_n::<1>(wire)?;
        let (name, password) = (text(wire)?, text(wire)?);
        user = format!(" {name}:{password}");
        wire.write_all(b"\x01\x00")?;
    } else {
        wire.write_all(b"\x05\x00")?;
    }
    let [_, _, _, form] = read_n::<4>(wire)?;
    let host = match form {
        1 => std::net::Ipv4Addr::from(read_n::<4>(wire)?).to_string(),
        4 => std::net::Ipv6Addr::from(read_n::<16>(wire)?).to_string(),
        _ => format!("name {}", text(wire)?),
    };
    let port = u16::from_be_bytes(read_n::<2>(wire)?);
    // Bound to a name, the form that clients forget.
    wire.write_all(b"\x05\x00\x00\x03\x05bound\x00\x50")?;
    Ok(format!("5 {host} {port}{user}"))
}

fn text(wire: &mut dyn Wire) -> io::Result<String> {
    let mut text = vec![0; read_n::<1>(wire)?[0].into()];
    wire.read_exact(&mut text)?;
    Ok(String::from_utf8(text).unwrap())
}

fn socks4(wire: &mut dyn Wire) -> io::Result<String> {
    read_n::<1>(wire)?;
    let port = u16::from_be_bytes(read_n::<2>(wire)?);
    let address = std::net::Ipv4Addr::from(read_n::<4>(wire)?);
    let user = ended(wire)?;
    let host = if address.octets()[..3] == [0; 3] { format!("name {}", ended(wire)?) } else { address.to_string() };
    wire.write_all(b"\0\x5a\0\0\0\0\0\0")?;
    Ok(format!("4 {host} {port} {user}"))
}

fn ended(wire: &mut dyn Wire) -> io::Result<String> {
    let mut text = String::new();
    loop {
        match read_n::<1>(wire)?[0] {
            0 => return Ok(text),
            byte => text.push(byte.into()),
        }
    }
}
