//! Reading and writing.

use std::io::{self, BufRead, IoSlice, Read, Write};
use std::sync::Arc;

use maypole::compat::io::{Connector, Stream, copy};
use maypole::error::Kind;

use crate::peer::Act::{Close, Closed, HalfClose};
use crate::peer::{Peer, conn, expect, on_both, reply};
use crate::site::{WAYS, Way};

#[test]
fn reads_and_writes_by_each_way_and_ends_where_the_peer_does() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([reply("hello\r\nworld\r\nrest"), expect("one two three"), reply("!"), Close]));
            let mut stream = way.connect(&peer);
            let mut line = String::new();
            assert_eq!(stream.read_line(&mut line).unwrap(), 7);
            assert_eq!(line, "hello\r\n");
            // What was read ahead comes first, by reference too.
            let mut five = [0; 5];
            (&stream).read_exact(&mut five).unwrap();
            assert_eq!(&five, b"world");
            let pieces = [IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")];
            assert_eq!(stream.write_vectored(&pieces).unwrap(), 7);
            let last = "three";
            write!(&stream, " {last}").unwrap();
            stream.flush().unwrap();
            let mut rest = String::new();
            stream.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "\r\nrest!");
            assert_eq!(stream.read(&mut five).unwrap(), 0);
            assert_eq!(stream.fill_buf().unwrap(), b"");
            peer.finish();
        });
    }
}

#[test]
fn addresses_are_known() {
    on_both(|| {
        let peer = Way::Tcp.peer(conn([Closed]));
        let stream = Way::Tcp.connect(&peer);
        assert_eq!(stream.peer_addr().unwrap(), peer.address());
        assert_eq!(stream.local_addr().unwrap().to_string(), peer_sees(&peer));
        assert_eq!(stream.try_clone().unwrap().info().peer, Some(peer.address()));
        let peer = Way::Unix.peer(conn([Closed]));
        let stream = Way::Unix.connect(&peer);
        assert_eq!(stream.peer_addr().unwrap_err().kind(), io::ErrorKind::Unsupported);
        assert_eq!(stream.info().unix, Some(peer.path()));
        peer.wait_connections(1);
    });
}

fn peer_sees(peer: &Peer) -> String {
    peer.wait_connections(1);
    peer.so_far().connections[0].from.clone()
}

#[test]
fn lines_of_a_stream_and_copies_of_it() {
    for way in WAYS {
        on_both(move || {
            let text: String = (0..5_000).map(|n| format!("line {n}\n")).collect();
            let peer = way.peer(conn([reply(text.clone()), HalfClose, expect(text.clone()), Closed]));
            let mut stream = way.connect(&peer);
            let mut lines = Vec::new();
            for line in (&mut stream).lines() {
                lines.push(line.unwrap() + "\n");
            }
            assert_eq!(lines.concat(), text);
            assert_eq!(copy(&mut text.as_bytes(), &mut stream).unwrap(), text.len() as u64);
            drop(stream);
            peer.finish();
        });
    }
}

#[test]
fn std_idioms_a_shared_stream_and_a_clone() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([expect("ping"), reply("pong"), expect("more"), reply("less"), Closed]));
            let stream = Arc::new(way.connect(&peer));
            let (mut reader, mut writer) = (&*stream, io::BufWriter::new(&*stream));
            let mut four = [0; 4];
            writer.write_all(b"ping").unwrap();
            writer.flush().unwrap();
            drop(writer);
            reader.read_exact(&mut four).unwrap();
            assert_eq!(&four, b"pong");
            let mut other = io::BufReader::new(stream.try_clone().unwrap());
            (&*stream).write_all(b"more").unwrap();
            other.read_exact(&mut four).unwrap();
            assert_eq!(&four, b"less");
            drop((other, stream));
            peer.finish();
        });
    }
}

#[test]
fn halves_find_together_and_strangers_do_not() {
    on_both(|| {
        let [one, other] = [(); 2].map(|()| Way::Tcp.peer(conn([reply("a\nb"), expect("x"), reply("c"), Closed])));
        let (mut reader, mut writer) = Way::Tcp.connect(&one).split();
        let (strange_reader, mut strange_writer) = Way::Tcp.connect(&other).split();
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        writer.write_all(b"x").unwrap();
        (&strange_writer).write_all(b"x").unwrap();
        strange_writer.flush().unwrap();
        let error = reader.reunite(strange_writer).unwrap_err();
        assert!(error.to_string().contains("not of one stream"));
        (reader, strange_writer) = (error.0, error.1);
        let mut stream: Stream = reader.reunite(writer).unwrap();
        // What was read ahead has stayed.
        let mut two = [0; 2];
        stream.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"bc");
        drop((stream, strange_reader, strange_writer));
        one.finish();
        other.finish();
    });
}

#[test]
fn bad_urls_are_refused_before_anything_is_looked_up() {
    on_both(|| {
        for url in
            ["", "host:80", "tcp://host", "ftp//x", "foo://host:1", "unix://host/path", "tcp://[::1", "tcp://h:x"]
        {
            let error = Stream::connect(url).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidUrl, "{url}: {error}");
        }
        let error = Stream::connect("unix:///no/such/socket").unwrap_err();
        assert_eq!(error.kind(), Kind::Connect, "{error}");
        assert!(error.to_string().contains("/no/such/socket"), "{error}");
        let error = Connector::new().connect("tcp://nowhere.invalid:1").unwrap_err();
        assert_eq!(error.kind(), Kind::Resolve, "{error}");
    });
}
