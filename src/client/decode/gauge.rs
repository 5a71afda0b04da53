//! How much has become of how little.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::policy::FREE;

/// Shared by the codings of one body: each may stay below the cap while all of them together go far beyond it, so that
/// every one is measured against the bytes that came from the wire.
#[derive(Clone)]
pub(super) struct Gauge {
    wire: Arc<AtomicU64>,
    ratio: Option<u32>,
    lowest: bool,
    made: u64,
}

impl Gauge {
    /// For the coding that reads what came from the wire.
    pub(super) fn lowest(ratio: Option<u32>) -> Self {
        Self { wire: Arc::default(), ratio, lowest: true, made: 0 }
    }

    /// For the coding on top of this one.
    pub(super) fn above(&self) -> Self {
        Self { lowest: false, made: 0, ..self.clone() }
    }

    /// Counts a step; the text of the error if it was one too many.
    pub(super) fn count(&mut self, taken: usize, made: usize) -> Result<(), String> {
        if self.lowest {
            self.wire.fetch_add(taken as u64, Relaxed);
        }
        self.made += made as u64;
        let Some(ratio) = self.ratio else { return Ok(()) };
        let wire = self.wire.load(Relaxed);
        if self.made <= FREE || self.made <= wire.saturating_mul(ratio.into()) {
            return Ok(());
        }
        Err(format!(
            "{} bytes out of {wire}, more than {ratio} times as many; if that is what is expected, raise `Decode::max_ratio`",
            self.made
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_c1_codings_are_measured_together_and_small_bodies_are_not() {
        let mut lower = Gauge::lowest(Some(1000));
        let mut upper = lower.above();
        assert!(lower.count(100, 100_000).is_ok() && upper.count(100_000, FREE as usize).is_ok());
        assert!(upper.count(0, 1).unwrap_err().starts_with("16777217 bytes out of 100, more than 1000 times"));
        assert!(lower.count(20_000, 0).is_ok() && upper.count(0, 1).is_ok());
        assert!(Gauge::lowest(None).count(1, usize::MAX / 2).is_ok());
    }
}
