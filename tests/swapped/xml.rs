//! quick-xml over responses and streams.

use crate::files::{self, Files, Source};
use xml_reader::titles;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/xml_reader.rs"]
mod xml_reader;

fn read(feed: Source) {
    let expected = (0..500).map(|n| format!("Birch & linden <{n}>"));
    assert!(titles(feed).unwrap().into_iter().eq(expected));
}

#[test]
fn a_feed_with_references_and_cdata() {
    let Some(files) = Files::start() else { return };
    files.each_way("feed.xml", read);
}

#[test]
fn a_thousand_at_once() {
    files::crowd("xml::a_thousand_at_once", false, "feed.xml", read);
}
