//! Chance that can be repeated: SplitMix64.

pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut n = self.0;
        n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    pub(crate) fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// `length` bytes that belong to the request `id` and to no other, from `from` on.
pub(crate) fn pattern(id: u64, from: usize, length: usize) -> impl Iterator<Item = u8> {
    (from..from + length).map(move |at| {
        let block = (at / 8) as u64;
        (id.rotate_left(block as u32 % 64) ^ block.wrapping_mul(0x0101_0101)).to_le_bytes()[at % 8]
    })
}
