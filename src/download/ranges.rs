//! Which bytes of a file are there.

use std::ops::Range;

/// Disjoint ranges in order, none empty, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    pub(super) fn add(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        // Those that overlap or touch it become one with it.
        let first = self.0.partition_point(|there| there.end < range.start);
        let last = self.0.partition_point(|there| there.start <= range.end);
        let touched = &self.0[first..last];
        let start = touched.first().map_or(range.start, |there| there.start.min(range.start));
        let end = touched.last().map_or(range.end, |there| there.end.max(range.end));
        self.0.splice(first..last, std::iter::once(start..end));
    }

    /// How many bytes are there.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }

    /// What lacks of the first `total` bytes, in order.
    pub(super) fn missing(&self, total: u64) -> Vec<Range<u64>> {
        let mut from = 0;
        let mut gaps = Vec::new();
        for there in &self.0 {
            gaps.push(from..there.start.min(total));
            from = there.end;
        }
        gaps.push(from..total);
        gaps.retain(|gap| !gap.is_empty());
        gaps
    }

    /// How many bytes are there from the first one on.
    pub(super) fn prefix(&self) -> u64 {
        self.0.first().filter(|first| first.start == 0).map_or(0, |first| first.end)
    }

    /// One past the last byte that is there.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |last| last.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[(u64, u64)]) -> Ranges {
        let mut ranges = Ranges::default();
        list.iter().for_each(|&(start, end)| ranges.add(start..end));
        ranges
    }

    #[test]
    fn ranges_join_where_they_touch_whatever_the_order() {
        assert_eq!(of(&[(10, 20), (0, 5), (5, 10)]), of(&[(0, 20)]));
        assert_eq!(of(&[(0, 1), (2, 3), (4, 5), (1, 4)]), of(&[(0, 5)]));
        assert_eq!(of(&[(3, 3)]), Ranges::default());
        let ranges = of(&[(0, 4), (10, 12)]);
        assert_eq!((ranges.bytes(), ranges.prefix(), ranges.end()), (6, 4, 12));
        assert_eq!(ranges.missing(15), [4..10, 12..15]);
        assert_eq!(ranges.missing(3), []);
        assert_eq!(ranges.missing(5), std::iter::once(4..5).collect::<Vec<_>>());
    }

    /// Against a plain array of bits, with ranges of a small generator of numbers.
    #[test]
    fn agrees_with_one_flag_per_byte() {
        let (mut ranges, mut flags, mut seed) = (Ranges::default(), [false; 64], 7u64);
        for round in 0..2_000 {
            if round % 12 == 0 {
                (ranges, flags) = (Ranges::default(), [false; 64]);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (start, length) = ((seed >> 33) % 60, (seed >> 40) % 9);
            let range = start..(start + length).min(64);
            flags[range.start as usize..range.end as usize].fill(true);
            ranges.add(range);
            let there: Vec<u64> = (0..64).filter(|&at| flags[at as usize]).collect();
            assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), there);
            assert!(ranges.0.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
