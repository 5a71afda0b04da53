//! All lines, and each step: no clock, nobody granted.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::Seen;
use super::line::{Held, Line, Moved, Rule, Waiting, When};
use crate::error::Error;
use crate::queue::limiter::turn::Turn;

/// From so many lines on those that could be forgotten are.
const FIRST_SWEEP: usize = 1024;
/// Idle lines kept at most: a crawl of millions of hosts must not grow without bound.
const MOST_IDLE: usize = 65_536;

pub(super) struct State<R: Rule> {
    by_key: HashMap<Arc<str>, u32>,
    lines: Vec<Option<Line<R>>>,
    free: Vec<u32>,
    sweep_at: usize,
    last_number: u64,
    /// Lines to look at.
    ready: VecDeque<u32>,
    due: BTreeSet<(Instant, u32)>,
    /// Whether somebody is at it.
    pub(super) granting: bool,
}

impl<R: Rule> State<R> {
    pub(super) fn new() -> Self {
        Self {
            by_key: HashMap::new(),
            lines: Vec::new(),
            free: Vec::new(),
            sweep_at: FIRST_SWEEP,
            last_number: 0,
            ready: VecDeque::new(),
            due: BTreeSet::new(),
            granting: false,
        }
    }

    fn line(&mut self, index: u32) -> Option<&mut Line<R>> {
        self.lines.get_mut(index as usize)?.as_mut()
    }

    /// The line of that name, made if there is none.
    pub(super) fn open(&mut self, key: &str, make: impl FnOnce() -> R, now: Instant) -> u32 {
        if let Some(&index) = self.by_key.get(key) {
            if let Some(line) = self.line(index) {
                line.used = now;
            }
            return index;
        }
        self.sweep(now);
        let key: Arc<str> = key.into();
        let line = Some(Line::new(key.clone(), make(), now));
        let index = match self.free.pop() {
            Some(index) => {
                self.lines[index as usize] = line;
                index
            }
            None => {
                self.lines.push(line);
                (self.lines.len() - 1) as u32
            }
        };
        self.by_key.insert(key, index);
        index
    }

    /// Forgets lines that nobody misses, now and then: what that costs is spread over those that were opened.
    fn sweep(&mut self, now: Instant) {
        if self.by_key.len() < self.sweep_at {
            return;
        }
        let mut idle: Vec<(Instant, u32, bool)> = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            if let Some(line) = line.as_ref().filter(|line| line.is_idle()) {
                idle.push((line.used, index as u32, line.rule.is_fresh(now)));
            }
        }
        idle.sort_unstable_by_key(|(used, ..)| *used);
        let surplus = idle.len().saturating_sub(MOST_IDLE);
        let goes = idle.iter().enumerate().filter(|(n, (.., is_fresh))| *n < surplus || *is_fresh);
        for index in goes.map(|(_, (_, index, _))| *index).collect::<Vec<_>>() {
            self.set_due(index, None);
            if let Some(line) = self.lines[index as usize].take() {
                self.by_key.remove(&line.key);
                self.free.push(index);
            }
        }
        self.sweep_at = FIRST_SWEEP.max(2 * self.by_key.len());
    }

    /// Grants to somebody who has just come, if nobody waits.
    pub(super) fn grants_at_once(&mut self, index: u32, now: Instant) -> bool {
        let Some(line) = self.line(index) else { return false };
        let grants = !line.is_wanted() && line.rule.next(line.held, now) == When::Now;
        line.held.granted += usize::from(grants);
        grants
    }

    pub(super) fn join(&mut self, index: u32, turn: Turn, note: R::Note) {
        self.last_number += 1;
        let number = self.last_number;
        if let Some(line) = self.line(index) {
            line.join(number, Waiting { turn, note });
        }
        self.ready.push_back(index);
    }

    /// The next turn to be granted, which counts as such from now on.
    pub(super) fn next_granted(&mut self, now: Instant) -> Option<(Turn, u32)> {
        while let Some(&index) = self.ready.front() {
            let line = self.lines.get_mut(index as usize).and_then(Option::as_mut);
            let when = line.map_or(When::Changed, |line| match line.is_wanted() {
                true => line.rule.next(line.held, now),
                false => When::Changed,
            });
            if when == When::Now
                && let Some(line) = self.line(index)
                && let Some((_, first)) = line.waiting.pop_first()
            {
                line.held.granted += 1;
                return Some((first.turn, index));
            }
            self.ready.pop_front();
            self.set_due(index, if let When::At(at) = when { Some(at) } else { None });
        }
        None
    }

    fn set_due(&mut self, index: u32, at: Option<Instant>) {
        let Some(line) = self.line(index) else { return };
        let before = std::mem::replace(&mut line.due, at);
        if before != at {
            before.map(|before| self.due.remove(&(before, index)));
            at.map(|at| self.due.insert((at, index)));
        }
    }

    /// Lines whose time has come are to be looked at.
    pub(super) fn due(&mut self, now: Instant) {
        while let Some(&(at, index)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, index));
            if let Some(line) = self.line(index) {
                line.due = None;
            }
            self.ready.push_back(index);
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(super) fn begun(&mut self, index: u32, now: Instant) {
        if let Some(line) = self.line(index) {
            line.held = Held { granted: line.held.granted - 1, begun: line.held.begun + 1 };
            line.rule.begun(now);
            self.ready.push_back(index);
        }
    }

    pub(super) fn released(&mut self, index: u32) {
        if let Some(line) = self.line(index) {
            line.held.begun -= 1;
            self.ready.push_back(index);
        }
    }

    pub(super) fn unused(&mut self, index: u32) {
        if let Some(line) = self.line(index) {
            line.held.granted -= 1;
            self.ready.push_back(index);
        }
    }

    pub(super) fn change<T>(&mut self, index: u32, f: impl FnOnce(&mut R) -> T) -> T {
        self.ready.push_back(index);
        let line = self.line(index).expect("opened under the same lock");
        f(&mut line.rule)
    }

    /// Changes rules, then sorts those that wait into the lines where they belong now; back come those without one.
    pub(super) fn rearrange(
        &mut self,
        mut f: impl FnMut(&str, &mut R),
        place: impl Fn(&R::Note) -> Moved<R>,
        now: Instant,
    ) -> Vec<(Turn, Option<Error>)> {
        let mut waiting = Vec::new();
        for line in self.lines.iter_mut().flatten() {
            f(&line.key, &mut line.rule);
            let all = std::mem::take(&mut line.waiting).into_iter();
            waiting.extend(all.filter(|(_, waiting)| waiting.turn.is_wanted()));
        }
        waiting.sort_unstable_by_key(|(place, _)| *place);
        let mut settled = Vec::new();
        for ((_, number), waiting) in waiting {
            match place(&waiting.note) {
                Moved::Free => settled.push((waiting.turn, None)),
                Moved::Refused(error) => settled.push((waiting.turn, Some(error))),
                Moved::Line(key, rule) => {
                    let index = self.open(&key, || rule, now);
                    self.line(index).expect("just opened").join(number, waiting);
                }
            }
        }
        self.ready.extend(0..self.lines.len() as u32);
        settled
    }

    pub(super) fn see(&self, key: &str) -> Option<Seen<R>>
    where
        R: Clone,
    {
        let line = self.lines[*self.by_key.get(key)? as usize].as_ref()?;
        let waiting = line.waiting.values().filter(|waiting| waiting.turn.is_wanted()).count();
        Some(Seen { rule: line.rule.clone(), held: line.held, waiting })
    }

    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        let mut keys: Vec<_> = self.by_key.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }
}
