//! A limiter that answers in every way there is.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::error::{Error, Kind};
use maypole::queue::{Acquire, Limiter, Permit, Release, Turn};
use maypole::{Url, rt};

use crate::dice::Dice;

pub(crate) struct Moody {
    pub(crate) dice: Mutex<Dice>,
    pub(crate) out: Arc<Out>,
}

/// Permits that have not come back.
#[derive(Default)]
pub(crate) struct Out(pub(crate) AtomicI64);

impl Release for Out {
    fn release(&self, _: u64) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Moody {
    fn permit(&self) -> Permit {
        self.out.0.fetch_add(1, SeqCst);
        Permit::new(self.out.clone(), 0)
    }
}

impl Limiter for Moody {
    fn try_acquire(&self, _: &Url, turn: &Turn) -> Acquire {
        let (what, micros) = {
            let mut dice = self.dice.lock().unwrap();
            (dice.below(12), dice.below(2_000))
        };
        let wait = Duration::from_micros(micros);
        match what {
            0 => Acquire::Later(Instant::now() + wait),
            1 => Acquire::Later(Instant::now() - wait),
            2 | 3 => {
                turn.clone().grant(self.permit());
                Acquire::Queued
            }
            4 | 5 => {
                let (turn, permit) = (turn.clone(), self.permit());
                let late = move || {
                    rt::sleep(wait);
                    turn.grant(permit);
                };
                rt::spawn(late).unwrap();
                Acquire::Queued
            }
            6 => {
                let (turn, permit) = (turn.clone(), self.permit());
                std::thread::spawn(move || turn.grant(permit));
                Acquire::Queued
            }
            7 => {
                turn.clone().refuse(Error::new(Kind::Blocked, "on purpose"));
                Acquire::Queued
            }
            8 if micros < 400 => Acquire::Refused(Error::new(Kind::Blocked, "on purpose")),
            // Granted twice: one of them is for nobody.
            9 if micros < 400 => {
                turn.clone().grant(self.permit());
                Acquire::Granted(self.permit())
            }
            _ => Acquire::Granted(self.permit()),
        }
    }
}
