//! Which connection fetches which piece of a file. Values only: time is an argument, nothing here waits.
//!
//! ```text
//!             take                         claim … claim              wrote
//!   free ───────────▶ taken by a worker ───────────────────▶ claimed ───────▶ done
//!    ▲                   │        │
//!    └───── release ─────┘        └── split: an idle worker takes the end of the piece that would last longest
//! ```

use std::ops::Range;
use std::time::{Duration, Instant};

use super::ranges::Ranges;
use super::speed::Speed;

/// A piece may be split below the least size if its worker would need longer than this for the rest: a connection that
/// is slow or silent must not hold the end up. A new request costs about a round trip.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Board {
    total: Option<u64>,
    done: Ranges,
    pieces: Vec<Piece>,
    speeds: Vec<Speed>,
    least: u64,
    made: u32,
}

#[derive(Debug)]
struct Piece {
    id: u32,
    /// The next byte that nobody has claimed.
    next: u64,
    /// `u64::MAX` while the length of the file is not known.
    end: u64,
    worker: Option<usize>,
}

/// A piece for a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) id: u32,
    pub(super) from: u64,
    /// None up to the end of a file of unknown length.
    pub(super) to: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Piece(Grant),
    /// All is taken, but a piece may come free again or be worth splitting later.
    Nothing,
    /// Every byte has been claimed.
    Over,
}

impl Board {
    /// What lacks of `total` bytes, cut for `workers` connections into pieces of `least` bytes at least.
    pub(super) fn new(total: Option<u64>, done: Ranges, workers: usize, least: u64) -> Self {
        let speeds = vec![Speed::default(); workers];
        let mut board = Self { total, done, pieces: Vec::new(), speeds, least: least.max(1), made: 0 };
        let Some(total) = total else {
            let from = board.done.prefix();
            board.add(from..u64::MAX, None);
            return board;
        };
        let gaps = board.done.missing(total);
        let lacking: u64 = gaps.iter().map(|gap| gap.end - gap.start).sum();
        let size = lacking.div_ceil(workers.max(1) as u64).max(board.least);
        for gap in gaps {
            let mut from = gap.start;
            while from < gap.end {
                // The last one takes the rest if that would be less than a piece.
                let to = if gap.end - from < size.saturating_add(board.least) { gap.end } else { from + size };
                board.add(from..to, None);
                from = to;
            }
        }
        board
    }

    fn add(&mut self, range: Range<u64>, worker: Option<usize>) -> Grant {
        let id = self.made;
        self.made += 1;
        self.pieces.push(Piece { id, next: range.start, end: range.end, worker });
        Grant { id, from: range.start, to: Some(range.end).filter(|&end| end != u64::MAX) }
    }

    /// A piece for `worker`: the one at `at`, where its stream stands, if that is free; else the first free one; else
    /// the end of somebody's.
    pub(super) fn take(&mut self, worker: usize, at: Option<u64>, now: Instant) -> Take {
        self.speeds[worker].rest(now);
        self.pieces.retain(|piece| piece.next < piece.end);
        if self.pieces.is_empty() {
            return Take::Over;
        }
        let free = || self.pieces.iter().enumerate().filter(|(_, piece)| piece.worker.is_none());
        let here = free().find(|(_, piece)| Some(piece.next) == at);
        let first = here.or_else(|| free().min_by_key(|(_, piece)| piece.next)).map(|(index, _)| index);
        let grant = match first {
            Some(index) => {
                let piece = &mut self.pieces[index];
                piece.worker = Some(worker);
                Some(Grant { id: piece.id, from: piece.next, to: Some(piece.end).filter(|&end| end != u64::MAX) })
            }
            None => self.split(worker, now),
        };
        grant.map_or(Take::Nothing, |grant| {
            self.speeds[worker].start(now);
            Take::Piece(grant)
        })
    }

