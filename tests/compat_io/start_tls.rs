//! TLS from the middle of a connection on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use maypole::compat::io::{Connector, Stream};
use maypole::error::{Kind, Phase};
use maypole::net::TlsConfig;

use crate::flow::echo;
use crate::peer::{Tls, on_both};
use crate::site::trusting;

/// Greets, gives the go-ahead with what follows it, and goes on inside TLS.
fn mail_server(behind: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("submission://{}", listener.local_addr().unwrap());
    let serve = move |mut socket: TcpStream| {
        socket.write_all(b"220 ready\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(&socket).read_line(&mut line).unwrap();
        assert_eq!(line, "STARTTLS\r\n");
        socket.write_all(format!("220 go ahead\r\n{behind}").as_bytes()).unwrap();
        if behind.is_empty() {
            // What the client refuses ends here.
            let mut session = Tls::default().try_accept(socket)?;
            echo(&mut session);
            session.shutdown().ok()?;
        }
        Some(())
    };
    std::thread::spawn(move || serve(listener.accept().unwrap().0));
    url
}

fn in_the_clear(url: &str) -> Stream {
    let mut stream = Connector::new().connect(url).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    stream.write_all(b"STARTTLS\r\n").unwrap();
    stream.read_line(&mut line).unwrap();
    assert_eq!(line, "220 ready\r\n220 go ahead\r\n");
    stream
}

#[test]
fn a_stream_is_secured_behind_the_go_ahead() {
    on_both(|| {
        let stream = in_the_clear(&mail_server(""));
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10)));
        let mut stream = stream.start_tls(&trusting(), "localhost").unwrap();
        assert_eq!(stream.info().tls.as_ref().unwrap().server_name, "localhost");
        assert_eq!(stream.read_timeout(), Some(std::time::Duration::from_secs(10)));
        stream.write_all(b"EHLO me\r\n").unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "EHLO me\r\n");
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
    });
}

#[test]
fn another_name_is_refused() {
    on_both(|| {
        let error = in_the_clear(&mail_server("")).start_tls(&trusting(), "mail.example").unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Certificate, Some(Phase::Tls)), "{error}");
        let error = in_the_clear(&mail_server("")).start_tls(&TlsConfig::default(), "localhost").unwrap_err();
        assert_eq!(error.kind(), Kind::Certificate, "{error}");
        let error = in_the_clear(&mail_server("")).start_tls(&trusting(), "not a name").unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
    });
}

/// CVE-2011-0411: what somebody on the way has put behind the go-ahead would be taken for the server's own words.
#[test]
fn bytes_behind_the_go_ahead_are_refused() {
    on_both(|| {
        let error = in_the_clear(&mail_server("250 injected\r\n")).start_tls(&trusting(), "localhost").unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Protocol, Some(Phase::Tls)), "{error}");
    });
}

#[test]
fn other_handles_are_refused_and_keep_the_connection() {
    on_both(|| {
        let stream = in_the_clear(&mail_server(""));
        let other = stream.try_clone().unwrap();
        let error = stream.start_tls(&trusting(), "localhost").unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
        other.start_tls(&trusting(), "localhost").unwrap().write_all(b"x").unwrap();
    });
}
