//! One file of items, as far as it is known in memory: which of them are done, a bit each.

pub(super) struct Segment {
    pub(super) number: u64,
    /// The number of its first item.
    pub(super) first: u64,
    pub(super) count: u64,
    /// Its length on disk, as far as it has been written.
    pub(super) bytes: u64,
    done: Vec<u8>,
    /// Items that are not done.
    pub(super) left: u64,
}

impl Segment {
    pub(super) fn new(number: u64, first: u64, bytes: u64) -> Self {
        Self { number, first, count: 0, bytes, done: Vec::new(), left: 0 }
    }

    /// The number of the item after its last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.count
    }

    pub(super) fn grow(&mut self, items: u64, bytes: u64) {
        self.count += items;
        self.left += items;
        self.bytes += bytes;
    }

    /// Which byte and which bit of it an item has.
    fn place(&self, id: u64) -> (usize, u8) {
        let at = id - self.first;
        ((at / 8) as usize, 1 << (at % 8))
    }

    pub(super) fn is_done(&self, id: u64) -> bool {
        let (byte, bit) = self.place(id);
        self.done.get(byte).is_some_and(|bits| bits & bit != 0)
    }

    pub(super) fn end_of(&mut self, id: u64) {
        if self.is_done(id) {
            return;
        }
        let (byte, bit) = self.place(id);
        if self.done.len() <= byte {
            self.done.resize(byte + 1, 0);
        }
        self.done[byte] |= bit;
        self.left -= 1;
    }

    /// The bits, the lowest of the first byte for the first item.
    pub(super) fn bits(&self) -> &[u8] {
        &self.done
    }
}
