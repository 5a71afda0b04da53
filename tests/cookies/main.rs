//! Cookies on the wire: what is kept of answers, and what goes out with requests. A case's id stands in the name of its
//! test; curl is the judge of the file format.

#[path = "../peer/mod.rs"]
mod peer;

mod curl;
mod lines;
mod origins;
mod session;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use maypole::{ClientBuilder, CookieJar, HttpClient, Url};

use peer::Request;

/// A client that finds every name of these tests on this machine, and ends within 5 s.
fn builder() -> ClientBuilder {
    let here = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let names = ["www.example.com", "example.com", "api.example.com", "example.org", "other.test", "me.github.io"];
    let builder = HttpClient::builder().timeout(Duration::from_secs(5));
    names.into_iter().fold(builder, |builder, name| builder.resolve(name, 0, here))
}

fn with_jar() -> (HttpClient, CookieJar) {
    let client = builder().cookies(true).build().unwrap();
    let jar = client.cookie_jar().unwrap().clone();
    (client, jar)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// An answer that sets cookies.
fn sets(status: &str, lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("Set-Cookie: {line}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{lines}Content-Length: 0\r\n\r\n").into_bytes()
}

fn redirects(to: &str, lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("Set-Cookie: {line}\r\n")).collect();
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n{lines}Content-Length: 0\r\n\r\n").into_bytes()
}

/// The one `Cookie` line of a request.
#[track_caller]
fn cookie(request: &Request) -> Option<&str> {
    let lines = request.all("cookie");
    assert!(lines.len() <= 1, "{lines:?}");
    lines.first().copied()
}

fn names(jar: &CookieJar) -> Vec<String> {
    jar.cookies().iter().map(|cookie| cookie.name().to_owned()).collect()
}
