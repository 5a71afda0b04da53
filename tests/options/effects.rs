//! Effects of options that no other test has a reason to look at.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::client::HarRecorder;
use maypole::download::Download;
use maypole::error::Kind;
use maypole::message::multipart::{Form, Part};
use maypole::net::{AddressGuard, DialTimeouts, Keepalive, Network, Proxy, Target, TlsConfig};
use maypole::{Body, ClientBuilder, CookieJar, Headers, Response, Session, Url};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::SockRef;

use crate::peer::{on_both, on_thread};
use crate::stage::Stage;

/// Another descriptor of this process's socket with that address: what the system knows of it.
fn socket_at(local: SocketAddr) -> OwnedFd {
    let this = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let numbers =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut all = numbers.filter_map(|fd: i32| pidfd_getfd(&this, fd, PidfdGetfdFlags::empty()).ok());
    let is_it = |fd: &OwnedFd| SockRef::from(fd).local_addr().ok().and_then(|at| at.as_socket()) == Some(local);
    all.find(is_it).expect("the socket of a response that is being read")
}

fn sent(stage: &Stage, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Response {
    let client = options(stage.builder()).build().unwrap();
    client.get(stage.url("/large")).send().unwrap()
}

#[test]
fn c371_options_of_sockets_reach_the_system() {
    on_thread(|| {
        let stage = Stage::new();
        let usual = sent(&stage, |b| b);
        let usual = socket_at(usual.local_addr().unwrap());
        assert!(SockRef::from(&usual).tcp_nodelay().unwrap() && !SockRef::from(&usual).keepalive().unwrap());
        let seconds = Duration::from_secs;
        let keepalive = Keepalive { interval: Some(seconds(7)), probes: Some(3), ..Keepalive::after(seconds(33)) };
        let other = sent(&stage, |b| b.tcp_nodelay(false).tcp_keepalive(keepalive).interface("lo"));
        let fd = socket_at(other.local_addr().unwrap());
        let socket = SockRef::from(&fd);
        assert!(!socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        let probing = (socket.tcp_keepalive_time().unwrap(), socket.tcp_keepalive_interval().unwrap());
        assert_eq!((probing, socket.tcp_keepalive_retries().unwrap()), ((seconds(33), seconds(7)), 3));
        assert_eq!(socket.device().unwrap().as_deref(), Some(&b"lo"[..]));
    });
}

#[test]
fn c323_default_headers_of_a_client_and_a_session() {
    on_both(|| {
        let stage = Stage::new();
        let lines = Headers::from_pairs([("X-A", "1"), ("X-B", "2"), ("User-Agent", "me")]).unwrap();
        let client = stage.builder().default_headers(&lines).build().unwrap();
        let session = Session::builder().client(|_| stage.builder()).default_headers(&lines).build().unwrap();
        for client in [client, (*session).clone()] {
            let seen = client.get(stage.url("/echo")).send().unwrap().text().unwrap();
            let all = ["X-A: 1\r\n", "X-B: 2\r\n", "User-Agent: me\r\n"].iter().all(|line| seen.contains(line));
            assert!(all && seen.matches("User-Agent").count() == 1, "{seen}");
        }
    });
}

#[test]
fn an_environment_is_read_unless_told_otherwise() {
    // In a process of its own: the environment is shared by all tests of this one.
    let here = std::env::current_exe().unwrap();
    let run = |test: &str| {
        let mut command = std::process::Command::new(&here);
        command.args(["--exact", test, "--ignored"]).env("http_proxy", "not a proxy").env_remove("no_proxy");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    run("effects::with_a_wrong_variable");
}

#[test]
#[ignore = "run by the one above, with a variable set"]
fn with_a_wrong_variable() {
    let build = |options: fn(ClientBuilder) -> ClientBuilder| options(maypole::HttpClient::builder()).build();
    let proxy = || Proxy::parse("http://127.0.0.1:9").unwrap();
    for options in [|b| b, |b: ClientBuilder| b.proxy_from_env(true)] {
        let error = build(options).unwrap_err();
        assert!(error.kind() == Kind::InvalidConfig && error.to_string().contains("http_proxy"), "{error}");
    }
    build(|b| b.proxy_from_env(false)).unwrap();
    build(|b| b.no_proxy()).unwrap();
    build(|b| b.unix_socket("/s")).unwrap();
    // A proxy that was set stays, in whatever order.
    let set: [fn(ClientBuilder) -> ClientBuilder; 2] = [
        |b| b.proxy(Proxy::parse("http://127.0.0.1:9").unwrap()).proxy_from_env(false),
        |b| b.proxy_from_env(false).proxy(Proxy::parse("http://127.0.0.1:9").unwrap()),
    ];
    for options in set {
        let error = build(options).unwrap().get("http://name.invalid/").send().unwrap_err();
        assert!(error.to_string().contains("127.0.0.1:9"), "{error}");
    }
    assert_eq!((proxy().tls_config(), proxy().before()), (TlsConfig::default(), None));
}

#[test]
fn a_connection_is_announced_to_who_expects_that() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut lines = [String::new(), String::new()];
            lines.iter_mut().for_each(|line| assert!(stream.read_line(line).unwrap() > 0));
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            lines
        });
        let client = Stage::new().builder().haproxy_protocol(true).build().unwrap();
        assert_eq!(client.get(&url).send().unwrap().status(), 204);
        let [announced, asked] = server.join().unwrap();
        assert!(announced.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 ") && asked.starts_with("GET "), "{announced}");
    });
}

