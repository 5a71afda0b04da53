//! One hop as the cache sees it, and the answers that it makes itself.

use std::time::Duration;

use bytes::Bytes;

use super::ask::Ask;
use super::digest::Digest;
use super::freshness;
use super::handle::Cache;
use super::kept::Kept;
use super::status::CacheStatus;
use super::store::{Content, Found};
use crate::client::answer::Answer;
use crate::client::run::Run;
use crate::deadline::Until;
use crate::error::Result;
use crate::message::{Headers, Method, Request};
use crate::wire::Version;
use crate::wire::h1::Head;

/// Asks the server.
pub(super) type Next<'a> = &'a mut dyn FnMut(&mut Request) -> Result<Box<Answer>>;

pub(super) struct Hop<'a> {
    pub(super) cache: &'a Cache,
    pub(super) run: &'a Run<'a>,
    pub(super) ask: Ask<'a>,
    pub(super) key: Digest,
}

// Outlined steps, here and in `around` and `fetch`: what one of them needs must not lie on the stack while another one
// waits for the server.
impl Hop<'_> {
    /// What an answer to `GET` is kept under.
    pub(super) fn get_key(&self) -> Digest {
        self.cache.key(&Method::GET, self.ask.url)
    }

    /// An answer out of what is kept.
    #[inline(never)]
    pub(super) fn kept(&self, found: Found, status: CacheStatus) -> Box<Answer> {
        let Found { meta, content } = found;
        let age = freshness::age(&meta, self.cache.now()).unwrap_or(Duration::ZERO);
        let mut head = meta.head;
        // RFC 9111 §5.1. A number is a legal value.
        head.headers.set("Age", age.as_secs().to_string()).ok();
        let content = if self.ask.is_head() { Content::Bytes(Bytes::new()) } else { content };
        made(head, Kept::new(content, self.run.total), status)
    }

    /// The 504 of RFC 9111 §5.2.1.7.
    #[inline(never)]
    pub(super) fn unsatisfied(&self) -> Box<Answer> {
        let mut headers = Headers::new();
        headers.append("Content-Length", "0").ok();
        let head = Head { version: Version::Http11, status: 504, headers };
        made(head, Kept::new(Content::Bytes(Bytes::new()), Until::never()), CacheStatus::Unsatisfied)
    }
}

/// An answer of this side's.
fn made(head: Head, body: Kept, status: CacheStatus) -> Box<Answer> {
    let mut answer = Answer::made_up(head, body);
    (answer.attempts, answer.cache) = (0, Some(status));
    answer
}
