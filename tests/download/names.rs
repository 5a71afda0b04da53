//! Names that a server chooses.

use std::fs;
use std::os::unix::fs::symlink;

use maypole::download::Existing;
use maypole::error::Kind;

use crate::peer::{Peer, any_request, conn, ok, reply};
use crate::site::{Site, Stage};

fn named(extra: &'static str) -> Stage {
    Stage::new(Site { extra, ..Site::default() })
}

#[test]
fn c342_sec_j5_a_name_from_a_header_stays_in_the_directory() {
    for (extra, expected) in [
        ("Content-Disposition: attachment; filename=\"../../x\"\r\n", "x"),
        ("Content-Disposition: attachment; filename=\"/etc/passwd\"\r\n", "passwd"),
        ("Content-Disposition: attachment; filename*=UTF-8''..%2F..%2Fy%00.txt\r\n", "y.txt"),
        ("Content-Disposition: attachment; filename=\"..\"\r\n", "file.bin"),
        ("Content-Disposition: attachment; filename=\".bashrc\"\r\n", "_bashrc"),
        ("Content-Disposition: attachment; filename=con.txt\r\n", "_con.txt"),
        ("", "file.bin"),
    ] {
        let stage = named(extra);
        let inside = stage.dir.path().join("a/b");
        fs::create_dir_all(&inside).unwrap();
        let report = stage.of(&stage.url()).into_dir(&inside).run().unwrap();
        assert_eq!(report.path, inside.join(expected), "{extra}");
        stage.check(&report);
        assert_eq!((fs::read_dir(&inside).unwrap().count(), stage.names()), (1, vec!["a".into()]), "{extra}");
    }
}

#[test]
fn sec_j5_an_existing_file_or_link_is_never_followed_or_replaced() {
    let stage = named("Content-Disposition: attachment; filename=x.txt\r\n");
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    symlink(&victim, stage.dir.path().join("x.txt")).unwrap();
    fs::write(&victim, "mine").unwrap();
    symlink(&victim, stage.dir.path().join("x.1.txt.part")).unwrap();
    let refused = stage.of(&stage.url()).into_dir(stage.dir.path()).existing(Existing::Refuse).run().unwrap_err();
    assert_eq!(refused.kind(), Kind::Io);
    fs::remove_file(stage.dir.path().join("x.1.txt.part")).unwrap();
    let report = stage.of(&stage.url()).into_dir(stage.dir.path()).run().unwrap();
    assert_eq!(report.path, stage.dir.path().join("x.1.txt"));
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    // Replacing takes the link's place and leaves alone what it leads to.
    let report = stage.of(&stage.url()).into_dir(stage.dir.path()).existing(Existing::Replace).run().unwrap();
    stage.check(&report);
    assert!(!fs::symlink_metadata(report.path).unwrap().is_symlink());
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
}

#[test]
fn two_files_of_one_name_at_once_get_two_names() {
    let stage = named("Content-Disposition: attachment; filename=x.txt\r\n");
    let group = maypole::rt::Group::new(4);
    let (client, url, dir) = (stage.client.clone(), stage.url(), stage.dir.path().to_owned());
    let run = move |_| maypole::download::Download::new(&client, &url).into_dir(&dir).run().unwrap().path;
    let mut paths = group.map(0..4, run).unwrap();
    paths.sort();
    paths.dedup();
    assert_eq!((paths.len(), stage.names()), (4, ["x.1.txt", "x.2.txt", "x.3.txt", "x.txt"].map(String::from).into()));
}

#[test]
fn what_the_name_s_last_run_has_left_is_gone_on_with() {
    let stage = named("Content-Disposition: attachment; filename=x.txt\r\n");
    stage.change(|site| site.cut = (512 << 10, 1));
    stage.of(&stage.url()).into_dir(stage.dir.path()).retries(0).run().unwrap_err();
    assert_eq!(stage.names(), ["x.txt.part", "x.txt.part.meta"]);
    stage.asked.lock().unwrap().clear();
    let report = stage.of(&stage.url()).into_dir(stage.dir.path()).run().unwrap();
    stage.check(&report);
    assert_eq!((stage.ranges(), report.resumed), (vec![None, Some("bytes=524288-".into())], 512 << 10));
}

#[test]
fn c342_a_redirect_s_target_names_the_file() {
    let there = Peer::start([conn([any_request(), reply(ok("hello"))])]);
    let moved =
        format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", there.url("/d/..%2f..%2fz.txt?k=1"));
    let here = Peer::start([conn([any_request(), reply(moved)])]);
    let dir = tempfile::tempdir().unwrap();
    let client = maypole::HttpClient::new().unwrap();
    let report = maypole::download::Download::new(&client, here.url("/start")).into_dir(dir.path()).run().unwrap();
    assert_eq!(report.path, dir.path().join("z.txt"));
    assert_eq!(fs::read(report.path).unwrap(), b"hello");
    assert_eq!(report.url.unwrap().path(), "/d/..%2f..%2fz.txt");
}
