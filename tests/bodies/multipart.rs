//! Cases 248 to 258, sec-A6 to A8: what a form looks like on the wire.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};

use maypole::error::Kind;
use maypole::message::multipart::{Form, Part};
use maypole::{Body, RequestBuilder};

use crate::parse::{boundary, parts};
use crate::peer::*;
use crate::{quick, refused, seen};

fn report() -> Part {
    Part::bytes("123456789").file_name("report.xls").header("Expires", "0")
}

const FILE: &str = "--custom_boundary\r\n\
     Content-Disposition: form-data; name=\"file\"; filename=\"report.xls\"\r\n\
     Content-Type: application/vnd.ms-excel\r\nExpires: 0\r\n\r\n123456789\r\n";
const END: &str = "--custom_boundary--\r\n";

#[test]
fn c248_one_file() {
    on_both(|| {
        let r = seen(|request| request.multipart(Form::new().part("file", report()).boundary("custom_boundary")));
        assert_eq!(r.header("content-type"), Some("multipart/form-data; boundary=custom_boundary"));
        assert_eq!((r.text(), r.length()), (&*[FILE, END].concat(), Some(173)));
        // A type that is set wins over the extension's.
        let typed = report().content_type("text/x-own");
        let r = seen(|request| request.multipart(Form::new().part("file", typed)));
        assert_eq!(parts(&r)[0].line("Content-Type"), Some("text/x-own"));
    });
}

#[test]
fn c249_a_field_before_the_file() {
    on_both(|| {
        let form = Form::new().text("bla", "sometext").part("file", report()).boundary("custom_boundary");
        let r = seen(|request| request.multipart(form));
        let field = "--custom_boundary\r\nContent-Disposition: form-data; name=\"bla\"\r\n\r\nsometext\r\n";
        assert_eq!((r.text(), r.length()), (&*[field, FILE, END].concat(), Some(248)));
    });
}

#[test]
fn c250_base_name_and_type_by_extension() {
    on_both(|| {
        let folder = tempfile::tempdir().unwrap();
        for (name, content_type) in [
            ("a.txt", "text/plain"),
            ("b.JPG", "image/jpeg"),
            ("c", "application/octet-stream"),
            ("d.no-such-thing", "application/octet-stream"),
            ("müll \"x\".json", "application/json"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            let r = seen(|request| request.multipart(Form::new().file("f", &path)));
            let part = &parts(&r)[0];
            assert_eq!(part.parameter("filename"), Some(&*name.replace('"', "%22")));
            assert_eq!(part.line("Content-Type"), Some(content_type), "{name}");
            assert_eq!(part.content, name.as_bytes());
            let names: Vec<_> = part.lines.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["Content-Disposition", "Content-Type"]);
            assert_eq!(r.length(), Some(r.body.len() as u64));
        }
    });
}

#[test]
fn c250_a_file_that_cannot_be_opened_is_known_before_anything_is_sent() {
    on_both(|| {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("missing"), folder.path().to_owned()] {
            let error = refused(|request| request.multipart(Form::new().file("f", &path)));
            assert_eq!(error.kind(), Kind::Body, "{error}");
            assert_eq!(Body::from_path(&path).unwrap_err().kind(), Kind::Body);
        }
    });
}

#[test]
fn c251_c256_c257_all_kinds_of_parts_arrive_byte_for_byte() {
    on_both(|| {
        let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&noise).unwrap();
        let form = Form::new()
            .text("text", "grüße\r\n--x\r\n")
            .part("bytes", Part::bytes(noise.clone()))
            .file("path", file.path())
            .part("open", Part::open_file(File::open(file.path()).unwrap()).file_name("open.bin"))
            .part("sized", Part::sized(Cursor::new(noise.clone()), noise.len() as u64))
            .part("empty", Part::bytes("").file_name("empty.txt"))
            .part("body", Part::body(Body::from("typed")))
            .text("", "");
        let r = seen(|request| request.multipart(form));
        let names = ["text", "bytes", "path", "open", "sized", "empty", "body", ""];
        let contents: [&[u8]; 8] = ["grüße\r\n--x\r\n".as_bytes(), &noise, &noise, &noise, &noise, b"", b"typed", b""];
        let parts = parts(&r);
        assert_eq!(parts.iter().map(|part| part.parameter("name").unwrap()).collect::<Vec<_>>(), names);
        for (part, content) in parts.iter().zip(contents) {
            assert!(part.content == content, "{:?}", part.lines);
        }
        assert_eq!(parts[6].line("Content-Type"), Some("text/plain; charset=utf-8"));
        assert!(!r.is_chunked() && r.length() == Some(r.body.len() as u64));
    });
}

