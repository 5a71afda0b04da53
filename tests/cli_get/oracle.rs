//! The same flags for curl and for `maypole get`, against the same server: the same requests, the same standard output,
//! the same exit code. What may differ stands in [`normal`].

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::cli_support::{Ran, curl};
use super::get;
use super::scripted::{Request, Responder, Server};

/// Answers by path, and keeps what it was asked.
struct Asked {
    server: Server,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Asked {
    fn start() -> Self {
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let kept = requests.clone();
        let server = Server::start(move |request, responder| {
            let has_expect = request.header("expect").is_some();
            kept.lock().unwrap().push(request.clone());
            if !has_expect {
                answer(request, responder);
            }
        });
        Self { server, requests }
    }

    fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

fn answer(request: &Request, responder: &mut Responder<'_>) {
    let path = request.target.split(['?', '#']).next().unwrap_or_default();
    // A proxy is asked for whole URLs.
    let path = path.strip_prefix("http://").map_or(path, |rest| &rest[rest.find('/').unwrap_or(0)..]);
    let authority = request.header("host").unwrap_or_default();
    let port = authority.rsplit(':').next().unwrap_or_default();
    let redirect = |status: u16, to: &str| {
        format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nSet-Cookie: jar=1\r\nContent-Length: 4\r\n\r\nhere")
    };
    let plain = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}Content-Length: 4\r\n\r\nbody");
    responder.reply(match path {
        "/301" => redirect(301, "/end"),
        "/302" => redirect(302, "end?x=1"),
        "/303" => redirect(303, "/end"),
        "/307" => redirect(307, "/end"),
        "/twice" => redirect(302, "/302"),
        "/loop" => redirect(302, "/loop"),
        "/elsewhere" => redirect(302, &format!("http://localhost:{port}/end")),
        "/ftp" => redirect(302, "ftp://127.0.0.1:9/"),
        "/bad" => redirect(302, "http://[::1"),
        "/404" => plain("404 Not Found", ""),
        "/401" if request.header("authorization").is_none() => {
            plain("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n")
        }
        "/coded" => plain("200 OK", "Content-Encoding: nonsense\r\n"),
        "/broken" => plain("200 OK", "Content-Encoding: gzip\r\n"),
        "/chunked" => {
            let chunks = format!("5;x=1\r\nfirst\r\n{:x}\r\n{}\r\n0\r\nTrailer: 1\r\n\r\n", 9000, "x".repeat(9000));
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")
        }
        "/416" => plain("416 Range Not Satisfiable", ""),
        "/rest" => plain("206 Partial Content", "Content-Range: bytes 3-6/7\r\n"),
        "/other-rest" => plain("206 Partial Content", "Content-Range: bytes 2-5/7\r\n"),
        "/named" => plain("200 OK", "Content-Disposition: attachment; filename=\"given.txt\"\r\n"),
        "/dated" => plain("200 OK", "Last-Modified: Sat, 21 Nov 2020 10:00:00 GMT\r\n"),
        _ => plain("200 OK", ""),
    });
}

/// A request, but for what may differ.
fn normal(request: &Request) -> Vec<String> {
    let mut text = String::from_utf8_lossy(&[&request.head[..], &request.body].concat()).into_owned();
    if let Some((_, boundary)) = text.split_once("boundary=") {
        // Each chooses its own, of another length.
        let boundary = boundary.split("\r\n").next().unwrap_or_default().trim_matches('"').to_owned();
        text = text.replace(&boundary, "BOUNDARY");
    }
    while let Some((_, inner)) = text.split_once("boundary=").and_then(|(_, rest)| rest.split_once("boundary=")) {
        let inner = inner.split("\r\n").next().unwrap_or_default().trim_matches('"').to_owned();
        if inner == "BOUNDARY" || inner == "INNER" {
            break;
        }
        text = text.replace(&inner, "INNER");
    }
    let is_form = text.contains("BOUNDARY");
    let mut lines: Vec<String> = text
        .replace('"', "")
        .split("\r\n")
        .filter(|line| {
            // RFC 9110 §8.6 has a length for a POST without a body; curl leaves it out after a redirect. Its length of a
            // form is that of its boundary. `Proxy-Connection` means nothing (RFC 9112 §C.2.2).
            let differs = line.starts_with("Proxy-Connection:")
                || *line == "Content-Length: 0"
                || (is_form && line.starts_with("Content-Length:"))
                // curl holds back every upload, this command those over 1 MiB.
                || *line == "Expect: 100-continue";
            !differs
        })
        .map(|line| match line.strip_prefix("Accept-Encoding: ") {
            Some(codings) => format!("Accept-Encoding: {}", sorted(codings)),
            None => match line.strip_prefix("Cookie: ") {
                Some(cookies) => format!("Cookie: {}", sorted(&cookies.replace(';', ","))),
                None => line.to_owned(),
            },
        })
        .collect();
    // Both order their lines in their own way.
    lines[1..].sort();
    lines
}

fn sorted(list: &str) -> String {
    let mut items: Vec<&str> = list.split(',').map(str::trim).collect();
    items.sort_unstable();
    items.join(", ")
}

/// Compares one command line; `{}` in it is the server's URL, `%` its authority.
fn same(asked: &Asked, flags: &[&str]) -> bool {
    let url = asked.server.url("");
    let authority = url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let url = format!("http://{authority}");
    let flags: Vec<String> = flags.iter().map(|flag| flag.replace("{}", &url).replace('%', &authority)).collect();
    let agent = ["-A", "same"].map(str::to_owned);
    let all: Vec<&str> = flags.iter().chain(&agent).map(String::as_str).collect();
    let Some(theirs) = curl(&[&["-sS", "-q"], &all[..]].concat()) else { return false };
    let theirs_asked = asked.take();
    let ours = get(&all);
    let ours_asked = asked.take();
    let text = |ran: &Ran| String::from_utf8_lossy(&ran.out).into_owned();
    assert_eq!((ours.code, text(&ours)), (theirs.code, text(&theirs)), "{flags:?}: {}", ours.err);
    let (ours, theirs): (Vec<_>, Vec<_>) =
        (ours_asked.iter().map(normal).collect(), theirs_asked.iter().map(normal).collect());
    assert_eq!(ours, theirs, "{flags:?}");
    true
}

fn all_same(cases: &[&[&str]]) {
    let asked = Asked::start();
    for case in cases {
        if !same(&asked, case) {
            return;
        }
    }
}

#[test]
fn redirects_as_curl() {
    all_same(&[
        &["{}/302"],
        &["-L", "-i", "{}/302"],
        &["-L", "-I", "{}/twice"],
        &["-L", "-i", "--max-redirs", "1", "{}/twice"],
        &["-L", "--max-redirs", "0", "{}/302"],
        &["-L", "--max-redirs", "-1", "{}/twice"],
        &["-L", "--max-redirs", "3", "{}/loop"],
        &["-L", "-D", "-", "-w", "%{num_redirects} %{http_code} %{size_header} %{num_connects}", "{}/twice"],
        &["-w", "%{redirect_url}", "{}/302"],
        &["-L", "-d", "x", "{}/301"],
        &["-L", "-d", "x", "{}/302"],
        &["-L", "-d", "x", "{}/303"],
        &["-L", "-d", "x", "{}/307"],
        &["-L", "-d", "x", "--post301", "{}/301"],
        &["-L", "-d", "x", "--post302", "{}/302"],
        &["-L", "-d", "x", "--post303", "{}/303"],
        &["-L", "-X", "POST", "-d", "x", "{}/302"],
        &["-L", "-X", "PUT", "-d", "x", "{}/302"],
        &["-L", "-X", "DELETE", "{}/302"],
        &["-L", "-e", "http://from.test/;auto", "{}/302"],
        &["-L", "-e", ";auto", "{}/302"],
        &["-L", "-u", "me:secret", "{}/302"],
        &["-L", "-u", "me:secret", "{}/elsewhere"],
        &["--location-trusted", "-u", "me:secret", "{}/elsewhere"],
        &["-L", "-H", "Authorization: Bearer x", "-H", "Host: other.test", "{}/302"],
        &["-L", "{}/bad"],
        &["-L", "--proto-redir", "=https", "{}/302"],
        &["-L", "--proto-redir", "-all", "{}/302"],
        &["--proto", "=https", "{}/302"],
        &["--proto", "-all,http", "{}/200"],
    ]);
}

#[test]
fn credentials_and_cookies_as_curl() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let netrc = file("netrc", "machine 127.0.0.1 login n password p\n");
    let jar = file(
        "jar",
        "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts\n\
         127.0.0.1\tFALSE\t/\tFALSE\t4000000000\tkept\tk\n127.0.0.1\tFALSE\t/x\tFALSE\t4000000000\tpath\tp\n",
    );
    all_same(&[
        &["-u", "me:se:cret", "{}/"],
        &["-u", "me:", "{}/401"],
        &["--basic", "-u", "me:secret", "{}/401"],
        &["--digest", "-u", "me:secret", "-i", "{}/401"],
        &["--anyauth", "-u", "me:secret", "-i", "{}/401"],
        &["--basic", "--digest", "-u", "me:secret", "-D", "-", "{}/401"],
        &["--oauth2-bearer", "token", "{}/"],
        &["--oauth2-bearer", "token", "-u", "a:b", "{}/"],
        &["http://a%40b:c%20d@%/"],
        &["-u", "x:y", "http://a:b@%/"],
        &["-u", "x:y", "-H", "Authorization: mine", "{}/"],
        &["--netrc-file", &netrc, "{}/"],
        &["--netrc-file", "/nowhere", "{}/"],
        &["--netrc-file", &netrc, "-u", "x:y", "{}/"],
        &["-b", "a=b; c=d", "{}/"],
        &["-b", "a=b", "-H", "Cookie: x=y", "{}/"],
        &["-b", "", "-L", "{}/302"],
        &["-L", "{}/302"],
        &["-b", "a=b", "-c", "/dev/null", "-L", "{}/302"],
        &["-b", &jar, "{}/x/y"],
        &["-b", &jar, "-j", "{}/x/y"],
        &["-b", "/nowhere", "{}/"],
    ]);
}

