//! Every path through the client fits on a stack of 32 KiB, which is what `may::go!` gives by default.
//!
//! Each path runs in a child process of its own, so that it is the first request of its process, and so that an
//! overflow kills nothing else: first on a coroutine as small as `may`'s default, then on one with an odd number of
//! words, for which `may` prints how much was used. Debug builds need more than 32 KiB; there the paths run on a
//! coroutine of this crate.
#![cfg(all(feature = "tls", feature = "json", feature = "compression"))]

#[path = "stress/certs.rs"]
mod certs;
#[path = "stack/database.rs"]
mod database;
#[path = "stack/formats.rs"]
mod formats;
#[path = "stack/mail.rs"]
mod mail;
#[path = "stress/plain.rs"]
mod plain;
#[allow(dead_code, reason = "some of them are for other tests")]
#[path = "../src/client/decode/tests/samples.rs"]
mod samples;
#[path = "stack/swapped.rs"]
mod swapped;
#[cfg(feature = "ureq")]
#[path = "ureq/stacks.rs"]
mod ureq_stacks;

use std::fmt::Write as _;
use std::io::{BufRead, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use maypole::client::{Auth, Cache, Retry, Token};
use maypole::compat;
use maypole::compat::httplib::{self, HttpConnection, HttpsConnection, NO_HEADERS};
use maypole::error::Kind;
use maypole::message::multipart::{Form, Part};
use maypole::net::{Roots, TlsConfig};
use maypole::rt::{self, CancelToken};
use maypole::{Body, HttpClient, Response};

/// `may`'s default.
const SMALL: usize = 0x1000;
/// Odd, and below the size from which work is done in place that else moves to a coroutine of our own.
const MEASURED: usize = 0x2fff;
/// Odd, and as large as our own.
const OURS: usize = 0x8001;
const KIB: usize = 1024;

/// A path, and how many bytes of stack it may take. What was measured and a third more, and below 32 KiB with a margin
/// for what the caller has on the stack already.
type Path = (&'static str, fn(), usize);

const PATHS: &[Path] = &[
    ("get", || drop(get(&HttpClient::new().unwrap(), &format!("http://{}/", plain::serve(None)))), 20 * KIB),
    ("get_tls", over_tls, 24 * KIB),
    ("connect", through_connect, 24 * KIB),
    ("socks", through_socks, 24 * KIB),
    ("refused_by_proxy", refused_by_proxy, 20 * KIB),
    ("blocked", blocked, 16 * KIB),
    ("post_json", post_json, 20 * KIB),
    ("json", json, 20 * KIB),
    ("lines", lines, 20 * KIB),
    ("large", large, 20 * KIB),
    ("upload", upload, 20 * KIB),
    ("form_and_query", form_and_query, 20 * KIB),
    ("form_gzip", form_gzip, 24 * KIB),
    ("bounded", bounded, 20 * KIB),
    ("half_read", half_read, 20 * KIB),
    ("refused", refused, 16 * KIB),
    ("unknown_host", unknown_host, 16 * KIB),
    ("bad_certificate", bad_certificate, 16 * KIB),
    ("bad_url", bad_url, 12 * KIB),
    ("broken_response", broken_response, 20 * KIB),
    ("timeout", timeout, 20 * KIB),
    ("cancel", cancel, 16 * KIB),
    ("group", group, 12 * KIB),
    ("scoped", scoped, 12 * KIB),
    ("ticket", ticket, 12 * KIB),
    ("digest", digest, 20 * KIB),
    ("token", token, 20 * KIB),
    ("retried", retried, 20 * KIB),
    ("resumed", resumed, 20 * KIB),
    ("hedged", hedged, 16 * KIB),
    ("cached", cached, 24 * KIB),
    ("gzip", || decoded("gzip", samples::gzip(&samples::text())), 20 * KIB),
    ("deflate", || decoded("deflate", samples::deflate(&samples::text())), 20 * KIB),
    ("br", || decoded("br", samples::hex(samples::BROTLI)), 20 * KIB),
    ("zstd", || decoded("zstd", samples::zstd(&samples::text())), 20 * KIB),
    ("coded_twice", || decoded("br, gzip", samples::gzip(&samples::hex(samples::BROTLI))), 20 * KIB),
    ("charset", charset, 20 * KIB),
    #[cfg(feature = "ureq")]
    ("ureq_get", ureq_stacks::get, 24 * KIB),
    #[cfg(feature = "ureq")]
    ("ureq_post", ureq_stacks::post, 24 * KIB),
    #[cfg(feature = "ureq")]
    ("ureq_tls", ureq_stacks::tls, 26 * KIB),
    #[cfg(feature = "ureq")]
    ("ureq_connect", ureq_stacks::connect, 26 * KIB),
    #[cfg(feature = "ureq")]
    ("ureq_fails", ureq_stacks::fails, 24 * KIB),
    ("httplib", httplib, 12 * KIB),
    ("httplib_tls", httplib_tls, 16 * KIB),
    ("httplib_tunnel", httplib_tunnel, 12 * KIB),
    ("httplib_fails", httplib_fails, 12 * KIB),
    ("zip", formats::zip, 20 * KIB),
    ("csv", formats::csv, 16 * KIB),
    ("xml", formats::xml, 16 * KIB),
    ("json_lines", formats::json_lines, 16 * KIB),
    ("imap", mail::plain, 16 * KIB),
    ("imap_tls", mail::over_tls, 16 * KIB),
    ("imap_starttls", mail::with_starttls, 16 * KIB),
    ("tungstenite", swapped::tungstenite_plain, 16 * KIB),
    ("tungstenite_tls", swapped::tungstenite_tls, 20 * KIB),
    ("redis", swapped::redis, 12 * KIB),
    ("redis_nested", swapped::redis_nested, 16 * KIB),
    ("postgres", swapped::postgres, 12 * KIB),
    ("stream", stream, 20 * KIB),
    ("stream_tls", stream_tls, 20 * KIB),
];

/// Other crates' paths that need a stack of our own; in release they have taken so much, and may take a third more.
const ROOMY: &[Path] = &[
    ("redis_deep", swapped::redis_deep, 194 * KIB),
    ("tar", formats::tar, 52 * KIB),
    ("json_deep", formats::json_deep, 52 * KIB),
];

fn get(client: &HttpClient, url: &str) -> String {
    let response = client.get(url).header("Accept", "text/plain").send().unwrap();
    assert_eq!(response.status(), 200);
    response.text().unwrap()
}

fn tls_client(authority: Vec<u8>) -> HttpClient {
    let tls = TlsConfig::builder().roots(Roots::Only(authority)).build().unwrap();
    HttpClient::builder().tls(tls).timeout(Duration::from_secs(20)).build().unwrap()
}

fn over_tls() {
    let certified = certs::good();
    let address = plain::serve(Some(&certified));
    let client = tls_client(certified.authority_pem);
    for path in ["", "json", "large"] {
        get(&client, &format!("https://{address}/{path}"));
    }
}

/// What a client says ends with these bytes, and so many more; what the proxy answers.
type Said = (&'static [u8], usize, &'static [u8]);

/// A proxy that says its lines, each when the client has said its own to the end, and then relays to `to`.
fn relay(to: std::net::SocketAddr, lines: &'static [Said]) -> std::net::SocketAddr {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                for (ends, more, answer) in lines {
                    let mut said = Vec::new();
                    while said.len() < *more || !said[..said.len() - more].ends_with(ends) {
                        let mut byte = [0];
                        (&client).read_exact(&mut byte).ok()?;
                        said.push(byte[0]);
                    }
                    (&client).write_all(answer).ok()?;
                }
                let host = TcpStream::connect(to).ok()?;
                let (from, into) = (host.try_clone().ok()?, client.try_clone().ok()?);
                std::thread::spawn(move || std::io::copy(&mut &from, &mut &into));
                std::io::copy(&mut &client, &mut &host).ok()
            });
        }
    });
    address
}

