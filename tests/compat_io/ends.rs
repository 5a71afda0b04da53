//! How connections and their directions end.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use maypole::compat::io::Connector;
use maypole::error::{Error, Kind};
use maypole::rt;

use crate::flow::{echo, served};
use crate::peer::Act::{Closed, HalfClose, Reset, Sever, Stall};
use crate::peer::{Gate, conn, expect, hold, on_both, reply};
use crate::site::{WAYS, Way, trusting};

#[test]
fn the_peer_ends_its_direction_and_still_listens() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([reply("all"), HalfClose, expect("and mine"), Closed]));
            let stream = way.connect(&peer);
            let mut all = Vec::new();
            (&stream).read_to_end(&mut all).unwrap();
            assert_eq!(all, b"all");
            (&stream).write_all(b"and mine").unwrap();
            drop(stream);
            peer.finish();
        });
    }
}

#[test]
fn this_side_ends_its_direction_and_still_listens() {
    for way in WAYS {
        on_both(move || {
            let gate = Gate::new();
            let told = gate.clone();
            let (url, served) = served(way, move |stream| {
                let mut all = Vec::new();
                stream.read_to_end(&mut all).unwrap();
                // To the system a connection that both sides have ended is none.
                told.wait();
                stream.write_all(format!("{} bytes", all.len()).as_bytes()).unwrap();
            });
            let stream = Connector::new().tls(trusting()).connect(&url).unwrap();
            (&stream).write_all(&vec![1; 1_000_000]).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!((&stream).write(b"more").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            gate.open();
            let mut answer = String::new();
            (&stream).read_to_string(&mut answer).unwrap();
            assert_eq!(answer, "1000000 bytes");
            served.join().unwrap();
        });
    }
}

#[test]
fn a_cut_is_a_truncation_under_tls_and_an_end_without() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([reply("half a mess"), Sever]));
            let stream = way.connect(&peer);
            let mut all = Vec::new();
            let result = (&stream).read_to_end(&mut all);
            assert_eq!(all, b"half a mess");
            if way == Way::Tls {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
                assert_eq!(Error::from_io(error).kind(), Kind::Incomplete);
            } else {
                assert_eq!(result.unwrap(), 11);
            }
        });
    }
}

#[test]
fn a_reset_is_one() {
    for way in [Way::Tcp, Way::Tls] {
        on_both(move || {
            let gate = Gate::new();
            let peer = way.peer(conn([hold(&gate), Reset]));
            let stream = way.connect(&peer);
            gate.open();
            let error = (&stream).read(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
            assert!(error.to_string().starts_with("read: "), "{error}");
            assert!(error.to_string().contains(&peer.authority()), "{error}");
            let error = (&stream).write(b"x").unwrap_err();
            assert!(matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset), "{error}");
        });
    }
}

#[test]
fn shutdown_wakes_who_waits() {
    for way in WAYS {
        for how in [Shutdown::Read, Shutdown::Both] {
            on_both(move || {
                let peer = way.peer(conn([Stall]));
                let stream = Arc::new(way.connect(&peer));
                let [reader, writer] = [stream.clone(), stream.clone()];
                let reading = rt::spawn(move || (&*reader).read(&mut [0])).unwrap();
                let thread = stream.clone();
                let beside = std::thread::spawn(move || (&*thread).read(&mut [0]));
                let writing = rt::spawn(move || (&*writer).write_all(&vec![0; 64 << 20])).unwrap();
                rt::sleep(std::time::Duration::from_millis(60));
                stream.shutdown(how).unwrap();
                assert_eq!(reading.join().unwrap().unwrap(), 0);
                assert_eq!(beside.join().unwrap().unwrap(), 0);
                assert_eq!((&*stream).read(&mut [0]).unwrap(), 0);
                if how == Shutdown::Read {
                    stream.shutdown(Shutdown::Both).unwrap();
                }
                assert_eq!(writing.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            });
        }
    }
}

#[test]
fn a_handle_that_goes_leaves_the_others_their_connection() {
    for way in WAYS {
        on_both(move || {
            let (url, served) = served(way, |stream| echo(stream));
            let stream = Connector::new().tls(trusting()).connect(&url).unwrap();
            let (mut reader, writer) = stream.try_clone().unwrap().split();
            let reading = rt::spawn(move || {
                let mut four = [0; 4];
                reader.read_exact(&mut four).map(|()| four)
            });
            rt::sleep(std::time::Duration::from_millis(20));
            drop(stream);
            (&writer).write_all(b"four").unwrap();
            assert_eq!(&reading.unwrap().join().unwrap().unwrap(), b"four");
            writer.shutdown().unwrap();
            drop(writer);
            served.join().unwrap();
        });
    }
}