#[test]
fn forms_as_curl() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (text, bytes, lines) =
        (file("one.txt", "one\n"), file("two.bin", "two"), file("lines", "# no\nX-A: 1\n\nX-B: 2\n"));
    let (at_text, at_bytes) = (format!("f=@{text}"), format!("g=@{bytes};type=x/y;filename=\"q\\\"w;e.txt\""));
    let (several, field, headers) =
        (format!("m=@{text},{bytes}"), format!("h=<{text};type=a/b"), format!("v=x;headers=@{lines}"));
    all_same(&[
        &["-F", "a=b", "{}/"],
        &["-F", "a=b", "-F", "a=\"x;y\" ", "{}/"],
        &["-F", &at_text, "-F", &at_bytes, "-F", &field, "{}/"],
        &["-F", &several, "{}/"],
        &["-F", "i=v;type=text/q;charset=utf-8;headers=\"X-A: 1\"", "-F", &headers, "{}/"],
        &["--form-string", "j=@k;type=l", "-F", "p=v;filename=y.png", "{}/"],
        &["-F", "a=b", "-X", "PUT", "{}/"],
        &["-F", "a=b", "-G", "{}/"],
        &["-F", "a=b", "-L", "{}/302"],
        &["-F", "a=b", "-L", "{}/307"],
        &["-F", "a", "{}/"],
        &["-F", "a=b", "-d", "c", "{}/"],
        &["-F", "a=b", "-I", "{}/"],
        &["-F", "a=@/nowhere", "{}/"],
    ]);
}

