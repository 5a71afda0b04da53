//! What contradicts or is malformed is named before anything is sent.

use crate::cli_support::{maypole, run};
use crate::scripted::Peer;
use crate::site::{Logging, mix};

#[test]
fn bad_input_is_named_before_anything_is_sent() {
    let peer = Peer::start([]);
    let url = peer.url("/");
    let cases: [(&[&str], &str); 41] = [
        (&["-c", "0", &url], "from 1 to 30,000"),
        (&["-c", "30001", &url], "from 1 to 30,000"),
        (&["-c", "x", &url], "from 1 to 30,000"),
        (&["-c", "-1", &url], "from 1 to 30,000"),
        (&["-n", "0", &url], "from 1 on"),
        (&["-n", "1.5", &url], "from 1 on"),
        (&["-n", "-5", &url], "from 1 on"),
        (&["--seed", "-1", &url], "from 0 on"),
        (&["--workers", "129", &url], "from 1 to 128"),
        (&["-z", "1h30", &url], "\"30\" has no unit"),
        (&["-d", "@body.json", &url], "-D body.json"),
        (&["-d30s", &url], "-z 30s"),
        (&["-T", "body.json", &url], "no media type"),
        (&["-T", &url], "no media type"),
        (&["-q", "-5", &url], "per second"),
        (&["--latency-threshold", "p99=50", &url], "50ms"),
        (&["--latency-threshold", "failed=1", &url], "0.1%"),
        (&["--json", "run.json", &url], "> run.json"),
        (&["--json", "--csv", "-", &url], "--json"),
        (&["--csv", "-", "--html", "-", &url], "the same file"),
        (&["--csv", "x.out", "--html", "x.out", &url], "the same file"),
        (&[""], "[URL]"),
        (&["-n", "1", "-z", "1s", &url], "--duration"),
        (&["-z", "soon", &url], "soon"),
        (&["-H", "no colon", &url], "no colon"),
        (&["-H", "b d: x", &url], "b d"),
        (&["-m", "get", &url], "get"),
        (&["-d", "a", "-D", "b", &url], "--data"),
        (&["-D", "/nowhere", &url], "/nowhere"),
        (&["-H", "Content-Type: a/b", "-T", "c/d", &url], "Content-Type"),
        (&["-q", "0", &url], "per second"),
        (&["-q", "NaN", &url], "per second"),
        (&["--ramp-up", "1s", &url], "--rate"),
        (&["-q", "5", "--ramp-up", "2s", "-z", "1s", &url], "--ramp-up"),
        (&["--warm-up", "soon", &url], "soon"),
        (&["--latency-threshold", "p99", &url], "p99=50ms"),
        (&["--resolve", "h:80:name", &url], "name"),
        (&["--connect-to", "no rule", &url], "no rule"),
        (&["--unix-socket", "/nowhere"], "URL"),
        (&["ftp://h/"], "ftp"),
        (&["http://h:99999/"], "99999"),
    ];
    for (arguments, named) in cases {
        let ran = run(["load"].iter().chain(arguments));
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(named) && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(peer.finish().requests().len(), 0);
}

#[test]
fn what_is_wrong_with_a_mix_is_told_with_its_line_before_anything_is_sent() {
    let site = Logging::start();
    let url = site.url("/");
    let cases: [(&str, &[&str], &str); 23] = [
        ("", &[], "it has no request"),
        ("/a\n@\n", &[], ":2: `@` without"),
        ("POST /a\n{\"n\":1}\n", &[], ":2: it has no `url`; a body is `@FILE`"),
        ("{\"url\":\"/\",\"name\":\"\"}\n", &[], ":1: `name` is empty"),
        ("/a\n", &["/base"], "/base has no server"),
        ("/a\n", &["http://h/base?q"], "neither a query nor a fragment"),
        ("/a\nnonsense\n", &[], ":2: neither"),
        ("/a\n\nX-A: b\n", &[], ":3: a header without"),
        ("/a\n@missing\n", &[], ":2: cannot read"),
        ("/a\n{\"url\":\"/b\",\"header\":{}}\n", &[], ":2: there is no `header`"),
        ("/a\nget /b\n", &[], ":2: "),
        ("/a\nftp://h/\n", &[], ":2: "),
        ("/a\nhttp://u:p@h/\n", &[], ":2: the URL has a user name"),
        ("/a\n/{{now}}\n", &[], ":2: `{{now}}`: there is no \"now\""),
        ("/a\nhttp://{{choice:a|b}}/\n", &[], ":2: a placeholder stands in the path"),
        ("/a\nX-A: {{random:2:1}}\n", &[], ":1: header X-A: `{{random:2:1}}`: 2 is above 1"),
        ("{\"url\":\"/\",\"headers\":{\"X\":\"{{choice:a|b\\n}}\"}}\n", &[], ":1: "),
        ("{\"url\":\"/\",\"body\":\"{{\"}\n", &[], ":1: the body: "),
        ("/a\nX A: b\n", &[], ":2: neither"),
        ("http://h/a\n", &["http://h/"], "the URL is put before paths"),
        ("/a\n", &["http://h/", "http://g/"], "one URL"),
        ("/a\n", &["http://u:p@h/"], "the URL has a user name"),
        ("/a\n", &["--resolve", "h:80:127.0.0.1"], "URL"),
    ];
    for (text, arguments, named) in cases {
        let (_folder, path) = mix(text);
        let base = if arguments.is_empty() { &[url.as_str()][..] } else { arguments };
        let ran = run(["load", "-n", "1", "--urls-from", path.to_str().unwrap()].iter().chain(base));
        assert_eq!(ran.code, 2, "{text:?}: {}", ran.err);
        let has_file = !named.starts_with(':') || ran.err.contains("mix.txt:");
        assert!(has_file && ran.err.contains(named) && ran.out.is_empty(), "{text:?}: {}", ran.err);
    }
    let ran = run(["load", "--urls-from", "-", "-D", "-"]);
    assert!(ran.code == 2 && ran.err.contains("one standard input"), "{}", ran.err);
    let ran = run(["load", "--urls-from", "-"]);
    assert!(ran.code == 2 && ran.err.contains("standard input: it has no request"), "{}", ran.err);
    let ran = run(["load", "--urls-from", "/nowhere/mix"]);
    assert!(ran.code == 2 && ran.err.contains("/nowhere/mix"), "{}", ran.err);
    let ran = run(["load", "-n", "1", "-d", "{{", &url]);
    assert!(ran.code == 2 && ran.err.contains("no `}}`"), "{}", ran.err);
    assert_eq!(site.targets(), [""; 0]);
}

#[test]
fn stages_that_contradict_are_refused() {
    let url = "http://127.0.0.1:9/";
    let cases: [(&[&str], &str); 9] = [
        (&["--stage", "soon"], "TIME:RATE"),
        (&["--stage", "1s:-5"], "-5"),
        (&["--stage", "1s:5", "-n", "3"], "--requests"),
        (&["-q", "5", "--ramp-up", "1s", "--stage", "1s:5"], "--ramp-up"),
        (&["--stage", "5s:5", "-z", "2s"], "longer than the run"),
        (&["-q", "5", "--stage", "1s:0", "-z", "2s"], "ends at 0"),
        (&["--stage", "1s:0"], "no rate"),
        (&["--stage", "1s:5", "--warm-up", "1s"], "warm-up"),
        (&["--max-late", "1s"], "--max-late"),
    ];
    for (arguments, named) in cases {
        let ran = run(["load", url].iter().chain(arguments));
        assert!(ran.code == 2 && ran.err.contains(named) && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn the_help_says_what_a_mix_is() {
    let out = maypole().args(["load", "--help"]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    for part in ["--urls-from", "{{random:MIN:MAX}}", "{{{{ ", "--stage", "--seed", "--max-late"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
