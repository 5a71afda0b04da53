//! TLS, from plain threads and from coroutines, against servers with certificates made on the spot.
#![cfg(feature = "tls")]

#[allow(dead_code, reason = "each file of tests takes what it needs")]
mod net_support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use maypole::error::{Error, Kind, Phase};
use maypole::net::{DialTimeouts, Network, Roots, Route, Target, TlsConfig, TlsVersion};
use maypole::rt;
use net_support::{Pair, Recipe, acceptor, authority, connect, hello, leaf, read_to_end, server, trusting};
use openssl::ssl::{NameType, SslVerifyMode, SslVersion};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Runs a test on this thread and on a coroutine.
fn on_both(test: fn()) {
    test();
    rt::spawn(test).unwrap().join().unwrap();
}

/// The error of a handshake with a server that shows `pair`.
fn refused(pair: &Pair, tls: maypole::net::TlsConfigBuilder, host: &str) -> Error {
    let (address, _reports) = server(acceptor(pair), hello);
    connect(tls, host, address).unwrap_err()
}

#[track_caller]
fn assert_untrusted(error: &Error, reason: &str) {
    assert_eq!((error.kind(), error.phase()), (Kind::Certificate, Some(Phase::Tls)), "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

#[test]
fn c278_a_self_signed_server_whose_certificate_is_the_only_root() {
    on_both(|| {
        let pair = Recipe { name: "self", names: &["a.test"], authority: false, valid: (-1, 30) }.signed_by(None);
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let mut acceptor = acceptor(&pair);
            acceptor.set_min_proto_version(Some(version)).unwrap();
            acceptor.set_max_proto_version(Some(version)).unwrap();
            let (address, _reports) = server(acceptor, hello);
            let mut stream = connect(trusting(&pair), "a.test", address).unwrap();
            assert_eq!(read_to_end(&mut stream).unwrap(), b"hello");
            assert_eq!(read_to_end(&mut stream).unwrap(), b"");
        }
    });
}

#[test]
fn c279_a_self_signed_server_is_refused_and_told_why() {
    on_both(|| {
        let pair = Recipe { name: "self", names: &["a.test"], authority: false, valid: (-1, 30) }.signed_by(None);
        let (address, reports) = server(acceptor(&pair), hello);
        let error = connect(TlsConfig::builder(), "a.test", address).unwrap_err();
        assert_untrusted(&error, "certificate of a.test not accepted: self-signed certificate");
        assert!(!error.is_retryable());
        assert_eq!(error.addresses(), [address.to_string()]);
        let seen = reports.recv_timeout(Duration::from_secs(30)).unwrap().unwrap_err();
        assert!(seen.contains("unknown ca"), "{seen}");
    });
}

#[test]
fn c280_sec_f1_each_defect_of_a_chain_has_its_reason() {
    on_both(|| {
        let (ours, theirs) = (authority("ours"), authority("theirs"));
        let dated = |valid| Recipe { name: "leaf", names: &["a.test"], authority: false, valid }.signed_by(Some(&ours));
        assert_untrusted(&refused(&leaf(&theirs, &["a.test"]), trusting(&ours), "a.test"), "local issuer certificate");
        assert_untrusted(&refused(&dated((-9, -2)), trusting(&ours), "a.test"), "certificate has expired");
        assert_untrusted(&refused(&dated((2, 9)), trusting(&ours), "a.test"), "certificate is not yet valid");
        let middle = Recipe { name: "middle", names: &[], authority: true, valid: (-1, 30) }.signed_by(Some(&ours));
        let hidden = refused(&leaf(&middle, &["a.test"]), trusting(&ours), "a.test");
        assert_untrusted(&hidden, "local issuer certificate");
        let not_ca =
            Recipe { name: "no authority", names: &[], authority: false, valid: (-1, 30) }.signed_by(Some(&ours));
        let mut chain = acceptor(&leaf(&not_ca, &["a.test"]));
        chain.add_extra_chain_cert(not_ca.certificate).unwrap();
        let (address, _reports) = server(chain, hello);
        assert_untrusted(&connect(trusting(&ours), "a.test", address).unwrap_err(), "CA");
    });
}

#[test]
fn c281_c282_c283_the_name_that_is_asked_for() {
    on_both(|| {
        let ca = authority("ca");
        let (address, names) = server(acceptor(&leaf(&ca, &["a.test", "b.test", "c.test", "127.0.0.1"])), |stream| {
            stream.ssl().servername(NameType::HOST_NAME).map(str::to_owned)
        });
        let asked = |tls: TlsConfig, server_name: Option<&str>, host: &str| {
            let network = Network::builder().host(host, None, [address.ip()]).tls(tls).build();
            let route = Route { server_name: server_name.map(str::to_owned), ..Route::default() };
            let target = Target::new(host, address.port(), true).by(route);
            let stream = network.connect(&target, &DialTimeouts::default(), None).unwrap();
            let verified = stream.info().tls.as_ref().unwrap().server_name.clone();
            (names.recv_timeout(Duration::from_secs(30)).unwrap().unwrap(), verified)
        };
        let name = |name: &str| (Some(name.to_owned()), name.to_owned());
        let tls = trusting(&ca).build().unwrap();
        assert_eq!(asked(tls.clone(), None, "a.test"), name("a.test"));
        assert_eq!(asked(tls.clone(), None, "a.test."), name("a.test"), "the dot is for lookup");
        assert_eq!(asked(tls.clone(), Some("b.test"), "a.test"), name("b.test"));
        let explicit = trusting(&ca).server_name("c.test").build().unwrap();
        assert_eq!(asked(explicit, Some("b.test"), "a.test"), name("c.test"));
        assert_eq!(asked(tls, None, "127.0.0.1"), (None, "127.0.0.1".into()));
        assert_eq!(asked(trusting(&ca).sni(false).build().unwrap(), None, "a.test"), (None, "a.test".into()));
    });
}

#[test]
fn c284_a_client_certificate_is_shown() {
    on_both(|| {
        let (ca, users) = (authority("ca"), authority("users"));
        let user = leaf(&users, &["user.test"]);
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let demanding = || {
                let mut acceptor = acceptor(&leaf(&ca, &["a.test"]));
                acceptor.set_max_proto_version(Some(version)).unwrap();
                acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
                acceptor.cert_store_mut().add_cert(users.certificate.clone()).unwrap();
                acceptor
            };
            let (address, _reports) = server(demanding(), hello);
            let mut stream =
                connect(trusting(&ca).identity_pem(user.pem(), user.key_pem()), "a.test", address).unwrap();
            assert_eq!(read_to_end(&mut stream).unwrap(), b"hello");
            let archive = openssl::pkcs12::Pkcs12::builder().cert(&user.certificate).pkey(&user.key).build2("s3cret");
            let archive = archive.unwrap().to_der().unwrap();
            let mut stream = connect(trusting(&ca).identity_pkcs12(archive, "s3cret"), "a.test", address).unwrap();
            assert_eq!(read_to_end(&mut stream).unwrap(), b"hello");
            // TLS 1.3 says no only after the handshake.
            let error = match connect(trusting(&ca), "a.test", address) {
                Ok(mut stream) => Error::from_io(read_to_end(&mut stream).unwrap_err()),
                Err(error) => error,
            };
            assert_eq!(error.kind(), Kind::Tls, "{error}");
            assert!(error.to_string().contains("alert"), "{error}");
        }
    });
}

