//! Where jobs that can go wait for a worker: in lanes, or in a bag.

use super::bag::Bag;
use super::lanes::Lanes;
use super::settings::{Order, Settings};
use super::slots::Slots;
use super::task::Task;

pub(super) enum Lines {
    Fair(Lanes),
    /// One lane for all.
    Fifo(Lanes),
    Random(Bag),
}

impl Lines {
    pub(super) fn new(settings: &Settings) -> Self {
        match settings.order {
            Order::Fair => Self::Fair(Lanes::new(settings.per_lane)),
            Order::Fifo => Self::Fifo(Lanes::new(usize::MAX)),
            Order::Random { seed } => Self::Random(Bag::new(seed)),
        }
    }

    /// A job of that name begins to belong here.
    pub(super) fn join(&mut self, key: &str) -> u32 {
        match self {
            Self::Fair(lanes) => lanes.join(key),
            Self::Fifo(lanes) => lanes.join(""),
            Self::Random(_) => 0,
        }
    }

    /// It has ended.
    pub(super) fn leave(&mut self, lane: u32) {
        if let Self::Fair(lanes) | Self::Fifo(lanes) = self {
            lanes.leave(lane);
        }
    }

    /// In front stands what has had its turn before.
    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        match self {
            Self::Fair(lanes) | Self::Fifo(lanes) => lanes.push(slots, job, in_front),
            Self::Random(bag) => bag.push(slots, job, in_front),
        }
    }

    /// Takes the next one; it is in flight then.
    pub(super) fn pop<T: Task>(&mut self, slots: &mut Slots<T>) -> Option<u32> {
        match self {
            Self::Fair(lanes) | Self::Fifo(lanes) => lanes.pop(slots),
            Self::Random(bag) => bag.pop(slots),
        }
    }

    /// Takes one out that stands in line.
    pub(super) fn remove<T: Task>(&mut self, slots: &mut Slots<T>, job: u32) {
        match self {
            Self::Fair(lanes) | Self::Fifo(lanes) => lanes.remove(slots, job),
            Self::Random(bag) => bag.remove(slots, job),
        }
    }

    /// It is not in flight any more.
    pub(super) fn landed(&mut self, lane: u32) {
        if let Self::Fair(lanes) | Self::Fifo(lanes) = self {
            lanes.landed(lane);
        }
    }

    /// How many jobs workers could take now: those of a host that has its share in flight do not count.
    pub(super) fn open(&self) -> usize {
        match self {
            Self::Fair(lanes) | Self::Fifo(lanes) => lanes.open(),
            Self::Random(bag) => bag.open(),
        }
    }
}
