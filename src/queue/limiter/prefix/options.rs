//! How rules are read.

use super::matching::{Bound, refused};
use crate::error::Result;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) raw: bool,
    pub(super) reject_zero: bool,
}

impl Options {
    pub(super) fn bounds<P: Into<String>>(self, rules: impl IntoIterator<Item = (P, usize)>) -> Result<Vec<Bound>> {
        let mut bounds: Vec<Bound> = Vec::new();
        for (prefix, limit) in rules {
            let prefix = prefix.into();
            let bound = Bound::new(&prefix, limit, self.raw)?;
            if let Some(first) = bounds.iter().find(|other| other.key == bound.key) {
                let first = crate::message::unparsed(&first.prefix);
                return Err(refused(&prefix, &format!("`{first}`, which stands before it, is the same")));
            }
            bounds.push(bound);
        }
        Ok(bounds)
    }
}
