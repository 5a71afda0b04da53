//! From the input to the frontier, on a thread of its own: reading may wait.

use std::sync::Arc;

use maypole::Method;
use maypole::error::Kind;
use maypole::queue::frontier::{Added, Feed};

use super::control::{Control, News};
use super::exit;
use super::input::{Input, Item, Read};
use super::state::Progress;
use super::view::{Board, View};
use super::work;

pub(super) struct Feeder {
    pub(super) input: Input,
    pub(super) feed: Feed,
    /// Of lines that name none.
    pub(super) method: Method,
    /// With a state directory.
    pub(super) progress: Option<Progress>,
    /// Duplicates that are no news: the frontier has them from earlier runs.
    pub(super) known: u64,
    pub(super) board: Arc<Board>,
    pub(super) view: View,
    pub(super) control: Arc<Control>,
}

/// Why it reads no further, and the exit code.
type Failed = (u8, String);

impl Feeder {
    /// Reads over what earlier runs have read.
    pub(super) fn skip(&mut self) -> Result<(), Failed> {
        while self.progress.as_ref().is_some_and(Progress::is_behind) && self.step()? {}
        Ok(())
    }

    /// Until the input or the run ends.
    pub(super) fn run(mut self) {
        let read = self.read();
        let flushed = self.flush();
        if let Err((code, why)) = read.and(flushed)
            && !self.control.room.is_closed()
        {
            self.control.tell(News::NotRead(code, why));
        }
    }

    fn read(&mut self) -> Result<(), Failed> {
        while self.step()? {}
        Ok(())
    }

    /// One line; `false` when there is none left, or none wanted.
    fn step(&mut self) -> Result<bool, Failed> {
        if self.control.room.is_closed() {
            return Ok(false);
        }
        // What has been read is fetched while more of it is waited for.
        if self.input.is_drained() {
            self.flush()?;
        }
        let read = self.input.next();
        match read.map_err(|(name, error)| (exit::READ, format!("cannot read {name}: {error}")))? {
            None => {
                let ended = self.progress.as_ref().map_or(Ok(()), Progress::end);
                return ended.map(|()| false).map_err(|why| (exit::USAGE, why));
            }
            Some(Read::Malformed(bad)) => {
                self.board.malformed();
                self.view.error(format_args!("{bad}"));
            }
            Some(Read::Item(line)) => return self.push(&line),
        }
        Ok(true)
    }

    fn push(&mut self, line: &Item) -> Result<bool, Failed> {
        let refused = |error: maypole::Error| (exit::WRITE, error.to_string());
        let item = work::item(line, &self.method).map_err(refused)?;
        if let Some(progress) = &mut self.progress
            && !progress.is_new(&item).map_err(|why| (exit::USAGE, why))?
        {
            return Ok(true);
        }
        if !self.control.room.try_enter() {
            self.flush()?;
            if !self.control.room.enter() {
                return Ok(false);
            }
        }
        match self.feed.push(item) {
            Ok(Added::New(_)) => {}
            Ok(_) => {
                self.control.room.leave();
                match self.known {
                    0 => self.board.duplicate(),
                    _ => self.known -= 1,
                }
            }
            Err(error) if error.kind() == Kind::Closed => return Ok(false),
            Err(error) => return Err(refused(error)),
        }
        Ok(true)
    }

    /// What was read is accepted, and so is the mark that says how much that is.
    fn flush(&mut self) -> Result<(), Failed> {
        match self.feed.flush() {
            Err(error) if error.kind() == Kind::Closed => return Ok(()),
            other => other.map_err(|error| (exit::WRITE, error.to_string()))?,
        }
        let saved = self.progress.as_ref().map_or(Ok(()), Progress::save);
        saved.map_err(|error| (exit::WRITE, format!("cannot write to --state: {error}")))
    }
}
