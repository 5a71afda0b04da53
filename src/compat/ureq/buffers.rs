//! ureq's buffers, in ureq's sizes, which take no more memory than has been used of them.
//!
//! ureq's own fill 128 KiB with zeros for each direction of each connection, 250 MiB for a thousand. Memory that comes
//! zeroed from the system costs nothing before it is touched, and a small request touches a page or two.

use ureq::unversioned::transport::Buffers as UreqBuffers;

/// What an idle connection may keep.
const KEPT: usize = 16 << 10;
/// Room that must be there for a piece of a request body, as in ureq's own.
const PIECE: usize = 10 << 10;

#[derive(Debug)]
pub(super) struct Buffers {
    input: Vec<u8>,
    input_size: usize,
    consumed: usize,
    filled: usize,
    /// The furthest that input has reached.
    touched: usize,
    /// Whether the last look at the input took something from it.
    progress: bool,
    output: Vec<u8>,
    output_size: usize,
}

impl Buffers {
    pub(super) fn new(input_size: usize, output_size: usize) -> Self {
        Self {
            input: Vec::new(),
            // None at all would look like the peer's end.
            input_size: input_size.max(1),
            consumed: 0,
            filled: 0,
            touched: 0,
            progress: false,
            output: Vec::new(),
            output_size: output_size.max(1),
        }
    }

    /// The first `amount` bytes of what there is to send.
    pub(super) fn to_send(&self, amount: usize) -> &[u8] {
        &self.output[..amount]
    }

    /// Gives back what a connection need not hold while nothing is under way; `sent` is the most that left at once, and
    /// so much may have passed through the input as well.
    pub(super) fn rest(&mut self, sent: usize) {
        if self.consumed == self.filled && self.touched.max(sent) > KEPT {
            (self.input, self.consumed, self.filled, self.touched) = (Vec::new(), 0, 0, 0);
        }
        if sent > KEPT {
            self.output = Vec::new();
        }
    }

    fn make_room(&mut self) {
        if self.input.is_empty() {
            self.input = vec![0; self.input_size];
        }
        if self.consumed == self.filled {
            (self.consumed, self.filled) = (0, 0);
        } else if self.consumed > 0 && self.filled > self.input.len() / 2 {
            self.input.copy_within(self.consumed..self.filled, 0);
            (self.consumed, self.filled) = (0, self.filled - self.consumed);
        }
    }

    fn make_output(&mut self) {
        if self.output.is_empty() {
            self.output = vec![0; self.output_size];
        }
    }
}

impl UreqBuffers for Buffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_output();
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        &self.input[self.consumed..self.filled]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room();
        &mut self.input[self.filled..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
        self.touched = self.touched.max(self.filled);
        assert!(self.filled <= self.input.len(), "more input than there was room for");
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed += amount;
        assert!(self.consumed <= self.filled, "more input taken than there was");
    }

    /// Pieces of a request body pass through what is free of the input.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_output();
        self.make_room();
        // An answer that came before the body was asked for is in the way.
        if self.input.len() - self.filled < PIECE {
            self.input.resize(self.filled + PIECE, 0);
        }
        (&mut self.input[self.filled..], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.consumed < self.filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::unversioned::transport::LazyBuffers;

    fn put(buffers: &mut dyn UreqBuffers, bytes: &[u8]) {
        buffers.input_append_buf()[..bytes.len()].copy_from_slice(bytes);
        buffers.input_appended(bytes.len());
    }

    #[test]
    fn they_answer_as_ureqs_own_do() {
        let (mut ours, mut theirs) = (Buffers::new(64, 32), LazyBuffers::new(64, 32));
        for (bytes, taken) in [(10, 0), (24, 20), (30, 44), (64, 60), (10, 14), (0, 0)] {
            let text: Vec<u8> = (0..bytes).map(|n| n as u8).collect();
            for buffers in [&mut ours as &mut dyn UreqBuffers, &mut theirs] {
                put(buffers, &text);
                assert_eq!(buffers.output().len(), 32);
            }
            assert_eq!(ours.input(), theirs.input());
            assert_eq!(ours.can_use_input(), theirs.can_use_input());
            ours.input_consume(taken);
            theirs.input_consume(taken);
            assert_eq!((ours.input(), ours.can_use_input()), (theirs.input(), theirs.can_use_input()));
        }
        put(&mut ours, &[1; 40]);
        assert!(ours.tmp_and_output().0.len() >= PIECE);
        assert_eq!(ours.input(), [1; 40]);
    }

    #[test]
    fn a_connection_at_rest_gives_back_what_large_bodies_took() {
        let mut buffers = Buffers::new(128 << 10, 128 << 10);
        put(&mut buffers, &[1; 100]);
        buffers.rest(KEPT + 1);
        assert_eq!((buffers.input().len(), buffers.output.len()), (100, 0));
        buffers.input_consume(100);
        buffers.rest(100);
        assert_eq!(buffers.input.len(), 128 << 10);
        put(&mut buffers, &[1; 20 << 10]);
        buffers.input_consume(20 << 10);
        buffers.rest(100);
        assert_eq!(buffers.input.len(), 0);
        put(&mut buffers, &[1; 100]);
        assert_eq!(buffers.input().len(), 100);
    }
}
