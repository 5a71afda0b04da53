//! The zip crate over responses and streams, neither of which can seek.

use crate::crowd::Place;
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
    let url = files.urls()[0].clone();
    let client = files::client(&Place::new(&url, ""));
    let refused = count_lines(files::response(&client, &format!("{url}/piped.zip"))).unwrap_err().to_string();
    assert!(refused.contains("not available in the local header"), "{refused}");
}

#[test]
fn a_thousand_at_once() {
    files::crowd("zip::a_thousand_at_once", false, "sources.zip", read);
}
