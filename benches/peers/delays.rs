//! How long each of the octopus scenario's answers takes: 1.35 s on average, from 0.3 s to 6 s, the same on every machine.

/// Milliseconds, an exponential tail over the least; in the order of the list.
pub(crate) fn list(count: u64) -> Vec<u32> {
    let mut state: u64 = 2;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let uniform = (((mixed ^ (mixed >> 31)) >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (300.0 - 1_040.0 * uniform.ln()).min(6_000.0) as u32
    };
    (0..count).map(|_| next()).collect()
}

pub(crate) fn seconds(delays: &[u32]) -> f64 {
    delays.iter().map(|&ms| f64::from(ms)).sum::<f64>() / 1e3
}

/// Seconds that nobody can beat who takes the list in its order, with so many at once.
pub(crate) fn least(delays: &[u32], at_once: usize) -> f64 {
    let mut free = std::collections::BinaryHeap::from(vec![std::cmp::Reverse(0u64); at_once]);
    let mut last = 0;
    for &ms in delays {
        let std::cmp::Reverse(at) = free.pop().unwrap_or_default();
        last = last.max(at + u64::from(ms));
        free.push(std::cmp::Reverse(at + u64::from(ms)));
    }
    last as f64 / 1e3
}
