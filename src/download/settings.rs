//! The options of a download, as its workers see them.

use std::sync::Arc;
use std::time::Duration;

use super::checksum::Checksum;
use super::pacer::RateLimit;
use crate::client::RequestBuilder;
use crate::message::Headers;

pub(super) type Prepare = dyn Fn(RequestBuilder) -> RequestBuilder + Send + Sync;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) connections: usize,
    pub(super) least: u64,
    pub(super) retries: u32,
    pub(super) retry_wait: Duration,
    pub(super) limit_rate: Option<RateLimit>,
    pub(super) headers: Headers,
    pub(super) prepare: Option<Arc<Prepare>>,
    pub(super) checksum: Option<Checksum>,
    pub(super) existing: Existing,
    pub(super) resume: bool,
    pub(super) adopt: bool,
    pub(super) preallocate: bool,
    pub(super) sync: bool,
    pub(super) remote_time: bool,
}

/// What to do when a file of that name is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// An error, before anything is sent if the name is known by then.
    Refuse,
    /// Another name: `file.1.zip` instead of `file.zip`, up to 9,999.
    Rename,
    /// It is replaced, at the end and not before.
    Replace,
}

impl Settings {
    pub(super) fn has_checksum(&self) -> bool {
        self.checksum.is_some()
    }
}