fn proxied(scheme: &str, user: &str, lines: &'static [Said]) {
    let certified = certs::good();
    let address = plain::serve(Some(&certified));
    let proxy = format!("{scheme}://{user}{}", relay(address, lines));
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).build().unwrap();
    let proxy = maypole::net::Proxy::parse(&proxy).unwrap();
    let client = HttpClient::builder().tls(tls).proxy(proxy).timeout(Duration::from_secs(20)).build().unwrap();
    for path in ["", "json", "large"] {
        get(&client, &format!("https://{address}/{path}"));
    }
}

/// With a digest, which is the longest talk.
fn through_connect() {
    proxied(
        "http",
        "me:secret@",
        &[
            (
                b"\r\n\r\n",
                0,
                b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm=a, nonce=b, qop=\"auth\"\r\nContent-Length: 2\r\n\r\nno",
            ),
            (b"\r\n\r\n", 0, b"HTTP/1.1 200 Established\r\n\r\n"),
        ],
    );
}

fn through_socks() {
    proxied(
        "socks5h",
        "me:secret@",
        &[
            (b"\x05\x02\x00\x02", 0, b"\x05\x02"),
            (b"secret", 0, b"\x01\x00"),
            (b"\x05\x01\x00\x01\x7f\x00\x00\x01", 2, b"\x05\x00\x00\x01\0\0\0\0\0\0"),
        ],
    );
}

