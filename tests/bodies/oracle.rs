//! curl sends the same form to the same peer: the same parts, in the same order, with the same lines.

use std::path::Path;
use std::process::Command;

use maypole::message::multipart::{Form, Part};

use crate::parse::{Parsed, parts};
use crate::peer::*;
use crate::seen;

fn by_curl(arguments: &[&str]) -> Option<Vec<Parsed>> {
    let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
    let url = peer.url("/");
    let fixed = ["--silent", "--noproxy", "*", "-H", "Expect:", &*url];
    let Ok(output) = Command::new("curl").args(fixed).args(arguments).output() else {
        eprintln!("skipped: no curl");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(parts(peer.finish().requests()[0]))
}

fn by_maypole(form: Form) -> Vec<Parsed> {
    parts(&seen(|request| request.multipart(form)))
}

#[test]
fn c257_the_same_parts_as_curls() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let (table, page, quoted) = (file("t.txt", "1\r\n2"), file("p.html", "<p>"), file("a\"b.txt", ""));
    let at = |path: &Path| format!("@{}", path.display());
    let arguments = [
        "-F",
        "plain=some text",
        "-F",
        "empty=",
        "-F",
        &format!("table={}", at(&table)),
        "-F",
        &format!("page={};type=text/x-own;filename=other.html", at(&page)),
        "-F",
        "umlaut=grüße",
        "-F",
        "na\"me=1",
        "-F",
        "plain=again",
        "-F",
        &format!("typed=<{};type=text/x-field", table.display()),
        "-F",
        "head=1;headers=\"X-One: 1\"",
        "-F",
        &format!("quoted=@\"{}\"", quoted.display().to_string().replace('"', "\\\"")),
    ];
    let Some(curls) = by_curl(&arguments) else { return };
    let ours = by_maypole(
        Form::new()
            .text("plain", "some text")
            .text("empty", "")
            .file("table", &table)
            .part("page", Part::file(&page).content_type("text/x-own").file_name("other.html"))
            .text("umlaut", "grüße")
            .text("na\"me", "1")
            .text("plain", "again")
            .part("typed", Part::text("1\r\n2").content_type("text/x-field"))
            .part("head", Part::text("1").header("X-One", "1"))
            .file("quoted", &quoted),
    );
    assert_eq!(ours, curls);
}
