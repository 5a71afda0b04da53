//! Requests and responses: equal results and equal bytes on the wire.

use std::io::{BufRead, BufReader, Read};

use ::ureq::SendBody;

use crate::both::{config, named, same, told};
use crate::peer::{Act, any_request, conn, ok, reply, request};

#[test]
fn get_head_and_statuses() {
    let (outcomes, sent) = same(
        || {
            vec![conn([
                request("GET /a?b=c HTTP/1.1\r\n"),
                reply("HTTP/1.1 200 OK\r\nX-One: 1\r\nX-One: 2\r\nContent-Length: 2\r\n\r\nhi"),
                request("HEAD /h "),
                reply("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
                request("DELETE /d "),
                reply("HTTP/1.1 204 No Content\r\n\r\n"),
                request("GET /missing "),
                reply("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"),
            ])]
        },
        config,
        |agent, base| {
            vec![
                told(agent.get(format!("{base}/a")).query("b", "c").header("X-Mine", "yes").call()),
                told(agent.head(format!("{base}/h")).call()),
                told(agent.delete(format!("{base}/d")).call()),
                told(agent.get(format!("{base}/missing")).call()),
            ]
        },
    );
    assert!(outcomes[0].starts_with("200") && outcomes[0].ends_with("Ok(\"hi\")"), "{outcomes:?}");
    assert_eq!(outcomes[3], "StatusCode(404)");
    assert!(sent[0].contains("x-mine: yes"), "{sent:?}");
}

#[test]
fn a_status_need_not_be_an_error() {
    let (outcomes, _) = same(
        || vec![conn([any_request(), reply("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nsick")])],
        || config().http_status_as_error(false),
        |agent, base| vec![told(agent.get(base).call())],
    );
    assert!(outcomes[0].starts_with("500") && outcomes[0].ends_with("Ok(\"sick\")"), "{outcomes:?}");
}

#[test]
fn bodies_of_requests() {
    let (_, sent) = same(
        || vec![conn([any_request(), reply(ok("1")), any_request(), reply(ok("2")), any_request(), reply(ok("3"))])],
        config,
        |agent, base| {
            let large = || std::io::repeat(b'x').take(300_000);
            vec![
                told(agent.post(base).content_type("text/plain").send("short")),
                told(agent.put(base).send(SendBody::from_reader(&mut large()))),
                told(agent.post(base).header("Content-Length", "300000").send(SendBody::from_reader(&mut large()))),
            ]
        },
    );
    assert!(sent[0].len() > 600_000 && sent[0].contains("transfer-encoding: chunked"));
}

#[test]
fn bodies_of_responses() {
    let big = || [b"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n".to_vec(), vec![7; 700_000]].concat();
    let (outcomes, _) = same(
        move || {
            vec![
                conn([
                    any_request(),
                    reply(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nT: r\r\n\r\n",
                    ),
                    any_request(),
                    reply(big()),
                    any_request(),
                    reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
                    any_request(),
                    reply("HTTP/1.0 200 OK\r\n\r\nto the end"),
                    Act::Close,
                ]),
                conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), Act::Close]),
                conn([any_request(), reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]),
                conn([any_request(), reply("no HTTP at all\r\n\r\n")]),
                conn([any_request(), Act::Close]),
            ]
        },
        config,
        |agent, base| (0..8).map(|_| told(agent.get(base).call())).collect(),
    );
    assert!(outcomes[0].ends_with("Ok(\"abcdefg\")") && outcomes[3].ends_with("Ok(\"to the end\")"), "{outcomes:?}");
    assert!(outcomes[4].ends_with("Err(\"Io(UnexpectedEof)\")"), "{outcomes:?}");
    assert_eq!(outcomes[7], "Io(UnexpectedEof)");
}

#[test]
fn readers_over_bodies() {
    let lines = || (0..1000).map(|n| format!("line {n}\n")).collect::<String>();
    same(
        move || vec![conn([any_request(), reply(ok(lines())), any_request(), reply(ok(r#"{"a":[1,2]}"#))])],
        config,
        |agent, base| {
            let response = agent.get(base).call().unwrap();
            let count = BufReader::new(response.into_body().into_reader()).lines().map(Result::unwrap).count();
            let mut json = agent.get(base).call().unwrap();
            let json: serde_json::Value = serde_json::from_reader(json.body_mut().as_reader()).unwrap();
            vec![count.to_string(), json.to_string()]
        },
    );
}

#[test]
fn redirects() {
    let to = |status: &str, path: &str| {
        reply(format!("HTTP/1.1 {status} Go\r\nLocation: {path}\r\nContent-Length: 3\r\n\r\ngo!"))
    };
    let (outcomes, _) = same(
        move || {
            vec![conn([
                any_request(),
                to("302", "/c"),
                request("GET /c "),
                reply(ok("there")),
                request("POST /form "),
                to("303", "/done"),
                request("GET /done "),
                reply(ok("done")),
                request("POST /kept "),
                to("307", "/again"),
                request("GET /1 "),
                to("301", "/2"),
                request("GET /2 "),
                to("301", "/3"),
                request("GET /3 "),
                to("301", "/4"),
            ])]
        },
        || config().max_redirects(2),
        |agent, base| {
            vec![
                told(agent.get(format!("{base}/a")).call()),
                told(agent.post(format!("{base}/form")).send("x")),
                told(agent.post(format!("{base}/kept")).send("x")),
                told(agent.get(format!("{base}/1")).call()),
            ]
        },
    );
    assert_eq!(outcomes[2..], ["RedirectFailed", "TooManyRedirects"]);
}

#[test]
fn expect_continue_waits_its_second_and_then_sends() {
    same(
        || {
            vec![
                conn([
                    crate::peer::head("POST / "),
                    reply("HTTP/1.1 100 Continue\r\n\r\n"),
                    Act::Body,
                    reply(ok("told to")),
                ]),
                conn([any_request(), reply(ok("tired of waiting"))]),
            ]
        },
        || config().timeout_await_100(Some(std::time::Duration::from_millis(50))).max_idle_connections(0),
        |agent, base| {
            let call = || told(agent.post(format!("{base}/")).header("Expect", "100-continue").send("body"));
            vec![call(), call()]
        },
    );
}

#[test]
fn heads_too_large_and_bodies_too_large() {
    let (outcomes, _) = same(
        || {
            let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(10_000));
            vec![conn([any_request(), reply(long)]), conn([any_request(), reply(ok("0123456789"))])]
        },
        || config().max_response_header_size(8_000),
        |agent, base| {
            let first = told(agent.get(base).call());
            let mut response = agent.get(base).call().unwrap();
            let second = response.body_mut().with_config().limit(5).read_to_vec();
            vec![first.split('(').next().unwrap().to_owned(), named(&second.unwrap_err())]
        },
    );
    assert_eq!(outcomes, ["LargeResponseHeader", "BodyExceedsLimit(5)"]);
}

/// Small buffers of ureq's are small here as well.
#[test]
fn the_sizes_of_buffers_are_ureqs() {
    let (outcomes, _) = same(
        || vec![conn([any_request(), reply(ok("x".repeat(5_000))), Act::Swallow])],
        || config().input_buffer_size(300).output_buffer_size(200),
        |agent, base| {
            vec![told(agent.get(base).call()), told(agent.get(base).header("X-Long", "x".repeat(1_000)).call())]
        },
    );
    assert!(outcomes[0].contains("5000 bytes") && outcomes[1].contains("Protocol"), "{outcomes:?}");
}