fn refused_by_proxy() {
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let by = relay(nowhere, &[(b"\r\n\r\n", 0, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n")]);
    let proxy = maypole::net::Proxy::parse(&format!("http://{by}")).unwrap();
    fails(HttpClient::builder().proxy(proxy).build().unwrap().get("https://h.test/").send(), Kind::Proxy);
    let nobody = maypole::net::Proxy::parse("socks5://127.0.0.1:1").unwrap();
    fails(HttpClient::builder().proxy(nobody).build().unwrap().get("https://127.0.0.1/").send(), Kind::Connect);
}

fn blocked() {
    let guard = maypole::net::AddressGuard::public_only();
    let client = HttpClient::builder().address_guard(guard).resolve("h.test", 0, [[127, 0, 0, 1].into()]).build();
    fails(client.as_ref().unwrap().get("http://h.test/").send(), Kind::Blocked);
    fails(client.unwrap().get("http://127.0.0.1/").send(), Kind::Blocked);
}

fn post_json() {
    let sent = serde_json::json!({"name": "maypole", "numbers": [1, 2, 3], "deep": {"er": {"still": [null]}}});
    let url = format!("http://{}/echo", plain::serve(None));
    let response = HttpClient::new().unwrap().post(&*url).json(&sent).send().unwrap();
    assert_eq!(response.json::<serde_json::Value>().unwrap(), sent);
}

fn json() {
    let url = format!("http://{}/json", plain::serve(None));
    let response = HttpClient::new().unwrap().get(&*url).send().unwrap();
    let value: serde_json::Value = serde_json::from_reader(response).unwrap();
    assert_eq!(value["name"], "maypole");
}

fn lines() {
    let url = format!("http://{}/lines", plain::serve(None));
    let client = HttpClient::new().unwrap();
    let mut response = client.get(&*url).send().unwrap();
    let mut line = String::new();
    while Response::read_line(&mut response, &mut line).unwrap() > 0 {}
    assert_eq!(line.lines().count(), 100);
    assert_eq!(client.get(&*url).send().unwrap().lines().map(Result::unwrap).count(), 100);
    let response = client.get(&*url).send().unwrap();
    assert_eq!(BufRead::lines(response).map(Result::unwrap).count(), 100);
}

fn large() {
    let url = format!("http://{}/large", plain::serve(None));
    let client = HttpClient::new().unwrap();
    assert_eq!(client.get(&*url).send().unwrap().copy_to(&mut std::io::sink()).unwrap(), 1 << 20);
    let mut response = client.get(&*url).send().unwrap();
    let (mut piece, mut total) = (vec![0; 16 << 10], 0);
    loop {
        match response.read(&mut piece).unwrap() {
            0 => break,
            n => total += n,
        }
    }
    assert_eq!(total, 1 << 20);
}

fn upload() {
    let url = format!("http://{}/echo", plain::serve(None));
    let client = HttpClient::new().unwrap();
    let body = || std::io::repeat(b'x').take(300_000);
    for body in [Body::stream(body()), Body::sized(body(), 300_000), Body::chunks(vec!["ab"; 100].into_iter().map(Ok))]
    {
        let length = whole(client.post(&*url).body(body).send()).unwrap();
        assert!(length == 300_000 || length == 200);
    }
    assert_eq!(whole(client.put(&*url).body("x".repeat(100_000)).send()).unwrap(), 100_000);
}

fn whole(response: maypole::Result<Response>) -> maypole::Result<usize> {
    response?.bytes().map(|body| body.len())
}

fn form_and_query() {
    let url = format!("http://{}/echo", plain::serve(None));
    let client = HttpClient::builder().base_url(&url).default_header("X-A", "b").build().unwrap();
    let sent = client.post("?x=1").query([("q", "a b&c")]).form([("name", "München")]).send();
    assert_eq!(sent.unwrap().status(), 200);
}

fn form_gzip() {
    let url = format!("http://{}/echo", plain::serve(None));
    let client = HttpClient::new().unwrap();
    let form =
        || Form::new().text("a", "1").part("b", Part::reader(std::io::repeat(b'x').take(300_000)).file_name("b.txt"));
    assert!(whole(client.post(&*url).multipart(form()).send()).unwrap() > 300_000);
    assert!(whole(client.post(&*url).body(form().into_body().unwrap().gzip()).send()).unwrap() > 300);
}

fn bounded() {
    let url = format!("http://{}/echo", plain::serve(None));
    let builder = HttpClient::builder().max_body(1 << 20).download_rate(10 << 20).total_upload_rate(10 << 20);
    let builder = builder.max_concurrent(2).max_concurrent_per_host(1).expect_continue_above(1 << 20);
    let client = builder.min_speed(1, Duration::from_secs(20)).build().unwrap();
    for _ in 0..3 {
        let request = client.post(&*url).body("x".repeat(200_000)).on_progress(|_, _| {}).on_upload_progress(|_, _| {});
        assert_eq!(whole(request.send()).unwrap(), 200_000);
    }
    fails(whole(client.post(&*url).body("x".repeat(2000)).max_body(1000).send()), Kind::TooLarge);
}

fn half_read() {
    let url = format!("http://{}/large", plain::serve(None));
    let client = HttpClient::new().unwrap();
    for _ in 0..3 {
        let mut response = client.get(&*url).send().unwrap();
        response.read_exact(&mut [0; 100]).unwrap();
    }
    assert_eq!(client.stats().in_use, 0);
    client.close();
    fails(client.get(&*url).send(), Kind::Closed);
}

/// With everything that a program does with an error: it is printed in both ways, with its causes.
fn fails<T>(result: maypole::Result<T>, kind: Kind) {
    let error = result.map(drop).unwrap_err();
    let mut text = format!("{error}\n{error:?}\n");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        writeln!(text, "{cause}").unwrap();
        source = cause.source();
    }
    assert_eq!(error.kind(), kind, "{text}");
    drop(std::io::Error::from(error));
}

fn refused() {
    let client = HttpClient::new().unwrap();
    fails(client.get("http://127.0.0.1:1/").send(), Kind::Connect);
    let both = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    let client = HttpClient::builder().resolve("two.test", 0, both).build().unwrap();
    fails(client.get("http://two.test:1/").send(), Kind::Connect);
}

fn unknown_host() {
    let client = HttpClient::new().unwrap();
    fails(client.get("http://no-such-host.invalid/").send(), Kind::Resolve);
    fails(client.get("http://bücher.invalid/%zz?ä=ö").send(), Kind::Resolve);
}

fn bad_certificate() {
    let (good, other) = (certs::good(), certs::of_another());
    let client = tls_client(other.authority_pem.clone());
    let url = format!("https://{}/", plain::serve(Some(&other)));
    fails(client.get(&*url).send(), Kind::Certificate);
    let url = format!("https://{}/", plain::serve(Some(&good)));
    fails(client.get(&*url).send(), Kind::Certificate);
    let mozilla = HttpClient::builder().timeout(Duration::from_secs(20)).build().unwrap();
    fails(mozilla.get(&*url).send(), Kind::Certificate);
}

fn bad_url() {
    let client = HttpClient::new().unwrap();
    for url in ["", "http://", "http://[::1", "ftp://x/", "http://a b/", "http://x:99999/", "http://xn--a.test./\0"] {
        fails(client.get(url).send(), Kind::InvalidUrl);
    }
    fails(client.get("http://x/").header("a b", "c").send(), Kind::InvalidRequest);
}

fn broken_response() {
    let address = plain::serve(None);
    let client = HttpClient::new().unwrap();
    fails(client.get(format!("http://{address}/broken")).send(), Kind::Protocol);
    fails(whole(client.get(format!("http://{address}/short")).send()), Kind::Incomplete);
    let json = client.get(format!("http://{address}/lines")).send().unwrap().json::<Vec<u8>>();
    fails(json, Kind::Decode);
}

fn cached() {
    let address = plain::serve(None);
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::memory(64 << 20), Cache::disk(folder.path(), 64 << 20).unwrap()] {
        let client = HttpClient::builder().cache(cache.clone().keep_all(Duration::from_secs(60))).build().unwrap();
        for path in ["", "json", "large"].into_iter().cycle().take(6) {
            get(&client, &format!("http://{address}/{path}"));
        }
        assert_eq!(cache.stats().hits, 3);
        client.post(format!("http://{address}/echo")).body("x").send().unwrap().bytes().unwrap();
    }
}

fn timeout() {
    let url = format!("http://{}/silent", plain::serve(None));
    let client = HttpClient::builder().max_per_host(1).build().unwrap();
    fails(client.get(&*url).timeout(Duration::from_millis(20)).send(), Kind::Timeout);
    let scoped = rt::scope::with_deadline(Duration::from_millis(20), || client.get(&*url).send());
    fails(scoped, Kind::Timeout);
}

fn cancel() {
    let url = format!("http://{}/silent", plain::serve(None));
    let token = CancelToken::new();
    let firing = token.child();
    rt::spawn(move || {
        rt::sleep(Duration::from_millis(20));
        token.cancel();
    })
    .unwrap();
    fails(HttpClient::new().unwrap().get(&*url).cancel(&firing).send(), Kind::Cancelled);
}

fn digest() {
    let (client, auth) = (HttpClient::new().unwrap(), Auth::any("me", "secret"));
    let url = format!("http://{}/guarded", plain::serve(None));
    assert_eq!(client.post(&*url).auth(auth).body("x".repeat(10_000)).send().unwrap().status(), 401);
}

/// The first request of the process is made to fetch the token of the second one.
fn token() {
    let (url, inner) = (format!("http://{}/", plain::serve(None)), HttpClient::new().unwrap());
    let at = url.clone();
    let auth = Auth::refreshing(move |_| Ok(Token::new(inner.get(&*at).send()?.bytes()?.len().to_string())));
    get(&HttpClient::builder().auth(auth).build().unwrap(), &url);
}

/// One closure and several that borrow, with a panic among them, each on a stack of its own.
fn scoped() {
    let words = ["a", "bc", "def"];
    assert_eq!(maypole::run(|| words.concat()).unwrap(), "abcdef");
    assert_eq!(rt::scoped(2, |s| s.map(&words, |word| word.len())).unwrap(), [1, 2, 3]);
    assert!(rt::scoped(1, |s| s.spawn(|| -> () { panic!("{}", words[0]) }).unwrap().join()).is_err());
}

fn ticket() {
    let sum = async { rt::spawn(|| 1).unwrap().await.unwrap() + rt::spawn(|| 2).unwrap().await.unwrap() };
    assert_eq!(rt::block_on(sum), 3);
}

fn group() {
    let url = format!("http://{}/", plain::serve(None));
    let client = HttpClient::builder().max_per_host(2).build().unwrap();
    let answers = rt::Group::new(5).map(0..20, move |_| get(&client, &url)).unwrap();
    assert_eq!(answers.len(), 20);
    rt::yield_io();
    assert_eq!(rt::offload(None, || 7).unwrap(), 7);
}

fn retried() {
    let ms = Duration::from_millis;
    let client = HttpClient::builder().retry(Retry::standard().retries(2).backoff(ms(1), ms(1))).build().unwrap();
    fails(client.get("http://127.0.0.1:1/").send(), Kind::Connect);
    let url = format!("http://{}/silent", plain::serve(None));
    fails(client.get(&*url).head_timeout(ms(20)).send(), Kind::Timeout);
}

fn resumed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let (mut stream, mut request) = (stream.unwrap(), [0; 4096]);
            assert!(stream.read(&mut request).unwrap() > 0);
            let answer = match n % 2 {
                0 => "200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123",
                _ => "206 OK\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\n\r\n456789",
            };
            std::io::Write::write_all(&mut stream, format!("HTTP/1.1 {answer}").as_bytes()).unwrap();
        }
    });
    let client = HttpClient::builder().resume(1).build().unwrap();
    assert_eq!(get(&client, &url), "0123456789");
    assert_eq!(client.get(&*url).send().unwrap().lines().map(Result::unwrap).collect::<String>(), "0123456789");
}

