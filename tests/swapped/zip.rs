//! The zip crate over responses and streams, neither of which can seek.

use crate::crowd;
use crate::files::{self, Files, Source};
use zip_reader::count_lines;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/zip_reader.rs"]
mod zip_reader;

fn read(archive: Source) {
    assert_eq!(count_lines(archive).unwrap(), files::sources());
}

#[test]
fn an_archive_with_its_directory_at_the_end() {
    let Some(files) = Files::start() else { return };
    files.each_way("sources.zip", read);
}

/// Sizes stand behind the files, and a reader that cannot seek has no way to find them.
#[test]
fn an_archive_that_was_written_to_a_pipe_is_refused() {
    let Some(files) = Files::start() else { return };
    files.each_way("piped.zip", |archive| {
        let refused = count_lines(archive).unwrap_err().to_string();
        assert!(refused.contains("not available in the local header"), "{refused}");
    });
}

fn crowd(test: &str, secure: bool) {
    crowd::at_once(
        test,
        || Files::for_crowd(secure),
        |place, n, gate| {
            let source = files::source(place, n, "/slow/sources.zip");
            gate.wait();
            read(source);
        },
    );
}

#[test]
fn a_thousand_at_once() {
    crowd("zip::a_thousand_at_once", false);
}

#[test]
fn a_thousand_at_once_over_tls() {
    crowd("zip::a_thousand_at_once_over_tls", true);
}
