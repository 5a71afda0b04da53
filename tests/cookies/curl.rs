//! curl reads what we write and writes what we read.

use std::path::Path;
use std::process::Command;

use crate::peer::*;
use crate::*;

/// Runs curl against the peer under another name of it.
fn curl(peer: &Peer, host: &str, path: &str, options: &[&str]) {
    let (port, at) = (peer.port(), peer.url_at(host, path));
    let resolve = format!("{host}:{port}:127.0.0.1");
    let curl = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--max-time", "5", "--noproxy", "*", "--resolve", &resolve])
        .args(options)
        .arg(at)
        .output()
        .unwrap();
    assert!(curl.status.success(), "{curl:?}");
}

/// The pairs of a line, sorted: curl has an order of its own among paths of one length.
fn pairs(line: Option<&str>) -> Vec<String> {
    let mut pairs: Vec<_> = line.into_iter().flat_map(|line| line.split("; ")).map(str::to_owned).collect();
    pairs.sort();
    pairs
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// All that both formats know, without the order.
fn contents(jar: &CookieJar) -> Vec<String> {
    let mut all: Vec<_> = jar
        .cookies()
        .iter()
        .map(|cookie| {
            let ends = cookie.expires().map(|end| end.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 1_000);
            let (name, value, domain, path) = (cookie.name(), cookie.value(), cookie.domain(), cookie.path());
            let flags = (cookie.is_host_only(), cookie.is_secure(), cookie.is_http_only());
            format!("{name}={value} {domain}{path} {flags:?} {ends:?}")
        })
        .collect();
    all.sort();
    all
}

/// Far enough that a second more or less does not matter to `contents`.
const LINES: [&str; 7] = [
    "host=1",
    "all=2; Domain=example.com; Path=/; Expires=Mon, 01 Jan 2027 08:20:00 GMT",
    "hidden=3; HttpOnly; Path=/",
    "deep=4; Path=/shop/cart",
    "blank=a b, \"c\"; Path=/",
    "empty=; Path=/",
    "eq=a=b; Path=/; Domain=www.example.com",
];

#[test]
fn c225_curl_sends_what_we_saved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    let jar = CookieJar::new();
    for line in LINES.into_iter().chain(["safe=5; Secure; Path=/"]) {
        jar.set(&url("https://www.example.com/shop/cart"), line).unwrap();
    }
    jar.save_netscape_to(&file).unwrap();
    let peer = Peer::always(conn([serve(ok("x"))]));
    for (host, path) in [
        ("www.example.com", "/"),
        ("www.example.com", "/shop/cart/x"),
        ("example.com", "/"),
        ("other.test", "/shop/cart"),
    ] {
        let ours = jar.header_for(&url(&peer.url_at(host, path)));
        curl(&peer, host, path, &["--cookie", text(&file)]);
        let seen = peer.so_far();
        assert_eq!(pairs(cookie(seen.requests().last().unwrap())), pairs(ours.as_deref()), "{host}{path}");
    }
}

#[test]
fn c225_we_read_what_curl_saved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    let peer = Peer::always(conn([any_request(), reply(sets("200 OK", &LINES)), serve(ok("x"))]));
    // A default path below the root is another one in curl 7.88, which keeps the slash at its end.
    curl(&peer, "www.example.com", "/x", &["--cookie-jar", text(&file)]);
    let loaded = CookieJar::new();
    let count = loaded.load_netscape_from(&file).unwrap();
    assert_eq!((count.taken, count.refused, count.expired), (LINES.len(), 0, 0));

    let (client, jar) = with_jar();
    client.get(peer.url_at("www.example.com", "/x")).send().unwrap().text().unwrap();
    assert_eq!(contents(&loaded), contents(&jar), "curl and we took the same");
}

#[test]
fn c225_through_curl_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("ours.txt"), folder.path().join("theirs.txt"));
    let jar = CookieJar::new();
    for line in LINES.into_iter().chain(["safe=5; Secure; Path=/; Max-Age=8640000"]) {
        jar.set(&url("https://www.example.com/shop/cart"), line).unwrap();
    }
    jar.save_netscape_to(&ours).unwrap();
    let peer = Peer::always(conn([serve(ok("x"))]));
    curl(&peer, "example.com", "/", &["--cookie", text(&ours), "--cookie-jar", text(&theirs)]);
    let back = CookieJar::new();
    assert_eq!(back.load_netscape_from(&theirs).unwrap().taken, LINES.len() + 1);
    assert_eq!(contents(&back), contents(&jar));
}

#[test]
fn c222_sec_e1_curl_takes_the_same_cookies_of_an_answer() {
    let far = "Fri, 01 Jan 2027 00:00:00 GMT";
    let lines = [
        "plain=1; Path=/",
        "host=1; Path=/; Domain=www.example.com",
        "above=1; Path=/; Domain=example.com",
        "dotted=1; Path=/; Domain=.example.com",
        "case=1; Path=/; DOMAIN=Example.COM",
        "below=1; Path=/; Domain=a.www.example.com",
        "beside=1; Path=/; Domain=api.example.com",
        "tail=1; Path=/; Domain=ample.com",
        "other=1; Path=/; Domain=other.test",
        "suffix=1; Path=/; Domain=com",
        "dotsuffix=1; Path=/; Domain=.com",
        "secure=1; Path=/; Secure",
        "__Secure-a=1; Path=/",
        "__Host-a=1; Path=/",
        "over=1; Path=/; Max-Age=0",
        "past=1; Path=/; Expires=Thu, 01-Jan-1970 00:00:10 GMT",
        "wins=1; Path=/; Max-Age=0; Expires=Fri, 01 Jan 2027 00:00:00 GMT",
        &format!("date=1; Path=/; Expires={far}"),
        "date850=1; Path=/; Expires=Friday, 01-Jan-27 00:00:00 GMT",
        "asctime=1; Path=/; Expires=Fri Jan  1 00:00:00 2027",
        "quoted=\"a b\"; Path=/; HttpOnly",
        " blanks  =  around  ; Path=/",
        "equals=a=b==; Path=/",
        "again=1; Path=/",
        "again=2; Path=/",
        "again=3; Path=/x",
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    let peer = Peer::always(conn([any_request(), reply(sets("200 OK", &lines)), serve(ok("x"))]));
    curl(&peer, "www.example.com", "/x", &["--cookie-jar", text(&file)]);
    let theirs = CookieJar::new();
    theirs.load_netscape_from(&file).unwrap();
    let (client, ours) = with_jar();
    client.get(peer.url_at("www.example.com", "/x")).send().unwrap().text().unwrap();
    let (theirs, ours) = (contents(&theirs), contents(&ours));
    let only =
        |these: &[String], those: &[String]| these.iter().filter(|c| !those.contains(c)).cloned().collect::<Vec<_>>();
    assert_eq!((only(&theirs, &ours), only(&ours, &theirs)), (vec![], vec![]));
    assert!(ours.len() > 10, "{ours:?}");
}