fn hedged() {
    let (address, ms) = (plain::serve(None), Duration::from_millis);
    let client = HttpClient::builder().hedge(ms(5)).build().unwrap();
    get(&client, &format!("http://{address}/"));
    fails(client.get(format!("http://{address}/silent")).timeout(ms(50)).send(), Kind::Timeout);
}

/// Serves one answer again and again.
fn serve(reply: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            while matches!(stream.read(&mut [0; 4096]), Ok(1..)) && stream.write_all(&reply).is_ok() {}
        }
    });
    url
}

fn coded(lines: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// Whole, in pieces, by lines, and cut off.
fn decoded(coding: &str, body: Vec<u8>) {
    let lines = format!("Content-Encoding: {coding}");
    let url = serve(coded(&lines, &body));
    let client = HttpClient::new().unwrap();
    assert_eq!(get(&client, &url).as_bytes(), samples::text());
    let response = client.get(&*url).send().unwrap();
    assert!(Read::bytes(response).map(Result::unwrap).eq(samples::text()));
    assert_eq!(client.get(&*url).send().unwrap().lines().map(Result::unwrap).count(), 12);
    let mut piece = vec![0; 100_000];
    assert_eq!(client.get(&*url).send().unwrap().read(&mut piece).unwrap(), samples::text().len());
    let cut = serve(coded(&lines, &body[..body.len() - 5]));
    fails(whole(client.get(&*cut).send()), Kind::Decode);
}

fn charset() {
    let client = HttpClient::new().unwrap();
    for label in ["windows-1252", "shift_jis", "gb18030", "utf-16le", "big5", "iso-2022-jp"] {
        let url = serve(coded(&format!("Content-Type: text/plain; charset={label}"), b"plain and simple"));
        assert!(!client.get(&*url).send().unwrap().text().unwrap().is_empty());
    }
}

/// By steps and at once, up and down, with everything that a response is read by.
fn httplib() {
    by_steps(&mut HttpConnection::new("127.0.0.1", plain::serve(None).port()).unwrap());
}

fn by_steps(conn: &mut HttpConnection) {
    conn.request("GET", "/lines", (), [("Accept", "text/plain")]).unwrap();
    let mut response = conn.get_response().unwrap();
    let mut line = String::new();
    while response.read_line(&mut line).unwrap() > 0 {}
    assert_eq!(line.lines().count(), 100);
    conn.request("GET", "/large", (), NO_HEADERS).unwrap();
    assert_eq!(conn.get_response().unwrap().read_all().unwrap().len(), 1 << 20);
    conn.put_request("POST", "/echo").unwrap();
    conn.put_header("Content-Length", "300000").unwrap();
    conn.end_headers().unwrap();
    conn.send_from(&mut std::io::repeat(b'x').take(300_000)).unwrap();
    assert_eq!(conn.get_response().unwrap().bytes().map(Result::unwrap).count(), 300_000);
    for body in [Body::stream(std::io::repeat(b'x').take(300_000)), Body::from("x".repeat(300_000))] {
        conn.request("PUT", "/echo", body, NO_HEADERS).unwrap();
        assert_eq!(conn.get_response().unwrap().read_full(1_000_000).unwrap().len(), 300_000);
    }
}

fn httplib_tls() {
    let certified = certs::good();
    let address = plain::serve(Some(&certified));
    let mut conn = HttpsConnection::new("127.0.0.1", address.port()).unwrap();
    conn.set_tls_config(TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).build().unwrap());
    by_steps(&mut conn);
}

