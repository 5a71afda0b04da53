//! Several connections and several mirrors for one file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use maypole::download::Event;
use maypole::error::Kind;

use crate::peer::{on_both, with_some_time};
use crate::site::{Site, Stage, bytes};

fn large() -> Site {
    Site { body: bytes(8 << 20).into(), ..Site::default() }
}

/// Slow enough for every connection to get its turn.
fn slow() -> Site {
    Site { pause: Some(Duration::from_millis(3)), ..large() }
}

#[test]
fn pieces_come_over_several_connections() {
    on_both(|| {
        assert!(with_some_time(Duration::from_millis(3), come_over_four), "one did it alone");
    });
}

fn come_over_four(pause: Duration) -> bool {
    let stage = Stage::new(Site { pause: Some(pause), ..large() });
    let report = stage.download().connections(4).run().unwrap();
    stage.check(&report);
    let mut ranges: Vec<_> = stage.ranges().into_iter().map(Option::unwrap_or_default).collect();
    ranges.sort();
    let expected = ["", "bytes=2097152-4194303", "bytes=4194304-6291455", "bytes=6291456-"];
    assert!(stage.asked.lock().unwrap().iter().skip(1).all(|request| request.header("if-range") == Some("\"v1\"")));
    report.connections == 4 && expected.iter().all(|range| ranges.iter().any(|asked| asked == range))
}

#[test]
fn a_small_file_and_one_without_ranges_take_one_connection() {
    for site in [Site::default(), Site { ranges: false, ..large() }, Site { etag: None, ..large() }] {
        let stage = Stage::new(site);
        let report = stage.download().connections(8).run().unwrap();
        stage.check(&report);
        assert_eq!((report.connections, stage.ranges()), (1, vec![None]));
    }
}

#[test]
fn a_server_that_only_claims_to_have_ranges_is_streamed() {
    let stage = Stage::new(Site { ranges: false, extra: "Accept-Ranges: bytes\r\n", ..large() });
    let report = stage.download().connections(4).run().unwrap();
    stage.check(&report);
}

#[test]
fn every_piece_is_tried_again_by_itself() {
    let stage = Stage::new(Site { cut: (300_000, 6), ..large() });
    let report = stage.download().connections(4).run().unwrap();
    stage.check(&report);
    assert!(report.received < 10 << 20, "{} bytes received", report.received);
    assert_eq!(stage.restarts(), 0);
}

#[test]
fn pieces_of_a_broken_parallel_download_are_gone_on_with() {
    let stage = Stage::new(Site { cut: (300_000, usize::MAX), ..large() });
    stage.download().connections(4).retries(0).run().unwrap_err();
    stage.change(|site| site.cut = (0, 0));
    let report = stage.download().connections(4).run().unwrap();
    stage.check(&report);
    assert!(report.resumed >= 300_000 && report.received + report.resumed < 9 << 20, "{report:?}");
}

/// One connection stalls for good after its first bytes; the others take its piece over, which nothing else would.
#[test]
fn a_connection_that_falls_silent_does_not_hold_the_end_up() {
    use crate::peer::Server;
    let body = Arc::new(bytes(8 << 20));
    let server = Server::start({
        let body = body.clone();
        move |request, responder| {
            let total = body.len();
            let range = request.header("range").map(|range| range.trim_start_matches("bytes=").to_owned());
            let (from, last) = match &range {
                Some(range) => {
                    let (from, last) = range.split_once('-').unwrap();
                    (from.parse().unwrap(), last.parse().unwrap_or(total - 1))
                }
                None => (0, total - 1),
            };
            let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
            let length = last + 1 - from;
            responder.reply(format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Range: bytes {from}-{last}/{total}\r\n\
                 Accept-Ranges: bytes\r\nETag: \"1\"\r\n\r\n"
            ));
            if from == 2 << 20 && last == (4 << 20) - 1 {
                responder.reply(&body[from..from + 1_000]);
            } else {
                responder.reply(&body[from..=last]);
            }
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let client = maypole::HttpClient::builder().idle_timeout(Duration::from_secs(600)).build().unwrap();
    let download = maypole::download::Download::new(&client, server.url("/f")).to(dir.path().join("f")).connections(4);
    let start = Instant::now();
    let report = download.run().unwrap();
    // The server itself closes after 60 s; that piece is then asked for again.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(std::fs::read(report.path).unwrap() == *body);
}

#[test]
fn a_version_that_changes_between_pieces_is_never_mixed() {
    let stage = Stage::new(Site { pause: Some(Duration::from_millis(1)), ..large() });
    let site = stage.site.clone();
    let download = stage.of(&stage.url()).to(stage.target()).connections(4).on_event(move |event| {
        if matches!(event, Event::Started { .. }) {
            let mut site = site.lock().unwrap();
            if site.etag == Some("\"v1\"") {
                let other: Vec<u8> = site.body.iter().map(|byte| !byte).collect();
                (site.etag, site.body) = (Some("\"v2\""), other.into());
            }
        }
    });
    let report = download.run().unwrap();
    stage.check(&report);
}

#[test]
fn pieces_are_spread_over_mirrors_and_each_has_its_own_validators() {
    let (one, other) = (Stage::new(slow()), Stage::new(Site { etag: Some("\"mine\""), ..slow() }));
    let report = one.download().mirror(other.url()).connections(4).run().unwrap();
    one.check(&report);
    assert_eq!(report.mirrors_dropped, 0);
    assert!(other.server.requests() >= 2);
    let asked = other.asked.lock().unwrap();
    assert_eq!(asked[0].header("if-range"), None);
}

#[test]
fn a_mirror_that_does_not_fit_is_dropped_and_said() {
    let missing = Site { refusals: (99, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), ..large() };
    for wrong in [
        Site { body: bytes((8 << 20) + 1).into(), ..large() },
        Site { ranges: false, ..large() },
        Site { etag: None, ..large() },
        missing,
    ] {
        let (one, other) = (Stage::new(slow()), Stage::new(wrong));
        let report = one.download().mirror(other.url()).connections(4).run().unwrap();
        one.check(&report);
        assert_eq!(report.mirrors_dropped, 1);
        let events = one.events.lock().unwrap();
        let dropped =
            events.iter().filter(|event| matches!(event, Event::MirrorDropped { url, .. } if *url == other.url()));
        assert_eq!(dropped.count(), 1);
    }
}

#[test]
fn a_mirror_takes_over_where_the_first_one_fails() {
    let one = Stage::new(Site { cut: (1 << 20, usize::MAX), ..large() });
    one.change(|site| site.cut = (0, usize::MAX));
    let other = Stage::new(large());
    let report = one.download().mirror(other.url()).retries(1).run().unwrap();
    one.check(&report);
    assert_eq!(report.mirrors_dropped, 1);
    let nobody = one.of(&one.url()).to(one.dir.path().join("g")).retries(1).run().unwrap_err();
    assert_eq!(nobody.kind(), Kind::Incomplete);
}

#[test]
fn a_checksum_verifies_what_came_in_pieces() {
    use sha2::{Digest, Sha512};
    let stage = Stage::new(large());
    let hex: String =
        Sha512::digest(&**stage.site.lock().unwrap().body).iter().map(|byte| format!("{byte:02x}")).collect();
    let report = stage.download().connections(4).checksum(format!("sha-512={hex}").parse().unwrap()).run().unwrap();
    stage.check(&report);
    assert!(stage.events.lock().unwrap().iter().any(|event| matches!(event, Event::Verifying)));
}
