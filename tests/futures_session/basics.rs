//! What a future is good for.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

use maypole::error::Kind;
use maypole::{Error, Url};

use super::*;

#[test]
fn q240_a_get_is_a_future_with_the_answer() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let future = session.get(server.url("/get")).send();
        let response = future.result().unwrap();
        assert_eq!((response.status(), response.text().unwrap()), (200, "GET /get ".to_owned()));
        wait_until("an empty session", || session.is_empty());
    });
}

#[test]
fn q241_every_verb_is_a_future_with_its_method() {
    let server = site(&Gate::new());
    let (session, url) = (session(), server.url("/x"));
    let sent = [
        ("GET", session.get(&url)),
        ("POST", session.post(&url)),
        ("PUT", session.put(&url)),
        ("PATCH", session.patch(&url)),
        ("DELETE", session.delete(&url)),
        ("OPTIONS", session.options(&url)),
        ("PURGE", session.request("PURGE", &url)),
    ]
    .map(|(method, request)| (method, request.send()));
    for (method, future) in sent {
        assert_eq!(future.request().method().unwrap().as_str(), method);
        assert_eq!(future.result().unwrap().text().unwrap(), format!("{method} /x "));
    }
    let head = session.head(&url).send().result().unwrap();
    assert_eq!((head.method().as_str(), head.content_length()), ("HEAD", Some(8)));
}

#[test]
fn every_option_of_a_request_is_there() {
    let server = site(&Gate::new());
    let session = session();
    let future = session.post(server.url("/form")).query([("page", 2)]).form([("a", "b")]).header("X", "1").send();
    assert_eq!(future.result().unwrap().text().unwrap(), "POST /form?page=2 a=b");
}

#[test]
fn q242_a_404_is_a_response() {
    let server = site(&Gate::new());
    let response = session().get(server.url("/404")).fetch().unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.error_for_status().unwrap_err().take_response().unwrap().text().unwrap(), "missing");
}

#[test]
fn q243_a_background_callback_attaches_data() {
    let server = site(&Gate::new());
    let session = session();
    let future = session.get(server.url("/data")).background_callback(|session, response| {
        assert!(!session.is_closed());
        let words = response.buffer()?.split(|byte| *byte == b' ').count();
        response.extensions_mut().insert(words);
        Ok(None)
    });
    let response = future.send().result().unwrap();
    assert_eq!(response.extensions().get::<usize>(), Some(&3));
    assert_eq!(response.text().unwrap(), "GET /data ");
}

#[test]
fn q244_a_background_callback_may_replace_the_result_and_map_makes_a_value() {
    let server = site(&Gate::new());
    let (session, other) = (session(), server.url("/other"));
    let replaced = session
        .get(server.url("/one"))
        .background_callback(move |session, _| session.get(&other).fetch().map(Some))
        .background_callback(|_, response| {
            assert_eq!(response.url().path(), "/other");
            Ok(None)
        });
    assert_eq!(replaced.send().result().unwrap().text().unwrap(), "GET /other ");
    let mapped = session.get(server.url("/one")).map(|response| Ok(response.text()?.len())).send();
    assert_eq!(mapped.result().unwrap(), 9);
}

#[test]
fn q245_what_a_callback_fails_with_is_the_result() {
    let server = site(&Gate::new());
    let session = session();
    let failing = || session.get(server.url("/one")).background_callback(|_, _| Err(Error::new(Kind::Decode, "boom")));
    assert_eq!(failing().send().result().unwrap_err().to_string(), "boom");
    assert_eq!(failing().fetch().unwrap_err().to_string(), "boom");
    let panics = session.get(server.url("/one")).background_callback(|_, _| panic!("boom {}", 7)).send();
    let error = panics.result().unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (Kind::Panicked, "a callback panicked: boom 7".to_owned()));
    let after = session.get(server.url("/one")).send();
    assert_eq!(after.result().unwrap().status(), 200, "the worker has survived");
}

#[test]
fn q252_redirects_are_followed() {
    let server = site(&Gate::new());
    let session = session();
    let (good, lost) = (session.get(server.url("/redirect")).send(), session.get(server.url("/lost")).send());
    let good = good.result().unwrap();
    assert_eq!((good.status(), good.url().path(), good.history().len()), (200, "/end", 1));
    assert_eq!(lost.result().unwrap().status(), 404);
}

#[test]
fn q267_each_result_carries_its_own_tag() {
    let server = site(&Gate::new());
    let session = session();
    let futures = (0..20).map(|n| session.get(server.url(&format!("/{n}"))).send().tagged(n)).collect::<Vec<_>>();
    for future in futures {
        let n = *future.tag();
        assert_eq!(future.result().unwrap().text().unwrap(), format!("GET /{n} "));
    }
}

