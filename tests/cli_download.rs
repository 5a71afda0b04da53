//! `maypole download`, completions and man pages: what is in the directory, what is said, and with which exit code.
#![cfg(feature = "cli")]

#[allow(clippy::duplicate_mod, reason = "each test crate uses its own part of it")]
mod cli_support;
#[path = "peer/mod.rs"]
mod scripted;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use cli_support::{Ran, maypole, run, run_with_input};
use scripted::{Gate, Peer, Refused, Server, any_request, conn, reply, wait_until};
use sha2::{Digest, Sha256};

fn download(arguments: &[&str]) -> Ran {
    run(["download"].iter().chain(arguments))
}

/// Serves `body` under every path, with ranges.
fn site(body: Vec<u8>) -> Server {
    let gate = Gate::new();
    gate.open();
    held(body, &gate)
}

/// The same, the second half of each answer once the gate is open.
fn held(body: Vec<u8>, gate: &Gate) -> Server {
    let gate = gate.clone();
    let body = Arc::new(body);
    Server::start(move |request, responder| {
        let total = body.len();
        let range = request.header("range").map(|range| range.trim_start_matches("bytes=").to_owned());
        let (from, last) = range
            .as_deref()
            .and_then(|range| range.split_once('-'))
            .map_or((0, total - 1), |(from, last)| (from.parse().unwrap(), last.parse().unwrap_or(total - 1)));
        if from >= total {
            responder.reply(format!("HTTP/1.1 416 No\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"));
            return;
        }
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        responder.reply(format!(
            "HTTP/1.1 {status}\r\nETag: \"1\"\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\
             Content-Range: bytes {from}-{last}/{total}\r\n\r\n",
            last + 1 - from
        ));
        let (first, second) = body[from..=last].split_at((last + 1 - from) / 2);
        responder.reply(first);
        gate.wait();
        responder.reply(second);
    })
}

