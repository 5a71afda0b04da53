//! Case 242: the progress of an upload.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use maypole::Body;
use maypole::message::multipart::{Form, Part};

use crate::peer::*;
use crate::{quick, seen};

type Reports = Arc<Mutex<Vec<(u64, Option<u64>)>>>;

fn watched(body: Body) -> (Body, Reports) {
    let reports = Reports::default();
    let noted = reports.clone();
    (body.on_progress(move |sent, total| noted.lock().unwrap().push((sent, total))), reports)
}

fn rising(reports: &Reports) -> Vec<(u64, Option<u64>)> {
    let reports = reports.lock().unwrap().clone();
    assert!(reports.is_sorted() && reports[0].0 == 0, "{reports:?}");
    reports
}

#[test]
fn c242_monotonic_and_ends_at_the_length() {
    on_both(|| {
        let bytes = vec![b'x'; 300_000];
        let form =
            Form::new().text("a", "1").part("b", Part::sized(io::repeat(7).take(200_000), 200_000).file_name("b"));
        for (body, known) in [
            (Body::from(bytes.clone()), true),
            (Body::from("short"), true),
            (Body::from(""), true),
            (Body::sized(io::repeat(1).take(300_000), 300_000), true),
            (Body::stream(Cursor::new(bytes.clone())), false),
            (Body::chunks((0..5).map(|_| Ok("piece"))), false),
            (form.into_body().unwrap(), true),
        ] {
            let (body, reports) = watched(body);
            let length = body.length();
            let r = seen(|request| request.body(body));
            let reports = rising(&reports);
            assert_eq!(reports.last().unwrap().0, r.body.len() as u64);
            assert!(reports.iter().all(|(_, total)| *total == length && total.is_some() == known));
            assert!(reports.windows(2).all(|two| two[1].0 - two[0].0 <= 64 << 10), "{reports:?}");
        }
    });
}

#[test]
fn c242_of_a_form_as_a_whole_and_of_one_part() {
    on_both(|| {
        let (inner, of_part) = watched(Body::from(vec![1; 100_000]));
        let form = Form::new().text("a", "1").part("b", Part::body(inner)).text("c", "3");
        let (body, of_form) = watched(form.into_body().unwrap());
        let r = seen(|request| request.body(body));
        assert_eq!(rising(&of_form).last(), Some(&(r.body.len() as u64, r.length())));
        assert_eq!(rising(&of_part).last(), Some(&(100_000, Some(100_000))));
    });
}

#[test]
fn c242_before_and_behind_the_encoder() {
    on_both(|| {
        let (plain, before) = watched(Body::from(vec![b'x'; 500_000]));
        let (body, behind) = watched(plain.gzip());
        let r = seen(|request| request.body(body));
        assert_eq!(rising(&before).last(), Some(&(500_000, Some(500_000))));
        assert_eq!(rising(&behind).last(), Some(&(r.body.len() as u64, None)));
    });
}

#[test]
fn c242_starts_again_with_a_replay() {
    on_both(|| {
        let dying = conn([request("GET"), reply(ok("a")), head("PUT"), Act::Close]);
        let peer = Peer::start([dying, conn([request("PUT"), reply(ok("put"))])]);
        let client = quick();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let (body, reports) = watched(Body::from(vec![b'x'; 300_000]));
        client.put(peer.url("/")).body(body).send().unwrap().text().unwrap();
        peer.finish();
        let reports = reports.lock().unwrap().clone();
        let again = reports.iter().rposition(|(sent, _)| *sent == 0).unwrap();
        assert!(again > 0 && reports[..again].is_sorted() && reports[again..].is_sorted(), "{reports:?}");
        assert_eq!(reports.last(), Some(&(300_000, Some(300_000))));
    });
}

#[test]
fn c242_an_early_answer_ends_it_short() {
    on_both(|| {
        let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::start([conn([head("POST"), Act::Discard(100_000), reply(answer), Act::Swallow])]);
        let (body, reports) = watched(Body::sized(io::repeat(0).take(u64::MAX), 100 << 20));
        assert_eq!(quick().post(peer.url("/")).body(body).send().unwrap().status(), 413);
        assert!(rising(&reports).last().unwrap().0 < 100 << 20);
        peer.wait_end(0);
    });
}