#[test]
fn c285_what_cannot_work_fails_at_build_and_is_named() {
    on_both(|| {
        let (one, two) = (authority("one"), authority("two"));
        let new = TlsConfig::builder;
        let archive = openssl::pkcs12::Pkcs12::builder().cert(&one.certificate).pkey(&one.key).build2("right").unwrap();
        let rsa = openssl::rsa::Rsa::generate(2048).unwrap().private_key_to_pem().unwrap();
        for (builder, option) in [
            (new().roots(Roots::Only(b"nothing".into())), "`roots`"),
            (new().add_root_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "`add_root_pem`"),
            (new().identity_pem(one.pem(), ""), "`identity_pem`: no private key"),
            (new().identity_pem(one.pem(), rsa), "`openssl pkcs8 -topk8"),
            (new().identity_pem("", one.key_pem()), "`identity_pem`"),
            (new().identity_pem(one.pem(), two.key_pem()), "`identity`: key values mismatch"),
            (new().identity_pkcs12(archive.to_der().unwrap(), "wrong"), "`identity_pkcs12`: mac verify failure"),
            (new().identity_pkcs12("nonsense", ""), "`identity_pkcs12`"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig, "{error}");
            assert!(error.to_string().contains(option), "{option}: {error}");
        }
    });
}

