//! What a download ends with: the file, or an error and what stays for the next run.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use maypole::download::{Event, Existing, RateLimit};
use maypole::error::Kind;
use maypole::rt::{self, CancelToken};
use sha2::{Digest, Sha256};

use crate::peer::{on_both, wait_until, with_some_time};
use crate::site::{Site, Stage, bytes};

fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha-256={hex}")
}

#[test]
fn c330_a_file_of_exact_size_and_hash_from_a_coroutine_and_a_thread() {
    on_both(|| {
        let stage = Stage::new(Site::default());
        let checksum = sha256(&stage.site.lock().unwrap().body).parse().unwrap();
        let report = stage.download().checksum(checksum).run().unwrap();
        stage.check(&report);
        assert_eq!((report.received, report.requests, report.resumed, report.connections), (1 << 20, 1, 0, 1));
        let asked = stage.asked.lock().unwrap();
        assert_eq!((asked[0].header("accept-encoding"), asked[0].header("range")), (Some("identity"), None));
        let events = stage.events.lock().unwrap();
        assert!(matches!(&events[0], Event::Started { total: Some(1_048_576), resumed: 0, connections: 1, .. }));
        let Some(Event::Progress(last)) = events.last() else { panic!("{:?}", events.last()) };
        assert_eq!((last.bytes, last.total, last.pieces.len()), (1 << 20, Some(1 << 20), 0));
    });
}

#[test]
fn empty_files_chunked_files_and_files_without_a_length() {
    for (site, length) in [
        (Site { body: bytes(0).into(), ..Site::default() }, 0),
        (Site { chunked: true, ..Site::default() }, 1 << 20),
        (Site { chunked: true, body: bytes(0).into(), ..Site::default() }, 0),
    ] {
        let stage = Stage::new(site);
        let report = stage.download().connections(4).run().unwrap();
        stage.check(&report);
        assert_eq!(report.bytes, length);
    }
}

#[test]
fn a_server_that_always_breaks_off_gets_there_as_long_as_it_brings_something() {
    let stage = Stage::new(Site { cut: (100_000, usize::MAX), body: bytes(10 << 20).into(), ..Site::default() });
    let report = stage.download().retries(2).run().unwrap();
    stage.check(&report);
    assert!(report.requests > 100 && report.received == 10 << 20, "{report:?}");
}

#[test]
fn c338_an_error_names_the_partial_file() {
    let stage = Stage::new(Site { cut: (10_000, usize::MAX), ..Site::default() });
    let error = stage.download().retries(2).run().unwrap_err();
    assert_eq!(error.kind(), Kind::Incomplete);
    let text = error.to_string();
    assert!(text.contains("30000 of 1048576 bytes stay in ") && text.contains("f.part"), "{text}");
    assert_eq!(error.attempts(), 3);
    assert_eq!(stage.names(), ["f.part", "f.part.meta"]);
    assert_eq!(stage.files()["f.part"], 30_000);
    let events = stage.events.lock().unwrap();
    assert!(matches!(events.last(), Some(Event::Kept { bytes: 30_000, total: Some(1_048_576), .. })), "{events:?}");
    let retries = events.iter().filter(|event| matches!(event, Event::Retrying { .. })).count();
    assert_eq!(retries, 2);
}

#[test]
fn c339_nothing_stands_under_the_final_name_before_the_end() {
    let is_seen_before = with_some_time(Duration::from_millis(5), |pause| {
        let stage = Stage::new(Site { pause: Some(pause), ..Site::default() });
        let (target, download) = (stage.target(), stage.download());
        let running = rt::spawn(move || download.run()).unwrap();
        let begins = || stage.files().get("f.part").is_some_and(|&length| length > 0);
        wait_until("the beginning of the file", || begins() || running.is_done());
        let is_seen_before = !target.exists();
        stage.check(&running.join().unwrap().unwrap());
        // By the umask, as any other file.
        let plain = stage.dir.path().join("plain");
        fs::write(&plain, "").unwrap();
        assert_eq!(fs::metadata(&target).unwrap().mode(), fs::metadata(plain).unwrap().mode());
        is_seen_before
    });
    assert!(is_seen_before, "its name was there with its first bytes");
}

#[test]
fn c340_a_second_download_to_the_same_path_is_told_that_it_is_busy() {
    let is_busy = with_some_time(Duration::from_millis(10), |pause| {
        let stage = Stage::new(Site { pause: Some(pause), ..Site::default() });
        let download = stage.download();
        let running = rt::spawn(move || download.run()).unwrap();
        wait_until("the first one's lock", || stage.names().contains(&"f.part.meta".to_owned()));
        let second = stage.download().run();
        let at_once = !stage.target().exists();
        stage.check(&running.join().unwrap().unwrap());
        second.is_err_and(|error| error.kind() == Kind::Io && error.to_string().contains("file busy")) && at_once
    });
    assert!(is_busy, "the second one was never told while the first one ran");
}

