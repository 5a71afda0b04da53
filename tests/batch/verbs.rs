//! Verbs and short forms, as the server sees them.

use maypole::client::Auth;
use maypole::queue::batch::{Batch, BatchRequest};
use maypole::{Body, Headers};
use serde_json::json;

use crate::site::{Site, batch};

/// The one request that `make` has sent.
fn sent(make: impl FnOnce(&Batch, &str) -> BatchRequest) -> crate::peer::Request {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    make(&batch, &site.url("/")).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().error().map(ToString::to_string), None);
    let request = site.one();
    site.end(batch, &kept);
    request
}

#[test]
fn q165_version_1_1() {
    assert_eq!(sent(|batch, url| batch.get(url)).version, "HTTP/1.1");
}

#[test]
fn q167_q168_pairs_of_the_query() {
    let pairs = [("q", "x y"), ("z", "é&=")];
    let request = sent(|batch, url| batch.get(url).query(pairs));
    assert_eq!(request.target, "/?q=x%20y&z=%C3%A9%26%3D");
    let request = sent(|batch, url| batch.get(format!("{url}p?a=1")).query([("n", [1, 2])]).query([("q", "x y")]));
    assert_eq!(request.target, "/p?a=1&n=1&n=2&q=x%20y");
    assert_eq!(sent(|batch, url| batch.delete(url).query([("id", 7)])).target, "/?id=7");
}