#[test]
fn c286_sec_f2_names_are_verified_by_alternative_names_alone() {
    on_both(|| {
        let ca = authority("ca");
        let accepts = |names: &[&str], host: &str| {
            let pair = Recipe { name: "a.test", names, authority: false, valid: (-1, 30) }.signed_by(Some(&ca));
            let (address, _reports) = server(acceptor(&pair), hello);
            match connect(trusting(&ca), host, address) {
                Ok(_) => true,
                Err(error) => {
                    assert_untrusted(&error, "not accepted");
                    false
                }
            }
        };
        for (names, host) in [
            (&["a.test"][..], "a.test"),
            (&["A.TEST"], "a.test"),
            (&["*.a.test"], "x.a.test"),
            (&["127.0.0.1"], "127.0.0.1"),
        ] {
            assert!(accepts(names, host), "{names:?} {host}");
        }
        for (names, host) in [
            (&["b.test"][..], "a.test"),
            (&[], "a.test"),
            (&["127.0.0.1"], "a.test"),
            (&["*.test"], "a.test"),
            (&["*.a.test"], "a.test"),
            (&["*.a.test"], "x.y.a.test"),
            (&["x*.a.test"], "xy.a.test"),
            (&["*.a.test"], "xn--bcher-kva.b.test"),
            (&["a.test"], "127.0.0.1"),
            (&["127.0.0.2"], "127.0.0.1"),
            (&["*.0.0.1"], "127.0.0.1"),
            (&["a.test.evil.test"], "a.test"),
        ] {
            assert!(!accepts(names, host), "{names:?} {host}");
        }
    });
}

#[test]
fn c287_the_switches() {
    on_both(|| {
        let (ours, theirs) = (authority("ours"), authority("theirs"));
        let wrong_name = leaf(&ours, &["b.test"]);
        let wrong_both = leaf(&theirs, &["b.test"]);
        let accepts = |pair: &Pair, tls| {
            let (address, _reports) = server(acceptor(pair), hello);
            connect(tls, "a.test", address).is_ok()
        };
        assert!(accepts(&wrong_both, trusting(&ours).danger_accept_invalid_certs(true)));
        assert!(accepts(&wrong_name, trusting(&ours).danger_accept_invalid_hostnames(true)));
        assert!(!accepts(&wrong_name, trusting(&ours)));
        assert!(!accepts(&wrong_both, trusting(&ours).danger_accept_invalid_hostnames(true)));
    });
}

#[test]
fn sec_f4_f5_neither_switches_nor_roots_leak_into_the_next_client() {
    on_both(|| {
        let ca = authority("ca");
        let (address, _reports) = server(acceptor(&leaf(&ca, &["a.test"])), hello);
        for _ in 0..3 {
            assert!(connect(TlsConfig::builder().danger_accept_invalid_certs(true), "a.test", address).is_ok());
            assert!(connect(TlsConfig::builder(), "a.test", address).is_err());
            assert!(connect(trusting(&ca), "a.test", address).is_ok());
            assert!(connect(TlsConfig::builder().add_root_pem(ca.pem()), "a.test", address).is_ok());
            assert!(connect(TlsConfig::builder(), "a.test", address).is_err());
            assert!(connect(TlsConfig::builder().roots(Roots::System), "a.test", address).is_err());
        }
    });
}

#[test]
fn pinned_keys_hold_whatever_else_is_switched_off() {
    on_both(|| {
        let ca = authority("ca");
        let (right, other) = (leaf(&ca, &["a.test"]), leaf(&ca, &["a.test"]));
        let (address, _reports) = server(acceptor(&right), hello);
        let both = format!("{};{}", other.pin(), right.pin());
        assert!(connect(trusting(&ca).pinned_public_key(&both), "a.test", address).is_ok());
        for tls in [trusting(&ca), TlsConfig::builder().danger_accept_invalid_certs(true)] {
            let error = connect(tls.pinned_public_key(&other.pin()), "a.test", address).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::PinnedKey, Some(Phase::Tls)), "{error}");
            assert!(error.to_string().contains("is not a pinned one (subject CN=leaf)"), "{error}");
        }
    });
}