fn httplib_tunnel() {
    let through: &[Said] = &[(b"\r\n\r\n", 0, b"HTTP/1.1 200 Established\r\n\r\n")];
    let by = relay(plain::serve(None), through);
    let mut conn = HttpConnection::new("127.0.0.1", by.port()).unwrap();
    conn.set_tunnel("origin.test", None, [("X-One", "1")]).unwrap();
    by_steps(&mut conn);
}

fn httplib_fails() {
    let fails = |result: httplib::Result<()>, kind: httplib::Kind| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{error} {error:?}");
        fails::<()>(Err(error.into()), kind_below(kind));
    };
    let mut conn = HttpConnection::new("127.0.0.1", 1).unwrap();
    fails(conn.request("GET", "/", (), NO_HEADERS), httplib::Kind::Network);
    fails(conn.request("GET", "/a b", (), NO_HEADERS), httplib::Kind::InvalidUrl);
    fails(conn.get_response().map(drop), httplib::Kind::ResponseNotReady);
    let mut conn = HttpConnection::new("127.0.0.1", plain::serve(None).port()).unwrap();
    conn.set_timeout(Duration::from_millis(50));
    conn.request("GET", "/broken", (), NO_HEADERS).unwrap();
    fails(conn.get_response().map(drop), httplib::Kind::Protocol);
    conn.request("GET", "/short", (), NO_HEADERS).unwrap();
    fails(conn.get_response().unwrap().read_all().map(drop), httplib::Kind::IncompleteRead);
    conn.request("GET", "/silent", (), NO_HEADERS).unwrap();
    fails(conn.get_response().map(drop), httplib::Kind::Timeout);
}

