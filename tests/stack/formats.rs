//! Format crates on responses, as the examples use them.

use std::io::{Cursor, Write};

use ::zip::write::{SimpleFileOptions, ZipWriter};
use maypole::{HttpClient, Response};

use super::{coded, serve};

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/csv_reader.rs"]
mod csv_reader;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/json_reader.rs"]
mod json_reader;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/tar_reader.rs"]
mod tar_reader;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/xml_reader.rs"]
mod xml_reader;
#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/zip_reader.rs"]
mod zip_reader;

fn response(body: &[u8]) -> Response {
    HttpClient::new().unwrap().get(serve(coded("Content-Type: text/plain", body))).send().unwrap()
}

fn text() -> String {
    "a line of some length, and so on\n".repeat(3_000)
}

/// The crate has an array of 32 KiB on the stack.
pub(crate) fn tar() {
    let mut archive = ::tar::Builder::new(Vec::new());
    for name in ["a", "b"] {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text().len() as u64);
        archive.append_data(&mut header, name, text().as_bytes()).unwrap();
    }
    let response = response(&archive.into_inner().unwrap());
    let files = tar_reader::count_lines(response).unwrap();
    assert_eq!(files, [("a".to_owned(), 3_000), ("b".to_owned(), 3_000)]);
}

pub(crate) fn zip() {
    // Packing is not what is measured.
    let pack = || {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a", "b"] {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(text().as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    let response = response(&std::thread::spawn(pack).join().unwrap());
    let files = zip_reader::count_lines(response).unwrap();
    assert_eq!(files, [("a".to_owned(), 3_000), ("b".to_owned(), 3_000)]);
}

pub(crate) fn csv() {
    let rows: String = (0..3_000).map(|n| format!("\"tree \"\"{n}\"\"\",{n}.5,\"a\nb\"\n")).collect();
    let highest = csv_reader::highest(response(format!("tree,height,note\n{rows}").as_bytes())).unwrap();
    assert_eq!(highest, (3_000, "tree \"2999\"".to_owned()));
    assert!(csv_reader::highest(response(b"tree,height\nbirch\n")).is_err());
}

pub(crate) fn xml() {
    let items = "<item a='b'><title>Birch &amp; &#108;inden<![CDATA[ <>]]></title></item>".repeat(1_000);
    let deep = "<a>".repeat(10_000) + &"</a>".repeat(10_000);
    let titles = xml_reader::titles(response(format!("<?xml version='1.0'?><x>{items}{deep}</x>").as_bytes())).unwrap();
    assert!(titles.len() == 1_000 && titles.iter().all(|title| title == "Birch & linden <>"));
    assert!(xml_reader::titles(response(b"<title>&no;</title>")).is_err());
}

pub(crate) fn json_lines() {
    let lines =
        "{\"name\": \"maypole\", \"numbers\": [1, 2.5, -3e7], \"inner\": {\"a\": null, \"b\": [true]}}\n".repeat(1_000);
    let values = json_reader::values::<serde_json::Value>(response(lines.as_bytes()));
    assert_eq!(values.map(Result::unwrap).filter(|value| value["name"] == "maypole").count(), 1_000);
    assert!(json_reader::values::<serde_json::Value>(response(b"{\"a\"")).next().unwrap().is_err());
}

/// As deep as serde_json goes.
pub(crate) fn json_deep() {
    let text = "[".repeat(127) + &"]".repeat(127);
    let response = response(text.as_bytes());
    assert!(json_reader::values::<serde_json::Value>(response).all(|value| value.is_ok()));
}