#[test]
fn c290_c292_c401_protocol_and_certificate_are_reported() {
    on_both(|| {
        let ca = authority("ca");
        let pair = leaf(&ca, &["a.test"]);
        let choosing = |wanted: &'static [u8]| {
            let mut acceptor = acceptor(&pair);
            acceptor.set_alpn_select_callback(move |_, offered| {
                openssl::ssl::select_next_proto(wanted, offered).ok_or(openssl::ssl::AlpnError::NOACK)
            });
            server(acceptor, hello).0
        };
        let chosen = |address, offered: &[&str]| {
            let stream = connect(trusting(&ca).alpn(offered.iter().copied()), "a.test", address).unwrap();
            let tls = stream.info().tls.clone().unwrap();
            assert_eq!(tls.peer_certificate, Some(pair.certificate.to_der().unwrap()));
            tls.alpn
        };
        let (both, old) = (choosing(b"\x02h2\x08http/1.1"), choosing(b"\x08http/1.1"));
        assert_eq!(chosen(both, &["h2", "http/1.1"]).as_deref(), Some("h2"));
        assert_eq!(chosen(both, &["http/1.1"]).as_deref(), Some("http/1.1"));
        assert_eq!(chosen(old, &["h2", "http/1.1"]).as_deref(), Some("http/1.1"));
        assert_eq!(chosen(old, &["h2"]), None);
        assert_eq!(chosen(both, &[]), None);
    });
}

#[test]
fn sec_f7_a_protocol_that_was_not_offered_is_an_error() {
    on_both(|| {
        let ca = authority("ca");
        let mut acceptor = acceptor(&leaf(&ca, &["a.test"]));
        acceptor.set_alpn_select_callback(|_, _| Ok(b"h2"));
        let (address, _reports) = server(acceptor, hello);
        let error = connect(trusting(&ca), "a.test", address).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Tls, Some(Phase::Tls)));
    });
}

#[test]
fn sec_f10_old_versions_are_refused_and_versions_can_be_chosen() {
    on_both(|| {
        let ca = authority("ca");
        let pair = leaf(&ca, &["a.test"]);
        let only = |version| {
            let mut acceptor = acceptor(&pair);
            acceptor.clear_options(openssl::ssl::SslOptions::NO_TLSV1 | openssl::ssl::SslOptions::NO_TLSV1_1);
            acceptor.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
            acceptor.set_min_proto_version(Some(version)).unwrap();
            acceptor.set_max_proto_version(Some(version)).unwrap();
            server(acceptor, hello).0
        };
        for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
            let error = connect(trusting(&ca), "a.test", only(version)).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Tls, Some(Phase::Tls)), "{error}");
        }
        let (old, new) = (only(SslVersion::TLS1_2), only(SslVersion::TLS1_3));
        assert!(connect(trusting(&ca).min_version(TlsVersion::Tls13), "a.test", old).is_err());
        assert!(connect(trusting(&ca).max_version(TlsVersion::Tls12), "a.test", new).is_err());
        assert!(connect(trusting(&ca).min_version(TlsVersion::Tls13), "a.test", new).is_ok());
    });
}

#[test]
fn c107_an_end_without_close_notify_is_not_an_end() {
    on_both(|| {
        let ca = authority("ca");
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let mut cutting = acceptor(&leaf(&ca, &["a.test"]));
            cutting.set_max_proto_version(Some(version)).unwrap();
            let (address, _reports) = server(cutting, |mut stream| stream.write_all(b"hel").unwrap());
            let mut stream = connect(trusting(&ca), "a.test", address).unwrap();
            let mut buffer = [0; 16];
            assert_eq!(stream.read(&mut buffer, None).unwrap(), 3);
            for _ in 0..2 {
                let error = stream.read(&mut buffer, None).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
                assert_eq!(Error::from_io(error).kind(), Kind::Incomplete);
            }
        }
    });
}

