//! The progress of downloads, and of uploads by the request's own option.

use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::peer::*;
use crate::with;

type Reports = Arc<Mutex<Vec<(u64, Option<u64>)>>>;

fn watcher() -> (Reports, impl Fn(u64, Option<u64>) + Send + Sync + 'static) {
    let reports = Reports::default();
    let noted = reports.clone();
    (reports, move |bytes, total| noted.lock().unwrap().push((bytes, total)))
}

#[track_caller]
fn rose_to(reports: &Reports, bytes: u64, total: Option<u64>) {
    let reports = reports.lock().unwrap();
    assert!(reports.is_sorted() && reports.iter().all(|(_, known)| *known == total), "{reports:?}");
    assert_eq!((reports[0].0, reports.last().unwrap().0), (0, bytes));
}

#[test]
fn a_download_rises_to_its_length() {
    on_both(|| {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        for (answer, bytes, total) in
            [(ok(vec![1; 300_000]), 300_000, Some(300_000)), (ok(""), 0, Some(0)), (chunked.into(), 5, None)]
        {
            let peer = Peer::always(conn([any_request(), reply(answer)]));
            for piece in [1 << 10, 64 << 10] {
                let (reports, f) = watcher();
                let mut response = with(|b| b).get(peer.url("/")).on_progress(f).send().unwrap();
                let mut out = vec![0; piece];
                while response.read(&mut out).unwrap() > 0 {}
                rose_to(&reports, bytes, total);
            }
            let (reports, f) = watcher();
            assert_eq!(
                with(|b| b).get(peer.url("/")).on_progress(f).send().unwrap().bytes().unwrap().len() as u64,
                bytes
            );
            rose_to(&reports, bytes, total);
        }
    });
}

#[test]
fn redirects_on_the_way_and_heads_do_not_count() {
    on_both(|| {
        let moved = "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 2\r\n\r\nno";
        let peer = Peer::start([conn([any_request(), reply(moved), any_request(), reply(ok("body"))])]);
        let (reports, f) = watcher();
        with(|b| b).get(peer.url("/")).on_progress(f).send().unwrap().text().unwrap();
        assert_eq!(reports.lock().unwrap().first(), Some(&(0, Some(4))));
        rose_to(&reports, 4, Some(4));
        let peer = Peer::start([conn([request("HEAD"), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")])]);
        let (reports, f) = watcher();
        with(|b| b).head(peer.url("/")).on_progress(f).send().unwrap();
        rose_to(&reports, 0, Some(0));
    });
}

#[test]
fn c242_an_upload_by_the_requests_option() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok(""))]));
        let (reports, f) = watcher();
        with(|b| b).post(peer.url("/")).body(vec![1; 200_000]).on_upload_progress(f).send().unwrap();
        rose_to(&reports, 200_000, Some(200_000));
        let (reports, f) = watcher();
        with(|b| b).get(peer.url("/")).on_upload_progress(f).send().unwrap();
        assert!(reports.lock().unwrap().is_empty(), "there is no body");
    });
}