#[test]
fn sec_j6_what_is_marked_as_sensitive_is_sent_and_not_shown() {
    on_both(|| {
        let stage = Stage::new();
        let (recorder, shown) = (HarRecorder::new(), Arc::new(Mutex::new(String::new())));
        let log = shown.clone();
        let client = stage
            .builder()
            .default_header("X-Key", "s3cret")
            .sensitive_headers(["x-key", "X-Other"])
            .record(&recorder)
            .on_event(move |event| log.lock().unwrap().push_str(&format!("{event:?}")))
            .middleware(|request, next| {
                assert!(!format!("{request:?}").contains("s3cret"), "{request:?}");
                next.run(request)
            })
            .build()
            .unwrap();
        let request = client.get(stage.url("/echo")).header("X-Other", "s3cret").sensitive_header("X-Own", "s3cret");
        // The body shows what the server got, and is recorded: it is left unread.
        let response = request.send().unwrap();
        assert!(!format!("{client:?} {response:?}").contains("s3cret"));
        drop(response);
        let mut archive = Vec::new();
        recorder.write(&mut archive).unwrap();
        let (archive, shown) = (String::from_utf8(archive).unwrap(), shown.lock().unwrap().clone());
        for name in ["X-Key", "X-Other", "X-Own"] {
            assert!(archive.contains(name) && shown.contains(name), "{archive} {shown}");
        }
        assert!(!archive.contains("s3cret") && !shown.contains("s3cret"), "{archive} {shown}");
        let seen = client.get(stage.url("/echo")).send().unwrap().text().unwrap();
        assert!(seen.contains("X-Key: s3cret"));
    });
}

#[test]
fn a_network_of_its_own_has_a_guard() {
    on_both(|| {
        let stage = Stage::new();
        let network = Network::builder().address_guard(AddressGuard::public_only()).build();
        let target = Target::new("127.0.0.1", stage.address().port(), false);
        let error = network.connect(&target, &DialTimeouts::default(), None).unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
    });
}

#[test]
fn c174_caps_of_a_jar_are_those_that_were_set() {
    let url = Url::parse("http://127.0.0.1/").unwrap();
    let kept = |jar: CookieJar, lines: &[&str]| {
        jar.store(&url, &Headers::from_pairs(lines.iter().map(|line| ("Set-Cookie", *line))).unwrap());
        jar.len()
    };
    let lines = ["a=1", "b=22222", "c=3; Secure"];
    assert_eq!(kept(CookieJar::new(), &lines), 2);
    assert_eq!(kept(CookieJar::builder().max_cookie_bytes(5).build(), &lines), 1);
    assert_eq!(kept(CookieJar::builder().max_per_response(1).build(), &lines), 1);
    assert_eq!(kept(CookieJar::builder().loopback_is_secure(true).build(), &lines), 3);
}

#[test]
fn a_part_without_a_type_has_no_such_line() {
    let text = |part: Part| {
        let mut body: Body = Form::new().boundary("x").part("a", part).into_body().unwrap();
        let mut all = Vec::new();
        while let Some(piece) = body.next_piece().unwrap() {
            all.extend_from_slice(piece);
        }
        String::from_utf8(all).unwrap()
    };
    let part = || Part::text("t").file_name("a.txt").content_type("text/plain");
    assert!(text(part()).contains("Content-Type"));
    assert!(!text(part().without_content_type()).contains("Content-Type"));
}

#[test]
fn a_download_prepares_each_of_its_requests() {
    on_both(|| {
        let stage = Stage::new();
        let (folder, recorder) = (tempfile::tempdir().unwrap(), HarRecorder::new());
        let client = stage.builder().build().unwrap();
        let (own, path) = (recorder.clone(), folder.path().join("f"));
        let download = Download::new(&client, stage.url("/large")).to(&path);
        download.prepare(move |request| request.record(&own)).run().unwrap();
        assert!(!recorder.is_empty());
        assert_eq!(fs::metadata(Arc::new(path).as_path()).unwrap().len(), crate::stage::LARGE as u64);
    });
}
