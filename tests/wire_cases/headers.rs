//! The header container.

use std::collections::{BTreeMap, HashMap};

use crate::cut::get;
use maypole::wire::{Headers, Rule};

fn headers<const N: usize>(lines: [(&str, &str); N]) -> Headers {
    Headers::try_from(lines).expect("valid")
}

#[test]
fn c150_built_from_arrays_iterators_maps_and_pairs() {
    let array = headers([("A", "1"), ("B", "2")]);
    let pairs = vec![("A".to_owned(), b"1".to_vec()), ("B".to_owned(), b"2".to_vec())];
    assert_eq!(Headers::from_pairs(BTreeMap::from([("B", "2"), ("A", "1")])).unwrap(), array);
    assert_eq!(Headers::from_pairs(&HashMap::from([("B", "2"), ("A", "1")])).unwrap(), array);
    assert_eq!(Headers::from_pairs(pairs).unwrap(), array);
    assert_eq!(Headers::from_pairs([("A", "1"), ("B", "2")].iter().copied()).unwrap(), array);
    assert_eq!((array.len(), Headers::new().len(), Headers::new().is_empty()), (2, 0, true));
}

#[test]
fn c151_repeated_names_count_as_lines() {
    let cookies = headers([("cookie", "C"), ("Cookie", "D"), ("COOKIE", "E")]);
    assert_eq!((cookies.len(), cookies.get_all("cookie").collect::<Vec<_>>()), (3, vec!["C", "D", "E"]));
}

#[test]
fn c152_get_remove_contains() {
    let mut map = headers([("A", "1"), ("B", "2"), ("a", "3")]);
    assert_eq!(map.get("a"), Some("1"));
    assert_eq!(map.remove("a").as_deref(), Some(&b"1"[..]));
    assert_eq!((map.contains("A"), map.remove("A"), map.len()), (false, None, 1));
}

#[test]
fn c153_names_are_case_insensitive() {
    for name in ["content-type", "CONTENT-TYPE", "Content-Type"] {
        let mut map = headers([("Content-type", "text/html")]);
        assert!(map.contains(name));
        assert_eq!(map.get(name), Some("text/html"));
        assert!(map.remove(name).is_some());
    }
    assert_eq!(headers([("Ab", "1")]).get("A"), None);
}

#[test]
fn c154_iteration_keeps_case_and_order() {
    let map = headers([("b", "1"), ("A", "2"), ("B", "3")]);
    assert_eq!(map.iter().collect::<Vec<_>>(), [("b", &b"1"[..]), ("A", b"2"), ("B", b"3")]);
    assert_eq!(map.iter().len(), 3);
}

#[test]
fn c155_c159_c160_set_leaves_one_line_in_the_last_writers_case() {
    let mut map = headers([("X", "0"), ("accept", "1"), ("Y", "0"), ("Accept", "2")]);
    map.set("ACCEPT", "3").unwrap();
    assert_eq!(map.to_string(), "X: 0\r\nACCEPT: 3\r\nY: 0\r\n");
    map.set("new", "4").unwrap();
    map.set("new", "5").unwrap();
    assert_eq!((map.get("New"), map.len()), (Some("5"), 4));
}

#[test]
fn c156_merge_lets_the_other_win() {
    let mut map = headers([("accept", "1"), ("X", "2"), ("ACCEPT", "3")]);
    map.merge(&headers([("Accept", "4"), ("Cookie", "5"), ("cookie", "6")]));
    assert_eq!(map.to_string(), "X: 2\r\nAccept: 4\r\nCookie: 5\r\ncookie: 6\r\n");
}

#[test]
fn c157_a_head_of_many_cookies() {
    let cookies: String = (0..35).map(|n| format!("Set-Cookie: name{n}=value{n}; Path=/\r\n")).collect();
    let filler: String = (0..65).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let wire = |more: &str| get(format!("HTTP/1.1 204 None\r\nServer: x\r\n{cookies}{more}Date: today\r\n\r\n"));
    for (head, lines) in [(wire(""), 37), (wire(&filler), 102)] {
        let map = &head.head().headers;
        let all: Vec<_> = map.get_all("set-cookie").collect();
        assert_eq!((map.len(), all.len()), (lines, 35));
        assert_eq!((all[0], all[34]), ("name0=value0; Path=/", "name34=value34; Path=/"));
        assert_eq!(
            (map.get("Server"), map.get("Date"), head.head().reason()),
            (Some("x"), Some("today"), Some("None"))
        );
    }
}

#[test]
fn c161_a_copy_changes_alone() {
    let original = headers([("A", "1")]);
    let mut copy = original.clone();
    for n in 0..100 {
        copy.set("A", n.to_string()).unwrap();
        copy.append("B", n.to_string()).unwrap();
    }
    assert_eq!((original.len(), original.get("A"), copy.len()), (1, Some("1"), 101));
}