fn bytes(n: usize) -> Vec<u8> {
    (0..n as u64).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn quick(n: usize) -> Server {
    site(bytes(n))
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_file_and_several_and_their_names() {
    let (server, dir) = (quick(100_000), tempfile::tempdir().unwrap());
    let at = dir.path().to_str().unwrap();
    let ran = download(&["-d", at, &server.url("/a.bin?x=1"), &server.url("/b/"), &server.url("/a.bin")]);
    assert_eq!((ran.code, ran.text()), (0, ""), "{}", ran.err);
    assert_eq!(names(dir.path()), ["a.1.bin", "a.bin", "index.html"]);
    assert!(names(dir.path()).iter().all(|name| fs::read(dir.path().join(name)).unwrap() == bytes(100_000)));
    assert!(ran.err.lines().count() == 3 && ran.err.contains("a.bin: 97.7 KiB in "), "{}", ran.err);
    let quiet = download(&["-q", "-d", &format!("{at}/new/dir"), "-o", "x", &server.url("/a")]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    assert_eq!(names(&dir.path().join("new/dir")), ["x"]);
}

#[test]
fn existing_files_are_renamed_refused_or_replaced_as_asked() {
    let (server, dir) = (quick(1_000), tempfile::tempdir().unwrap());
    let (at, url) = (dir.path().to_str().unwrap(), server.url("/a.bin"));
    fs::write(dir.path().join("a.bin"), "mine").unwrap();
    let refused = download(&["-d", at, "--auto-file-renaming=false", &url]);
    assert!(refused.code == 23 && refused.err.contains("exists"), "{}", refused.err);
    assert_eq!(download(&["-q", "-d", at, &url]).code, 0);
    assert_eq!(
        (names(dir.path()), fs::read(dir.path().join("a.bin")).unwrap()),
        (vec!["a.1.bin".into(), "a.bin".into()], b"mine".to_vec())
    );
    assert_eq!(download(&["-q", "-d", at, "--allow-overwrite=true", &url]).code, 0);
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), bytes(1_000));
}

#[test]
fn pieces_mirrors_and_a_checksum() {
    let (one, other, dir) = (quick(9 << 20), quick(9 << 20), tempfile::tempdir().unwrap());
    let (at, sum) = (dir.path().to_str().unwrap(), format!("--checksum=sha-256={}", sha256(&bytes(9 << 20))));
    let arguments =
        ["-d", at, "-x", "2", "-s", "4", "-k", "1M", "--json", &sum, "--mirror", &other.url("/m"), &one.url("/f")];
    let ran = download(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(report["bytes"], 9 << 20);
    assert_eq!(report["connections"], 4);
    assert_eq!(report["status"], "done");
    assert_eq!(report["path"], format!("{at}/f"));
    assert!(other.requests() > 0);
    let wrong = download(&["-d", at, "-o", "g", &format!("--checksum=sha-256={}", "0".repeat(64)), &one.url("/f")]);
    assert!(wrong.code == 32 && wrong.err.contains("checksum"), "{}", wrong.err);
    assert_eq!(names(dir.path()), ["f", "g.part", "g.part.meta"]);
}

#[test]
fn an_input_file_has_mirrors_names_and_checksums() {
    let (server, dir) = (quick(5_000), tempfile::tempdir().unwrap());
    let list = format!(
        "# two files\n{}\t{}\n  out=one\n  checksum=sha-256={}\n{}\n",
        server.url("/x"),
        server.url("/y"),
        sha256(&bytes(5_000)),
        server.url("/two")
    );
    let ran =
        run_with_input(&["download", "-q", "-j", "1", "-d", dir.path().to_str().unwrap(), "-i", "-"], list.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(names(dir.path()), ["one", "two"]);
}

#[test]
fn usage_errors_are_2_and_nothing_is_sent() {
    let server = quick(10);
    let url = server.url("/");
    let cases: [&[&str]; 9] = [
        &[],
        &["--nope", &url],
        &["-o", "x", &url, &url],
        &["--mirror", &url, &url, &url],
        &["--checksum", "sha-1=00", &url],
        &["-k", "0", &url],
        &["--header", "no colon", &url],
        &["--header", "a b: c", &url],
        &["-i", "/nowhere"],
    ];
    for arguments in cases {
        let ran = download(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn exit_codes_are_curl_s() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    let code = |url: &str| download(&["-d", at, "--retry-wait", "0.001", "--max-tries", "2", url]);
    let missing = Peer::start([conn([any_request(), reply("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")])]);
    let ran = code(&missing.url("/x"));
    assert!(ran.code == 22 && ran.err.contains("404 Not Found"), "{}", ran.err);
    let refused = Refused::start();
    let ran = code(&format!("http://{}/", refused.address()));
    assert!(ran.code == 7 && ran.err.contains("trying again") && ran.err.contains("2 attempts"), "{}", ran.err);
    assert_eq!(code("http://nosuch.invalid/").code, 6);
    assert_eq!(code("http://[::1").code, 3);
    let cut = || conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), scripted::Act::Close]);
    let ran = code(&Peer::start([cut(), cut()]).url("/c"));
    assert_eq!(ran.code, 18, "{}", ran.err);
    assert!(names(dir.path()).is_empty() || names(dir.path()) == ["c.part", "c.part.meta"]);
    // The last one that failed counts, and the others are fetched all the same.
    let good = quick(10);
    let ran = download(&["-d", at, "http://nosuch.invalid/", &good.url("/good"), "--max-tries", "1"]);
    assert_eq!(ran.code, 6);
    assert!(dir.path().join("good").exists());
}

#[test]
fn ctrl_c_keeps_what_came_and_the_next_run_goes_on() {
    let (body, gate) = (bytes(2 << 20), Gate::new());
    let server = held(body.clone(), &gate);
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    let mut child = maypole()
        .args(["download", "--json", "-d", at, &server.url("/f")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = dir.path().join("f.part");
    wait_until("some bytes", || fs::metadata(&part).is_ok_and(|there| there.len() > 0));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{err}");
    // It has not waited for the rest: the server would have waited 20 s for this, and failed.
    gate.open();
    assert!(err.contains("f.part: ") && err.contains(" of 2.00 MiB kept; "), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["status"], "failed");
    assert!(report["partial_bytes"].as_u64().unwrap() > 0);
    let ran = download(&["-d", at, &server.url("/f")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("f: going on from "), "{}", ran.err);
    assert!(fs::read(dir.path().join("f")).unwrap() == body);
    assert_eq!(names(dir.path()), ["f"]);
}

#[test]
fn c340_two_commands_for_one_file() {
    let gate = Gate::new();
    let server = held(bytes(1 << 20), &gate);
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    let arguments = ["download", "--auto-file-renaming=false", "-d", at, "-o", "f", &server.url("/f")];
    let mut first = maypole().args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the lock", || dir.path().join("f.part.meta").exists());
    let second = run(arguments);
    assert!(second.code == 23 && second.err.contains("file busy"), "{}", second.err);
    first.kill().unwrap();
    first.wait().unwrap();
    gate.open();
    // Killed, its lock is gone and its bytes are there.
    let third = run(arguments);
    assert_eq!(third.code, 0, "{}", third.err);
    assert!(fs::read(dir.path().join("f")).unwrap() == bytes(1 << 20));
}

#[test]
fn continue_takes_what_another_program_has_begun() {
    let (server, dir) = (quick(50_000), tempfile::tempdir().unwrap());
    let at = dir.path().to_str().unwrap();
    fs::write(dir.path().join("f"), &bytes(50_000)[..20_000]).unwrap();
    let ran = download(&["-c", "-d", at, &server.url("/f")]);
    assert!(ran.code == 0 && ran.err.contains("f: going on from 19.5 KiB"), "{}", ran.err);
    assert!(fs::read(dir.path().join("f")).unwrap() == bytes(50_000));
    let again = download(&["-c", "-d", at, &server.url("/f")]);
    assert!(again.code == 0 && again.err.contains("complete already"), "{}", again.err);
}

#[test]
fn completions_are_accepted_by_their_shells_and_cover_every_command() {
    for (shell, program) in [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish"), ("elvish", ""), ("powershell", "")] {
        let ran = run(["completions", shell]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for word in ["download", "load", "get", "completions", "max-connection-per-server"] {
            assert!(ran.text().contains(word), "{shell}: {word}");
        }
        let check = Command::new(program).arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let Ok(mut check) = check else { continue };
        std::io::Write::write_all(&mut check.stdin.take().unwrap(), &ran.out).unwrap();
        let output = check.wait_with_output().unwrap();
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(run(["completions", "tcsh"]).code, 2);
}

#[test]
fn every_command_has_a_manual_page() {
    let page = run(["man", "download"]);
    let first = BufReader::new(&page.out[..]).lines().next().unwrap().unwrap();
    assert!(page.code == 0 && (first.starts_with(".ie") || first.starts_with(".TH")), "{first}");
    let text = page.text();
    assert!(text.contains(".TH maypole-download 1") && text.contains("max\\-connection\\-per\\-server"));
    assert!(run(["man"]).text().contains(".TH maypole 1"));
    let unknown = run(["man", "nosuch"]);
    assert!(unknown.code == 2 && unknown.err.contains("nosuch"));
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(["man", "--dir", dir.path().to_str().unwrap()]).code, 0);
    let pages = names(dir.path());
    for page in ["maypole.1", "maypole-get.1", "maypole-load.1", "maypole-serve.1", "maypole-download.1"] {
        assert!(pages.iter().any(|there| there == page), "{pages:?}");
    }
}

/// Answers `/` to who shows these lines, 401 to all others.
fn closed(lines: &'static [&'static str]) -> Server {
    Server::start(move |request, responder| {
        let is_open = lines.iter().all(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            request.header(name) == Some(value)
        });
        responder.reply(match is_open {
            true => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen",
            false => "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n",
        });
    })
}

#[test]
fn logins_and_cookies_as_for_get() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let basic: &[&str] = &["Authorization: Basic bWU6cHc="];
    let netrc = write("netrc", "machine 127.0.0.1 login me password pw\n");
    let jar = write("jar", "Set-Cookie: a=1\n");
    let at = dir.path().join("out");
    let cases: [(&[&str], &'static [&'static str]); 6] = [
        (&["--user", "me:pw"], &["Authorization: Basic bWU6cHc="]),
        (&["--user", "me:pw", "--anyauth"], &["Authorization: Basic bWU6cHc="]),
        (&["--netrc-file", &netrc], &["Authorization: Basic bWU6cHc="]),
        (&["--netrc-path", &netrc], &["Authorization: Basic bWU6cHc="]),
        (&["--cookie", "a=1; b=2", "--cookie", "c=3"], &["Cookie: a=1; b=2; c=3"]),
        (&["--load-cookies", &jar], &["Cookie: a=1"]),
    ];
    for (flags, lines) in cases {
        let server = closed(lines);
        let url = server.url("/f");
        let ran = download(&[flags, &["--allow-overwrite", "-o", at.to_str().unwrap(), &url]].concat());
        assert_eq!(ran.code, 0, "{flags:?}: {}", ran.err);
        assert_eq!(fs::read(&at).unwrap(), b"open");
    }
    let server = closed(basic);
    assert_eq!(download(&["-o", at.to_str().unwrap(), "--allow-overwrite", &server.url("/f")]).code, 22);
    let by_env = maypole()
        .env("NETRC", &netrc)
        .args(["download", "--netrc", "-d"])
        .arg(dir.path())
        .arg(server.url("/e"))
        .output();
    assert_eq!(by_env.unwrap().status.code(), Some(0));
    assert_eq!(fs::read(dir.path().join("e")).unwrap(), b"open");
}

#[test]
fn proxies_as_for_get() {
    let proxy = Server::start(|request, responder| {
        let is_ours = request.header("Proxy-Authorization") == Some("Basic bWU6cHc=");
        assert!(request.target.starts_with("http://far.test/"), "{}", request.target);
        responder.reply(if is_ours {
            scripted::ok("far")
        } else {
            b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n".to_vec()
        });
    });
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    let address = proxy.address().to_string();
    let through =
        [&["--proxy", &address, "--proxy-user", "me:pw"][..], &["--all-proxy", &format!("http://me:pw@{address}")]];
    for (number, flags) in through.iter().enumerate() {
        let name = format!("{number}");
        let ran = download(&[flags, &["-d", at, "-o", &name, "http://far.test/f"][..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), b"far");
    }
    // Not for this machine; then none is asked.
    let near = quick(10);
    let ran = download(&["--proxy", &address, "--noproxy", "127.0.0.1", "-d", at, "-o", "near", &near.url("/")]);
    assert_eq!((ran.code, fs::read(dir.path().join("near")).unwrap()), (0, bytes(10)), "{}", ran.err);
    let wrong = download(&["--proxy", "gopher://h", "-d", at, &near.url("/")]);
    assert!(wrong.code == 2 && wrong.err.contains("--proxy"), "{} {}", wrong.code, wrong.err);
}
