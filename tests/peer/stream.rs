//! One accepted connection: TCP or Unix, plain or TLS.

use std::io::{self, Read, Write};
use std::sync::Arc;

use openssl::nid::Nid;
use openssl::ssl::{Ssl, SslAcceptor, SslStream};
use socket2::Socket;

use super::record::TlsSeen;

/// A socket that a second thread may shut down.
#[derive(Clone)]
pub(super) struct Shared(pub Arc<Socket>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        uninterrupted(|| (&*self.0).read(buffer))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        uninterrupted(|| (&*self.0).write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A call on a socket with a timeout is interrupted when the process is stopped for a while and goes on (`signal(7)`).
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

pub(super) enum Stream {
    Plain(Shared),
    Tls(Box<SslStream<Shared>>),
}

impl Stream {
    pub(super) fn accept(socket: Shared, acceptor: Option<&SslAcceptor>) -> Result<(Self, Option<TlsSeen>), String> {
        let Some(acceptor) = acceptor else { return Ok((Self::Plain(socket), None)) };
        let mut session = SslStream::new(Ssl::new(acceptor.context()).unwrap(), socket).unwrap();
        session.accept().map_err(|e| e.to_string())?;
        let ssl = session.ssl();
        let seen = TlsSeen {
            server_name: ssl.servername(openssl::ssl::NameType::HOST_NAME).map(str::to_owned),
            alpn: ssl.selected_alpn_protocol().map(|p| String::from_utf8_lossy(p).into_owned()),
            client_name: ssl.peer_certificate().and_then(|c| {
                let name = c.subject_name().entries_by_nid(Nid::COMMONNAME).next()?.data().to_string();
                name.ok()
            }),
            resumed: ssl.session_reused(),
            version: ssl.version_str().to_owned(),
        };
        Ok((Self::Tls(Box::new(session)), Some(seen)))
    }

    pub(super) fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => &socket.0,
            Self::Tls(session) => &session.get_ref().0,
        }
    }

    /// `Ok(0)` at the end of the stream, with or without close_notify.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(session) => {
                session.ssl_read(buffer).or_else(|e| if is_end(&e) { Ok(0) } else { Err(io_error(e)) })
            }
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(session) => session.ssl_write(bytes).map_err(io_error),
        }
    }

    /// Says goodbye as the protocol wants: close_notify, where there is TLS.
    pub(super) fn notify(&mut self) {
        if let Self::Tls(session) = self {
            let _ = session.shutdown();
        }
    }
}

fn io_error(error: openssl::ssl::Error) -> io::Error {
    error.into_io_error().unwrap_or_else(io::Error::other)
}

// With close_notify; or without, which OpenSSL 3 reports as a protocol error and others as a system call's.
fn is_end(error: &openssl::ssl::Error) -> bool {
    error.code() == openssl::ssl::ErrorCode::ZERO_RETURN
        || error.to_string().to_ascii_lowercase().contains("unexpected eof")
}