#[test]
fn c341_a_wrong_checksum_is_an_error_and_no_file() {
    for connections in [1, 4] {
        let stage = Stage::new(Site::default());
        let wrong = sha256(b"something else").parse().unwrap();
        let least = 100 << 10;
        let error = stage.download().connections(connections).min_piece(least).checksum(wrong).run().unwrap_err();
        assert_eq!(error.kind(), Kind::Checksum, "{error}");
        let found = sha256(&stage.site.lock().unwrap().body);
        assert!(error.to_string().contains(&found) && error.to_string().contains("f.part"), "{error}");
        // Kept to be looked at, and never gone on from.
        assert_eq!(stage.names(), ["f.part", "f.part.meta"]);
        stage.asked.lock().unwrap().clear();
        let report = stage.download().checksum(found.parse().unwrap()).run().unwrap();
        stage.check(&report);
        assert_eq!((stage.ranges(), report.resumed), (vec![None], 0));
    }
}

#[test]
fn an_existing_file_is_not_touched_unless_that_is_asked_for() {
    let stage = Stage::new(Site::default());
    fs::write(stage.target(), "mine").unwrap();
    let error = stage.download().run().unwrap_err();
    assert!(error.kind() == Kind::Io && error.to_string().contains("exists"), "{error}");
    assert_eq!((stage.server.requests(), stage.names().len()), (0, 1), "nothing is sent");
    let renamed = stage.download().existing(Existing::Rename).run().unwrap();
    assert_eq!(renamed.path, stage.dir.path().join("f.1"));
    assert_eq!(fs::read(stage.target()).unwrap(), b"mine");
    let replaced = stage.download().existing(Existing::Replace).run().unwrap();
    assert_eq!(replaced.path, stage.target());
    stage.check(&replaced);
}

#[test]
fn a_cancelled_download_can_be_gone_on_with() {
    on_both(|| assert!(with_some_time(Duration::from_millis(5), is_gone_on_with), "it was whole before the cancel"));
}

/// `false` when all of it was there before the cancel.
fn is_gone_on_with(pause: Duration) -> bool {
    let stage = Stage::new(Site { pause: Some(pause), ..Site::default() });
    let token = CancelToken::new();
    let (firing, url) = (token.clone(), stage.url());
    let download = Download::of(&stage, &url, move |event| {
        if matches!(event, Event::Progress(progress) if progress.bytes > 0) {
            firing.cancel();
        }
    });
    let Err(error) = download.cancel(&token).run() else { return false };
    assert_eq!(error.kind(), Kind::Cancelled, "{error}");
    assert_eq!(stage.names(), ["f.part", "f.part.meta"]);
    stage.change(|site| site.pause = None);
    let report = stage.download().run().unwrap();
    assert!(report.resumed > 0 && report.received < 1 << 20);
    stage.check(&report);
    true
}

#[test]
fn a_cancel_ends_it_where_bytes_are_always_there() {
    let stage = Stage::new(Site { body: bytes(1 << 20).into(), ..Site::default() });
    let token = CancelToken::new();
    let (firing, url) = (token.clone(), stage.url());
    let download = Download::of(&stage, &url, move |event| {
        if matches!(event, Event::Progress(progress) if progress.bytes > 0) {
            firing.cancel();
        }
    });
    let error = download.limit_rate(&RateLimit::new(200_000)).cancel(&token).run().unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled, "{error}");
    let report = stage.download().run().unwrap();
    assert!(report.resumed > 0 && report.received > 500_000, "{report:?}");
    stage.check(&report);
}

struct Download;

impl Download {
    fn of(stage: &Stage, url: &str, f: impl Fn(Event) + Send + 'static) -> maypole::download::Download {
        stage.of(url).to(stage.target()).on_event(f)
    }
}

#[test]
fn a_deadline_of_the_scope_ends_it() {
    let stage = Stage::new(Site { pause: Some(Duration::from_millis(20)), ..Site::default() });
    let error = rt::scope::with_deadline(Duration::from_millis(200), || stage.download().run().unwrap_err());
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
}

