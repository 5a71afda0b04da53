//! Going on from what is there, and never mixing two versions.

use std::fs;

use maypole::error::Kind;

use crate::site::{Site, Stage, bytes};

#[test]
fn c331_a_cut_transfer_goes_on_from_where_it_was() {
    let stage = Stage::new(Site { cut: (400 << 10, 1), ..Site::default() });
    let report = stage.download().run().unwrap();
    stage.check(&report);
    assert_eq!(stage.ranges(), [None, Some("bytes=409600-".into())]);
    assert_eq!(stage.asked.lock().unwrap()[1].header("if-range"), Some("\"v1\""));
    assert_eq!((report.received, stage.restarts()), (1 << 20, 0));
}

#[test]
fn c332_half_a_file_is_gone_on_with_in_the_next_run() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    let report = stage.download().run().unwrap();
    stage.check(&report);
    assert_eq!(stage.ranges(), [Some("bytes=524288-".into())]);
    assert_eq!((report.resumed, report.received), (512 << 10, 512 << 10));
}

#[test]
fn a_date_is_enough_if_it_is_old() {
    let stage = Stage::new(Site { etag: None, modified: Some("Sun, 06 Nov 1994 08:49:37 GMT"), ..Site::default() });
    stage.interrupted_after(512 << 10);
    stage.check(&stage.download().run().unwrap());
    assert_eq!(stage.asked.lock().unwrap()[0].header("if-range"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
}

#[test]
fn c333_a_server_that_sends_the_whole_again_is_taken_at_its_word() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    stage.change(|site| site.ranges = false);
    let report = stage.download().run().unwrap();
    stage.check(&report);
    assert_eq!((report.resumed, report.received, report.requests), (0, 1 << 20, 1));
}

#[test]
fn c334_a_part_of_another_start_length_or_version_is_never_appended() {
    for wrong in [
        "Content-Range: bytes 0-524287/1048576\r\n",
        "Content-Range: bytes 524288-1048575/1048577\r\n",
        "Content-Range: bytes 524289-1048576/1048577\r\n",
        "ETag: \"v2\"\r\nContent-Range: bytes 524288-1048575/1048576\r\n",
        "Content-Type: multipart/byteranges; boundary=x\r\n",
        "",
    ] {
        let stage = Stage::new(Site::default());
        stage.interrupted_after(512 << 10);
        let answer = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n{wrong}\r\n");
        stage.change(|site| site.refusals = (1, Box::leak(answer.into_boxed_str())));
        let report = stage.download().run().unwrap();
        stage.check(&report);
        assert_eq!(stage.ranges(), [Some("bytes=524288-".into()), None], "{wrong}");
        assert_eq!((report.resumed, stage.restarts()), (0, 1), "{wrong}");
    }
}

#[test]
fn c335_another_version_is_fetched_as_a_whole() {
    for change in [
        |site: &mut Site| site.etag = Some("\"v2\""),
        |site: &mut Site| (site.etag, site.modified) = (None, Some("Mon, 07 Nov 1994 08:49:37 GMT")),
    ] {
        let stage = Stage::new(Site::default());
        stage.interrupted_after(512 << 10);
        stage.change(|site| {
            change(site);
            site.body = bytes(900_000).iter().map(|byte| !byte).collect::<Vec<_>>().into();
        });
        let report = stage.download().run().unwrap();
        stage.check(&report);
        assert_eq!(stage.asked.lock().unwrap()[0].header("if-range"), Some("\"v1\""));
        assert_eq!((report.resumed, stage.server.requests()), (0, 2));
    }
}

#[test]
fn c335_a_version_that_changes_in_mid_transfer_starts_again_with_the_answer_that_shows_it() {
    let stage = Stage::new(Site { cut: (400 << 10, 1), ..Site::default() });
    let site = stage.site.clone();
    let download = stage.of(&stage.url()).to(stage.target()).on_event(move |event| {
        if matches!(event, maypole::download::Event::Retrying { .. }) {
            let mut site = site.lock().unwrap();
            (site.etag, site.body) =
                (Some("\"v2\""), bytes(700_000).iter().map(|byte| !byte).collect::<Vec<_>>().into());
        }
    });
    let report = download.retry_wait(std::time::Duration::from_millis(500)).run().unwrap();
    stage.check(&report);
    assert_eq!(report.requests, 3);
}

#[test]
fn c336_a_complete_file_is_a_success_without_a_byte() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after((1 << 20) - 1);
    // As if it had been killed between the last byte and the name.
    let part = stage.dir.path().join("f.part");
    fs::write(&part, &**stage.site.lock().unwrap().body).unwrap();
    let meta = stage.dir.path().join("f.part.meta");
    let text = fs::read_to_string(&meta).unwrap().replace("range 0 1048575", "range 0 1048576");
    fs::write(&meta, text).unwrap();
    let report = stage.download().run().unwrap();
    stage.check(&report);
    assert_eq!(stage.ranges(), [Some("bytes=1048576-".into())]);
    assert_eq!((report.received, report.resumed), (0, 1 << 20));
}