fn kind_below(kind: httplib::Kind) -> Kind {
    match kind {
        httplib::Kind::Network => Kind::Connect,
        httplib::Kind::InvalidUrl | httplib::Kind::ResponseNotReady => Kind::InvalidRequest,
        httplib::Kind::Protocol => Kind::Protocol,
        httplib::Kind::IncompleteRead => Kind::Incomplete,
        _ => Kind::Timeout,
    }
}

/// A stream in both directions, by lines, by `copy`, out of time and refused.
fn streamed(stream: compat::io::Stream) {
    let (mut reader, writer) = stream.split();
    let writing = rt::spawn(move || (0..20).try_for_each(|_| (&writer).write_all(b"GET /lines HTTP/1.1\r\n\r\n")));
    let mut lines = 0;
    while lines < 20 * 100 {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0);
        lines += usize::from(line.starts_with("line "));
    }
    writing.unwrap().join().unwrap().unwrap();
    reader.as_ref().set_read_timeout(Some(Duration::from_millis(20)));
    let mut rest = Vec::new();
    let error = compat::io::copy(&mut reader, &mut rest).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    reader.as_ref().shutdown(std::net::Shutdown::Write).unwrap();
}

fn stream() {
    streamed(compat::io::Stream::connect(&format!("http://{}", plain::serve(None))).unwrap());
    fails(compat::io::Stream::connect("tcp://bücher.test"), Kind::InvalidUrl);
    fails(compat::io::Stream::connect("unix:///no/such/socket"), Kind::Connect);
}

