//! The tar crate over responses and streams.

use crate::files::{self, Files, Source};
use tar_reader::count_lines;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/tar_reader.rs"]
mod tar_reader;

fn read(archive: Source) {
    let files = count_lines(archive).unwrap().into_iter();
    // GNU tar writes the paths as they were given to it.
    assert!(files.map(|(path, lines)| (path.trim_start_matches("./").to_owned(), lines)).eq(files::sources()));
}

#[test]
fn an_archive_of_gnu_tar() {
    let Some(files) = Files::start() else { return };
    files.each_way("sources.tar", read);
}

#[test]
fn a_thousand_at_once() {
    files::crowd("tar::a_thousand_at_once", false, "sources.tar", read);
}

#[test]
fn a_thousand_at_once_over_tls() {
    files::crowd("tar::a_thousand_at_once_over_tls", true, "sources.tar", read);
}
