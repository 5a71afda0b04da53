//! The csv crate over responses and streams.

use crate::files::{self, Files, Source};
use csv_reader::highest;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/csv_reader.rs"]
mod csv_reader;

fn read(table: Source) {
    assert_eq!(highest(table).unwrap(), (2_000, "tree, \"1234\"".to_owned()));
}

#[test]
fn a_table_with_quotes_and_lines_in_its_fields() {
    let Some(files) = Files::start() else { return };
    files.each_way("trees.csv", read);
}

#[test]
fn a_thousand_at_once() {
    files::crowd("csv::a_thousand_at_once", false, "trees.csv", read);
}
