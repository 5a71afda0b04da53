//! Where files have no mode: who may read it is the folder's matter.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
