//! Lines that never move must not grow with those that have left them.

use maypole::queue::{self, PrefixLimiter};
use maypole::rt::scope;

use crate::peer::resident_bytes;
use crate::{case, ms, url};

#[test]
fn a_line_that_never_moves_forgets_those_who_gave_up() {
    case(|| {
        let never = PrefixLimiter::new([("http://a", 0)]).unwrap();
        let page = url(&format!("http://a/{}", "x".repeat(1000)));
        let ask = |times: usize| {
            for _ in 0..times {
                assert!(queue::try_acquire(&never, &page).unwrap().is_none());
            }
        };
        ask(10_000);
        let before = resident_bytes();
        ask(100_000);
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < 20 << 20, "{grown} bytes for 100,000 turns that nobody wants");
        assert_eq!(never.waiting("http://a"), 0);
        scope::with_deadline(ms(5), || queue::acquire(&never, &page)).unwrap_err();
    });
}
