//! How many per second, lately.

use std::time::Duration;

/// For so many seconds it remembers.
const MEMORY: f64 = 3.0;

/// An average that forgets; at the beginning that of what there was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    per_second: f64,
    /// Of the average, what has been seen so far.
    weight: f64,
}

impl Rate {
    pub(super) fn add(&mut self, count: u64, since: Duration) {
        let seconds = since.as_secs_f64().max(1e-3);
        let part = 1.0 - (-seconds / MEMORY).exp();
        self.per_second += (count as f64 / seconds - self.per_second) * part;
        self.weight += (1.0 - self.weight) * part;
    }

    pub(super) fn per_second(self) -> f64 {
        if self.weight > 0.0 { self.per_second / self.weight } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_right_from_the_beginning_and_forgets() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), 0.0);
        for _ in 0..4 {
            rate.add(250, Duration::from_millis(250));
            assert!((rate.per_second() - 1_000.0).abs() < 1e-6, "{rate:?}");
        }
        rate.add(0, Duration::from_secs(60));
        assert!(rate.per_second() < 1e-3, "{rate:?}");
    }
}
