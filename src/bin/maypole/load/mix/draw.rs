//! Random values of one request.

/// A generator that starts anew with each request, from the seed and the number of the request alone: whatever
/// connection sends it and whenever, it is the same. SplitMix64 (Steele, Lea, Flood 2014): each start is as good as any
/// other, and to start costs two multiplications.
#[derive(Clone, Debug)]
pub(in crate::load) struct Draw {
    state: u64,
    number: u64,
    connection: usize,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draw {
    pub(in crate::load) fn new(seed: u64, number: u64, connection: usize) -> Self {
        Self { state: mixed(mixed(seed.wrapping_add(STEP)) ^ number.wrapping_mul(STEP)), number, connection }
    }

    /// The number of the request in the run.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn connection(&self) -> usize {
        self.connection
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// One of `0..n`, for `n` up to 2⁶⁴. The upper half of a product favours some by at most `n` in 2⁶⁴.
    pub(super) fn below(&mut self, n: u128) -> u64 {
        ((u128::from(self.next()) * n) >> 64) as u64
    }
}

fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q300_what_is_drawn_is_a_function_of_seed_and_number() {
        let drawn = |seed, number, connection| {
            let mut draw = Draw::new(seed, number, connection);
            [draw.next(), draw.next(), draw.next()]
        };
        assert_eq!(drawn(7, 3, 0), drawn(7, 3, 99));
        assert_ne!(drawn(7, 3, 0), drawn(7, 4, 0));
        assert_ne!(drawn(7, 3, 0), drawn(8, 3, 0));
    }

    #[test]
    fn first_draws_of_neighbours_are_spread_evenly() {
        let mut hits = [0_u32; 10];
        for number in 0..100_000 {
            hits[Draw::new(1, number, 0).below(10) as usize] += 1;
        }
        // Four standard deviations of 95 each.
        assert!(hits.iter().all(|&hits| hits.abs_diff(10_000) < 380), "{hits:?}");
    }
}
