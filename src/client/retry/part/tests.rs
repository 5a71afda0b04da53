//! Which answers can be continued, and which continue them.

use super::*;

fn head(status: u16, lines: &str) -> Head {
    let lines: String = lines.split('|').filter(|line| !line.is_empty()).map(|line| format!("{line}\r\n")).collect();
    let bytes = format!("HTTP/1.1 {status} X\r\n{lines}\r\n");
    let limits = crate::limits::Limits::default();
    crate::wire::h1::HeadParser::new().parse(bytes.as_bytes(), &limits).unwrap().unwrap().0
}

fn wall() -> SystemTime {
    httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap()
}

fn known(status: u16, lines: &str) -> Option<Known> {
    Known::of(&Method::GET, &head(status, lines), wall())
}

#[test]
fn c331_what_is_asked_for() {
    let old = "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT";
    let table = [
        (200, "ETag: \"a\"|Content-Length: 10", Some(("bytes=4-", "\"a\""))),
        (200, "ETag: \"a\"|Accept-Ranges: bytes", Some(("bytes=4-", "\"a\""))),
        (200, "ETag: \"a\"|Transfer-Encoding: chunked", Some(("bytes=4-", "\"a\""))),
        (200, old, Some(("bytes=4-", "Sun, 06 Nov 1994 08:00:00 GMT"))),
        (206, "ETag: \"a\"|Content-Range: bytes 100-109/200", Some(("bytes=104-109", "\"a\""))),
        (206, "ETag: \"a\"|Content-Range: bytes 190-199/200", Some(("bytes=194-", "\"a\""))),
        (206, "ETag: \"a\"|Content-Range: bytes 100-109/*", Some(("bytes=104-109", "\"a\""))),
        (200, "ETag: \"a\"|Accept-Ranges: none", None),
        (200, "ETag: W/\"a\"|Content-Length: 10", None),
        (200, "ETag: a|Content-Length: 10", None),
        (200, "ETag: \"", None),
        (200, "Content-Length: 10", None),
        (200, "ETag: \"a\"|Content-Length: 0", None),
        (200, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", None),
        (200, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT|Date: Sun, 06 Nov 1994 08:49:37 GMT", None),
        (200, "Last-Modified: never", None),
        (206, "ETag: \"a\"|Content-Range: bytes 9-5/200", None),
        (206, "ETag: \"a\"|Content-Range: bytes 5-200/200", None),
        (206, "ETag: \"a\"|Content-Range: lines 5-9/200", None),
        (206, "ETag: \"a\"", None),
        (404, "ETag: \"a\"|Content-Length: 10", None),
    ];
    for (status, lines, expected) in table {
        let known = known(status, lines);
        let asked = known.as_ref().and_then(|known| known.ask(4));
        let expected = expected.map(|(range, condition)| (range.to_owned(), condition));
        assert_eq!(asked, expected, "{status} {lines}");
    }
    assert!(Known::of(&Method::POST, &head(200, "ETag: \"a\""), wall()).is_none());
    assert!(known(200, "ETag: \"a\"|Content-Length: 10").unwrap().ask(10).is_none(), "nothing is missing");
}

#[test]
fn c331_only_the_same_version_from_the_same_byte_goes_on() {
    let first = known(200, "ETag: \"a\"|Content-Length: 10").unwrap();
    let part = "ETag: \"a\"|Content-Range: bytes 4-9/10";
    let table = [
        (206, part, Ok(Onward::Here(6))),
        (206, "ETag: \"a\"|Content-Range: bytes 4-9/10|Content-Length: 6", Ok(Onward::Here(6))),
        (206, "ETag: \"a\"|Content-Range: bytes 4-9/*", Ok(Onward::Here(6))),
        (200, "ETag: \"a\"|Content-Length: 10", Ok(Onward::Behind(4))),
        (206, "ETag: \"b\"|Content-Range: bytes 4-9/10", Err("another version")),
        (206, "ETag: W/\"a\"|Content-Range: bytes 4-9/10", Err("another version")),
        (206, "Content-Range: bytes 4-9/10", Err("another version")),
        (206, "ETag: \"a\"|Content-Encoding: gzip|Content-Range: bytes 4-9/10", Err("another version")),
        (206, "ETag: \"a\"", Err("which part")),
        (206, "ETag: \"a\"|Content-Range: bytes 4-9/10|Content-Range: bytes 4-9/10", Err("which part")),
        (206, "ETag: \"a\"|Content-Range: bytes 0-9/10", Err("starts at another byte")),
        (206, "ETag: \"a\"|Content-Range: bytes 5-9/10", Err("starts at another byte")),
        (206, "ETag: \"a\"|Content-Range: bytes 4-8/10", Err("ends at another byte")),
        (206, "ETag: \"a\"|Content-Range: bytes 4-9/11", Err("length")),
        (206, "ETag: \"a\"|Content-Range: bytes 4-9/10|Content-Length: 7", Err("length")),
        (200, "ETag: \"b\"|Content-Length: 10", Err("another version")),
        (200, "ETag: \"a\"|Content-Length: 11", Err("length")),
        (200, "ETag: \"a\"|Content-Encoding: gzip|Content-Length: 10", Err("another version")),
        (412, "", Err("no such part")),
        (416, "Content-Range: bytes */3", Err("no such part")),
        (302, "Location: /", Err("another status")),
        (503, part, Err("another status")),
    ];
    for (status, lines, expected) in table {
        match (first.goes_on(&head(status, lines), 4), expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{status} {lines}: {why}"),
            (got, expected) => assert_eq!(got, expected, "{status} {lines}"),
        }
    }
}

#[test]
fn c331_parts_and_bodies_of_unknown_length() {
    let part = known(206, "ETag: \"a\"|Content-Range: bytes 100-109/200").unwrap();
    assert_eq!(part.length(), Some(10));
    assert_eq!(part.goes_on(&head(206, "ETag: \"a\"|Content-Range: bytes 104-109/200"), 4), Ok(Onward::Here(6)));
    assert!(part.goes_on(&head(206, "ETag: \"a\"|Content-Range: bytes 104-199/200"), 4).is_err());
    assert!(part.goes_on(&head(200, "ETag: \"a\"|Content-Length: 200"), 4).is_err());

    let endless = known(200, "ETag: \"a\"|Transfer-Encoding: chunked").unwrap();
    assert_eq!(endless.length(), None);
    assert_eq!(endless.goes_on(&head(206, "ETag: \"a\"|Content-Range: bytes 4-9/10"), 4), Ok(Onward::Here(6)));
    assert!(endless.goes_on(&head(206, "ETag: \"a\"|Content-Range: bytes 4-8/10"), 4).is_err());
    // C99: it may be less than the rest, and would pass for all of it.
    assert!(endless.goes_on(&head(206, "ETag: \"a\"|Content-Range: bytes 4-9/*"), 4).is_err());
}

#[test]
fn c331_a_date_is_compared_by_the_server_and_never_vouches_for_a_whole_body() {
    let dated = known(200, "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT|Content-Length: 10").unwrap();
    let part = "Content-Range: bytes 4-9/10";
    assert_eq!(dated.goes_on(&head(206, part), 4), Ok(Onward::Here(6)));
    let other = format!("{part}|Last-Modified: Sun, 06 Nov 1994 08:00:01 GMT");
    assert!(dated.goes_on(&head(206, &other), 4).is_err());
    let whole = "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT|Content-Length: 10";
    assert!(dated.goes_on(&head(200, whole), 4).is_err());
}

#[test]
fn c331_a_coded_body_goes_on_in_its_coding() {
    let coded = known(200, "ETag: \"a\"|Content-Encoding: gzip|Content-Length: 10").unwrap();
    let part = "ETag: \"a\"|Content-Range: bytes 4-9/10";
    assert_eq!(coded.goes_on(&head(206, part), 4), Ok(Onward::Here(6)));
    assert_eq!(coded.goes_on(&head(206, &format!("{part}|Content-Encoding: gzip")), 4), Ok(Onward::Here(6)));
    assert!(coded.goes_on(&head(206, &format!("{part}|Content-Encoding: br")), 4).is_err());
    assert!(coded.goes_on(&head(200, "ETag: \"a\"|Content-Length: 10"), 4).is_err());
}
