//! What handlers get.

use std::collections::BTreeMap;

use maypole::error::{Error, Kind};
use maypole::queue::{Fetch, FetchQueue, Fetched, Profile};

use super::site::Site;
use super::*;

#[test]
fn q17_an_answer_of_eight_values_has_them_all() {
    let answer = Fetched::builder("http://h/asked")
        .status(404)
        .reason("Not Found")
        .cookie("a", "1")
        .request_cookie("b", "2")
        .request_cookie("c", "3")
        .header("X-Line", "v")
        .body("text")
        .effective_url("http://h/answered")
        .elapsed(ms(1234))
        .attempts(3)
        .from_cache(true)
        .build()
        .unwrap();
    assert_eq!((answer.requested_url(), answer.status(), answer.reason()), ("http://h/asked", 404, Some("Not Found")));
    assert_eq!((answer.cookies(), answer.request_cookies()["c"]), (BTreeMap::from([("a", "1")]), "3"));
    assert_eq!((answer.header("x-line"), &*answer.text().unwrap()), (Some("v"), "text"));
    assert_eq!((answer.effective_url(), answer.elapsed()), ("http://h/answered", ms(1234)));
    assert_eq!(answer.error_message().unwrap(), "status 404 Not Found");
    assert_eq!((answer.attempts(), answer.is_from_cache()), (3, true));
    for wrong in [
        Fetched::builder("no url"),
        Fetched::builder("http://h/").status(99),
        Fetched::builder("http://h/").header("a b", "c"),
        Fetched::builder("http://h/").cookie("a", "b\r\n"),
    ] {
        assert!(wrong.build().is_err());
    }
}

#[test]
fn q18_q19_q20_cookies_of_both_sides() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let answer = fetch(&queue, Fetch::from(site.url("/cookies")).header("Cookie", "id=a=b; x=1"));
    assert_eq!(answer.cookies(), BTreeMap::from([("session", "5f3a="), ("theme", "dark")]));
    assert_eq!(answer.request_cookies(), BTreeMap::from([("id", "a=b"), ("x", "1")]));
    assert_eq!(answer.text().unwrap(), "id=a=b; x=1");
    let one_off = fetch(&queue, queue.client().get(site.url("/cookies")).cookie("y", "2"));
    assert_eq!((one_off.request_cookies(), &*one_off.text().unwrap()), (BTreeMap::from([("y", "2")]), "y=2"));
    let plain = fetch(&queue, site.url("/ok"));
    assert!(plain.cookies().is_empty() && plain.request_cookies().is_empty());
    finish(queue, &site);
    let jar = maypole::HttpClient::builder().cookies(true).build().unwrap();
    let queue = running(FetchQueue::builder().client(jar));
    assert!(fetch(&queue, site.url("/cookies")).request_cookies().is_empty());
    let kept = fetch(&queue, site.url("/cookies"));
    assert_eq!(kept.request_cookies(), BTreeMap::from([("session", "5f3a="), ("theme", "dark")]));
    finish(queue, &site);
}

#[test]
fn q21_headers_in_any_case_and_each_line_of_a_name() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let answer = fetch(&queue, site.url("/echo"));
    assert_eq!((answer.header("x-LINE"), answer.header("missing")), (Some("1"), None));
    assert_eq!(answer.headers().get_all("X-Line").collect::<Vec<_>>(), ["1", "2"]);
    finish(queue, &site);
}

#[test]
fn q22_the_requested_url_is_the_text_that_was_enqueued() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let text = site.url("/redirect").replace("http", "HTTP");
    let seen = Seen::default();
    queue.enqueue(&text, seen.handler()).unwrap();
    queue.wait(LONG).unwrap();
    let (url, answer) = seen.all().remove(0);
    assert_eq!((&*url, answer.requested_url()), (&*text, &*text));
    assert_eq!(answer.effective_url(), site.url("/ok?from=redirect"));
    assert_eq!(answer.history().iter().map(|hop| hop.status).collect::<Vec<_>>(), [302]);
    finish(queue, &site);
}