#[test]
fn ways_and_output_as_curl() {
    all_same(&[
        &["--path-as-is", "{}/a/../b/./c?d=/../e"],
        &["{}/a/../b/./c"],
        &["--compressed", "{}/"],
        &["--compressed", "{}/coded"],
        &["--compressed", "{}/broken"],
        &["{}/coded"],
        &["--raw", "{}/chunked"],
        &["--raw", "-i", "{}/broken", "{}/chunked", "{}/chunked"],
        &["-f", "-i", "{}/404"],
        &["-C", "3", "{}/rest"],
        &["-C", "3", "{}/other-rest"],
        &["-C", "3", "{}/"],
        &["-C", "4", "{}/"],
        &["-C", "5", "-f", "{}/416"],
        &["-C", "0", "{}/"],
        &["-C", "-", "{}/"],
        &["-C", "2", "-r", "0-9", "{}/rest"],
        &["-C", "2", "-H", "Expect:", "-T", "tests/cli_get/oracle.rs", "{}/up", "-w", "%{size_upload}"],
        &["-r", "-5", "{}/"],
        &["--no-keepalive", "{}/"],
        &["--keepalive-time", "5", "--limit-rate", "1M", "{}/"],
        &["--speed-limit", "1", "--speed-time", "5", "{}/"],
        &["--connect-to", "name.test:80:%", "http://name.test/"],
        &["--connect-to", "::%", "http://name.test:81/"],
        &["--interface", "127.0.0.3", "-w", "%{local_ip}", "{}/"],
        &["--interface", "host!127.0.0.3", "-w", "%{local_ip}", "{}/"],
        &["--interface", "nosuch0", "{}/"],
        &["--no-alpn", "{}/"],
        &["-x", "%", "http://name.test/a?b"],
        &["-x", "http://u:p@%", "http://name.test/"],
        &["-x", "%", "-U", "u:p", "--proxy-header", "X-P: 1", "-i", "http://name.test/404"],
        &["-x", "%", "-L", "{}/302"],
        &["-x", "%", "--noproxy", "*", "{}/"],
        &["-x", "", "{}/"],
        &["-x", "http://nosuch.invalid", "{}/"],
        &["-x", "nonsense://%", "{}/", "-o", "/dev/null"],
        &["--limit-rate", "0", "--max-filesize", "0", "-m", "0", "{}/"],
        &["-H", "X: 1", "-H", "X: 2", "-X", "A", "-X", "B", "{}/"],
    ]);
}

