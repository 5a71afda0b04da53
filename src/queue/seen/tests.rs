use super::*;

/// Any, but the same ones in each run.
fn numbered(n: u64) -> Fingerprint {
    // SplitMix64: without optimisation a digest takes ten times as long.
    let mix = |n: u64| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    };
    let step = 0x9e37_79b9_7f4a_7c15;
    let (low, high) = (mix((2 * n + 1).wrapping_mul(step)), mix((2 * n + 2).wrapping_mul(step)));
    Fingerprint::from_bytes((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
}

#[test]
fn a_filter_keeps_its_rate_and_never_forgets() {
    for (items, rate) in [(100_000, 0.01), (100_000, 0.001), (50_000, 0.1)] {
        let seen = Seen::bounded(items, rate).unwrap();
        let lost = (0..items).filter(|&n| !seen.insert(numbered(n))).count();
        assert!((0..items).all(|n| seen.contains(numbered(n))));
        assert_eq!(seen.len(), items - lost as u64);
        // On the way there are fewer than at the end.
        assert!(lost as f64 <= items as f64 * rate, "{lost} of {items} at {rate}");
        let wrong = (items..3 * items).filter(|&n| seen.contains(numbered(n))).count() as f64;
        let expected = 2.0 * items as f64 * rate;
        // Four deviations of chance.
        let chance = 4.0 * expected.sqrt();
        assert!((wrong - expected).abs() <= chance + 0.05 * expected, "{wrong} wrong, {expected} expected at {rate}");
        assert!((seen.false_positive_rate() / rate - 1.0).abs() < 0.05, "{}", seen.false_positive_rate());
    }
}

#[test]
fn an_exact_one_takes_what_it_says() {
    let seen = Seen::exact();
    for n in 0..200_000 {
        assert!(seen.insert(numbered(n)));
        if n >= 10_000 && n % 10_000 == 0 {
            let each = seen.bytes() as f64 / seen.len() as f64;
            assert!((19.0..39.5).contains(&each), "{each} bytes each of {n}");
        }
    }
    assert!((0..200_000).all(|n| !seen.insert(numbered(n))));
    assert_eq!((seen.len(), seen.false_positive_rate()), (200_000, 0.0));
}

#[test]
fn of_many_that_ask_at_once_one_is_told_that_it_is_new() {
    for seen in [Seen::exact(), Seen::bounded(10_000, 1e-9).unwrap()] {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let seen = seen.clone();
                std::thread::spawn(move || (0..2_000).filter(|&n| seen.insert(numbered(n))).count())
            })
            .collect();
        assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>(), 2_000);
    }
}

#[test]
fn a_filter_that_cannot_be_is_refused() {
    for (items, rate) in [(0, 0.1), (1, 0.0), (1, 0.6), (1, f64::NAN), (u64::MAX, 0.001)] {
        let error = Seen::bounded(items, rate).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::InvalidConfig, "{error}");
    }
}
