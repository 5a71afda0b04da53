//! Charsets: what `text` makes of bytes.

use maypole::error::{Kind, Phase};

use crate::peer::*;
use crate::samples::gzip;
use crate::{answer, with};

fn typed(content_type: &str, body: &[u8]) -> Vec<u8> {
    answer(&format!("Content-Type: {content_type}\r\n"), body)
}

#[test]
fn c324_labels_of_every_kind() {
    on_both(|| {
        for (content_type, body, want) in [
            ("text/plain; charset=windows-1252", &b"\x80 and caf\xe9"[..], "€ and café"),
            ("text/html;charset=\"ISO-8859-1\"", b"caf\xe9", "café"),
            ("text/html; charset=Shift_JIS", b"\x83\x65\x83\x58\x83\x67", "テスト"),
            ("text/html; charset=koi8-r", b"\xc0\xc1", "юа"),
            ("text/plain; charset=UTF-16LE", b"h\0i\0", "hi"),
            ("text/plain; charset=utf-8", "grün".as_bytes(), "grün"),
        ] {
            assert_eq!(with(typed(content_type, body), |r| r.text().unwrap()), want, "{content_type}");
        }
        let lines = "Content-Type: text/plain; charset=latin1\r\nContent-Encoding: gzip\r\n";
        assert_eq!(with(answer(lines, gzip(b"caf\xe9")), |r| r.text().unwrap()), "café");
    });
}

#[test]
fn c325_without_a_charset_nothing_is_altered() {
    on_both(|| {
        for content_type in ["text/plain", "text/plain; charset=klingon", "application/octet-stream"] {
            let read = |body: &[u8]| with(typed(content_type, body), |r| r.text().unwrap());
            assert_eq!(read("grün 🎉".as_bytes()), "grün 🎉");
            assert_eq!(read(b"gr\xfcn"), "grün");
            let every: Vec<u8> = (0..=255).collect();
            assert_eq!(encoding_rs::WINDOWS_1252.encode(&read(&every)).0, every);
        }
        assert_eq!(with(ok(b"gr\xfcn"), |r| r.text().unwrap()), "grün");
        assert_eq!(with(typed("text/plain; charset=latin1", b"\xef\xbb\xbfa\xc3\xbc"), |r| r.text().unwrap()), "aü");
    });
}

#[test]
fn c325_what_the_caller_knows_and_what_the_server_gets_wrong() {
    on_both(|| {
        let read = |content_type: &str, body: &[u8], label: &str| {
            with(typed(content_type, body), |r| r.text_with_charset(label))
        };
        assert_eq!(read("text/html", b"\xd6\xd0", "gbk").unwrap(), "中");
        assert_eq!(read("text/html; charset=latin1", b"\xd6", "gbk").unwrap(), "Ö", "the server's label goes first");
        assert_eq!(read("text/html", b"x", "klingon").unwrap_err().kind(), Kind::InvalidConfig);
        let error = with(typed("text/plain; charset=utf-8", b"gr\xfcn"), |r| r.text().unwrap_err());
        assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)));
        assert!(error.to_string().contains("not the UTF-8 that it declares to be"), "{error}");
    });
}
