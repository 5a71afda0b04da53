//! What a handler has found.

use super::item::Item;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;

/// Takes what a handler wants fetched next: one step deeper than what it came from. It is added when the handler returns
/// `Ok`, together with the note that its own item is done, or not at all.
#[derive(Debug)]
pub struct Links {
    base: Option<Url>,
    depth: u32,
    pub(super) found: Vec<Item>,
    pub(super) invalid: u64,
}

impl Links {
    pub(super) fn new(item: &Item, answered: Option<&Url>) -> Self {
        let base = answered.cloned().or_else(|| Url::parse(&item.url).ok());
        Self { base, depth: item.depth.saturating_add(1), found: Vec::new(), invalid: 0 }
    }

    /// A link as it stands in the page, relative to the URL that answered. One that is no `http` or `https` URL is left
    /// out and counted: pages are full of them.
    pub fn follow(&mut self, link: &str) -> &mut Self {
        match self.resolve(link) {
            Ok(url) => self.add(Item::get(url.as_str())),
            Err(_) => {
                self.invalid += 1;
                self
            }
        }
    }

    /// A request of any kind; its depth is set here.
    pub fn add(&mut self, item: Item) -> &mut Self {
        self.found.push(Item { depth: self.depth, ..item });
        self
    }

    /// The URL that a link stands for.
    ///
    /// # Errors
    /// Of kind [`InvalidUrl`](Kind::InvalidUrl).
    pub fn resolve(&self, link: &str) -> Result<Url> {
        match &self.base {
            Some(base) => base.join(link),
            None => {
                Err(Error::new(Kind::InvalidUrl, "nothing that the link could be relative to").with_phase(Phase::Build))
            }
        }
    }

    /// How many have been added.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether none has been added.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}