#[test]
fn c162_sec_a2_names_that_are_no_tokens() {
    for name in ["", "a b", "a:", "a\r", "a\n", "a\0", "ä", "a\t", "(a)", "a,b", "\"a\"", "a/b", "a\x7F"] {
        let mut map = headers([("A", "1")]);
        for broken in [map.set(name, "x"), map.append(name, "x"), Headers::try_from([(name, "x")]).map(drop)] {
            assert_eq!(broken.unwrap_err().rule(), Rule::HeaderName, "{name:?}");
        }
        assert_eq!((map.remove(name), map.contains(name), map.len()), (None, false, 1));
    }
    headers([("!#$%&'*+-.^_`|~aZ09", "all of tchar")]);
}

#[test]
fn c25_sec_a1_values_that_end_a_line() {
    for value in ["a\r\nb", "a\rb", "a\nb", "a\0b", "\r", "a\r", "a\x7F", "\x1B[0m", "é\r\né"] {
        let mut map = headers([("A", "1")]);
        for broken in [map.set("A", value), map.append("A", value)] {
            let broken = broken.unwrap_err();
            assert_eq!((broken.rule(), broken.detail()), (Rule::HeaderValue, Some("A")), "{value:?}");
        }
        assert_eq!(map, headers([("A", "1")]));
    }
    assert!(Headers::new().set("A", b"\xFF\n\xFE").is_err());
    let mut map = Headers::new();
    map.set("A", " \ttabs\tand \u{e9} are fine ").unwrap();
    assert_eq!(map.get("A"), Some("tabs\tand é are fine"));
}

#[test]
fn c163_text_form() {
    assert_eq!(headers([("A", "1"), ("b", "2")]).to_string(), "A: 1\r\nb: 2\r\n");
}

#[test]
fn c164_merged_form() {
    let lines = [("E", "d"), ("Set-Cookie", "a=1"), ("X", "y"), ("e", "f"), ("set-cookie", "b=2"), ("Cookie", "c")];
    let map = headers(lines);
    let merged: Vec<_> = map.iter_merged().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect();
    assert_eq!(merged, ["E: d, f", "Set-Cookie: a=1", "X: y", "set-cookie: b=2", "Cookie: c"]);
    assert_eq!(headers([("Cookie", "a"), ("cookie", "b")]).iter_merged().next().unwrap().1, &b"a; b"[..]);
}

#[test]
fn c165_extend_appends() {
    let mut map = headers([("A", "1")]);
    map.extend(&headers([("a", "2"), ("B", "3")]));
    assert_eq!(map.to_string(), "A: 1\r\na: 2\r\nB: 3\r\n");
}

#[test]
fn c166_equality() {
    assert_eq!(headers([("A", "1"), ("B", "2")]), headers([("b", "2"), ("a", "1")]));
    assert_eq!(headers([("A", "1"), ("a", "2")]), headers([("a", "1"), ("A", "2")]));
    assert_ne!(headers([("A", "1"), ("a", "2")]), headers([("A", "2"), ("a", "1")]));
    assert_ne!(headers([("A", "1")]), headers([("A", "1"), ("A", "1")]));
    assert_ne!(headers([("A", "x")]), headers([("A", "X")]));
    assert_eq!(headers([("A", "1")]), Headers::from_pairs(&HashMap::from([("a", "1")])).unwrap());
}

#[test]
fn c167_debug_hides_credentials() {
    let mut map = headers([("X", "shown")]);
    for name in ["authorization", "Proxy-Authorization", "COOKIE", "Set-Cookie"] {
        map.append(name, "secret").unwrap();
    }
    map.append("Y", b"\xFF").unwrap();
    let debug = format!("{map:?}");
    assert!(!debug.contains("secret") && debug.contains("shown") && debug.contains("xff"), "{debug}");
    assert_eq!(debug.matches("(hidden)").count(), 4);
}

#[test]
fn c169_100_kb_of_headers_are_walked_in_linear_time() {
    let pairs: Vec<_> = (0..10_000).map(|n| (format!("X-{n}"), "v".repeat(4))).collect();
    let map = Headers::from_pairs(pairs).unwrap();
    assert_eq!((map.iter().count(), map.iter_merged().count(), map == map.clone()), (10_000, 10_000, true));
}

#[test]
fn setting_one_header_for_ever_stays_bounded_and_keeps_the_reason() {
    let mut head = get("HTTP/1.1 200 Fine\r\nA: 1\r\nB: 2\r\n\r\n").head.unwrap();
    for n in 0..10_000 {
        head.headers.set("a", format!("value {n}")).unwrap();
    }
    assert_eq!(
        (head.reason(), head.headers.get("A"), head.headers.get("B")),
        (Some("Fine"), Some("value 9999"), Some("2"))
    );
    head.headers.clear();
    assert_eq!((head.reason(), head.headers.len()), (Some("Fine"), 0));
}

#[test]
fn tokens_of_a_list_over_several_lines() {
    let map = headers([("Connection", "keep-alive , Upgrade"), ("connection", "x,,close")]);
    assert!(["upgrade", "CLOSE", "Keep-Alive", "x"].iter().all(|token| map.has_token("connection", token)));
    assert!(!map.has_token("Connection", "up") && !map.has_token("Upgrade", "close"));
}