    /// Takes a share of the piece that would last longest, in proportion to what both have done so far.
    fn split(&mut self, worker: usize, now: Instant) -> Option<Grant> {
        let mine = self.speeds[worker].per_second(now);
        let lasting = |piece: &Piece| {
            let speed = piece.worker.map_or(0.0, |worker| self.speeds[worker].per_second(now));
            (piece.end - piece.next) as f64 / speed.max(1.0)
        };
        let taken = self.pieces.iter().enumerate().filter(|(_, piece)| piece.end != u64::MAX);
        let (index, lasts) =
            taken.map(|(index, piece)| (index, lasting(piece))).max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        let piece = &self.pieces[index];
        let (left, theirs) = (piece.end - piece.next, &self.speeds[piece.worker?]);
        let is_known = theirs.age(now) >= PATIENCE;
        let speed = theirs.per_second(now);
        let share = match is_known && mine + speed > 0.0 {
            true => mine / (mine + speed),
            // One that has been silent for so long keeps nothing.
            false if is_known => 1.0,
            false => 0.5,
        };
        let stolen = ((left as f64 * share) as u64).clamp(1, left);
        let is_worth_it = stolen >= self.least || (is_known && lasts > PATIENCE.as_secs_f64());
        if !is_worth_it {
            return None;
        }
        let piece = &mut self.pieces[index];
        let end = piece.end;
        piece.end -= stolen;
        let from = piece.end;
        Some(self.add(from..end, Some(worker)))
    }

    /// Where the piece ends by now; `None` when it has no unclaimed bytes.
    pub(super) fn end_of(&self, id: u32) -> Option<u64> {
        self.pieces.iter().find(|piece| piece.id == id && piece.next < piece.end).map(|piece| piece.end)
    }

    /// How many of the next `n` bytes of the piece are the worker's to write: fewer where the piece has been split.
    pub(super) fn claim(&mut self, id: u32, n: u64, now: Instant) -> u64 {
        let Some(piece) = self.pieces.iter_mut().find(|piece| piece.id == id) else { return 0 };
        let claimed = n.min(piece.end - piece.next);
        piece.next += claimed;
        if let Some(worker) = piece.worker {
            self.speeds[worker].add(n, now);
        }
        claimed
    }

    /// These bytes are in the file.
    pub(super) fn wrote(&mut self, range: Range<u64>) {
        self.done.add(range);
    }

