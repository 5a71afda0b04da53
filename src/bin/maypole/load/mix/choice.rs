//! All requests of a run, and which one comes when.

use maypole::load::Turn;
use maypole::message::Url;

use super::draw::Draw;
use super::entry::{Defaults, Entry};
use super::prepared::{Prepared, WITH_USER};

/// The requests of a run.
pub(in crate::load) struct Mix {
    entries: Vec<Prepared>,
    seed: u64,
    /// Up to and with each, all weights so far; none where they are equal.
    weights: Vec<u64>,
}

impl Mix {
    /// Everything that can be wrong with a request is found here.
    pub(in crate::load) fn new(entries: &[Entry], defaults: &Defaults, base: &str, seed: u64) -> Result<Self, String> {
        if Url::parse(base).map_err(|error| error.to_string())?.credentials().is_some() {
            return Err(WITH_USER.into());
        }
        if base.contains(['?', '#']) {
            return Err(format!("paths are put behind {base}, so that it can have neither a query nor a fragment"));
        }
        let prepared = |entry| Prepared::new(entry, defaults, base);
        let mut entries = entries.iter().map(prepared).collect::<Result<Vec<_>, _>>()?;
        name(&mut entries);
        let is_even = entries.iter().all(|entry| entry.weight == entries[0].weight);
        let sum = |sum: &mut u64, entry: &Prepared| {
            *sum += u64::from(entry.weight);
            Some(*sum)
        };
        let weights = if is_even { Vec::new() } else { entries.iter().scan(0, sum).collect() };
        Ok(Self { entries, seed, weights })
    }

    /// The request of this number, and what its placeholders draw from. Of equal weights they take turns, so that a list
    /// of a hundred is sent once by a hundred requests; else the seed decides.
    pub(in crate::load) fn pick(&self, number: u64, connection: usize) -> (&Prepared, Draw) {
        let mut draw = Draw::new(self.seed, number, connection);
        let at = match self.weights.last() {
            Some(&sum) => {
                let drawn = draw.below(sum.into());
                self.weights.partition_point(|&upto| upto <= drawn)
            }
            None => (number % self.entries.len() as u64) as usize,
        };
        (&self.entries[at], draw)
    }

    pub(in crate::load) fn entries(&self) -> &[Prepared] {
        &self.entries
    }

    /// The only request, if there is but one and it is always the same.
    pub(in crate::load) fn only(&self) -> Option<&Prepared> {
        self.entries.first().filter(|only| self.entries.len() == 1 && only.is_fixed())
    }

    /// Where there is but one request, its URL, or one that it may become.
    pub(in crate::load) fn url(&self) -> Option<&str> {
        self.entries.first().filter(|_| self.entries.len() == 1).map(|only| only.url().as_str())
    }

    /// The seed, if it makes a difference.
    pub(in crate::load) fn seed(&self) -> Option<u64> {
        let is_random = !self.weights.is_empty() || self.entries.iter().any(Prepared::is_random);
        is_random.then_some(self.seed)
    }
}

/// Those without a name are called by their method and path, with the server where there are several.
fn name(entries: &mut [Prepared]) {
    let is_one_server = entries.iter().all(|entry| entry.server() == entries[0].server());
    let mut known: Vec<String> = Vec::new();
    for entry in entries {
        let name = entry.name_given().map_or_else(|| entry.described(!is_one_server), str::to_owned);
        // The name of the others is one of those that the library tells apart.
        if !known.contains(&name) && known.len() < Turn::MOST_STEPS - 1 {
            known.push(name.clone());
        }
        entry.name = if known.contains(&name) { name } else { Turn::OTHER_STEPS.to_owned() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(urls: &[(&str, u32)], seed: u64) -> Mix {
        let entries: Vec<_> = urls.iter().map(|&(url, weight)| Entry { weight, ..Entry::of_url(url) }).collect();
        Mix::new(&entries, &Defaults::default(), "http://h:81/base/", seed).unwrap()
    }

    fn picked(mix: &Mix, n: u64) -> Vec<&str> {
        (0..n).map(|number| &*mix.pick(number, 0).0.name).collect()
    }

    #[test]
    fn equal_weights_take_turns_whatever_the_seed() {
        let even = mix(&[("/a", 2), ("/b", 2), ("/c", 2)], 1);
        assert_eq!(picked(&even, 4), ["GET /base/a", "GET /base/b", "GET /base/c", "GET /base/a"]);
        assert_eq!(even.seed(), None);
    }

    #[test]
    fn q300_weights_are_kept_and_the_seed_decides() {
        let of = |seed| mix(&[("/a", 1), ("/b", 9)], seed);
        let (one, same, other) = (of(1), of(1), of(2));
        assert_eq!(picked(&one, 1_000), picked(&same, 1_000));
        assert_ne!(picked(&one, 1_000), picked(&other, 1_000));
        let first = picked(&one, 10_000).into_iter().filter(|name| *name == "GET /base/a").count();
        // Four standard deviations of 30 each.
        assert!(first.abs_diff(1_000) < 120, "{first}");
        assert_eq!(one.seed(), Some(1));
    }

    #[test]
    fn names_have_the_server_only_where_there_are_several() {
        let names = |mix: &Mix| mix.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&mix(&[("/a?b", 1), ("http://h:81/", 1)], 0)), ["GET /base/a?b", "GET /"]);
        assert_eq!(names(&mix(&[("/a", 1), ("http://h/", 1)], 0)), ["GET http://h:81/base/a", "GET http://h:80/"]);
        let many: Vec<String> = (0..100).map(|n| format!("/{n}")).collect();
        let many = mix(&many.iter().map(|url| (url.as_str(), 1)).collect::<Vec<_>>(), 0);
        assert_eq!((names(&many)[62].as_str(), names(&many)[63].as_str()), ("GET /base/62", Turn::OTHER_STEPS));
    }
}