#[test]
fn c252_an_unknown_length_makes_it_chunked() {
    on_both(|| {
        let form = Form::new().text("a", "1").part("b", Part::reader(Cursor::new(vec![7; 100_000]))).text("c", "3");
        let r = seen(|request| request.multipart(form));
        assert!(r.is_chunked() && r.length().is_none());
        let parts = parts(&r);
        assert!(parts.len() == 3 && parts[1].content == vec![7; 100_000] && parts[2].content == b"3");
    });
}

#[test]
fn c253_sec_a7_boundaries() {
    on_both(|| {
        let two: Vec<String> = (0..2).map(|_| boundary(&seen(|r| r.multipart(Form::new().text("a", "1"))))).collect();
        assert!(two[0] != two[1] && two.iter().all(|one| one.len() == 32), "{two:?}");
        let taken = Form::new().text("a", "x --cut y").boundary("cut");
        assert_eq!(refused(|request| request.multipart(taken)).kind(), Kind::InvalidRequest);
        let injected = Form::new().text("a", "1").boundary("x\r\nX-Evil: 1");
        assert_eq!(refused(|request| request.multipart(injected)).kind(), Kind::InvalidRequest);
        let r = seen(|request| request.multipart(Form::new().text("a", "1").boundary("a:b c")));
        assert_eq!(r.header("content-type"), Some("multipart/form-data; boundary=\"a:b c\""));
        assert_eq!(parts(&r)[0].content, b"1");
    });
}

#[test]
fn c254_sec_a6_names_are_encoded_or_refused() {
    on_both(|| {
        let nasty = "a\"b\r\nX-Evil: 1\r\n\r\n\\ä%22";
        let encoded = "a%22b%0D%0AX-Evil: 1%0D%0A%0D%0A\\ä%22";
        let r = seen(|request| request.multipart(Form::new().part(nasty, Part::text("1").file_name(nasty))));
        let parts = parts(&r);
        assert_eq!((parts.len(), parts[0].lines.len()), (1, 2));
        assert_eq!((parts[0].parameter("name"), parts[0].parameter("filename")), (Some(encoded), Some(encoded)));
        let forms = [
            Form::new().text("a\0b", "1"),
            Form::new().text("a\x7f", "1"),
            Form::new().part("a", Part::text("1").file_name("\x1b[2J")),
            Form::new().part("a", Part::text("1").content_type("text/plain\r\nX-Evil: 1")),
            Form::new().part("a", Part::text("1").content_type("nonsense")),
            Form::new().part("a", Part::text("1").header("X", "1\r\nX-Evil: 1")),
            Form::new().part("a", Part::text("1").header("X Y", "1")),
            Form::new().part("a", Part::text("1").header("content-type", "text/plain")),
            Form::new().part("a", Part::text("1").header("Content-Disposition", "x")),
            Form::new().attach(Part::text("no name")),
            Form::of("mixed").text("a", "a name"),
            Form::of("mi xed").attach(Part::text("1")),
            Form::of("mixed\r\nX-Evil: 1"),
        ];
        for form in forms {
            let text = format!("{form:?}");
            assert_eq!(refused(|request| request.multipart(form)).kind(), Kind::InvalidRequest, "{text}");
        }
    });
}

#[test]
fn c255_repeated_names_keep_their_order() {
    on_both(|| {
        let form = Form::new().text("a", "1").text("b", "2").text("a", "3").text("a", "");
        let r = seen(|request| request.multipart(form));
        let all: Vec<_> =
            parts(&r).iter().map(|p| (p.parameter("name").unwrap().to_owned(), p.content.clone())).collect();
        assert_eq!(all, [("a", "1"), ("b", "2"), ("a", "3"), ("a", "")].map(|(n, c)| (n.to_owned(), c.into())));
    });
}

#[test]
fn c356_every_verb_with_every_kind_of_body() {
    on_both(|| {
        type With = fn(RequestBuilder) -> RequestBuilder;
        let kinds: [(With, &str, &str); 4] = [
            (|r| r.json(&[1, 2]), "application/json", "[1,2]"),
            (|r| r.form([("a", "1 2")]), "application/x-www-form-urlencoded", "a=1+2"),
            (
                |r| r.multipart(Form::new().text("a", "1").boundary("b")),
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n",
            ),
            (|r| r.body(Body::stream(Cursor::new("flow"))), "application/octet-stream", "flow"),
        ];
        for method in ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "REPORT"] {
            for (with, content_type, body) in kinds {
                let peer = Peer::start([conn([request(format!("{method} ")), reply(ok(""))])]);
                with(quick().request(method, peer.url("/"))).send().unwrap();
                let seen = peer.finish();
                let r = seen.requests()[0];
                assert_eq!((r.all("content-type"), r.text()), (vec![content_type], body), "{method}");
            }
        }
    });
}