fn stream_tls() {
    let certified = certs::good();
    let address = plain::serve(Some(&certified));
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem)).alpn([""; 0]).build().unwrap();
    let connector = compat::io::Connector::new().tls(tls.clone());
    streamed(connector.connect(&format!("https://{address}")).unwrap());
    let plain = connector.connect(&format!("tcp://{address}")).unwrap();
    streamed(plain.start_tls(&tls, &address.ip().to_string()).unwrap());
}

/// Runs one path; does nothing unless a parent has asked for it.
#[test]
fn child() {
    let Ok(name) = std::env::var("MAYPOLE_STACK_PATH") else { return };
    let words: usize = std::env::var("MAYPOLE_STACK_WORDS").unwrap().parse().unwrap();
    let (_, path, _) = PATHS.iter().chain(ROOMY).find(|(known, ..)| *known == name).expect("one of the paths");
    if name == "scoped" {
        // `may` alone would make its small stacks the only ones that a coroutine that borrows can have.
        rt::Runtime::builder().start().unwrap();
    }
    let ended = if words == 0 {
        rt::spawn(path).unwrap().join()
    } else {
        let builder = may::coroutine::Builder::new().name(name).stack_size(words);
        may::go!(builder, path).unwrap().join()
    };
    ended.expect("no panic and no overflow");
    // `may` prints the use of a stack a moment after the join.
    rt::sleep(Duration::from_millis(20));
}