#[test]
fn q268_a_done_callback_is_called_once_before_and_after_completion() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = session();
        let future = session.get(server.url("/hold")).send();
        let (calls, told) = (Arc::new(AtomicUsize::new(0)), mpsc::channel());
        let count = |future: &maypole::queue::ResponseFuture| {
            let (calls, told) = (calls.clone(), told.0.clone());
            future.add_done_callback(move |result| {
                calls.fetch_add(1, SeqCst);
                told.send(result.as_ref().unwrap().status()).unwrap();
            });
        };
        count(&future);
        future.add_done_callback(|_| panic!("keeps nobody else from being called"));
        count(&future);
        assert_eq!(calls.load(SeqCst), 0);
        gate.open();
        assert!(future.wait(LONG));
        assert_eq!(calls.load(SeqCst), 2, "before anybody has the result");
        count(&future);
        assert_eq!(calls.load(SeqCst), 3, "at once");
        assert_eq!(future.result().unwrap().status(), 200);
        drop(session);
        assert_eq!(told.1.try_iter().collect::<Vec<_>>(), [200; 3]);
        assert_eq!(calls.load(SeqCst), 3);
    });
}

#[test]
fn q272_an_invalid_url_comes_through_the_future() {
    let session = session();
    let wrong = ["no URL", "ftp://127.0.0.1/", "http://", "/relative"];
    let futures = wrong.map(|url| session.get(url).send());
    for (future, url) in futures.into_iter().zip(wrong) {
        assert!(future.request().url().is_none());
        assert_eq!(future.result().unwrap_err().kind(), Kind::InvalidUrl, "{url}");
    }
    let error = session.request("get it", "http://127.0.0.1/").send().result().unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
}

#[test]
fn q273_the_origin_of_a_result_can_be_read() {
    let server = site(&Gate::new());
    let session = session();
    let future = session.get(server.url("/redirect")).send();
    let origin = Url::parse(&server.url("/redirect")).unwrap();
    assert_eq!(future.request().url(), Some(&origin));
    assert!(future.wait(LONG));
    assert_eq!(future.request().url(), Some(&origin));
    let response = future.result().unwrap();
    assert_eq!((response.url().path(), response.history()[0].url.path()), ("/end", "/redirect"));
}

#[test]
fn q275_futures_are_awaited_by_threads_coroutines_and_tasks() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let waited = session.get(server.url("/a")).send();
        let awaited = session.get(server.url("/b")).send();
        assert_eq!(maypole::rt::block_on(awaited).unwrap().text().unwrap(), "GET /b ");
        assert_eq!(waited.result().unwrap().text().unwrap(), "GET /a ");
        let elsewhere = session.get(server.url("/c")).send();
        let joined = maypole::rt::spawn(move || elsewhere.result()).unwrap().join().unwrap();
        assert_eq!(joined.unwrap().text().unwrap(), "GET /c ");
    });
}

#[test]
fn fetch_is_the_blocking_twin() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = built(|builder| {
            builder.on_response(|response, _| {
                response.extensions_mut().insert("seen");
                Ok(None)
            })
        });
        let response = session.get(server.url("/x")).fetch().unwrap();
        assert_eq!(response.extensions().get::<&str>(), Some(&"seen"));
        assert!(response.is_complete() || response.buffered().is_some());
        assert!(session.is_empty(), "it takes no worker");
    });
}

#[test]
fn a_request_made_elsewhere_goes_out_in_the_background() {
    let server = site(&Gate::new());
    let (client, session) = (client(), built(|builder| builder.default_header("X-From", "session")));
    let future = session.background(client.put(server.url("/x")).body("text")).send();
    assert_eq!(future.result().unwrap().text().unwrap(), "PUT /x text");
    assert_eq!(client.stats().created, 1);
}

#[test]
fn a_body_is_read_in_the_background_and_a_stream_is_not() {
    on_both(|| {
        let gate = Gate::new();
        let holding = gate.clone();
        let server = Server::start(move |_, to| {
            to.reply("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            holding.wait();
            to.reply("half");
        });
        let session = session();
        let (whole, stream) = (session.get(server.url("/")).send(), session.get(server.url("/")).stream(true).send());
        let response = stream.result().unwrap();
        assert_eq!((response.status(), response.buffered()), (200, None));
        assert!(!whole.is_done(), "its body has not come");
        gate.open();
        let whole = whole.result().unwrap();
        assert_eq!(whole.buffered(), Some(&b"halfhalf"[..]));
        assert_eq!(response.text().unwrap(), "halfhalf");
        assert_eq!(session.client().stats().in_use, 0, "{whole:?} holds no connection");
    });
}