#[test]
fn large_bodies_go_both_ways() {
    on_both(|| {
        let ca = authority("ca");
        const SIZE: usize = 3 << 20;
        let (address, reports) = server(acceptor(&leaf(&ca, &["a.test"])), |mut stream| {
            let mut got = vec![0; SIZE + 4];
            stream.read_exact(&mut got).unwrap();
            stream.write_all(&got).unwrap();
            stream.shutdown().unwrap();
            got.starts_with(b"head") && got[4..].iter().all(|byte| *byte == 7)
        });
        let mut stream = connect(trusting(&ca), "a.test", address).unwrap();
        stream.write_all(&[b"head", &vec![7; SIZE][..]].concat(), None).unwrap();
        assert_eq!(read_to_end(&mut stream).unwrap().len(), SIZE + 4);
        assert!(reports.recv().unwrap().unwrap());
    });
}

/// Carries the server's records to a client; a piece ends up to 7 bytes behind the begin of a large one, in its head or
/// just behind that, a byte further each time.
fn cutting(server: std::net::SocketAddr) -> std::net::SocketAddr {
    plain(move |mut client| {
        let mut server = TcpStream::connect(server).unwrap();
        client.set_nodelay(true).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let (mut piece, mut record) = (Vec::new(), [0; 5]);
        for cut in (0..8).cycle() {
            if server.read_exact(&mut record).is_err() {
                break;
            }
            let mut record = record.to_vec();
            record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
            server.read_exact(&mut record[5..]).unwrap();
            // What small ones say must not be held back: a handshake goes on only after an answer.
            let rest = record.split_off(if record.len() > 10_000 { cut } else { record.len() });
            piece.extend(record);
            client.write_all(&piece).unwrap();
            // Else the next piece may come together with this one. Where it does, nothing is wrong, only less tried.
            std::thread::sleep(ms(1));
            piece = rest;
        }
        client.write_all(&piece).unwrap();
    })
}

#[test]
fn records_come_in_any_pieces() {
    on_both(|| {
        let ca = authority("ca");
        let body: Vec<u8> = (0..32 * 16_384_u32).map(|n| (n / 7) as u8).collect();
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let mut acceptor = acceptor(&leaf(&ca, &["a.test"]));
            acceptor.set_max_proto_version(Some(version)).unwrap();
            let sent = body.clone();
            let (address, _reports) = server(acceptor, move |mut stream| {
                stream.write_all(&sent).unwrap();
                stream.shutdown().unwrap();
            });
            let mut stream = connect(trusting(&ca), "a.test", cutting(address)).unwrap();
            assert!(read_to_end(&mut stream).unwrap() == body);
        }
    });
}

#[test]
fn tickets_leave_an_idle_session_quiet_and_data_and_goodbyes_do_not() {
    on_both(|| {
        let ca = authority("ca");
        let (address, _reports) = server(acceptor(&leaf(&ca, &["a.test"])), |mut stream| {
            let mut asked = [0];
            while stream.read(&mut asked).is_ok_and(|n| n == 1) {
                match asked[0] {
                    b'e' => stream.write_all(b"e").unwrap(),
                    b'2' => stream.write_all(b"22").unwrap(),
                    _ => drop(stream.shutdown()),
                }
            }
        });
        let mut stream = connect(trusting(&ca), "a.test", address).unwrap();
        rt::sleep(ms(30));
        assert!(stream.is_quiet(), "two tickets have come");
        let mut byte = [0];
        for _ in 0..2 {
            stream.write_all(b"e", None).unwrap();
            assert_eq!(stream.read(&mut byte, None).unwrap(), 1);
            assert!(stream.is_quiet());
        }
        stream.write_all(b"2", None).unwrap();
        assert_eq!(stream.read(&mut byte, None).unwrap(), 1);
        assert!(!stream.is_quiet(), "one byte too many");
        let mut stream = connect(trusting(&ca), "a.test", address).unwrap();
        stream.write_all(b"q", None).unwrap();
        // Its thread may have to wait for a processor: the goodbye is waited for, not guessed.
        let start = Instant::now();
        while stream.is_quiet() {
            assert!(start.elapsed() < Duration::from_secs(10), "no goodbye has come");
            rt::sleep(ms(1));
        }
    });
}

#[test]
fn closing_an_idle_session_says_goodbye() {
    on_both(|| {
        let ca = authority("ca");
        let (address, reports) = server(acceptor(&leaf(&ca, &["a.test"])), |mut stream| {
            stream.ssl_read(&mut [0]).unwrap_err().code() == openssl::ssl::ErrorCode::ZERO_RETURN
        });
        connect(trusting(&ca), "a.test", address).unwrap().close();
        assert!(reports.recv().unwrap().unwrap());
        drop(connect(trusting(&ca), "a.test", address).unwrap());
        assert!(!reports.recv().unwrap().unwrap(), "a drop says nothing");
    });
}