/// What the child printed, if it ended well.
fn run(name: &str, words: usize) -> Result<String, String> {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env("MAYPOLE_STACK_PATH", name)
        .env("MAYPOLE_STACK_WORDS", words.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    if child.status.success() { Ok(text.into()) } else { Err(format!("{name}: {}\n{text}", child.status)) }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "unoptimised frames are four times as large; see the next test")]
fn sec_m2_every_path_works_on_the_smallest_stack() {
    let failed: Vec<_> = PATHS.iter().filter_map(|(name, ..)| run(name, SMALL).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn sec_m2_every_path_works_on_our_own_stacks() {
    let failed: Vec<_> = PATHS.iter().chain(ROOMY).filter_map(|(name, ..)| run(name, 0).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "the budgets are those of release builds")]
fn sec_m2_no_path_takes_more_stack_than_its_budget() {
    let mut table = String::from("path              used KiB  of\n");
    let mut over = Vec::new();
    for (name, _, budget) in PATHS.iter().chain(ROOMY) {
        let words = if *budget > 32 * KIB { OURS } else { MEASURED };
        let mut runs = (0..10).map(|_| run(name, words).unwrap_or_else(|error| panic!("{error}")));
        let used = runs.find_map(|text| used(name, &text)).expect("what `may` prints");
        writeln!(table, "{name:<17} {:>8.1}  {}", used as f64 / KIB as f64, budget / KIB).unwrap();
        if used > *budget {
            over.push(*name);
        }
    }
    eprintln!("{table}");
    assert!(over.is_empty(), "over their budget: {over:?}\n{table}");
}

/// `coroutine name = Some("get"), stack size = 12288,  used size = 1500`, in words.
fn used(name: &str, text: &str) -> Option<usize> {
    let line = text.lines().find(|line| line.contains(&format!("Some(\"{name}\"), stack size")))?;
    let words: usize = line.rsplit("used size = ").next()?.split_whitespace().next()?.parse().ok()?;
    Some(words * size_of::<usize>())
}
