//! Where files have no mode: the folder's own rights count.

use std::fs::{DirBuilder, OpenOptions};

pub(super) fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(super) fn private_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}
