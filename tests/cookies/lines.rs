//! One line out, many lines in.

use crate::peer::*;
use crate::*;

#[test]
fn c227_one_line_the_callers_first() {
    let peer = Peer::always(conn([serve(ok("x"))]));
    let (client, jar) = with_jar();
    for line in ["a=jar", "b=jar", "c=jar", "d=jar"] {
        jar.set(&url(&peer.url("/")), line).unwrap();
    }
    let get = || client.get(peer.url("/"));
    for (request, expected) in [
        (get(), "a=jar; b=jar; c=jar; d=jar"),
        (get().header("Cookie", "a=own; x=own"), "a=own; x=own; b=jar; c=jar; d=jar"),
        (get().header("Cookie", "a=own").header("cookie", "b=own"), "a=own; b=own; c=jar; d=jar"),
        (get().cookie("b", "one").cookie("c", "old").cookie("c", "one"), "b=one; c=one; a=jar; d=jar"),
        (get().cookie("a", "one").cookie("b", "one").header("Cookie", "a=own"), "a=own; b=one; c=jar; d=jar"),
        (get().cookie("q", "\"x y\"").without_cookie_jar(), "q=\"x y\""),
    ] {
        request.send().unwrap().text().unwrap();
        let seen = peer.so_far();
        assert_eq!(cookie(seen.requests().last().unwrap()), Some(expected));
    }
}

#[test]
fn c227_a_default_line_of_the_client_counts_as_the_callers() {
    let peer = Peer::always(conn([serve(ok("x"))]));
    let jar = CookieJar::new();
    jar.set(&url(&peer.url("/")), "a=jar").unwrap();
    let client = builder().default_header("Cookie", "d=default").cookie_jar(jar).build().unwrap();
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    assert_eq!(cookie(peer.so_far().requests()[0]), Some("d=default; a=jar"));
}

#[test]
fn c158_c345_every_line_of_an_answer_counts() {
    let own: Vec<_> =
        (0..40).map(|n| format!("n{n}=v{n}; Path=/{}", if n % 4 == 0 { "; Max-Age=0" } else { "" })).collect();
    let lines: Vec<_> = own.iter().map(String::as_str).collect();
    let peer = Peer::start([conn([any_request(), reply(sets("200 OK", &lines)), serve(ok("x"))])]);
    let (client, jar) = with_jar();
    let response = client.get(peer.url("/a/b")).send().unwrap();
    assert_eq!(response.headers().get_all("set-cookie").count(), 40);
    let cookies: Vec<_> = response.cookies().collect();
    assert_eq!((cookies.len(), cookies[0].name(), cookies[39].value()), (40, "n0", "v39"));
    assert!(cookies[0].expires().is_some() && cookies[1].expires().is_none());
    assert_eq!((cookies[1].domain(), cookies[1].path(), cookies[1].is_host_only()), ("127.0.0.1", "/", true));
    response.text().unwrap();
    assert_eq!((jar.len(), names(&jar).len()), (30, 30));
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    let seen = peer.finish();
    assert_eq!(cookie(seen.requests()[1]).unwrap().split("; ").count(), 30);
}

#[test]
fn sec_e4_floods_are_cut() {
    let many: Vec<_> = (0..60).map(|n| format!("n{n}=1; Path=/")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let long = [format!("{}=1", "n".repeat(8 << 10)), format!("v={}", "v".repeat(100_000)), "ok=1".to_owned()];
    let peer = Peer::start([conn([
        any_request(),
        reply(sets("200 OK", &many)),
        any_request(),
        reply(sets("200 OK", &[&long[0], &long[1], &long[2]])),
    ])]);
    let (client, jar) = with_jar();
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    assert_eq!(jar.len(), 50);
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    assert_eq!(jar.len(), 51);

    let peer = Peer::start([conn([serve(ok("x"))])]);
    for n in 0..180 {
        jar.set(&url("http://www.example.com/"), &format!("c{n}={}", "v".repeat(50))).unwrap();
    }
    client.get(peer.url_at("www.example.com", "/")).send().unwrap().text().unwrap();
    let seen = peer.finish();
    let line = cookie(seen.requests()[0]).unwrap();
    assert!(line.split("; ").count() <= 150 && line.len() <= 8_190, "{}", line.len());
}

#[test]
fn sec_e7_lines_with_control_bytes_and_odd_dates() {
    let lines = [
        "a=1; Max-Age=99999999999999999999999999",
        "b=1; Max-Age=-99999999999999999999999999",
        "c=1; Max-Age=soon; Expires=never",
        "d=1; Expires=Fri, 31-Dec-99 23:59:59 GMT",
        "e=1; Expires=Sunday, 06-Nov-94 08:49:37 GMT",
        "f=1; Expires=Thu Jan  1 00:00:00 2099",
        "g=1\tx",
    ];
    let peer = Peer::start([conn([any_request(), reply(sets("200 OK", &lines))])]);
    let (client, jar) = with_jar();
    let response = client.get(peer.url("/")).send().unwrap();
    assert_eq!(response.cookies().count(), lines.len());
    // 99 is 1999.
    assert_eq!(names(&jar), ["a", "c", "f", "g"]);
    peer.finish();
}