#[test]
fn q23_q24_a_404_has_a_message_with_and_without_a_body() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let full = fetch(&queue, site.url("/missing"));
    assert_eq!((full.status(), full.bytes(), full.error().is_none()), (404, &b"not here"[..], true));
    assert_eq!(full.error_message().unwrap(), "status 404 Not Found");
    let empty = fetch(&queue, site.url("/status/404"));
    assert_eq!((empty.bytes().len(), empty.error_message().is_some(), empty.is_ok()), (0, true, false));
    assert_eq!(fetch(&queue, site.url("/status/399")).error_message(), None);
    assert!(fetch(&queue, site.url("/status/400")).error_message().is_some());
    assert_eq!(full.compat_code(Profile::Threaded), 404);
    finish(queue, &site);
}

#[test]
fn q25_elapsed_is_a_duration_from_the_sending_to_the_end() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let answer = fetch(&queue, site.url("/delay/200"));
    assert!(answer.elapsed() >= ms(200) && answer.elapsed() < Duration::from_secs(5), "{:?}", answer.elapsed());
    let timings = answer.timings().unwrap();
    assert!(timings.wait >= ms(190) && timings.total <= answer.elapsed());
    assert_eq!((answer.attempts(), answer.version().unwrap().to_string()), (1, "HTTP/1.1".to_owned()));
    finish(queue, &site);
}

#[test]
fn q26_a_failure_is_empty_and_typed() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().timeout(ms(50)));
    let url = site.url("/hang");
    let failed = fetch(&queue, &url);
    assert_eq!((failed.error().unwrap().kind(), failed.status()), (Kind::Timeout, 0));
    assert!(failed.headers().is_empty() && failed.cookies().is_empty() && failed.request_cookies().is_empty());
    assert_eq!((failed.effective_url(), failed.bytes().len(), failed.history().len()), (&*url, 0, 0));
    assert!(failed.url().is_none() && failed.timings().is_none() && failed.version().is_none());
    assert_eq!(failed.text().unwrap_err().to_string(), failed.error_message().unwrap());
    let made = Fetched::builder("http://h/").elapsed(ms(7)).failed(Error::new(Kind::Resolve, "no such host"));
    assert_eq!(
        (made.error().unwrap().kind(), made.elapsed(), made.effective_url()),
        (Kind::Resolve, ms(7), "http://h/")
    );
    finish(queue, &site);
}

#[test]
fn text_by_charset_and_json() {
    let latin =
        |kind: &str| Fetched::builder("http://h/").header("Content-Type", kind).body(&b"caf\xe9"[..]).build().unwrap();
    assert_eq!(latin("text/plain; charset=latin1").text().unwrap(), "café");
    assert_eq!(latin("text/plain").text().unwrap(), "café");
    assert_eq!(latin("text/plain; charset=utf-8").text().unwrap_err().kind(), Kind::Decode);
    let marked = Fetched::builder("http://h/").body(&b"\xef\xbb\xbfhello"[..]).build().unwrap();
    assert_eq!(marked.text().unwrap(), "hello");
    let json = Fetched::builder("http://h/").body("[1, 2]").build().unwrap();
    assert_eq!(json.json::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(json.json::<String>().unwrap_err().kind(), Kind::Decode);
    assert_eq!(json.clone().into_bytes().as_ptr(), json.bytes().as_ptr());
    // No secret in what is printed.
    let secret =
        Fetched::builder("http://ada:secret@h/").request_cookie("id", "secret").body("secret").build().unwrap();
    assert!(!format!("{secret:?}").contains("secret"), "{secret:?}");
}

#[test]
fn an_answer_takes_no_more_memory_than_its_body() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    for (method, length) in [("HEAD", 0), ("GET", 60_000)] {
        let (sender, bodies) = std::sync::mpsc::channel();
        let handler = move |_: &str, answer: Fetched| sender.send(answer.into_bytes()).unwrap();
        queue.enqueue_with(maypole::queue::Fetch::request(method, site.url("/big/60000")), handler).unwrap();
        let body = bodies.recv_timeout(LONG).unwrap();
        assert_eq!(body.len(), length);
        // An empty one without memory is nobody's own.
        let capacity = body.try_into_mut().map_or(0, |body| body.capacity());
        assert!((length..length + 1000).contains(&capacity), "{method}: {capacity} bytes");
    }
    finish(queue, &site);
}
