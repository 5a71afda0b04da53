//! `rt::scoped`: many closures that borrow, and nothing that outlives the block.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::error::Kind;
use maypole::rt::{self, CancelToken, Semaphore, channel, scope};

use super::peer::on_both;
use super::two_workers;

#[test]
fn at_most_so_many_at_once_whatever_their_number() {
    on_both(|| {
        two_workers();
        let (inside, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut results = vec![0; 2_000];
        rt::scoped(7, |s| {
            for (n, result) in results.iter_mut().enumerate() {
                s.spawn(|| {
                    peak.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    rt::yield_io();
                    inside.fetch_sub(1, SeqCst);
                    *result += 1;
                })
                .unwrap();
                assert!(n < 2_000);
            }
        });
        assert_eq!((inside.into_inner(), results.iter().sum::<u32>()), (0, 2_000));
        assert!(peak.into_inner() <= 7);
    });
}

#[test]
fn they_run_at_the_same_time_and_wait_for_each_other() {
    on_both(|| {
        two_workers();
        let gates: Vec<_> = (0..100).map(|_| Semaphore::new(0)).collect();
        rt::scoped(100, |s| {
            let first = s.spawn(|| gates[0].acquire(None).map(drop).unwrap()).unwrap();
            for pair in gates.windows(2) {
                // Each lets the one before it go, the last one first.
                s.spawn(|| {
                    pair[1].acquire(None).map(drop).unwrap();
                    pair[0].add(1);
                })
                .unwrap();
            }
            assert!(!first.is_done());
            gates[99].add(1);
            first.join().unwrap();
        });
    });
}

#[test]
fn no_more_coroutines_than_are_needed() {
    two_workers();
    let before = rt::spawn(|| {
        rt::scoped(1_000, |s| {
            let most = (0..200)
                .map(|n| s.spawn(move || (n, may::coroutine::current().stack_size())).unwrap().join().unwrap().0);
            assert_eq!(most.max(), Some(199));
            s.map(0..10, |n| n * 2).unwrap()
        })
    });
    assert_eq!(before.unwrap().join().unwrap()[9], 18);
}

#[test]
fn a_scope_in_a_scope() {
    on_both(|| {
        two_workers();
        let table: Vec<Vec<u64>> = (0..10).map(|row| (0..10).map(|column| row * column).collect()).collect();
        let sums = rt::scoped(4, |outer| {
            outer.map(&table, |row| rt::scoped(3, |inner| inner.map(row, |n| n + 1).unwrap().into_iter().sum::<u64>()))
        });
        assert_eq!(sums.unwrap().into_iter().sum::<u64>(), 45 * 45 + 100);
    });
}

#[test]
fn a_panic_of_the_block_waits_for_all_and_goes_on() {
    on_both(|| {
        two_workers();
        let (begun, ended) = (Semaphore::new(0), AtomicBool::new(false));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            rt::scoped(5, |s| {
                s.spawn(|| {
                    begun.add(1);
                    rt::sleep(Duration::from_millis(20));
                    ended.store(true, SeqCst);
                })
                .unwrap();
                begun.acquire(None).map(drop).unwrap();
                panic!("of the block");
            })
        }));
        assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"of the block"));
        assert!(ended.load(SeqCst), "the block was left while its coroutine lived");
    });
}

#[test]
fn a_panic_that_nobody_has_joined_is_the_blocks_and_a_joined_one_is_not() {
    on_both(|| {
        two_workers();
        let ended = AtomicUsize::new(0);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            rt::scoped(3, |s| {
                drop(s.spawn(|| panic!("unjoined")).unwrap());
                for _ in 0..10 {
                    s.spawn(|| ended.fetch_add(1, SeqCst)).unwrap();
                }
            });
        }));
        assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"unjoined"));
        assert_eq!(ended.load(SeqCst), 10, "the others go on");
        let joined = rt::scoped(3, |s| s.spawn(|| -> u8 { panic!("joined") }).unwrap().join().unwrap_err());
        assert_eq!(joined.downcast_ref::<&str>(), Some(&"joined"));
        let mapped = catch_unwind(AssertUnwindSafe(|| rt::scoped(2, |s| s.map(0..5, |n| assert!(n != 3)).unwrap())));
        assert!(mapped.is_err());
    });
}

#[test]
fn what_they_hold_is_gone_when_the_block_ends() {
    on_both(|| {
        two_workers();
        let shared = Arc::new(());
        rt::scoped(4, |s| {
            for _ in 0..50 {
                let theirs = shared.clone();
                // Neither joined nor taken.
                drop(s.spawn(move || theirs).unwrap());
            }
        });
        assert_eq!(Arc::strong_count(&shared), 1);
    });
}

#[test]
fn deadline_and_token_are_handed_on_and_bound_the_wait_for_room() {
    on_both(|| {
        two_workers();
        let (release, held) = channel::bounded::<()>(1);
        rt::scoped(1, |s| {
            s.spawn(|| held.recv()).unwrap();
            let refused = scope::with_deadline(Duration::from_millis(20), || s.spawn(|| unreachable!()).map(drop));
            assert_eq!(refused.unwrap_err().kind(), Kind::Timeout);
            drop(release);
        });
        let token = CancelToken::new();
        scope::with_cancel(&token, || {
            rt::scoped(2, |s| {
                s.spawn(|| rt::sleep(Duration::from_secs(600))).unwrap();
                s.spawn(|| token.cancel()).unwrap();
            });
        });
        // A scope around one spawn is that one's.
        rt::scoped(2, |s| {
            scope::with_deadline(Duration::from_millis(5), || s.spawn(|| rt::sleep(Duration::from_secs(600))).unwrap());
            s.spawn(|| assert!(scope::current().until().at().is_none())).unwrap();
        });
    });
}

#[test]
fn a_cancelled_block_ends_the_process_before_its_stack_goes() {
    const PART: &str = "cancelled_part";
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", "scoped::cancelled_part", "--nocapture"]).env("MAYPOLE_PART", PART).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("while others borrowed from its stack"), "{said}");
    assert!(!output.status.success() && !said.contains("left alive"), "{said}");
}

/// `may::select!` cancels the arm that lost: here one that waits for a coroutine which borrows from it.
#[test]
fn cancelled_part() {
    if std::env::var("MAYPOLE_PART").as_deref() != Ok("cancelled_part") {
        return;
    }
    two_workers();
    may::select!(
        _ = rt::scoped(1, |s| drop(s.spawn(|| rt::sleep(Duration::from_secs(600))))) => (),
        _ = rt::sleep(Duration::from_millis(50)) => ()
    );
    eprintln!("left alive");
}
