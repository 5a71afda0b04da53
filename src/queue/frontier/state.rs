//! What a frontier knows beside its items, and each step: no clock, nobody woken.

use std::collections::VecDeque;

use super::bounds::Tally;
use super::item::Item;
use super::journal::{Batch, End, Found, unpack};
use super::report::{Ended, Progress};
use crate::error::Error;
use crate::rt::Waiter;

pub(super) struct State {
    /// The number of the next item.
    pub(super) next: u64,
    /// Items in memory, packed, without a directory.
    shelf: VecDeque<Box<[u8]>>,
    pub(super) writing: Writing,
    /// Items that are not on disk yet.
    unwritten: u64,
    /// Items that can be taken.
    backlog: u64,
    /// Items handed to the queue.
    pub(super) open: usize,
    /// Items that were handed to the queue and came back undone.
    left: u64,
    /// Items begun in this run.
    pub(super) begun: u64,
    /// Items that have ended, in earlier runs too.
    done: u64,
    pub(super) tally: Tally,
    pub(super) feeds: usize,
    pub(super) is_running: bool,
    /// Waits for something to do.
    pub(super) pump: Option<Waiter>,
    /// Nothing more from outside.
    pub(super) is_closed: bool,
    pub(super) stopping: Option<Ended>,
    pub(super) failure: Option<Error>,
}

/// What is on its way to the disk.
#[derive(Default)]
pub(super) struct Writing {
    pub(super) batch: Batch,
    /// Batches handed over to be written, and written.
    pub(super) given: u64,
    pub(super) written: u64,
    pub(super) is_busy: bool,
    pub(super) waiting: Vec<Waiter>,
}

impl State {
    pub(super) fn new(found: Found) -> Self {
        let batch = Batch { first: found.next, ..Batch::default() };
        Self {
            next: found.next,
            shelf: VecDeque::new(),
            writing: Writing { batch, ..Writing::default() },
            unwritten: 0,
            backlog: found.pending,
            open: 0,
            left: 0,
            begun: 0,
            done: found.done,
            tally: Tally::default(),
            feeds: 0,
            is_running: false,
            pump: None,
            is_closed: false,
            stopping: None,
            failure: None,
        }
    }

    /// Puts an item at the end, into the next batch or on the shelf; its number.
    pub(super) fn push(&mut self, packed: Vec<u8>, to_disk: bool) -> u64 {
        let id = self.next;
        self.next += 1;
        if to_disk {
            self.writing.batch.items.extend_from_slice(&packed);
            self.writing.batch.count += 1;
            self.unwritten += 1;
        } else {
            self.shelf.push_back(packed.into());
            self.backlog += 1;
        }
        id
    }

    pub(super) fn note(&mut self, end: End, to_disk: bool) {
        if to_disk {
            self.writing.batch.ends.push(end);
        }
    }

    pub(super) fn has_unwritten(&self) -> bool {
        self.writing.batch.count > 0 || !self.writing.batch.ends.is_empty()
    }

    /// There is something to be written, and nobody waits for it.
    pub(super) fn is_abandoned(&self) -> bool {
        self.has_unwritten() && !self.writing.is_busy && self.writing.waiting.is_empty()
    }

    /// What is to be written next.
    pub(super) fn give(&mut self) -> Batch {
        self.writing.given += 1;
        std::mem::replace(&mut self.writing.batch, Batch { first: self.next, ..Batch::default() })
    }

    /// It has been written.
    pub(super) fn written(&mut self, batch: &Batch) {
        self.writing.written = self.writing.given;
        self.backlog += batch.count;
        self.unwritten -= batch.count;
    }

    /// Promises so many items to the queue.
    pub(super) fn promise(&mut self, most: u64) -> usize {
        let count = self.backlog.min(most);
        self.backlog -= count;
        self.begun += count;
        self.open += count as usize;
        count as usize
    }

    /// The first items of the shelf.
    pub(super) fn unshelve(&mut self, count: usize) -> Vec<Item> {
        let first = self.next - self.shelf.len() as u64;
        let taken = self.shelf.drain(..count).zip(first..);
        taken.filter_map(|(packed, id)| unpack(&packed, id)).collect()
    }

    /// Items come back undone.
    pub(super) fn leave(&mut self, items: usize) {
        self.open -= items;
        self.left += items as u64;
    }

    pub(super) fn ended(&mut self, is_failed: bool) {
        self.open -= 1;
        self.done += 1;
        self.tally.ended(is_failed);
    }

    pub(super) fn has_backlog(&self) -> bool {
        self.backlog > 0
    }

    pub(super) fn pending(&self) -> u64 {
        self.backlog + self.open as u64 + self.left + self.unwritten
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            pending: self.pending(),
            open: self.open,
            done: self.done,
            failed: self.tally.failed,
            retried: self.tally.retried,
            duplicates: self.tally.duplicates,
            bytes: self.tally.bytes,
        }
    }
}