#[test]
fn q169_q170_short_forms_are_the_long_ones() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let short = sent(|batch, url| batch.post_form(url, [("a", "x y"), ("b", "é")]));
    let long = sent(|batch, url| batch.post(url).header("Content-Type", FORM).body(Body::from("a=x+y&b=%C3%A9")));
    let typed = sent(|batch, url| batch.post(url).header("Content-Type", FORM).data([("a", "x y"), ("b", "é")]));
    let untyped = sent(|batch, url| batch.post(url).data([("a", "x y"), ("b", "é")]));
    for one in [&long, &typed, &untyped] {
        assert_eq!((&one.body, one.header("content-type")), (&short.body, short.header("content-type")));
        assert_eq!((&*one.method, one.header("content-type")), ("POST", Some(FORM)));
    }
    let short = sent(|batch, url| batch.put_json(url, &json!({"a": "1"})));
    let long = sent(|batch, url| batch.put(url).header("Content-Type", "application/json").data([("a", "1")]));
    assert_eq!((&*short.method, short.text()), ("PUT", r#"{"a":"1"}"#));
    assert_eq!((&short.body, short.header("content-type")), (&long.body, long.header("content-type")));
}

#[test]
fn q171_xml_as_text_and_as_bytes() {
    for request in [
        sent(|batch, url| batch.post_xml(url, "<a>é</a>")),
        sent(|batch, url| batch.post_xml(url, "<a>é</a>".as_bytes())),
    ] {
        assert_eq!((&*request.method, request.header("content-type")), ("POST", Some("text/xml")));
        assert_eq!(request.text(), "<a>é</a>");
    }
}

#[test]
fn q172_nvp() {
    let request = sent(|batch, url| batch.post_nvp(url, [("a", "1"), ("b", "é")]));
    assert_eq!((request.header("content-type"), request.text()), (Some("text/namevalue"), "a[1]=1&b[2]=é"));
}

#[test]
fn q173_every_method_with_every_form() {
    type Make = fn(&Batch, &str) -> BatchRequest;
    let pairs = || [("k", "v w")];
    let all: [(&str, &str, &str, Make); 12] = [
        ("POST", "application/x-www-form-urlencoded", "k=v+w", |b, u| b.post_form(u, [("k", "v w")])),
        ("PUT", "application/x-www-form-urlencoded", "k=v+w", |b, u| b.put_form(u, [("k", "v w")])),
        ("PATCH", "application/x-www-form-urlencoded", "k=v+w", |b, u| b.patch_form(u, [("k", "v w")])),
        ("POST", "application/json", "[1]", |b, u| b.post_json(u, &[1])),
        ("PUT", "application/json", "[1]", |b, u| b.put_json(u, &[1])),
        ("PATCH", "application/json", "[1]", |b, u| b.patch_json(u, &[1])),
        ("POST", "text/xml", "<a/>", |b, u| b.post_xml(u, "<a/>")),
        ("PUT", "text/xml", "<a/>", |b, u| b.put_xml(u, "<a/>")),
        ("PATCH", "text/xml", "<a/>", |b, u| b.patch_xml(u, "<a/>")),
        ("POST", "text/namevalue", "k[3]=v w", |b, u| b.post_nvp(u, [("k", "v w")])),
        ("PUT", "text/namevalue", "k[3]=v w", |b, u| b.put_nvp(u, [("k", "v w")])),
        ("PATCH", "text/namevalue", "k[3]=v w", |b, u| b.patch_nvp(u, [("k", "v w")])),
    ];
    for (method, content_type, body, make) in all {
        let request = sent(make);
        assert_eq!(
            (&*request.method, request.header("content-type"), request.text()),
            (method, Some(content_type), body)
        );
    }
    assert_eq!(sent(|batch, url| batch.patch(url).nvp(pairs())).text(), "k[3]=v w");
}

#[test]
fn q174_accept_lines() {
    for (request, method, accept) in [
        (sent(|batch, url| batch.get_json(url)), "GET", "application/json"),
        (sent(|batch, url| batch.delete_json(url)), "DELETE", "application/json"),
        (sent(|batch, url| batch.get_xml(url)), "GET", "text/xml"),
        (sent(|batch, url| batch.delete_xml(url)), "DELETE", "text/xml"),
        (sent(|batch, url| batch.get(url)), "GET", "*/*"),
    ] {
        assert_eq!((&*request.method, request.all("accept")), (method, vec![accept]));
    }
}

#[test]
fn q175_no_body_has_a_length_where_one_is_expected() {
    for (request, method, length) in [
        (sent(|batch, url| batch.post(url)), "POST", Some(0)),
        (sent(|batch, url| batch.put(url)), "PUT", Some(0)),
        (sent(|batch, url| batch.patch(url)), "PATCH", Some(0)),
        (sent(|batch, url| batch.delete(url)), "DELETE", None),
        (sent(|batch, url| batch.options(url)), "OPTIONS", None),
        (sent(|batch, url| batch.trace(url)), "TRACE", None),
        (sent(|batch, url| batch.request("PURGE", url)), "PURGE", None),
    ] {
        assert_eq!((&*request.method, request.length()), (method, length));
    }
}

#[test]
fn head_has_no_body() {
    let site = Site::start(|_, responder| responder.reply("HTTP/1.1 200 OK\r\nContent-Length: 612\r\n\r\n"));
    let (batch, kept) = batch(1);
    batch.head(site.url("/")).queue().unwrap();
    batch.fetch_all();
    let outcome = kept.one();
    assert_eq!((outcome.status(), outcome.bytes().len(), outcome.header("Content-Length")), (200, 0, Some("612")));
    site.end(batch, &kept);
}

#[test]
fn headers_credentials_and_options_of_a_client() {
    let lines = Headers::try_from([("X-A", "1"), ("X-B", "2")]).unwrap();
    let request = sent(|batch, url| {
        let request = batch.get(url).headers(&lines).header("User-Agent", "mine").auth(Auth::basic("ada", "pw"));
        request.with(|request| request.cookie("theme", "dark"))
    });
    assert_eq!((request.header("x-a"), request.header("x-b")), (Some("1"), Some("2")));
    assert_eq!((request.all("user-agent"), request.header("cookie")), (vec!["mine"], Some("theme=dark")));
    assert_eq!(request.header("authorization"), Some("Basic YWRhOnB3"));
    let request = sent(|batch, url| batch.add(batch.client().put(url).body("ready")));
    assert_eq!((&*request.method, request.text()), ("PUT", "ready"));
}