/// A server that is no TLS server.
fn plain(serve: impl Fn(TcpStream) + Send + 'static) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(|peer| serve(peer.unwrap())));
    address
}

/// Connects with a limit of 150 ms for TLS.
fn hasty(address: std::net::SocketAddr) -> Error {
    let network = Network::builder().build();
    let timeouts = DialTimeouts { tls: Some(ms(150)), ..DialTimeouts::default() };
    let start = Instant::now();
    let error = network.connect(&Target::new("127.0.0.1", address.port(), true), &timeouts, None).unwrap_err();
    assert!(start.elapsed() < ms(10_000), "{:?}", start.elapsed());
    error
}

#[test]
fn c262_sec_f8_a_handshake_that_stalls_or_drips_ends_at_its_limit() {
    on_both(|| {
        // The context is made once, which may take longer than this test allows.
        assert_eq!(hasty_kind(plain(drop)), Kind::ConnectionLost);
        let stalling = plain(std::mem::forget);
        let dripping = plain(|mut peer| {
            peer.set_nodelay(true).unwrap();
            // A handshake record of 16 KiB, byte by byte.
            let record = [&[22, 3, 3, 0x40, 0][..], &[2, 0, 0x3f, 0xfc], &[3, 3]].concat();
            for byte in record.iter().chain(std::iter::repeat(&0)) {
                if peer.write_all(&[*byte]).is_err() {
                    return;
                }
                rt::sleep(ms(10));
            }
        });
        for address in [stalling, dripping] {
            let error = hasty(address);
            assert_eq!((error.kind(), error.phase(), error.limit()), (Kind::Timeout, Some(Phase::Tls), Some(ms(150))));
            assert_eq!(error.addresses(), [address.to_string()]);
        }
    });
}

fn hasty_kind(address: std::net::SocketAddr) -> Kind {
    let network = Network::builder().build();
    let target = Target::new("127.0.0.1", address.port(), true);
    network.connect(&target, &DialTimeouts::default(), None).unwrap_err().kind()
}

#[test]
fn servers_that_speak_something_else() {
    on_both(|| {
        let http = plain(|mut peer| drop(peer.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
        assert!([Kind::Tls, Kind::ConnectionLost].contains(&hasty_kind(http)));
        let reset = plain(|peer| {
            peer.peek(&mut [0]).unwrap();
            socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        });
        assert_eq!(hasty_kind(reset), Kind::ConnectionLost);
    });
}

#[test]
fn sec_f8_a_flood_of_tickets_does_not_hold_a_read_past_its_deadline() {
    on_both(|| {
        let ca = authority("ca");
        let mut flooding = acceptor(&leaf(&ca, &["a.test"]));
        flooding.set_num_tickets(2000).unwrap();
        let (address, _reports) = server(flooding, |mut stream| drop(stream.read(&mut [0])));
        let mut stream = connect(trusting(&ca), "a.test", address).unwrap();
        let start = Instant::now();
        let error = stream.read(&mut [0; 16], Some(start + ms(150))).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        assert!(start.elapsed() >= ms(150) && start.elapsed() < ms(10_000), "{:?}", start.elapsed());
    });
}

#[test]
fn a_cancelled_handshake_ends_at_once() {
    on_both(|| {
        let token = rt::CancelToken::new();
        let firing = token.clone();
        let address = plain(move |peer| {
            // It has begun.
            peer.peek(&mut [0]).unwrap();
            std::thread::sleep(ms(20));
            firing.cancel();
            std::mem::forget(peer);
        });
        let network = Network::builder().build();
        let target = Target::new("127.0.0.1", address.port(), true);
        let error = network.connect(&target, &DialTimeouts::default(), Some(&token)).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Cancelled, Some(Phase::Tls)));
    });
}

#[test]
fn secrets_stay_out_of_debug() {
    let pair = authority("ca");
    let config = TlsConfig::builder().identity_pem(pair.pem(), pair.key_pem()).build().unwrap();
    let shown = format!("{:?}", Network::builder().tls(config).build());
    assert!(shown.contains("hidden") && !shown.contains("PRIVATE"), "{shown}");
}