    /// Lets the rest of the piece go.
    pub(super) fn release(&mut self, id: u32) {
        if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.id == id) {
            piece.worker = None;
        }
    }

    /// How long the file is, learned from a later response.
    pub(super) fn learn(&mut self, total: u64) {
        if self.total.is_none() {
            self.total = Some(total);
            let open = self.pieces.iter_mut().filter(|piece| piece.end == u64::MAX);
            open.for_each(|piece| piece.end = total.max(piece.next));
        }
    }

    /// The file ends where the piece has come to.
    pub(super) fn ended(&mut self, id: u32) {
        if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.id == id) {
            piece.end = piece.next;
            self.total.get_or_insert(piece.next);
        }
    }

    /// What nobody has claimed yet, piece by piece; up to `u64::MAX` in a file of unknown length.
    pub(super) fn pieces(&self) -> Vec<Range<u64>> {
        self.pieces.iter().map(|piece| piece.next..piece.end).filter(|left| !left.is_empty()).collect()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn done(&self) -> &Ranges {
        &self.done
    }

    /// Whether every byte is in the file.
    pub(super) fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.done.prefix() >= total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn grant(take: Take) -> Grant {
        match take {
            Take::Piece(grant) => grant,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pieces_have_a_least_size_and_cover_what_is_missing() {
        let now = Instant::now();
        let mut done = Ranges::default();
        done.add(0..MIB);
        done.add(5 * MIB..6 * MIB);
        let mut board = Board::new(Some(20 * MIB), done, 4, MIB);
        let pieces: Vec<_> = (0..4).map(|worker| grant(board.take(worker, None, now))).map(|g| g.from / MIB).collect();
        assert_eq!(pieces, [1, 6, 10, 15]);
        let mut board = Board::new(Some(MIB + 5), Ranges::default(), 8, MIB);
        assert_eq!(grant(board.take(0, None, now)).to, Some(MIB + 5), "no piece of 5 bytes");
        assert_eq!(board.take(1, None, now), Take::Nothing);
        let mut board = Board::new(Some(MIB), Ranges::default(), 8, u64::MAX);
        assert_eq!(grant(board.take(0, None, now)).to, Some(MIB), "never split");
    }

    #[test]
    fn an_idle_worker_takes_half_of_the_longest_rest() {
        let now = Instant::now();
        let mut board = Board::new(Some(8 * MIB), Ranges::default(), 2, 8 * MIB);
        board.least = MIB;
        let first = grant(board.take(0, None, now));
        assert_eq!(board.claim(first.id, 2 * MIB, now), 2 * MIB);
        let second = grant(board.take(1, None, now));
        assert_eq!((second.from, second.to), (5 * MIB, Some(8 * MIB)));
        assert_eq!(board.end_of(first.id), Some(5 * MIB));
        assert_eq!(board.claim(first.id, 4 * MIB, now), 3 * MIB, "the rest is not its own any more");
        assert_eq!(board.end_of(first.id), None);
    }

    #[test]
    fn a_silent_connection_loses_everything_and_a_slow_one_its_share() {
        let start = Instant::now();
        let later = start + Duration::from_secs(4);
        let two = |bytes: u64| {
            let mut board = Board::new(Some(4 * MIB), Ranges::default(), 2, 2 * MIB);
            let slow = grant(board.take(0, None, start));
            let quick = grant(board.take(1, None, start));
            board.claim(slow.id, bytes, start + Duration::from_secs(3));
            board.claim(quick.id, 2 * MIB, start + Duration::from_secs(1));
            assert_eq!(board.take(1, None, start + Duration::from_secs(1)), Take::Nothing, "too soon to tell");
            (grant(board.take(1, None, later)), slow.id, board)
        };
        let (taken, slow, mut board) = two(0);
        assert_eq!((taken.from, taken.to), (0, Some(2 * MIB)));
        assert_eq!(board.claim(slow, 10, later), 0);
        let (taken, slow, board) = two(MIB);
        let left = board.end_of(slow).unwrap() - MIB;
        assert!((1..MIB / 2).contains(&left), "kept {left}");
        assert_eq!(taken.from, MIB + left);
    }

    /// It has shown how fast it is before: that must not count for ever.
    #[test]
    fn a_connection_that_falls_silent_on_its_second_piece_loses_everything() {
        let start = Instant::now();
        let later = |millis| start + Duration::from_millis(millis);
        let mut board = Board::new(Some(8 * MIB), Ranges::default(), 4, MIB);
        for from in [0, 2, 6] {
            let piece = grant(board.take(0, Some(from * MIB), later(from)));
            assert_eq!(board.claim(piece.id, 2 * MIB, later(from + 1)), 2 * MIB);
            board.wrote(piece.from..piece.from + 2 * MIB);
        }
        let other = grant(board.take(1, Some(4 * MIB), later(10)));
        board.claim(other.id, 1_000, later(10));
        let mut brought = 0;
        for tick in 0..100 {
            let now = later(20 + tick * 50);
            let Take::Piece(piece) = board.take(0, None, now) else { continue };
            brought += board.claim(piece.id, 2 * MIB, now);
        }
        assert_eq!(brought, 2 * MIB - 1_000);
        assert_eq!(board.take(0, None, later(6_000)), Take::Over);
    }

    #[test]
    fn a_piece_whose_end_is_near_stays_whole() {
        let start = Instant::now();
        let mut board = Board::new(Some(4 * MIB), Ranges::default(), 2, 2 * MIB);
        let one = grant(board.take(0, None, start));
        let other = grant(board.take(1, None, start));
        let later = start + Duration::from_secs(3);
        board.claim(one.id, 2 * MIB - 1000, later);
        board.claim(other.id, 2 * MIB, later);
        assert_eq!(board.take(1, None, later), Take::Nothing);
    }

    #[test]
    fn a_stream_goes_on_where_it_stands_if_that_is_free() {
        let now = Instant::now();
        let mut board = Board::new(Some(40), Ranges::default(), 4, 10);
        let first = grant(board.take(0, Some(0), now));
        board.claim(first.id, 10, now);
        let third = grant(board.take(0, Some(20), now));
        assert_eq!((third.from, third.to), (20, Some(30)));
        board.release(third.id);
        assert_eq!(grant(board.take(0, Some(7), now)).from, 10, "else the first");
    }

    #[test]
    fn a_file_of_unknown_length_is_one_piece_until_it_ends() {
        let now = Instant::now();
        let mut board = Board::new(None, Ranges::default(), 4, 10);
        let all = grant(board.take(0, None, now));
        assert_eq!((all.from, all.to), (0, None));
        assert_eq!(board.take(1, None, now), Take::Nothing);
        board.claim(all.id, 33, now);
        board.wrote(0..33);
        assert!(!board.is_complete());
        board.ended(all.id);
        assert!(board.is_complete() && board.total() == Some(33));
        assert_eq!(board.take(0, None, now), Take::Over);
    }
}