#[test]
fn sec_a8_a_part_that_is_not_as_long_as_it_says() {
    on_both(|| {
        for length in [99, 101] {
            let peer = Peer::start([conn([head("POST"), Act::Swallow])]);
            let form = Form::new().part("a", Part::sized(io::repeat(1).take(100), length)).text("b", "2");
            let error = quick().post(peer.url("/")).multipart(form).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Body, "{error}");
            peer.wait_end(0);
        }
    });
}

#[test]
fn c246_a_form_is_sent_again_if_all_its_parts_can_be() {
    on_both(|| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[b'x'; 100_000]).unwrap();
        let form = || Form::new().text("a", "1").file("f", file.path()).boundary("b");
        // A PUT over a connection that the server closes at that moment: idempotent, so that it may be repeated.
        let dying = conn([request("GET"), reply(ok("a")), head("PUT"), Act::Close]);
        let peer = Peer::start([dying, conn([request("PUT"), reply(ok("put"))])]);
        let client = quick();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        assert_eq!(client.put(peer.url("/")).multipart(form()).send().unwrap().text().unwrap(), "put");
        let seen = peer.finish();
        let parts = parts(seen.requests()[2]);
        assert!(parts.len() == 2 && parts[1].content == [b'x'; 100_000]);

        let mut once = form().part("r", Part::reader(Cursor::new(vec![1; 10]))).into_body().unwrap();
        assert!(!once.is_replayable());
        assert!(once.rewind().unwrap(), "nothing of the reader has been taken");
        while once.next_piece().unwrap().is_some() {}
        assert!(!once.rewind().unwrap());
    });
}

#[test]
fn c235_a_type_without_the_forms_boundary_is_refused() {
    on_both(|| {
        let form = || Form::new().text("a", "1").boundary("cut");
        for wrong in ["multipart/form-data", "application/json", "multipart/form-data; boundary=other"] {
            let error = refused(|request| request.header("Content-Type", wrong).multipart(form()));
            assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
        }
        let own = "multipart/related; boundary=\"cut\"; start=\"<a>\"";
        let r = seen(|request| request.header("content-type", own).multipart(form()));
        assert_eq!(r.all("content-type"), [own]);
        let r = seen(|request| request.without_header("Content-Type").multipart(form()));
        assert!(r.all("content-type").is_empty());
    });
}

#[test]
fn c243_c244_an_early_answer_is_not_lost_to_a_reset() {
    on_both(|| {
        for round in 0..20_u64 {
            let answer = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
            // Closed with unread bytes of the upload: the system sends a reset.
            let peer = Peer::start([conn([head("POST"), Act::Discard(round * 10_000), reply(answer), Act::Close])]);
            let form = Form::new().text("a", "1").part("f", Part::reader(io::repeat(0).take(50 << 20)));
            let response = quick().post(peer.url("/")).multipart(form).send().unwrap();
            assert_eq!((response.status(), response.text().unwrap().as_str()), (413, "no"), "round {round}");
        }
    });
}

#[test]
fn c228_c250_a_body_from_a_path() {
    on_both(|| {
        let folder = tempfile::tempdir().unwrap();
        for (name, content_type) in [("a.json", "application/json"), ("b", "application/octet-stream")] {
            let path = folder.path().join(name);
            std::fs::write(&path, "123456789").unwrap();
            let r = seen(|request| request.body(Body::from_path(&path).unwrap()));
            assert_eq!((r.text(), r.length(), r.header("content-type")), ("123456789", Some(9), Some(content_type)));
        }
    });
}

#[test]
fn other_subtypes_have_no_names() {
    on_both(|| {
        let form = Form::of("related")
            .attach(Part::bytes("{}").content_type("application/json").header("Content-ID", "<a>"))
            .attach(Part::bytes("x").file_name("x.txt"))
            .attach(Part::text("bare"))
            .boundary("b");
        let r = seen(|request| request.multipart(form));
        assert_eq!(r.header("content-type"), Some("multipart/related; boundary=b; type=\"application/json\""));
        assert_eq!(
            r.text(),
            "--b\r\nContent-Type: application/json\r\nContent-ID: <a>\r\n\r\n{}\r\n\
             --b\r\nContent-Disposition: attachment; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n\
             --b\r\n\r\nbare\r\n--b--\r\n"
        );
        let r = seen(|request| request.multipart(Form::of("mixed").attach(Part::text("a")).boundary("b")));
        assert_eq!(r.header("content-type"), Some("multipart/mixed; boundary=b"));
    });
}
