//! How long to wait before the next try: exponential, with full jitter.

use std::time::Duration;

/// A part, `roll` of 0 to 1, of what `failures` in a row allow: `base`, doubled with each, up to `cap`.
///
/// *Full* jitter, from nothing to all of it: who failed together does not come back together, and of the usual forms it
/// makes the least load (AWS, "Exponential Backoff And Jitter").
pub(crate) fn delay(base: Duration, cap: Duration, failures: u32, roll: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let most = base.checked_mul(1 << doublings).map_or(cap, |most| most.min(cap));
    most.mul_f64(roll.clamp(0.0, 1.0))
}

/// A number from 0 up to 1, from the system's generator.
pub(crate) fn roll() -> f64 {
    // Without randomness the whole delay: late is safer than all at once.
    getrandom::u64().map_or(1.0, |bits| (bits >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c307_c376_grows_to_the_cap_and_never_beyond() {
        let (base, cap) = (Duration::from_millis(100), Duration::from_secs(10));
        let most: Vec<_> = (1..=9).map(|failures| delay(base, cap, failures, 1.0).as_millis()).collect();
        assert_eq!(most, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        for failures in [0, 1, 31, 32, 33, 1000, u32::MAX] {
            assert!(delay(base, cap, failures, 1.0) <= cap);
            assert_eq!(delay(base, cap, failures, 0.0), Duration::ZERO);
        }
        assert_eq!(delay(Duration::MAX, cap, 2, 1.0), cap);
        assert_eq!(delay(base, cap, 3, 0.5).as_millis(), 200);
        assert_eq!(delay(base, cap, 3, f64::INFINITY).as_millis(), 400);
    }

    #[test]
    fn rolls_lie_between_0_and_1_and_differ() {
        let rolls: Vec<_> = (0..100).map(|_| roll()).collect();
        assert!(rolls.iter().all(|roll| (0.0..1.0).contains(roll)));
        assert!(rolls.iter().any(|roll| *roll != rolls[0]));
    }
}