#[test]
fn a_status_that_is_no_file_fails_at_once_and_one_that_passes_is_waited_for() {
    let stage =
        Stage::new(Site { refusals: (9, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), ..Site::default() });
    let error = stage.download().run().unwrap_err();
    assert!(error.kind() == Kind::Status && error.to_string().contains("404 Not Found"), "{error}");
    assert_eq!((stage.server.requests(), stage.names().len()), (1, 0), "no empty file stays");
    stage.change(|site| site.refusals = (2, "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"));
    let report = stage.download().run().unwrap();
    assert_eq!(report.requests, 3);
    stage.check(&report);
}

#[test]
fn options_that_are_wrong_are_told_before_anything_is_sent() {
    let stage = Stage::new(Site::default());
    let kind = |download: maypole::download::Download| download.run().unwrap_err().kind();
    assert_eq!(kind(stage.download().connections(0)), Kind::InvalidConfig);
    assert_eq!(kind(stage.download().min_piece(0)), Kind::InvalidConfig);
    assert_eq!(kind(stage.download().header("Range", "bytes=0-1")), Kind::InvalidConfig);
    assert_eq!(kind(stage.download().header("a b", "c")), Kind::InvalidConfig);
    assert_eq!(kind(stage.download().to("..")), Kind::InvalidConfig);
    assert_eq!(kind(stage.of("no scheme").to(stage.target())), Kind::InvalidUrl);
    assert_eq!(kind(stage.download().mirror("ftp://h/")), Kind::InvalidUrl);
    assert_eq!((stage.server.requests(), stage.names().len()), (0, 0));
}

#[test]
fn a_rate_limit_holds_for_all_connections_together() {
    let stage = Stage::new(Site { body: bytes(300_000).into(), ..Site::default() });
    let start = Instant::now();
    let report = stage.download().connections(3).min_piece(50_000).limit_rate(&RateLimit::new(500_000)).run().unwrap();
    stage.check(&report);
    assert!(start.elapsed() >= Duration::from_millis(350), "{:?}", start.elapsed());
}

#[test]
fn the_file_may_have_the_server_s_time() {
    let stage = Stage::new(Site { modified: Some("Sun, 06 Nov 1994 08:49:37 GMT"), ..Site::default() });
    let report = stage.download().remote_time(true).sync(true).run().unwrap();
    assert_eq!(fs::metadata(report.path).unwrap().mtime(), 784_111_777);
}

/// An answer that goes on at `from`, of a file that no disk has room for.
fn endless(stage: &Stage, from: u64) {
    let (last, total) = ((1_u64 << 60) - 1, 1_u64 << 60);
    let head =
        format!("ETag: \"v1\"\r\nContent-Range: bytes {from}-{last}/{total}\r\nContent-Length: {}", total - from);
    let answer = format!("HTTP/1.1 206 Partial Content\r\n{head}\r\n\r\n");
    stage.change(|site| site.refusals = (1, Box::leak(answer.into_boxed_str())));
}

#[test]
fn c338_without_room_for_the_rest_what_is_there_stays() {
    let stage = Stage::new(Site { chunked: true, ..Site::default() });
    stage.interrupted_after(512 << 10);
    let before = stage.files();
    endless(&stage, 512 << 10);
    let error = stage.download().run().unwrap_err();
    assert!(error.kind() == Kind::Io && error.to_string().contains("no room"), "{error}");
    assert!(error.to_string().contains("524288 bytes stay in"), "{error}");
    assert_eq!(stage.files(), before);
    stage.check(&stage.download().run().unwrap());
}

#[test]
fn sec_j5_without_room_for_the_rest_somebody_s_file_stays_under_its_name() {
    let stage = Stage::new(Site::default());
    fs::write(stage.target(), &stage.site.lock().unwrap().body[..300_000]).unwrap();
    endless(&stage, 300_000);
    let error = stage.download().adopt(true).run().unwrap_err();
    assert!(error.to_string().contains("no room"), "{error}");
    assert_eq!(stage.files().into_iter().collect::<Vec<_>>(), [("f".to_owned(), 300_000)]);
}

#[test]
fn sec_m6_a_listener_that_panics_ends_its_download_and_frees_the_file() {
    let stage = Stage::new(Site { pause: Some(Duration::from_millis(20)), ..Site::default() });
    let panicking = stage.download().on_event(|event| {
        if matches!(event, Event::Progress(_)) {
            panic!("the listener");
        }
    });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panicking.run().map(drop)));
    assert!(caught.is_err());
    stage.change(|site| site.pause = None);
    wait_until("the file is free", || match stage.download().run() {
        Ok(report) => {
            stage.check(&report);
            true
        }
        Err(error) if error.to_string().contains("busy") => false,
        Err(error) => panic!("{error}"),
    });
}