#[test]
fn c336_a_file_that_has_become_shorter_is_fetched_again() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    stage.change(|site| site.body = bytes(1_000).into());
    stage.check(&stage.download().run().unwrap());
    assert_eq!(stage.ranges(), [Some("bytes=524288-".into()), None]);
}

/// C99: a server may send less than was asked for (RFC 9110 §15.3.7); the end of a part is not the end of the file.
#[test]
fn c99_a_part_that_is_shorter_than_asked_for_is_not_the_rest() {
    for (whole, later) in [("1048576", Some("bytes=824288-")), ("*", None)] {
        // The first answer does not say how long the file is.
        let cut = Site { chunked: true, cut: (512 << 10, 1), short: Some((300_000, whole)), ..Site::default() };
        let stage = Stage::new(cut);
        let report = stage.download().run().unwrap();
        stage.check(&report);
        let expected = [None, Some("bytes=524288-".into()), later.map(str::to_owned)];
        assert_eq!(stage.ranges(), expected, "{whole}");
    }
}

/// C335: what it has become as long as does not make the old bytes the file's.
#[test]
fn c335_a_file_that_ends_where_a_gap_begins_is_another_version() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    // As if two connections had fetched it, and a server that does not look at If-Range.
    let meta = stage.dir.path().join("f.part.meta");
    let text = fs::read_to_string(&meta).unwrap().replace("range 0 524288", "range 0 1000\nrange 2000 524288");
    fs::write(&meta, text).unwrap();
    stage.change(|site| {
        site.body = bytes(1_000).iter().map(|byte| !byte).collect::<Vec<_>>().into();
        let answer = "HTTP/1.1 416 No\r\nContent-Range: bytes */1000\r\nContent-Length: 0\r\n\r\n";
        site.refusals = (1, answer);
    });
    let report = stage.download().run().unwrap();
    stage.check(&report);
    assert_eq!(stage.ranges(), [Some("bytes=1000-1999".into()), None]);
}

#[test]
fn c337_without_ranges_it_begins_from_zero_as_often_as_it_may() {
    for etag in [Some("\"v1\""), None, Some("W/\"v1\"")] {
        let stage = Stage::new(Site { ranges: false, etag, cut: (400 << 10, 2), ..Site::default() });
        let report = stage.download().retries(2).run().unwrap();
        stage.check(&report);
        assert_eq!(stage.server.requests(), 3, "{etag:?}");
        let stage = Stage::new(Site { ranges: false, etag, cut: (400 << 10, 9), ..Site::default() });
        let error = stage.download().retries(2).run().unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete, "{etag:?}: {error}");
        // Where the version is known, the rest is asked for each time.
        assert_eq!(stage.server.requests(), if etag == Some("\"v1\"") { 6 } else { 3 }, "{etag:?}");
    }
}

#[test]
fn without_a_strong_validator_only_a_checksum_lets_it_go_on() {
    for etag in [None, Some("W/\"v1\"")] {
        let stage = Stage::new(Site { etag, ..Site::default() });
        stage.interrupted_after(512 << 10);
        let report = stage.download().run().unwrap();
        assert_eq!((stage.ranges(), report.resumed), (vec![None], 0));
        fs::remove_file(report.path).unwrap();
        stage.interrupted_after(512 << 10);
        let digest = md5::compute(&stage.site.lock().unwrap().body);
        let report = stage.download().checksum(format!("md5={digest}").parse().unwrap()).run().unwrap();
        stage.check(&report);
        assert_eq!(stage.ranges(), [Some("bytes=524288-".into())]);
    }
}

mod md5 {
    use md5::{Digest, Md5};

    pub(super) fn compute(bytes: &[u8]) -> String {
        Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[test]
fn what_another_url_has_begun_is_not_gone_on_with() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    let report = stage.of(&stage.server.url("/other")).to(stage.target()).run().unwrap();
    assert_eq!((stage.ranges(), report.resumed), (vec![None], 0));
    stage.check(&report);
}

#[test]
fn resume_can_be_switched_off() {
    let stage = Stage::new(Site::default());
    stage.interrupted_after(512 << 10);
    let report = stage.download().resume(false).run().unwrap();
    assert_eq!((stage.ranges(), report.resumed), (vec![None], 0));
    stage.check(&report);
}
