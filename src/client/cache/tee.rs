//! Copying an answer into the cache while the caller reads it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::digest::Digest;
use super::flight::{Lead, Outcome};
use super::handle::{Arriving, Cache};
use super::meta::Meta;
use super::store::{Content, Draft};
use crate::client::flow::Flow;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Upgraded;
use crate::rt;

/// What goes to the disk at once, on a thread made for that; less than this is written as a whole at the end.
const PIECE: usize = 256 << 10;
/// What is held for those who wait for an answer that is not worth keeping.
const SHARED: u64 = 1 << 20;

/// Hands bytes on and keeps a copy. Only a body that came to its end is kept: an error, a drop before it, or more bytes
/// than an object may have, and the copy is gone.
pub(super) struct Tee {
    inner: Box<dyn Flow>,
    copy: Option<Box<Copying>>,
    /// Bytes are on their way from one to the other, for which the disk may be waited for. Still so at the next call, the
    /// wait has unwound, and what was taken is lost.
    torn: bool,
}

/// An answer on its way into the cache.
pub(super) struct Copying {
    pub(super) cache: Cache,
    pub(super) key: Digest,
    pub(super) meta: Meta,
    /// Whether it is kept; else it is only for those who wait.
    pub(super) keep: bool,
    /// The turn of changes when it was asked for.
    pub(super) turn: u64,
    /// The answer that it takes the place of, if that is for other requests too.
    pub(super) replaces: Option<Digest>,
    pub(super) lead: Option<Lead>,
    pub(super) until: Until,
    pending: Vec<u8>,
    arriving: Arriving,
    draft: Option<Draft>,
    taken: u64,
}

impl Copying {
    pub(super) fn new(cache: &Cache, key: Digest, meta: Meta, until: Until) -> Self {
        Self {
            cache: cache.clone(),
            key,
            meta,
            keep: false,
            turn: 0,
            replaces: None,
            lead: None,
            until,
            pending: Vec::new(),
            arriving: cache.arriving(),
            draft: None,
            taken: 0,
        }
    }

    /// The most bytes that it takes in.
    pub(super) fn room(&self) -> u64 {
        let room = self.cache.room();
        if self.keep { room } else { room.min(SHARED) }
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.taken += bytes.len() as u64;
        if self.taken > self.room() {
            return Err(io::Error::other("larger than an object may be"));
        }
        self.pending.extend_from_slice(bytes);
        let within = self.arriving.add(bytes.len() as u64);
        let goes_out = self.keep && self.cache.shared.store.disk().is_some();
        match within {
            _ if goes_out && (!within || self.pending.len() >= PIECE) => self.flush(),
            true => Ok(()),
            false => Err(io::Error::other("too many answers are on their way in")),
        }
    }

    /// Puts what is there on the disk.
    #[inline(never)]
    fn flush(&mut self) -> io::Result<()> {
        let Some(disk) = self.cache.shared.store.disk().cloned() else { return Ok(()) };
        let (bytes, draft) = (std::mem::take(&mut self.pending), self.draft.take());
        self.arriving.clear();
        let (key, meta) = (self.key, draft.is_none().then(|| self.meta.clone()));
        let written = self.offload(move || {
            let mut draft = match (draft, meta) {
                (Some(draft), _) => draft,
                (None, Some(meta)) => disk.draft(&key, &meta)?,
                (None, None) => return Err(io::ErrorKind::InvalidInput.into()),
            };
            draft.write(&bytes)?;
            Ok(draft)
        });
        self.draft = Some(written?);
        Ok(())
    }

    fn offload<T: Send + 'static>(&self, f: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        rt::offload(self.until.at(), f).unwrap_or_else(|stop| Err(io::Error::other(stop)))
    }

    /// The body came to its end.
    #[inline(never)]
    fn finish(mut self) {
        let lead = self.lead.take();
        let shared = self.cache.shared.clone();
        let changed = shared.changes.since(self.turn, &self.key);
        if let Some(replaces) = self.replaces.filter(|_| self.keep && !changed) {
            shared.store.remove(&self.key, Some(&replaces));
        }
        let outcome = if self.draft.is_some() { self.publish(changed) } else { self.put(changed) };
        if let Some(lead) = lead {
            lead.land(outcome);
        }
    }

    fn put(self, changed: bool) -> Outcome {
        let body = Bytes::from(self.pending.into_boxed_slice());
        let shared = &self.cache.shared;
        if self.keep && !changed {
            let content = Content::Bytes(body.clone());
            shared.counts.put(shared.store.put(&self.key, &self.meta, &content, self.cache.bounds()));
        }
        Outcome::Answer(Arc::new((self.meta, body)))
    }

    fn publish(mut self, changed: bool) -> Outcome {
        let shared = self.cache.shared.clone();
        let flushed = if self.pending.is_empty() { Ok(()) } else { self.flush() };
        let (Ok(()), Some(disk), false) = (flushed, shared.store.disk().cloned(), changed) else {
            return Outcome::Own;
        };
        let Some(draft) = self.draft.take() else { return Outcome::Own };
        let (key, came) = (self.key, self.meta.came);
        let (meta, bounds) = (self.meta.clone(), self.cache.bounds());
        let kept = self.offload(move || disk.publish(draft, &key, &meta, bounds)).is_ok();
        shared.counts.put(kept);
        if kept { Outcome::Stored(came) } else { Outcome::Own }
    }
}

