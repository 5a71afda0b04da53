//! Bodies that are large, and forms with files.

use maypole::message::multipart::{Form, Part};

use crate::site::{Kept, Site, batch, ok, reply};

#[test]
fn q178_q179_large_forms_that_nobody_wants() {
    for (status, code, size) in [("404 Not Found", 404, 10 << 20), ("405 Method Not Allowed", 405, 1_000)] {
        let site = Site::start(move |_, responder| responder.reply(reply(status, &[], "no")));
        let (batch, kept) = batch(1);
        batch.post_form(site.url("/none"), [("a", "x".repeat(size))]).queue().unwrap();
        batch.fetch_all();
        let outcome = kept.one();
        assert_eq!((outcome.status(), outcome.request_size()), (code, Some(size as u64 + 2)));
        assert_eq!(site.one().body.len(), size + 2);
        site.end(batch, &kept);
    }
}

#[test]
fn q180_a_hundred_megabytes_of_json() {
    let value: Vec<String> = (0..10_000).map(|n| format!("{n:0>98}")).collect();
    let expected = serde_json::to_vec(&value).unwrap();
    let (size, checked) = (expected.len(), expected);
    // Compared on arrival, since a hundred of them need not be kept.
    let server = crate::peer::Server::start(move |request, responder| {
        responder.reply(if request.body == checked { ok("same") } else { reply("500 Other", &[], "") });
    });
    let (batch, kept) = batch(10);
    for _ in 0..100 {
        batch.post_json(server.url("/"), &value).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert!(size > 1_000_000 && kept.take().iter().all(|outcome| outcome.text() == "same"));
    assert_eq!((report.statuses[&200], report.statuses.len()), (100, 1));
    drop(batch);
    server.wait_open(0);
}

#[test]
fn q181_fields_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let (file, content) = (dir.path().join("picture.png"), (0..=255).cycle().take(10_000).collect::<Vec<u8>>());
    std::fs::write(&file, &content).unwrap();
    let site = Site::echo();
    let (batch, kept) = batch(10);
    for n in 0..100 {
        batch.upload(site.url("/"), Form::new().text("n", n.to_string()).file("picture", &file)).queue().unwrap();
    }
    batch.fetch_all();
    assert!(kept.take().iter().all(|outcome| outcome.status() == 200));
    let mut fields = Vec::new();
    for request in site.requests() {
        let parts = parts(&request);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].0.contains("name=\"n\""));
        fields.push(String::from_utf8(parts[0].1.clone()).unwrap().parse::<u32>().unwrap());
        let head = &parts[1].0;
        assert!(head.contains("name=\"picture\"; filename=\"picture.png\"\r\nContent-Type: image/png"), "{head}");
        assert_eq!(parts[1].1, content);
    }
    fields.sort_unstable();
    assert_eq!(fields, (0..100).collect::<Vec<_>>());
    site.end(batch, &kept);
}

#[test]
fn q182_two_files_and_a_number() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    let form = Form::new().text("n", 7.to_string());
    let form = form.part("a", Part::bytes("one").file_name("a.txt")).part("b", Part::bytes("two").file_name("b.bin"));
    batch.upload(site.url("/"), form).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().status(), 200);
    let parts = parts(&site.one());
    assert_eq!(parts.iter().map(|part| &part.1[..]).collect::<Vec<_>>(), [&b"7"[..], b"one", b"two"]);
    site.end(batch, &kept);
}

#[test]
fn a_ready_multipart_body_and_one_that_is_none() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    let ready = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n";
    batch.upload_raw(site.url("/"), ready).queue().unwrap();
    batch.upload_raw(site.url("/"), "no boundary").queue().unwrap();
    batch.fetch_all();
    let outcomes = kept.take();
    assert_eq!((outcomes[0].status(), outcomes[1].status(), outcomes[1].compat_code()), (200, 0, Some(701)));
    let request = site.one();
    assert_eq!((request.text(), parts(&request)[0].1.as_slice()), (ready, &b"1"[..]));
    site.end(batch, &kept);
}

#[test]
fn a_file_that_is_not_there_is_one_failed_outcome() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    batch.upload(site.url("/"), Form::new().file("a", "/none/there")).queue().unwrap();
    let report = batch.fetch_all();
    let outcome = kept.one();
    assert_eq!((outcome.compat_code(), report.failed(), site.server.requests()), (Some(707), 1, 0));
    site.end(batch, &Kept::default());
}

/// Head and content of each part.
fn parts(request: &crate::peer::Request) -> Vec<(String, Vec<u8>)> {
    let content_type = request.header("content-type").unwrap();
    let (_, boundary) = content_type.split_once("boundary=").unwrap();
    let mark = format!("--{}", boundary.trim_matches('"'));
    let mut found = Vec::new();
    let mut rest = &request.body[..];
    while let Some(inner) = rest.strip_prefix(format!("{mark}\r\n").as_bytes()) {
        let head = position(inner, b"\r\n\r\n");
        let end = position(inner, format!("\r\n{mark}").as_bytes());
        found.push((String::from_utf8(inner[..head].to_vec()).unwrap(), inner[head + 4..end].to_vec()));
        rest = &inner[end + 2..];
    }
    assert_eq!(rest, format!("{mark}--\r\n").as_bytes());
    found
}

fn position(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle).expect("a whole part")
}
