//! Counts of each host, of as many as anybody could look at.

use std::collections::HashMap;
use std::time::Duration;

use super::rate::Rate;

/// Beyond it hosts are counted together: a list of a million names is no reason to hold a million counts.
const MOST: usize = 20_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) name: Box<str>,
    pub(super) in_flight: usize,
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) bytes: u64,
    /// Of all its fetches together.
    pub(super) time: Duration,
    pub(super) rate: Rate,
    ended_since: u64,
}

impl Host {
    /// Of one fetch, on average.
    pub(super) fn mean(&self) -> Duration {
        let ended = u32::try_from(self.done + self.failed).unwrap_or(u32::MAX);
        self.time.checked_div(ended).unwrap_or_default()
    }
}

pub(super) struct Hosts {
    places: HashMap<Box<str>, usize>,
    /// The first is what has no place of its own.
    all: Vec<Host>,
}

impl Default for Hosts {
    fn default() -> Self {
        Self { places: HashMap::new(), all: vec![Host { name: "(others)".into(), ..Host::default() }] }
    }
}

impl Hosts {
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        if self.all.len() > MOST {
            return 0;
        }
        self.all.push(Host { name: name.into(), ..Host::default() });
        self.places.insert(name.into(), self.all.len() - 1);
        self.all.len() - 1
    }

    pub(super) fn begun(&mut self, place: usize) {
        self.all[place].in_flight += 1;
    }

    pub(super) fn landed(&mut self, place: usize) {
        self.all[place].in_flight -= 1;
    }

    pub(super) fn ended(&mut self, name: &str, is_failed: bool, bytes: u64, time: Duration) {
        let place = self.place(name);
        let host = &mut self.all[place];
        *(if is_failed { &mut host.failed } else { &mut host.done }) += 1;
        host.ended_since += 1;
        host.bytes += bytes;
        host.time += time;
    }

    /// How many there are, and the busiest `most` of them; `since` the last time.
    pub(super) fn busiest(&mut self, most: usize, since: Duration) -> (usize, Vec<Host>) {
        for host in &mut self.all {
            host.rate.add(std::mem::take(&mut host.ended_since), since);
        }
        let mut shown: Vec<&Host> =
            self.all.iter().filter(|host| host.done + host.failed > 0 || host.in_flight > 0).collect();
        let count = shown.len();
        // Tenths: equal ones would change their places all the time.
        let key = |host: &Host| {
            ((host.rate.per_second() * 10.0) as u64 + host.in_flight as u64 * 10, host.done + host.failed)
        };
        shown.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name)));
        (count, shown.into_iter().take(most).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_come_first_and_many_are_counted_together() {
        let mut hosts = Hosts::default();
        for n in 0..MOST + 500 {
            hosts.ended(&format!("h{n}"), n % 2 == 0, 10, Duration::from_millis(4));
        }
        for _ in 0..100 {
            hosts.ended("h7", false, 10, Duration::from_millis(4));
        }
        let place = hosts.place("h9");
        hosts.begun(place);
        let (count, shown) = hosts.busiest(3, Duration::from_secs(1));
        assert_eq!(count, MOST + 1);
        assert_eq!(&*shown[0].name, "(others)");
        assert_eq!((&*shown[1].name, shown[1].done, shown[1].bytes), ("h7", 101, 1_010));
        assert_eq!((&*shown[2].name, shown[2].in_flight, shown[2].mean()), ("h9", 1, Duration::from_millis(4)));
        hosts.landed(place);
        let (_, later) = hosts.busiest(1, Duration::from_secs(60));
        assert!(later[0].rate.per_second() < 0.001, "{:?}", later[0].rate);
    }
}