impl Tee {
    pub(super) fn new(inner: Box<dyn Flow>, copy: Copying) -> Self {
        let mut tee = Self { inner, copy: Some(Box::new(copy)), torn: false };
        tee.finish_at_end();
        tee
    }

    fn check(&self) -> Result<()> {
        if self.torn { Err(Error::cancelled(Phase::Body)) } else { Ok(()) }
    }

    fn took(&mut self, bytes: &[u8]) {
        if let Some(copy) = &mut self.copy
            && copy.add(bytes).is_err()
        {
            self.give_up();
        }
    }

    /// It will not be kept: those who wait ask by themselves.
    fn give_up(&mut self) {
        if let Some(lead) = self.copy.take().and_then(|mut copy| copy.lead.take()) {
            lead.land(Outcome::Own);
        }
    }

    fn broke(&mut self, error: &Error) {
        if let Some(mut copy) = self.copy.take()
            && let Some(lead) = copy.lead.take()
        {
            fail(lead, error, copy.cache.rules.retry);
        }
    }

    fn finish_at_end(&mut self) {
        if self.inner.is_end()
            && let Some(copy) = self.copy.take()
        {
            copy.finish();
        }
    }

    /// Takes what has come already, without waiting: a redirect's own body is dropped unread.
    pub(super) fn drain(&mut self, most: u64) {
        while self.copy.as_ref().is_some_and(|copy| copy.taken <= most) && self.inner.is_ready().unwrap_or(false) {
            match self.fill_buf().map(<[u8]>::len) {
                Ok(n @ 1..) => self.consume(n),
                _ => return,
            }
        }
    }
}

/// Tells those who wait. A limit in time or a cancel was the leader's own: dropped, the lead goes to the next.
pub(super) fn fail(lead: Lead, error: &Error, retry: bool) {
    if !retry && !matches!(error.kind(), Kind::Timeout | Kind::TooSlow | Kind::Cancelled) {
        lead.land(Outcome::Failed(Arc::new(error.again())));
    }
}

impl Flow for Tee {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.inner)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.check()?;
        if self.copy.is_some() {
            match self.inner.fill_buf().map(<[u8]>::is_empty) {
                Ok(false) => {}
                Ok(true) => {
                    self.torn = true;
                    self.finish_at_end();
                    self.torn = false;
                }
                Err(error) => {
                    self.broke(&error);
                    return Err(error);
                }
            }
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        if std::mem::replace(&mut self.torn, true) {
            return;
        }
        if let Some(copy) = &mut self.copy {
            // Shown before, so that it is there and nothing waits.
            let added = match self.inner.fill_buf() {
                Ok(there) => copy.add(&there[..n.min(there.len())]).is_ok(),
                Err(_) => false,
            };
            if !added {
                self.give_up();
            }
        }
        self.inner.consume(n);
        self.finish_at_end();
        self.torn = false;
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        self.check()?;
        let n = match self.inner.read(out) {
            Ok(n) => n,
            Err(error) => {
                self.broke(&error);
                return Err(error);
            }
        };
        self.torn = true;
        self.took(&out[..n]);
        self.finish_at_end();
        self.torn = false;
        Ok(n)
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.check()?;
        self.inner.is_ready()
    }

    fn is_end(&self) -> bool {
        !self.torn && self.inner.is_end()
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.inner.into_upgraded()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::client::cache::clock::Moment;
    use crate::client::flow::Fed;
    use crate::message::{Body, Headers};
    use crate::wire::h1::Head;

    /// Unwinds behind a read, as the wait for the disk does under a cancel.
    struct Unwinds(Fed, bool);

    impl Flow for Unwinds {
        fn below(&self) -> Option<&dyn Flow> {
            Some(&self.0)
        }

        fn fill_buf(&mut self) -> Result<&[u8]> {
            self.0.fill_buf()
        }

        fn consume(&mut self, n: usize) {
            self.0.consume(n);
            self.1 = true;
        }

        fn is_ready(&mut self) -> Result<bool> {
            Ok(true)
        }

        fn is_end(&self) -> bool {
            assert!(!self.1, "on purpose");
            false
        }
    }

    fn tee() -> Tee {
        let now = Moment::from_millis(0);
        let meta = Meta::new(&Head::new(200, "", &Headers::new()), now, now, Digest::of([]));
        let copy = Copying::new(&Cache::memory(1 << 20), Digest::of([]), meta, Until::never());
        Tee::new(Box::new(Unwinds(Fed::new(Body::from("all of it")), false)), copy)
    }

    #[test]
    fn after_a_wait_that_unwound_there_is_an_error_and_no_end() {
        let mut read = tee();
        assert!(catch_unwind(AssertUnwindSafe(|| read.read(&mut [0; 3]))).is_err());
        let mut taken = tee();
        taken.fill_buf().unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| taken.consume(3))).is_err());
        for tee in [&mut read, &mut taken] {
            tee.consume(1);
            assert_eq!(tee.read(&mut [0; 3]).unwrap_err().kind(), Kind::Cancelled);
            assert_eq!(tee.fill_buf().unwrap_err().kind(), Kind::Cancelled);
            assert!(!tee.is_end() && tee.is_ready().is_err());
        }
    }
}