/// The exit code, and every file by its name.
type Left = (i32, Vec<(String, String)>);

/// In a folder of its own each: what is in it afterwards.
fn files(asked: &Asked, before: &[(&str, &str)], flags: &[&str]) -> Option<[Left; 2]> {
    let run = |program: &str, first: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        before.iter().for_each(|(name, text)| fs::write(dir.path().join(name), text).unwrap());
        let url = asked.server.url("");
        let url = url.trim_end_matches('/');
        let flags = flags.iter().map(|flag| flag.replace("{}", url));
        let output =
            std::process::Command::new(program).args(first).args(flags).current_dir(dir.path()).output().ok()?;
        Some((output.status.code().unwrap(), contents(dir.path())))
    };
    let theirs = run("curl", &["-sS", "-q"])?;
    Some([run(env!("CARGO_BIN_EXE_maypole"), &["get"])?, theirs])
}

fn contents(dir: &Path) -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn files_are_named_gone_on_with_and_kept_as_by_curl() {
    let asked = Asked::start();
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 9] = [
        (&[], &["-O", "{}/named"]),
        (&[], &["-OJ", "{}/named"]),
        (&[("given.txt", "mine")], &["-OJ", "{}/named"]),
        (&[], &["-OJ", "{}/url-name"]),
        (&[("x", "abc")], &["-C", "-", "-o", "x", "{}/rest"]),
        (&[("x", "abc")], &["-C", "-", "-o", "x", "{}/416"]),
        (&[("x", "abcd")], &["-C", "-", "-o", "x", "{}/whole"]),
        (&[("x", "abc")], &["-C", "-", "-o", "x", "{}/other-rest"]),
        (&[], &["-C", "-", "-o", "x", "{}/rest"]),
    ];
    for (before, flags) in cases {
        let Some([ours, theirs]) = files(&asked, before, flags) else { return };
        assert_eq!(ours, theirs, "{before:?} {flags:?}");
    }
}
