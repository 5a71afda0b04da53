//! What looks on while a body is sent: progress, and how much may go now.

use std::ops::Range;
use std::sync::Arc;

use super::Body;
use super::source::PIECE;
use crate::error::Result;

/// Called with the bytes so far, and all of them if that is known.
pub type Progress = dyn Fn(u64, Option<u64>) + Send + Sync;

/// Says how many of so many bytes may go now, one at least, and waits until that is so.
pub(crate) type Allow = dyn FnMut(usize) -> Result<usize> + Send;

#[derive(Default)]
pub(super) struct Meter {
    watchers: Vec<Arc<Progress>>,
    allow: Option<Box<Allow>>,
    /// Of the source's current piece, what is handed out.
    shown: Range<usize>,
    allowed: usize,
    sent: u64,
    started: bool,
}

impl Body {
    /// Calls `f` while the body is sent, with the bytes that the system has taken so far and the length if it is known:
    /// first with 0, then after each piece of 64 KiB at most, at last with the length.
    ///
    /// A body that is sent a second time, on a fresh connection or to another URL, starts at 0 once more. What
    /// is counted is this body: before [`gzip`](Self::gzip) the bytes as they are, behind it as compressed. `f` runs
    /// on the coroutine or thread that sends, and must not block it.
    ///
    /// ```
    /// use maypole::message::Body;
    /// let body = Body::from(vec![0; 100_000]).on_progress(|sent, total| assert!(sent <= total.unwrap()));
    /// assert_eq!(body.length(), Some(100_000));
    /// ```
    #[must_use]
    pub fn on_progress(mut self, f: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.watch(Arc::new(f));
        self
    }

    pub(crate) fn watch(&mut self, watcher: Arc<Progress>) {
        self.meter.get_or_insert_default().watchers.push(watcher);
    }

    /// Makes the body go out no faster than `allow` says.
    pub(crate) fn pace(&mut self, allow: Box<Allow>) {
        self.meter.get_or_insert_default().allow = Some(allow);
    }

    /// Goes on to the next piece; `false` at the end.
    pub(super) fn pull(&mut self) -> Result<bool> {
        let Some(meter) = &mut self.meter else { return self.source.pull() };
        let total = self.source.length();
        // Whoever asks for more has sent what there was.
        meter.report(total);
        let there = self.source.piece().len();
        if meter.shown.end < there && !meter.shown.is_empty() {
            meter.shown.start = meter.shown.end;
        } else if self.source.pull()? {
            meter.shown = 0..0;
        } else {
            meter.shown = 0..0;
            return Ok(false);
        }
        meter.show(self.source.piece().len())?;
        Ok(true)
    }

    /// The piece that [`pull`](Self::pull) has found.
    pub(super) fn piece(&self) -> &[u8] {
        let piece = self.source.piece();
        self.meter.as_ref().map_or(piece, |meter| &piece[meter.shown.clone()])
    }
}

impl Meter {
    fn report(&mut self, total: Option<u64>) {
        let news = self.shown.len() as u64;
        if self.started && news == 0 {
            return;
        }
        self.started = true;
        self.sent += news;
        self.watchers.iter().for_each(|watcher| watcher(self.sent, total));
    }

    /// As much as is allowed of what comes next in a source's piece of `there` bytes.
    fn show(&mut self, there: usize) -> Result<()> {
        // Nothing is shown while it waits, or a failure would be reported as progress.
        let start = self.shown.start;
        self.shown = start..start;
        if let Some(allow) = self.allow.as_mut().filter(|_| self.allowed == 0) {
            self.allowed = allow(there - start)?.max(1);
        }
        let most = if self.allow.is_some() { self.allowed.min(PIECE) } else { PIECE };
        let n = most.min(there - start);
        self.shown = start..start + n;
        self.allowed = self.allowed.saturating_sub(n);
        Ok(())
    }

    pub(super) fn rewind(&mut self) {
        (self.shown, self.sent, self.started) = (0..0, 0, false);
    }
}
